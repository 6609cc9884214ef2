//! Reading requests: bodies, query and path parameters, each refused with the place that is wrong.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::{HeaderMap, header::CONTENT_TYPE, request::Parts};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use url::form_urlencoded;

use crate::{
    api::{
        app::{App, Shared},
        edge::{
            body::{self, ReadBody},
            problem::{Code, Problem},
        },
    },
    model::{FieldError, Timestamp, nearest, read_json_fully},
    webhook::WebhookInput,
    work::Cost,
};

/// A JSON body's largest size, where it is not events: far over what the largest webhook needs.
const LARGEST_SETTINGS: usize = 256 << 10;

/// Parameters that a query may have: more than any operation knows.
const MOST_PARAMETERS: usize = 64;

/// Reading a byte of JSON, into values that are small.
const OF_BYTE: Cost = 20;

/// What a JSON body can be read into.
pub trait FromJson: Sized + Send + 'static {
    /// Reads the whole of it.
    fn from_json(text: &[u8]) -> Result<Self, Vec<FieldError>>;
}

impl<T: DeserializeOwned + Send + 'static> FromJson for T {
    fn from_json(text: &[u8]) -> Result<T, Vec<FieldError>> {
        read_json_fully(text)
    }
}

impl FromJson for WebhookInput {
    fn from_json(text: &[u8]) -> Result<WebhookInput, Vec<FieldError>> {
        Ok(WebhookInput::read(text)?)
    }
}

/// A JSON body, read into `T`: in its tenant's turn, if it is long. What it takes up is held with what was read.
pub struct Body<T>(pub T, pub ReadBody);

impl<T: FromJson> FromRequest<Shared> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Body<T>, Problem> {
        require_json(app, request.headers())?;
        let body = body::read(app, request, LARGEST_SETTINGS).await?;
        read(app, body).await
    }
}

async fn read<T: FromJson>(app: &Shared, body: ReadBody) -> Result<Body<T>, Problem> {
    let (tenant, cost) = (body.tenant(), OF_BYTE * body.len() as Cost);
    let read = move || {
        let mut body = body;
        body.takes_tree()?;
        Ok::<_, Problem>((T::from_json(&body), body))
    };
    let (value, body) = app.work.ask_once(tenant, cost, read).await??;
    Ok(Body(value?, body))
}

/// A JSON body that can be left out, or null.
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default + Send + 'static> FromRequest<Shared> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<OptionalBody<T>, Problem> {
        let typed = require_json(app, request.headers());
        let body = body::read(app, request, LARGEST_SETTINGS).await?;
        if body.is_empty() {
            return Ok(OptionalBody(T::default()));
        }
        typed?;
        let Body(value, _) = read::<Option<T>>(app, body).await?;
        Ok(OptionalBody(value.unwrap_or_default()))
    }
}

/// JSON as it was written; a null that was given is a value, too.
pub fn given_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// The body is JSON by its content type: `application/json` or one of its kind, like `application/merge-patch+json`; where the
/// operator says so, text is, too.
pub fn require_json(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    is_json(headers, app.text_is_json)
}

fn is_json(headers: &HeaderMap, text_is_json: bool) -> Result<(), Problem> {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_text = essence.eq_ignore_ascii_case("text/plain");
    if is_text && text_is_json {
        return Ok(());
    }
    let subtype = essence.get(..12).filter(|kind| kind.eq_ignore_ascii_case("application/")).map(|_| &essence[12..]);
    if subtype.is_some_and(|name| name.eq_ignore_ascii_case("json") || name.to_ascii_lowercase().ends_with("+json")) {
        return Ok(());
    }
    let mut cure = "send the body as JSON with the header `Content-Type: application/json`".to_owned();
    if is_text {
        cure.push_str("; where a sender cannot, the server's setting `text_is_json` has text read as JSON");
    }
    Err(Problem::new(Code::UnsupportedMediaType, cure))
}

/// The one parameter in the path, percent-decoded.
pub struct Id(pub String);

impl FromRequestParts<Shared> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Id, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Id(id)),
            // Not UTF-8 once decoded: nothing has such an id.
            Err(_) => Err(Problem::not_found("resource")),
        }
    }
}

/// Query parameters that a handler knows.
pub trait FromQuery: Sized {
    /// Takes them out.
    fn read(query: &mut Query<'_>) -> Result<Self, Problem>;
}

/// The query, read into `T`; a parameter that `T` does not know is refused.
pub struct Params<T>(pub T);

impl<T: FromQuery> FromRequestParts<Shared> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Params<T>, Problem> {
        Query::read(list(parts), parts.uri.query().unwrap_or_default()).map(Params)
    }
}

/// No query at all.
pub struct NoParams;

impl FromRequestParts<Shared> for NoParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<NoParams, Problem> {
        match parts.uri.query() {
            None | Some("") => Ok(NoParams),
            Some(text) => Query::read(list(parts), text).map(|()| NoParams),
        }
    }
}

impl FromQuery for () {
    fn read(_: &mut Query<'_>) -> Result<(), Problem> {
        Ok(())
    }
}

/// What a path would list: `webhooks`, `webhooks/w1/deliveries`.
fn list(parts: &Parts) -> String {
    let path = parts.uri.path();
    percent_decode_str(path.strip_prefix("/api/v1/").unwrap_or(path)).decode_utf8_lossy().into_owned()
}

/// What is left of a query.
pub struct Query<'a> {
    list: String,
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    known: Vec<&'static str>,
}

impl Query<'_> {
    fn read<T: FromQuery>(list: impl Into<String>, text: &str) -> Result<T, Problem> {
        let pairs: Vec<_> = form_urlencoded::parse(text.as_bytes()).take(MOST_PARAMETERS + 1).collect();
        if pairs.len() > MOST_PARAMETERS {
            let message = format!("there are more than {MOST_PARAMETERS} parameters, which no operation knows");
            return Err(Problem::new(Code::InvalidParameter, message));
        }
        let mut query = Query { list: list.into(), pairs, known: Vec::new() };
        let read = T::read(&mut query)?;
        let Some((name, _)) = query.pairs.first() else { return Ok(read) };
        let message = match query.known.as_slice() {
            [] => "is unknown; none is possible here".to_owned(),
            known => {
                let meant = nearest(name, known.iter().copied());
                let hint = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
                format!("is unknown; {hint}possible are {}", known.join(", "))
            }
        };
        Err(Problem::parameter(shortened(name), message))
    }

    /// The name of the list that is asked for, by its path: `webhooks`, `webhooks/w1/deliveries`.
    pub fn list(&self) -> &str {
        &self.list
    }

    /// Whether there can be a parameter of this name, as far as it has been asked for by now.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains(&name)
    }

    /// The value of a parameter that has another name, too.
    pub fn take_either<T>(
        &mut self,
        name: &'static str,
        alias: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Problem> {
        let is_there = |name| self.pairs.iter().any(|(found, _)| found == name);
        if !is_there(alias) {
            return self.take(name, parse);
        }
        if is_there(name) {
            return Err(Problem::parameter(alias, format!("is the same as `{name}`; give one of them")));
        }
        let taken = self.take(alias, parse)?;
        self.known.pop();
        self.known.push(name);
        Ok(taken)
    }

    /// The values of a parameter that can be there several times, or with commas between them where no value has one; those that are
    /// the same once.
    pub fn take_all<T: PartialEq>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Problem> {
        self.known.push(name);
        let mut values = Vec::new();
        for (_, text) in self.pairs.extract_if(.., |(found, _)| found == name) {
            let read = match parse(&text) {
                Err(_) if text.contains(',') => text.split(',').map(|part| parse(part.trim())).collect(),
                one => one.map(|one| vec![one]),
            };
            for value in read.map_err(|message| Problem::parameter(name, message))? {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        Ok(values)
    }

    /// The same of one that has another name, too.
    pub fn take_all_of_either<T: PartialEq>(
        &mut self,
        name: &'static str,
        alias: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Problem> {
        let mut values = self.take_all(alias, &parse)?;
        self.known.pop();
        for value in self.take_all(name, parse)? {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Ok(values)
    }

    /// The value of a parameter. Given twice, it is refused.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Problem> {
        self.known.push(name);
        let Some(place) = self.pairs.iter().position(|(found, _)| found == name) else { return Ok(None) };
        let (_, value) = self.pairs.swap_remove(place);
        if self.pairs.iter().any(|(found, _)| found == name) {
            return Err(Problem::parameter(name, "is there twice; give it once"));
        }
        parse(&value).map(Some).map_err(|message| Problem::parameter(name, message))
    }
}

/// A time in a query. The `+` of its offset stands for a space there unless it is written as `%2B`, which is easily forgotten. No time
/// has a space in this place, so it is taken for the `+` that was meant.
pub fn time(text: &str) -> Result<Timestamp, String> {
    let place = text.len().wrapping_sub("+01:00".len());
    match text.as_bytes().get(place) {
        Some(b' ') => {
            let meant = Timestamp::parse(&format!("{}+{}", &text[..place], &text[place + 1..]));
            meant.or_else(|_| Timestamp::parse(text))
        }
        _ => Timestamp::parse(text),
    }
}

/// Yes or no.
pub fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("is `true` or `false`, not `{}`", shortened(text).escape_debug()))
}

/// One of the values that serde knows by name.
pub fn one_of<T: DeserializeOwned>(names: &'static str) -> impl Fn(&str) -> Result<T, String> {
    use serde::de::{IntoDeserializer, value::Error};
    move |text| {
        T::deserialize(IntoDeserializer::<Error>::into_deserializer(text)).map_err(|_| {
            let meant = nearest(text, names.split(", "));
            let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            format!("is one of {names}, not `{}`{hint}", shortened(text).escape_debug())
        })
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeliveryStatus;

    #[derive(Debug)]
    struct Two {
        status: Option<DeliveryStatus>,
        limit: Option<u32>,
    }

    impl FromQuery for Two {
        fn read(query: &mut Query<'_>) -> Result<Two, Problem> {
            let status = query.take_either("status", "state", one_of("pending, failed"))?;
            let limit = query.take("limit", |text| text.parse().map_err(|_| "is a number".into()))?;
            Ok(Two { status, limit })
        }
    }

    #[test]
    fn parameters_are_read_and_the_wrong_one_is_named() {
        let two: Two = Query::read("list", "limit=5&status=failed").unwrap();
        assert_eq!(Query::read::<Two>("list", "state=failed").unwrap().status, two.status);
        assert_eq!((two.status, two.limit), (Some(DeliveryStatus::Failed), Some(5)));
        for (text, part) in [
            ("limit=x", "`limit`: is a number"),
            ("limit=1&limit=2", "twice"),
            ("state=failed&state=failed", "twice"),
            ("state=failed&status=failed", "the same as `status`"),
            ("statsu=failed", "`statsu`: is unknown; did you mean `status`? possible are status, limit"),
            ("status=lost", "not `lost`"),
            ("status=faild", "not `faild`; did you mean `failed`?"),
        ] {
            let problem = Query::read::<Two>("list", text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
        }
        assert!(format!("{:?}", Query::read::<()>("list", "a=1").unwrap_err()).contains("none is possible"));
    }

    #[test]
    fn a_plus_that_came_as_a_space_is_read_as_it_was_meant() {
        let read = |query: &str| {
            let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
            time(&pairs[0].1)
        };
        for query in
            ["from=2026-01-01T00:30:00+01:00", "from=2026-01-01T00:30:00%2B01:00", "from=2026-01-01+00:30:00+01:00"]
        {
            assert_eq!(read(query), Timestamp::parse("2025-12-31T23:30:00Z"), "{query}");
        }
        assert_eq!(read("from=2026-01-01T00:30:00-01:00"), Timestamp::parse("2026-01-01T01:30:00Z"));
        for query in [
            "from=",
            "from=+",
            "from=2026-01-01+00:30",
            "from=é+01:00",
            "from=x+01:00",
            "from=2026-01-01T00:30:00+é000",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn only_json_is_taken_for_json() {
        let check = |text: &str| {
            let value = http::HeaderValue::from_str(text).unwrap();
            is_json(&HeaderMap::from_iter([(CONTENT_TYPE, value)]), false).is_ok()
        };
        for text in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert!(check(text), "{text}");
        }
        for text in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ""] {
            assert!(!check(text), "{text}");
        }
    }
}

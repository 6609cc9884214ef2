//! `/inspect/{id}`: where anybody can send to an inspector, if the operator has opened it (`inspect_public`).
//!
//! It shares its origin with the dashboard, and what it answers is a tenant's. So whatever a browser makes of the answer must be
//! nothing: the only types are plain text and JSON, which it may not take for anything else; it is a document in a sandbox, without
//! an origin and with nothing that it may load; of the tenant's own headers only `Retry-After` is passed on, since others set cookies, forget
//! them, lead elsewhere or ask for passwords. Nothing of the request is in the answer. Cookies and keys that come along are not looked
//! at, and not kept. What strangers cost is bounded: requests by address and in all, places, bytes of a body.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, RETRY_AFTER},
};

use crate::{
    access::client_network,
    api::{
        app::App,
        edge::{
            body,
            problem::{Code, Problem},
        },
    },
    budget::Budget,
    inspect::{Answering, Arrival, Source, Visited},
    model::{HeaderLines, InspectorId, REDACTED, Span, is_sensitive_header},
};

/// Where it is; an inspector's id follows.
pub const PLACE: &str = "/inspect/";
/// Bytes of a body.
const LARGEST_BODY: usize = 64 << 10;
/// Requests at one time. Of those that are left, an address takes no more than it leaves.
const PLACES: usize = 64;
/// Requests of an address, and of all, in such a time.
const WINDOW: Duration = Duration::from_secs(10);
const OF_ADDRESS: u32 = 100;
const OF_ALL: u32 = 2_000;
/// Somebody waits for the answer; no delay is longer.
const PATIENCE: Span = Span::seconds(120);

/// Said with every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
    ),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// Lets strangers in. Cheap to clone; clones share what is counted.
#[derive(Clone)]
pub struct Door {
    places: Budget<IpAddr>,
    counts: Arc<Mutex<Counts>>,
}

/// Requests in the window that began then.
#[derive(Default)]
struct Counts {
    began: Duration,
    all: u32,
    /// No more addresses than requests.
    of: HashMap<IpAddr, u32>,
}

impl Door {
    pub fn new() -> Door {
        Door { places: Budget::new(PLACES), counts: Arc::default() }
    }

    /// A request from outside.
    pub async fn receive(&self, app: &App, request: Request) -> Response {
        let mut answer = match self.answered(app, request).await {
            Ok(answering) => answer(&answering),
            Err(problem) => problem.into_response(),
        };
        for (name, value) in HEADERS {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    async fn answered(&self, app: &App, request: Request) -> Result<Arc<Answering>, Problem> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let peer = peer.ok_or_else(|| Problem::internal("a request without the address that it comes from"))?;
        let address = app.proxies.client(peer, request.headers());
        let client = client_network(address);
        self.count(client, app.clock.passed())?;
        let _place = self.places.take(client, 1).map_err(|_| {
            Problem::new(Code::Busy, "too many requests to inspectors are under way; try again in a second")
                .retry_after(1)
        })?;
        let none = || Problem::not_found("inspector");
        // As it is written: what is kept of it is what came.
        let below = request.uri().path().strip_prefix(PLACE).unwrap_or_default();
        let (id, rest) = below.split_once('/').unwrap_or((below, ""));
        let id = InspectorId::parse(id).ok_or_else(none)?;
        let owner = app.inspectors.owner(id);
        let tenant = owner.filter(|tenant| app.access.tenant_name(*tenant).is_some()).ok_or_else(none)?;
        let (method, headers) = (request.method().to_string(), shown(request.headers()));
        let path = match request.uri().query() {
            Some(query) => format!("/{rest}?{query}"),
            None => format!("/{rest}"),
        };
        let body = body::read_as_it_is(app, request, LARGEST_BODY).await?;
        let bytes = body.bytes();
        let size = bytes.len();
        let arrival = Arrival { source: Source::Outside(address), method, path, headers, body: bytes, size };
        match app.inspectors.visit(tenant, id, arrival, PATIENCE).await.ok_or_else(none)? {
            Visited::Answer(answering) => Ok(answering),
            Visited::GaveUp => Err(Problem::new(Code::Busy, "the inspector takes too long")),
        }
    }

    /// Counts a request of this client.
    fn count(&self, client: IpAddr, passed: Duration) -> Result<(), Problem> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.saturating_sub(counts.began) >= WINDOW {
            *counts = Counts { began: passed, ..Counts::default() };
        }
        let own = counts.of.get(&client).copied().unwrap_or_default();
        if own >= OF_ADDRESS || counts.all >= OF_ALL {
            let left = (counts.began + WINDOW).saturating_sub(passed).as_secs().max(1);
            let detail = match own >= OF_ADDRESS {
                true => "too many requests to inspectors came from this address; try again later",
                false => "too many requests to inspectors come from outside; try again later",
            };
            return Err(Problem::new(Code::TooManyRequests, detail).retry_after(left));
        }
        counts.all += 1;
        counts.of.insert(client, own + 1);
        Ok(())
    }
}

/// Without credentials, and without cookies: those are of the dashboard, if there are any.
fn shown(headers: &HeaderMap) -> HeaderLines {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let kept = headers.iter().filter(|(name, _)| *name != COOKIE);
    kept.map(|(name, value)| {
        let value = if is_sensitive_header(name.as_str()) { REDACTED.to_owned() } else { text(value) };
        (name.as_str().to_owned(), value)
    })
    .collect()
}

/// As strangers get it.
fn answer(answering: &Answering) -> Response {
    let mut response = Response::new(Body::from(answering.body.clone()));
    *response.status_mut() = answering.status;
    let is_json = answering.headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let essence = kind.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
    });
    let kind = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(seconds) = answering.headers.get(RETRY_AFTER) {
        headers.insert(RETRY_AFTER, seconds.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::AnsweringInput;

    #[test]
    fn who_sends_too_much_is_refused_and_others_are_not_until_all_send_too_much() {
        let door = Door::new();
        let client = |number: u32| IpAddr::from(number.to_be_bytes());
        let at = Duration::from_secs;
        for _ in 0..OF_ADDRESS {
            door.count(client(1), at(20)).unwrap();
        }
        assert_eq!(door.count(client(1), at(21)).unwrap_err().code(), Code::TooManyRequests);
        assert!(door.count(client(2), at(21)).is_ok());
        assert!(door.count(client(1), at(30)).is_ok(), "the next window");
        for number in 0..OF_ALL - 1 {
            door.count(client(number + 10), at(31)).unwrap();
        }
        assert_eq!(door.count(client(9), at(31)).unwrap_err().code(), Code::TooManyRequests);
        assert_eq!(door.counts.lock().unwrap().of.len(), OF_ALL as usize);
        assert!(door.count(client(9), at(40)).is_ok());
    }

    #[test]
    fn nothing_that_a_browser_would_act_on_is_passed_on() {
        let hostile = [
            ("content-type", "text/html"),
            ("location", "https://evil.example/"),
            ("refresh", "0;url=https://evil.example/"),
            ("clear-site-data", "*"),
            ("www-authenticate", "Basic"),
            ("access-control-allow-origin", "*"),
            ("content-security-policy", "script-src *"),
            ("retry-after", "7"),
        ];
        let input = AnsweringInput { body: Some("<script>alert(1)</script>".into()), ..AnsweringInput::default() };
        let mut answering = Answering::default().with(input).unwrap();
        for (name, value) in hostile {
            answering.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let response = answer(&answering);
        let sent: Vec<(&str, &str)> =
            response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(sent, [("content-type", "text/plain; charset=utf-8"), ("retry-after", "7")]);
        for (kind, expected) in [
            ("application/json; charset=utf-8", "application/json"),
            ("Application/JSON", "application/json"),
            ("application/xhtml+xml", "text/plain; charset=utf-8"),
            ("image/svg+xml", "text/plain; charset=utf-8"),
            ("application/javascript", "text/plain; charset=utf-8"),
        ] {
            answering.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            assert_eq!(answer(&answering).headers()[CONTENT_TYPE], expected, "{kind}");
        }
    }

    #[test]
    fn cookies_and_keys_are_not_kept() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("cookie", "a=b"), ("authorization", "Bearer x"), ("x-lanehook-csrf", "t"), ("x-a", "<b>")]
        {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let shown = shown(&headers);
        assert!(!shown.as_text().contains("cookie") && !shown.as_text().contains("Bearer"), "{shown:?}");
        assert!(
            shown.iter().any(|line| line == ("authorization", REDACTED))
                && shown.iter().any(|line| line == ("x-a", "<b>"))
        );
    }
}

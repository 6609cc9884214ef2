//! Which web pages may call the API from a browser (the Fetch standard, "CORS protocol"). None, unless the operator names their
//! origins: a browser then sends what a page asks for and shows it the answer, and asks before with `OPTIONS`.
//!
//! No answer permits credentials: keys are in `Authorization`, where a page has to put them itself.

use std::{fmt, str::FromStr};

use http::{
    HeaderMap, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};
use serde::Deserialize;
use url::Url;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Content-Encoding, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Tenant, Traceparent, \
     X-Request-Id",
);
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static(
    "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, \
     X-Request-Id",
);
/// Seconds for which a browser need not ask again: no browser remembers longer than two hours or a day.
const REMEMBERED: HeaderValue = HeaderValue::from_static("7200");

/// An origin whose pages may call: `https://app.example.com`, or `*` for all.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct CorsOrigin(HeaderValue);

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It was made of text.
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

impl FromStr for CorsOrigin {
    type Err = String;
    fn from_str(text: &str) -> Result<CorsOrigin, String> {
        let wrong = || format!("`{text}` is no origin; write it like https://app.example.com, or `*` for all");
        if text != "*" {
            let url = Url::parse(text).map_err(|_| wrong())?;
            let origin = url.origin().ascii_serialization();
            if !matches!(url.scheme(), "http" | "https") {
                return Err(wrong());
            }
            if origin != text {
                return Err(format!(
                    "`{text}` is more than an origin, or written in another way; browsers send `{origin}`"
                ));
            }
        }
        HeaderValue::from_str(text).map(CorsOrigin).map_err(|_| wrong())
    }
}

impl TryFrom<String> for CorsOrigin {
    type Error = String;
    fn try_from(text: String) -> Result<CorsOrigin, String> {
        text.parse()
    }
}

/// What a request comes from: which of it may be told to a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cors {
    /// What the answer says of the origin, if that is permitted.
    allowed: Option<HeaderValue>,
    /// Answers differ by origin, and caches have to know.
    varies: bool,
    is_preflight: bool,
}

impl Cors {
    /// Of a request, where pages of these origins may call.
    pub fn of(origins: &[CorsOrigin], method: &Method, headers: &HeaderMap) -> Cors {
        let any = origins.iter().any(|CorsOrigin(origin)| origin == "*");
        let origin = headers.get(ORIGIN).filter(|_| !origins.is_empty());
        let named = |origin: &&HeaderValue| origins.iter().any(|CorsOrigin(named)| named == *origin);
        let allowed = match any {
            true => origin.map(|_| HeaderValue::from_static("*")),
            false => origin.filter(named).cloned(),
        };
        let asks = method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Cors { is_preflight: asks && allowed.is_some(), allowed, varies: !origins.is_empty() && !any }
    }

    /// Whether a browser only asks, on behalf of a page that may call.
    pub fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// What is said of it in the answer's headers.
    pub fn write(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = self.allowed else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.is_preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for text in ["*", "https://app.example.com", "http://localhost:3000", "http://[::1]:8080"] {
            assert!(text.parse::<CorsOrigin>().is_ok(), "{text}");
        }
        for (text, part) in [
            ("https://app.example.com/", "browsers send `https://app.example.com`"),
            ("https://app.example.com:443", "browsers send `https://app.example.com`"),
            ("HTTPS://App.example.com", "browsers send `https://app.example.com`"),
            ("app.example.com", "write it like"),
            ("null", "write it like"),
            ("ftp://a.example", "write it like"),
            ("", "write it like"),
        ] {
            let error = text.parse::<CorsOrigin>().unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn only_pages_of_the_named_origins_are_told() {
        let of = |origins: &[&str], origin: &'static str| {
            let origins: Vec<CorsOrigin> = origins.iter().map(|text| text.parse().unwrap()).collect();
            let headers = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
            let mut answer = HeaderMap::new();
            Cors::of(&origins, &Method::GET, &headers).write(&mut answer);
            let value = |name| answer.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
            (value(ACCESS_CONTROL_ALLOW_ORIGIN), value(VARY))
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of(&[], "https://a.example"), (None, None));
        assert_eq!(of(&["*"], "https://a.example"), (text("*"), None));
        let two = ["https://a.example", "https://b.example"];
        assert_eq!(of(&two, "https://b.example"), (text("https://b.example"), text("Origin")));
        for other in ["https://c.example", "http://a.example", "https://a.example.evil", "null"] {
            assert_eq!(of(&two, other), (None, text("Origin")), "{other}");
        }
    }
}

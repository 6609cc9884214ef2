//! What an inspector answers. Valid once constructed.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    budget::Held,
    model::{FieldError, Span, TenantKey, field_error::escaped},
};

const LONGEST_NAME: usize = 100;
/// Of a body that is answered. An attempt shows as much of an answer.
const LONGEST_BODY: usize = 16 << 10;
/// Longer than any webhook waits.
const LONGEST_DELAY: Span = Span::seconds(120);
const MOST_HEADERS: usize = 16;
const LONGEST_HEADERS: usize = 4 << 10;
/// What is counted besides texts.
const OF_ITSELF: usize = 512;

/// Those that say how an answer is framed or coded, which it is not.
const RESERVED: [HeaderName; 9] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::SET_COOKIE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// What an inspector answers, and its name.
#[derive(Debug)]
pub struct Answering {
    /// For people.
    pub name: String,
    /// 200 to 599.
    pub status: StatusCode,
    /// How long it waits before it answers.
    pub delay: Span,
    /// With a `content-type`, if there is a body.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: String,
    /// What it takes up. Requests that were answered with it hold on to it.
    pub(super) _held: Option<Held<TenantKey>>,
}

/// What is to be different from before.
#[derive(Clone, Debug, Default)]
pub struct AnsweringInput {
    pub name: Option<String>,
    pub status: Option<u16>,
    pub delay: Option<Span>,
    /// All of them.
    pub headers: Option<BTreeMap<String, String>>,
    pub body: Option<String>,
}

impl Default for Answering {
    /// 200 at once, without a body.
    fn default() -> Answering {
        Answering {
            name: String::new(),
            status: StatusCode::OK,
            delay: Span::seconds(0),
            headers: HeaderMap::new(),
            body: String::new(),
            _held: None,
        }
    }
}

impl Answering {
    /// The same with these changes; it holds nothing yet.
    ///
    /// # Errors
    /// What is not possible, each with its place.
    pub fn with(&self, input: AnsweringInput) -> Result<Answering, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let name = input.name.unwrap_or_else(|| self.name.clone());
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let message = format!("has at most {LONGEST_NAME} characters, and no control characters");
            wrong.push(FieldError::at("/name", message));
        }
        let status = match input.status {
            None => self.status,
            Some(number) => {
                StatusCode::from_u16(number).ok().filter(|_| (200..600).contains(&number)).unwrap_or_else(|| {
                    wrong.push(FieldError::at("/status", format!("is from 200 to 599, not {number}")));
                    self.status
                })
            }
        };
        let delay = input.delay.unwrap_or(self.delay);
        if delay > LONGEST_DELAY {
            wrong.push(FieldError::at("/delay", format!("is at most {LONGEST_DELAY}, not {delay}")));
        }
        let headers = match input.headers {
            None => self.headers.clone(),
            Some(headers) => headers_of(headers).unwrap_or_else(|errors| {
                wrong.extend(errors);
                HeaderMap::new()
            }),
        };
        let body = input.body.unwrap_or_else(|| self.body.clone());
        if body.len() > LONGEST_BODY {
            wrong.push(FieldError::at("/body", format!("has at most {LONGEST_BODY} bytes, not {}", body.len())));
        }
        match wrong.is_empty() {
            true => Ok(Answering { name, status, delay, headers, body, _held: None }),
            false => Err(wrong),
        }
    }

    /// The headers as they are sent.
    pub fn sent_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        if !self.body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        headers
    }

    /// Bytes that it takes up.
    pub(super) fn size(&self) -> usize {
        OF_ITSELF + self.name.len() + self.body.len() + size_of_headers(&self.headers)
    }
}

fn size_of_headers(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 64).sum()
}

fn headers_of(given: BTreeMap<String, String>) -> Result<HeaderMap, Vec<FieldError>> {
    if given.len() > MOST_HEADERS {
        return Err(FieldError::at("/headers", format!("are at most {MOST_HEADERS}, not {}", given.len())).into());
    }
    let (mut headers, mut wrong, mut bytes) = (HeaderMap::new(), Vec::new(), 0);
    for (written, value) in given {
        bytes += written.len() + value.len();
        let mut refuse = |message: &str| wrong.push(FieldError::at(format!("/headers/{}", escaped(&written)), message));
        match (HeaderName::try_from(&written), HeaderValue::try_from(&value)) {
            (Err(_), _) => refuse("is no name of a header"),
            (_, Err(_)) => refuse("has a value that HTTP cannot carry"),
            (Ok(name), _) if RESERVED.contains(&name) => {
                refuse("says how an answer is framed or coded, or sets a cookie; leave it out")
            }
            (Ok(name), Ok(value)) => {
                if headers.insert(name, value).is_some() {
                    refuse("is there twice; names are compared without case");
                }
            }
        }
    }
    if bytes > LONGEST_HEADERS {
        wrong.push(FieldError::at("/headers", format!("have at most {LONGEST_HEADERS} bytes, not {bytes}")));
    }
    if wrong.is_empty() { Ok(headers) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(input: AnsweringInput) -> Vec<String> {
        let wrong = Answering::default().with(input).unwrap_err();
        wrong.into_iter().map(|error| error.pointer).collect()
    }

    fn headers(pairs: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
        Some(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn what_cannot_be_answered_is_refused_at_its_place() {
        let wrong = AnsweringInput {
            name: Some("a\nb".into()),
            status: Some(101),
            delay: Some(Span::seconds(121)),
            headers: headers(&[("content-length", "4"), ("a b", "x"), ("x/y", "x\n")]),
            body: Some("x".repeat(LONGEST_BODY + 1)),
        };
        let places =
            ["/name", "/status", "/delay", "/headers/a b", "/headers/content-length", "/headers/x~1y", "/body"];
        assert_eq!(pointers(wrong), places);
        assert_eq!(
            pointers(AnsweringInput { headers: headers(&[("Set-Cookie", "a=b")]), ..Default::default() }).len(),
            1
        );
        let many = (0..17).map(|n| (format!("x-{n}"), String::new())).collect();
        assert_eq!(pointers(AnsweringInput { headers: Some(many), ..Default::default() }), ["/headers"]);
        let long = headers(&[("x-a", &"x".repeat(LONGEST_HEADERS))]);
        assert_eq!(pointers(AnsweringInput { headers: long, ..Default::default() }), ["/headers"]);
    }

    #[test]
    fn what_is_not_named_stays() {
        let first = AnsweringInput {
            status: Some(503),
            headers: headers(&[("Retry-After", "7")]),
            body: Some("busy".into()),
            ..Default::default()
        };
        let before = Answering::default().with(first).unwrap();
        let after = before.with(AnsweringInput { status: Some(200), ..Default::default() }).unwrap();
        assert_eq!(
            (after.status.as_u16(), after.body.as_str(), &after.headers["retry-after"]),
            (200, "busy", &"7".parse::<HeaderValue>().unwrap())
        );
        assert_eq!(after.sent_headers()["content-type"], "text/plain; charset=utf-8");
        assert!(Answering::default().sent_headers().is_empty());
    }
}

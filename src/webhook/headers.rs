//! Headers that a webhook adds to its requests, and which of them are shown with their values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::model::{
    field_error::{escaped, in_part},
    is_sensitive_header,
};

const MOST_HEADERS: usize = 32;
const LONGEST_VALUE: usize = 2048;

/// Names that lanehook writes itself, or that would change how the request is framed or routed (RFC 9110, RFC 9112).
const RESERVED: [&str; 18] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "traceparent",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-correlation-id",
];
const RESERVED_PREFIXES: [&str; 7] = ["webhook-", "x-webhook-", "x-hub-signature", "ce-", "proxy-", "sec-", ":"];

/// Extra request headers: valid names and values, none that lanehook or HTTP itself needs. Names are compared in lower case (RFC 9110,
/// section 5.1), and shown, and sent over HTTP/1, as they were written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct CustomHeaders(BTreeMap<String, Header>);

/// A header under its name in lower case. Equal is what has the same value, whichever way the name was written.
#[derive(Clone)]
struct Header {
    written: Box<str>,
    value: String,
}

impl PartialEq for Header {
    fn eq(&self, other: &Header) -> bool {
        self.value == other.value
    }
}

impl Eq for Header {}

/// Which values are secret is not known here, so none is told.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl CustomHeaders {
    /// As the store has them, where they were checked when they were taken in. An error if HTTP cannot carry one.
    pub fn kept(headers: BTreeMap<String, String>) -> Result<CustomHeaders, String> {
        let kept = headers.into_iter().map(|(written, value)| {
            let parsed = http::HeaderName::from_bytes(written.as_bytes())
                .map_err(|_| format!("`{}` is not a header name", written.escape_debug()))?;
            http::HeaderValue::from_str(&value).map_err(|_| format!("the value of `{written}` is none of a header"))?;
            Ok((parsed.as_str().to_owned(), Header { written: written.into(), value }))
        });
        kept.collect::<Result<_, String>>().map(CustomHeaders)
    }

    /// Name in lower case and value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, header)| (name.as_str(), header.value.as_str()))
    }

    /// Name as it was written and value, by name.
    pub fn as_written(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().map(|header| (&*header.written, header.value.as_str()))
    }

    /// Takes over how these names are written, where there is a header of the name. Of one that is there twice, the
    /// later holds.
    pub fn write_like<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            if let Some(header) = self.0.get_mut(&name.to_ascii_lowercase()) {
                header.written = name.into();
            }
        }
    }

    /// How the name of a header was written, by its name in lower case.
    pub fn written(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|header| &*header.written)
    }

    /// Whether there is one of this name, which is in lower case.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for CustomHeaders {
    type Error = String;

    fn try_from(headers: BTreeMap<String, String>) -> Result<CustomHeaders, String> {
        if headers.len() > MOST_HEADERS {
            return Err(format!("at most {MOST_HEADERS} headers can be added, these are {}", headers.len()));
        }
        let mut checked = BTreeMap::new();
        for (name, value) in headers {
            let check = || {
                let lower = check_header_name(&name)?;
                check_header_value(&name, &value)?;
                match checked.contains_key(&lower) {
                    true => Err(format!("the header `{name}` is there twice; names are compared without case")),
                    false => Ok(lower),
                }
            };
            let lower = check().map_err(|message| in_part(&escaped(&name), message))?;
            checked.insert(lower, Header { written: name.into(), value });
        }
        Ok(CustomHeaders(checked))
    }
}

/// With the names in lower case.
impl From<CustomHeaders> for BTreeMap<String, String> {
    fn from(headers: CustomHeaders) -> BTreeMap<String, String> {
        headers.0.into_iter().map(|(name, header)| (name, header.value)).collect()
    }
}

/// Which of a webhook's own headers are shown with their values: names in lower case. All others are credentials.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct PublicHeaders(BTreeSet<String>);

impl PublicHeaders {
    /// As the store has them, where they were checked when they were taken in.
    pub fn kept(names: Vec<String>) -> PublicHeaders {
        PublicHeaders(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// In lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether this one is among them; the name is in lower case.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Forgets those that are not there: one that comes later under the name is not public for it.
    pub fn keep_only(&mut self, headers: &CustomHeaders) {
        self.0.retain(|name| headers.has(name));
    }
}

impl TryFrom<Vec<String>> for PublicHeaders {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<PublicHeaders, String> {
        if names.len() > MOST_HEADERS {
            return Err(format!("at most {MOST_HEADERS} headers can be named, these are {}", names.len()));
        }
        let check = |name: &str| {
            let lower = check_header_name(name)?;
            match is_sensitive_header(&lower) {
                true => Err(format!("by its name the header `{name}` is a credential, and never shown; leave it out")),
                false => Ok(lower),
            }
        };
        let checked = names
            .iter()
            .enumerate()
            .map(|(place, name)| check(name).map_err(|message| in_part(&place.to_string(), message)));
        checked.collect::<Result<_, String>>().map(PublicHeaders)
    }
}

impl From<PublicHeaders> for Vec<String> {
    fn from(public: PublicHeaders) -> Vec<String> {
        public.0.into_iter().collect()
    }
}

/// A header name that a webhook may set, in lower case.
pub(super) fn check_header_name(name: &str) -> Result<String, String> {
    if name.len() > 128 {
        return Err("a header's name has at most 128 characters".into());
    }
    let parsed = http::HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("`{}` is not a header name; use letters, digits and `-`", name.escape_debug()))?;
    let lower = parsed.as_str();
    if RESERVED.contains(&lower) || RESERVED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
        return Err(format!("the header `{name}` is set by lanehook itself and cannot be overridden"));
    }
    Ok(lower.to_owned())
}

/// A header value without control characters; line breaks would start another header.
pub(super) fn check_header_value(name: &str, value: &str) -> Result<(), String> {
    if value.len() > LONGEST_VALUE {
        return Err(format!("the value of the header `{name}` is longer than {LONGEST_VALUE} bytes"));
    }
    let fits = value.bytes().all(|c| c == b' ' || c.is_ascii_graphic());
    if !fits || value.trim() != value {
        return Err(format!("the value of the header `{name}` must be printable ASCII without surrounding spaces"));
    }
    Ok(())
}

/// Reads the name of a header that a webhook may set, as it is written.
pub fn header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    check_header_name(&name).map_err(D::Error::custom)?;
    Ok(name)
}

/// A header's value, and what in it is secret by itself: behind a scheme (`Bearer …`), in each cookie.
pub fn credentials_in(value: &str) -> impl Iterator<Item = String> + '_ {
    let behind_scheme = value.split_once(' ').map(|(_, rest)| rest.trim());
    let cookies = value.split("; ").filter_map(|pair| Some(pair.split_once('=')?.1));
    [value].into_iter().chain(behind_scheme).chain(cookies).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Result<CustomHeaders, String> {
        CustomHeaders::try_from(BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn headers_of_the_protocol_and_the_signature_cannot_be_set() {
        for name in ["Host", "content-length", "Transfer-Encoding", "webhook-signature", "X-Hub-Signature-256", "TE"] {
            assert!(check(name, "x").unwrap_err().contains("cannot be overridden"), "{name}");
        }
        assert!(check("X-Team", "blue").is_ok());
    }

    #[test]
    fn a_line_break_never_gets_into_a_header() {
        for value in ["a\r\nX-Evil: 1", "a\nb", "a\0b", " a", "é"] {
            assert!(check("x-team", value).is_err(), "{value:?}");
        }
        for name in ["a b", "a\r\nb", "", "a:b"] {
            assert!(check(name, "x").is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_that_differ_only_in_case_are_one_name() {
        let both = BTreeMap::from([("X-A".into(), "1".into()), ("x-a".into(), "2".into())]);
        assert!(CustomHeaders::try_from(both).unwrap_err().contains("twice"));
    }

    #[test]
    fn names_are_lower_case_and_remember_how_they_were_written() {
        let mut headers = check("X-Team", "blue").unwrap();
        assert_eq!(headers, check("x-TEAM", "blue").unwrap());
        assert_ne!(headers, check("X-Team", "red").unwrap());
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("x-team", "blue")]);
        assert_eq!(serde_json::to_string(&headers).unwrap(), r#"{"x-team":"blue"}"#);
        assert_eq!(headers.as_written().collect::<Vec<_>>(), [("X-Team", "blue")]);
        headers.write_like(["X-Other", "x-TEAM"]);
        assert_eq!(headers.as_written().collect::<Vec<_>>(), [("x-TEAM", "blue")]);
        assert!(!format!("{headers:?}").contains("blue"), "nor do they show when they are logged");
    }

    #[test]
    fn what_is_named_like_a_credential_cannot_be_public() {
        let public = |name: &str| PublicHeaders::try_from(vec![name.to_owned()]);
        assert!(public("X-Team").unwrap().has("x-team"));
        for name in ["X-Api-Key", "authorization", "Cookie", "X-Session"] {
            assert!(public(name).unwrap_err().contains("never shown"), "{name}");
        }
        assert!(public("a b").unwrap_err().contains("not a header name"));
    }
}

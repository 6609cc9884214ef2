//! Headers that a webhook adds to its requests, and which headers are never shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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

/// Extra request headers: valid names and values, none that lanehook or HTTP itself needs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct CustomHeaders(BTreeMap<String, String>);

impl CustomHeaders {
    /// Name and value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
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
            let lower = check_header_name(&name)?;
            check_header_value(&name, &value)?;
            if checked.insert(lower, value).is_some() {
                return Err(format!("the header `{name}` is there twice; names are compared without case"));
            }
        }
        Ok(CustomHeaders(checked))
    }
}

impl From<CustomHeaders> for BTreeMap<String, String> {
    fn from(headers: CustomHeaders) -> BTreeMap<String, String> {
        headers.0
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
}

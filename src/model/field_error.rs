//! What is wrong with an input, and where: a JSON pointer (RFC 6901) and a sentence that says how to mend it.

use std::{fmt, ops::RangeInclusive};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};

/// One wrong field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer to the field; empty for the whole document.
    #[schema(example = "/url")]
    pub pointer: String,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl FieldError {
    /// At this place.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> FieldError {
        FieldError { pointer: pointer.into(), message: message.into() }
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A value, if it is what it has to be.
pub(crate) fn checked<'de, D, T>(deserializer: D, check: impl FnOnce(&T) -> Result<(), String>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = T::deserialize(deserializer)?;
    check(&value).map_err(D::Error::custom)?;
    Ok(value)
}

/// Whether a value is in its range; `what` names it.
pub(crate) fn within<T: PartialOrd + fmt::Display>(
    what: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(format!("{what} is from {} to {}, not {value}", range.start(), range.end()))
}

/// Reads a JSON document; an error names the place.
pub fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, FieldError> {
    // The second reading, which keeps track of the place, costs only whoever sent something wrong.
    serde_json::from_slice(text).map_err(|_| place_of_error::<T>(text))
}

fn place_of_error<T: DeserializeOwned>(text: &[u8]) -> FieldError {
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => {
            let pointer = pointer(error.path());
            FieldError::at(pointer, plain(&without_position(&error.into_inner().to_string())))
        }
        Ok(_) => FieldError::at("", "there is more after the end of the JSON document"),
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escaped(key),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}

/// The pointer says where; a line and a column would say it again, less well.
fn without_position(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(place) if !message.starts_with("expected") && !message.starts_with("EOF") => message[..place].to_owned(),
        _ => message.to_owned(),
    }
}

/// The words of whoever writes JSON for those of whoever reads it in Rust.
fn plain(message: &str) -> String {
    let found = ["invalid type: ", "invalid value: ", "invalid "].iter().find_map(|kind| message.strip_prefix(kind));
    let Some((found, expected)) = found.and_then(|rest| rest.rsplit_once(", expected ")) else {
        return message.to_owned();
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative and not too large",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number that is not too large",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        "variant identifier" => "a string",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum") => "an object",
        other => other,
    };
    let found = match found {
        // A list where an object's members could be in order.
        "sequence" => "a list",
        other if other.starts_with("length ") => "a list",
        "map" => "an object",
        other => other,
    };
    format!("this has to be {expected}, and is {found}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::WebhookSettings;

    #[test]
    fn an_error_names_the_place_and_the_fix() {
        let check = |json: &str, pointer: &str, part: &str| {
            let error = read_json::<WebhookSettings>(json.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, pointer, "{error:?}");
            assert!(error.message.contains(part), "{error:?}");
        };
        check(r#"{"url":"ftp://example.com/"}"#, "/url", "use https");
        check(r#"{"url":"https://example.com","colour":1}"#, "/colour", "unknown field `colour`");
        check(r#"{"url":"https://example.com","event_types":["a","b c"]}"#, "/event_types/1", "price.alert");
        check(r#"{"url":"https://example.com","timeout":"5"}"#, "/timeout", "30s");
        check(r#"{"url":"https://example.com","retry":{"preset":"quick","schedule":[]}}"#, "/retry", "exactly one of");
        check(r#"{"url":"https://example.com"} x"#, "", "after the end");
        check(r#"{"url":"#, "/url", "EOF");
    }

    #[test]
    fn an_error_speaks_of_json() {
        #[derive(serde::Deserialize, Debug)]
        #[allow(dead_code)]
        struct Small {
            count: Option<u32>,
            names: Option<Vec<String>>,
            inner: Option<Box<Small>>,
            payload: Option<crate::webhook::Payload>,
        }
        for (json, message) in [
            (r#""x""#, "this has to be an object, and is string \"x\""),
            (r#"{"inner":5}"#, "this has to be an object, and is integer `5`"),
            (r#"{"inner":[1]}"#, "this has to be an object, and is a list"),
            (r#"{"payload":{"type":5}}"#, "this has to be a string, and is integer `5`"),
            (r#"{"names":{}}"#, "this has to be a list, and is an object"),
            (r#"{"names":[true]}"#, "this has to be a string, and is boolean `true`"),
            (
                r#"{"count":"x, expected y"}"#,
                "this has to be a whole number that is not negative and not too large, \
                and is string \"x, expected y\"",
            ),
            (
                r#"{"count":-1}"#,
                "this has to be a whole number that is not negative and not too large, \
                and is integer `-1`",
            ),
        ] {
            assert_eq!(read_json::<Small>(json.as_bytes()).unwrap_err().message, message);
        }
    }
}

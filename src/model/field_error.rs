//! What is wrong with an input, and where: a JSON pointer (RFC 6901) and a sentence that says how to mend it.

use std::{fmt, ops::RangeInclusive};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use super::{nearest::nearest, strict::Strict};

/// The most wrong fields that are told of at one time.
const MOST_ERRORS: usize = 20;
/// A document is read again for each wrong field: so many bytes altogether, about two milliseconds.
const MOST_REREAD: usize = 128 << 10;

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

impl From<FieldError> for Vec<FieldError> {
    fn from(error: FieldError) -> Vec<FieldError> {
        vec![error]
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
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = T::deserialize(Strict(&mut reader)).and_then(|value| reader.end().map(|()| value));
    // The second reading, which keeps track of the place, costs only whoever sent something wrong.
    read.map_err(|_| place_of_error::<T>(text))
}

/// Reads a JSON document; the errors name every place, as far as that is quick: what is wrong is left out, and the rest read
/// again.
pub fn read_json_fully<T: DeserializeOwned>(text: &[u8]) -> Result<T, Vec<FieldError>> {
    read_json(text).map_err(|first| every_error::<T>(text, first))
}

/// All results, or what is wrong with any of them: as much as is told of at one time.
pub(crate) fn all<T>(results: impl IntoIterator<Item = Result<T, Vec<FieldError>>>) -> Result<Vec<T>, Vec<FieldError>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => good.push(one),
            Err(errors) => wrong.extend(errors),
        }
        if wrong.len() >= MOST_ERRORS {
            break;
        }
    }
    wrong.truncate(MOST_ERRORS);
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}

fn every_error<T: DeserializeOwned>(text: &[u8], first: FieldError) -> Vec<FieldError> {
    let mut place = first.pointer.clone();
    let mut found = vec![first];
    let mut reread = 2 * text.len();
    if reread > MOST_REREAD {
        return found;
    }
    // What is no JSON was not understood as far as it goes wrong either.
    let Ok(mut rest) = serde_json::from_slice::<Value>(text) else { return vec![place_of_error::<Value>(text)] };
    let mut left_out = LeftOut::default();
    // What is left out is at least one thing each time, so this ends.
    while found.len() < MOST_ERRORS && left_out.take(&mut rest, &place) {
        let text = rest.to_string();
        reread += 2 * text.len();
        if reread > MOST_REREAD {
            break;
        }
        let Err(error) = read_json::<T>(text.as_bytes()) else { break };
        place = error.pointer.clone();
        let error = FieldError { pointer: left_out.original(&error.pointer), ..error };
        if !is_echo(&error, &found) {
            found.push(error);
        }
    }
    found
}

/// Whether an error is there only because what was wrong below it was left out.
fn is_echo(error: &FieldError, found: &[FieldError]) -> bool {
    let below = format!("{}/", error.pointer);
    let missing = error.message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(name) => found.iter().any(|other| other.pointer == format!("{below}{}", escaped(name))),
        None => found.iter().any(|other| other.pointer == error.pointer || other.pointer.starts_with(&below)),
    }
}

/// What was left out of a document, so that the places of what is left can be told as they were.
#[derive(Default)]
struct LeftOut {
    /// Pointers to lists, and places in them, as they were.
    elements: Vec<(String, usize)>,
}

impl LeftOut {
    /// Takes out what is at this place. Whether there was something.
    fn take(&mut self, document: &mut Value, pointer: &str) -> bool {
        let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
        let original = self.original(pointer);
        match document.pointer_mut(parent) {
            Some(Value::Object(members)) => members.remove(&name.replace("~1", "/").replace("~0", "~")).is_some(),
            Some(Value::Array(elements)) => {
                let place = name.parse().ok().filter(|&place: &usize| place < elements.len());
                let Some(place) = place else { return false };
                elements.remove(place);
                if let Some((list, Ok(place))) = original.rsplit_once('/').map(|(list, place)| (list, place.parse())) {
                    self.elements.push((list.to_owned(), place));
                    self.elements.sort_unstable();
                }
                true
            }
            _ => false,
        }
    }

    /// Where something was before anything was left out.
    fn original(&self, pointer: &str) -> String {
        let mut original = String::new();
        for part in pointer.split('/').skip(1) {
            let left_out = self.elements.iter().filter(|(list, _)| *list == original);
            let place = part
                .parse::<usize>()
                .ok()
                .map(|place| left_out.fold(place, |place, &(_, gone)| if gone <= place { place + 1 } else { place }));
            original.push('/');
            original.push_str(&place.map_or(part.to_owned(), |place| place.to_string()));
        }
        original
    }
}

fn place_of_error<T: DeserializeOwned>(text: &[u8]) -> FieldError {
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, T>(Strict(&mut reader)) {
        Err(error) => {
            let pointer = pointer(error.path());
            let error = error.into_inner();
            let message = without_position(&error.to_string()).to_owned();
            FieldError::at(pointer, if error.is_data() { plain(&message) } else { message + &position(&error, text) })
        }
        Ok(_) => {
            let position = reader.end().err().map(|error| position(&error, text)).unwrap_or_default();
            FieldError::at("", format!("there is more after the end of the JSON document{position}"))
        }
    }
}

/// Where a document is no JSON any more, for editors and for programs.
fn position(error: &serde_json::Error, text: &[u8]) -> String {
    let lines_before = text.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    let byte = lines_before.map(<[u8]>::len).sum::<usize>() + error.column();
    format!(", at line {}, column {} (byte {byte})", error.line(), error.column())
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

/// Of what is wrong with a value, the pointer says where; a line and a column would say it again, less well.
fn without_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |place| &message[..place])
}

/// The words of whoever writes JSON for those of whoever reads it in Rust.
fn plain(message: &str) -> String {
    if let Some(meant) = meant(message) {
        return meant;
    }
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

/// An unknown name, with the one that was probably meant.
fn meant(message: &str) -> Option<String> {
    let rest = ["unknown field `", "unknown variant `"].iter().find_map(|kind| message.strip_prefix(kind))?;
    let (name, known) = rest.split_once("`, expected ")?;
    let known = known.split('`').skip(1).step_by(2);
    let nearest = nearest(name, known)?;
    let (unknown, expected) = message.split_at(message.len() - rest.len() + name.len() + 1);
    Some(format!("{unknown}; did you mean `{nearest}`?{}", expected.strip_prefix(',').unwrap_or(expected)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::WebhookSettings;

    #[test]
    fn every_wrong_field_is_told_at_its_place() {
        let errors = |json: &str| {
            let errors = read_json_fully::<WebhookSettings>(json.as_bytes()).unwrap_err();
            let mut pointers: Vec<String> = errors.into_iter().map(|error| error.pointer).collect();
            pointers.sort_unstable();
            pointers
        };
        assert_eq!(
            errors(
                r#"{"url":5,"event_types":["a b","ok","c d","e f","*"],"timeout":"x","colour":1,"max_concurrency":0,
                    "signing":{"dialects":[{"type":"hub"},{"type":"x"}],"algorithm":"md5","more":1},
                    "retry":{"preset":"quick","schedule":[]}}"#
            ),
            [
                "/colour",
                "/event_types/0",
                "/event_types/2",
                "/event_types/3",
                "/max_concurrency",
                "/retry",
                "/signing/algorithm",
                "/signing/dialects/1/type",
                "/signing/more",
                "/timeout",
                "/url"
            ]
        );
        assert_eq!(
            errors(r#"{"event_types":["a b"],"name":1}"#),
            ["", "/event_types/0", "/name"],
            "the URL is missing"
        );
        assert_eq!(errors(r#"{"url":"#), ["/url"], "what is no JSON is told once");
        let many = format!(r#"{{"url":"https://a.example","event_types":[{}]}}"#, vec!["\" \""; 100].join(","));
        assert_eq!(errors(&many).len(), MOST_ERRORS);
    }

    #[test]
    fn an_unknown_name_is_told_with_the_one_that_is_meant() {
        for (json, message) in [
            (r#"{"endpoint_url":1}"#, "unknown field `endpoint_url`; did you mean `url`? expected one of `name`"),
            (r#"{"events":[]}"#, "unknown field `events`; did you mean `event_types`? expected one of"),
            (r#"{"payload":{"type":"cloud_events"}}"#, "did you mean `cloudevents`?"),
            (r#"{"colour":[]}"#, "unknown field `colour`, expected one of"),
        ] {
            let error = read_json::<WebhookSettings>(json.as_bytes()).unwrap_err();
            assert!(error.message.contains(message), "{error:?}");
        }
    }

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
    fn what_is_no_json_is_told_with_its_line_and_column() {
        for (json, message) in [
            ("{\"url\": \"é\",\n  \"name\" 1}", "expected `:`, at line 2, column 10 (byte 24)"),
            ("{\"url\": \"a\",\n}", "trailing comma, at line 2, column 1 (byte 14)"),
            ("{\"url\":", "EOF while parsing a value, at line 1, column 7 (byte 7)"),
            ("", "EOF while parsing a value, at line 1, column 0 (byte 0)"),
            (
                "{\"url\": \"https://a.example/\"}\n\n  x",
                "there is more after the end of the JSON document, at line 3, column 3 (byte 34)",
            ),
        ] {
            assert_eq!(read_json_fully::<WebhookSettings>(json.as_bytes()).unwrap_err()[0].message, message);
        }
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

//! Reading JSON of callers, so that each error says where something is wrong and how to mend it.
//!
//! A member that is null and cannot be is taken for one that was left out: many generated clients send null for what is not set.
//! Where null means something, the member can be null, and it is read as such.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    field_error::{FieldError, MOST_ERRORS, escaped},
    nulls,
    strict::{CANNOT_BE_NULL, Strict},
    words,
};

/// A document is read again for each wrong field: so many bytes altogether, about two milliseconds.
const MOST_REREAD: usize = 128 << 10;
/// Longer documents are not read again for nulls. They are events, whose members can all be null that can be left out.
const LONGEST_WITH_NULLS: usize = 256 << 10;
/// So many bytes are read again altogether for nulls, some milliseconds of work: forty of a document with a template of 50 KiB. Of
/// what is longer and has more of them, the next null is told as an error.
const MOST_REREAD_FOR_NULLS: usize = 2 << 20;

/// Reads a JSON document; an error names the place.
pub fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, FieldError> {
    without_nulls(text).0
}

/// Reads a JSON document; the errors name every place, as far as that is quick: what is wrong is left out, and the rest read
/// again.
pub fn read_json_fully<T: DeserializeOwned>(text: &[u8]) -> Result<T, Vec<FieldError>> {
    let (read, text) = without_nulls(text);
    read.map_err(|first| every_error::<T>(&text, first))
}

/// What was read, and the text without the nulls that were taken for nothing.
fn without_nulls<T: DeserializeOwned>(text: &[u8]) -> (Result<T, FieldError>, Cow<'_, [u8]>) {
    let (mut text, mut reread) = (Cow::Borrowed(text), 0);
    loop {
        // A round costs something, however short the document is.
        reread += text.len().max(1 << 10);
        let may_go_on = text.len() <= LONGEST_WITH_NULLS && reread <= MOST_REREAD_FOR_NULLS;
        match read_as_it_is(&text) {
            Err(error) if error.message == CANNOT_BE_NULL && may_go_on => {
                match nulls::left_out(&text, &error.pointer) {
                    Some(rest) => text = Cow::Owned(rest),
                    None => return (Err(error), text),
                }
            }
            read => return (read, text),
        }
    }
}

fn read_as_it_is<T: DeserializeOwned>(text: &[u8]) -> Result<T, FieldError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = T::deserialize(Strict::new(&mut reader)).and_then(|value| reader.end().map(|()| value));
    // The second reading, which keeps track of the place, costs only whoever sent something wrong.
    read.map_err(|_| place_of_error::<T>(text))
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
        let Err(error) = read_as_it_is::<T>(text.as_bytes()) else { break };
        place = error.pointer.clone();
        let error = FieldError { pointer: left_out.original(&error.pointer), ..error };
        // A null that stands for nothing is no error; where there has to be something, the next reading says so.
        if error.message != CANNOT_BE_NULL && !is_echo(&error, &found) {
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
    match serde_path_to_error::deserialize::<_, T>(Strict::new(&mut reader)) {
        Err(error) => {
            let pointer = pointer(error.path());
            let error = error.into_inner();
            match error.is_data() {
                true => FieldError::at(pointer, words::of_value(&words::without_position(&error))),
                false => FieldError::at(pointer, words::not_json(&error, text)),
            }
        }
        Ok(_) => {
            let more = reader.end().err().map(|error| words::not_json(&error, text));
            FieldError::at("", more.unwrap_or_default())
        }
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
        check(r#"{"url":"#, "/url", "the text ends");
    }

    #[test]
    fn what_is_no_json_is_told_with_its_line_and_column() {
        for (json, message) in [
            (
                "{\"url\": \"é\",\n  \"name\" 1}",
                "a `:` has to come between the name of a member and its value, at line 2, column 10 (byte 24)",
            ),
            ("{\"url\": \"a\",\n}", "a `,` comes after the last value; leave it out, at line 2, column 1 (byte 14)"),
            ("{\"url\":", "the text ends where a value has to come, at line 1, column 7 (byte 7)"),
            ("", "there is nothing to read; a JSON document has to come, like {}, at line 1, column 0 (byte 0)"),
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

    #[test]
    fn null_is_taken_for_nothing_where_it_means_nothing() {
        #[derive(serde::Deserialize, Debug, Default, PartialEq)]
        #[serde(default, deny_unknown_fields)]
        struct Small {
            count: u32,
            word: Word,
            any: Option<Value>,
            maybe: Option<u32>,
            inner: Vec<Inner>,
        }
        #[derive(serde::Deserialize, Debug, Default, PartialEq)]
        struct Inner {
            n: u32,
            #[serde(default)]
            m: String,
        }
        #[derive(serde::Deserialize, Debug, Default, PartialEq)]
        #[serde(rename_all = "snake_case")]
        enum Word {
            #[default]
            One,
        }
        let read = |json: &str| read_json_fully::<Small>(json.as_bytes());
        let nothing = r#"{"count": null, "word": null, "any": null, "maybe": null, "inner": null}"#;
        assert_eq!(read(nothing).unwrap(), Small::default());
        let many = r#"{"inner": [{"n": 1, "m": null}, {"n": 2, "m": "x"}, {"n": 3, "m": null}], "any": 1.50}"#;
        let many = read(many).unwrap();
        assert_eq!(
            many.inner.iter().map(|inner| (inner.n, inner.m.as_str())).collect::<Vec<_>>(),
            [(1, ""), (2, "x"), (3, "")]
        );
        for (json, pointer, message) in [
            (r#"{"inner": [{"n": null}]}"#, "/inner/0", "missing field `n`"),
            (r#"{"inner": [null]}"#, "/inner/0", "this has to be an object, and is null"),
            (r#"{"colour": null}"#, "/colour", "unknown field `colour`"),
            (r#"{"count": null, "word": "two"}"#, "/word", "unknown variant `two`"),
            (r#"{"count": null, "word": 5}"#, "/word", "this has to be one of `one`, and is integer `5`"),
            (r#"{"count": null, "maybe": }"#, "/maybe", "a value is missing here"),
        ] {
            let errors = read(json).unwrap_err();
            let [error] = errors.as_slice() else { panic!("{json}: {errors:?}") };
            assert!(error.pointer == pointer && error.message.contains(message), "{json}: {error:?}");
        }
        let errors = read(r#"{"word": "two", "count": null, "maybe": "x"}"#).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["/word", "/maybe"]);
    }
}

//! What an event says in a line, for lists of many: the beginning of its data enters, a headline or a few fields leave. Pure.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    fields::Taken,
    headline::{self, Movement, TITLES},
    values::one_line,
    words::{humanised, words},
};
use crate::{catalogue::Meanings, model::is_sensitive_header};

const LONGEST: usize = 160;
const MOST_FIELDS: usize = 4;
const LONGEST_NAME: usize = 40;
const LONGEST_VALUE: usize = 60;

/// At most 160 characters; none if the data is no object, or nothing in it can be told in a line. Data that was cut is read as far
/// as its last whole member.
pub fn summary(event_type: &str, data: &[u8]) -> Option<String> {
    let members = members(data);
    let fields = fields(&members);
    let members: Map<String, Value> = members.into_iter().collect();
    let title = Taken::default().take(&members, &TITLES, LONGEST);
    let title = title.map(|title| one_line(&title, LONGEST)).filter(|title| !title.is_empty());
    let headline = || {
        let movement = Movement::of(event_type, &members);
        let headline = headline::of(event_type, &members, &Meanings::default(), &movement);
        // Nobody needs to be told the type once more.
        Some(one_line(&headline, LONGEST)).filter(|headline| *headline != humanised(event_type))
    };
    title.or_else(headline).or(fields)
}

/// The first texts and numbers, as `name: value`.
fn fields(members: &[(String, Value)]) -> Option<String> {
    let field = |(name, value): &(String, Value)| {
        let value = match value {
            Value::String(text) if !text.contains("://") => one_line(text, LONGEST_VALUE),
            Value::Number(number) => number.to_string(),
            Value::Bool(is) => is.to_string(),
            _ => return None,
        };
        let is_told = !value.is_empty() && !is_secret(name);
        is_told.then(|| format!("{}: {value}", one_line(name, LONGEST_NAME)))
    };
    let fields: Vec<String> = members.iter().filter_map(field).take(MOST_FIELDS).collect();
    (!fields.is_empty()).then(|| one_line(&fields.join(", "), LONGEST))
}

fn is_secret(name: &str) -> bool {
    is_sensitive_header(name) || words(name).iter().any(|word| matches!(word.as_str(), "code" | "otp" | "pin"))
}

/// The members of an object that is whole or was cut, in their order.
fn members(data: &[u8]) -> Vec<(String, Value)> {
    struct Members<'m>(&'m mut Vec<(String, Value)>);

    impl<'de> Visitor<'de> for Members<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(member) = map.next_entry()? {
                self.0.push(member);
            }
            Ok(())
        }
    }

    let mut members = Vec::new();
    // An error is the end of what there is.
    let _ = serde_json::Deserializer::from_slice(data).deserialize_map(Members(&mut members));
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: &str) -> Option<String> {
        summary("price.alert", data.as_bytes())
    }

    #[test]
    fn an_event_is_told_by_its_headline_or_its_first_fields() {
        for (data, told) in [
            (r#"{"title": "Disk\n full", "symbol": "AAPL"}"#, "Disk full"),
            (r#"{"price": 187.5, "symbol": "AAPL", "currency": "USD"}"#, "Price alert: AAPL $187.50"),
            (r#"{"n": 1, "list": [1], "ok": true, "who": "Ada"}"#, "n: 1, ok: true, who: Ada"),
            (r#"{"z": 1, "b": "two"}"#, "z: 1, b: two"),
            (r#"{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}"#, "a: 1, b: 2, c: 3, d: 4"),
        ] {
            assert_eq!(of(data).as_deref(), Some(told), "{data}");
        }
        for data in ["", "7", "[1]", "{}", r#"{"list": [1]}"#, r#"{"text": ""}"#] {
            assert_eq!(of(data), None, "{data}");
        }
    }

    #[test]
    fn data_that_was_cut_is_told_as_far_as_it_is_there() {
        let data = r#"{"first": "é", "last": "é"}"#;
        let told: Vec<Option<String>> =
            (0..data.len()).map(|length| summary("price.alert", &data.as_bytes()[..length])).collect();
        assert_eq!((told[13].as_deref(), told[14].as_deref()), (None, Some("first: é")));
        assert_eq!((told[27].as_deref(), told[28].as_deref()), (Some("first: é"), Some("first: é, last: é")));
    }

    #[test]
    fn what_is_named_like_a_credential_and_links_are_not_told() {
        let data = r#"{"api_key": "hunter2", "reset": "https://a.example/?t=hunter2", "otp": 4711, "passwordHash": "hunter2",
            "verification_code": "hunter2", "user": 7}"#;
        assert_eq!(of(data).as_deref(), Some("user: 7"));
    }

    #[test]
    fn a_summary_is_short() {
        let long = "x".repeat(1000);
        for data in [
            format!(r#"{{"title": "{long}"}}"#),
            format!(r#"{{"symbol": "{long}"}}"#),
            format!(r#"{{"{long}": "{long}", "{long}b": 1, "{long}c": "{long}"}}"#),
        ] {
            assert!(of(&data).unwrap().chars().count() <= LONGEST);
        }
    }
}

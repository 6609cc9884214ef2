//! What an event says in a line, for lists of many: the beginning of its data enters, a headline or a few fields leave. Pure.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    fields::{self, Taken},
    headline::{self, Movement, TITLES},
    values::{cleaned, one_line},
    words::{humanised, words},
};
use crate::{catalogue::Meanings, exact, model::is_sensitive_header};

const LONGEST: usize = 160;
const MOST_FIELDS: usize = 4;
const LONGEST_NAME: usize = 40;
const LONGEST_VALUE: usize = 60;

/// At most 160 characters; none if the data is no object, or nothing in it can be told in a line. Data that was cut is read as far
/// as its last whole member. Links are not told, since what is behind them can be a way in.
pub fn summary(event_type: &str, data: &[u8]) -> Option<String> {
    let in_order = members(data);
    let members: Map<String, Value> = in_order.iter().cloned().collect();
    let told = |text: String| Some(one_line(&text, LONGEST)).filter(|line| !line.is_empty() && !has_link(line));
    let title = || Taken::default().take(&members, &TITLES, LONGEST).and_then(told);
    let headline = || {
        let movement = Movement::of(event_type, &members);
        let headline = told(headline::of(event_type, &members, &Meanings::default(), &movement));
        // Nobody needs to be told the type once more.
        headline.filter(|headline| *headline != humanised(event_type))
    };
    title().or_else(headline).or_else(|| fields(&in_order, &members))
}

/// The first texts and numbers, as `Name: value`, in the order of the data.
fn fields(in_order: &[(String, Value)], members: &Map<String, Value>) -> Option<String> {
    let field = |(name, value): &(String, Value)| {
        if is_secret(name) || value.as_str().is_some_and(has_link) {
            return None;
        }
        let (label, value) = fields::simple_of(name, value, members)?;
        let (label, value) = (cleaned(&label, LONGEST_NAME), one_line(&value, LONGEST_VALUE));
        (!value.is_empty()).then(|| format!("{}: {value}", one_line(&label, LONGEST_NAME)))
    };
    let fields: Vec<String> = in_order.iter().filter_map(field).take(MOST_FIELDS).collect();
    (!fields.is_empty()).then(|| one_line(&fields.join(", "), LONGEST))
}

fn has_link(text: &str) -> bool {
    text.contains("://")
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

    // A number that was cut is another number.
    let is_of_number = |c: &&u8| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    let data = &data[..data.len() - data.iter().rev().take_while(is_of_number).count()];
    let mut members = Vec::new();
    // An error is the end of what there is.
    let _ = serde_json::Deserializer::from_slice(&exact::with_texts(data)).deserialize_map(Members(&mut members));
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
            (r#"{"n": 1, "list": [1], "ok": true, "who": "Ada"}"#, "N: 1, Ok: yes, Who: Ada"),
            (r#"{"z": 1, "b": "two"}"#, "Z: 1, B: two"),
            (r#"{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}"#, "A: 1, B: 2, C: 3, D: 4"),
            (
                r#"{"latency_ms": 1500, "price": 1234.5, "currency": "EUR", "since": "2026-01-29T15:42:00Z"}"#,
                "Latency: 1.5 s, Price: €1,234.50, Since: 29 Jan 2026, 15:42 UTC",
            ),
            (
                r#"{"order_id": 12345678901234567890123, "rate": 0.00000012}"#,
                "Order ID: 12345678901234567890123, Rate: 0.00000012",
            ),
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
        assert_eq!((told[13].as_deref(), told[14].as_deref()), (None, Some("First: é")));
        assert_eq!((told[27].as_deref(), told[28].as_deref()), (Some("First: é"), Some("First: é, Last: é")));
    }

    #[test]
    fn a_number_that_was_cut_is_not_told() {
        let data = r#"{"a": "x", "price": -187.5e1, "n": 7}"#;
        for length in 0..=data.len() {
            let told = summary("price.alert", &data.as_bytes()[..length]).unwrap_or_default();
            assert!(
                ["", "A: x", "A: x, Price: -1,875", "A: x, Price: -1,875, N: 7"].contains(&told.as_str()),
                "{length}: {told}"
            );
        }
    }

    #[test]
    fn a_summary_turns_no_terminal_and_no_line() {
        let data = r#"{"\u001b[31mna\u202eme": "a\u001b[2Jb\u202ec\u2067d\u0000", "x": 1}"#;
        let told = of(data).unwrap();
        assert!(told.ends_with("a[2Jbcd, X: 1"), "{told:?}");
        assert!(
            !told.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        );
    }

    #[test]
    fn what_is_named_like_a_credential_and_links_are_not_told() {
        let data = r#"{"api_key": "hunter2", "reset": "https://a.example/?t=hunter2", "otp": 4711, "passwordHash": "hunter2",
            "verification_code": "hunter2", "user": 7}"#;
        assert_eq!(of(data).as_deref(), Some("User: 7"));
        let data =
            r#"{"title": "Reset by https://a.example/?t=hunter2", "name": "https://a.example/?t=hunter2", "user": 7}"#;
        assert_eq!(of(data).as_deref(), Some("User: 7"), "nor in a headline");
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

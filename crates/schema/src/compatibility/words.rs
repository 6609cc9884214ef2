//! Values and kinds of values for sentences.

use serde_json::Value;

use crate::{view::kind, walk};

/// A value for a sentence, cut short.
pub(super) fn of_value(value: &Value) -> String {
    format!("`{}`", walk::shown(&value.to_string()).replace("\\\"", "\""))
}

/// `a string or null`
pub(super) fn of_kinds(kinds: u8) -> String {
    let mut words = Vec::new();
    for (mask, word) in [
        (kind::STRING, "a string"),
        (kind::FRACTION, "a number"),
        (kind::INTEGER, "an integer"),
        (kind::BOOLEAN, "a boolean"),
        (kind::ARRAY, "an array"),
        (kind::OBJECT, "an object"),
        (kind::NULL, "null"),
    ] {
        let covered = mask == kind::INTEGER && kinds & kind::FRACTION != 0;
        if kinds & mask != 0 && !covered {
            words.push(word);
        }
    }
    match words.as_slice() {
        [] => "nothing".into(),
        _ if kinds == kind::ALL => "anything".into(),
        [one] => (*one).into(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

//! Serde field readers of a webhook's settings: each checks what its name says, so that a value is valid once read.

use std::collections::BTreeMap;

use serde::Deserializer;

use crate::model::{
    Span, TypePattern,
    field_error::{checked, escaped, in_part, within},
};

fn text(text: &str, longest: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > longest {
        return Err(format!("at most {longest} characters are possible, these are {length}"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err("control characters are not possible".into());
    }
    Ok(())
}

pub fn short_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| text(value, 200))
}

pub fn long_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| text(value, 2000))
}

pub fn bounded_patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TypePattern>, D::Error> {
    checked(deserializer, |value: &Vec<TypePattern>| match value.len() {
        0 => Err("no event would be wanted; write `[\"*\"]` for all, or disable the webhook".into()),
        count => within("the number of event types", count, 1..=200),
    })
}

/// What is wanted where nothing is said.
pub fn all_types() -> Vec<TypePattern> {
    vec![TypePattern::All]
}

pub fn concurrency_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    checked(deserializer, |value: &u32| within("max_concurrency", *value, 1..=1000))
}

pub fn timeout_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    checked(deserializer, |value: &Span| check_timeout(*value))
}

/// Whether a request may take so long.
///
/// # Errors
/// How long it may take.
pub fn check_timeout(timeout: Span) -> Result<(), String> {
    let shortest = Span(std::time::Duration::from_millis(100));
    within("timeout", timeout, shortest..=Span::seconds(60))
}

pub fn disable_after_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    checked(deserializer, |value: &Option<u32>| match value {
        Some(count) => within("disable_after", *count, 1..=10_000),
        None => Ok(()),
    })
}

pub fn bounded_metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    checked(deserializer, |value: &BTreeMap<String, String>| {
        within("the number of metadata entries", value.len(), 0..=50)?;
        value.iter().try_for_each(|(key, value)| {
            text(key, 64).and_then(|()| text(value, 512)).map_err(|error| in_part(&escaped(key), error))
        })
    })
}

pub fn bounded_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    checked(deserializer, |value: &BTreeMap<String, String>| {
        within("the number of fields", value.len(), 0..=50)?;
        value.iter().try_for_each(|(key, value)| {
            text(key, 64).and_then(|()| text(value, 2048)).map_err(|error| in_part(&escaped(key), error))
        })
    })
}

/// A text that may be left out, and fits if it is there.
pub fn fitting<'de, D: Deserializer<'de>>(
    deserializer: D,
    fits: impl FnOnce(&str) -> bool,
    otherwise: &str,
) -> Result<Option<String>, D::Error> {
    checked(deserializer, |text: &Option<String>| match text {
        Some(text) if !fits(text) => Err(otherwise.to_owned()),
        _ => Ok(()),
    })
}

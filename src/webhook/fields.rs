//! Serde field readers of a webhook's settings: each checks what its name says, so that a value is valid once read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};

use super::{
    DialectSpec,
    headers::{check_header_name, check_header_value},
};
use crate::model::{
    Span, TypePattern,
    field_error::{checked, within},
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
    checked(deserializer, |value: &Vec<TypePattern>| within("the number of event types", value.len(), 0..=200))
}

pub fn concurrency_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    checked(deserializer, |value: &u32| within("max_concurrency", *value, 1..=1000))
}

pub fn timeout_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let shortest = Span(std::time::Duration::from_millis(100));
    checked(deserializer, |value: &Span| within("timeout", *value, shortest..=Span::seconds(60)))
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
            text(key, 64).and_then(|()| text(value, 512)).map_err(|error| format!("in `{key}`: {error}"))
        })
    })
}

pub fn bounded_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    checked(deserializer, |value: &BTreeMap<String, String>| {
        within("the number of fields", value.len(), 0..=50)?;
        value.iter().try_for_each(|(key, value)| {
            text(key, 64).and_then(|()| text(value, 2048)).map_err(|error| format!("in `{key}`: {error}"))
        })
    })
}

pub fn bounded_dialects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DialectSpec>, D::Error> {
    checked(deserializer, |value: &Vec<DialectSpec>| {
        within("the number of dialects", value.len(), 0..=4)?;
        let repeated = value.iter().enumerate().any(|(place, spec)| value[..place].contains(spec));
        if repeated { Err("a dialect is there twice".into()) } else { Ok(()) }
    })
}

pub fn credential<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| {
        if value.is_empty() {
            return Err("a credential cannot be empty; use {\"type\":\"none\"} for no authentication".into());
        }
        if value == crate::model::REDACTED {
            return Err("this is the placeholder that stands for a credential; send the credential itself, \
                        or change other fields with PATCH"
                .into());
        }
        check_header_value("authorization", value)
    })
}

pub fn basic_user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| {
        if value.contains(':') {
            return Err("a user name cannot contain a colon (RFC 7617)".into());
        }
        check_header_value("authorization", value)
    })
}

pub fn auth_header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    check_header_name(&name).map_err(D::Error::custom)
}

pub fn signature_header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    auth_header_name(deserializer)
}

pub fn separator<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| match value.as_str() {
        "" | "." => Ok(()),
        other => Err(format!("separator is \"\" or \".\", not `{}`", other.escape_debug())),
    })
}

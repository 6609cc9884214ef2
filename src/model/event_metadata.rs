//! What an event says of itself beside its data: where it comes from, and what its publisher wants to know of it again.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::field_error::{escaped, in_part};

const LONGEST_SOURCE: usize = 256;
const MOST_MEMBERS: usize = 32;
const LONGEST_NAME: usize = 64;
/// As compact JSON.
const MOST_BYTES: usize = 2 << 10;

/// Where an event comes from: a URI reference, as CloudEvents have it. 1 to 256 printable ASCII characters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventSource(Arc<str>);

impl EventSource {
    /// Checks the form.
    pub fn parse(text: &str) -> Result<EventSource, String> {
        if (1..=LONGEST_SOURCE).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic()) {
            return Ok(EventSource(text.into()));
        }
        Err("a source is a URI or a part of one, like /billing: 1 to 256 printable ASCII characters without spaces"
            .into())
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> EventSource {
        EventSource(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EventSource {
    type Error = String;
    fn try_from(text: String) -> Result<EventSource, String> {
        EventSource::parse(&text)
    }
}

impl From<EventSource> for String {
    fn from(source: EventSource) -> String {
        source.0.as_ref().into()
    }
}

/// What a publisher wants to know of an event again: up to 32 texts, numbers and truth values by name, 2 KiB in all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct EventMetadata(Arc<Metadata>);

#[derive(PartialEq, Debug)]
struct Metadata {
    members: Map<String, Value>,
    /// As compact JSON.
    text: String,
}

impl EventMetadata {
    /// The members, by name.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0.members
    }

    /// As compact JSON.
    pub fn as_json(&self) -> &str {
        &self.0.text
    }

    /// As the store has it, where it was checked when it was taken in.
    ///
    /// # Errors
    /// It is no object.
    pub fn kept(text: &str) -> serde_json::Result<EventMetadata> {
        Ok(EventMetadata(Arc::new(Metadata { members: serde_json::from_str(text)?, text: text.into() })))
    }
}

impl TryFrom<Map<String, Value>> for EventMetadata {
    type Error = String;

    fn try_from(members: Map<String, Value>) -> Result<EventMetadata, String> {
        if members.len() > MOST_MEMBERS {
            return Err(format!("metadata has at most {MOST_MEMBERS} members, this has {}", members.len()));
        }
        for (name, value) in &members {
            let is_part = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
            let named = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_part);
            if !named || matches!(value, Value::Array(_) | Value::Object(_) | Value::Null) {
                let message = format!(
                    "`{}`: metadata is texts, numbers and truth values under names of 1 to {LONGEST_NAME} letters, digits, `_`, `-` \
                     and `.`; what is nested belongs into `data`",
                    name.escape_debug()
                );
                return Err(in_part(&escaped(name), message));
            }
        }
        let text = Value::Object(members.clone()).to_string();
        if text.len() > MOST_BYTES {
            return Err(format!("metadata has at most {MOST_BYTES} bytes as JSON, this has {}", text.len()));
        }
        Ok(EventMetadata(Arc::new(Metadata { members, text })))
    }
}

impl From<EventMetadata> for Map<String, Value> {
    fn from(metadata: EventMetadata) -> Map<String, Value> {
        metadata.0.members.clone()
    }
}

impl fmt::Display for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_small_and_flat() {
        let read = |value: Value| serde_json::from_value::<EventMetadata>(value).map_err(|error| error.to_string());
        let metadata = read(json!({"region": "eu", "n": 1.5, "canary": true})).unwrap();
        assert_eq!(EventMetadata::kept(metadata.as_json()).unwrap(), metadata);
        for (wrong, part) in [
            (json!({"a": [1]}), "belongs into `data`"),
            (json!({"a": null}), "belongs into `data`"),
            (json!({"a b": 1}), "names of 1 to 64"),
            (json!({"a": "x".repeat(2_048)}), "at most 2048 bytes"),
            (json!("x"), "map"),
            (Value::Object((0..33).map(|n| (format!("n{n}"), n.into())).collect()), "at most 32 members, this has 33"),
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        assert!(
            EventSource::parse("/billing").is_ok()
                && EventSource::parse("a b").is_err()
                && EventSource::parse("").is_err()
        );
    }
}

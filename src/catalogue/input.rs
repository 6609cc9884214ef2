//! Event types as callers write them, and the checks that make them entries.

use lanehook_schema::{Breakage, Validator, Violation, compatibility, sample_with};
use serde::Serialize;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::entry::{EntryStatus, EventTypeEntry, SchemaVersion};
use crate::model::{EventType, FieldError, Timestamp, read_json_fully};

const MAX_VERSIONS: usize = 100;
const MAX_VERSION: u32 = 1_000_000;
const MAX_EXAMPLE_BYTES: usize = 64 * 1024;
pub(super) const MAX_TITLE: usize = 200;
pub(super) const MAX_DESCRIPTION: usize = 2_000;
const MAX_GROUP: usize = 64;
const DEFAULT_GROUP: &str = "other";

/// An event type as a caller writes it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTypeInput {
    /// Letters, digits, `_` and `-`, in parts separated by dots; at most 128 characters. It can be left out where the URL
    /// says it.
    #[schema(required = false, example = "price_alert")]
    pub name: EventType,
    /// For people; at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub title: Option<String>,
    /// For people; at most 2,000 characters.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// For listing: at most 64 letters, digits, `_`, `-`.
    #[serde(default = "default_group")]
    #[schema(max_length = 64, pattern = "^[A-Za-z0-9_-]+$", default = "other")]
    pub group: String,
    /// Whether it is to be used.
    #[serde(default)]
    pub status: EntryStatus,
    /// 1 to 100, each number once.
    #[schema(min_items = 1, max_items = 100)]
    pub versions: Vec<SchemaVersionInput>,
}

/// A version as a caller writes it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaVersionInput {
    /// From 1.
    #[serde(default = "first_version")]
    #[schema(minimum = 1, maximum = 1_000_000, default = 1)]
    pub version: u32,
    /// JSON Schema, 2020-12 or draft-07; at most 64 KiB and 32 levels; references only within it (`#/$defs/…`).
    pub schema: Value,
    /// Data that fits the schema; at most 64 KiB. Left out, one is made.
    #[serde(default)]
    pub example: Option<Value>,
    /// Receivers should move on to a newer version.
    #[serde(default)]
    pub deprecated: bool,
    /// When it was added.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
}

fn default_group() -> String {
    DEFAULT_GROUP.into()
}

fn first_version() -> u32 {
    1
}

impl TryFrom<EventTypeInput> for EventTypeEntry {
    type Error = Vec<FieldError>;

    /// Checks everything; errors carry pointers like `/versions/0/schema/properties/price/type`.
    fn try_from(input: EventTypeInput) -> Result<EventTypeEntry, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_words(&input, &mut errors);
        if !(1..=MAX_VERSIONS).contains(&input.versions.len()) {
            let message =
                format!("an event type has 1 to {MAX_VERSIONS} versions, this one has {}", input.versions.len());
            errors.push(FieldError::at("/versions", message));
            return Err(errors);
        }
        let mut versions: Vec<SchemaVersion> = Vec::with_capacity(input.versions.len());
        for (place, version) in input.versions.into_iter().enumerate() {
            if versions.iter().any(|other| other.version == version.version) {
                let message = format!("version {} is there twice; give this one another number", version.version);
                errors.push(FieldError::at(format!("/versions/{place}/version"), message));
            }
            match SchemaVersion::try_from(version) {
                Ok(version) => versions.push(version),
                Err(found) => errors.extend(found.into_iter().map(|error| below(&format!("/versions/{place}"), error))),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        versions.sort_by_key(|version| version.version);
        let EventTypeInput { name, title, description, group, status, .. } = input;
        Ok(EventTypeEntry { name, title, description, group, status, versions })
    }
}

fn check_words(input: &EventTypeInput, errors: &mut Vec<FieldError>) {
    let mut check_length = |pointer: &str, text: &str, most: usize| {
        let length = text.chars().count();
        if length > most {
            errors.push(FieldError::at(pointer, format!("has {length} characters; at most {most} are possible")));
        }
    };
    check_length("/title", input.title.as_deref().unwrap_or_default(), MAX_TITLE);
    check_length("/description", &input.description, MAX_DESCRIPTION);
    let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    if !(1..=MAX_GROUP).contains(&input.group.len()) || !input.group.bytes().all(fits) {
        let message = format!("a group is 1 to {MAX_GROUP} letters, digits, `_` and `-`, like market");
        errors.push(FieldError::at("/group", message));
    }
}

impl TryFrom<SchemaVersionInput> for SchemaVersion {
    type Error = Vec<FieldError>;

    /// Compiles the schema and checks the example with it; errors carry pointers like `/schema/properties/price/type`.
    fn try_from(input: SchemaVersionInput) -> Result<SchemaVersion, Vec<FieldError>> {
        let SchemaVersionInput { version, schema, example, deprecated, created_at } = input;
        let wrong = FieldError::at("/version", format!("a version is a number from 1 to {MAX_VERSION}"));
        let numbered = if (1..=MAX_VERSION).contains(&version) { Ok(()) } else { Err(wrong) };
        let checked = checked_example(&schema, example);
        match (numbered, checked) {
            (Ok(()), Ok(example)) => Ok(SchemaVersion { version, schema, example, deprecated, created_at }),
            (numbered, checked) => Err(numbered.err().into_iter().chain(checked.err().into_iter().flatten()).collect()),
        }
    }
}

/// The example, which fits the schema; one is made if there is none.
fn checked_example(schema: &Value, example: Option<Value>) -> Result<Value, Vec<FieldError>> {
    let all_below = |pointer: &'static str| {
        move |violations: Vec<Violation>| {
            violations.into_iter().map(|violation| below(pointer, violation.into())).collect::<Vec<_>>()
        }
    };
    let validator = Validator::new(schema).map_err(all_below("/schema"))?;
    let example = match example {
        Some(example) => example,
        None => sample_with(schema, &validator, 1).map_err(|reason| {
            vec![FieldError::at("/example", format!("no example could be made ({reason}); write one"))]
        })?,
    };
    if example.to_string().len() > MAX_EXAMPLE_BYTES {
        let message = format!("the example is longer than {} KiB", MAX_EXAMPLE_BYTES / 1024);
        return Err(vec![FieldError::at("/example", message)]);
    }
    validator.validate(&example).map_err(all_below("/example"))?;
    Ok(example)
}

/// An error of something that stands at `pointer`.
pub(super) fn below(pointer: &str, error: FieldError) -> FieldError {
    FieldError::at(format!("{pointer}{}", error.pointer), error.message)
}

impl EventTypeEntry {
    /// Reads a version to be added. Its number is the next, if it names none.
    pub fn read_version(&self, mut fields: Map<String, Value>) -> Result<SchemaVersionInput, Vec<FieldError>> {
        let newest = self.versions.last().map_or(0, |newest| newest.version);
        if fields.get("version").is_none_or(Value::is_null) {
            fields.insert("version".into(), (newest + 1).into());
        }
        read_json_fully(Value::Object(fields).to_string().as_bytes())
    }

    /// This event type with a version more, and what that breaks for those who know the newest so far.
    pub fn with_version(&self, input: SchemaVersionInput) -> Result<(EventTypeEntry, Vec<Breakage>), Vec<FieldError>> {
        let newest = self.versions.last();
        if let Some(newest) = newest.filter(|newest| newest.version >= input.version) {
            let message = format!("is not above the newest, {}; leave it out for the next", newest.version);
            return Err(vec![FieldError::at("/version", message)]);
        }
        if self.versions.len() >= MAX_VERSIONS {
            let message = format!("an event type has at most {MAX_VERSIONS} versions; remove one first");
            return Err(vec![FieldError::at("/version", message)]);
        }
        let added = SchemaVersion::try_from(input)?;
        let breakages = newest.map(|newest| compatibility(&newest.schema, &added.schema)).unwrap_or_default();
        let mut entry = self.clone();
        entry.versions.push(added);
        Ok((entry, breakages))
    }
}

impl<'de> Deserialize<'de> for EventTypeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventTypeEntry, D::Error> {
        EventTypeEntry::try_from(EventTypeInput::deserialize(deserializer)?).map_err(|errors| {
            let all: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.pointer, error.message)).collect();
            serde::de::Error::custom(all.join("; "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<EventTypeEntry, Vec<FieldError>> {
        EventTypeEntry::try_from(serde_json::from_value::<EventTypeInput>(value).unwrap())
    }

    fn refused(value: Value, pointer: &str, part: &str) {
        let errors = read(value).unwrap_err();
        assert!(errors.iter().any(|error| error.pointer == pointer && error.message.contains(part)), "{errors:?}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let versions = |version: Value| json!({"name": "price.alert", "versions": [version]});
        refused(
            versions(json!({"schema": {"properties": {"price": {"type": "money"}}}, "example": {}})),
            "/versions/0/schema/properties/price/type",
            "number",
        );
        refused(
            versions(json!({"schema": {"properties": {"price": {"type": "number"}}}, "example": {"price": "1"}})),
            "/versions/0/example/price",
            "number",
        );
        refused(versions(json!({"version": 0, "schema": {}, "example": {}})), "/versions/0/version", "from 1");
        refused(versions(json!({"schema": {"$ref": "http://localhost/"}})), "/versions/0/schema/$ref", "fetched");
        refused(versions(json!({"schema": false})), "/versions/0/example", "write one");
        refused(versions(json!({"schema": {}, "example": "x".repeat(65 * 1024)})), "/versions/0/example", "64 KiB");
        refused(json!({"name": "a", "versions": []}), "/versions", "1 to 100");
        let one = json!({"schema": {}, "example": 1});
        refused(json!({"name": "a", "versions": [one, one]}), "/versions/1/version", "twice");
        refused(json!({"name": "a", "group": "a b", "versions": [one]}), "/group", "market");
        refused(json!({"name": "a", "description": "x".repeat(2001), "versions": [one]}), "/description", "2000");
    }

    #[test]
    fn an_entry_reads_back_as_it_was_written() {
        let entry = read(json!({"name": "price.alert", "title": "Price", "versions": [
            {"version": 2, "schema": {"type": "object"}, "example": {"a": 1}, "created_at": "2026-01-31T12:00:00Z"},
            {"version": 1, "schema": {"type": "string"}, "deprecated": true},
        ]}))
        .unwrap();
        assert_eq!(entry.versions.iter().map(|version| version.version).collect::<Vec<_>>(), [1, 2]);
        let written = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<EventTypeEntry>(&written).unwrap(), entry);
    }

    #[test]
    fn an_event_without_version_has_the_newest_that_is_not_deprecated() {
        let version = |number: u32, deprecated: bool| json!({"version": number, "schema": {}, "example": 1, "deprecated": deprecated});
        let current =
            |versions: Value| read(json!({"name": "a", "versions": versions})).unwrap().current().unwrap().version;
        assert_eq!(current(json!([version(1, false), version(2, false), version(3, true)])), 2);
        assert_eq!(current(json!([version(1, true), version(2, true)])), 2);
    }

    #[test]
    fn a_version_more_says_what_it_breaks() {
        let entry =
            read(json!({"name": "a", "versions": [{"schema": {"required": ["x"]}, "example": {"x": 1}}]})).unwrap();
        let version =
            |number: u32| serde_json::from_value(json!({"version": number, "schema": {}, "example": 1})).unwrap();
        let (longer, breakages) = entry.with_version(version(2)).unwrap();
        assert_eq!(longer.versions.len(), 2);
        assert!(!breakages.is_empty());
        assert_eq!(entry.with_version(version(1)).unwrap_err()[0].pointer, "/version");
    }
}

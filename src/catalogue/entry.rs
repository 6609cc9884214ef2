//! An event type as the catalogue keeps it.

use lanehook_schema::{Breakage, compatibility};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::{EventType, Timestamp};

/// An event type as the catalogue keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct EventTypeEntry {
    /// Its name, as events carry it.
    #[schema(example = "price_alert")]
    pub name: EventType,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When such an event happens, and what it tells.
    pub description: String,
    /// Under which heading it is listed.
    pub group: String,
    /// Whether it is to be used.
    pub status: EntryStatus,
    /// Oldest first, at least one.
    pub versions: Vec<SchemaVersion>,
}

/// What the data of an event of one version looks like.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct SchemaVersion {
    /// Events name it in `version`; from 1.
    pub version: u32,
    /// JSON Schema (2020-12 or draft-07) of the event's `data`.
    pub schema: Value,
    /// Data that fits the schema.
    pub example: Value,
    /// Receivers should move on to a newer version.
    pub deprecated: bool,
    /// When it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
}

/// Whether an event type is to be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// It is.
    #[default]
    Active,
    /// It still happens, but something else should be used.
    Deprecated,
    /// It does not happen any more; it is kept so that old events can be understood.
    Archived,
}

impl EventTypeEntry {
    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&SchemaVersion> {
        self.versions.iter().find(|version| version.version == number)
    }

    /// What an event has that names no version: the newest that is not deprecated, or else the newest.
    pub fn current(&self) -> Option<&SchemaVersion> {
        let newest_first = || self.versions.iter().rev();
        newest_first().find(|version| !version.deprecated).or_else(|| newest_first().next())
    }

    /// Gives each version its time: one that was there before keeps it, the others are from now.
    pub fn stamp(&mut self, before: Option<&EventTypeEntry>, now: Timestamp) {
        for version in &mut self.versions {
            let known = before.and_then(|before| before.version(version.version)).and_then(|old| old.created_at);
            version.created_at = Some(known.unwrap_or(now));
        }
    }

    /// What data of the newest version can hold that data of the version before could not, so that receivers who know
    /// only that one may fail.
    pub fn breaks(&self) -> Vec<Breakage> {
        match self.versions.as_slice() {
            [.., old, new] => compatibility(&old.schema, &new.schema),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_that_was_there_keeps_its_time() {
        let entry = |versions: &[u32]| -> EventTypeEntry {
            let versions = versions.iter().map(
                |number| json!({"version": number, "schema": {}, "example": 1, "created_at": "2020-01-31T12:00:00Z"}),
            );
            serde_json::from_value(json!({"name": "a", "versions": versions.collect::<Vec<_>>()})).unwrap()
        };
        let (first, second) = (Timestamp::from_millis(1_000), Timestamp::from_millis(2_000));
        let mut before = entry(&[1]);
        before.stamp(None, first);
        let mut after = entry(&[1, 2]);
        after.stamp(Some(&before), second);
        assert_eq!(
            after.versions.iter().map(|version| version.created_at).collect::<Vec<_>>(),
            [Some(first), Some(second)]
        );
    }

    #[test]
    fn only_the_newest_version_is_compared_and_with_the_one_before() {
        let entry = |types: &[&str]| -> EventTypeEntry {
            let versions = types
                .iter()
                .zip(1..)
                .map(|(kind, number)| json!({"version": number, "schema": {"type": kind}, "example": 1}));
            serde_json::from_value(json!({"name": "a", "versions": versions.collect::<Vec<_>>()})).unwrap()
        };
        assert_eq!(entry(&["integer"]).breaks(), []);
        assert_eq!(entry(&["integer", "number", "number"]).breaks(), []);
        assert_ne!(entry(&["number", "integer", "number"]).breaks(), []);
    }
}

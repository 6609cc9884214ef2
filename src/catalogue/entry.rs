//! An event type as the catalogue keeps it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::{EventType, Timestamp};

/// An event type as the catalogue keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct EventTypeEntry {
    /// Its name, as events carry it.
    #[schema(value_type = String, max_length = 128, example = "price_alert")]
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
    #[schema(value_type = Option<String>)]
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
}

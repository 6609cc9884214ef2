//! The stored form of an event type in the catalogue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Form, Unreadable};
use crate::{
    catalogue::{EntryStatus, EventTypeEntry, SchemaVersion},
    model::{EventType, Timestamp},
};

/// See [`EventTypeEntry`].
#[derive(Serialize, Deserialize)]
pub struct StoredEventType {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default = "other")]
    group: String,
    #[serde(default)]
    status: EntryStatus,
    versions: Vec<StoredVersion>,
}

#[derive(Serialize, Deserialize)]
struct StoredVersion {
    version: u32,
    schema: Value,
    #[serde(default)]
    example: Value,
    #[serde(default)]
    deprecated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
}

fn other() -> String {
    "other".into()
}

impl Form for StoredEventType {
    type Noun = EventTypeEntry;

    fn of(entry: &EventTypeEntry) -> StoredEventType {
        let versions = entry.versions.iter().cloned().map(|version| StoredVersion {
            version: version.version,
            schema: version.schema,
            example: version.example,
            deprecated: version.deprecated,
            created_at: version.created_at,
        });
        StoredEventType {
            name: entry.name.as_str().to_owned(),
            title: entry.title.clone(),
            description: entry.description.clone(),
            group: entry.group.clone(),
            status: entry.status,
            versions: versions.collect(),
        }
    }

    fn noun(self) -> Result<EventTypeEntry, Unreadable> {
        if self.versions.is_empty() {
            return Err(Unreadable::Form("it has no version".into()));
        }
        let versions = self.versions.into_iter().map(|version| SchemaVersion {
            version: version.version,
            schema: version.schema,
            example: version.example,
            deprecated: version.deprecated,
            created_at: version.created_at,
        });
        Ok(EventTypeEntry {
            name: EventType::kept(&self.name),
            title: self.title,
            description: self.description,
            group: self.group,
            status: self.status,
            versions: versions.collect(),
        })
    }
}

//! The stored forms of what tenants save under names.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Form, Unreadable};
use crate::model::{CorrelationId, EventMetadata, EventSource, EventType, OrderingKey, SavedEvent};

/// See [`SavedEvent`].
#[derive(Serialize, Deserialize)]
pub struct StoredSavedEvent {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ordering_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// JSON as a text: its bytes stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    data: String,
}

impl Form for StoredSavedEvent {
    type Noun = SavedEvent;

    fn of(event: &SavedEvent) -> StoredSavedEvent {
        StoredSavedEvent {
            description: event.description.clone(),
            r#type: event.event_type.as_str().to_owned(),
            version: event.version,
            ordering_key: event.ordering_key.as_ref().map(|key| key.as_str().to_owned()),
            correlation_id: event.correlation_id.as_ref().map(|id| id.as_str().to_owned()),
            source: event.source.as_ref().map(|source| source.as_str().to_owned()),
            metadata: event.metadata.as_ref().map(|metadata| metadata.as_json().to_owned()),
            data: String::from_utf8_lossy(&event.data).into_owned(),
        }
    }

    fn noun(self) -> Result<SavedEvent, Unreadable> {
        // It is sent as it is.
        serde_json::from_str::<&RawValue>(&self.data).map_err(|_| Unreadable::Form("`data` is no JSON".into()))?;
        let metadata = self.metadata.map(|text| EventMetadata::kept(&text)).transpose();
        Ok(SavedEvent {
            description: self.description,
            event_type: EventType::kept(&self.r#type),
            version: self.version,
            ordering_key: self.ordering_key.map(|key| OrderingKey::kept(&key)),
            correlation_id: self.correlation_id.map(|id| CorrelationId::kept(&id)),
            source: self.source.map(|source| EventSource::kept(&source)),
            metadata: metadata.map_err(|_| Unreadable::Form("`metadata` is none that this version knows".into()))?,
            data: self.data.into(),
        })
    }
}

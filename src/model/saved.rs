//! What a tenant saves under a name, to have it again.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{
    CorrelationId, Event, EventMetadata, EventSource, EventType, NewEvent, OrderingKey, SavedReport, Theme, Timestamp,
};

/// A name under which something is saved, unique within its tenant and kind: 1 to 64 letters, digits, `_`, `-` and `.`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SavedName(Arc<str>);

impl SavedName {
    /// Checks the name.
    pub fn parse(text: &str) -> Result<SavedName, String> {
        let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('.') {
            return Ok(SavedName(text.into()));
        }
        Err("a name is 1 to 64 letters, digits, `_`, `-` and `.`, and does not begin with `.`".into())
    }

    /// Of what there is one of.
    pub fn none() -> SavedName {
        SavedName("".into())
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> SavedName {
        SavedName(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SavedName {
    type Error = String;
    fn try_from(text: String) -> Result<SavedName, String> {
        SavedName::parse(&text)
    }
}

impl From<SavedName> for String {
    fn from(name: SavedName) -> String {
        name.0.as_ref().into()
    }
}

impl fmt::Display for SavedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that is saved.
#[derive(Clone, PartialEq, Debug)]
pub struct Saved {
    /// Its name among its tenant's of its kind.
    pub name: SavedName,
    /// What it is.
    pub what: SavedWhat,
    /// When something was first saved under this name.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// What can be saved.
#[derive(Clone, PartialEq, Debug)]
pub enum SavedWhat {
    /// An event to send again.
    Event(SavedEvent),
    /// A question for statistics.
    Report(SavedReport),
    /// How the tenant's portal looks.
    Theme(Theme),
}

/// Of which kind something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SavedKind {
    /// An event to send again.
    Event,
    /// A question for statistics.
    Report,
    /// How the tenant's portal looks. There is one, which has no name ([`SavedName::none`]).
    Theme,
}

impl SavedKind {
    /// Whether its tenant's quota counts how many there are.
    pub fn is_counted(self) -> bool {
        match self {
            SavedKind::Event | SavedKind::Report => true,
            SavedKind::Theme => false,
        }
    }
}

impl SavedWhat {
    /// Of which kind it is.
    pub fn kind(&self) -> SavedKind {
        match self {
            SavedWhat::Event(_) => SavedKind::Event,
            SavedWhat::Report(_) => SavedKind::Report,
            SavedWhat::Theme(_) => SavedKind::Theme,
        }
    }
}

/// What an event that is published again and again says. It has no id and no time: each time it is another event.
#[derive(Clone, PartialEq, Debug)]
pub struct SavedEvent {
    /// For people.
    pub description: String,
    /// See [`Event::event_type`].
    pub event_type: EventType,
    /// See [`Event::version`].
    pub version: Option<u32>,
    /// See [`Event::ordering_key`].
    pub ordering_key: Option<OrderingKey>,
    /// See [`Event::correlation_id`].
    pub correlation_id: Option<CorrelationId>,
    /// See [`Event::source`].
    pub source: Option<EventSource>,
    /// See [`Event::metadata`].
    pub metadata: Option<EventMetadata>,
    /// The JSON, byte for byte.
    pub data: Bytes,
}

impl SavedEvent {
    /// What this event says.
    pub fn of(event: &Event) -> SavedEvent {
        SavedEvent {
            description: String::new(),
            event_type: event.event_type.clone(),
            version: event.version,
            ordering_key: event.ordering_key.clone(),
            correlation_id: event.correlation_id.clone(),
            source: event.source.clone(),
            metadata: event.metadata.clone(),
            data: event.data.clone(),
        }
    }

    /// As it is published.
    pub fn published(&self) -> NewEvent {
        NewEvent {
            version: self.version,
            ordering_key: self.ordering_key.clone(),
            correlation_id: self.correlation_id.clone(),
            source: self.source.clone(),
            metadata: self.metadata.clone(),
            ..NewEvent::new(self.event_type.clone(), self.data.clone())
        }
    }
}

//! What a filter can ask about an event.

use std::sync::OnceLock;

use serde_json::Value;

use crate::model::{Event, EventType, NewEvent, Timestamp};

/// A member of an event that filters know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// `id`: the caller's. One that the store gives is not known when the event is matched.
    Id,
    /// `type`
    Type,
    /// `timestamp`: RFC 3339 in UTC with milliseconds.
    Timestamp,
    /// `version`
    Version,
    /// `ordering_key`
    OrderingKey,
    /// `correlation_id`
    CorrelationId,
    /// `data`
    Data,
}

impl Field {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Field; 7] = [
        Field::Id,
        Field::Type,
        Field::Timestamp,
        Field::Version,
        Field::OrderingKey,
        Field::CorrelationId,
        Field::Data,
    ];

    /// As filters write it.
    pub fn name(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Type => "type",
            Field::Timestamp => "timestamp",
            Field::Version => "version",
            Field::OrderingKey => "ordering_key",
            Field::CorrelationId => "correlation_id",
            Field::Data => "data",
        }
    }

    pub(super) fn named(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// An event, as far as filters see it. What nobody asks for is not worked out: its data is read at the first question.
pub struct Facts<'a> {
    event_type: &'a EventType,
    id: Option<&'a str>,
    timestamp: Option<Timestamp>,
    version: Option<u32>,
    ordering_key: Option<&'a str>,
    correlation_id: Option<&'a str>,
    data: Data<'a>,
    /// All fields but `data` as JSON, in the order of [`Field`].
    heads: OnceLock<[Option<Value>; 6]>,
}

enum Data<'a> {
    Read(&'a Value),
    Unread { json: &'a [u8], read: OnceLock<Option<Value>> },
}

impl<'a> Facts<'a> {
    /// An event of which nothing but this is known.
    pub fn new(event_type: &'a EventType, data: &'a Value) -> Facts<'a> {
        Facts::with(event_type, Data::Read(data))
    }

    /// The same, with data that is still to be read.
    pub fn unread(event_type: &'a EventType, json: &'a [u8]) -> Facts<'a> {
        Facts::with(event_type, Data::Unread { json, read: OnceLock::new() })
    }

    /// An event on its way in.
    pub fn of(event: &'a NewEvent) -> Facts<'a> {
        Facts {
            id: event.caller_id.as_ref().map(|id| id.as_str()),
            timestamp: event.timestamp,
            version: event.version,
            ordering_key: event.ordering_key.as_ref().map(|key| key.as_str()),
            correlation_id: event.correlation_id.as_ref().map(|id| id.as_str()),
            ..Facts::unread(&event.event_type, &event.data)
        }
    }

    /// An event as it is kept; its id only if the caller chose it.
    pub fn of_event(event: &'a Event) -> Facts<'a> {
        Facts {
            id: event.caller_id.as_ref().map(|id| id.as_str()),
            timestamp: Some(event.timestamp),
            version: event.version,
            ordering_key: event.ordering_key.as_ref().map(|key| key.as_str()),
            correlation_id: event.correlation_id.as_ref().map(|id| id.as_str()),
            ..Facts::unread(&event.event_type, &event.data)
        }
    }

    fn with(event_type: &'a EventType, data: Data<'a>) -> Facts<'a> {
        Facts {
            event_type,
            id: None,
            timestamp: None,
            version: None,
            ordering_key: None,
            correlation_id: None,
            data,
            heads: OnceLock::new(),
        }
    }

    /// With this time.
    pub fn timestamp(self, timestamp: Timestamp) -> Facts<'a> {
        Facts { timestamp: Some(timestamp), heads: OnceLock::new(), ..self }
    }

    /// What happened.
    pub fn event_type(&self) -> &'a EventType {
        self.event_type
    }

    /// The value of a field; `None` if the event has none.
    pub fn field(&self, field: Field) -> Option<&Value> {
        match (field, &self.data) {
            (Field::Data, Data::Read(data)) => Some(data),
            (Field::Data, Data::Unread { json, read }) => {
                read.get_or_init(|| serde_json::from_slice(json).ok()).as_ref()
            }
            _ => self.heads.get_or_init(|| self.heads()).get(field as usize)?.as_ref(),
        }
    }

    fn heads(&self) -> [Option<Value>; 6] {
        [
            self.id.map(Value::from),
            Some(self.event_type.as_str().into()),
            self.timestamp.map(|time| time.to_string().into()),
            self.version.map(Value::from),
            self.ordering_key.map(Value::from),
            self.correlation_id.map(Value::from),
        ]
    }
}

#[cfg(test)]
impl<'a> Facts<'a> {
    /// With this id.
    pub fn id(self, id: &'a str) -> Facts<'a> {
        Facts { id: Some(id), heads: OnceLock::new(), ..self }
    }

    /// With this version of its type.
    pub fn version(self, version: u32) -> Facts<'a> {
        Facts { version: Some(version), heads: OnceLock::new(), ..self }
    }

    /// With this ordering key.
    pub fn ordering_key(self, key: &'a str) -> Facts<'a> {
        Facts { ordering_key: Some(key), heads: OnceLock::new(), ..self }
    }

    /// With this correlation id.
    pub fn correlation_id(self, id: &'a str) -> Facts<'a> {
        Facts { correlation_id: Some(id), heads: OnceLock::new(), ..self }
    }

    pub(crate) fn data_was_read(&self) -> bool {
        match &self.data {
            Data::Read(_) => true,
            Data::Unread { read, .. } => read.get().is_some(),
        }
    }
}

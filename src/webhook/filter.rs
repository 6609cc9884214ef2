//! A webhook's condition on events: `{"data":{"symbol":{"$in":["AAPL"]},"price":{"$gte":180}}}`.
//!
//! What a condition can say is the filter crate's; here is what events have for it to ask about. Data that is JSON by its
//! grammar but cannot be read (a number outside the range of doubles, half of a surrogate pair, more than 100 levels) is
//! refused when it is published. For filters it would be an event without `data`.

use std::sync::OnceLock;

use lanehook_filter::{Document, Field, Kind, Schema};
use serde_json::Value;

use crate::model::{Event, EventMetadata, EventType, FieldError, NewEvent, Timestamp};

/// A webhook is filed under so many index keys at most: instead of more, under the paths at which it looks, and asked whenever
/// there is anything. Enough for lists of 1,000 symbols at two paths. Entering so many takes about a millisecond.
pub const MOST_INDEX_KEYS: usize = 2_048;

/// A webhook's condition on an event.
pub type Filter = lanehook_filter::Filter<EventFields>;

/// What filters can ask of an event. The places of the fields are those of [`EventFields::FIELDS`].
pub struct EventFields;

/// The place of `data`; what is before it are the event's own fields.
const DATA: usize = 8;

impl Schema for EventFields {
    const FIELDS: &'static [Field] = &[
        // The caller's. One that the store gives is not known when the event is matched.
        Field { name: "id", kind: Kind::Text },
        Field { name: "type", kind: Kind::Text },
        Field { name: "timestamp", kind: TIME },
        Field { name: "version", kind: Kind::Number },
        Field { name: "ordering_key", kind: Kind::Text },
        Field { name: "correlation_id", kind: Kind::Text },
        Field { name: "source", kind: Kind::Text },
        Field { name: "metadata", kind: Kind::Json },
        Field { name: "data", kind: Kind::Json },
    ];
    const NOUN: &'static str = "an event";
    const EXAMPLE: &'static str = r#"{"data":{"symbol":"AAPL"}}"#;
}

/// In UTC with milliseconds, as [`Timestamp`] writes them, so that times compare as texts.
const TIME: Kind = Kind::Canonical {
    what: "an RFC 3339 time from 1970 to 9999",
    example: "2026-01-31T12:00:00Z",
    read: |text| Timestamp::parse(text).ok().map(|time| time.to_string()),
};

impl From<lanehook_filter::Error> for FieldError {
    fn from(error: lanehook_filter::Error) -> FieldError {
        FieldError::at(error.pointer, error.message)
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
    source: Option<&'a str>,
    metadata: Option<&'a EventMetadata>,
    data: Data<'a>,
    /// All fields but `data` as JSON, in the order of [`EventFields::FIELDS`].
    heads: OnceLock<[Option<Value>; DATA]>,
}

enum Data<'a> {
    Read(&'a Value),
    Unread { json: &'a [u8], read: OnceLock<Option<Value>> },
    Kept { json: &'a [u8], read: &'a OnceLock<Option<Value>> },
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
            source: event.source.as_ref().map(|source| source.as_str()),
            metadata: event.metadata.as_ref(),
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
            source: event.source.as_ref().map(|source| source.as_str()),
            metadata: event.metadata.as_ref(),
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
            source: None,
            metadata: None,
            data,
            heads: OnceLock::new(),
        }
    }

    /// The same, whose data once it was read is kept here, for others that ask about this event.
    pub fn kept_in(mut self, read: &'a OnceLock<Option<Value>>) -> Facts<'a> {
        if let Data::Unread { json, .. } = self.data {
            self.data = Data::Kept { json, read };
        }
        self
    }

    /// With this time.
    pub fn timestamp(self, timestamp: Timestamp) -> Facts<'a> {
        Facts { timestamp: Some(timestamp), heads: OnceLock::new(), ..self }
    }

    /// What happened.
    pub fn event_type(&self) -> &'a EventType {
        self.event_type
    }

    /// The event's data; `None` if it cannot be read.
    pub fn data(&self) -> Option<&Value> {
        self.field(DATA)
    }

    fn heads(&self) -> [Option<Value>; DATA] {
        [
            self.id.map(Value::from),
            Some(self.event_type.as_str().into()),
            self.timestamp.map(|time| time.to_string().into()),
            self.version.map(Value::from),
            self.ordering_key.map(Value::from),
            self.correlation_id.map(Value::from),
            self.source.map(Value::from),
            self.metadata.map(|metadata| metadata.as_map().clone().into()),
        ]
    }
}

impl Document for Facts<'_> {
    type Schema = EventFields;

    fn field(&self, place: usize) -> Option<&Value> {
        match (place, &self.data) {
            (DATA, Data::Read(data)) => Some(data),
            (DATA, Data::Unread { json, read }) => read.get_or_init(|| read_data(json)).as_ref(),
            (DATA, Data::Kept { json, read }) => read.get_or_init(|| read_data(json)).as_ref(),
            _ => self.heads.get_or_init(|| self.heads()).get(place)?.as_ref(),
        }
    }
}

fn read_data(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json).ok()
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
            Data::Kept { read, .. } => read.get().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn price() -> EventType {
        EventType::parse("price.alert").unwrap()
    }

    fn parse(filter: &Value) -> Filter {
        Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error:?}"))
    }

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn every_field_of_an_event_can_be_asked_for() {
        let (name, data) = (price(), json!("x"));
        let facts = || Facts::new(&name, &data);
        let full =
            facts().id("e1").timestamp(time("2026-01-31T12:00:00Z")).version(3).ordering_key("k").correlation_id("c");
        for filter in [
            json!({"id": "e1"}),
            json!({"type": {"$startsWith": "price."}}),
            json!({"timestamp": {"$startsWith": "2026-01-31"}}),
            json!({"version": {"$gte": 3}}),
            json!({"ordering_key": "k"}),
            json!({"correlation_id": "c"}),
            json!({"data": "x"}),
        ] {
            assert!(parse(&filter).matches(&full), "{filter}");
        }
        assert!(!parse(&json!({"version": {"$lt": 9}})).matches(&facts()));
        assert!(parse(&json!({"id": {"$exists": false}})).matches(&facts()));
    }

    #[test]
    fn times_compare_as_times_however_they_are_written() {
        let (name, data) = (price(), json!(1));
        let facts = Facts::new(&name, &data).timestamp(time("2026-01-31T12:00:00Z"));
        for condition in [
            json!({"$gte": "2026-01-31T12:00:00Z"}),
            json!({"$lte": "2026-01-31T13:00:00+01:00"}),
            json!("2026-01-31T12:00:00.000Z"),
            json!({"$in": ["2026-01-31T11:00:00-01:00"]}),
        ] {
            assert!(parse(&json!({ "timestamp": condition })).matches(&facts), "{condition}");
        }
        let error = Filter::parse(&json!({"timestamp": {"$gt": "yesterday"}})).unwrap_err();
        assert_eq!(error.pointer, "/timestamp/$gt");
        assert!(error.message.contains("`yesterday` is not an RFC 3339 time"), "{}", error.message);
    }

    #[test]
    fn data_that_cannot_be_read_is_missing() {
        let name = price();
        let facts = Facts::unread(&name, br#"{"a":1e400}"#);
        assert!(!parse(&json!({"data": {"a": {"$exists": true}}})).matches(&facts));
        assert!(parse(&json!({"type": "price.alert"})).matches(&facts));
        assert!(parse(&json!({"data": {"a": 1}})).matches(&Facts::unread(&name, br#"{"a":1}"#)));
    }
}

//! Reading what is published: one event or up to 1,000, checked, in the caller's bytes.
//!
//! In goes a request's body, out come events that can be kept, or an error that names the field. Nothing survives a crash
//! here; nothing was acknowledged yet.

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::i_json;
use crate::model::{
    CallerId, CorrelationId, EventMetadata, EventSource, EventType, FieldError, IdempotencyKey, NewEvent, OrderingKey,
    Timestamp, TraceParent, field_error::all, read_json_fully,
};

/// What is said of a type of the server's own notices.
pub const RESERVED: &str = "types that begin with `lanehook.` are the server's own notices; choose another name";

/// The most events in one request.
const MOST_EVENTS: usize = 1000;

/// What was published.
#[derive(Debug)]
pub enum Publication {
    /// `{"type": …, "data": …}`
    One(Box<NewEvent>),
    /// `{"events": […]}`
    Many(Vec<NewEvent>),
}

impl Publication {
    /// The events.
    pub fn events(&self) -> &[NewEvent] {
        match self {
            Publication::One(event) => std::slice::from_ref(event),
            Publication::Many(events) => events,
        }
    }
}

/// An event as it is published.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventInput {
    /// What happened: parts separated by dots. Types that begin with `lanehook.` are the server's own.
    #[serde(rename = "type", alias = "event_type")]
    #[schema(example = "price_alert")]
    event_type: EventType,
    /// Any JSON that everybody can read: at most 100 levels, numbers within a double's range, no half surrogate pairs.
    /// Receivers get it byte for byte. Of a name that is there twice in an object, filters and templates take the last.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
    /// The caller's own id: printable ASCII without spaces, quotes, `,`, `/`, `\` and `.`. Within 24 hours the same id
    /// with the same content, byte for byte, is the same event; with other content it is refused with 409.
    id: Option<CallerId>,
    /// When it happened (RFC 3339); otherwise now.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<Timestamp>,
    /// Version of the type's schema that `data` follows.
    version: Option<u32>,
    /// Events with the same key reach a webhook with `ordering: key` one after another.
    ordering_key: Option<OrderingKey>,
    /// Your id for what belongs together. Receivers get it in the header `X-Correlation-ID`.
    correlation_id: Option<CorrelationId>,
    /// The trace that the event is part of (W3C Trace Context); otherwise the request's header of this name. Receivers
    /// get it in the same header.
    #[schema(example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    traceparent: Option<TraceParent>,
    /// Where it comes from, like `/billing`; the attribute `source` of CloudEvents. Filters can ask for it.
    #[schema(example = "/billing")]
    source: Option<EventSource>,
    /// What you want to know of it again: up to 32 texts, numbers and truth values by name, 2 KiB in all. Filters and templates can
    /// ask for it; in CloudEvents they are extension attributes.
    #[schema(example = json!({"region": "eu"}))]
    metadata: Option<EventMetadata>,
}

/// Several events in one request.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsInput {
    /// 1 to 1,000. If one of them may not be kept, none is.
    #[schema(min_items = 1, max_items = 1000)]
    events: Vec<EventInput>,
}

/// Reads a request's body. With an idempotency key, event number `n` of several is remembered as `key:n`.
///
/// # Errors
/// The wrong fields, or an event whose `data` is longer than `max_event_bytes`.
pub fn read(
    body: &[u8],
    idempotency_key: Option<&IdempotencyKey>,
    max_event_bytes: usize,
) -> Result<Publication, Vec<FieldError>> {
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(FieldError::at("", "a list is no event; send several as {\"events\": […]}").into());
    }
    if is_batch(body) {
        let input: EventsInput = read_json_fully(body).map_err(what_a_batch_is)?;
        if !(1..=MOST_EVENTS).contains(&input.events.len()) {
            let message = format!("1 to {MOST_EVENTS} events can be sent at once, these are {}", input.events.len());
            return Err(FieldError::at("/events", message).into());
        }
        let events = input.events.into_iter().enumerate().map(|(place, event)| {
            let mut event = checked(event, max_event_bytes, || format!("/events/{place}"))?;
            event.idempotency_key = idempotency_key.map(|key| key.numbered(place));
            Ok(event)
        });
        return all(events).map(Publication::Many);
    }
    let input = read_json_fully(body).map_err(what_one_event_is)?;
    let mut event = checked(input, max_event_bytes, String::new)?;
    event.idempotency_key = idempotency_key.cloned();
    Ok(Publication::One(Box::new(event)))
}

/// Whoever sends an event with a list beside it, perhaps null, has mixed the two forms up.
fn what_one_event_is(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    if let Some(error) = errors.iter_mut().find(|error| error.pointer == "/events") {
        error.message =
            "one event has no list beside it; leave it out, or send the events as {\"events\": […]} and nothing else"
                .into();
    }
    errors
}

/// That there is no list to be found is not all that can be said.
fn what_a_batch_is(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    let missing = errors.iter_mut().find(|error| error.pointer == "/events" && error.message.starts_with("missing"));
    if let Some(error) = missing {
        error.message = format!(
            "cannot be null; give a list of 1 to {MOST_EVENTS} events, or send one event by itself, as {{\"type\": …, \"data\": …}}"
        );
    }
    errors
}

/// Whether the document is an object with the member `events`, however wrong; other wrong documents are read as a single event, whose
/// errors name what is missing.
fn is_batch(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Shape {
        #[serde(default, rename = "events", deserialize_with = "is_there")]
        has_events: bool,
    }
    fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
    }
    // A single event nearly always begins with its type or id; look at everything only if it does not.
    let start = body.trim_ascii_start();
    let first_key = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start).unwrap_or_default();
    if first_key.starts_with(b"\"type\"") || first_key.starts_with(b"\"id\"") {
        return false;
    }
    match serde_json::from_slice::<Shape>(body) {
        Ok(shape) => shape.has_events,
        // An object of which this can be said has the member twice.
        Err(error) => start.starts_with(b"{") && error.is_data(),
    }
}

/// Whether this can be an event's data: not too long, and readable by everybody.
///
/// # Errors
/// What is wrong with it.
pub fn check_data(data: &str, max_event_bytes: usize) -> Result<(), String> {
    match data.len() {
        bytes if bytes > max_event_bytes => Err(format!(
            "an event's data has at most {max_event_bytes} bytes, this has {bytes}; send a link to what is large"
        )),
        _ => i_json::readable(data),
    }
}

fn checked(
    input: EventInput,
    max_event_bytes: usize,
    pointer: impl Fn() -> String,
) -> Result<NewEvent, Vec<FieldError>> {
    if input.event_type.is_reserved() {
        return Err(FieldError::at(format!("{}/type", pointer()), RESERVED).into());
    }
    let wrong = |message| FieldError::at(format!("{}/data", pointer()), message);
    check_data(input.data.get(), max_event_bytes).map_err(wrong)?;
    Ok(NewEvent {
        caller_id: input.id,
        timestamp: input.timestamp,
        version: input.version,
        ordering_key: input.ordering_key,
        correlation_id: input.correlation_id,
        traceparent: input.traceparent,
        source: input.source,
        metadata: input.metadata,
        ..NewEvent::new(input.event_type, Bytes::copy_from_slice(input.data.get().as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(body: &str) -> FieldError {
        read(body.as_bytes(), None, 1000).unwrap_err().swap_remove(0)
    }

    #[test]
    fn data_is_kept_byte_for_byte() {
        let body = r#" {"type":"a.b","data":{ "b" : 1.00, "a":"\u00e9" , "b":2}}"#;
        match read(body.as_bytes(), None, 1000).unwrap() {
            Publication::One(event) => assert_eq!(&event.data[..], br#"{ "b" : 1.00, "a":"\u00e9" , "b":2}"#),
            Publication::Many(_) => panic!("one event was sent"),
        }
    }

    #[test]
    fn a_wrong_event_of_a_batch_is_named_by_its_place() {
        let body = r#"{"events":[{"type":"a","data":1},{"type":"b b","data":1}]}"#;
        assert_eq!(error(body).pointer, "/events/1/type");
        assert_eq!(error(r#"{"events":[]}"#).pointer, "/events");
        assert!(error(r#" [{"type":"a","data":1}]"#).message.contains(r#"{"events": […]}"#));
        assert_eq!(
            error(r#"{"events":[{"type":"a","data":1},{"type":"a","data":[1e999]}]}"#).pointer,
            "/events/1/data"
        );
        let body = r#"{"events":[{"type":"a","data":[1e999]},{"type":"a","data":1},{"type":"a","data":"\ud800"}]}"#;
        let all: Vec<String> =
            read(body.as_bytes(), None, 1000).unwrap_err().into_iter().map(|error| error.pointer).collect();
        assert_eq!(all, ["/events/0/data", "/events/2/data"]);
        for list in [r#"{"events":[["a",1]]}"#, r#"{"events":[{"type":"a","data":1},["a",1]]}"#] {
            assert!(error(list).message.contains("has to be an object, and is a list"), "{list}");
        }
        assert_eq!(error(r#"{"type":"a"}"#), FieldError::at("/data", "missing field `data`"));
        assert_eq!(error(r#"{"events":[{"type":"a"}]}"#).pointer, "/events/0/data");
        assert!(error(r#"{"events":null}"#).message.contains("a list of 1 to 1000 events"));
        assert_eq!(error(r#"{"events":null}"#).pointer, "/events");
        let mixed = error(r#"{"type":"a","data":1,"events":null}"#);
        assert!(mixed.pointer == "/events" && mixed.message.contains("leave it out"), "{mixed:?}");
        assert_eq!(error(r#"{"type":"a","data":1,"topic":"x"}"#).pointer, "/topic");
    }

    #[test]
    fn our_own_notices_are_published_by_nobody_else() {
        assert_eq!(error(r#"{"type":"lanehook.webhook.failing","data":1}"#).pointer, "/type");
        let body = r#"{"events":[{"type":"lanehook","data":1},{"type":"lanehook.x","data":1}]}"#;
        assert_eq!(error(body).pointer, "/events/1/type");
    }

    #[test]
    fn a_member_is_there_once_but_in_data() {
        let event = r#"{"type":"a","data":{"x":1,"x":2}}"#;
        assert!(read(event.as_bytes(), None, 1000).is_ok(), "which is its publisher's");
        for (body, pointer) in [
            (r#"{"type":"a","type":"b","data":1}"#, "/type"),
            (r#"{"type":"a","event_type":"b","data":1}"#, "/type"),
            (r#"{"data":1,"type":"a","data":2}"#, "/data"),
            (r#"{"type":"a","data":1,"metadata":{"x":"1","x":"2"}}"#, "/metadata/x"),
            (r#"{"events":[{"type":"a","data":1}],"events":[]}"#, "/events"),
            (r#"{"events":[{"type":"a","data":1},{"type":"a","data":1,"id":"1","id":"2"}]}"#, "/events/1/id"),
        ] {
            let error = error(body);
            assert!(error.pointer == pointer && error.message.contains("is there twice"), "{body}: {error:?}");
        }
    }

    #[test]
    fn data_that_is_too_long_is_refused() {
        let body = format!(r#"{{"type":"a","data":"{}"}}"#, "x".repeat(2000));
        assert_eq!(error(&body).pointer, "/data");
    }

    #[test]
    fn events_of_one_request_are_remembered_apart() {
        let key = IdempotencyKey::parse("k1").unwrap();
        let body = r#"{"events":[{"type":"a","data":1},{"type":"a","data":1}]}"#;
        let Publication::Many(events) = read(body.as_bytes(), Some(&key), 1000).unwrap() else { panic!("a batch") };
        assert_ne!(events[0].idempotency_key, events[1].idempotency_key);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(body: Vec<u8>) {
            let _ = read(&body, None, 1000);
        }
    }
}

//! An event: an immutable fact, taken in once and owed to every webhook that asked for it.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{DeliveryId, EventKey, EventMetadata, EventSource, EventType, TenantKey, Timestamp};

/// An event as it was accepted.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// Its place in the store.
    pub key: EventKey,
    /// Whose it is.
    pub tenant: TenantKey,
    /// The id the caller gave it, if any.
    pub caller_id: Option<CallerId>,
    /// What happened.
    pub event_type: EventType,
    /// When it happened: the caller's word, or else when it was accepted.
    pub timestamp: Timestamp,
    /// The schema version of `data`, if the caller named one.
    pub version: Option<u32>,
    /// Events with the same key reach a webhook with `ordering: key` one after another.
    pub ordering_key: Option<OrderingKey>,
    /// The publisher's id for what belongs together; passed on to receivers.
    pub correlation_id: Option<CorrelationId>,
    /// The trace that the event is part of; passed on to receivers.
    pub traceparent: Option<TraceParent>,
    /// Where it comes from.
    pub source: Option<EventSource>,
    /// What its publisher wants to know of it again.
    pub metadata: Option<EventMetadata>,
    /// The caller's JSON, byte for byte, unless the tenant enriches it.
    pub data: Bytes,
    /// How many webhooks it was owed to when it was accepted. Of a broadcast's record, the copies'
    /// webhooks together.
    pub fan_out: u32,
    /// Whether it was made for a test of a webhook, and never published.
    pub test: bool,
    /// When its data was deleted at somebody's wish. Only that it was is kept of it.
    pub scrubbed_at: Option<Timestamp>,
}

impl Event {
    /// Bytes of what its publisher wrote, but for what is short.
    pub fn bytes(&self) -> usize {
        bytes(&self.data, self.metadata.as_ref())
    }

    /// The same as a delivery sends it that goes under its own id.
    pub fn under_id_of(&self, delivery: DeliveryId) -> Event {
        Event { caller_id: Some(CallerId::kept(&delivery.to_string())), ..self.clone() }
    }

    /// As it was published: what can be asked of it again.
    pub fn published(&self) -> NewEvent {
        NewEvent {
            caller_id: self.caller_id.clone(),
            timestamp: Some(self.timestamp),
            version: self.version,
            ordering_key: self.ordering_key.clone(),
            correlation_id: self.correlation_id.clone(),
            traceparent: self.traceparent.clone(),
            source: self.source.clone(),
            metadata: self.metadata.clone(),
            ..NewEvent::new(self.event_type.clone(), self.data.clone())
        }
    }

    /// The id that the API and the `webhook-id` header show.
    pub fn public_id(&self) -> String {
        self.key.public_id(self.caller_id.as_ref())
    }
}

impl EventKey {
    /// An event's id as the API and the `webhook-id` header show it: its caller's, if it has one.
    pub fn public_id(self, caller_id: Option<&CallerId>) -> String {
        caller_id.map_or_else(|| self.to_string(), |id| id.as_str().to_owned())
    }
}

/// An event on its way in: checked, not yet stored.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The caller's id, unique for its tenant for 24 hours.
    pub caller_id: Option<CallerId>,
    /// From the `Idempotency-Key` header; with it the same request twice is one event.
    pub idempotency_key: Option<IdempotencyKey>,
    /// What happened.
    pub event_type: EventType,
    /// When, if the caller said so.
    pub timestamp: Option<Timestamp>,
    /// The schema version of `data`.
    pub version: Option<u32>,
    /// See [`Event::ordering_key`].
    pub ordering_key: Option<OrderingKey>,
    /// The ordering key of an event that was published without one, and is owed to a receiver that keeps alerts in order.
    pub alert_key: Option<OrderingKey>,
    /// See [`Event::correlation_id`].
    pub correlation_id: Option<CorrelationId>,
    /// See [`Event::traceparent`].
    pub traceparent: Option<TraceParent>,
    /// See [`Event::source`].
    pub source: Option<EventSource>,
    /// See [`Event::metadata`].
    pub metadata: Option<EventMetadata>,
    /// See [`Event::data`].
    pub data: Bytes,
    /// The caller's JSON, where `data` is it with fields added.
    pub as_sent: Option<Bytes>,
    /// Once it is [hashed](NewEvent::hashed), after which nothing of it changes.
    pub body: Option<BodyHash>,
}

impl NewEvent {
    /// An event of which nothing but this is known.
    pub fn new(event_type: EventType, data: Bytes) -> NewEvent {
        NewEvent {
            caller_id: None,
            idempotency_key: None,
            event_type,
            timestamp: None,
            version: None,
            ordering_key: None,
            alert_key: None,
            correlation_id: None,
            traceparent: None,
            source: None,
            metadata: None,
            data,
            as_sent: None,
            body: None,
        }
    }

    /// See [`Event::bytes`].
    pub fn bytes(&self) -> usize {
        bytes(&self.data, self.metadata.as_ref())
    }

    /// Makes its hash now, if it has an id by which it is known again.
    pub fn hashed(mut self) -> NewEvent {
        self.body = self.is_named().then(|| self.body_hash());
        self
    }

    /// Whether it has an id by which it is known again: its own, or its request's.
    pub fn is_named(&self) -> bool {
        self.caller_id.is_some() || self.idempotency_key.is_some()
    }

    /// What makes two requests with one id the same request: every field as it was sent, but for the trace context,
    /// which is another each time the same request is made.
    pub fn body_hash(&self) -> BodyHash {
        self.body.unwrap_or_else(|| self.hash())
    }

    fn hash(&self) -> BodyHash {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(self.event_type.as_str().as_bytes());
        part(&self.timestamp.map(|time| time.millis().to_le_bytes()).unwrap_or_default());
        part(&self.version.map(|version| version.to_le_bytes()).unwrap_or_default());
        part(self.ordering_key.as_ref().map(|key| key.as_str().as_bytes()).unwrap_or_default());
        part(self.as_sent.as_ref().unwrap_or(&self.data));
        if let Some(id) = &self.correlation_id {
            part(id.as_str().as_bytes());
        }
        // Named, since nothing stands for one that is not there.
        for (name, value) in [
            ("source", self.source.as_ref().map(EventSource::as_str)),
            ("metadata", self.metadata.as_ref().map(EventMetadata::as_json)),
        ] {
            if let Some(value) = value {
                part(name.as_bytes());
                part(value.as_bytes());
            }
        }
        let digest = hash.finalize();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        BodyHash(half)
    }
}

fn bytes(data: &Bytes, metadata: Option<&EventMetadata>) -> usize {
    data.len() + metadata.map_or(0, |metadata| metadata.as_json().len())
}

/// The first half of a SHA-256, enough to tell a repeated request from a different one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyHash(pub [u8; 16]);

/// An id that a caller chose: 1 to 128 printable ASCII characters without space, quote, comma, slash or dot (which separates the
/// signed parts in Standard Webhooks).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallerId(Arc<str>);

impl CallerId {
    /// Checks the id.
    pub fn parse(text: &str) -> Result<CallerId, String> {
        let fits = |c: u8| c.is_ascii_graphic() && !matches!(c, b'"' | b'\'' | b',' | b'/' | b'\\' | b'.');
        if (1..=128).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(CallerId(text.into()));
        }
        Err("an id is 1 to 128 printable ASCII characters without spaces, quotes, commas, slashes or dots".into())
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> CallerId {
        CallerId(text.into())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CallerId {
    type Error = String;
    fn try_from(text: String) -> Result<CallerId, String> {
        CallerId::parse(&text)
    }
}

impl From<CallerId> for String {
    fn from(id: CallerId) -> String {
        id.0.as_ref().into()
    }
}

impl fmt::Display for CallerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a request can be recognised by when it is made again: 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyKey(Arc<str>);

impl IdempotencyKey {
    /// Checks the key.
    pub fn parse(text: &str) -> Result<IdempotencyKey, String> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic()) {
            return Ok(IdempotencyKey(text.into()));
        }
        Err("a key is 1 to 255 visible ASCII characters, without spaces".into())
    }

    /// One of our own, that needs no check.
    pub fn kept(text: &str) -> IdempotencyKey {
        IdempotencyKey(text.into())
    }

    /// The key for one of several things that came under this one.
    pub fn numbered(&self, place: usize) -> IdempotencyKey {
        IdempotencyKey(format!("{}:{place}", self.0).into())
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What orders events among themselves: an account, an order, a symbol. 1 to 128 characters, no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderingKey(Arc<str>);

impl OrderingKey {
    /// Checks the key.
    pub fn parse(text: &str) -> Result<OrderingKey, String> {
        if (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            return Ok(OrderingKey(text.into()));
        }
        Err("an ordering key is 1 to 128 characters without control characters".into())
    }

    /// The key of an alert, whatever is in it: what is longer than a key is a hash.
    pub fn of_alert(key: &str) -> OrderingKey {
        use sha2::{Digest, Sha256};
        OrderingKey::parse(key).unwrap_or_else(|_| {
            let digest = Sha256::digest(key.as_bytes());
            OrderingKey(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
        })
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> OrderingKey {
        OrderingKey(text.into())
    }

    /// The key under which a strict lane keeps all its deliveries; no event can carry it.
    pub fn whole_lane() -> OrderingKey {
        OrderingKey("".into())
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrderingKey {
    type Error = String;
    fn try_from(text: String) -> Result<OrderingKey, String> {
        OrderingKey::parse(&text)
    }
}

impl From<OrderingKey> for String {
    fn from(key: OrderingKey) -> String {
        key.0.as_ref().into()
    }
}

/// What the publisher calls things that belong together: a request, a job, an order. 1 to 128 printable ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CorrelationId(Arc<str>);

impl CorrelationId {
    /// Checks the id.
    pub fn parse(text: &str) -> Result<CorrelationId, String> {
        if (1..=128).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic()) {
            return Ok(CorrelationId(text.into()));
        }
        Err("a correlation id is 1 to 128 printable ASCII characters without spaces".into())
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> CorrelationId {
        CorrelationId(text.into())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CorrelationId {
    type Error = String;
    fn try_from(text: String) -> Result<CorrelationId, String> {
        CorrelationId::parse(&text)
    }
}

impl From<CorrelationId> for String {
    fn from(id: CorrelationId) -> String {
        id.0.as_ref().into()
    }
}

/// A trace context in the form of W3C Trace Context, level 1, section 3.2: `00-<trace id>-<parent id>-<flags>` in lower-case
/// hex.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent(Arc<str>);

impl TraceParent {
    /// Checks the form.
    pub fn parse(text: &str) -> Result<TraceParent, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let hex = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
        };
        let not_zero = |part: &str| part.bytes().any(|c| c != b'0');
        match parts[..] {
            ["00", trace, parent, flags]
                if hex(trace, 32) && hex(parent, 16) && hex(flags, 2) && not_zero(trace) && not_zero(parent) =>
            {
                Ok(TraceParent(text.into()))
            }
            _ => Err("a traceparent is `00-<32 hex digits>-<16 hex digits>-<2 hex digits>` (W3C Trace Context)".into()),
        }
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> TraceParent {
        TraceParent(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TraceParent {
    type Error = String;
    fn try_from(text: String) -> Result<TraceParent, String> {
        TraceParent::parse(&text)
    }
}

impl From<TraceParent> for String {
    fn from(trace: TraceParent) -> String {
        trace.0.as_ref().into()
    }
}

/// What a row of an event or of a delivery counts for.
pub const ROW_BYTES: u64 = 256;

/// What an event with so much data and so many deliveries counts for, as long as it is kept.
pub fn kept_bytes(data: usize, deliveries: usize) -> u64 {
    data as u64 + ROW_BYTES * (1 + deliveries as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_has_the_form_of_its_specification() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(TraceParent::parse(good).unwrap().as_str(), good);
        for bad in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
        ] {
            assert!(TraceParent::parse(bad).is_err(), "{bad}");
        }
    }
}

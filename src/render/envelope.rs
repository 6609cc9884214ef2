//! The bodies that follow from an event by themselves, byte for byte the same each time: `standard`, `plain`, `data`, and the
//! envelope of a batch.
//!
//! Ids, types and times are of characters that JSON takes as they are (see `CallerId`, `EventType`), and `data` is JSON
//! already, so nothing is escaped.

use std::io::Write as _;

use bytes::Bytes;
use lanehook_signature::{Dialect, Message, sign};
use sha2::{Digest, Sha256};

use crate::{
    model::{DeliveryId, Event},
    webhook::Webhook,
};

/// `{"id":"…","type":"…","timestamp":"…","data":…}`, with the event's data byte for byte; with `"version":1` before the data
/// where one was published.
pub fn standard(event: &Event) -> Bytes {
    const FRAME: usize = r#"{"id":"","type":"","timestamp":"","data":}"#.len();
    let version = event.version.map(|version| format!(r#""version":{version},"#)).unwrap_or_default();
    let mut body = object(event, "type", &version, FRAME);
    body.push(b'}');
    debug_assert_eq!(body.len(), body.capacity(), "the length is known beforehand");
    body.into()
}

/// `{"id":"…","event":"…","timestamp":"…","data":…,"signature":"sha256=…"}`. The signature is over the object without
/// it; null if the webhook has no secret for it.
pub fn plain(webhook: &Webhook, event: &Event) -> Bytes {
    let mut body = object(event, "event", "", 256);
    body.push(b'}');
    let signature = webhook.secrets.current.as_ref().and_then(|secret| {
        let message = Message::new("", 0, &body);
        let algorithm = webhook.settings.signing.algorithm.into();
        // This dialect signs neither id nor time, so that none can be wrong.
        sign(&Dialect::Hub, algorithm, std::slice::from_ref(secret), &message).ok()?.pop()
    });
    body.pop();
    // Writing to a vector does not fail.
    drop(match signature {
        Some((_, signature)) => write!(body, r#","signature":"{signature}"}}"#),
        None => write!(body, r#","signature":null}}"#),
    });
    body.into()
}

/// The object up to its data, with these members in front of it, and room for this many more bytes than its parts have.
fn object(event: &Event, type_name: &str, members: &str, more: usize) -> Vec<u8> {
    const KEY: usize = "evt_".len() + 13;
    const TIME: usize = "2026-01-31T12:00:00.000Z".len();

    let id_length = event.caller_id.as_ref().map_or(KEY, |id| id.as_str().len());
    let length = more + members.len() + id_length + event.event_type.as_str().len() + TIME + event.data.len();
    let mut body = Vec::with_capacity(length);
    body.extend_from_slice(br#"{"id":""#);
    match &event.caller_id {
        Some(id) => body.extend_from_slice(id.as_str().as_bytes()),
        // Writing to a vector does not fail.
        None => drop(write!(body, "{}", event.key)),
    }
    drop(write!(body, r#"","{type_name}":"{}","timestamp":"{}",{members}"data":"#, event.event_type, event.timestamp));
    body.extend_from_slice(&event.data);
    body
}

/// The id of a batch: it follows from its deliveries, so that a batch that is tried again has the same, and another one
/// another.
pub fn batch_id(deliveries: &[DeliveryId]) -> String {
    let mut hash = Sha256::new();
    for id in deliveries {
        hash.update(id.0.to_bytes());
    }
    let mut id = String::from("bat_");
    for byte in &hash.finalize()[..16] {
        id.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        id.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    id
}

/// `{"id":"bat_…","type":"batch","timestamp":"…","events":[…]}`; the time is when the last of them was accepted.
pub fn batch(id: &str, last: DeliveryId, payloads: &[Bytes]) -> Bytes {
    let mut body = Vec::with_capacity(128 + payloads.iter().map(|payload| payload.len() + 1).sum::<usize>());
    // Writing to a vector does not fail.
    drop(write!(body, r#"{{"id":"{id}","type":"batch","timestamp":"{}","events":"#, last.0.time()));
    extend_with_array(&mut body, payloads);
    body.push(b'}');
    body.into()
}

/// `[…]`
pub fn array(payloads: &[Bytes]) -> Bytes {
    let mut body = Vec::with_capacity(2 + payloads.iter().map(|payload| payload.len() + 1).sum::<usize>());
    extend_with_array(&mut body, payloads);
    body.into()
}

fn extend_with_array(body: &mut Vec<u8>, payloads: &[Bytes]) {
    body.push(b'[');
    for (place, payload) in payloads.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(payload);
    }
    body.push(b']');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{CallerId, EventKey, EventType, Serial, TenantKey, Timestamp};

    fn event(caller_id: Option<&str>, millis: i64, version: Option<u32>, data: &str) -> Event {
        Event {
            key: EventKey(Serial::nth(77)),
            tenant: TenantKey(1),
            caller_id: caller_id.map(|id| CallerId::parse(id).unwrap()),
            event_type: EventType::parse("price.alert").unwrap(),
            timestamp: Timestamp::from_millis(millis),
            version,
            ordering_key: None,
            correlation_id: None,
            traceparent: None,
            source: None,
            metadata: None,
            data: Bytes::copy_from_slice(data.as_bytes()),
            fan_out: 1,
            scrubbed_at: None,
            test: false,
        }
    }

    #[test]
    fn the_envelope_holds_the_data_byte_for_byte() {
        let body = standard(&event(None, 0, None, r#"{ "price":1.50 ,"é":"\u00e9"}"#));
        let expected = concat!(
            r#"{"id":"evt_000000000002d","type":"price.alert","timestamp":"1970-01-01T00:00:00.000Z","#,
            r#""data":{ "price":1.50 ,"é":"\u00e9"}}"#
        );
        assert_eq!(body, expected.as_bytes());
    }

    proptest! {
        #[test]
        fn the_envelope_is_json_and_its_length_is_known_beforehand(
            id in proptest::option::of("[!#-&(-+\\-0-\\[\\]-~]{1,128}"),
            millis in 0..=Timestamp::MAX.millis(),
            version: Option<u32>,
            number: u64,
        ) {
            let body = standard(&event(id.as_deref(), millis, version, &number.to_string()));
            let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
            prop_assert_eq!(read["data"].as_u64(), Some(number));
            prop_assert_eq!(read["version"].as_u64(), version.map(u64::from));
            if let Some(id) = id {
                prop_assert_eq!(read["id"].as_str(), Some(id.as_str()));
            }
        }
    }
}

//! What a webhook receives: an event enters, the exact bytes of the request's body leave.
//!
//! Pure, and the same bytes every time, so nothing needs to survive a crash: a body is rendered anew for each attempt.

pub mod script;

use std::io::Write as _;

use bytes::Bytes;

use crate::model::Event;

/// The default payload: `{"id":"…","type":"…","timestamp":"…","data":…}`, with the caller's data byte for byte.
///
/// Ids and types are of characters that JSON takes as they are (see `CallerId`, `EventType`), so nothing is escaped.
pub fn envelope(event: &Event) -> Bytes {
    const FRAME: usize = r#"{"id":"","type":"","timestamp":"","data":}"#.len();
    const KEY: usize = "evt_".len() + 13;
    const TIME: usize = "2026-01-31T12:00:00.000Z".len();

    let id_length = event.caller_id.as_ref().map_or(KEY, |id| id.as_str().len());
    let length = FRAME + id_length + event.event_type.as_str().len() + TIME + event.data.len();
    let mut body = Vec::with_capacity(length);
    body.extend_from_slice(br#"{"id":""#);
    match &event.caller_id {
        Some(id) => body.extend_from_slice(id.as_str().as_bytes()),
        // Writing to a vector does not fail.
        None => drop(write!(body, "{}", event.key)),
    }
    body.extend_from_slice(br#"","type":""#);
    body.extend_from_slice(event.event_type.as_str().as_bytes());
    body.extend_from_slice(br#"","timestamp":""#);
    drop(write!(body, "{}", event.timestamp));
    body.extend_from_slice(br#"","data":"#);
    body.extend_from_slice(&event.data);
    body.push(b'}');
    debug_assert_eq!(body.len(), length, "the length is known beforehand");
    body.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{CallerId, EventKey, EventType, Serial, TenantKey, Timestamp};

    fn event(caller_id: Option<&str>, millis: i64, data: &str) -> Event {
        Event {
            key: EventKey(Serial(77)),
            tenant: TenantKey(1),
            caller_id: caller_id.map(|id| CallerId::parse(id).unwrap()),
            event_type: EventType::parse("price.alert").unwrap(),
            timestamp: Timestamp::from_millis(millis),
            version: None,
            ordering_key: None,
            data: Bytes::copy_from_slice(data.as_bytes()),
            fan_out: 1,
        }
    }

    #[test]
    fn the_envelope_holds_the_data_byte_for_byte() {
        let body = envelope(&event(None, 0, r#"{ "price":1.50 ,"é":"\u00e9"}"#));
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
            number: u64,
        ) {
            let body = envelope(&event(id.as_deref(), millis, &number.to_string()));
            let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
            prop_assert_eq!(read["data"].as_u64(), Some(number));
            if let Some(id) = id {
                prop_assert_eq!(read["id"].as_str(), Some(id.as_str()));
            }
        }
    }
}

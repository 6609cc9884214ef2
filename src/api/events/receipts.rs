//! What is published, and what is answered to it, as the API describes and writes them.

use std::io::Write as _;

use utoipa::ToSchema;

use crate::{
    model::{CallerId, EventType, FieldError},
    publish::{EventInput, EventsInput, Receipt},
};

/// What became of one published event.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `write` writes")]
pub struct PublishedEvent {
    /// The caller's id, or a generated one.
    #[schema(value_type = CallerId)]
    id: String,
    #[schema(value_type = EventType)]
    r#type: String,
    /// When it happened.
    #[schema(format = DateTime)]
    timestamp: String,
    /// How many webhooks are owed it.
    deliveries: u32,
    /// Whether it had been accepted before; then this is the first answer.
    duplicate: bool,
    /// What is wrong with it by the catalogue, where the tenant's `validation` is `warn`.
    warnings: Option<Vec<FieldError>>,
}

/// What became of several, in their order.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `many` writes")]
pub struct PublishedEvents {
    events: Vec<PublishedEvent>,
}

/// One event, or several.
#[derive(ToSchema)]
#[schema(as = Publication)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what `publish::read` reads")]
pub enum PublicationBody {
    One(EventInput),
    Many(EventsInput),
}

/// One answer or several.
#[derive(ToSchema)]
#[schema(as = Receipt)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what `one` and `many` write")]
pub enum ReceiptBody {
    One(PublishedEvent),
    Many(PublishedEvents),
}

/// One receipt as JSON.
pub fn one(receipt: Receipt) -> Vec<u8> {
    let mut out = Vec::with_capacity(208);
    write(&receipt, &mut out);
    out
}

/// Several receipts as JSON.
pub fn many(receipts: Vec<Receipt>) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + 192 * receipts.len());
    out.extend_from_slice(b"{\"events\":[");
    for (place, mut receipt) in receipts.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        for warning in &mut receipt.warnings {
            warning.pointer.insert_str(0, &format!("/events/{place}"));
        }
        write(&receipt, &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

/// Ids and types are of characters that JSON takes as they are (see [`CallerId`](crate::model::CallerId) and
/// [`EventType`](crate::model::EventType)), so nothing is escaped.
fn write(receipt: &Receipt, out: &mut Vec<u8>) {
    let Receipt { key, caller_id, event_type, timestamp, deliveries, duplicate, warnings } = receipt;
    out.extend_from_slice(b"{\"id\":\"");
    // Writing to a vector does not fail.
    let _ = match caller_id {
        Some(id) => out.write_all(id.as_str().as_bytes()),
        None => write!(out, "{key}"),
    };
    let _ = write!(
        out,
        r#"","type":"{event_type}","timestamp":"{timestamp}","deliveries":{deliveries},"duplicate":{duplicate}"#
    );
    if !warnings.is_empty() {
        out.extend_from_slice(b",\"warnings\":");
        let _ = serde_json::to_writer(&mut *out, warnings);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallerId, EventKey, EventType, Serial, Timestamp};

    fn receipt(caller_id: Option<&str>) -> Receipt {
        let accepted = Timestamp::from_millis(1_700_000_000_123);
        Receipt {
            key: EventKey(Serial::at(accepted)),
            caller_id: caller_id.map(|id| CallerId::parse(id).unwrap()),
            event_type: EventType::parse("price.alert").unwrap(),
            timestamp: accepted,
            deliveries: 3,
            duplicate: false,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_receipt_is_json() {
        let rest = r#""type":"price.alert","timestamp":"2023-11-14T22:13:20.123Z","deliveries":3,"duplicate":false}"#;
        let written = |id| String::from_utf8(one(receipt(id))).unwrap();
        assert_eq!(written(None), format!(r#"{{"id":"evt_073hft07p0000",{rest}"#));
        assert_eq!(written(Some("a-1")), format!(r#"{{"id":"a-1",{rest}"#));
    }

    #[test]
    fn a_warning_about_one_of_several_names_its_place() {
        let warned = Receipt { warnings: vec![FieldError::at("/data/price", "is no number")], ..receipt(Some("b")) };
        let json: serde_json::Value = serde_json::from_slice(&many(vec![receipt(Some("a")), warned.clone()])).unwrap();
        assert_eq!(json["events"][1]["warnings"][0]["pointer"], "/events/1/data/price");
        assert!(json["events"][0].get("warnings").is_none());
        let json: serde_json::Value = serde_json::from_slice(&one(warned)).unwrap();
        assert_eq!(json["warnings"][0]["pointer"], "/data/price");
    }
}

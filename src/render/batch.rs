//! Several payloads in one message: each made by itself, then put into one body, in order, as long as there is room.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use serde_json::Value;

use super::{
    cloudevents,
    content::{Content, JSON},
    envelope, payload,
    scripted::Scripted,
    templates::Templates,
};
use crate::{
    model::{Cohesion, DeliveryId, DueBatch, DueDelivery, Event, Failure, FailureKind, Message},
    webhook::{Batch, Payload, Webhook},
};

/// What became of the events of a batch. Those that are named nowhere in it found no room in the message, and wait for the next.
#[derive(Debug, Default)]
pub struct Rendered {
    /// One request's worth, and the deliveries that it carries, in order.
    pub message: Option<(Message, Vec<DeliveryId>)>,
    /// Deliveries that it does not carry, and why.
    pub rejected: Vec<(DeliveryId, Failure)>,
}

/// `{"id":"bat_…","type":"batch","timestamp":"…","events":}` and a little more.
const FRAME: usize = 128;

/// Whether a body may have room for one more event, beside some whose data has so many bytes.
pub(super) fn has_room(webhook: &Webhook, gathered_bytes: usize) -> bool {
    webhook.settings.batch.as_ref().is_none_or(|settings| gathered_bytes < settings.max_bytes as usize)
}

/// Takes as many of the events as fit into one body, oldest first. What may be left out, the batch's cohesion says.
pub(super) fn render(
    templates: &Templates,
    webhook: &Webhook,
    settings: &Batch,
    batch: &DueBatch,
    scripted: &Scripted,
) -> Rendered {
    let DueBatch { deliveries, cohesion } = batch;
    let mut rendered = Rendered::default();
    let mut make = |place: usize| {
        let DueDelivery { id, event } = &deliveries[place];
        payload::render(templates, webhook, *id, event, scripted)
    };
    let mut known = match settings.collapse.as_deref() {
        Some(key) => collapse(key, deliveries, &mut make),
        None => HashMap::new(),
    };
    let (mut carried, mut payloads, mut bytes) = (Vec::new(), Vec::new(), FRAME);
    let mut is_standard = true;
    for (place, DueDelivery { id, .. }) in deliveries.iter().enumerate() {
        match known.remove(&place).unwrap_or_else(|| make(place)) {
            Err(failure) if failure.kind == FailureKind::Render && *cohesion != Cohesion::Loose => {
                if *cohesion == Cohesion::Whole {
                    let rejected = deliveries.iter().map(|due| (due.id, failure.clone())).collect();
                    return Rendered { message: None, rejected };
                }
                // Those before it go without it now; it opens the next batch, where it is rejected, and those behind it follow.
                if carried.is_empty() {
                    rendered.rejected.push((*id, failure));
                }
                break;
            }
            Err(failure) => rendered.rejected.push((*id, failure)),
            Ok(Content { body, is_standard: standard, .. }) => {
                bytes += body.len() + 1;
                if bytes > settings.max_bytes as usize && !carried.is_empty() && *cohesion != Cohesion::Whole {
                    break;
                }
                is_standard &= standard;
                carried.push(*id);
                payloads.push(body);
            }
        }
    }
    if let Some(&last) = carried.last() {
        rendered.message = Some((message(webhook, &carried, last, &payloads, is_standard), carried));
    }
    rendered
}

fn message(
    webhook: &Webhook,
    carried: &[DeliveryId],
    last: DeliveryId,
    payloads: &[Bytes],
    is_standard: bool,
) -> Message {
    let id = envelope::batch_id(carried);
    let (body, content_type) = match webhook.settings.payload.as_ref().unwrap_or(&Payload::Standard) {
        Payload::Standard | Payload::Plain => (envelope::batch(&id, last, payloads), JSON),
        Payload::CloudEvents { .. } => (envelope::array(payloads), cloudevents::BATCH),
        _ => (envelope::array(payloads), JSON),
    };
    Message {
        delivery: id.clone(),
        id,
        event_type: "batch".into(),
        body,
        content_type: content_type.into(),
        method: http::Method::POST,
        target: None,
        headers: Vec::new(),
        correlation_id: None,
        traceparent: None,
        // An attempt at a single event is recorded without the batch, so this body could not be made again from what is kept.
        is_standard: is_standard && carried.len() > 1,
        shown: None,
    }
}

/// What becomes of the events that have the key to collapse by, by their place in the batch: the newest with a payload is
/// sent in place of older ones with the same key. Events without the key are not in here.
fn collapse(
    key: &str,
    deliveries: &[DueDelivery],
    make: &mut impl FnMut(usize) -> Result<Content, Failure>,
) -> HashMap<usize, Result<Content, Failure>> {
    let mut taken = HashSet::new();
    let mut known = HashMap::new();
    for (place, DueDelivery { event, .. }) in deliveries.iter().enumerate().rev() {
        let Some(key) = key_of(key, event) else { continue };
        if taken.contains(&key) {
            let message = "a newer event of the same key was sent in its place".into();
            known.insert(place, Err(Failure { kind: FailureKind::Collapsed, message, retry_after: None }));
            continue;
        }
        let made = make(place);
        if made.is_ok() {
            taken.insert(key);
        }
        known.insert(place, made);
    }
    known
}

fn key_of(key: &str, event: &Event) -> Option<String> {
    match key {
        "type" => Some(event.event_type.to_string()),
        "ordering_key" => event.ordering_key.as_ref().map(|key| key.as_str().to_owned()),
        _ => {
            let data: Value = serde_json::from_slice(&event.data).ok()?;
            let found = key.split('.').skip(1).try_fold(&data, |value, part| value.get(part))?;
            (!found.is_null()).then(|| found.to_string())
        }
    }
}

//! One event's payload, by the webhook's settings.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;

use super::{cloudevents, envelope, form};
use crate::model::{CloudEventsMode, DeliveryId, Event, Failure, Message, Payload, TargetUrl, Webhook};

pub(super) const JSON: &str = "application/json";

/// What is compiled once.
#[derive(Default)]
pub(super) struct Compiled {}

/// A payload of one event, and what it brings along.
pub(super) struct Made {
    pub body: Bytes,
    pub content_type: Cow<'static, str>,
    pub method: Method,
    pub target: Option<TargetUrl>,
    pub headers: Vec<(String, String)>,
    pub is_standard: bool,
}

impl Made {
    /// A body that goes by POST, with no further ado.
    pub fn of(body: Bytes, content_type: impl Into<Cow<'static, str>>) -> Made {
        Made {
            body,
            content_type: content_type.into(),
            method: Method::POST,
            target: None,
            headers: Vec::new(),
            is_standard: false,
        }
    }

    /// As the only one of its message.
    pub fn message(self, delivery: DeliveryId, event: &Event) -> Message {
        Message {
            id: event.public_id(),
            event_type: event.event_type.as_str().to_owned().into(),
            delivery: delivery.to_string(),
            body: self.body,
            content_type: self.content_type,
            method: self.method,
            target: self.target,
            headers: self.headers,
            correlation_id: event.correlation_id.clone(),
            traceparent: event.traceparent.clone(),
            is_standard: self.is_standard,
        }
    }
}

/// The payload of one event.
///
/// # Errors
/// It cannot be made, or is not to be sent: see the failure's kind.
pub(super) fn render(
    compiled: &Compiled,
    webhook: &Webhook,
    delivery: DeliveryId,
    event: &Event,
) -> Result<Made, Failure> {
    let _ = (compiled, delivery);
    Ok(match webhook.settings.payload.as_ref().unwrap_or(&Payload::Standard) {
        Payload::Standard => Made { is_standard: true, ..Made::of(envelope::standard(event), JSON) },
        Payload::Plain => Made::of(envelope::plain(webhook, event), JSON),
        Payload::Data => Made::of(event.data.clone(), JSON),
        Payload::CloudEvents { mode: CloudEventsMode::Structured, source, .. } => {
            Made::of(cloudevents::structured(event, source.as_deref()), cloudevents::JSON)
        }
        Payload::CloudEvents { mode: CloudEventsMode::Binary, source, .. } => {
            let headers = cloudevents::headers(event, source.as_deref());
            Made { headers, ..Made::of(event.data.clone(), JSON) }
        }
        Payload::Form => Made::of(form::of_event(event)?, form::URL_ENCODED),
        Payload::Template { .. } | Payload::JavaScript { .. } => Made::of(Bytes::new(), JSON),
    })
}

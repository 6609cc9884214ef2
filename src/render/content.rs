//! What one event becomes for a webhook: a body, and what goes with it.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value};

use super::failure::cannot;
use crate::{
    exact,
    model::{DeliveryId, Event, Failure, Message, TargetUrl},
};

pub(super) const JSON: &str = "application/json";

/// The payload of one event: an item of a batch's body, or a body by itself.
pub(super) struct Content {
    pub body: Bytes,
    pub content_type: Cow<'static, str>,
    pub method: Method,
    /// Where it goes, if not to the webhook's URL.
    pub target: Option<TargetUrl>,
    pub headers: Vec<(String, String)>,
    /// The body follows from the event by itself, so that it need not be kept to be shown.
    pub is_standard: bool,
    /// The body as it may be shown, if it holds credentials.
    pub shown: Option<Bytes>,
}

impl Content {
    /// A body that goes by POST to the webhook's URL, with no headers of its own.
    pub fn of(body: Bytes, content_type: impl Into<Cow<'static, str>>) -> Content {
        Content {
            body,
            content_type: content_type.into(),
            method: Method::POST,
            target: None,
            headers: Vec::new(),
            is_standard: false,
            shown: None,
        }
    }

    /// Bytes that it takes up.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.shown.as_ref().map_or(0, Bytes::len)
    }

    /// The message that carries this event alone.
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
            shown: self.shown,
        }
    }
}

/// JSON that a template or a script has written.
pub(super) fn read(text: &[u8]) -> Result<Value, Failure> {
    exact::read(text).map_err(|error| cannot(format!("the payload is no JSON: {error}")))
}

/// The fields of a form.
pub(super) fn object(value: Value) -> Result<Map<String, Value>, Failure> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(cannot("a form is made of a JSON object, and the payload is none")),
    }
}

//! A payload on its way to a receiver: what the render stage makes and the deliver stage sends.

use std::borrow::Cow;

use bytes::Bytes;

use super::{CorrelationId, TargetUrl, TraceParent};

/// One request's worth: an event, or a batch of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// What receivers deduplicate by: the event's id, or the batch's. The same each time.
    pub id: String,
    /// The event's type, or `batch`.
    pub event_type: Cow<'static, str>,
    /// The delivery's id, or the batch's.
    pub delivery: String,
    /// The exact bytes that are signed and sent.
    pub body: Bytes,
    /// The `Content-Type`.
    pub content_type: Cow<'static, str>,
    /// `POST` unless a platform wants something else.
    pub method: http::Method,
    /// Where to, if not to the webhook's URL as it is: the same with something added.
    pub target: Option<TargetUrl>,
    /// Headers that the payload brings along, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The publisher's id for what belongs together.
    pub correlation_id: Option<CorrelationId>,
    /// The trace that the event is part of.
    pub traceparent: Option<TraceParent>,
    /// The body is the standard envelope, which follows from the events: it need not be kept.
    pub is_standard: bool,
    /// The body as it may be kept and shown, if it holds credentials.
    pub shown: Option<Bytes>,
}

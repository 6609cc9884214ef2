//! Questions for statistics that are asked again and again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EventType, Span, Timestamp, WebhookId};

/// How long the spans are that are summed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    Minute,
    #[default]
    Hour,
    Day,
}

/// By what sums are told apart besides time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    EventType,
    Webhook,
    Tenant,
}

/// A question for statistics: what `GET /stats` is asked with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SavedReport {
    /// For people.
    pub description: String,
    /// How long each span is.
    pub granularity: Granularity,
    /// So long until now.
    pub last: Option<Span>,
    /// From the span in which this time is.
    pub from: Option<Timestamp>,
    /// Up to the span in which this time is.
    pub to: Option<Timestamp>,
    /// Of one webhook.
    pub webhook: Option<WebhookId>,
    /// Of one event type.
    pub event_type: Option<EventType>,
    /// What is told apart.
    pub by: Option<Dimension>,
    /// Whether all spans are one.
    pub whole: bool,
}

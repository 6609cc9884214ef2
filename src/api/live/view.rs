//! What is told, as the stream writes it.

use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::filter::LiveKind;
use crate::{
    access::Access,
    api::webhooks::health::HealthView,
    model::{
        AttemptId, CallerId, CancelReason, DeliveryId, DeliveryStatus, EventType, FailureKind, InspectorId, TenantId,
        Timestamp, WebhookId,
    },
    observe::{
        AttemptSeen, DeliveryTold, EventTold, Happening, HealthTold, InspectorTold, LivePlace, WebhookChange,
        WebhookTold, What,
    },
    webhook::{DisableReason, Status},
};

/// What happened, and when.
#[derive(Serialize)]
struct HappeningView<T> {
    /// Whose it is, where an operator reads all tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    at: Timestamp,
    #[serde(flatten)]
    what: T,
}

/// `event: event`: an event was accepted.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveEvent)]
pub struct LiveEventView {
    #[schema(value_type = CallerId)]
    id: String,
    #[serde(rename = "type")]
    event_type: EventType,
    /// To how many webhooks it is owed.
    deliveries: u32,
}

/// `event: delivery`: a delivery is owed, or was tried, or stands otherwise.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveDelivery)]
pub struct LiveDeliveryView {
    #[schema(value_type = DeliveryId)]
    id: String,
    /// Null where the webhook is gone with all that was kept of it.
    webhook: Option<WebhookId>,
    #[schema(value_type = CallerId)]
    event: String,
    /// Null where retention has deleted the event.
    event_type: Option<EventType>,
    status: DeliveryStatus,
    attempt_count: u32,
    /// When the next attempt is due, while it is retrying.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    cancel_reason: Option<CancelReason>,
    /// The attempt by which it came to that, if it was one that has just ended.
    attempt: Option<LiveAttemptView>,
    /// Whether it is a test of its webhook.
    test: bool,
}

/// What came of an attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveAttempt)]
pub struct LiveAttemptView {
    #[schema(value_type = AttemptId)]
    id: String,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// HTTP status, if it was answered.
    status: Option<u16>,
    /// What went wrong, if anything did.
    error: Option<FailureKind>,
    took_ms: f64,
}

/// `event: webhook`: a webhook was made, changed or deleted.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveWebhook)]
pub struct LiveWebhookView {
    id: WebhookId,
    change: LiveWebhookChange,
    status: Status,
    disabled_reason: Option<DisableReason>,
}

/// What was done to a webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveWebhookChange {
    Created,
    Changed,
    Deleted,
}

/// `event: health`: a webhook does better or worse.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveHealth)]
pub struct LiveHealthView {
    id: WebhookId,
    health: HealthView,
}

/// `event: inspector`: a request came to an inspector, or was answered.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveInspector)]
pub struct LiveInspectorView {
    #[schema(value_type = InspectorId)]
    id: String,
    /// The request's `number` in `GET /inspectors/{id}/requests`.
    request: u64,
    /// Who sent it; null if no webhook did that is saved.
    webhook: Option<WebhookId>,
    method: String,
    /// The first 200 characters of the path with its query.
    path: String,
    /// What it was answered with; null before that.
    status: Option<u16>,
    /// Whether the webhook's timeout was over before the answer.
    gave_up: bool,
}

/// `event: missed`: there was more than is told.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveMissed)]
pub struct LiveMissedView {
    /// How much happened to the tenant that the reader was too slow for, before filters; null where that is not known.
    pub count: Option<u64>,
    /// Since when something may be missing; null where `count` says how much.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// What is missing, in words.
    pub message: &'static str,
}

/// `event: end`: nothing more comes.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveEnd)]
pub struct LiveEndView {
    pub reason: LiveEndReason,
}

/// Why nothing more comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveEndReason {
    /// The server stops. Come back with `Last-Event-ID`.
    Stopping,
    /// The key was revoked or has expired, or its tenant is gone.
    KeyRevoked,
}

/// Something that happened, as a message of the stream. With its tenant where all are read.
pub fn message(place: &LivePlace, happening: &Happening, access: &Access, to_all: bool) -> Bytes {
    let tenant = to_all.then(|| access.tenant_name(happening.tenant)).flatten();
    let at = happening.at;
    let text = match &happening.what {
        What::Event(event) => json(&HappeningView { tenant, at, what: event_view(event) }),
        What::Delivery(delivery) => json(&HappeningView { tenant, at, what: delivery_view(delivery) }),
        What::Webhook(webhook) => json(&HappeningView { tenant, at, what: webhook_view(webhook) }),
        What::Health(health) => json(&HappeningView { tenant, at, what: health_view(health) }),
        What::Inspector(inspector) => json(&HappeningView { tenant, at, what: inspector_view(inspector) }),
    };
    written(Some(place), LiveKind::of(&happening.what).name(), &text)
}

/// A message about the stream itself.
pub fn notice(name: &str, data: &impl Serialize) -> Bytes {
    written(None, name, &json(data))
}

/// Says only where the reader is, so that the client knows it and the connection is seen to be alive.
pub fn still_here(place: &LivePlace, comment: &str) -> Bytes {
    format!(": {comment}\nid: {place}\n\n").into()
}

fn written(place: Option<&LivePlace>, name: &str, data: &str) -> Bytes {
    // JSON has no line breaks but in texts, where they are escaped.
    match place {
        Some(place) => format!("id: {place}\nevent: {name}\ndata: {data}\n\n").into(),
        None => format!("event: {name}\ndata: {data}\n\n").into(),
    }
}

fn json(view: &impl Serialize) -> String {
    // Of numbers and texts, which can always be written.
    serde_json::to_string(view).unwrap_or_default()
}

fn event_view(event: &EventTold) -> LiveEventView {
    LiveEventView {
        id: event.key.public_id(event.caller_id.as_ref()),
        event_type: event.event_type.clone(),
        deliveries: event.deliveries,
    }
}

fn delivery_view(delivery: &DeliveryTold) -> LiveDeliveryView {
    let DeliveryTold { moved, webhook, event_caller_id, event_type } = delivery;
    LiveDeliveryView {
        id: moved.id.to_string(),
        webhook: webhook.clone(),
        event: moved.event.public_id(event_caller_id.as_ref()),
        event_type: event_type.clone(),
        status: moved.status,
        attempt_count: moved.attempts,
        next_attempt_at: moved.due_at,
        cancel_reason: moved.cancel_reason,
        attempt: moved.attempt.as_ref().map(attempt_view),
        test: moved.test,
    }
}

fn attempt_view(attempt: &AttemptSeen) -> LiveAttemptView {
    LiveAttemptView {
        id: attempt.id.to_string(),
        started_at: attempt.started_at,
        status: attempt.status,
        error: attempt.failure,
        took_ms: f64::from(attempt.took_us) / 1000.0,
    }
}

fn webhook_view(webhook: &WebhookTold) -> LiveWebhookView {
    let change = match webhook.change {
        WebhookChange::Created => LiveWebhookChange::Created,
        WebhookChange::Changed => LiveWebhookChange::Changed,
        WebhookChange::Deleted => LiveWebhookChange::Deleted,
    };
    LiveWebhookView { id: webhook.id.clone(), change, status: webhook.status, disabled_reason: webhook.disabled }
}

fn health_view(told: &HealthTold) -> LiveHealthView {
    let HealthTold { id, status, status_since, disabled, health, .. } = told;
    LiveHealthView { id: id.clone(), health: HealthView::in_status(*status, *status_since, *disabled, *health) }
}

fn inspector_view(told: &InspectorTold) -> LiveInspectorView {
    let InspectorTold { id, request, webhook, method, path, status, gave_up } = told;
    LiveInspectorView {
        id: id.to_string(),
        request: *request,
        webhook: webhook.clone(),
        method: method.clone(),
        path: path.clone(),
        status: *status,
        gave_up: *gave_up,
    }
}

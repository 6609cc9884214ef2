//! What can happen, as those are told who watch: small, and without what an event carries.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::{
    model::{
        AttemptId, CallerId, CancelReason, Delivery, DeliveryId, DeliveryStatus, EventKey, EventType, FailureKind,
        InspectorId, Serial, TenantKey, Timestamp, WebhookId, WebhookKey,
    },
    observe::Health,
    webhook::{DisableReason, Status},
};

/// Something that happened to a tenant.
#[derive(Clone, PartialEq, Debug)]
pub struct Happening {
    /// Whose it is.
    pub tenant: TenantKey,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// An event was accepted.
    Event(EventTold),
    /// A delivery is owed, or was tried, or stands otherwise.
    Delivery(DeliveryTold),
    /// A webhook was made, changed or deleted.
    Webhook(WebhookTold),
    /// A webhook does better or worse.
    Health(HealthTold),
    /// A request came to an inspector, or was answered.
    Inspector(InspectorTold),
}

/// An event that was accepted.
#[derive(Clone, PartialEq, Debug)]
pub struct EventTold {
    pub key: EventKey,
    pub caller_id: Option<CallerId>,
    pub event_type: EventType,
    /// To how many webhooks it is owed.
    pub deliveries: u32,
}

/// How a delivery stands now, in numbers and keys.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DeliveryMoved {
    pub tenant: TenantKey,
    pub id: DeliveryId,
    pub webhook: WebhookKey,
    pub event: EventKey,
    pub status: DeliveryStatus,
    /// Attempts made so far.
    pub attempts: u32,
    /// When it is due, while it is retrying.
    pub due_at: Option<Timestamp>,
    pub cancel_reason: Option<CancelReason>,
    /// By which attempt it came to that, if by one.
    pub attempt: Option<AttemptSeen>,
    /// Whether it is a test.
    pub test: bool,
}

/// What was seen of an attempt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AttemptSeen {
    pub id: AttemptId,
    pub started_at: Timestamp,
    /// HTTP status, if it was answered.
    pub status: Option<u16>,
    /// What went wrong, if anything did.
    pub failure: Option<FailureKind>,
    /// From its start to the end of the answer, in microseconds.
    pub took_us: u32,
}

/// How a delivery stands now, with the names of what it is of.
#[derive(Clone, PartialEq, Debug)]
pub struct DeliveryTold {
    pub moved: DeliveryMoved,
    /// None where nobody knows it any more.
    pub webhook: Option<WebhookId>,
    pub event_caller_id: Option<CallerId>,
    /// None where retention has deleted the event.
    pub event_type: Option<EventType>,
}

/// What was done to a webhook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WebhookChange {
    Created,
    Changed,
    Deleted,
}

/// A webhook that was made, changed or deleted.
#[derive(Clone, PartialEq, Debug)]
pub struct WebhookTold {
    pub key: WebhookKey,
    pub id: WebhookId,
    pub change: WebhookChange,
    pub status: Status,
    pub disabled: Option<DisableReason>,
}

/// How a webhook does now.
#[derive(Clone, PartialEq, Debug)]
pub struct HealthTold {
    pub key: WebhookKey,
    pub id: WebhookId,
    pub status: Status,
    pub disabled: Option<DisableReason>,
    pub status_since: Option<Timestamp>,
    pub health: Health,
}

/// A request to an inspector, and how it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct InspectorTold {
    pub id: InspectorId,
    /// The request's number.
    pub request: u64,
    /// Who sent it, if a webhook did that is saved.
    pub webhook: Option<WebhookId>,
    pub method: String,
    /// The first characters of it.
    pub path: String,
    /// What it was answered with, if it was.
    pub status: Option<u16>,
    /// Whether who sent it did not wait for the answer.
    pub gave_up: bool,
}

impl DeliveryMoved {
    /// How this one stands.
    pub fn of(tenant: TenantKey, delivery: &Delivery) -> DeliveryMoved {
        DeliveryMoved {
            tenant,
            id: delivery.id,
            webhook: delivery.webhook,
            event: delivery.event,
            status: delivery.status,
            attempts: delivery.attempts,
            due_at: delivery.next_attempt_at,
            cancel_reason: delivery.cancel_reason,
            attempt: None,
            test: delivery.test,
        }
    }
}

/// Something that is told, with how it is shown, which is made once for all readers of a kind.
#[derive(Debug)]
pub struct Told {
    pub happening: Happening,
    /// To readers of its tenant, and of all.
    shown: [OnceLock<Bytes>; 2],
}

impl Told {
    /// It was not shown yet.
    pub fn new(happening: Happening) -> Told {
        Told { happening, shown: Default::default() }
    }

    /// How it is shown: to who reads all tenants, or to who reads one. `show` says that once.
    pub fn shown(&self, to_all: bool, show: impl FnOnce() -> Bytes) -> Bytes {
        self.shown[usize::from(to_all)].get_or_init(show).clone()
    }

    /// The serial of the event or delivery that it is about.
    pub fn about(&self) -> Option<Serial> {
        match &self.happening.what {
            What::Event(event) => Some(event.key.0),
            What::Delivery(delivery) => Some(delivery.moved.id.0),
            What::Webhook(_) | What::Health(_) | What::Inspector(_) => None,
        }
    }
}

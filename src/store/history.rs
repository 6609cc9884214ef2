//! What was kept, as people look it up: lists and single things, by tenant.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Attempt, CallerId, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, EventType, TenantKey, Timestamp,
    WebhookId, WebhookKey,
};

/// About how many bytes of data or bodies one answer holds, however many things it lists: as much as a caller waits for and
/// a server has for each of many callers.
pub const ANSWER_BYTES: usize = 4 << 20;

/// Events and deliveries, as the API shows them.
#[async_trait]
pub trait History: Send + Sync + 'static {
    /// An event by the id that the API shows. Of several with one caller-chosen id, the newest.
    async fn find_event(&self, tenant: TenantKey, public_id: &str) -> Result<Option<Event>>;

    /// A tenant's events, newest first. Ends early where their data passes [`EventQuery::bytes`]: with the event that does,
    /// but with two at least, so that who asks sees that there is more.
    async fn events(&self, tenant: TenantKey, query: EventQuery) -> Result<Vec<Event>>;

    /// A delivery with all its attempts, oldest first. Where their bodies are more than [`ANSWER_BYTES`], the oldest come
    /// without, see [`Attempt::bodies_left_out`].
    async fn delivery(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>>;

    /// A tenant's deliveries, newest first.
    async fn deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Vec<Delivery>>;

    /// The events that these deliveries carry, in the same order; those that are gone are left out.
    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>>;

    /// The deliveries of one event, newest first: at most `limit`, of those older than `before` (exclusive).
    async fn deliveries_of(&self, event: &Event, before: Option<DeliveryId>, limit: usize) -> Result<Vec<Delivery>>;

    /// The newest delivery of an event to each of these webhooks, in any order; webhooks that have none are left out. It takes as long as
    /// the event has deliveries.
    async fn deliveries_to(&self, event: &Event, webhooks: Vec<WebhookKey>) -> Result<Vec<DeliveryTo>>;

    /// Events of which the id that the API shows begins so: of those with ids of their callers in the order of these, then of others
    /// the newest; at most `limit` of each. Of many that were accepted at one time, only the last are looked at.
    async fn events_named(&self, tenant: TenantKey, start: &str, limit: usize) -> Result<Vec<NamedEvent>>;

    /// The tenant's webhooks that were deleted and not forgotten yet, with the ids that they had: so many at most, in any order.
    async fn deleted_webhooks(&self, tenant: TenantKey, limit: usize) -> Result<Vec<(WebhookKey, WebhookId)>>;

    /// How many deliveries each of these events of a tenant is still to have, in the same order: where there are many, the store makes
    /// them after the event was accepted.
    async fn deliveries_to_come(&self, tenant: TenantKey, events: Vec<EventKey>) -> Result<Vec<u64>>;
}

/// A delivery, as one of those that an event has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeliveryTo {
    /// Whom it is owed to.
    pub webhook: WebhookKey,
    /// The delivery.
    pub id: DeliveryId,
    /// Where it stands.
    pub status: DeliveryStatus,
}

/// An event without what it carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedEvent {
    /// Its place in the store.
    pub key: EventKey,
    /// The publisher's own id for it, if it has one.
    pub caller_id: Option<CallerId>,
    /// What happened.
    pub event_type: EventType,
}

impl NamedEvent {
    /// As the API shows it.
    pub fn public_id(&self) -> String {
        self.caller_id.as_ref().map_or_else(|| self.key.to_string(), |id| id.as_str().to_owned())
    }
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Only this type.
    pub event_type: Option<EventType>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Only those older than this one (exclusive): where the last page ended.
    pub before: Option<EventKey>,
    /// How many at most.
    pub limit: usize,
    /// About how many bytes of data at most; none: whatever there is.
    pub bytes: Option<usize>,
}

/// Which deliveries to list.
#[derive(Clone, Debug, Default)]
pub struct DeliveryQuery {
    /// Only of webhooks that have or had this id: the one there is, and of those that were deleted the last hundred that anything
    /// is kept of.
    pub webhook: Option<WebhookId>,
    /// Only of the event with this id, as [`History::find_event`] finds it.
    pub event: Option<String>,
    /// Only in this status.
    pub status: Option<DeliveryStatus>,
    /// Only of events of this type.
    pub event_type: Option<EventType>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Only this one and newer ones.
    pub since: Option<DeliveryId>,
    /// Only those older than this one (exclusive): where the last page ended.
    pub before: Option<DeliveryId>,
    /// How many at most.
    pub limit: usize,
}

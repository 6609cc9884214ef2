//! What was kept, as people look it up: lists and single things, by tenant.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Attempt, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, EventType, TenantKey, Timestamp, WebhookId,
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

    /// How many deliveries each of these events of a tenant is still to have, in the same order: where there are many, the store makes
    /// them after the event was accepted.
    async fn deliveries_to_come(&self, tenant: TenantKey, events: Vec<EventKey>) -> Result<Vec<u64>>;
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
    /// Only those older than this one (exclusive): where the last page ended.
    pub before: Option<DeliveryId>,
    /// How many at most.
    pub limit: usize,
}

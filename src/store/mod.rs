//! The store keeps what was acknowledged and what is owed, and says who should look.
//!
//! In go events with the webhooks they are owed to, and outcomes of attempts; out come deliveries that are due.
//! Whatever a verb has returned `Ok` for survives a crash. Nothing else is promised, and no other module keeps state
//! that a restart would miss.
//!
//! What was just committed is also held in memory for a moment ([`recent`]), so that the fast path does not read the
//! disk; the view of all webhooks ([`webhooks`]) is complete in memory. Both are inside the store so that a restart, a
//! second node and the fast path run the same code outside it.

pub mod seal;
pub mod sqlite;

mod recent;
mod webhooks;

use std::{future::Future, sync::Arc};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::model::{
    ApiKey, ApiKeyId, Attempt, Counters, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, EventType,
    EventTypeEntry, Health, NewEvent, OrderingKey, Outcome, Owed, Tenant, TenantId, TenantKey, TenantSettings,
    Timestamp, Webhook, WebhookId, WebhookKey,
};

pub use webhooks::{WebhookChange, WebhookView};

/// Changes the store and what is held of it in memory, in a task of its own, so that the two do not part when the caller
/// goes away in between.
pub async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Closed),
        },
    }
}

/// Where events, deliveries and webhooks are kept. Every backend passes the same conformance suite.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // ── events ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// Keeps events with the deliveries they cause, all in one transaction, and answers once they are durable.
    /// An event whose id or idempotency key was seen within 24 hours is not kept again, see [`Accepted`]; if it is another
    /// event that has it, nothing is kept, see [`Clash`].
    async fn append(&self, batch: Append) -> Result<Vec<Accepted>>;

    /// Keeps an event for all tenants, in one transaction: a record of it, and for each tenant a copy with its deliveries,
    /// so that what a tenant sees is its own. The whole of it is kept once within 24 hours, or nothing, see [`Clash`]. Its
    /// `deliveries` are those of all copies.
    async fn broadcast(&self, broadcast: Broadcast) -> Result<Accepted>;

    /// The event of a delivery.
    async fn event(&self, key: EventKey) -> Result<Option<Arc<Event>>>;

    /// An event just committed, from memory; `None` says nothing about whether it exists.
    fn recent_event(&self, key: EventKey) -> Option<Arc<Event>>;

    /// An event by the id that the API shows. Of several with one caller-chosen id, the newest.
    async fn find_event(&self, tenant: TenantKey, public_id: &str) -> Result<Option<Event>>;

    /// A tenant's events, newest first.
    async fn events(&self, tenant: TenantKey, query: EventQuery) -> Result<Vec<Event>>;

    // ── what is owed ────────────────────────────────────────────────────────────────────────────────────────────

    /// Tells that [`Store::take_woken`] has something, or that a webhook changed. Register before you look.
    fn changed(&self) -> &Notify;

    /// What happened since the last call that a lane should look at. Hints: losing them costs delay, not deliveries.
    fn take_woken(&self) -> Vec<Wake>;

    /// Every webhook with owed deliveries or a run of failures.
    async fn owing(&self) -> Result<Vec<Owing>>;

    /// The first deliveries after `after` that were never attempted, from memory. `None`: ask [`Store::fresh`].
    fn recent_fresh(&self, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Option<Fresh>;

    /// The first `limit` deliveries of a webhook after `after` that were never attempted, oldest first.
    /// With `key`, only those with this ordering key.
    async fn fresh(
        &self,
        webhook: WebhookKey,
        after: DeliveryId,
        key: Option<OrderingKey>,
        limit: usize,
    ) -> Result<Fresh>;

    /// Up to `limit` deliveries that wait for a retry, by due time, soonest first, whether due yet or not.
    async fn retrying(&self, webhook: WebhookKey, limit: usize) -> Result<Vec<(Timestamp, Owed)>>;

    /// Keeps attempts and what becomes of their deliveries, in one transaction. Returns when durable, however long
    /// the disk refuses: what a receiver has seen is not forgotten while the process lives.
    async fn record(&self, settlements: Vec<Settlement>);

    /// Cancels up to `limit` of a webhook's owed deliveries, oldest first, and tells how many there were.
    /// For webhooks that are disabled or deleted.
    async fn cancel_owed(&self, webhook: WebhookKey, limit: usize) -> Result<usize>;

    /// When the oldest owed delivery of a webhook that is neither paused nor disabled was accepted.
    async fn oldest_owed(&self) -> Result<Option<Timestamp>>;

    // ── deliveries, as the API shows them ───────────────────────────────────────────────────────────────────────

    /// A delivery with all its attempts, oldest first.
    async fn delivery(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>>;

    /// A tenant's deliveries, newest first.
    async fn deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Vec<Delivery>>;

    /// The events that these deliveries carry, in the same order; those that are gone are left out.
    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>>;

    /// The deliveries of one event, newest first.
    async fn deliveries_of(&self, event: &Event) -> Result<Vec<Delivery>>;

    /// Makes a delivery due now: one that is owed sooner, one that is finished again, with its schedule from the start.
    async fn retry(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<Delivery>>;

    /// Gives up a delivery that is owed. The status of the answer tells whether it was.
    async fn cancel(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<Delivery>>;

    /// Deletes up to `limit` each of finished deliveries, attempts and events from before `before`. Tells whether
    /// there may be more.
    async fn prune(&self, before: Timestamp, limit: usize) -> Result<bool>;

    // ── webhooks ────────────────────────────────────────────────────────────────────────────────────────────────

    /// All webhooks as last committed, in memory.
    fn webhooks(&self) -> &WebhookView;

    /// Keeps a new webhook under a new key, visible to everyone when this returns.
    async fn create_webhook(&self, webhook: NewWebhook) -> Result<Arc<Webhook>>;

    /// Replaces a webhook if its version is still `expected`.
    async fn update_webhook(&self, webhook: Webhook, expected: u64) -> Result<Arc<Webhook>>;

    /// Deletes a webhook. What it is owed is cancelled by its lane.
    async fn delete_webhook(&self, key: WebhookKey) -> Result<()>;

    /// What happened to these webhooks' deliveries, in the same order.
    async fn counters(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<Counters>>;

    // ── tenants and keys ────────────────────────────────────────────────────────────────────────────────────────

    /// Every tenant, by id.
    async fn tenants(&self) -> Result<Vec<Tenant>>;

    /// Makes a tenant.
    async fn create_tenant(&self, id: TenantId, name: String) -> Result<Tenant>;

    /// Changes a tenant's name and settings.
    async fn update_tenant(&self, key: TenantKey, name: String, settings: TenantSettings) -> Result<Tenant>;

    /// Deletes a tenant with its keys and webhooks.
    async fn delete_tenant(&self, key: TenantKey) -> Result<()>;

    /// Every API key.
    async fn api_keys(&self) -> Result<Vec<ApiKey>>;

    /// Keeps a key; its id and time of creation are given by the store.
    async fn create_api_key(&self, key: NewApiKey) -> Result<ApiKey>;

    /// Forgets a key.
    async fn delete_api_key(&self, id: ApiKeyId) -> Result<bool>;

    // ── the catalogue ───────────────────────────────────────────────────────────────────────────────────────────

    /// Every event type of the catalogue, by name.
    async fn event_types(&self) -> Result<Vec<CatalogueEntry>>;

    /// Keeps an event type if its version is still `expected`, 0 for one that is not there yet.
    async fn put_event_type(&self, event_type: EventTypeEntry, expected: u64) -> Result<CatalogueEntry>;

    /// Forgets an event type. Tells whether it was there.
    async fn delete_event_type(&self, name: EventType) -> Result<bool>;

    // ── itself ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// Commits something, to see whether it can.
    async fn ping(&self) -> Result<()>;

    /// Commits what is queued and stops. Verbs called later answer [`StoreError::Closed`].
    async fn close(&self);
}

/// What can go wrong in the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The disk is full, read-only or broken. Nothing of the request was kept; trying again later may help.
    #[error("the store cannot write now: {0}")]
    Unavailable(String),
    /// More waits to be written than may be held in memory.
    #[error("the store has too much to write at the moment")]
    Busy,
    /// A list had to look at too much.
    #[error("reading took too long")]
    TooLong,
    /// More deliveries at one time than one transaction may hold.
    #[error("{deliveries} deliveries at one time, of which {most} are possible")]
    TooMany { deliveries: usize, most: usize },
    /// More data at one time than one transaction may hold.
    #[error("more data at one time than {most} bytes")]
    TooLarge { most: usize },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// One id for two events.
    #[error("the id of an event belongs to a different event")]
    Clash(Clash),
    /// An id is taken.
    #[error("`{0}` exists already")]
    Exists(String),
    /// What should be changed was changed by someone else first, or is gone.
    #[error("it was changed by someone else in the meantime")]
    Conflict,
    /// What is stored cannot be read: a damaged file, a wrong master key, a newer version's data.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
}

/// What verbs return.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Events of one tenant to keep together.
#[derive(Clone, Debug)]
pub struct Append {
    /// Whose they are.
    pub tenant: TenantKey,
    /// Each with the webhooks that are owed it.
    pub events: Vec<(NewEvent, Vec<WebhookKey>)>,
}

/// An event for all tenants.
#[derive(Clone, Debug)]
pub struct Broadcast {
    /// As it was published; its caller id has to be there.
    pub event: NewEvent,
    /// For each tenant with webhooks that want it, the tenant's own copy, and those webhooks.
    pub copies: Vec<(TenantKey, NewEvent, Vec<WebhookKey>)>,
}

/// What became of an event that was to be kept.
#[derive(Clone, PartialEq, Debug)]
pub enum Accepted {
    /// It is durable, and so are its deliveries.
    Kept { key: EventKey, deliveries: u32 },
    /// The same event was kept before; this is the first answer, without deliveries if it was pruned since.
    Duplicate { key: EventKey, deliveries: u32 },
}

/// An event has the id or the idempotency key of another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clash {
    /// Which of its batch it is, from 0.
    pub place: usize,
    /// The one that was kept before; otherwise the other is one of the same batch.
    pub earlier: Option<EventKey>,
}

/// Why a lane should look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// The webhook is owed something new.
    Fresh(WebhookKey),
    /// A delivery was made due by hand.
    Retry(WebhookKey),
    /// A delivery was given up by hand, and is not to be sent if it was not yet.
    Cancelled(WebhookKey, DeliveryId),
}

/// A webhook with owed deliveries or a run of failures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Owing {
    /// Which.
    pub webhook: WebhookKey,
    /// How it has been doing.
    pub health: Health,
    /// Whether some were never attempted.
    pub fresh: bool,
    /// When the first retry is due.
    pub next_retry: Option<Timestamp>,
}

/// Deliveries that were never attempted.
#[derive(Clone, PartialEq, Debug)]
pub struct Fresh {
    /// Oldest first.
    pub deliveries: Vec<Owed>,
    /// Whether there may be more behind them.
    pub more: bool,
    /// Everything up to here is among `deliveries` or no longer fresh: where to go on.
    pub upto: DeliveryId,
}

/// An attempt and what becomes of its deliveries.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The deliveries as they were before the attempt: one, or those of a batch, which share their last attempt and
    /// their webhook. Never empty.
    pub owed: Vec<Owed>,
    /// What was seen.
    pub outcome: Outcome,
    /// What becomes of it.
    pub verdict: Verdict,
    /// How the webhook is doing now.
    pub health: Health,
}

/// What becomes of the deliveries after an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// It is not to be sent: the outcome's kind says why. Cancelled.
    Dropped,
    /// Once more, at this time; `counted` tells whether the attempt used up a step of the schedule.
    Retry { at: Timestamp, counted: bool },
    /// Given up.
    Failed,
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
}

/// Which deliveries to list.
#[derive(Clone, Debug, Default)]
pub struct DeliveryQuery {
    /// Only of this webhook.
    pub webhook: Option<WebhookKey>,
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

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Whose.
    pub tenant: TenantKey,
    /// The id the caller chose; otherwise one is generated.
    pub id: Option<WebhookId>,
    /// What it shall do.
    pub settings: crate::model::WebhookSettings,
    /// What it shall sign with.
    pub secrets: crate::model::Secrets,
    /// Why it begins disabled, if it does.
    pub disabled: Option<crate::model::DisableReason>,
}

/// An event type as it is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct CatalogueEntry {
    /// What is known of it.
    pub event_type: EventTypeEntry,
    /// Grows with every change.
    pub version: u64,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An API key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// Its first characters.
    pub hint: String,
    /// For people.
    pub name: String,
    /// Whose; none for the operator's.
    pub tenant: Option<TenantKey>,
    /// What it permits.
    pub scopes: Vec<crate::model::Scope>,
    /// How often it may call.
    pub rate_limit: Option<crate::model::RateLimit>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

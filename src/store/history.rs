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

/// So far is counted how many there are of something: of more, it is said that there are.
pub const MOST_COUNTED: u64 = 10_000;

/// How many there are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counted {
    /// [`MOST_COUNTED`] at most.
    pub count: u64,
    /// Whether there may be more: so many were looked at, and there are others.
    pub is_capped: bool,
}

impl Counted {
    /// Of all of these.
    pub fn of(all: usize) -> Counted {
        let all = all as u64;
        Counted { count: all.min(MOST_COUNTED), is_capped: all > MOST_COUNTED }
    }
}

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

    /// How many events the query asks for, on all pages. [`MOST_COUNTED`] are looked at.
    async fn count_events(&self, tenant: TenantKey, query: EventQuery) -> Result<Counted>;

    /// The same of deliveries.
    async fn count_deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Counted>;

    /// Up to which event one page goes of what is asked for by type: of few among many, [`MOST_COUNTED`] are looked at. None: to the end.
    async fn reach_of_events(&self, tenant: TenantKey, query: EventQuery) -> Result<Option<EventKey>>;

    /// The same of deliveries.
    async fn reach_of_deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Option<DeliveryId>>;

    /// The events that these deliveries carry, as they are sent, in the same order; those that are gone are left out.
    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>>;

    /// The newest delivery of an event to each of these webhooks that is no test, in any order; webhooks that have none are left out. It
    /// takes a look-up for each, however many deliveries the event has.
    async fn deliveries_to(&self, event: &Event, webhooks: Vec<WebhookKey>) -> Result<Vec<DeliveryTo>>;

    /// Events of which the id that the API shows begins so: of those with ids of their callers in the order of these, then of others
    /// the newest; at most `limit` of each. Of many that were accepted at one time, only the last are looked at.
    async fn events_named(&self, tenant: TenantKey, start: &str, limit: usize) -> Result<Vec<NamedEvent>>;

    /// The newest events that were accepted at or after this time, newest first: so many at most.
    async fn newest_events(&self, tenant: TenantKey, from: Timestamp, limit: usize) -> Result<Vec<NamedEvent>>;

    /// The tenant's webhooks that were deleted and not forgotten yet, with the ids that they had: so many at most, in any order.
    async fn deleted_webhooks(&self, tenant: TenantKey, limit: usize) -> Result<Vec<(WebhookKey, WebhookId)>>;

    /// Whether what an event says was deleted at somebody's wish.
    async fn is_scrubbed(&self, tenant: TenantKey, event: EventKey) -> Result<bool>;

    /// The webhooks that have or had this id: the one there is, then of those that were deleted and not forgotten yet the last hundred,
    /// from the last on.
    async fn webhooks_named(&self, tenant: TenantKey, id: WebhookId) -> Result<Vec<WebhookKey>>;

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
    /// How many deliveries it caused when it was accepted.
    pub deliveries: u32,
}

impl NamedEvent {
    /// As the API shows it.
    pub fn public_id(&self) -> String {
        self.key.public_id(self.caller_id.as_ref())
    }
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Only of these types; none: of all.
    pub event_types: Vec<EventType>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Only those older than this one (exclusive): where the last page ended.
    pub before: Option<EventKey>,
    /// Only those newer than this one (exclusive): where the next page began.
    pub after: Option<EventKey>,
    /// How many at most.
    pub limit: usize,
    /// Which of more than that: the oldest, or else the newest. They come newest first all the same.
    pub oldest: bool,
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
    /// Only in these; none: in any.
    pub statuses: Vec<DeliveryStatus>,
    /// Only of events of these types; none: of all.
    pub event_types: Vec<EventType>,
    /// Only tests, or only what is none; none: both.
    pub test: Option<bool>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Only this one and newer ones.
    pub since: Option<DeliveryId>,
    /// Only those older than this one (exclusive): where the last page ended.
    pub before: Option<DeliveryId>,
    /// Only those newer than this one (exclusive): where the next page began.
    pub after: Option<DeliveryId>,
    /// How many at most.
    pub limit: usize,
    /// Which of more than that: the oldest, or else the newest. They come newest first all the same.
    pub oldest: bool,
}

impl EventQuery {
    /// Only up to this one, from the end that it begins at.
    pub fn up_to(&mut self, last: EventKey) {
        match self.oldest {
            true => self.before = Some(EventKey(last.0.next())),
            false => self.after = Some(EventKey(last.0.before())),
        }
    }
}

impl DeliveryQuery {
    /// Whether it asks for what no index tells, so that few of many may be what is asked for: then it looks so far for a page.
    pub fn is_choosy(&self) -> bool {
        !self.event_types.is_empty() || self.test == Some(false)
    }

    /// Only up to this one, from the end that it begins at.
    pub fn up_to(&mut self, last: DeliveryId) {
        match self.oldest {
            true => self.before = Some(DeliveryId(last.0.next())),
            false => self.after = Some(DeliveryId(last.0.before())),
        }
    }
}

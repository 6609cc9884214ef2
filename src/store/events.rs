//! Taking events in, and giving back what they carry.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Difference, Result};
use crate::model::{Event, EventKey, NewEvent, TenantKey, WebhookKey};

/// Keeps events with the deliveries they cause.
#[async_trait]
pub trait Events: Send + Sync + 'static {
    /// Keeps events with the webhooks that are owed them, and answers once they are durable. Whether they may be kept is decided for
    /// all before the first is written. Where they take long, others' changes come in between, and what cannot go on then (the
    /// disk fails, the process ends) leaves the first of them kept. Where
    /// deliveries are many, some are made by then, and the store makes the others by itself, also after a crash: a
    /// webhook's in the order of its events, and each once. Until then they are counted by
    /// [`deliveries_to_come`](super::History::deliveries_to_come).
    /// An event whose id or idempotency key was seen within 24 hours is not kept again, see [`Accepted`]; if it is another
    /// event that has it, nothing is kept, see [`Clash`](super::Clash).
    async fn append(&self, batch: Append) -> Result<Vec<Accepted>>;

    /// Keeps an event for all tenants, in one transaction: a record of it, and for each tenant a copy with its deliveries,
    /// so that what a tenant sees is its own. The whole of it is kept once within 24 hours, or nothing, see
    /// [`Clash`](super::Clash). Its `deliveries` are those of all copies. Where copies are many, the store makes some of
    /// them later, as in [`Events::append`].
    async fn broadcast(&self, broadcast: Broadcast) -> Result<Accepted>;

    /// A tenant's event, as the API asks for it, when it is this tenant's turn; a broadcast's record is nobody's
    /// ([`TenantKey::ALL`]). Lanes ask for [`Queue::owed_event`](super::Queue::owed_event).
    async fn event(&self, tenant: TenantKey, key: EventKey) -> Result<Option<Arc<Event>>>;

    /// An event just committed, from memory; `None` says nothing about whether it exists.
    fn recent_event(&self, key: EventKey) -> Option<Arc<Event>>;
}

/// Events, each with the webhooks that are owed it.
pub type Routed = Vec<(NewEvent, Vec<WebhookKey>)>;

/// Events of one tenant to keep together.
#[derive(Clone, Debug)]
pub struct Append {
    /// Whose they are.
    pub tenant: TenantKey,
    /// What to keep.
    pub events: Routed,
}

/// An event for all tenants.
#[derive(Clone, Debug)]
pub struct Broadcast {
    /// As it was published; its caller id has to be there.
    pub event: NewEvent,
    /// Whether its publisher chose that id: one that was made for it is another each time.
    pub is_named: bool,
    /// One for each tenant with webhooks that want it.
    pub copies: Vec<TenantCopy>,
}

/// A tenant's own copy of an event for all tenants.
#[derive(Clone, Debug)]
pub struct TenantCopy {
    /// Whose it is.
    pub tenant: TenantKey,
    /// How its data differs from the event's, where it does, because the tenant adds fields.
    pub difference: Option<Difference>,
    /// The webhooks that are owed it.
    pub webhooks: Vec<WebhookKey>,
}

/// What became of an event that was to be kept.
#[derive(Clone, PartialEq, Debug)]
pub enum Accepted {
    /// It is durable, and so is whom it goes to.
    Kept { key: EventKey, deliveries: u32 },
    /// The same event was kept before; this is the first answer, without deliveries if it was deleted since.
    Duplicate { key: EventKey, deliveries: u32 },
}

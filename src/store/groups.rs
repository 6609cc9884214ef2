//! Deliveries that have something in common: what failed for which reason.

use async_trait::async_trait;

use super::Result;
use crate::model::{DeliveryId, DeliveryStatus, EventType, FailureKind, TenantKey, Timestamp, WebhookId};

/// Looks through a tenant's newest deliveries that are no tests.
#[async_trait]
pub trait Groups: Send + Sync + 'static {
    /// The groups into which they fall, the largest first.
    async fn grouped(&self, tenant: TenantKey, query: GroupsQuery) -> Result<Grouped>;
}

/// Which deliveries, and how they are grouped. Always by webhook, too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupsQuery {
    /// Only of webhooks that have or had this id, as [`History::webhooks_named`](super::History::webhooks_named) finds them.
    pub webhook: Option<WebhookId>,
    /// In one of these statuses.
    pub statuses: Vec<DeliveryStatus>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// By what.
    pub by: GroupBy,
    /// So many deliveries are looked at, at most: the newest.
    pub looks: usize,
    /// So many groups at most.
    pub limit: usize,
}

/// What the deliveries of a group have in common, besides their webhook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupBy {
    /// What went wrong last.
    Failure,
    /// The same, and the type of their events.
    FailureAndType,
}

/// Groups.
#[derive(Clone, PartialEq, Debug)]
pub struct Grouped {
    /// The largest first.
    pub groups: Vec<Group>,
    /// How many deliveries were looked at, tests included.
    pub looked_at: u64,
    /// Whether there are older ones.
    pub more: bool,
    /// Whether there are other groups.
    pub more_groups: bool,
}

/// Deliveries with something in common.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// Their webhook. Those that had one id after another are told apart.
    pub webhook: WebhookId,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// What went wrong with the last attempt of each; none: nothing was tried, or nothing went wrong.
    pub failure: Option<FailureKind>,
    /// The type of their events, where that is asked for.
    pub event_type: Option<EventType>,
    /// How many.
    pub count: u64,
    /// The first that was accepted.
    pub oldest: DeliveryId,
    /// The last that was accepted.
    pub newest: DeliveryId,
    /// What is said of the last one's failure.
    pub last_message: Option<String>,
}

//! What was counted of events and deliveries, in sums over time.

use async_trait::async_trait;

use super::Result;
use crate::{
    model::{EventType, TenantKey, Timestamp, WebhookKey},
    observe::{Bucket, Grain, Measures, Quarter, Scope},
};

/// Sums that are written with what they count.
#[async_trait]
pub trait Statistics: Send + Sync + 'static {
    /// The sums of some scopes, by time, by scope and then by type; where nothing was counted there is none. `whose`: whose turn it is to read. `None`
    /// if there are more than `limit`.
    async fn series(&self, whose: TenantKey, query: SeriesQuery) -> Result<Option<Vec<SeriesPoint>>>;

    /// Counts, at this time, since when webhooks are owed something. Those that are gone are left out.
    async fn count_owed(&self, since: Vec<(WebhookKey, Timestamp)>, now: Timestamp) -> Result<()>;

    /// Adds what was counted until now to the sums, where it takes no memory any more.
    async fn sum_up(&self) -> Result<()>;

    /// How the tries of the last quarter of an hour came out, of webhooks that had any: of so many at most from behind `after` on.
    fn quarters(&self, after: Option<WebhookKey>, limit: usize, now: Timestamp) -> Vec<(WebhookKey, Quarter)>;

    /// Forgets sums of this grain of before `before`, and all of owners that are gone: of some owners behind `after`. Tells where to go
    /// on, if there are more.
    async fn forget_sums(&self, grain: Grain, before: Bucket, after: SumPlace) -> Result<Option<SumPlace>>;
}

/// A place among the owners of sums, known to the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SumPlace(pub(super) i64, pub(super) i64);

impl SumPlace {
    /// Before all of them.
    pub const START: SumPlace = SumPlace(-1, i64::MIN);
}

/// Which sums.
#[derive(Clone, PartialEq, Debug)]
pub struct SeriesQuery {
    /// Whose numbers, each apart.
    pub scopes: Vec<Scope>,
    /// The one tenant that all of them are about: what was counted last is found by it. Without it all tenants are looked through.
    pub tenant: Option<TenantKey>,
    pub types: Types,
    pub grain: Grain,
    /// All buckets together, as one that begins with the first.
    pub is_whole: bool,
    /// The first bucket, and the one after the last.
    pub from: Bucket,
    pub to: Bucket,
    /// How many sums at most.
    pub limit: usize,
}

/// Of which event types.
#[derive(Clone, PartialEq, Debug)]
pub enum Types {
    /// Of all together.
    Together,
    /// Of each, apart. The node's sums are of all types only.
    Each,
    /// Of this one.
    One(EventType),
}

/// A sum.
#[derive(Clone, PartialEq, Debug)]
pub struct SeriesPoint {
    pub at: Bucket,
    pub scope: Scope,
    /// None where all types are together.
    pub event_type: Option<EventType>,
    pub measures: Measures,
}

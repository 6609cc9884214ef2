//! Replays: which there are, what each is to look at next, and what a step of one has done.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Actor, DeliveryId, Event, Expected, Replay, ReplayId, ReplayPlace, ReplayPlan, ReplayQuery, ReplayStep, Serial,
    TenantKey, WebhookKey,
};

/// How many a tenant may have running.
pub const MOST_RUNNING: u64 = 4;

/// Jobs over many deliveries, each kept with how far it has come: a step's rows and its place are one transaction.
#[async_trait]
pub trait Replays: Send + Sync + 'static {
    /// Begins one, which goes no further than what is there now. Nothing, if its tenant has as many running as it may; of those that
    /// have ended, the oldest make way.
    async fn begin_replay(&self, new: NewReplay, by: &Actor) -> Result<Option<Replay>>;

    /// Some of a tenant's, newest first. Ends early where their plans pass [`ANSWER_BYTES`](super::ANSWER_BYTES): with the one that
    /// does, but with two at least, so that who asks sees that there is more.
    async fn replays(&self, tenant: TenantKey, query: ReplaysQuery) -> Result<Vec<Replay>>;

    /// How many of a tenant's are kept: a thousand at most.
    async fn count_replays(&self, tenant: TenantKey) -> Result<u64>;

    /// One of a tenant's.
    async fn find_replay(&self, tenant: TenantKey, id: ReplayId) -> Result<Option<Replay>>;

    /// How many of a tenant's are running. One that this version cannot read, and nobody can stop, takes no place.
    async fn count_running(&self, tenant: TenantKey) -> Result<u64>;

    /// All that are running, of all tenants. Those that were found to be unreadable are left out, and stay as they are.
    async fn running_replays(&self) -> Result<Vec<(ReplayId, TenantKey)>>;

    /// Ends one: no step of it comes after the answer. One that has ended stays as it is.
    async fn stop_replay(&self, tenant: TenantKey, id: ReplayId, by: &Actor) -> Result<Option<Replay>>;

    /// The first deliveries behind `after` that a query means, in the order of their ids, and up to where there are no others. Tests are none
    /// of them.
    async fn replayable(&self, tenant: TenantKey, query: ReplayQuery, range: Range) -> Result<Found>;

    /// The same of a tenant's events, for a rematch: without those that were made for tests.
    async fn rematchable(&self, tenant: TenantKey, query: ReplayQuery, range: Range) -> Result<FoundEvents>;

    /// Does a step, if the replay is running and where the step begins; otherwise nothing. Tells which. Nothing is kept if the tenant
    /// would be owed more than it may be.
    async fn step_replay(&self, tenant: TenantKey, plan: ReplayPlan, step: ReplayStep) -> Result<bool>;
}

/// Which replays to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReplaysQuery {
    /// Only those begun before this one.
    pub before: Option<ReplayId>,
    /// Only those begun after this one.
    pub after: Option<ReplayId>,
    /// How many at most.
    pub limit: usize,
    /// Which of more than that: the oldest, or else the newest. They come newest first all the same.
    pub oldest: bool,
}

/// A replay to begin.
#[derive(Clone, PartialEq, Debug)]
pub struct NewReplay {
    /// Whose it is.
    pub tenant: TenantKey,
    /// What it does.
    pub plan: ReplayPlan,
    /// How many there are.
    pub expected: Expected,
}

/// A part of what a replay goes through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// Behind this.
    pub after: Serial,
    /// Up to this, inclusive.
    pub upto: Serial,
    /// So many are found at most.
    pub limit: usize,
    /// So many rows are looked at, at most, of each status.
    pub looks: usize,
}

/// Deliveries that were found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// In the order of their ids, with the webhook of each.
    pub deliveries: Vec<(DeliveryId, WebhookKey)>,
    /// Up to here there are no others.
    pub upto: Serial,
}

/// Events that were found.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundEvents {
    /// In their order.
    pub events: Vec<Event>,
    /// Up to here there are no others.
    pub upto: Serial,
}

impl NewReplay {
    /// Where it begins.
    pub fn place(&self) -> ReplayPlace {
        ReplayPlace::after(self.plan.query.from.map_or(Serial::FIRST, |from| Serial::at(from).before()))
    }
}

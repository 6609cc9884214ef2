//! What is owed: what a lane asks for, and what becomes of it.

use std::sync::Arc;

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Actor, AttemptId, Delivery, DeliveryId, Event, EventKey, FailureRun, OrderingKey, Outcome, Owed, TenantKey,
    Timestamp, WebhookKey,
};

/// What is owed, as the lanes work it off.
#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// Every webhook with owed deliveries or a run of failures.
    async fn backlogs(&self) -> Result<Vec<Backlog>>;

    /// The first deliveries after `after` that were never attempted, from memory. `None`: ask [`Queue::pending`].
    fn recent_pending(&self, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Option<Pending>;

    /// The first `limit` deliveries of a webhook after `after` that were never attempted, oldest first.
    /// With `key`, only those with this ordering key.
    async fn pending(
        &self,
        webhook: WebhookKey,
        after: DeliveryId,
        key: Option<OrderingKey>,
        limit: usize,
    ) -> Result<Pending>;

    /// Up to `limit` deliveries that wait for a retry, by due time, soonest first, whether due yet or not.
    async fn retrying(&self, webhook: WebhookKey, limit: usize) -> Result<Vec<(Timestamp, Owed)>>;

    /// A delivery, if this webhook is owed it; with the time when it is due, if it was attempted before.
    async fn owed_one(&self, webhook: WebhookKey, id: DeliveryId) -> Result<Option<(Option<Timestamp>, Owed)>>;

    /// The event of a delivery of this webhook, as its lane asks for it: never refused, and beside what the API reads.
    async fn owed_event(&self, webhook: WebhookKey, key: EventKey) -> Result<Option<Arc<Event>>>;

    /// Names an attempt that begins now. No other has this name, whether or not this one is ever recorded.
    fn begin_attempt(&self) -> AttemptId;

    /// Keeps attempts of a tenant's, each in one transaction with what becomes of its deliveries. Returns when all are durable, however
    /// long the disk refuses: what a receiver has seen is not forgotten while the process lives.
    async fn record(&self, tenant: TenantKey, settlements: Vec<Settlement>);

    /// Makes a delivery due now: one that is owed sooner; one that failed or was cancelled again, with its schedule from the start.
    /// One that is delivered stays as it is. The status of the answer tells.
    async fn retry(&self, tenant: TenantKey, id: DeliveryId, by: &Actor) -> Result<Option<Delivery>>;

    /// A new delivery of the same event to the same webhook, which points at the one that it repeats. None for one that is still owed or is
    /// not there, or whose webhook is not. Nothing is kept if the tenant would be owed more than it may be. `own_id`: it is sent under
    /// its own id.
    async fn replay(&self, tenant: TenantKey, id: DeliveryId, own_id: bool, by: &Actor) -> Result<Option<Delivery>>;

    /// Gives up a delivery that is owed. The status of the answer tells whether it was.
    async fn cancel(&self, tenant: TenantKey, id: DeliveryId, by: &Actor) -> Result<Option<Delivery>>;

    /// Cancels up to `limit` of a webhook's owed deliveries, oldest first, and tells how many there were.
    /// For webhooks that are disabled or deleted.
    async fn cancel_owed(&self, webhook: WebhookKey, limit: usize) -> Result<usize>;

    /// What a webhook is owed, as its tenant asks for it. Counted up to [`OwedSummary::MOST`].
    async fn owed(&self, webhook: WebhookKey) -> Result<OwedSummary>;

    /// When the oldest owed delivery of each webhook was accepted that is owed any and is neither paused nor disabled.
    async fn owed_since(&self) -> Result<Vec<(WebhookKey, Timestamp)>>;

    /// The same of all together.
    async fn oldest_owed(&self) -> Result<Option<Timestamp>> {
        Ok(self.owed_since().await?.into_iter().map(|(_, since)| since).min())
    }
}

/// What a webhook is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OwedSummary {
    /// How many deliveries; [`OwedSummary::MOST`] if there are more.
    pub count: u64,
    /// Whether there are more than that.
    pub more: bool,
    /// When the oldest was accepted.
    pub oldest: Option<Timestamp>,
}

impl OwedSummary {
    /// Up to here it is counted: counting more would take longer than a caller waits for.
    pub const MOST: u64 = 100_000;
}

/// Why a lane should look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// The webhook is owed something new.
    Pending(WebhookKey),
    /// Deliveries that were attempted before are due sooner than they were.
    Retry(WebhookKey),
    /// Somebody wants this delivery to go now.
    ByHand(WebhookKey, DeliveryId),
    /// A delivery was given up by hand, and is not to be sent if it was not yet.
    Cancelled(WebhookKey, DeliveryId),
}

/// A webhook with owed deliveries or a run of failures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backlog {
    /// The webhook that is owed them.
    pub webhook: WebhookKey,
    /// Its failed attempts since the last success.
    pub failure_run: FailureRun,
    /// Whether some were never attempted.
    pub pending: bool,
    /// When the first retry is due.
    pub next_retry: Option<Timestamp>,
}

/// Deliveries that were never attempted.
#[derive(Clone, PartialEq, Debug)]
pub struct Pending {
    /// Oldest first.
    pub deliveries: Vec<Owed>,
    /// Whether there may be more behind them.
    pub more: bool,
    /// Everything up to here is among `deliveries` or no longer pending: where to go on. Nothing else moves a lane's cursor:
    /// that an id was seen says nothing about those before it.
    pub upto: DeliveryId,
}

/// An attempt and what becomes of its deliveries.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The attempt, as [`Queue::begin_attempt`] named it; none if no request was made: then it is named when it is recorded.
    pub attempt: Option<AttemptId>,
    /// The deliveries as they were before the attempt: one, or those of a batch, which share their last attempt and
    /// their webhook. Never empty.
    pub owed: Vec<Owed>,
    /// What was seen.
    pub outcome: Outcome,
    /// What becomes of it.
    pub verdict: Verdict,
    /// How the webhook is doing now.
    pub failure_run: FailureRun,
    /// By the clock at which this was decided.
    pub judged_at: Timestamp,
}

impl Settlement {
    /// Bytes of memory that any takes up, with the parts of its outcome that are always small.
    pub const LEAST_BYTES: usize = 4 << 10;
    /// Bytes that each delivery of a batch takes up.
    const OF_DELIVERY: usize = 256;

    /// Bytes of memory that it takes up until it is durable, about.
    pub fn bytes(&self) -> usize {
        let Outcome { sent, answer, .. } = &self.outcome;
        let of_answer = answer.as_ref().map_or(0, |answer| answer.body.len() + answer.headers.as_text().len());
        let of_request = sent.body.as_ref().map_or(0, |body| body.len()) + sent.headers.as_text().len();
        Settlement::LEAST_BYTES.max(of_request + of_answer) + Settlement::OF_DELIVERY * self.owed.len()
    }

    /// When a retry is due that the verdict puts off until `at`, if that is recorded `now`: if the clock was set back in between,
    /// as long a wait is still before it.
    pub fn due(&self, at: Timestamp, now: Timestamp) -> Timestamp {
        at.min(now + at.since(self.judged_at))
    }
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

//! What is asked of a store over the years: another master key, that what is to be gone is gone, and less of a tenant's than of others'.

use async_trait::async_trait;

use super::{Result, seal::MasterKey};
use crate::model::{Actor, AttemptId, EventKey, TenantKey, Timestamp, WebhookKey};

/// What is kept, under which key, and what is not kept any more.
#[async_trait]
pub trait Keeping: Send + Sync + 'static {
    /// Has `next` open the store from now on, instead of `current`. Tells whether it did not already.
    async fn rewrap(&self, current: MasterKey, next: MasterKey) -> Result<bool>;

    /// Empties the log beside the database, in which stays for a while what is overwritten or deleted in it. Tells whether that could be
    /// done: not while somebody reads for long, like a backup.
    async fn empty_log(&self) -> Result<bool>;

    /// Deletes what an event says, and what was sent of it and answered. Until that has come to its end it goes on after a restart
    /// ([`Keeping::go_on_scrubbing`]); nothing of it can be sent again from its begin on.
    async fn scrub_event(&self, tenant: TenantKey, event: EventKey, by: &Actor) -> Result<Scrub>;

    /// Deletes what was sent in one attempt, and what was answered.
    async fn scrub_attempt(&self, tenant: TenantKey, attempt: AttemptId, by: &Actor) -> Result<Scrub>;

    /// Goes on with scrubs that were interrupted, and empties the log if what was scrubbed may still be in it. Returns how many events
    /// were scrubbed.
    async fn go_on_scrubbing(&self) -> Result<usize>;

    /// Deletes a tenant's deliveries that ended before `before`, their attempts, and events that nothing needs any more: so many at most.
    /// Whether there may be more.
    async fn delete_finished_of(&self, tenant: TenantKey, before: Timestamp, limit: usize) -> Result<bool>;

    /// The same of a webhook's that are older than the newest `kept` of those that have ended.
    async fn delete_all_but_newest(&self, webhook: WebhookKey, kept: usize, limit: usize) -> Result<bool>;
}

/// What a scrub came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scrub {
    /// It is done. `in_log`: the log may hold it until it is emptied, which is tried again each minute.
    Done { at: Timestamp, in_log: bool },
    /// A delivery of it is owed: what is to be sent is needed.
    Owed,
    /// It is not there.
    NotFound,
}

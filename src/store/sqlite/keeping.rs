//! Another master key, an empty log, scrubs, and what is kept for a shorter time than by others.

use async_trait::async_trait;

use super::{
    error::unavailable,
    forms,
    job_queues::JobSize,
    retention::{self, Ended},
    scrub::{self, Marked},
    store::SqliteStore,
    told::Told,
    transaction::Tx,
};
use crate::{
    model::{
        Actor, AttemptId, EventKey, TenantKey, Timestamp, WebhookKey,
        audit::{AuditAction, AuditDraft},
    },
    store::{Keeping, Result, Scrub, StoreError, seal::MasterKey},
};

#[async_trait]
impl Keeping for SqliteStore {
    async fn rewrap(&self, current: MasterKey, next: MasterKey) -> Result<bool> {
        self.write(JobSize::small(TenantKey::ALL), move |tx| forms::rewrap(tx.conn, &current, &next)).await
    }

    async fn empty_log(&self) -> Result<bool> {
        let checkpointer = self.checkpointer()?;
        // It waits for those that read.
        let emptied = tokio::task::spawn_blocking(move || checkpointer.empty_log());
        emptied.await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    async fn scrub_event(&self, tenant: TenantKey, event: EventKey, by: &Actor) -> Result<Scrub> {
        // Of a large fan-out that is many rows, for which the writer is not to look.
        if self.read_to_change(tenant, by, move |conn| scrub::is_owed(conn, event)).await? {
            return Ok(Scrub::Owed);
        }
        let mark = move |tx: &mut Tx<'_>| {
            let marked = scrub::mark(tx, tenant, event).map_err(unavailable)?;
            told(tx, AuditAction::EventScrubbed, event.to_string(), tenant, marked)
        };
        let at = match self.change(tenant, by, mark).await? {
            Marked::NotFound => return Ok(Scrub::NotFound),
            Marked::At(at) | Marked::Before(at) => at,
        };
        self.shared.recent.forget_event(event);
        // What was made due in between is sent as it was; from now on nothing is.
        if self.read_to_change(tenant, by, move |conn| scrub::is_owed(conn, event)).await? {
            self.write(JobSize::small(tenant), move |tx| scrub::unmark(tx, event).map_err(unavailable)).await?;
            return Ok(Scrub::Owed);
        }
        self.scrub_marked(tenant, event).await?;
        Ok(Scrub::Done { at, in_log: !self.empty_scrubbed_log().await? })
    }

    async fn scrub_attempt(&self, tenant: TenantKey, attempt: AttemptId, by: &Actor) -> Result<Scrub> {
        let scrub = move |tx: &mut Tx<'_>| {
            let marked = scrub::attempt(tx, tenant, attempt).map_err(unavailable)?;
            told(tx, AuditAction::AttemptScrubbed, attempt.to_string(), tenant, marked)
        };
        match self.change(tenant, by, scrub).await? {
            Marked::NotFound => Ok(Scrub::NotFound),
            Marked::At(at) | Marked::Before(at) => Ok(Scrub::Done { at, in_log: !self.empty_scrubbed_log().await? }),
        }
    }

    async fn go_on_scrubbing(&self) -> Result<usize> {
        let left = self.read_overview(scrub::left).await?;
        for &(tenant, event) in &left {
            self.scrub_marked(tenant, event).await?;
        }
        self.empty_scrubbed_log().await?;
        Ok(left.len())
    }

    async fn delete_finished_of(&self, tenant: TenantKey, before: Timestamp, limit: usize) -> Result<bool> {
        let ended = Ended::Before { tenant, before };
        self.delete_ended(tenant, ended, limit).await
    }

    async fn delete_all_but_newest(&self, webhook: WebhookKey, kept: usize, limit: usize) -> Result<bool> {
        let tenant = self.tenant_of(webhook);
        let oldest = self.read_overview(move |conn| retention::oldest_of_newest(conn, webhook, kept)).await?;
        match oldest {
            Some(oldest) => self.delete_ended(tenant, Ended::OlderThan { webhook, oldest }, limit).await,
            None => Ok(false),
        }
    }
}

fn told(
    tx: &mut Tx<'_>,
    action: AuditAction,
    subject: String,
    tenant: TenantKey,
    marked: Marked,
) -> Result<Told<Marked>> {
    match marked {
        Marked::At(_) => tx.told(AuditDraft::new(action, subject, Some(tenant)), marked),
        Marked::Before(_) | Marked::NotFound => Ok(Told::nothing(marked)),
    }
}

impl SqliteStore {
    async fn scrub_marked(&self, tenant: TenantKey, event: EventKey) -> Result<()> {
        let size = JobSize { rows: scrub::AT_ONCE, ..JobSize::small(tenant) };
        while self.write(size, move |tx| scrub::go_on(tx, event).map_err(unavailable)).await? {}
        Ok(())
    }

    /// Empties the log if something was scrubbed since it last was. Whether nothing of that is left in it.
    async fn empty_scrubbed_log(&self) -> Result<bool> {
        if !self.read_overview(scrub::is_in_log).await? {
            return Ok(true);
        }
        let scrubbed = self.read_overview(scrub::count).await?;
        let is_empty = self.empty_log().await?;
        if is_empty {
            self.write(JobSize::small(TenantKey::ALL), move |tx| {
                scrub::log_was_emptied(tx, scrubbed).map_err(unavailable)
            })
            .await?;
        }
        Ok(is_empty)
    }

    /// Whether there may be more: as long as something is found, and some of it goes.
    async fn delete_ended(&self, tenant: TenantKey, ended: Ended, limit: usize) -> Result<bool> {
        let found = self.read_overview(move |conn| retention::find_ended(conn, ended, limit)).await?;
        if found.is_empty() {
            return Ok(false);
        }
        let size = JobSize { rows: 5 * limit, ..JobSize::small(tenant) };
        self.write(size, move |tx| retention::delete_ended(tx, &found).map_err(unavailable)).await.map(|gone| gone > 0)
    }
}

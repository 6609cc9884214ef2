//! The handle that everybody has: queues what writes, lends connections to what reads, and ends the threads.

use std::{
    fs,
    sync::{Arc, Mutex, atomic::Ordering},
    task::Poll,
    thread::JoinHandle,
};

use async_trait::async_trait;
use rusqlite::Connection;

use super::{
    checkpoint::Checkpointer, disk_use, error::unavailable, file::PAGE, job::Asked, job_queues::JobSize,
    quantum::Quantum, readers::Readers, shared::Shared, told::Told, transaction::Tx,
};
use crate::{
    model::{Actor, Serial, TenantKey, WebhookKey},
    observe::Live,
    store::{CommitCounts, Commits, Lifecycle, Result, StoreError, StoreFigures, Subscription, WriteAheadLog},
    work::{Slice, Work},
};

/// The store in one SQLite file.
pub struct SqliteStore {
    pub(super) shared: Arc<Shared>,
    pub(super) readers: Readers,
    pub(super) lane_readers: Readers,
    pub(super) overview_readers: Readers,
    pub(super) threads: Mutex<Option<Threads>>,
    /// Where what takes long is made of what is to be kept; in place without it.
    pub(super) work: Option<Work>,
    /// Held as long as the store is open, so that no second process writes to it.
    pub(super) _lock: fs::File,
}

/// In whose line waits what is about a webhook that nobody knows; and in whose, whether the store takes anything, so that it waits
/// behind no work. No tenant has these keys.
const UNKNOWN: TenantKey = TenantKey(-1);
const PING: TenantKey = TenantKey(-2);

/// What has to be ended.
pub(super) struct Threads {
    pub(super) writer: JoinHandle<()>,
    pub(super) checkpointer: Checkpointer,
    pub(super) checkpoint_thread: JoinHandle<()>,
}

impl SqliteStore {
    /// Makes what the writer is to keep of a tenant's, in turns of that tenant: everybody waits for the writer. So much of what
    /// requests ask for may wait; what the server does by itself is bounded where it begins.
    pub(super) async fn made<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        by: &Actor,
        make: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.work {
            Some(work) if by.is_system() => work.run_once(tenant, Slice::UNKNOWN, make).await,
            Some(work) => work.ask_once(tenant, Slice::UNKNOWN, make).await?,
            None => make(),
        }
    }

    /// What is to be changed is no longer as its maker has seen it. That is said once the commit under way can be seen in the
    /// views, so that whoever looks again finds something newer.
    pub(super) async fn conflict(&self, tenant: TenantKey) -> StoreError {
        match self.write(JobSize::small(tenant), |_| Ok(())).await {
            Ok(()) => StoreError::Conflict,
            Err(error) => error,
        }
    }

    /// Runs `f` in the next group and returns its result once that is durable. If `f` fails, it leaves nothing behind.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        size: JobSize,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.queue(size, move |tx| tx.alone(f)).await
    }

    /// The same for somebody, whom the transaction knows, and who is told of in the audit trail: a few rows of this tenant's.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        by: &Actor,
        f: impl FnOnce(&mut Tx<'_>) -> Result<Told<T>> + Send + 'static,
    ) -> Result<T> {
        self.change_much(JobSize::small(tenant), by, f).await
    }

    /// The same of as much as this.
    pub(super) async fn change_much<T: Send + 'static>(
        &self,
        size: JobSize,
        by: &Actor,
        f: impl FnOnce(&mut Tx<'_>) -> Result<Told<T>> + Send + 'static,
    ) -> Result<T> {
        let by = by.clone();
        self.write(size, move |tx| tx.made_by(by, f)).await
    }

    /// The same as [`SqliteStore::write`] without a savepoint: an `f` that fails half-way has to break the group ([`Tx::whole`]).
    pub(super) async fn queue<T: Send + 'static>(
        &self,
        size: JobSize,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut f = Some(f);
        // It is called once.
        self.queue_parts(size, move |tx, _| f.take().map_or(Poll::Pending, |f| Poll::Ready(f(tx)))).await
    }

    /// The same of what goes on in the next transaction where it has taken its time: what it has written in one that is committed
    /// stays, also if it cannot go on. `size` is that of a part.
    pub(super) async fn queue_parts<T: Send + 'static>(
        &self,
        size: JobSize,
        go_on: impl FnMut(&mut Tx<'_>, &Quantum<'_>) -> Poll<Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.shared.damage.refuses()?;
        let (job, answer) = Asked::new(go_on);
        self.shared.intake.push(Box::new(job), size)?;
        let result =
            answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable("no transaction could be begun".into())));
        self.noted(result)
    }

    /// Reads for the API, when it is this tenant's turn.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        f: impl FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted_read(self.readers.run(tenant, f).await)
    }

    /// Reads what a change is made of, beside others of whoever makes it.
    pub(super) async fn read_to_change<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        by: &Actor,
        f: impl FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        match by.is_system() {
            true => self.read_owed(tenant, f).await,
            false => self.read(tenant, f).await,
        }
    }

    /// Reads for the lanes, when it is this tenant's turn.
    pub(super) async fn read_owed<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        f: impl FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted_read(self.lane_readers.run(tenant, f).await)
    }

    /// Reads about all tenants together, beside all others.
    pub(super) async fn read_overview<T: Send + 'static>(
        &self,
        f: impl FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted_read(self.overview_readers.run(TenantKey::ALL, f).await)
    }

    /// Whose turn it is that is about this webhook: its tenant's, also after it was deleted. Where nobody knows it, it is never that of
    /// all, in which the operator waits.
    pub(super) fn tenant_of(&self, webhook: WebhookKey) -> TenantKey {
        let known = self.shared.views.webhooks.get(webhook).map(|webhook| webhook.tenant);
        known.or_else(|| self.shared.orphans.tenant_of(webhook)).unwrap_or(UNKNOWN)
    }

    /// Tells the log of reads that fail: a page of the file can be damaged while all others can be read.
    fn noted_read<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(StoreError::Unavailable(error)) = &result
            && self.shared.unreadable.happens()
        {
            tracing::error!(error, "a read of the store failed, and so did what asked for it");
        }
        self.noted(result)
    }

    /// Who moves the log into the database, while the store is open.
    pub(super) fn checkpointer(&self) -> Result<Checkpointer> {
        let threads = self.threads.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        threads.as_ref().map(|threads| threads.checkpointer.clone()).ok_or(StoreError::Closed)
    }

    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        self.shared.damage.note(&result);
        result
    }
}

impl Commits for SqliteStore {
    fn subscribe(&self) -> Subscription {
        Subscription::new(self.shared.recent.clone())
    }

    fn live(&self) -> &Live {
        &self.shared.live
    }
}

#[async_trait]
impl Lifecycle for SqliteStore {
    async fn ping(&self) -> Result<()> {
        self.write(JobSize::small(PING), |tx| {
            // So that what is said of the disk is seen again, also if nobody publishes.
            let _ = tx.disk_has_room(TenantKey::ALL)?;
            ping(tx).map_err(unavailable)
        })
        .await
    }

    async fn inspect(&self) -> std::result::Result<(), String> {
        self.shared.disk.tell_changes();
        self.shared.damage.look()
    }

    fn disk(&self) -> Option<String> {
        self.shared.disk.trouble()
    }

    fn last_serial(&self) -> Serial {
        Serial::from_number(self.shared.committed.load(Ordering::Acquire))
    }

    fn write_ahead_log(&self) -> WriteAheadLog {
        self.shared.wal.report()
    }

    async fn figures(&self) -> Result<StoreFigures> {
        let pages =
            |conn: &Connection, what| conn.query_row(what, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
        let both = move |conn: &Connection| {
            Ok((pages(conn, "PRAGMA page_count")?, pages(conn, "PRAGMA freelist_count")?, disk_use::roots(conn)?))
        };
        let (all, unused, roots) = self.read_overview(both).await?;
        let path = self.shared.damage.database().to_owned();
        let by_kind = tokio::task::spawn_blocking(move || disk_use::by_kind(&path, &roots)).await;
        // It is told without, rather than not at all.
        let by_kind = by_kind.ok().and_then(std::io::Result::ok).unwrap_or_default();
        Ok(StoreFigures {
            kind: "sqlite",
            database_bytes: all * PAGE as u64,
            unused_bytes: unused * PAGE as u64,
            free_bytes: self.shared.disk.free_bytes(),
            by_kind,
            commits: self.shared.counted.recent_commits(),
        })
    }

    fn commit_counts(&self) -> CommitCounts {
        self.shared.counted.commits()
    }

    async fn failed(&self) -> String {
        self.shared.failure.happened().await
    }

    async fn close(&self) {
        self.shared.damage.closing();
        self.shared.intake.close();
        self.readers.close().await;
        self.lane_readers.close().await;
        self.overview_readers.close().await;
        let threads = self.threads.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        // Joining blocks, if only for the last commit.
        if let Some(threads) = threads
            && let Err(error) = tokio::task::spawn_blocking(move || threads.end()).await
        {
            tracing::error!(%error, "the store was not closed in order");
        }
    }
}

/// A write that commits, to see whether the disk takes one.
fn ping(tx: &Tx<'_>) -> rusqlite::Result<()> {
    tx.conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('ping', ?1)")?.execute([tx.now.millis()])?;
    Ok(())
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.shared.intake.close();
        self.readers.let_go();
        self.lane_readers.let_go();
        self.overview_readers.let_go();
        // A store that was not closed still commits what is queued before its lock is let go.
        if let Some(threads) = self.threads.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()).take() {
            threads.end();
        }
    }
}

impl Threads {
    /// Ends one after the other, when the readers are gone: SQLite empties the log for the connection that closes last,
    /// and for none if two close at once.
    fn end(self) {
        let written = self.writer.join();
        self.checkpointer.stop();
        if written.and(self.checkpoint_thread.join()).is_err() {
            tracing::error!("a thread of the store ended by panic");
        }
    }
}

//! The handle that everybody has: queues what writes, lends connections to what reads, and ends the threads.

use std::{
    fs,
    sync::{Arc, Mutex, atomic::Ordering},
    thread::JoinHandle,
};

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    checkpoint::Checkpointer,
    error::unavailable,
    job::{Finish, WriteJob},
    job_queues::JobSize,
    readers::Readers,
    shared::Shared,
    transaction::Tx,
};
use crate::{
    model::{Actor, Serial, TenantKey},
    store::{Commits, Lifecycle, Result, StoreError, Subscription},
};

/// The store in one SQLite file.
pub struct SqliteStore {
    pub(super) shared: Arc<Shared>,
    pub(super) readers: Readers,
    pub(super) lane_readers: Readers,
    pub(super) threads: Mutex<Option<Threads>>,
    /// Held as long as the store is open, so that no second process writes to it.
    pub(super) _lock: fs::File,
}

/// What has to be ended.
pub(super) struct Threads {
    pub(super) writer: JoinHandle<()>,
    pub(super) checkpointer: Checkpointer,
    pub(super) checkpoint_thread: JoinHandle<()>,
}

impl SqliteStore {
    /// Runs `f` in the next group and returns its result once that is durable. If `f` fails, it leaves nothing behind.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        size: JobSize,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.queue(size, move |tx| tx.alone(f)).await
    }

    /// The same for somebody, whom the transaction knows: a few rows of this tenant's.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        by: &Actor,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let by = by.clone();
        self.write(JobSize::small(tenant), move |tx| tx.made_by(by, f)).await
    }

    /// The same as [`SqliteStore::write`] without a savepoint: an `f` that fails half-way has to break the group ([`Tx::whole`]).
    pub(super) async fn queue<T: Send + 'static>(
        &self,
        size: JobSize,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.shared.damage.refuses()?;
        let (reply, answer) = oneshot::channel();
        let job: WriteJob = Box::new(move |tx| {
            let result = match &tx.broken {
                None => f(tx),
                Some(error) => Err(error.clone()),
            };
            let finish: Finish = Box::new(move |committed| {
                // A caller that went away needs no answer.
                let _ = reply.send(match result {
                    Err(StoreError::Panicked) => result,
                    result => committed.and(result),
                });
            });
            finish
        });
        self.shared.intake.push(job, size)?;
        let result =
            answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable("no transaction could be begun".into())));
        self.shared.damage.note(&result);
        result
    }

    /// Reads for the API.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let result = self.readers.run(f).await;
        self.shared.damage.note(&result);
        result
    }

    /// Reads for the lanes.
    pub(super) async fn read_owed<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let result = self.lane_readers.run(f).await;
        self.shared.damage.note(&result);
        result
    }
}

impl Commits for SqliteStore {
    fn subscribe(&self) -> Subscription {
        Subscription::new(self.shared.recent.clone())
    }
}

#[async_trait]
impl Lifecycle for SqliteStore {
    async fn ping(&self) -> Result<()> {
        self.write(JobSize::small(TenantKey::ALL), |tx| ping(tx).map_err(unavailable)).await
    }

    async fn inspect(&self) -> std::result::Result<(), String> {
        self.shared.damage.look()
    }

    fn last_serial(&self) -> Serial {
        Serial::from_number(self.shared.committed.load(Ordering::Acquire))
    }

    async fn failed(&self) -> String {
        self.shared.failure.happened().await
    }

    async fn close(&self) {
        self.shared.damage.closing();
        self.shared.intake.close();
        self.readers.close().await;
        self.lane_readers.close().await;
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

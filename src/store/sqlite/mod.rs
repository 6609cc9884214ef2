//! The embedded store: one SQLite file, one thread that writes, a few connections that read.
//!
//! A verb that writes queues a job ([`intake`]); the writer runs everything that is queued in one transaction and
//! answers after the commit ([`writer`]): group commit. Readers have connections of their own and see the last commit.

mod access;
mod append;
mod catalogue;
mod checkpoint;
mod file;
mod intake;
mod queue;
mod read;
mod readers;
mod record;
mod rows;
mod set_aside;
#[cfg(test)]
mod tests;
mod webhooks;
mod writer;

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64},
    },
    thread::JoinHandle,
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::oneshot;

use self::{
    intake::Intake,
    readers::Readers,
    set_aside::SetAsides,
    webhooks::Forms,
    writer::{Finish, Job, Tx, unavailable},
};
use super::{
    Commits, Lifecycle, Result, StoreError, Subscription, failure::Failure, recent::Recent, seal::MasterKey, stored,
    views::Views,
};
use crate::{
    clock::Clock,
    model::{Actor, SerialSource},
};

/// What of its logs is of interest: otherwise every start says that there is nothing to migrate.
pub const LOGS: &str = "refinery_core=warn";

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// SQLite has one writer.
const NODE: u8 = 0;
/// Connections for the API, and others for the lanes, so that a long list holds up no delivery.
const API_READERS: u32 = 4;
const LANE_READERS: u32 = 2;
/// A list that takes longer is given up.
const LONGEST_LIST: Duration = Duration::from_secs(5);

/// The store in one SQLite file.
pub struct SqliteStore {
    shared: Arc<Shared>,
    readers: Readers,
    lane_readers: Readers,
    threads: Mutex<Option<Threads>>,
    /// Held as long as the store is open, so that no second process writes to it.
    _lock: fs::File,
}

/// What has to be ended.
struct Threads {
    writer: JoinHandle<()>,
    checkpointer: checkpoint::Checkpointer,
    checkpoint_thread: JoinHandle<()>,
}

/// What the writer's thread and the verbs share.
struct Shared {
    intake: Intake,
    recent: Arc<Recent>,
    views: Views,
    set_aside: SetAsides,
    failure: Failure,
    forms: Forms,
    /// The last serial that is durable.
    committed: AtomicI64,
    /// Whether the last commit succeeded, so that a change of that is logged once.
    writable: AtomicBool,
}

impl SqliteStore {
    /// Opens the file, or makes it; brings its tables up to date.
    ///
    /// # Errors
    /// Another process has it open, the master key is another than the data's, or the file cannot be used.
    pub fn open(path: &Path, master_key: &MasterKey, clock: Clock) -> Result<SqliteStore> {
        SqliteStore::open_as(stored::VERSION, path, master_key, clock)
    }

    /// The same as a program that reads this version of the stored forms: what an older or a newer one would find.
    pub fn open_as(reader: u32, path: &Path, master_key: &MasterKey, clock: Clock) -> Result<SqliteStore> {
        let lock = file::lock(path)?;
        let mut conn = file::connect(path)?;
        // An index over all deliveries is sorted on disk: it must not need as much memory as there are of them.
        conn.execute_batch("PRAGMA temp_store = FILE").map_err(unavailable)?;
        // In one transaction with the note that it is done: after a kill in between it could never start again.
        migrations::migrations::runner()
            .set_grouped(true)
            .run(&mut conn)
            .map_err(|error| StoreError::Corrupt(format!("{}: {error}", path.display())))?;
        conn.execute_batch("PRAGMA temp_store = MEMORY").map_err(unavailable)?;
        let forms = Forms { sealer: webhooks::data_key(&conn, master_key)?, reader };
        let (webhooks, set_aside) = webhooks::load_all(&conn, &forms).map_err(unavailable)?;
        access::ensure_default_tenant(&conn, clock.now()).map_err(unavailable)?;
        let views = Views::default();
        views.webhooks.fill(webhooks);
        views.tenants.fill(access::tenants(&conn).map_err(unavailable)?);
        views.api_keys.fill(access::api_keys(&conn).map_err(unavailable)?);
        views.event_types.fill(catalogue::all(&conn).map_err(unavailable)?);
        let last = read::last_serial(&conn).map_err(unavailable)?;
        let shared = Arc::new(Shared {
            intake: Intake::default(),
            recent: Arc::default(),
            views,
            set_aside: SetAsides::new(set_aside),
            failure: Failure::default(),
            forms,
            committed: AtomicI64::new(last.number()),
            writable: AtomicBool::new(true),
        });
        let no_thread = |error: std::io::Error| StoreError::Unavailable(error.to_string());
        let (checkpointer, checkpoint_thread) =
            checkpoint::Checkpointer::start(file::connect(path)?, shared.clone()).map_err(no_thread)?;
        checkpointer.watch(&mut conn).map_err(unavailable)?;
        let writer = writer::start(conn, shared.clone(), checkpointer.clone(), clock, SerialSource::after(last, NODE))
            .map_err(no_thread)?;
        Ok(SqliteStore {
            shared,
            readers: Readers::new(path.to_owned(), API_READERS, Some(LONGEST_LIST)),
            lane_readers: Readers::new(path.to_owned(), LANE_READERS, None),
            threads: Mutex::new(Some(Threads { writer, checkpointer, checkpoint_thread })),
            _lock: lock,
        })
    }

    /// Runs `f` in the next group and returns its result once that is durable. If `f` fails, it leaves nothing behind.
    async fn write<T: Send + 'static>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.queue(1024, move |tx| tx.alone(f)).await
    }

    /// The same for somebody, whom the transaction knows.
    async fn change<T: Send + 'static>(
        &self,
        by: &Actor,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let by = by.clone();
        self.write(move |tx| tx.made_by(by, f)).await
    }

    /// The same as [`SqliteStore::write`] without a savepoint: an `f` that fails half-way has to break the group ([`Tx::whole`]).
    /// `bytes` is about what it holds in memory.
    async fn queue<T: Send + 'static>(
        &self,
        bytes: usize,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
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
        self.shared.intake.push(job, bytes)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable("no transaction could be begun".into())))
    }

    async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.run(f).await
    }

    /// For the lanes.
    async fn read_owed<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.lane_readers.run(f).await
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
        self.write(|tx| access::ping(tx).map_err(unavailable)).await
    }

    async fn failed(&self) -> String {
        self.shared.failure.happened().await
    }

    async fn close(&self) {
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

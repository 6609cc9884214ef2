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
mod webhooks;
mod writer;

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::{Notify, oneshot};

use self::{
    intake::{Intake, Settled},
    readers::Readers,
    writer::{Finish, Job, Tx, unavailable},
};
use super::{
    Accepted, Append, Broadcast, CatalogueEntry, DeliveryQuery, EventQuery, Fresh, NewApiKey, NewWebhook, Owing,
    Result, Settlement, Store, StoreError, Wake, WebhookView,
    recent::Recent,
    seal::{MasterKey, Sealer},
};
use crate::{
    clock::Clock,
    model::{
        ApiKey, ApiKeyId, Attempt, Counters, Delivery, DeliveryId, Event, EventKey, EventType, EventTypeEntry,
        OrderingKey, Owed, Serial, SerialSource, Tenant, TenantId, TenantKey, TenantSettings, Timestamp, Webhook,
        WebhookKey,
    },
};

/// What of its logs is of interest: otherwise every start says that there is nothing to migrate.
pub const LOGS: &str = "refinery_core=warn";

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

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
    recent: Recent,
    webhooks: WebhookView,
    changed: Notify,
    sealer: Sealer,
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
        let lock = file::lock(path)?;
        let mut conn = file::connect(path)?;
        // In one transaction with the note that it is done: after a kill in between it could never start again.
        migrations::migrations::runner()
            .set_grouped(true)
            .run(&mut conn)
            .map_err(|error| StoreError::Corrupt(format!("{}: {error}", path.display())))?;
        let sealer = webhooks::data_key(&conn, master_key)?;
        let view = WebhookView::default();
        for webhook in webhooks::load_all(&conn, &sealer)? {
            view.saved(Arc::new(webhook));
        }
        access::ensure_default_tenant(&conn, clock.now()).map_err(unavailable)?;
        let last = read::last_serial(&conn).map_err(unavailable)?;
        let shared = Arc::new(Shared {
            intake: Intake::default(),
            recent: Recent::default(),
            webhooks: view,
            changed: Notify::new(),
            sealer,
            committed: AtomicI64::new(last.0),
            writable: AtomicBool::new(true),
        });
        let no_thread = |error: std::io::Error| StoreError::Unavailable(error.to_string());
        let (checkpointer, checkpoint_thread) =
            checkpoint::Checkpointer::start(file::connect(path)?).map_err(no_thread)?;
        checkpointer.watch(&mut conn).map_err(unavailable)?;
        let writer = writer::start(conn, shared.clone(), checkpointer.clone(), clock, SerialSource::after(last))
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

    /// The same without a savepoint: an `f` that fails half-way has to break the group ([`Tx::whole`]).
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
                let _ = reply.send(committed.and(result));
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

#[async_trait]
impl Store for SqliteStore {
    async fn append(&self, batch: Append) -> Result<Vec<Accepted>> {
        let bytes = batch.events.iter().map(|(event, webhooks)| event.data.len() + 256 + 16 * webhooks.len()).sum();
        self.queue(bytes, |tx| tx.whole(|tx| append::append(tx, batch))).await?.map_err(StoreError::Clash)
    }

    async fn broadcast(&self, broadcast: Broadcast) -> Result<Accepted> {
        let copies = broadcast.copies.iter().map(|(_, event, webhooks)| event.data.len() + 256 + 16 * webhooks.len());
        let bytes = broadcast.event.data.len() + 256 + copies.sum::<usize>();
        self.queue(bytes, |tx| tx.whole(|tx| append::broadcast(tx, broadcast))).await?.map_err(StoreError::Clash)
    }

    async fn event(&self, key: EventKey) -> Result<Option<Arc<Event>>> {
        if let Some(event) = self.recent_event(key) {
            return Ok(Some(event));
        }
        let event = self.read_owed(move |conn| read::event(conn, key)).await?;
        Ok(event.map(Arc::new))
    }

    fn recent_event(&self, key: EventKey) -> Option<Arc<Event>> {
        self.shared.recent.event(key)
    }

    async fn find_event(&self, tenant: TenantKey, public_id: &str) -> Result<Option<Event>> {
        let id = public_id.to_owned();
        self.read(move |conn| read::find_event(conn, tenant, &id)).await
    }

    async fn events(&self, tenant: TenantKey, query: EventQuery) -> Result<Vec<Event>> {
        self.read(move |conn| read::events(conn, tenant, &query)).await
    }

    fn changed(&self) -> &Notify {
        &self.shared.changed
    }

    fn take_woken(&self) -> Vec<Wake> {
        self.shared.recent.take_woken()
    }

    async fn owing(&self) -> Result<Vec<Owing>> {
        self.read_owed(queue::owing).await
    }

    fn recent_fresh(&self, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Option<Fresh> {
        self.shared.recent.fresh(webhook, after, limit)
    }

    async fn fresh(
        &self,
        webhook: WebhookKey,
        after: DeliveryId,
        key: Option<OrderingKey>,
        limit: usize,
    ) -> Result<Fresh> {
        // Read before the query begins: what is committed by now, the query will see.
        let committed = DeliveryId(Serial(self.shared.committed.load(Ordering::Acquire)));
        let recent = self.shared.clone();
        let (fresh, events) = self
            .read_owed(move |conn| {
                let fresh = queue::fresh(conn, webhook, after, key, limit, committed)?;
                let events = queue::payloads(conn, &fresh.deliveries, |key| recent.recent.event(key).is_some())?;
                Ok((fresh, events))
            })
            .await?;
        self.shared.recent.prefetched(events);
        Ok(fresh)
    }

    async fn retrying(&self, webhook: WebhookKey, limit: usize) -> Result<Vec<(Timestamp, Owed)>> {
        self.read_owed(move |conn| queue::retrying(conn, webhook, limit)).await
    }

    async fn record(&self, settlements: Vec<Settlement>) {
        let (done, recorded) = oneshot::channel();
        self.shared.intake.settle(Settled { settlements, done });
        // An error means that the store was closed; what was not recorded is sent again after the restart.
        let _ = recorded.await;
    }

    async fn cancel_owed(&self, webhook: WebhookKey, limit: usize) -> Result<usize> {
        self.write(move |tx| queue::cancel_owed(tx, webhook, limit).map_err(unavailable)).await
    }

    async fn oldest_owed(&self) -> Result<Option<Timestamp>> {
        let firsts = self.read(queue::first_owed).await?;
        let active = |key: &WebhookKey| {
            self.shared
                .webhooks
                .get(*key)
                .is_some_and(|webhook| webhook.settings.status == crate::model::Status::Active)
        };
        Ok(firsts.into_iter().filter(|(key, _)| active(key)).map(|(_, first)| first.0.time()).min())
    }

    async fn delivery(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        self.read(move |conn| read::delivery_with_attempts(conn, tenant, id)).await
    }

    async fn deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Vec<Delivery>> {
        self.read(move |conn| read::deliveries(conn, tenant, &query)).await
    }

    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>> {
        self.read(move |conn| read::events_of(conn, tenant, &deliveries)).await
    }

    async fn deliveries_of(&self, event: &Event) -> Result<Vec<Delivery>> {
        let (key, fan_out) = (event.key, event.fan_out);
        self.read(move |conn| read::deliveries_of(conn, key, fan_out)).await
    }

    async fn retry(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<Delivery>> {
        self.write(move |tx| queue::retry(tx, tenant, id).map_err(unavailable)).await
    }

    async fn cancel(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<Delivery>> {
        self.write(move |tx| queue::cancel(tx, tenant, id).map_err(unavailable)).await
    }

    async fn prune(&self, before: Timestamp, limit: usize) -> Result<bool> {
        self.write(move |tx| queue::prune(tx, before, limit).map_err(unavailable)).await
    }

    fn webhooks(&self) -> &WebhookView {
        &self.shared.webhooks
    }

    async fn create_webhook(&self, webhook: NewWebhook) -> Result<Arc<Webhook>> {
        let sealer = self.shared.sealer.clone();
        self.write(move |tx| webhooks::create(tx, &sealer, webhook)).await
    }

    async fn update_webhook(&self, webhook: Webhook, expected: u64) -> Result<Arc<Webhook>> {
        let sealer = self.shared.sealer.clone();
        let was_disabled = self.shared.webhooks.get(webhook.key).is_some_and(|before| before.disabled.is_some());
        let enabled = was_disabled && webhook.disabled.is_none();
        self.write(move |tx| webhooks::update(tx, &sealer, webhook, expected, enabled)).await
    }

    async fn delete_webhook(&self, key: WebhookKey) -> Result<()> {
        self.write(move |tx| webhooks::delete(tx, key)).await
    }

    async fn counters(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<Counters>> {
        self.read(move |conn| read::counters(conn, &webhooks)).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>> {
        self.read(access::tenants).await
    }

    async fn create_tenant(&self, id: TenantId, name: String) -> Result<Tenant> {
        self.write(move |tx| access::create_tenant(tx, id, name)).await
    }

    async fn update_tenant(&self, key: TenantKey, name: String, settings: TenantSettings) -> Result<Tenant> {
        self.write(move |tx| access::update_tenant(tx, key, name, settings)).await
    }

    async fn delete_tenant(&self, key: TenantKey) -> Result<()> {
        self.write(move |tx| {
            for webhook in webhooks::of_tenant(tx, key)? {
                webhooks::delete(tx, webhook)?;
            }
            access::delete_tenant(tx, key)
        })
        .await
    }

    async fn api_keys(&self) -> Result<Vec<ApiKey>> {
        self.read(access::api_keys).await
    }

    async fn create_api_key(&self, key: NewApiKey) -> Result<ApiKey> {
        self.write(move |tx| access::create_api_key(tx, key)).await
    }

    async fn delete_api_key(&self, id: ApiKeyId) -> Result<bool> {
        self.write(move |tx| access::delete_api_key(tx, id)).await
    }

    async fn event_types(&self) -> Result<Vec<CatalogueEntry>> {
        self.read(catalogue::all).await
    }

    async fn put_event_type(&self, event_type: EventTypeEntry, expected: u64) -> Result<CatalogueEntry> {
        self.write(move |tx| catalogue::put(tx, event_type, expected)).await
    }

    async fn delete_event_type(&self, name: EventType) -> Result<bool> {
        self.write(move |tx| catalogue::delete(tx, &name).map_err(unavailable)).await
    }

    async fn ping(&self) -> Result<()> {
        self.write(|tx| access::ping(tx).map_err(unavailable)).await
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

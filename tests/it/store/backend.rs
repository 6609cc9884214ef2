//! A place where a store's data is, and a store that is open on it.

use std::{fs, ops::Deref, path::Path, sync::Arc, time::Duration};

use lanehook::{
    clock::Clock,
    model::{Delivery, DeliveryId, DeliveryStatus, Event, EventKey, NewEvent, Owed, TenantId, TenantKey, WebhookKey},
    random,
    store::{
        Accepted, Append, Clash, DeliveryQuery, NewWebhook, Result, Settlement, Store, StoreError, seal::MasterKey,
        sqlite::SqliteStore,
    },
    webhook::Webhook,
};
use tempfile::TempDir;

use crate::support::{DEFAULT, NOON, TESTER, webhook};

/// Data of a kind of store, empty when made and gone when dropped.
pub trait Backend: Send + Sync + 'static {
    /// Opens it, for the first time or again.
    fn open(&self, master_key: &MasterKey, clock: &Clock) -> Result<Arc<dyn Store>>;
    /// The data as it would be if the process and the machine stopped at this instant.
    fn crashed(&self) -> Box<dyn Backend>;
    /// Every byte that is kept, with the names of where.
    fn raw(&self) -> Vec<(String, Vec<u8>)>;
}

/// SQLite in a folder.
pub struct Sqlite(TempDir);

impl Sqlite {
    pub fn new() -> Sqlite {
        Sqlite(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.0.path().join("lanehook.db")
    }
}

impl Backend for Sqlite {
    fn open(&self, master_key: &MasterKey, clock: &Clock) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(SqliteStore::open(&self.path(), master_key, clock.clone())?))
    }

    fn crashed(&self) -> Box<dyn Backend> {
        let copy = Sqlite::new();
        for (name, bytes) in self.raw() {
            // The shared-memory file does not survive a machine, the lock not a process.
            if !name.ends_with("-shm") && !name.ends_with(".lock") {
                fs::write(copy.0.path().join(name), bytes).unwrap();
            }
        }
        Box::new(copy)
    }

    fn raw(&self) -> Vec<(String, Vec<u8>)> {
        let read = |path: &Path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap());
        fs::read_dir(self.0.path()).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
    }
}

/// An open store with everything that a fact needs to be told. Verbs can be called on it directly.
pub struct Fixture {
    pub backend: Box<dyn Backend>,
    pub clock: Clock,
    pub store: Arc<dyn Store>,
    pub master_key: MasterKey,
}

impl Deref for Fixture {
    type Target = dyn Store;
    fn deref(&self) -> &(dyn Store + 'static) {
        &*self.store
    }
}

impl Fixture {
    /// An empty store at [`NOON`].
    pub fn new(backend: impl Backend) -> Fixture {
        let clock = Clock::manual(NOON);
        let master_key = fresh_master_key();
        let store = backend.open(&master_key, &clock).unwrap();
        Fixture { backend: Box::new(backend), clock, store, master_key }
    }

    /// Whether no webhook has anything to send.
    pub async fn owes_nothing(&self) -> bool {
        let backlog = self.store.backlogs().await.unwrap();
        backlog.iter().all(|one| !one.pending && one.next_retry.is_none())
    }

    /// Opens the data once more, whether or not it is open.
    pub fn open_again(&self) -> Result<Arc<dyn Store>> {
        self.backend.open(&self.master_key, &self.clock)
    }

    /// Closes the store in order and opens it again.
    pub async fn reopen(self) -> Fixture {
        let Fixture { backend, clock, store, master_key } = self;
        store.close().await;
        drop(store);
        let store = backend.open(&master_key, &clock).unwrap();
        Fixture { backend, clock, store, master_key }
    }

    /// Opens what a crash at this instant would leave.
    pub fn crash(self) -> Fixture {
        let backend = self.backend.crashed();
        let store = backend.open(&self.master_key, &self.clock).unwrap();
        Fixture { backend, clock: self.clock, store, master_key: self.master_key }
    }

    pub fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub async fn tenant(&self, id: &str) -> TenantKey {
        self.create_tenant(TenantId::parse(id).unwrap(), id.to_owned(), TESTER).await.unwrap().key
    }

    pub async fn webhook(&self, id: &str) -> WebhookKey {
        self.made(webhook(id)).await.key
    }

    pub async fn made(&self, webhook: NewWebhook) -> Arc<Webhook> {
        self.create_webhook(webhook, TESTER).await.unwrap()
    }

    /// Appends for the default tenant, each event owed to each of the webhooks.
    pub async fn publish(&self, events: Vec<NewEvent>, webhooks: &[WebhookKey]) -> Vec<Accepted> {
        self.publish_for(DEFAULT, events, webhooks).await
    }

    pub async fn publish_for(
        &self,
        tenant: TenantKey,
        events: Vec<NewEvent>,
        webhooks: &[WebhookKey],
    ) -> Vec<Accepted> {
        self.publishing(tenant, events, webhooks).await.unwrap()
    }

    async fn publishing(
        &self,
        tenant: TenantKey,
        events: Vec<NewEvent>,
        webhooks: &[WebhookKey],
    ) -> Result<Vec<Accepted>> {
        let events = events.into_iter().map(|event| (event, webhooks.to_vec())).collect();
        self.append(Append { tenant, events }).await
    }

    /// Appends for the default tenant what cannot be kept.
    pub async fn clash(&self, events: Vec<NewEvent>, webhooks: &[WebhookKey]) -> Clash {
        self.clash_for(DEFAULT, events, webhooks).await
    }

    pub async fn clash_for(&self, tenant: TenantKey, events: Vec<NewEvent>, webhooks: &[WebhookKey]) -> Clash {
        clash(self.publishing(tenant, events, webhooks).await)
    }

    /// Appends one event for one webhook and returns what is owed by it.
    pub async fn owe(&self, event: NewEvent, webhook: WebhookKey) -> Owed {
        let key = kept(&self.publish(vec![event], &[webhook]).await[0]);
        let after = DeliveryId(key.0);
        self.pending(webhook, after, None, 1).await.unwrap().deliveries.remove(0)
    }

    /// The deliveries of an event, newest first.
    pub async fn deliveries_of(&self, event: &Event) -> Vec<Delivery> {
        let query = DeliveryQuery { event: Some(event.public_id()), limit: 100_000, ..Default::default() };
        self.deliveries(event.tenant, query).await.unwrap()
    }

    /// The deliveries of an event, oldest first.
    pub async fn owed_by(&self, event: EventKey) -> Vec<DeliveryId> {
        let event = self.event(DEFAULT, event).await.unwrap().unwrap();
        let deliveries = self.deliveries_of(&event).await;
        deliveries.iter().rev().map(|delivery| delivery.id).collect()
    }

    pub async fn settle(&self, settlement: Settlement) {
        self.record(DEFAULT, vec![settlement]).await;
    }

    /// A delivery of the default tenant, which has to be there.
    pub async fn shown(&self, id: DeliveryId) -> Delivery {
        self.delivery(DEFAULT, id).await.unwrap().unwrap().0
    }

    pub async fn status(&self, id: DeliveryId) -> DeliveryStatus {
        self.shown(id).await.status
    }

    /// Those of a webhook that wait for a retry, as a lane would get them.
    pub async fn waiting(&self, webhook: WebhookKey) -> Vec<Owed> {
        self.retrying(webhook, 100).await.unwrap().into_iter().map(|(_, owed)| owed).collect()
    }
}

pub fn fresh_master_key() -> MasterKey {
    use base64::{Engine, engine::general_purpose::STANDARD};
    MasterKey::parse(&STANDARD.encode(random::bytes::<32>())).unwrap()
}

/// What an answer says that nothing was kept for.
pub fn clash<T: std::fmt::Debug>(answer: Result<T>) -> Clash {
    match answer {
        Err(StoreError::Clash(clash)) => clash,
        other => panic!("no clash: {other:?}"),
    }
}

/// The key of an event that was kept.
pub fn kept(answer: &Accepted) -> EventKey {
    match answer {
        Accepted::Kept { key, .. } => *key,
        other => panic!("not kept: {other:?}"),
    }
}

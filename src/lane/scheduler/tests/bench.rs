//! A scheduler over a real store, and a courier at whose desk a test answers.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::{
    sync::{Mutex, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::super::*;
use crate::{
    budget::{Budget, Room},
    lane::BatchOutcome,
    model::{
        Actor, Answer, AttemptId, Delivery, DeliveryId, DeliveryStatus, DueBatch, EventType, Failure, FailureKind,
        LocalFailure, LocalKind, NewEvent, Outcome, Sent, TargetUrl, TenantKey, Timings,
    },
    store::{Append, DeliveryQuery, NewWebhook, Store, seal::MasterKey, sqlite::SqliteStore},
    webhook::{DisableReason, Secrets, Status, WebhookSettings},
};

/// How long to wait for another thread before the test has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const TESTER: Actor = Actor::system("test");

/// An attempt that waits for its answer.
pub struct Attempt {
    pub id: Option<AttemptId>,
    pub delivery: DeliveryId,
    pub url: String,
    pub answer: oneshot::Sender<u16>,
}

pub struct Desk {
    pub attempts: mpsc::UnboundedSender<Attempt>,
    pub clock: Clock,
    /// How many bytes of events a request carries.
    pub room: usize,
    /// Of messages.
    pub memory: Budget<TenantKey>,
}

#[async_trait]
impl Courier for Desk {
    async fn deliver(
        &self,
        webhook: &Arc<Webhook>,
        batch: DueBatch,
        _room: Room,
    ) -> std::result::Result<Vec<BatchOutcome>, LocalFailure> {
        let deliveries: Vec<DeliveryId> = batch.deliveries.iter().map(|due| due.id).collect();
        let outcome = self.attempt(webhook, deliveries[0], batch.attempt).await?;
        Ok(vec![BatchOutcome { attempt: batch.attempt, deliveries, outcome }])
    }

    fn room(&self, webhook: &Webhook) -> Room {
        self.memory.nothing(webhook.tenant)
    }

    fn has_room(&self, _: &Webhook, gathered_bytes: usize) -> bool {
        gathered_bytes < self.room
    }
}

impl Desk {
    pub fn new(attempts: mpsc::UnboundedSender<Attempt>, clock: &Clock) -> Desk {
        Desk { attempts, clock: clock.clone(), room: 1_000_000, memory: Budget::new(64 << 20) }
    }

    /// The answer 0 is that this machine cannot send.
    async fn attempt(
        &self,
        webhook: &Arc<Webhook>,
        delivery: DeliveryId,
        id: Option<AttemptId>,
    ) -> std::result::Result<Outcome, LocalFailure> {
        let started_at = self.clock.now();
        let (answer, answered) = oneshot::channel();
        let url = webhook.settings.url.as_str().to_owned();
        self.attempts.send(Attempt { id, delivery, url, answer }).unwrap();
        let status = answered.await.unwrap_or(500);
        if status == 0 {
            return Err(LocalFailure { kind: LocalKind::Files, detail: "none left".into() });
        }
        Ok(answered_with(status, started_at))
    }
}

/// A receiver's answer, and what it means.
pub fn answered_with(status: u16, started_at: Timestamp) -> Outcome {
    let kind = if status == 410 { FailureKind::Gone } else { FailureKind::Http };
    let failure = Failure { kind, message: String::new(), retry_after: None };
    Outcome {
        started_at,
        sent: Sent::default(),
        answer: Some(Answer { status, ..Answer::default() }),
        remote: None,
        is_connected: true,
        requests: 1,
        timings: Timings::default(),
        result: if status < 300 { Ok(()) } else { Err(failure) },
        remark: None,
    }
}

pub struct Bench {
    pub store: Arc<dyn Store>,
    pub clock: Clock,
    pub attempts: Mutex<mpsc::UnboundedReceiver<Attempt>>,
    pub webhook: Arc<Webhook>,
    pub stop: CancellationToken,
    pub give_up: CancellationToken,
    pub running: JoinHandle<std::result::Result<(), SchedulerError>>,
    pub _folder: tempfile::TempDir,
}

impl Bench {
    pub async fn start(settings: impl FnOnce(&mut WebhookSettings)) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let path = folder.path().join("lanehook.db");
        let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, &master_key, clock.clone()).unwrap());
        let mut wanted = WebhookSettings::new(TargetUrl::parse("https://receiver.example/").unwrap());
        settings(&mut wanted);
        let tenant = store.tenants().all()[0].key;
        let new = NewWebhook { tenant, id: None, settings: wanted, secrets: Secrets::default(), disabled: None };
        let webhook = store.create_webhook(new, &TESTER).await.unwrap();
        let (sender, attempts) = mpsc::unbounded_channel();
        let courier = Arc::new(Desk::new(sender, &clock));
        let (stop, give_up) = (CancellationToken::new(), CancellationToken::new());
        let scheduler = Scheduler::new(store.clone(), courier, clock.clone(), LaneLimits::default(), 1);
        let running = tokio::spawn(scheduler.run(stop.clone(), give_up.clone()));
        Bench { store, clock, attempts: Mutex::new(attempts), webhook, stop, give_up, running, _folder: folder }
    }

    pub fn tenant(&self) -> TenantKey {
        self.webhook.tenant
    }

    /// Returns the deliveries that are owed for it.
    pub async fn publish(&self, count: usize) -> Vec<DeliveryId> {
        let event = NewEvent::new(EventType::parse("price.alert").unwrap(), Bytes::from_static(b"{}"));
        let events = vec![(event, vec![self.webhook.key]); count];
        self.store.append(Append { tenant: self.tenant(), events }).await.unwrap();
        let query = DeliveryQuery { webhook: Some(self.webhook.id.clone()), limit: count, ..DeliveryQuery::default() };
        let newest = self.store.deliveries(self.tenant(), query).await.unwrap();
        newest.iter().map(|delivery| delivery.id).collect()
    }

    /// Webhooks beside the first.
    pub async fn more_webhooks(&self, count: usize) -> Vec<WebhookKey> {
        let mut webhooks = Vec::new();
        for _ in 0..count {
            let settings = self.webhook.settings.clone();
            let new =
                NewWebhook { tenant: self.tenant(), id: None, settings, secrets: Secrets::default(), disabled: None };
            webhooks.push(self.store.create_webhook(new, &TESTER).await.unwrap().key);
        }
        webhooks
    }

    /// One event for all of these.
    pub async fn publish_to(&self, webhooks: &[WebhookKey]) {
        let event = NewEvent::new(EventType::parse("price.alert").unwrap(), Bytes::from_static(b"{}"));
        let events = vec![(event, webhooks.to_vec())];
        self.store.append(Append { tenant: self.tenant(), events }).await.unwrap();
    }

    pub async fn attempt(&self) -> Attempt {
        timeout(PATIENCE, self.attempts.lock().await.recv()).await.expect("an attempt was due").unwrap()
    }

    /// The next attempt, while time passes.
    pub async fn attempt_later(&self) -> Attempt {
        let mut attempts = self.attempts.lock().await;
        let passing = async {
            loop {
                if let Ok(attempt) = attempts.try_recv() {
                    return attempt;
                }
                self.clock.advance(Duration::from_millis(100));
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, passing).await.expect("an attempt was due")
    }

    /// The next attempt gets this answer.
    pub async fn answer(&self, status: u16) -> DeliveryId {
        let attempt = self.attempt().await;
        attempt.answer.send(status).unwrap();
        attempt.delivery
    }

    /// The delivery, as soon as it looks like this.
    pub async fn when(&self, id: DeliveryId, fits: impl Fn(&Delivery) -> bool) -> Delivery {
        let look = async {
            loop {
                let (delivery, _) = self.store.delivery(self.tenant(), id).await.unwrap().unwrap();
                if fits(&delivery) {
                    return delivery;
                }
            }
        };
        timeout(PATIENCE, look).await.expect("the delivery never got there")
    }

    pub async fn when_status(&self, id: DeliveryId, status: DeliveryStatus) -> Delivery {
        self.when(id, |delivery| delivery.status == status).await
    }

    pub async fn when_disabled(&self) -> Option<DisableReason> {
        let look = async {
            loop {
                let webhook = self.store.webhooks().get(self.webhook.key).unwrap();
                if webhook.settings.status == Status::Disabled {
                    return webhook.disabled;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, look).await.expect("the webhook was never disabled")
    }

    pub async fn stopped(self) {
        timeout(PATIENCE, self.running).await.expect("the scheduler stops").unwrap().unwrap();
    }
}

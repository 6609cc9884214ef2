//! The scheduler over a real store, with a clock moved by hand and a courier whose answers the test gives.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::{
    sync::{Mutex, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::{
    attempt::{NotYet, read_events},
    *,
};
use crate::{
    budget::Budget,
    lane::{BatchOutcome, Room},
    model::{
        Actor, Answer, AttemptId, Cohesion, Delivery, DeliveryId, DeliveryStatus, DueBatch, EventKey, EventType,
        Failure, FailureKind, LocalFailure, LocalKind, NewEvent, Outcome, Sent, Serial, TargetUrl, TenantKey, Timings,
    },
    store::{Append, DeliveryQuery, NewWebhook, Store, seal::MasterKey, sqlite::SqliteStore},
    webhook::{DisableReason, RetryPolicy, Secrets, Status, WebhookSettings},
};

/// How long to wait for another thread before the test has failed.
const PATIENCE: Duration = Duration::from_secs(20);
const TESTER: Actor = Actor::system("test");
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// An attempt that waits for its answer.
struct Attempt {
    id: Option<AttemptId>,
    delivery: DeliveryId,
    url: String,
    answer: oneshot::Sender<u16>,
}

struct Desk {
    attempts: mpsc::UnboundedSender<Attempt>,
    clock: Clock,
    /// How many bytes of events a request carries.
    room: usize,
    /// Of messages.
    memory: Budget<TenantKey>,
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
    fn new(attempts: mpsc::UnboundedSender<Attempt>, clock: &Clock) -> Desk {
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
        let kind = if status == 410 { FailureKind::Gone } else { FailureKind::Http };
        let failure = Failure { kind, message: String::new(), retry_after: None };
        Ok(Outcome {
            started_at,
            sent: Sent::default(),
            answer: Some(Answer { status, ..Answer::default() }),
            remote: None,
            timings: Timings::default(),
            result: if status < 300 { Ok(()) } else { Err(failure) },
        })
    }
}

struct Bench {
    store: Arc<dyn Store>,
    clock: Clock,
    attempts: Mutex<mpsc::UnboundedReceiver<Attempt>>,
    webhook: Arc<Webhook>,
    stop: CancellationToken,
    give_up: CancellationToken,
    running: JoinHandle<std::result::Result<(), SchedulerError>>,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn start(settings: impl FnOnce(&mut WebhookSettings)) -> Bench {
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

    fn tenant(&self) -> TenantKey {
        self.webhook.tenant
    }

    /// Returns the deliveries that are owed for it.
    async fn publish(&self, count: usize) -> Vec<DeliveryId> {
        let event = NewEvent::new(EventType::parse("price.alert").unwrap(), Bytes::from_static(b"{}"));
        let events = vec![(event, vec![self.webhook.key]); count];
        self.store.append(Append { tenant: self.tenant(), events }).await.unwrap();
        let query = DeliveryQuery { webhook: Some(self.webhook.key), limit: count, ..DeliveryQuery::default() };
        let newest = self.store.deliveries(self.tenant(), query).await.unwrap();
        newest.iter().map(|delivery| delivery.id).collect()
    }

    async fn attempt(&self) -> Attempt {
        timeout(PATIENCE, self.attempts.lock().await.recv()).await.expect("an attempt was due").unwrap()
    }

    /// The next attempt, while time passes.
    async fn attempt_later(&self) -> Attempt {
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
    async fn answer(&self, status: u16) -> DeliveryId {
        let attempt = self.attempt().await;
        attempt.answer.send(status).unwrap();
        attempt.delivery
    }

    /// The delivery, as soon as it looks like this.
    async fn when(&self, id: DeliveryId, fits: impl Fn(&Delivery) -> bool) -> Delivery {
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

    async fn when_status(&self, id: DeliveryId, status: DeliveryStatus) -> Delivery {
        self.when(id, |delivery| delivery.status == status).await
    }

    async fn when_disabled(&self) -> Option<DisableReason> {
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

    async fn stopped(self) {
        timeout(PATIENCE, self.running).await.expect("the scheduler stops").unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_event_is_delivered() {
    let bench = Bench::start(|_| {}).await;
    bench.publish(1).await;
    let id = bench.answer(200).await;
    assert_eq!(bench.when_status(id, DeliveryStatus::Delivered).await.attempts, 1);
    bench.stop.cancel();
    bench.stopped().await;
}

#[tokio::test]
async fn an_attempt_is_named_while_it_runs_as_it_is_recorded() {
    let bench = Bench::start(|_| {}).await;
    bench.publish(2).await;
    let running = [bench.attempt().await, bench.attempt().await];
    let (names, deliveries) =
        (running.each_ref().map(|one| one.id.unwrap()), running.each_ref().map(|one| one.delivery));
    assert!(names[0] != names[1] && names.iter().all(|name| name.0.time() == START));
    bench.clock.advance(Duration::from_secs(9));
    for attempt in running.into_iter().rev() {
        attempt.answer.send(200).unwrap();
    }
    for (name, delivery) in names.into_iter().zip(deliveries) {
        bench.when_status(delivery, DeliveryStatus::Delivered).await;
        let (_, recorded) = bench.store.delivery(bench.tenant(), delivery).await.unwrap().unwrap();
        assert_eq!(recorded.iter().map(|attempt| attempt.id).collect::<Vec<_>>(), [name]);
    }
}

#[tokio::test]
async fn a_failed_delivery_is_sent_again_at_its_time_until_its_schedule_ends() {
    let quick = serde_json::from_str(r#"{"schedule":["10s","20s"]}"#).unwrap();
    let bench = Bench::start(|settings| settings.retry = quick).await;
    bench.publish(1).await;
    for (number, wait) in [(1, 10), (2, 20)] {
        let id = bench.answer(500).await;
        let delivery = bench.when(id, |delivery| delivery.attempts == number).await;
        assert_eq!(delivery.status, DeliveryStatus::Retrying);
        let due = delivery.next_attempt_at.unwrap();
        let waits = due.since(bench.clock.now()).as_secs_f64() / f64::from(wait);
        assert!((0.79..=1.21).contains(&waits), "{waits} of its wait");
        bench.clock.advance(due.since(bench.clock.now()) - Duration::from_millis(1));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(bench.attempts.lock().await.try_recv().is_err(), "it is not time yet");
        bench.clock.advance(Duration::from_millis(1));
    }
    let id = bench.answer(500).await;
    bench.when_status(id, DeliveryStatus::Failed).await;
}

/// Lets ten minutes pass, second by second, at most: an attempt is made by then, however late the scheduler looks at the clock.
async fn attempted_within_ten_minutes(bench: &Bench) {
    for _ in 0..600 {
        bench.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        // A poll and no wait that anything depends on.
        if let Ok(Ok(attempt)) =
            timeout(Duration::from_millis(2), bench.attempts.lock().await.recv()).await.map(|one| one.ok_or(()))
        {
            return attempt.answer.send(500).unwrap();
        }
    }
    panic!("no attempt in ten minutes");
}

#[tokio::test]
async fn a_clock_that_was_an_hour_ahead_and_is_set_back_puts_nothing_off() {
    let bench = Bench::start(|settings| {
        settings.batch = Some(serde_json::from_str(r#"{"max_wait":"5s"}"#).unwrap());
        settings.retry = serde_json::from_str(r#"{"schedule":["10s","10s"]}"#).unwrap();
    })
    .await;
    bench.clock.advance(Duration::from_secs(3600));
    let first = bench.publish(1).await[0];
    bench.clock.set(START);
    attempted_within_ten_minutes(&bench).await;
    bench.when(first, |delivery| delivery.attempts == 1).await;
    // Another, whose id tells a time that is an hour ahead, and the retry of the first.
    bench.publish(1).await;
    attempted_within_ten_minutes(&bench).await;
    attempted_within_ten_minutes(&bench).await;
}

#[tokio::test]
async fn gone_disables_the_webhook_and_gives_up_its_backlog() {
    let bench = Bench::start(|settings| settings.max_concurrency = 1).await;
    let ids = bench.publish(3).await;
    let id = bench.answer(410).await;
    assert_eq!(bench.when_disabled().await, Some(DisableReason::Gone));
    bench.when_status(id, DeliveryStatus::Failed).await;
    // One may have been begun before the webhook was disabled; what it comes to does not count any more.
    if let Ok(Some(attempt)) = timeout(Duration::ZERO, bench.attempts.lock().await.recv()).await {
        attempt.answer.send(500).unwrap();
    }
    for next in ids.into_iter().filter(|&next| next != id) {
        bench.when_status(next, DeliveryStatus::Cancelled).await;
    }
}

#[tokio::test]
async fn failures_in_a_row_disable_the_webhook() {
    let none: RetryPolicy = serde_json::from_str(r#"{"preset":"none"}"#).unwrap();
    let bench = Bench::start(|settings| (settings.disable_after, settings.retry) = (Some(2), none)).await;
    bench.publish(2).await;
    bench.answer(500).await;
    bench.answer(500).await;
    assert_eq!(bench.when_disabled().await, Some(DisableReason::ConsecutiveFailures));
}

#[tokio::test]
async fn what_this_machine_cannot_send_uses_up_no_attempt_and_disables_nobody() {
    let none: RetryPolicy = serde_json::from_str(r#"{"preset":"none"}"#).unwrap();
    let bench = Bench::start(|settings| (settings.disable_after, settings.retry) = (Some(1), none)).await;
    bench.publish(1).await;
    for _ in 0..5 {
        bench.attempt_later().await.answer.send(0).unwrap();
    }
    let attempt = bench.attempt_later().await;
    attempt.answer.send(200).unwrap();
    let id = attempt.delivery;
    let delivery = bench.when_status(id, DeliveryStatus::Delivered).await;
    assert_eq!(delivery.attempts, 1);
    assert_eq!(bench.store.webhooks().get(bench.webhook.key).unwrap().settings.status, Status::Active);
}

#[tokio::test]
async fn the_backlog_of_a_deleted_webhook_is_given_up() {
    let bench = Bench::start(|settings| settings.status = Status::Paused).await;
    bench.publish(3).await;
    let query = DeliveryQuery { limit: 10, ..Default::default() };
    let owed = bench.store.deliveries(bench.tenant(), query).await.unwrap();
    assert_eq!(owed.len(), 3);
    bench.store.delete_webhook(bench.webhook.key, None, &TESTER).await.unwrap();
    for delivery in owed {
        bench.when_status(delivery.id, DeliveryStatus::Cancelled).await;
    }
    assert!(bench.attempts.lock().await.try_recv().is_err(), "nothing was sent");
}

#[tokio::test]
async fn changed_settings_apply_to_the_next_attempt() {
    let bench = Bench::start(|_| {}).await;
    bench.publish(1).await;
    let id = bench.answer(500).await;
    bench.when_status(id, DeliveryStatus::Retrying).await;
    let mut webhook = Webhook::clone(&bench.webhook);
    webhook.settings.url = TargetUrl::parse("https://elsewhere.example/").unwrap();
    bench.store.update_webhook(webhook, bench.webhook.version, &TESTER).await.unwrap();
    bench.clock.advance(Duration::from_secs(6));
    let attempt = bench.attempt().await;
    assert_eq!((attempt.delivery, attempt.url.as_str()), (id, "https://elsewhere.example/"));
}

#[tokio::test]
async fn a_stop_waits_for_what_is_in_flight_and_records_it() {
    let bench = Bench::start(|settings| settings.max_concurrency = 1).await;
    bench.publish(2).await;
    let attempt = bench.attempt().await;
    bench.stop.cancel();
    attempt.answer.send(200).unwrap();
    let (store, tenant) = (bench.store.clone(), bench.tenant());
    bench.stopped().await;
    let (delivery, _) = store.delivery(tenant, attempt.delivery).await.unwrap().unwrap();
    assert_eq!(delivery.status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn when_time_is_up_what_has_answered_is_recorded_and_the_rest_is_owed() {
    let bench = Bench::start(|_| {}).await;
    bench.publish(8).await;
    let mut attempts = Vec::new();
    for _ in 0..8 {
        attempts.push(bench.attempt().await);
    }
    bench.stop.cancel();
    let hanging = attempts.split_off(4);
    let answered: Vec<DeliveryId> = attempts.iter().map(|attempt| attempt.delivery).collect();
    for attempt in attempts {
        attempt.answer.send(200).unwrap();
    }
    // Every task that was answered has reported; the scheduler has not necessarily heard it.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    bench.give_up.cancel();
    let (store, tenant) = (bench.store.clone(), bench.tenant());
    bench.stopped().await;
    for id in answered {
        let (delivery, _) = store.delivery(tenant, id).await.unwrap().unwrap();
        assert_eq!(delivery.status, DeliveryStatus::Delivered);
    }
    for attempt in hanging {
        let (delivery, _) = store.delivery(tenant, attempt.delivery).await.unwrap().unwrap();
        assert_eq!(delivery.status, DeliveryStatus::Pending);
    }
}

/// Which of three deliveries with events of 2 bytes are due, and which cannot be sent; nothing if none is sent yet. `room`: of
/// a request, in bytes of events.
async fn reads_within(
    memory: usize,
    cohesion: Cohesion,
    gone: &[usize],
    room: usize,
) -> Option<(Vec<usize>, Vec<usize>)> {
    let bench = Bench::start(|settings| settings.status = Status::Paused).await;
    bench.publish(3).await;
    let pending = bench.store.pending(bench.webhook.key, DeliveryId(Serial::FIRST), None, 3).await.unwrap();
    let mut batch = OwedBatch { owed: pending.deliveries, cohesion };
    gone.iter().for_each(|&place| batch.owed[place].event = EventKey(Serial::nth(1)));
    let memory = Budget::new(memory);
    let desk = Desk { room, memory, ..Desk::new(mpsc::unbounded_channel().0, &bench.clock) };
    let mut room = desk.room(&bench.webhook);
    let read = read_events(&*bench.store, &desk, &bench.webhook, &batch, &mut room).await;
    let (due, gone) = match read {
        Err(NotYet::Local(_)) => return None,
        read => read.unwrap(),
    };
    let place = |id: DeliveryId| batch.owed.iter().position(|owed| owed.id == id).unwrap();
    Some((due.into_iter().map(|due| place(due.id)).collect(), gone.into_iter().map(place).collect()))
}

async fn reads(cohesion: Cohesion, gone: &[usize], room: usize) -> (Vec<usize>, Vec<usize>) {
    reads_within(1 << 20, cohesion, gone, room).await.unwrap()
}

#[tokio::test]
async fn what_goes_without_an_event_that_is_gone_depends_on_the_cohesion() {
    let any = 1_000_000;
    assert_eq!(reads(Cohesion::Loose, &[0, 2], any).await, (vec![1], vec![0, 2]), "each stands for itself");
    assert_eq!(reads(Cohesion::InOrder, &[1], any).await, (vec![0], vec![]), "what is behind it waits");
    assert_eq!(reads(Cohesion::InOrder, &[0], any).await, (vec![], vec![0]), "nothing is before it");
    assert_eq!(reads(Cohesion::Whole, &[1], any).await, (vec![], vec![0, 1, 2]), "all or none");
}

#[tokio::test]
async fn no_more_events_are_read_than_find_room() {
    for (cohesion, read) in [(Cohesion::Loose, 2), (Cohesion::InOrder, 2), (Cohesion::Whole, 3)] {
        let (due, gone) = reads(cohesion, &[], 3).await;
        assert_eq!((due, gone), ((0..read).collect(), vec![]), "{cohesion:?}");
    }
}

#[tokio::test]
async fn a_batch_that_finds_little_memory_goes_smaller_or_later() {
    // A tenant takes half of it, and each event a little over 1 KiB.
    let within =
        async |memory, cohesion| reads_within(memory, cohesion, &[], 1_000_000).await.map(|(due, _)| due.len());
    assert_eq!(within(1 << 20, Cohesion::Whole).await, Some(3));
    for cohesion in [Cohesion::Loose, Cohesion::InOrder] {
        assert_eq!(within(4200, cohesion).await, Some(2), "{cohesion:?}");
        assert_eq!(within(1500, cohesion).await, None, "{cohesion:?}");
    }
    assert_eq!(within(4200, Cohesion::Whole).await, None);
}

#[tokio::test]
async fn of_a_task_that_panics_it_is_heard_that_it_failed() {
    let (newsroom, mut news) = mpsc::unbounded_channel();
    let webhook = WebhookKey(Serial::nth(1));
    let failed = News::Ended(Report::Cancelled { webhook, count: None });
    run_beside(newsroom, async { panic!("a defect") }, failed);
    let heard = timeout(PATIENCE, news.recv()).await.expect("the end is told");
    assert!(matches!(heard, Some(News::Ended(Report::Cancelled { count: None, .. }))), "{heard:?}");
}

#[tokio::test]
async fn when_recording_panics_the_lanes_end_with_a_sentence() {
    let bench = Bench::start(|_| {}).await;
    let courier = Arc::new(Desk::new(mpsc::unbounded_channel().0, &bench.clock));
    let limits = LaneLimits::default();
    let scheduler = Scheduler::new(bench.store.clone(), courier, bench.clock.clone(), limits, 1);
    run_beside(scheduler.newsroom.clone(), async { panic!("a defect") }, News::RECORDING_PANICKED);
    let ended = timeout(PATIENCE, scheduler.run(CancellationToken::new(), CancellationToken::new())).await;
    let error = ended.expect("it does not go on").expect_err("it tells why");
    assert_eq!(error.to_string(), "recording what receivers answered ended by a panic; the server's log says why");
}

//! The scheduler over a real store, with a clock moved by hand and a courier whose answers the test gives.

mod bench;
mod gathering;

use std::time::Duration;

use tokio::time::timeout;

use self::bench::{Bench, Desk, PATIENCE, START, answered_with};
use super::*;
use crate::{
    lane::BatchOutcome,
    model::{Actor, DeliveryId, DeliveryStatus, EventKey, FailureRun, Owed, Serial, Span, TargetUrl},
    store::{DeliveryQuery, Pending},
    webhook::{DisableReason, RetryPolicy, Status},
};

const TESTER: Actor = Actor::system("test");

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
async fn others_have_their_turn_while_a_large_fan_out_begins() {
    let bench = Bench::start(|_| {}).await;
    let webhooks = bench.more_webhooks(8 * ACTIONS_OF_TURN).await;
    // Once, so that all have lanes; then all may go at one time.
    bench.publish_to(&webhooks).await;
    for _ in &webhooks {
        bench.answer(200).await;
    }
    bench.publish_to(&webhooks).await;
    let attempts = bench.attempts.lock().await;
    let (mut begun, mut most) = (0, 0);
    let watching = async {
        while begun < webhooks.len() {
            tokio::task::yield_now().await;
            most = most.max(attempts.len() - begun);
            begun = attempts.len();
        }
    };
    timeout(PATIENCE, watching).await.expect("all of them begin");
    assert!(most <= 2 * ACTIONS_OF_TURN, "{most} at one time");
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
    // What the scheduler and the store may need for a second that passes; all of it together is as long as any other test waits.
    const MOMENT: Duration = Duration::from_millis(30);
    for _ in 0..600 {
        bench.clock.advance(Duration::from_secs(1));
        let attempt = timeout(MOMENT, async { bench.attempts.lock().await.recv().await }).await;
        if let Ok(attempt) = attempt {
            return attempt.unwrap().answer.send(500).unwrap();
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
async fn before_it_stops_every_webhook_is_disabled_that_is_to_be() {
    let bench = Bench::start(|_| {}).await;
    let webhooks = bench.more_webhooks(2 * ACTIONS_OF_TURN).await;
    let courier = Arc::new(Desk::new(mpsc::unbounded_channel().0, &bench.clock));
    let limits = LaneLimits::default();
    let mut scheduler = Scheduler::new(bench.store.clone(), courier, bench.clock.clone(), limits, 1);
    for &webhook in &webhooks {
        let backlog = Backlog { webhook, failure_run: FailureRun::default(), pending: true, next_retry: None };
        scheduler.core.owes(backlog, bench.store.webhooks().get(webhook));
    }
    all_are_gone(&mut scheduler);
    assert_eq!(scheduler.core.unrecorded(), 0, "the last outcomes are durable");
    let stop = CancellationToken::new();
    stop.cancel();
    timeout(PATIENCE, scheduler.run(stop, CancellationToken::new())).await.expect("it stops").unwrap();
    // At once: the store is closed next.
    let is_off = |&&key: &&WebhookKey| bench.store.webhooks().get(key).unwrap().settings.status == Status::Disabled;
    assert_eq!(webhooks.iter().filter(is_off).count(), webhooks.len());
}

#[tokio::test]
async fn a_webhook_that_was_mended_meanwhile_is_not_disabled() {
    let bench = Bench::start(|_| {}).await;
    let judged = bench.store.webhooks().get(bench.webhook.key).unwrap();
    let change = async |change: fn(&mut Webhook)| {
        let mut webhook = Webhook::clone(&bench.store.webhooks().get(bench.webhook.key).unwrap());
        change(&mut webhook);
        let version = webhook.version;
        bench.store.update_webhook(webhook, version, &TESTER).await.unwrap();
    };
    change(|webhook| webhook.settings.timeout = Span::seconds(29)).await;
    assert_eq!(
        disable(bench.store.clone(), judged, DisableReason::Gone, bench.clock.now()).await,
        None,
        "it was judged with other settings"
    );
    let judged = bench.store.webhooks().get(bench.webhook.key).unwrap();
    assert_eq!(judged.disabled, None);
    change(|webhook| webhook.settings.description = "new".into()).await;
    let off_at = disable(bench.store.clone(), judged.clone(), DisableReason::Gone, bench.clock.now()).await;
    let disabled = bench.store.webhooks().get(bench.webhook.key).unwrap();
    assert_eq!(disabled.disabled, Some(DisableReason::Gone), "a note mends nothing");
    assert_eq!(off_at, Some(disabled.version));
    let again = disable(bench.store.clone(), judged, DisableReason::ConsecutiveFailures, bench.clock.now()).await;
    assert_eq!(again, off_at, "it is already");
    assert_eq!(bench.store.webhooks().get(bench.webhook.key).unwrap().version, disabled.version);
}

/// Each lane is owed one delivery, of which the receiver says that it is gone. That is recorded; what follows is still to be done.
fn all_are_gone(scheduler: &mut Scheduler) {
    let (core, rng) = (&mut scheduler.core, &mut scheduler.rng);
    let mut recorded = Vec::new();
    while let Some(action) = core.step(START) {
        let report = match action {
            Action::Load { webhook, load } => {
                let (id, event) = (DeliveryId(webhook.0), EventKey(webhook.0));
                let owed = Owed {
                    id,
                    webhook,
                    event,
                    attempts: 0,
                    failed: 0,
                    last_attempt: None,
                    ordering_key: None,
                    own_id: false,
                };
                let loaded = Some(Loaded::Pending(Pending { deliveries: vec![owed], more: false, upto: id }));
                Report::Loaded { webhook, load, loaded }
            }
            Action::Send { webhook, slot, batch } => {
                let batch = vec![batch.owed[0].id];
                let outcome = answered_with(410, START);
                let outcomes = Some(vec![BatchOutcome { attempt: None, deliveries: batch.clone(), outcome }]);
                Report::CameBack { webhook: webhook.key, slot, batch, outcomes }
            }
            Action::Record { settlements, .. } => {
                recorded.extend(settlements.iter().flat_map(|one| &one.owed).map(|owed| (owed.webhook, owed.id)));
                continue;
            }
            other => panic!("it is not recorded yet: {other:?}"),
        };
        core.hear(report, START, rng);
    }
    core.hear(Report::Recorded(recorded), START, rng);
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
async fn outcomes_are_handed_to_the_store_in_the_order_in_which_they_are_handed_on() {
    let (newsroom, mut news) = mpsc::unbounded_channel();
    let (queued, (go, gone)) = (Arc::new(std::sync::Mutex::new(Vec::new())), tokio::sync::oneshot::channel::<()>());
    let to_queue = queued.clone();
    let waits = async move {
        to_queue.lock().unwrap().push("first");
        let _ = gone.await;
        News::Ended(Report::Recorded(Vec::new()))
    };
    begin_here(newsroom.clone(), waits, News::RECORDING_PANICKED);
    assert_eq!(*queued.lock().unwrap(), ["first"], "before anything else is begun");
    assert!(news.try_recv().is_err());
    go.send(()).unwrap();
    assert!(matches!(timeout(PATIENCE, news.recv()).await, Ok(Some(News::Ended(Report::Recorded(_))))));
    begin_here(newsroom, async { panic!("a defect") }, News::RECORDING_PANICKED);
    assert!(matches!(news.try_recv(), Ok(News::Panicked(_))));
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

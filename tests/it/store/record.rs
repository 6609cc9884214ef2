//! What was seen is kept, and decides what becomes of a delivery.

use lanehook::{
    model::{Counters, DeliveryStatus, FailureKind, Health, Owed, Serial},
    store::{Settlement, Verdict},
};

use super::backend::Fixture;
use crate::support::{
    DEFAULT, HOUR, NOON, SECOND, delivered, event, failure, given_up, no_connection, retried, success,
};

pub async fn a_delivered_delivery_is_finished(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.wait(SECOND);
    it.settle(delivered(&owed, NOON)).await;
    let it = it.reopen().await;
    let shown = it.shown(owed.id).await;
    assert_eq!((shown.status, shown.attempts), (DeliveryStatus::Delivered, 1));
    assert_eq!((shown.finished_at, shown.next_attempt_at), (Some(NOON + SECOND), None));
    assert_eq!((shown.last_status, shown.last_failure), (Some(200), None));
    assert!(it.owes_nothing().await);
}

pub async fn a_failed_attempt_leaves_a_retry(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.settle(retried(&owed, NOON, NOON + 5 * SECOND)).await;
    let it = it.reopen().await;
    let shown = it.shown(owed.id).await;
    assert_eq!((shown.status, shown.attempts), (DeliveryStatus::Retrying, 1));
    assert_eq!((shown.next_attempt_at, shown.finished_at), (Some(NOON + 5 * SECOND), None));
    assert_eq!((shown.last_status, shown.last_failure), (Some(503), Some(FailureKind::Throttled)));
    let (_, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
    let expected = Owed { attempts: 1, failed: 1, last_attempt: Some(attempts[0].id), ..owed };
    assert_eq!(it.retrying(a, 9).await.unwrap(), [(NOON + 5 * SECOND, expected)]);
    assert!(it.fresh(a, lanehook::model::DeliveryId(Serial(0)), None, 9).await.unwrap().deliveries.is_empty());
}

pub async fn an_attempt_that_does_not_count_uses_no_step(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    let verdict = Verdict::Retry { at: NOON + HOUR, counted: false };
    it.settle(Settlement { verdict, ..retried(&owed, NOON, NOON) }).await;
    let owed = it.waiting(a).await.remove(0);
    assert_eq!((owed.attempts, owed.failed), (1, 0));
    it.settle(retried(&owed, NOON, NOON)).await;
    let owed = it.waiting(a).await.remove(0);
    assert_eq!((owed.attempts, owed.failed), (2, 1));
}

pub async fn a_given_up_delivery_is_a_dead_letter(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    let last = Settlement { outcome: no_connection(NOON), ..given_up(&owed, NOON) };
    it.settle(last).await;
    let shown = it.shown(owed.id).await;
    assert_eq!((shown.status, shown.attempts), (DeliveryStatus::Failed, 1));
    assert_eq!((shown.finished_at, shown.next_attempt_at), (Some(NOON), None));
    assert_eq!((shown.last_status, shown.last_failure), (None, Some(FailureKind::Connection)));
    assert!(it.owes_nothing().await);
}

pub async fn attempts_are_shown_as_they_were_seen(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    let other = it.owe(event("x"), a).await;
    let outcomes = [failure(NOON), no_connection(NOON + SECOND), success(NOON + 2 * SECOND)];
    let mut next = owed.clone();
    for outcome in &outcomes[..2] {
        it.settle(Settlement { outcome: outcome.clone(), ..retried(&next, NOON, NOON) }).await;
        it.settle(retried(&other, NOON, NOON + HOUR)).await;
        next = it.waiting(a).await.remove(0);
    }
    it.settle(Settlement { outcome: outcomes[2].clone(), ..delivered(&next, NOON) }).await;
    let it = it.reopen().await;
    let (_, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(attempts.iter().all(|attempt| attempt.delivery == owed.id));
    assert!(attempts.is_sorted_by_key(|attempt| attempt.id));
    for (attempt, outcome) in attempts.iter().zip(&outcomes) {
        assert_eq!(attempt.outcome, *outcome);
    }
}

pub async fn counters_follow_the_outcomes(it: Fixture) {
    let (a, b, idle) = (it.webhook("a").await, it.webhook("b").await, it.webhook("idle").await);
    for n in 0..3 {
        let owed = it.owe(event("x"), a).await;
        it.settle(delivered(&owed, NOON + n * SECOND)).await;
    }
    let owed = it.owe(event("x"), a).await;
    let health = Health { consecutive_failures: 4, failing_since: Some(NOON + 3 * SECOND) };
    it.settle(Settlement { health, ..retried(&owed, NOON + 4 * SECOND, NOON) }).await;
    let owed = it.owe(event("x"), b).await;
    it.settle(given_up(&owed, NOON + 9 * SECOND)).await;
    let it = it.reopen().await;
    let of_a = Counters {
        delivered: 3,
        failed: 0,
        consecutive_failures: 4,
        failing_since: Some(NOON + 3 * SECOND),
        last_attempt_at: Some(NOON + 4 * SECOND),
        last_success_at: Some(NOON + 2 * SECOND),
        last_failure_at: Some(NOON + 4 * SECOND),
    };
    let of_b = Counters {
        delivered: 0,
        failed: 1,
        consecutive_failures: 1,
        failing_since: Some(NOON + 9 * SECOND),
        last_attempt_at: Some(NOON + 9 * SECOND),
        last_success_at: None,
        last_failure_at: Some(NOON + 9 * SECOND),
    };
    assert_eq!(it.counters(vec![b, idle, a]).await.unwrap(), [of_b, Counters::default(), of_a]);
    assert!(it.counters(vec![]).await.unwrap().is_empty());
}

pub async fn attempts_that_end_out_of_turn_keep_the_latest_times(it: Fixture) {
    let a = it.webhook("a").await;
    let (slow, quick) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    let (slow_failure, quick_failure) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    it.settle(delivered(&quick, NOON + 9 * SECOND)).await;
    it.settle(delivered(&slow, NOON + SECOND)).await;
    it.settle(given_up(&quick_failure, NOON + 8 * SECOND)).await;
    it.settle(given_up(&slow_failure, NOON + 2 * SECOND)).await;
    let counters = it.counters(vec![a]).await.unwrap().remove(0);
    assert_eq!(counters.last_attempt_at, Some(NOON + 9 * SECOND));
    assert_eq!(counters.last_success_at, Some(NOON + 9 * SECOND));
    assert_eq!(counters.last_failure_at, Some(NOON + 8 * SECOND));
}

pub async fn many_settlements_of_one_call_are_recorded_together(it: Fixture) {
    let a = it.webhook("a").await;
    let mut settlements = Vec::new();
    for n in 0..200 {
        let owed = it.owe(event("x"), a).await;
        settlements.push(if n % 4 == 0 { given_up(&owed, NOON) } else { delivered(&owed, NOON) });
    }
    it.record(settlements).await;
    let counters = it.counters(vec![a]).await.unwrap().remove(0);
    assert_eq!((counters.delivered, counters.failed), (150, 50));
    it.record(Vec::new()).await;
    assert!(it.owes_nothing().await);
}

pub async fn a_delivery_cancelled_meanwhile_stays_cancelled(it: Fixture) {
    let a = it.webhook("a").await;
    for settle in [given_up, |owed: &Owed, at| retried(owed, at, at + HOUR)] {
        let owed = it.owe(event("x"), a).await;
        let cancelled_at = it.clock.now();
        it.cancel(DEFAULT, owed.id).await.unwrap();
        it.wait(SECOND);
        it.settle(settle(&owed, it.clock.now())).await;
        let (shown, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
        assert_eq!((shown.status, shown.next_attempt_at), (DeliveryStatus::Cancelled, None));
        assert_eq!(shown.finished_at, Some(cancelled_at), "that is when it reached its final status");
        assert_eq!((shown.attempts, attempts.len()), (1, 1), "the attempt was made, and is shown");
    }
    assert!(it.owes_nothing().await);
    let counters = it.counters(vec![a]).await.unwrap().remove(0);
    assert_eq!(counters.failed, 0, "nothing was given up for the receiver's fault");
    assert!(counters.last_failure_at.is_some());
}

pub async fn a_delivery_cancelled_meanwhile_is_delivered_if_the_receiver_has_it(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.cancel(DEFAULT, owed.id).await.unwrap();
    it.wait(SECOND);
    it.settle(delivered(&owed, it.clock.now())).await;
    let shown = it.shown(owed.id).await;
    assert_eq!((shown.status, shown.finished_at), (DeliveryStatus::Delivered, Some(NOON + SECOND)));
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 1);
}

pub async fn a_recorded_outcome_survives_a_crash(it: Fixture) {
    let a = it.webhook("a").await;
    let (done, waiting) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    it.record(vec![delivered(&done, NOON), retried(&waiting, NOON, NOON + HOUR)]).await;
    let it = it.crash();
    assert_eq!(it.status(done.id).await, DeliveryStatus::Delivered);
    assert_eq!(it.status(waiting.id).await, DeliveryStatus::Retrying);
    assert_eq!(it.delivery(DEFAULT, done.id).await.unwrap().unwrap().1.len(), 1);
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 1);
    // Attempts made after the crash continue the chain.
    let again = it.waiting(a).await.remove(0);
    it.settle(delivered(&again, NOON)).await;
    assert_eq!(it.delivery(DEFAULT, waiting.id).await.unwrap().unwrap().1.len(), 2);
}

//! What was seen is kept, and decides what becomes of a delivery.

use bytes::Bytes;
use lanehook::{
    model::{Attempt, DeliveryId, DeliveryStatus, Failure, FailureKind, FailureRun, Outcome, Owed, Serial, WebhookKey},
    store::{ANSWER_BYTES, Settlement, Verdict},
    webhook::Counters,
};

use super::backend::Fixture;
use crate::support::{
    DEFAULT, EventExt, HOUR, NOON, SECOND, TESTER, delivered, event, failure, given_up, no_connection, retried, success,
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
    assert!(it.pending(a, lanehook::model::DeliveryId(Serial::FIRST), None, 9).await.unwrap().deliveries.is_empty());
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

pub async fn attempts_with_too_much_in_them_come_without_bodies_the_oldest_first(it: Fixture) {
    let a = it.webhook("a").await;
    let mut owed = it.owe(event("x"), a).await;
    for _ in 0..20 {
        let mut settlement = retried(&owed, NOON, NOON + HOUR);
        settlement.outcome.sent.body = Some(Bytes::from(vec![b'x'; ANSWER_BYTES / 10]));
        it.settle(settlement).await;
        owed = it.waiting(a).await.remove(0);
    }
    let (_, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    let with_body = attempts.iter().filter(|attempt| attempt.outcome.sent.body.is_some()).count();
    assert!((9..=10).contains(&with_body), "{with_body}");
    let (old, new) = attempts.split_at(20 - with_body);
    assert!(old.iter().all(|attempt| attempt.bodies_left_out && attempt.outcome.sent.body.is_none()));
    assert!(new.iter().all(|attempt| !attempt.bodies_left_out && attempt.outcome.sent.body.is_some()));
}

pub async fn attempts_are_shown_as_they_were_seen(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    let other = it.owe(event("x"), a).await;
    let success = Outcome { remark: Some("it broke off".into()), ..success(NOON + 2 * SECOND) };
    let outcomes = [failure(NOON), no_connection(NOON + SECOND), success];
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
    let failure_run = FailureRun { consecutive_failures: 4, failing_since: Some(NOON + 3 * SECOND) };
    it.settle(Settlement { failure_run, ..retried(&owed, NOON + 4 * SECOND, NOON) }).await;
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
    it.record(DEFAULT, settlements).await;
    let counters = it.counters(vec![a]).await.unwrap().remove(0);
    assert_eq!((counters.delivered, counters.failed), (150, 50));
    it.record(DEFAULT, Vec::new()).await;
    assert!(it.owes_nothing().await);
}

pub async fn a_delivery_cancelled_meanwhile_stays_cancelled(it: Fixture) {
    let a = it.webhook("a").await;
    for settle in [given_up, |owed: &Owed, at| retried(owed, at, at + HOUR)] {
        let owed = it.owe(event("x"), a).await;
        let cancelled_at = it.clock.now();
        it.cancel(DEFAULT, owed.id, TESTER).await.unwrap();
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
    it.cancel(DEFAULT, owed.id, TESTER).await.unwrap();
    it.wait(SECOND);
    it.settle(delivered(&owed, it.clock.now())).await;
    let shown = it.shown(owed.id).await;
    assert_eq!((shown.status, shown.finished_at), (DeliveryStatus::Delivered, Some(NOON + SECOND)));
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 1);
}

pub async fn a_recorded_outcome_survives_a_crash(it: Fixture) {
    let a = it.webhook("a").await;
    let (done, waiting) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    it.record(DEFAULT, vec![delivered(&done, NOON), retried(&waiting, NOON, NOON + HOUR)]).await;
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

// ── several deliveries in one request ───────────────────────────────────────────────────────────────────────────────

async fn owe_three(it: &Fixture, webhook: WebhookKey) -> Vec<Owed> {
    let mut owed = Vec::new();
    for id in ["one", "two", "three"] {
        owed.push(it.owe(event("x").id(id), webhook).await);
    }
    owed
}

fn ids(owed: &[Owed]) -> Vec<DeliveryId> {
    owed.iter().map(|owed| owed.id).collect()
}

async fn attempts(it: &Fixture, owed: &Owed) -> Vec<Attempt> {
    it.delivery(DEFAULT, owed.id).await.unwrap().unwrap().1
}

/// As a lane gets them, oldest first.
async fn waiting_in_order(it: &Fixture, webhook: WebhookKey) -> Vec<Owed> {
    let mut waiting = it.waiting(webhook).await;
    waiting.sort_unstable_by_key(|owed| owed.id);
    waiting
}

pub async fn an_attempt_of_a_batch_is_one_for_all_of_it(it: Fixture) {
    let a = it.webhook("a").await;
    let other = it.owe(event("x"), a).await;
    let owed = owe_three(&it, a).await;
    it.settle(Settlement { owed: owed.clone(), ..retried(&owed[0], NOON, NOON + HOUR) }).await;
    it.settle(delivered(&other, NOON)).await;
    let it = it.reopen().await;
    let again = waiting_in_order(&it, a).await;
    let first = attempts(&it, &owed[0]).await;
    assert_eq!((first.len(), first[0].number, first[0].delivery), (1, 1, owed[0].id));
    assert_eq!(first[0].batch, ids(&owed));
    for (one, now) in owed.iter().zip(&again) {
        assert_eq!(attempts(&it, one).await, first);
        let expected = Owed { attempts: 1, failed: 1, last_attempt: Some(first[0].id), ..one.clone() };
        assert_eq!(*now, expected);
        assert_eq!(it.shown(one.id).await.last_failure, Some(FailureKind::Throttled));
    }
    it.settle(Settlement { owed: again.clone(), ..delivered(&again[0], NOON + SECOND) }).await;
    let it = it.crash();
    for one in &owed {
        let both = attempts(&it, one).await;
        assert_eq!(both.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((&both[0], &both[1].batch), (&first[0], &ids(&owed)));
        assert_eq!(it.status(one.id).await, DeliveryStatus::Delivered);
    }
    assert_eq!(attempts(&it, &other).await.len(), 1);
    assert!(attempts(&it, &other).await[0].batch.is_empty());
    let counters = it.counters(vec![a]).await.unwrap().remove(0);
    assert_eq!((counters.delivered, counters.failed, counters.consecutive_failures), (4, 0, 0));
    assert!(it.owes_nothing().await);
}

pub async fn those_of_a_batch_can_go_on_by_themselves(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = owe_three(&it, a).await;
    it.settle(Settlement { owed: owed.clone(), ..retried(&owed[0], NOON, NOON) }).await;
    let again = waiting_in_order(&it, a).await;
    it.settle(Settlement { owed: again[..2].to_vec(), ..retried(&again[0], NOON + SECOND, NOON) }).await;
    it.settle(given_up(&again[2], NOON + SECOND)).await;
    let last = waiting_in_order(&it, a).await;
    assert_eq!(ids(&last), ids(&owed[..2]));
    it.settle(delivered(&last[1], NOON + 2 * SECOND)).await;
    let it = it.reopen().await;
    let chains = [(0, vec![3, 2]), (1, vec![3, 2, 0]), (2, vec![3, 0])];
    let first = attempts(&it, &owed[0]).await[0].id;
    for (place, sizes) in chains {
        let all = attempts(&it, &owed[place]).await;
        assert_eq!(all.iter().map(|attempt| attempt.batch.len()).collect::<Vec<_>>(), sizes);
        assert_eq!(all[0].id, first);
        assert_eq!(
            all.iter().map(|attempt| attempt.number as usize).collect::<Vec<_>>(),
            (1..=sizes.len()).collect::<Vec<_>>()
        );
    }
    let statuses = [DeliveryStatus::Retrying, DeliveryStatus::Delivered, DeliveryStatus::Failed];
    for (one, status) in owed.iter().zip(statuses) {
        assert_eq!(it.status(one.id).await, status);
    }
}

pub async fn one_of_a_batch_that_is_cancelled_meanwhile_stays_so(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = owe_three(&it, a).await;
    it.cancel(DEFAULT, owed[0].id, TESTER).await.unwrap();
    it.settle(Settlement { owed: owed.clone(), ..retried(&owed[0], NOON, NOON + HOUR) }).await;
    assert_eq!(it.status(owed[0].id).await, DeliveryStatus::Cancelled);
    assert_eq!(attempts(&it, &owed[0]).await, attempts(&it, &owed[2]).await);
    let again = waiting_in_order(&it, a).await;
    assert_eq!(ids(&again), ids(&owed[1..]));
    it.cancel(DEFAULT, owed[1].id, TESTER).await.unwrap();
    it.settle(Settlement { owed: again.clone(), ..delivered(&again[0], NOON) }).await;
    for (one, status) in
        owed.iter().zip([DeliveryStatus::Cancelled, DeliveryStatus::Delivered, DeliveryStatus::Delivered])
    {
        assert_eq!(it.status(one.id).await, status);
    }
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 2);
}

pub async fn what_is_not_to_be_sent_is_cancelled_and_says_nothing_of_the_receiver(it: Fixture) {
    let a = it.webhook("a").await;
    let before = it.owe(event("x"), a).await;
    it.settle(delivered(&before, NOON)).await;
    let owed = owe_three(&it, a).await;
    let failure = Failure { kind: FailureKind::Skipped, message: "nothing to send".into(), retry_after: None };
    let outcome = Outcome { answer: None, remote: None, result: Err(failure), ..success(NOON + HOUR) };
    let dropped = Settlement {
        attempt: None,
        owed: owed.clone(),
        outcome,
        verdict: Verdict::Dropped,
        failure_run: FailureRun::default(),
        judged_at: NOON + HOUR,
    };
    it.settle(dropped).await;
    let it = it.reopen().await;
    for one in &owed {
        let shown = it.shown(one.id).await;
        assert_eq!((shown.status, shown.last_failure), (DeliveryStatus::Cancelled, Some(FailureKind::Skipped)));
        assert_eq!((shown.attempts, shown.finished_at), (1, Some(NOON)));
    }
    assert!(it.owes_nothing().await);
    let counters = it.counters(vec![a]).await.unwrap().remove(0);
    assert_eq!((counters.delivered, counters.failed, counters.last_failure_at), (1, 0, None));
    assert_eq!(counters.last_attempt_at, Some(NOON), "nothing was attempted");
}

pub async fn the_events_of_deliveries_come_in_their_order(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let owed = owe_three(&it, a).await;
    let last = it.owe(event("y").id("four"), b).await;
    let it = it.reopen().await;
    let nobody = DeliveryId(Serial::nth(7));
    let asked = vec![owed[2].id, nobody, owed[0].id, last.id];
    let found = it.events_of(DEFAULT, asked).await.unwrap();
    let found: Vec<_> = found.iter().map(|(id, event)| (*id, event.public_id())).collect();
    let expected = [(owed[2].id, "three"), (owed[0].id, "one"), (last.id, "four")];
    assert_eq!(found, expected.map(|(id, name)| (id, name.to_owned())));
    let stranger = it.tenant("stranger").await;
    assert_eq!(it.events_of(stranger, ids(&owed)).await.unwrap(), []);
    assert_eq!(it.events_of(DEFAULT, Vec::new()).await.unwrap(), []);
}

//! A clock that was ahead and is set back.

use std::time::Duration;

use lanehook::{
    model::{DeliveryId, Serial, Timestamp},
    store::{Accepted, Settlement, Wake},
};

use super::backend::{Fixture, kept};
use crate::support::{DAY, DEFAULT, EventExt, HOUR, NOON, SECOND, TESTER, delivered, event, retried};

async fn due(it: &Fixture, webhook: lanehook::model::WebhookKey) -> Timestamp {
    it.retrying(webhook, 9).await.unwrap()[0].0
}

pub async fn a_retry_that_a_clock_ahead_put_off_for_years_waits_as_long_as_it_was_to(it: Fixture) {
    let a = it.webhook("a").await;
    let (years, wait) = (3650 * DAY, Duration::from_secs(30));
    let owed = it.owe(event("x"), a).await;
    let later = NOON + years;
    it.clock.set(later);
    it.settle(retried(&owed, later, later + wait)).await;
    assert_eq!(due(&it, a).await, later + wait);
    it.clock.set(NOON);
    let it = it.reopen().await;
    assert_eq!(due(&it, a).await, NOON + wait);
    it.wait(SECOND);
    let it = it.reopen().await;
    assert_eq!(due(&it, a).await, NOON + wait, "it is brought back once");
    assert!(it.last_serial().time() >= later, "ids only grow");
}

pub async fn a_clock_that_is_set_back_while_it_runs_brings_retries_back_and_wakes_their_lanes(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.wait(DAY);
    it.settle(retried(&owed, NOON + DAY, NOON + DAY + 5 * SECOND)).await;
    let mut subscription = it.subscribe();
    it.clock.set(NOON);
    it.ping().await.unwrap();
    assert_eq!(due(&it, a).await, NOON + 5 * SECOND);
    subscription.changed().await;
    assert!(subscription.take().wakes.contains(&Wake::Retry(a)));
}

pub async fn a_retry_of_which_no_wait_is_known_is_due_when_a_clock_ahead_is_set_back(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let (under_way, untried) = (it.owe(event("x"), a).await, it.owe(event("x"), b).await);
    let asked_for = it.owe(event("x"), it.webhook("c").await).await;
    for one in [&untried, &asked_for] {
        it.cancel(DEFAULT, one.id, TESTER).await.unwrap();
    }
    it.clock.set(NOON + HOUR);
    it.retry(DEFAULT, asked_for.id, TESTER).await.unwrap();
    // The clock goes ahead while the first is tried, and while a person asks for the second.
    it.clock.set(NOON + 3650 * DAY);
    it.settle(retried(&under_way, NOON, it.clock.now() + HOUR)).await;
    it.retry(DEFAULT, untried.id, TESTER).await.unwrap();
    it.clock.set(NOON);
    let it = it.reopen().await;
    assert_eq!((due(&it, a).await, due(&it, b).await), (NOON, NOON));
    assert_eq!(due(&it, asked_for.webhook).await, NOON, "what is asked for waits for nothing");
}

pub async fn a_retry_that_is_recorded_after_the_clock_was_set_back_waits_as_long_as_it_was_to(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.clock.set(NOON);
    it.ping().await.unwrap();
    // It was judged by the clock as it was before.
    it.settle(retried(&owed, NOON + HOUR, NOON + HOUR + 5 * SECOND)).await;
    assert_eq!(due(&it, a).await, NOON + 5 * SECOND);
}

pub async fn however_many_retries_a_clock_ahead_put_off_all_are_brought_back(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    it.clock.set(NOON + DAY);
    for webhook in [a, b] {
        for _ in 0..2 {
            it.publish(vec![event("x"); 1_000], &[webhook]).await;
            let owed = it.pending(webhook, DeliveryId(Serial::FIRST), None, 9_999).await.unwrap().deliveries;
            it.settle(Settlement { owed: owed.clone(), ..retried(&owed[0], NOON + DAY, NOON + DAY + HOUR) }).await;
        }
    }
    it.clock.set(NOON);
    // Before each answer a slice is brought back.
    for _ in 0..3 {
        it.ping().await.unwrap();
    }
    let all = [it.retrying(a, 9_999).await.unwrap(), it.retrying(b, 9_999).await.unwrap()].concat();
    assert_eq!(all.len(), 4_000);
    assert!(all.iter().all(|(due, _)| *due == NOON + HOUR));
}

/// As retention does with what is older than ten days.
async fn prune(it: &Fixture) {
    for _ in 0..100 {
        if !it.delete_finished(it.clock.now() - 10 * DAY, 100).await.unwrap() {
            return;
        }
    }
    panic!("pruning does not come to an end");
}

pub async fn what_a_clock_ahead_accepted_is_forgotten_in_its_time(it: Fixture) {
    let a = it.webhook("a").await;
    it.clock.set(NOON + 3650 * DAY);
    let with_id = || vec![event("x").id("mine")];
    let owed = it.owe(event("x").id("mine"), a).await;
    it.settle(delivered(&owed, it.clock.now())).await;
    let unwanted = kept(&it.publish(vec![event("x")], &[]).await[0]);
    it.clock.set(NOON);
    prune(&it).await;

    it.wait(DAY);
    let it = it.reopen().await;
    let again = it.publish(with_id(), &[]).await;
    assert_eq!(again, [Accepted::Duplicate { key: owed.event, deliveries: 1 }], "24 hours after it was set back");
    it.wait(SECOND);
    let later = kept(&it.publish(with_id(), &[]).await[0]);
    assert!(later > owed.event);

    it.wait(9 * DAY - 2 * SECOND);
    prune(&it).await;
    assert!(
        it.event(DEFAULT, unwanted).await.unwrap().is_some() && it.event(DEFAULT, owed.event).await.unwrap().is_some()
    );
    it.wait(2 * SECOND);
    prune(&it).await;
    assert!(it.event(DEFAULT, unwanted).await.unwrap().is_none());
    assert!(
        it.event(DEFAULT, owed.event).await.unwrap().is_some(),
        "nobody knows when its delivery was finished: now at the latest"
    );
    it.wait(10 * DAY + HOUR);
    prune(&it).await;
    assert!(
        it.event(DEFAULT, owed.event).await.unwrap().is_none() && it.event(DEFAULT, later).await.unwrap().is_none()
    );
    let it = it.reopen().await;
    let next = kept(&it.publish(with_id(), &[]).await[0]);
    assert!(next > later, "also if all that had them is gone, serials only grow");
}

pub async fn an_attempt_that_left_nothing_keeps_its_name_when_the_clock_is_set_back(it: Fixture) {
    prune(&it).await;
    it.wait(59 * SECOND);
    let lost = it.begin_attempt();
    it.clock.set(NOON - HOUR);
    let it = it.crash();
    let next = it.begin_attempt();
    assert!(next > lost, "{next} after {lost}");
}

//! Attempts are named when they begin, and recorded when they have ended, in whatever order that is.

use lanehook::{
    model::{AttemptId, DeliveryId, Serial},
    store::Settlement,
};

use super::backend::Fixture;
use crate::support::{DAY, DEFAULT, NOON, SECOND, delivered, event, retried};

async fn chain(it: &Fixture, id: DeliveryId) -> Vec<AttemptId> {
    it.delivery(DEFAULT, id).await.unwrap().unwrap().1.iter().map(|attempt| attempt.id).collect()
}

pub async fn an_attempt_keeps_the_name_it_began_under(it: Fixture) {
    let a = it.webhook("a").await;
    let (slow, quick) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    let (first, second) = (it.begin_attempt(), it.begin_attempt());
    assert!(first < second, "two of one millisecond");
    assert_eq!((first.0.time(), second.0.time()), (NOON, NOON));
    it.wait(30 * SECOND);
    // What is committed meanwhile has greater serials than the attempts that are recorded later.
    let after = it.owe(event("x"), a).await;
    let before = it.pending(a, DeliveryId(Serial::FIRST), None, 9).await.unwrap();
    it.settle(Settlement { attempt: Some(second), ..delivered(&quick, NOON) }).await;
    it.settle(Settlement { attempt: Some(first), ..retried(&slow, NOON, NOON) }).await;
    let newest = it.owe(event("x"), a).await;
    let pending = it.pending(a, before.upto, None, 9).await.unwrap();
    assert_eq!(before.deliveries.last().unwrap().id, after.id);
    assert_eq!(pending.deliveries, [newest], "a cursor passes nothing over");
    let third = it.begin_attempt();
    it.settle(Settlement { attempt: Some(third), ..delivered(&it.waiting(a).await[0], NOON) }).await;
    let it = it.reopen().await;
    assert_eq!(chain(&it, slow.id).await, [first, third]);
    assert_eq!(chain(&it, quick.id).await, [second]);
}

pub async fn names_go_on_after_a_crash_and_a_clock_that_was_set_back(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.wait(DAY);
    let recorded = it.begin_attempt();
    it.settle(Settlement { attempt: Some(recorded), ..retried(&owed, NOON, NOON) }).await;
    it.clock.set(NOON);
    let it = it.crash();
    let next = it.begin_attempt();
    assert!(next > recorded, "{next} after {recorded}");
    it.settle(Settlement { attempt: Some(next), ..delivered(&it.waiting(a).await[0], NOON) }).await;
    assert_eq!(chain(&it, owed.id).await, [recorded, next]);
}

pub async fn an_attempt_of_no_request_is_named_when_it_is_recorded(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    let before = it.begin_attempt();
    it.wait(SECOND);
    it.settle(delivered(&owed, NOON)).await;
    let named = chain(&it, owed.id).await;
    assert!(named[0] > before && named[0].0.time() == NOON + SECOND);
}

//! A clock that was ahead and is set back.

use std::time::Duration;

use lanehook::{model::Timestamp, store::Wake};

use super::backend::Fixture;
use crate::support::{DAY, NOON, SECOND, event, retried};

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

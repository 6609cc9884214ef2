//! Retention: what is long finished goes, what is owed stays.

use lanehook::{
    model::{DeliveryId, DeliveryStatus, EventKey, TenantKey, Timestamp},
    store::{Accepted, Broadcast, DeliveryQuery, EventQuery, Settlement, TenantCopy},
};

use super::backend::{Fixture, kept};
use crate::support::{
    DAY, DEFAULT, EventExt, HOUR, NOON, SECOND, TESTER, delivered, event, given_up, retried, webhook_of,
};

async fn events(it: &Fixture) -> Vec<EventKey> {
    let query = EventQuery { limit: 10_000, ..Default::default() };
    it.events(DEFAULT, query).await.unwrap().iter().rev().map(|event| event.key).collect()
}

async fn deliveries(it: &Fixture) -> Vec<DeliveryId> {
    let query = DeliveryQuery { limit: 10_000, ..Default::default() };
    it.deliveries(DEFAULT, query).await.unwrap().iter().rev().map(|delivery| delivery.id).collect()
}

/// Deletes until nothing more is said to be there.
async fn delete_all_finished(it: &Fixture, before: Timestamp, slice: usize) {
    for _ in 0..1000 {
        if !it.delete_finished(before, slice).await.unwrap() {
            return;
        }
    }
    panic!("deleting does not come to an end");
}

pub async fn old_finished_deliveries_go_with_events_and_attempts(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let old = it.owe(event("x"), a).await;
    it.settle(delivered(&old, NOON)).await;
    let failed = it.owe(event("x").id("mine"), a).await;
    it.settle(given_up(&failed, NOON)).await;
    let cancelled = it.owe(event("x"), b).await;
    it.cancel(DEFAULT, cancelled.id, TESTER).await.unwrap();
    it.publish(vec![event("nobody")], &[]).await;
    it.wait(DAY);
    let before = it.clock.now();
    let new = it.owe(event("x"), a).await;
    it.settle(delivered(&new, before)).await;
    it.wait(DAY);

    assert!(!it.delete_finished(NOON, 100).await.unwrap(), "nothing is older");
    assert_eq!(events(&it).await.len(), 5);
    delete_all_finished(&it, before, 100).await;
    assert_eq!((events(&it).await, deliveries(&it).await), (vec![new.event], vec![new.id]));
    assert!(it.delivery(DEFAULT, old.id).await.unwrap().is_none());
    assert!(it.find_event(DEFAULT, "mine").await.unwrap().is_none());
    assert_eq!(it.delivery(DEFAULT, new.id).await.unwrap().unwrap().1.len(), 1);
    let it = it.reopen().await;
    assert_eq!(events(&it).await, [new.event]);
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 2, "what happened stays counted");
}

pub async fn what_is_owed_stays_until_it_is_finished(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let pending = it.owe(event("x"), a).await;
    let waiting = it.owe(event("x"), a).await;
    it.settle(retried(&waiting, NOON, NOON + HOUR)).await;
    let half = kept(&it.publish(vec![event("x")], &[a, b]).await[0]);
    let half_event = it.event(DEFAULT, half).await.unwrap().unwrap();
    let of_half = it.deliveries_of(&half_event).await;
    it.cancel(DEFAULT, of_half[0].id, TESTER).await.unwrap();
    it.wait(DAY);
    let before = it.clock.now();
    it.wait(SECOND);
    delete_all_finished(&it, before, 100).await;
    assert_eq!(deliveries(&it).await, [pending.id, waiting.id, of_half[1].id]);
    assert_eq!(events(&it).await, [pending.event, waiting.event, half]);
    assert_eq!(it.delivery(DEFAULT, waiting.id).await.unwrap().unwrap().1.len(), 1, "with its attempts");

    let waiting = it.waiting(a).await.remove(0);
    it.record(DEFAULT, vec![delivered(&waiting, before), delivered(&pending, before)]).await;
    assert_eq!(it.delivery(DEFAULT, waiting.id).await.unwrap().unwrap().1.len(), 2);
    it.cancel(DEFAULT, of_half[1].id, TESTER).await.unwrap();
    let it = it.reopen().await;
    delete_all_finished(&it, before, 100).await;
    assert_eq!(deliveries(&it).await.len(), 3, "what has only just finished is kept as long as everything else");
    assert_eq!(it.delivery(DEFAULT, waiting.id).await.unwrap().unwrap().1.len(), 2, "with its attempts");
    it.wait(SECOND);
    delete_all_finished(&it, it.clock.now(), 100).await;
    assert_eq!((events(&it).await, deliveries(&it).await), (vec![], vec![]), "later it goes as well");
}

pub async fn an_attempt_of_a_batch_stays_as_long_as_one_that_it_tells_of(it: Fixture) {
    let a = it.webhook("a").await;
    let mut owed = Vec::new();
    for _ in 0..3 {
        owed.push(it.owe(event("x"), a).await);
    }
    it.settle(Settlement { owed: owed.clone(), ..retried(&owed[0], NOON, NOON) }).await;
    let mut again = it.waiting(a).await;
    again.sort_unstable_by_key(|owed| owed.id);
    it.settle(given_up(&again[0], NOON)).await;
    it.settle(delivered(&again[1], NOON)).await;
    it.wait(DAY);
    delete_all_finished(&it, it.clock.now(), 100).await;
    assert_eq!(deliveries(&it).await, [owed[2].id], "the first of the batch is gone");
    let attempts = it.delivery(DEFAULT, owed[2].id).await.unwrap().unwrap().1;
    assert_eq!(attempts.iter().map(|one| one.batch.len()).collect::<Vec<_>>(), [3], "and its chain can be read");
    it.settle(delivered(&again[2], NOON + DAY)).await;
    it.wait(DAY);
    delete_all_finished(&it, it.clock.now(), 100).await;
    assert_eq!(deliveries(&it).await, []);
}

pub async fn a_slice_of_large_events_is_a_short_one(it: Fixture) {
    let large = format!("\"{}\"", "x".repeat(3 << 20));
    for _ in 0..5 {
        it.publish(vec![event("x").data(&large)], &[]).await;
    }
    it.wait(DAY);
    assert!(it.delete_finished(it.clock.now(), 500).await.unwrap());
    assert_eq!(events(&it).await.len(), 3, "8 MiB at one time");
    delete_all_finished(&it, it.clock.now(), 500).await;
    assert_eq!(events(&it).await, []);
}

pub async fn deleting_in_slices_comes_to_an_end(it: Fixture) {
    let webhooks = [it.webhook("a").await, it.webhook("b").await, it.webhook("c").await];
    for n in 0..10 {
        it.publish(vec![event("x"), event("nobody")], &webhooks[..n % 4]).await;
        it.wait(SECOND);
    }
    let old = deliveries(&it).await;
    for id in &old {
        it.cancel(DEFAULT, *id, TESTER).await.unwrap();
    }
    it.wait(SECOND);
    let before = it.clock.now();
    let owed = it.owe(event("x"), webhooks[0]).await;
    let count = events(&it).await.len();
    assert!(it.delete_finished(before, 2).await.unwrap());
    let left = (events(&it).await.len(), deliveries(&it).await.len());
    assert!(left.0 >= count - 2 && left.1 > old.len() - 2, "a slice is small: {left:?}");
    delete_all_finished(&it, before, 2).await;
    assert_eq!((events(&it).await, deliveries(&it).await), (vec![owed.event], vec![owed.id]));
    assert_eq!(it.status(owed.id).await, DeliveryStatus::Pending);
}

pub async fn deleting_comes_to_an_end_where_its_passes_began_at_different_times(it: Fixture) {
    let (gone, active) = (it.webhook("gone").await, it.webhook("active").await);
    it.publish(vec![event("x")], &[gone, active]).await;
    it.delete_webhook(gone, None, TESTER).await.unwrap();
    it.wait(HOUR);
    // All of it is owed and stays: one slice for each row, and one that finds no more; two for the deleted webhook.
    assert!(it.delete_finished(NOON, 1).await.unwrap(), "half of the webhooks were looked at");
    delete_all_finished(&it, it.clock.now(), 1).await;
    assert_eq!(deliveries(&it).await.len(), 2);
}

pub async fn an_id_is_remembered_longer_than_its_event(it: Fixture) {
    let key = kept(&it.publish(vec![event("x").id("mine")], &[]).await[0]);
    it.wait(HOUR);
    delete_all_finished(&it, it.clock.now(), 10).await;
    assert!(events(&it).await.is_empty());
    let again = it.publish(vec![event("x").id("mine")], &[]).await;
    assert!(matches!(again[0], Accepted::Duplicate { key: first, .. } if first == key), "{again:?}");
    it.wait(DAY);
    delete_all_finished(&it, NOON, 10).await;
    kept(&it.publish(vec![event("y").id("mine")], &[]).await[0]);
}

pub async fn a_broadcasts_record_lasts_as_long_as_its_copies(it: Fixture) {
    let mut copies = Vec::new();
    for name in ["acme", "bolt", "corp", "dune"] {
        let tenant = it.tenant(name).await;
        let webhook = it.made(webhook_of(tenant, "w")).await.key;
        copies.push(TenantCopy { tenant, difference: None, webhooks: vec![webhook] });
    }
    let broadcast = || it.broadcast(Broadcast { event: event("x").id("n"), is_named: true, copies: copies.clone() });
    let key = kept(&broadcast().await.unwrap());
    let first = DeliveryId(lanehook::model::Serial::FIRST);
    let mut owed = Vec::new();
    for TenantCopy { tenant, webhooks, .. } in &copies {
        owed.push((*tenant, it.pending(webhooks[0], first, None, 1).await.unwrap().deliveries.remove(0)));
    }
    let there = async |tenant: TenantKey| {
        let query = EventQuery { limit: 100, ..Default::default() };
        it.events(tenant, query).await.unwrap().len()
    };
    // All but one are finished.
    for (tenant, delivery) in owed.iter().filter(|(tenant, _)| *tenant != copies[2].tenant) {
        it.cancel(*tenant, delivery.id, TESTER).await.unwrap();
    }
    it.wait(HOUR);
    let before = it.clock.now();
    it.wait(SECOND);
    for slice in [1, 2, 100] {
        delete_all_finished(&it, before, slice).await;
        let mut left = Vec::new();
        for copy in &copies {
            left.push(there(copy.tenant).await);
        }
        assert_eq!((left, there(TenantKey::ALL).await), (vec![0, 0, 1, 0], 1), "in slices of {slice}");
        let again = broadcast().await.unwrap();
        assert_eq!(again, Accepted::Duplicate { key, deliveries: 4 }, "as it was answered first");
    }
    it.settle(delivered(&owed[2].1, before)).await;
    it.wait(SECOND);
    delete_all_finished(&it, it.clock.now(), 1).await;
    assert_eq!((there(copies[2].tenant).await, there(TenantKey::ALL).await), (0, 0), "nothing of it is left");
    let again = broadcast().await.unwrap();
    assert_eq!(again, Accepted::Duplicate { key, deliveries: 0 }, "but that it was");
}

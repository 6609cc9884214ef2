//! Finding an event by the id that the API shows.

use std::collections::BTreeMap;

use lanehook::{
    model::{DeliveryId, DeliveryStatus, EventKey, Serial},
    store::{DeliveryQuery, DeliveryTo, EventQuery, Test},
};

use super::{
    backend::{Fixture, kept},
    fan_out::come,
};
use crate::support::{DAY, DEFAULT, EventExt, NOON, TESTER, delivered, event, success};

async fn find(it: &Fixture, id: &str) -> Option<EventKey> {
    it.find_event(DEFAULT, id).await.unwrap().map(|event| event.key)
}

pub async fn an_event_is_found_by_the_id_that_is_shown(it: Fixture) {
    let answers = it.publish(vec![event("x").id("mine"), event("x"), event("x").idempotency_key("k")], &[]).await;
    let keys: Vec<EventKey> = answers.iter().map(kept).collect();
    assert_eq!(find(&it, "mine").await, Some(keys[0]));
    assert_eq!(find(&it, &keys[1].to_string()).await, Some(keys[1]));
    assert_eq!(find(&it, &keys[2].to_string()).await, Some(keys[2]));
    assert_eq!(find(&it, &keys[0].to_string()).await, None, "it has another name");
    for unknown in ["", "k", "MINE", "mine ", "evt_", "dlv_0000000000000", &EventKey(Serial::nth(1)).to_string()] {
        assert_eq!(find(&it, unknown).await, None, "{unknown}");
    }
    for key in keys {
        let event = it.event(DEFAULT, key).await.unwrap().unwrap();
        assert_eq!(find(&it, &event.public_id()).await, Some(key));
    }
    assert_eq!(it.event(DEFAULT, EventKey(Serial::nth(1))).await.unwrap(), None);
}

pub async fn of_several_with_one_id_the_newest_is_found(it: Fixture) {
    let first = kept(&it.publish(vec![event("x").id("mine")], &[]).await[0]);
    it.wait(2 * DAY);
    let second = kept(&it.publish(vec![event("y").id("mine")], &[]).await[0]);
    assert_eq!(find(&it, "mine").await, Some(second));
    // A name that another event's key happens to spell is still the name of its own.
    let named = kept(&it.publish(vec![event("x").id(&first.to_string())], &[]).await[0]);
    assert_eq!(find(&it, &first.to_string()).await, Some(named));
}

pub async fn another_tenants_event_is_not_found(it: Fixture) {
    let acme = it.tenant("acme").await;
    let key = kept(&it.publish(vec![event("x")], &[]).await[0]);
    it.publish(vec![event("x").id("mine")], &[]).await;
    assert!(it.find_event(acme, "mine").await.unwrap().is_none());
    assert!(it.find_event(acme, &key.to_string()).await.unwrap().is_none());
    let theirs = kept(&it.publish_for(acme, vec![event("y").id("mine")], &[]).await[0]);
    assert_eq!(it.find_event(acme, "mine").await.unwrap().unwrap().key, theirs);
}

pub async fn a_page_of_large_events_ends_with_the_one_that_is_too_much(it: Fixture) {
    let data = format!("\"{}\"", "x".repeat(998));
    it.publish((0..5).map(|_| event("x").data(&data)).collect(), &[]).await;
    let page = async |bytes, limit| {
        let query = EventQuery { bytes, limit, ..Default::default() };
        it.events(DEFAULT, query).await.unwrap().len()
    };
    assert_eq!((page(Some(2000), 9).await, page(Some(1999), 9).await), (3, 2));
    assert_eq!(page(Some(1), 9).await, 2, "one to show, and one that says that there is more");
    assert_eq!((page(Some(1), 1).await, page(Some(5000), 9).await, page(None, 9).await), (1, 5, 5));
}

pub async fn events_are_found_by_how_the_id_begins_that_is_shown(it: Fixture) {
    let acme = it.tenant("acme").await;
    let named = ["order-2", "order-10", "order-1", "orders", "Order-1"].map(|id| event("x").id(id)).to_vec();
    let first = kept(&it.publish(named, &[]).await[0]);
    it.publish_for(acme, vec![event("x").id("order-3")], &[]).await;
    let own: Vec<EventKey> = it.publish(vec![event("x"), event("y")], &[]).await.iter().map(kept).collect();
    let theirs = kept(&it.publish_for(acme, vec![event("x")], &[]).await[0]);
    let found = async |tenant, start: &str, limit| -> Vec<String> {
        it.events_named(tenant, start, limit).await.unwrap().iter().map(|event| event.public_id()).collect()
    };
    assert_eq!(found(DEFAULT, "order-", 9).await, ["order-1", "order-10", "order-2"]);
    assert_eq!(found(DEFAULT, "order-", 2).await, ["order-1", "order-10"]);
    assert_eq!(found(acme, "order", 9).await, ["order-3"]);
    for unknown in ["order-9", "rder", "evt_zzz", "evt_u", "dlv_0", "\u{10FFFF}"] {
        assert_eq!(found(DEFAULT, unknown, 9).await, [""; 0], "{unknown}");
    }
    let newest_first = [own[1].to_string(), own[0].to_string()];
    assert_eq!(found(DEFAULT, "evt_", 9).await, newest_first, "the others have names of their own");
    assert_eq!(found(DEFAULT, &newest_first[0], 9).await, newest_first[..1]);
    assert_eq!(found(DEFAULT, &first.to_string(), 9).await, [""; 0]);
    assert_eq!(found(DEFAULT, &theirs.to_string(), 9).await, [""; 0]);
    it.wait(2 * DAY);
    let again = kept(&it.publish(vec![event("z").id("order-2")], &[]).await[0]);
    let newest = it.events_named(DEFAULT, "order-2", 9).await.unwrap();
    assert_eq!(newest.iter().map(|event| event.key).collect::<Vec<_>>(), [again], "of several with one id the newest");
    // However often an id was used, it stands for one of those that are asked for.
    for _ in 0..3 {
        it.wait(2 * DAY);
        it.publish(vec![event("z").id("order-1")], &[]).await;
    }
    assert_eq!(found(DEFAULT, "order-", 2).await, ["order-1", "order-10"]);
}

pub async fn deliveries_are_found_by_how_their_id_begins(it: Fixture) {
    let acme = it.tenant("acme").await;
    let a = it.webhook("a").await;
    let mut own = Vec::new();
    for _ in 0..3 {
        own.push(it.owe(event("x"), a).await);
    }
    it.settle(delivered(&own[0], NOON)).await;
    it.cancel(DEFAULT, own[1].id, TESTER).await.unwrap();
    let found = async |tenant, start: &str, limit| -> Vec<DeliveryId> {
        let (first, end) = DeliveryId::beginning(start).unwrap();
        let query = DeliveryQuery { since: Some(first), before: Some(end), limit, ..Default::default() };
        it.deliveries(tenant, query).await.unwrap().iter().map(|delivery| delivery.id).collect()
    };
    let newest_first: Vec<DeliveryId> = own.iter().rev().map(|owed| owed.id).collect();
    assert_eq!(found(DEFAULT, "dlv_", 9).await, newest_first);
    assert_eq!(found(DEFAULT, "dlv_", 2).await, newest_first[..2]);
    for owed in &own {
        assert_eq!(found(DEFAULT, &owed.id.to_string(), 9).await, [owed.id]);
    }
    assert_eq!(found(DEFAULT, "dlv_7zz", 9).await, []);
    assert_eq!(found(acme, "dlv_", 9).await, []);
}

pub async fn an_event_tells_the_newest_delivery_to_each_webhook(it: Fixture) {
    let (a, b, c) = (it.webhook("a").await, it.webhook("b").await, it.webhook("c").await);
    let key = kept(&it.publish(vec![event("x")], &[a, b]).await[0]);
    it.publish(vec![event("x")], &[a, b, c]).await;
    let event = it.event(DEFAULT, key).await.unwrap().unwrap();
    let told = async |webhooks: &[_]| {
        let mut told = it.deliveries_to(&event, webhooks.to_vec()).await.unwrap();
        told.sort_by_key(|delivery| delivery.webhook);
        told
    };
    let [of_a, of_b] = it.owed_by(key).await[..] else { panic!("two webhooks are owed it") };
    let to = |webhook, id, status| DeliveryTo { webhook, id, status };
    assert_eq!(told(&[c, b, a]).await, [to(a, of_a, DeliveryStatus::Pending), to(b, of_b, DeliveryStatus::Pending)]);
    assert_eq!((told(&[c]).await, told(&[]).await), (vec![], vec![]));
    it.cancel(DEFAULT, of_a, TESTER).await.unwrap();
    assert_eq!(told(&[a]).await, [to(a, of_a, DeliveryStatus::Cancelled)]);
    let again = it.replay(DEFAULT, of_a, false, TESTER).await.unwrap().unwrap();
    assert_eq!(told(&[a]).await, [to(a, again.id, DeliveryStatus::Pending)]);
}

pub async fn of_a_large_fan_out_each_webhook_is_told_its_newest_delivery(it: Fixture) {
    let mut webhooks = Vec::new();
    for number in 0..230 {
        webhooks.push(it.webhook(&format!("w{number}")).await);
    }
    let (owed, others) = webhooks.split_at(220);
    let key = kept(&it.publish(vec![event("x")], owed).await[0]);
    it.publish(vec![event("y")], &webhooks).await;
    come(&it, &[key]).await;
    let published = it.event(DEFAULT, key).await.unwrap().unwrap();
    // The first and the last again, and once more, of those that were made at once and of those that were unfolded.
    let all = it.owed_by(key).await;
    for id in [all[0], all[99], all[100], all[219], all[0]] {
        it.cancel(DEFAULT, id, TESTER).await.unwrap();
        it.replay(DEFAULT, id, false, TESTER).await.unwrap().unwrap();
    }
    let mut newest = BTreeMap::new();
    // They are listed newest first.
    for delivery in it.deliveries_of(&published).await.into_iter().rev() {
        newest.insert(delivery.webhook, (delivery.id, delivery.status));
    }
    // A test is none of what it came to, also if it is the newest.
    for &webhook in [owed[0], owed[150], others[0]].iter() {
        let ids = it.begin_test(DEFAULT).await.unwrap();
        let (outcome, at) = (success(NOON), NOON);
        let test =
            Test { tenant: DEFAULT, webhook, ids, event: published.clone(), repeats: None, own_id: false, outcome, at };
        it.keep_test(test, TESTER).await.unwrap().unwrap();
    }
    let mut told = BTreeMap::new();
    for some in webhooks.chunks(50) {
        let found = it.deliveries_to(&published, some.to_vec()).await.unwrap();
        told.extend(found.into_iter().map(|made| (made.webhook, (made.id, made.status))));
    }
    assert_eq!(told, newest);
    assert_eq!(told.len(), 220);
}

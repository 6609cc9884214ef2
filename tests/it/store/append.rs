//! Acknowledged means kept, and kept once.

use std::time::Duration;

use lanehook::{
    model::{DeliveryId, DeliveryStatus, EventKey, NewEvent, Serial, TenantKey, Timestamp, WebhookKey},
    store::{Accepted, Append, Broadcast, Clash, DeliveryQuery, Difference, EventQuery, Result, TenantCopy},
};

use super::backend::{Fixture, clash, kept};
use crate::support::{DAY, DEFAULT, EventExt, NOON, SECOND, event, ordering_key, webhook_of};

async fn count_events(it: &Fixture) -> usize {
    it.events(DEFAULT, EventQuery { limit: 1000, ..Default::default() }).await.unwrap().len()
}

pub async fn what_was_answered_is_there_after_a_restart(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let mut full = event("price.alert").id("mine").ordered_by("AAPL").data(r#"{ "b" : 1.00, "a":"é" }"#);
    full.version = Some(3);
    full.timestamp = Some(Timestamp::from_millis(1_234_567_890_123));
    let key = kept(&it.publish(vec![full.clone()], &[a, b]).await[0]);
    let before = it.event(DEFAULT, key).await.unwrap().unwrap();

    let it = it.reopen().await;
    let event = it.event(DEFAULT, key).await.unwrap().unwrap();
    assert_eq!(event, before);
    assert_eq!(event.data, full.data);
    assert_eq!((event.caller_id.clone(), event.version), (full.caller_id, Some(3)));
    assert_eq!((event.timestamp, event.fan_out), (full.timestamp.unwrap(), 2));
    assert_eq!(event.ordering_key, Some(ordering_key("AAPL")));
    let deliveries = it.deliveries_of(&event).await;
    assert_eq!(deliveries.iter().map(|d| d.webhook).collect::<Vec<_>>(), [b, a], "newest first");
    assert!(deliveries.iter().all(|d| d.status == DeliveryStatus::Pending && d.event == key));
}

pub async fn what_was_answered_survives_a_crash(it: Fixture) {
    let a = it.webhook("a").await;
    let mut keys = Vec::new();
    for _ in 0..20 {
        keys.push(kept(&it.publish(vec![event("x")], &[a]).await[0]));
    }
    let it = it.crash();
    for key in keys {
        assert!(it.event(DEFAULT, key).await.unwrap().is_some());
    }
    let pending = it.pending(a, lowest(), None, 100).await.unwrap();
    assert_eq!(pending.deliveries.len(), 20);
}

fn lowest() -> DeliveryId {
    DeliveryId(Serial::FIRST)
}

pub async fn ids_grow_with_time_and_through_a_restart(it: Fixture) {
    let a = it.webhook("a").await;
    let first = it.owe(event("x"), a).await;
    let second = it.owe(event("x"), a).await;
    assert!(first.event.0 < first.id.0 && first.id.0 < second.event.0);
    assert_eq!(first.id.0.time(), NOON);
    // Everything that carries a serial: the clock stands still, so nothing but the data can tell what was given out.
    let webhook = it.webhook("b").await;
    let tenant = it.tenant("last").await;
    let it = it.reopen().await;
    let third = it.owe(event("x"), a).await;
    assert!(third.event.0 > webhook.0 && third.event.0 > Serial::nth(tenant.0), "{third:?}, {tenant:?}");
    let it = it.crash();
    assert!(it.owe(event("x"), a).await.id > third.id);
}

pub async fn a_batch_keeps_its_order(it: Fixture) {
    let a = it.webhook("a").await;
    let events = (0..50).map(|n| event("x").data(&n.to_string())).collect();
    let keys: Vec<EventKey> = it.publish(events, &[a]).await.iter().map(kept).collect();
    assert!(keys.is_sorted());
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(it.event(DEFAULT, *key).await.unwrap().unwrap().data, n.to_string());
    }
}

pub async fn an_event_that_nobody_wants_is_kept(it: Fixture) {
    let key = kept(&it.publish(vec![event("x")], &[]).await[0]);
    assert_eq!(it.recent_event(key), None, "nobody will ask for it soon");
    assert_eq!(it.event(DEFAULT, key).await.unwrap().unwrap().fan_out, 0);
}

pub async fn a_committed_event_is_in_memory(it: Fixture) {
    let owed = it.owe(event("x"), it.webhook("a").await).await;
    let event = it.recent_event(owed.event).unwrap();
    assert_eq!(event.key, owed.event);
    let it = it.reopen().await;
    assert_eq!(it.recent_event(owed.event), None);
    assert_eq!(it.event(DEFAULT, owed.event).await.unwrap(), Some(event), "memory and disk say the same");
}

pub async fn an_id_is_a_duplicate_for_a_day(it: Fixture) {
    let a = it.webhook("a").await;
    let first = event("x").id("mine");
    let key = kept(&it.publish(vec![first.clone()], &[a]).await[0]);
    let duplicate = vec![Accepted::Duplicate { key, deliveries: 1 }];
    assert_eq!(it.publish(vec![first.clone()], &[a, a]).await, duplicate, "this is the first answer");
    it.wait(DAY);
    let it = it.reopen().await;
    assert_eq!(it.publish(vec![first.clone()], &[a]).await, duplicate, "exactly 24 hours, after a restart");
    assert_eq!(count_events(&it).await, 1);

    it.wait(Duration::from_millis(1));
    let next = kept(&it.publish(vec![first.clone()], &[]).await[0]);
    assert_ne!(next, key);
    let answer = it.publish(vec![first], &[a]).await;
    assert_eq!(answer, [Accepted::Duplicate { key: next, deliveries: 0 }], "the newer one is now the first answer");
    assert_eq!(count_events(&it).await, 2);
}

pub async fn the_same_id_with_other_content_clashes(it: Fixture) {
    let key = kept(&it.publish(vec![event("x").id("mine")], &[]).await[0]);
    for other in [
        event("y").id("mine"),
        event("x").id("mine").data("2"),
        event("x").id("mine").ordered_by("k"),
        lanehook::model::NewEvent { version: Some(1), ..event("x").id("mine") },
        lanehook::model::NewEvent { timestamp: Some(NOON), ..event("x").id("mine") },
    ] {
        assert_eq!(it.clash(vec![other], &[]).await, Clash { place: 0, earlier: Some(key) });
    }
    it.wait(DAY + Duration::from_millis(1));
    kept(&it.publish(vec![event("y").id("mine")], &[]).await[0]);
}

pub async fn a_clash_keeps_nothing_of_its_batch(it: Fixture) {
    let a = it.webhook("a").await;
    let key = kept(&it.publish(vec![event("x").id("mine")], &[]).await[0]);
    let batch = vec![event("x").id("new"), event("y").id("mine"), event("x")];
    assert_eq!(it.clash(batch, &[a]).await, Clash { place: 1, earlier: Some(key) });
    assert_eq!(count_events(&it).await, 1);
    assert!(it.pending(a, lowest(), None, 10).await.unwrap().deliveries.is_empty());
    kept(&it.publish(vec![event("z").id("new")], &[]).await[0]);
}

pub async fn one_id_twice_in_a_batch_is_one_event(it: Fixture) {
    let a = it.webhook("a").await;
    let answers = it.publish(vec![event("x").id("mine"), event("x"), event("x").id("mine")], &[a]).await;
    let key = kept(&answers[0]);
    assert_eq!(answers[2], Accepted::Duplicate { key, deliveries: 1 });
    assert_eq!(count_events(&it).await, 2);
}

pub async fn one_id_for_two_contents_of_a_batch_keeps_nothing_of_it(it: Fixture) {
    let a = it.webhook("a").await;
    for (first, second) in [
        (event("x").id("mine"), event("y").id("mine")),
        (event("x").idempotency_key("mine"), event("y").idempotency_key("mine")),
    ] {
        assert_eq!(it.clash(vec![event("x"), first, second], &[a]).await, Clash { place: 2, earlier: None });
        assert_eq!(count_events(&it).await, 0);
        assert!(it.pending(a, lowest(), None, 10).await.unwrap().deliveries.is_empty());
        assert!(it.recent_pending(a, lowest(), 10).is_none_or(|pending| pending.deliveries.is_empty()));
    }
}

pub async fn ids_and_idempotency_keys_are_names_of_their_own(it: Fixture) {
    let id = kept(&it.publish(vec![event("x").id("n")], &[]).await[0]);
    let key = kept(&it.publish(vec![event("y").idempotency_key("n")], &[]).await[0]);
    let answers = it.publish(vec![event("x").id("n"), event("y").idempotency_key("n")], &[]).await;
    let duplicate = |key| Accepted::Duplicate { key, deliveries: 0 };
    assert_eq!(answers, [duplicate(id), duplicate(key)]);
    let both = kept(&it.publish(vec![event("z").id("both").idempotency_key("both")], &[]).await[0]);
    assert_eq!(it.publish(vec![event("z").id("both")], &[]).await, [duplicate(both)]);
    assert_eq!(it.publish(vec![event("z").idempotency_key("both")], &[]).await, [duplicate(both)]);
}

pub async fn tenants_do_not_share_ids(it: Fixture) {
    let acme = it.tenant("acme").await;
    kept(&it.publish(vec![event("x").id("n").idempotency_key("k")], &[]).await[0]);
    kept(&it.publish_for(acme, vec![event("y").id("n").idempotency_key("k")], &[]).await[0]);
}

pub async fn concurrent_requests_with_one_id_keep_one_event(it: Fixture) {
    let a = it.webhook("a").await;
    let append = || {
        let batch = Append { tenant: DEFAULT, events: vec![(event("x").id("mine"), vec![a])] };
        it.append(batch)
    };
    let answers = futures_util::future::join_all((0..20).map(|_| append())).await;
    let answers: Vec<Accepted> = answers.into_iter().flat_map(Result::unwrap).collect();
    let first = answers.iter().find(|answer| matches!(answer, Accepted::Kept { .. })).unwrap();
    let key = kept(first);
    let duplicates = answers.iter().filter(|answer| **answer == Accepted::Duplicate { key, deliveries: 1 }).count();
    assert_eq!(duplicates, 19);
    let query = DeliveryQuery { limit: 100, ..Default::default() };
    assert_eq!(it.deliveries(DEFAULT, query).await.unwrap().len(), 1);
}

// ── to all tenants ──────────────────────────────────────────────────────────────────────────────────────────────────

/// Three tenants: one with two webhooks, one with one, one with none.
async fn tenants(it: &Fixture) -> [(TenantKey, Vec<WebhookKey>); 3] {
    let (acme, bolt) = (it.tenant("acme").await, it.tenant("bolt").await);
    let of = async |tenant, id| it.made(webhook_of(tenant, id)).await.key;
    [(acme, vec![of(acme, "a").await, of(acme, "b").await]), (bolt, vec![of(bolt, "a").await]), (DEFAULT, vec![])]
}

async fn broadcast(it: &Fixture, event: NewEvent, to: &[(TenantKey, Vec<WebhookKey>)]) -> Result<Accepted> {
    let copy = |(tenant, webhooks): &(TenantKey, Vec<WebhookKey>)| TenantCopy {
        tenant: *tenant,
        difference: None,
        webhooks: webhooks.clone(),
    };
    let copies = to.iter().filter(|(_, webhooks)| !webhooks.is_empty()).map(copy).collect();
    it.broadcast(Broadcast { event, is_named: true, copies }).await
}

/// How many events and deliveries a tenant has.
async fn counts(it: &Fixture, tenant: TenantKey) -> (usize, usize) {
    let events = it.events(tenant, EventQuery { limit: 1000, ..Default::default() }).await.unwrap();
    assert!(events.iter().all(|event| event.tenant == tenant));
    let deliveries = it.deliveries(tenant, DeliveryQuery { limit: 1000, ..Default::default() }).await.unwrap();
    assert!(deliveries.iter().all(|delivery| events.iter().any(|event| event.key == delivery.event)));
    (events.len(), deliveries.len())
}

pub async fn a_broadcast_is_a_copy_of_its_own_for_each_tenant(it: Fixture) {
    let to = tenants(&it).await;
    let [(acme, ref of_acme), (bolt, ref of_bolt), _] = to;
    let difference = Difference::between(&event("x").data, br#"{"of":"bolt"}"#);
    let copies = vec![
        TenantCopy { tenant: acme, difference: None, webhooks: of_acme.clone() },
        TenantCopy { tenant: bolt, difference: Some(difference), webhooks: of_bolt.clone() },
    ];
    let answer = it.broadcast(Broadcast { event: event("x").id("n"), is_named: true, copies }).await.unwrap();
    assert!(matches!(answer, Accepted::Kept { deliveries: 3, .. }), "{answer:?}");
    let it = it.reopen().await;
    assert_eq!((counts(&it, acme).await, counts(&it, bolt).await), ((1, 2), (1, 1)));
    assert_eq!(counts(&it, DEFAULT).await, (0, 0), "who wants nothing of it, sees nothing of it");
    let of = async |tenant| it.find_event(tenant, "n").await.unwrap().unwrap();
    assert_eq!((of(acme).await.data, of(bolt).await.data), (event("x").data, event("x").data(r#"{"of":"bolt"}"#).data));
    assert_eq!(it.deliveries_of(&of(acme).await).await.len(), 2, "an event's deliveries are its tenant's");
    assert_eq!(of(acme).await.timestamp, of(bolt).await.timestamp);
    let first = it.pending(of_bolt[0], lowest(), None, 10).await.unwrap().deliveries.remove(0);
    assert_eq!(first.event, of(bolt).await.key);
    assert!(it.delivery(acme, first.id).await.unwrap().is_none());
    assert!(it.delivery(bolt, first.id).await.unwrap().is_some());
}

pub async fn a_broadcast_is_kept_once_for_a_day(it: Fixture) {
    let to = tenants(&it).await;
    let key = kept(&broadcast(&it, event("x").id("n").idempotency_key("k"), &to).await.unwrap());
    let it = it.crash();
    for again in [event("x").id("n"), event("x").id("n").idempotency_key("k")] {
        // However many want it by now.
        let answer = broadcast(&it, again, &to[..1]).await.unwrap();
        assert_eq!(answer, Accepted::Duplicate { key, deliveries: 3 });
    }
    let other = event("x").id("other").idempotency_key("k");
    assert_eq!(clash(broadcast(&it, other.clone(), &to).await), Clash { place: 0, earlier: Some(key) });
    let unnamed = it.broadcast(Broadcast { event: other, is_named: false, copies: Vec::new() }).await.unwrap();
    assert_eq!(unnamed, Accepted::Duplicate { key, deliveries: 3 }, "an id that was made for it is no other");
    let clashing = broadcast(&it, event("x").id("n").data("2"), &to).await;
    assert_eq!(clash(clashing), Clash { place: 0, earlier: Some(key) });
    assert_eq!((counts(&it, to[0].0).await, counts(&it, to[1].0).await), ((1, 2), (1, 1)));
    it.wait(DAY + SECOND);
    assert_ne!(kept(&broadcast(&it, event("x").id("n"), &to).await.unwrap()), key);
    assert_eq!(counts(&it, to[0].0).await, (2, 4));
}

pub async fn a_copy_of_a_broadcast_never_shares_an_id_with_another_event(it: Fixture) {
    let to = tenants(&it).await;
    let acme = to[0].0;
    kept(&it.publish_for(acme, vec![event("y").id("n")], &[]).await[0]);
    // There the copy has an id of its own.
    kept(&broadcast(&it, event("x").id("n"), &to).await.unwrap());
    let again = it.publish_for(acme, vec![event("y").id("n")], &[]).await;
    assert!(matches!(again[0], Accepted::Duplicate { .. }), "{again:?}");
    // Elsewhere the id is taken by it.
    it.clash_for(to[1].0, vec![event("y").id("n")], &[]).await;
    let same = it.publish_for(to[1].0, vec![event("x").id("n")], &[]).await;
    assert!(matches!(same[0], Accepted::Duplicate { .. }), "{same:?}");
}

pub async fn a_broadcast_wakes_the_webhooks_of_all_tenants(it: Fixture) {
    let to = tenants(&it).await;
    let mut subscription = it.subscribe();
    kept(&broadcast(&it, event("x").id("n"), &to).await.unwrap());
    let woken = subscription.take().wakes;
    for webhook in to.iter().flat_map(|(_, webhooks)| webhooks) {
        assert!(woken.contains(&lanehook::store::Wake::Pending(*webhook)), "{woken:?}");
        let pending = it.pending(*webhook, lowest(), None, 10).await.unwrap();
        assert_eq!(pending.deliveries.len(), 1);
        assert!(it.recent_event(pending.deliveries[0].event).is_some(), "its copy is in memory");
    }
}

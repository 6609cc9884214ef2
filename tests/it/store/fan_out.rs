//! Large fan-outs: acknowledged as a whole, made slice by slice, in the order of events.

use lanehook::{
    model::{DeliveryId, EventKey, NewEvent, Serial, WebhookKey},
    store::{Accepted, Broadcast, Difference, EventQuery, Pending, TenantCopy, Wake},
};
use rusqlite::{Connection, params};

use super::backend::{Fixture, Sqlite, kept};
use crate::support::{DAY, DEFAULT, EventExt, SECOND, event, webhook_of};

/// Returns when these events have all of their deliveries.
pub async fn come(it: &Fixture, events: &[EventKey]) {
    let mut subscription = it.subscribe();
    while it.deliveries_to_come(DEFAULT, events.to_vec()).await.unwrap().iter().sum::<u64>() > 0 {
        tokio::time::timeout(crate::client::GUARD, subscription.changed()).await.expect("more to be unfolded");
    }
}

/// All that a webhook is owed, in the order in which its lane gets it.
async fn all_pending(it: &Fixture, webhook: WebhookKey) -> Vec<EventKey> {
    let Pending { deliveries, more, .. } = it.pending(webhook, DeliveryId(Serial::FIRST), None, 10_000).await.unwrap();
    assert!(!more);
    deliveries.iter().map(|owed| owed.event).collect()
}

fn many(count: usize) -> Vec<NewEvent> {
    (0..count).map(|number| event("x").id(&format!("e{number}"))).collect()
}

pub async fn a_large_batch_comes_whole_and_in_order_and_what_follows_comes_behind(it: Fixture) {
    let mut webhooks = Vec::new();
    for id in ["a", "b", "c", "d", "e"] {
        webhooks.push(it.webhook(id).await);
    }
    let answers = it.publish(many(1000), &webhooks).await;
    let mut keys: Vec<EventKey> = answers.iter().map(kept).collect();
    keys.push(kept(&it.publish(vec![event("x").id("late")], &webhooks).await[0]));
    assert!(answers.iter().all(|answer| matches!(answer, Accepted::Kept { deliveries: 5, .. })));
    let again = it.publish(many(1000), &webhooks).await;
    let duplicate = |(key, answer): (&EventKey, Accepted)| answer == Accepted::Duplicate { key: *key, deliveries: 5 };
    assert!(keys.iter().zip(again).all(duplicate));
    // Closed in between, wherever that is.
    let it = it.reopen().await;
    come(&it, &keys).await;
    for webhook in webhooks {
        assert_eq!(all_pending(&it, webhook).await, keys);
    }
    let last = it.event(DEFAULT, keys[999]).await.unwrap().unwrap();
    assert_eq!((last.fan_out, it.deliveries_of(&last).await.len()), (5, 5));
}

pub async fn what_unfolds_wakes_its_lanes(it: Fixture) {
    let (a, b, c) = (it.webhook("a").await, it.webhook("b").await, it.webhook("c").await);
    let mut keys: Vec<EventKey> = it.publish(many(1000), &[a, b, c]).await.iter().map(kept).collect();
    let mut subscription = it.subscribe();
    keys.push(kept(&it.publish(vec![event("y")], &[a, b, c]).await[0]));
    come(&it, &keys).await;
    let wakes = subscription.take().wakes;
    for webhook in [a, b, c] {
        assert!(wakes.contains(&Wake::Pending(webhook)), "{wakes:?}");
        let (mut cursor, mut seen) = (DeliveryId(Serial::FIRST), Vec::new());
        // As a lane does it.
        loop {
            let pending = match it.recent_pending(webhook, cursor, 300) {
                Some(pending) => pending,
                None => it.pending(webhook, cursor, None, 300).await.unwrap(),
            };
            seen.extend(pending.deliveries.iter().map(|owed| owed.event));
            if pending.deliveries.is_empty() && !pending.more {
                break;
            }
            cursor = pending.upto;
        }
        assert_eq!(seen, keys);
    }
}

const TENANTS: usize = 900;

pub async fn a_broadcast_to_many_tenants_comes_whole(it: Fixture) {
    let mut made = Vec::new();
    let (mut copies, own) = (Vec::new(), event("x").data(r#"{"n":1,"of":"them"}"#).data);
    let tenants = futures_util::future::join_all((0..TENANTS).map(async |n| it.tenant(&format!("t{n}")).await)).await;
    let webhooks =
        futures_util::future::join_all(tenants.iter().map(async |&tenant| it.made(webhook_of(tenant, "w")).await.key))
            .await;
    for (place, (&tenant, &webhook)) in tenants.iter().zip(&webhooks).enumerate() {
        let data = (place % 3 == 0).then(|| own.clone());
        made.push((tenant, webhook, data.clone()));
        let difference = data.map(|data| Difference::between(br#"{"n":1}"#, &data));
        copies.push(TenantCopy { tenant, difference, webhooks: vec![webhook] });
    }
    let news = event("x").id("n").data(r#"{"n":1}"#);
    let answer = it.broadcast(Broadcast { event: news.clone(), is_named: true, copies }).await.unwrap();
    let record = kept(&answer);
    assert_eq!(answer, Accepted::Kept { key: record, deliveries: TENANTS as u32 });
    // A tenant's next event, behind its copy.
    let (last, webhook, _) = made[TENANTS - 1].clone();
    let next = kept(&it.publish_for(last, vec![event("y")], &[webhook]).await[0]);
    let again = it.broadcast(Broadcast { event: news, is_named: true, copies: Vec::new() }).await.unwrap();
    assert_eq!(again, Accepted::Duplicate { key: record, deliveries: TENANTS as u32 });
    let it = it.reopen().await;
    come(&it, &[record, next]).await;
    for (tenant, webhook, data) in made {
        let copy = it.find_event(tenant, "n").await.unwrap().unwrap();
        assert_eq!((copy.tenant, copy.fan_out), (tenant, 1));
        assert_eq!(copy.data, data.unwrap_or(event("x").data(r#"{"n":1}"#).data));
        assert_eq!(copy.key.0.time(), record.0.time(), "it was accepted when all of it was");
        let expected = if tenant == last { vec![copy.key, next] } else { vec![copy.key] };
        assert_eq!(all_pending(&it, webhook).await, expected);
    }
}

// ── what only SQLite's file can be asked ────────────────────────────────────────────────────────────────────────────

fn number(serial: Serial) -> i64 {
    i64::from_be_bytes(serial.to_bytes())
}

/// An event of which so many deliveries are still to come, and never do: their list is damaged.
async fn unfinished(deliveries: u32) -> (Fixture, EventKey) {
    let backend = Sqlite::new();
    let path = backend.path();
    let it = Fixture::new(backend);
    let key = kept(&it.publish(vec![event("x").id("mine")], &[]).await[0]);
    it.close().await;
    Connection::open(path)
        .unwrap()
        .execute(
            "INSERT INTO fan_outs (id, event, tenant, deliveries, list) VALUES (?1, ?2, ?3, ?4, x'00')",
            params![number(key.0) + 1, number(key.0), DEFAULT.0, deliveries],
        )
        .unwrap();
    let it = it.reopen().await;
    (it, key)
}

#[tokio::test]
async fn an_event_lasts_as_long_as_deliveries_are_to_come() {
    let (it, key) = unfinished(7).await;
    assert_eq!(it.deliveries_to_come(DEFAULT, vec![key]).await.unwrap(), [7]);
    it.wait(DAY);
    while it.delete_finished(it.clock.now() - SECOND, 100).await.unwrap() {}
    assert!(it.event(DEFAULT, key).await.unwrap().is_some());
    let all = EventQuery { limit: 10, ..Default::default() };
    assert_eq!(it.events(DEFAULT, all).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_cannot_be_unfolded_keeps_nobody_else_waiting() {
    let (it, key) = unfinished(7).await;
    let a = it.webhook("a").await;
    let keys: Vec<EventKey> = it.publish(many(1000), &[a; 3]).await.iter().map(kept).collect();
    come(&it, &keys).await;
    assert_eq!(all_pending(&it, a).await.len(), 3000);
    assert_eq!(it.deliveries_to_come(DEFAULT, vec![keys[0], key, keys[999]]).await.unwrap(), [0, 7, 0]);
}

#[tokio::test]
async fn a_slice_that_the_disk_refuses_is_tried_again_and_keeps_nobody_waiting() {
    let backend = Sqlite::new();
    let path = backend.path();
    let it = Fixture::new(backend);
    let (a, b, c, other) = (it.webhook("a").await, it.webhook("b").await, it.webhook("c").await, it.webhook("d").await);
    let conn = Connection::open(path).unwrap();
    // What is written at once comes before the lists.
    conn.execute_batch(
        "CREATE TRIGGER broken BEFORE INSERT ON deliveries WHEN EXISTS (SELECT 1 FROM fan_outs WHERE event = NEW.event)
         BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END",
    )
    .unwrap();
    let keys: Vec<EventKey> = it.publish(many(1000), &[a, b, c]).await.iter().map(kept).collect();
    for _ in 0..20 {
        kept(&it.publish(vec![event("y")], &[other]).await[0]);
    }
    assert_eq!(it.deliveries_to_come(DEFAULT, keys.clone()).await.unwrap().iter().sum::<u64>(), 2000);
    assert_eq!(all_pending(&it, other).await.len(), 20);
    conn.execute_batch("DROP TRIGGER broken").unwrap();
    come(&it, &keys).await;
    for webhook in [a, b, c] {
        assert_eq!(all_pending(&it, webhook).await, keys);
    }
}

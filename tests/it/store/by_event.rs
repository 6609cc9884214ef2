//! Deliveries and their event: found by it wherever their ids are, and gone with it.

use lanehook::{
    model::{DeliveryId, EventKey, Serial},
    store::{DeliveryQuery, EventQuery},
};
use rusqlite::{Connection, params};

use super::backend::{Fixture, Sqlite, kept};
use crate::support::{DEFAULT, HOUR, SECOND, TESTER, event};

fn number(serial: Serial) -> i64 {
    i64::from_be_bytes(serial.to_bytes())
}

/// A store, and events of which one has a delivery that came later than all others: sent again, or unfolded late.
struct Late {
    it: Fixture,
    event: EventKey,
    own: DeliveryId,
    others: Vec<DeliveryId>,
    late: DeliveryId,
}

async fn late() -> Late {
    let backend = Sqlite::new();
    let path = backend.path();
    let it = Fixture::new(backend);
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let first = kept(&it.publish(vec![event("first")], &[a]).await[0]);
    let own = it.owed_by(first).await[0];
    let mut others = Vec::new();
    for _ in 0..3 {
        let key = kept(&it.publish(vec![event("other")], &[a, b]).await[0]);
        others.extend(it.owed_by(key).await);
    }
    let late = DeliveryId(Serial::nth(number(others[5].0) + 1000));
    Connection::open(path)
        .unwrap()
        .execute(
            "INSERT INTO deliveries (id, webhook, event, tenant, status, attempts, failed, repeats)
             VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5)",
            params![number(late.0), number(b.0), number(first.0), DEFAULT.0, number(own.0)],
        )
        .unwrap();
    Late { it, event: first, own, others, late }
}

async fn events(it: &Fixture) -> Vec<EventKey> {
    let query = EventQuery { limit: 100, ..Default::default() };
    it.events(DEFAULT, query).await.unwrap().iter().rev().map(|event| event.key).collect()
}

#[tokio::test]
async fn a_delivery_far_from_its_event_is_listed_with_it_and_in_order_of_time() {
    let Late { it, event, own, others, late } = late().await;
    assert_eq!(it.owed_by(event).await, [own, late]);
    let mut expected = vec![own];
    expected.extend(&others);
    expected.push(late);
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let query = DeliveryQuery { limit: 3, before, ..Default::default() };
        let page = it.deliveries(DEFAULT, query).await.unwrap();
        found.extend(page.iter().map(|delivery| delivery.id));
        match page.last() {
            Some(last) => before = Some(last.id),
            None => break,
        }
    }
    found.reverse();
    assert_eq!(found, expected, "each once, by pages");
    let carried = it.events_of(DEFAULT, vec![late]).await.unwrap();
    assert_eq!(carried[0].1.key, event);
}

#[tokio::test]
async fn an_event_lasts_as_long_as_its_last_delivery_and_goes_with_it() {
    for slice in [1, 2, 100] {
        let Late { it, event, own, others, late } = late().await;
        it.cancel(DEFAULT, own, TESTER).await.unwrap();
        for other in &others {
            it.cancel(DEFAULT, *other, TESTER).await.unwrap();
        }
        it.wait(HOUR);
        let before = it.clock.now();
        it.wait(SECOND);
        while it.delete_finished(before, slice).await.unwrap() {}
        assert_eq!(events(&it).await, [event], "in slices of {slice}");
        assert_eq!(it.owed_by(event).await, [late]);
        it.cancel(DEFAULT, late, TESTER).await.unwrap();
        it.wait(HOUR);
        let before = it.clock.now();
        it.wait(SECOND);
        while it.delete_finished(before, slice).await.unwrap() {}
        assert_eq!(events(&it).await, [], "in slices of {slice}");
        assert!(it.delivery(DEFAULT, late).await.unwrap().is_none());
    }
}

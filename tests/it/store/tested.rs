//! Tests of webhooks: kept at their end, counted nowhere, and gone with their events.

use std::sync::Arc;

use bytes::Bytes;
use lanehook::{
    model::{
        DeliveryStatus, Event, EventKey, EventType, QuotaKind, ROW_BYTES, Serial, TenantKey, WebhookKey, kept_bytes,
    },
    store::{DeliveryQuery, Test},
};

use super::backend::Fixture;
use crate::support::{DAY, DEFAULT, NOON, TESTER, caller_id, delivered, event, failure, success};

fn sample() -> Event {
    Event {
        key: EventKey(Serial::FIRST),
        tenant: DEFAULT,
        caller_id: Some(caller_id("test_1")),
        event_type: EventType::parse("webhook.test").unwrap(),
        timestamp: NOON,
        version: None,
        ordering_key: None,
        correlation_id: None,
        traceparent: None,
        source: None,
        metadata: None,
        data: Bytes::from_static(b"[1]"),
        fan_out: 1,
        scrubbed_at: None,
        test: true,
    }
}

/// A test of this event; of a sample, if it is none.
pub async fn tested(it: &Fixture, webhook: WebhookKey, of: Option<Arc<Event>>) -> Test {
    let ids = it.begin_test(DEFAULT).await.unwrap();
    let event = of.unwrap_or_else(|| Arc::new(Event { key: ids.event, ..sample() }));
    let (outcome, at) = (success(NOON), it.clock.now());
    Test { tenant: DEFAULT, webhook, ids, event, repeats: None, own_id: false, outcome, at }
}

fn used(it: &Fixture) -> u64 {
    it.usage(DEFAULT).used.of(QuotaKind::EventBytes)
}

pub async fn a_test_is_a_delivery_at_its_end_that_no_lane_hears_of(it: Fixture) {
    let webhook = it.webhook("w").await;
    let test = tested(&it, webhook, None).await;
    let ids = test.ids;
    let kept = it.keep_test(test, TESTER).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.event, kept.status), (ids.delivery, ids.event, DeliveryStatus::Delivered));
    assert!(kept.test && kept.attempts == 1 && kept.finished_at == Some(NOON));
    let failed = Test { outcome: failure(NOON), ..tested(&it, webhook, None).await };
    let failed = it.keep_test(failed, TESTER).await.unwrap().unwrap();
    assert_eq!(failed.status, DeliveryStatus::Failed);
    assert!(it.owes_nothing().await);
    assert_eq!(it.counters(vec![webhook]).await.unwrap(), vec![Default::default()]);
    assert_eq!(it.usage(DEFAULT).used.of(QuotaKind::OwedDeliveries), 0);

    let it = it.crash();
    let (delivery, attempts) = it.delivery(DEFAULT, ids.delivery).await.unwrap().unwrap();
    assert_eq!((delivery, attempts.len(), attempts[0].id), (kept, 1, ids.attempt));
    assert!(it.event(DEFAULT, ids.event).await.unwrap().unwrap().test);
    let listed = async |test| {
        let query = DeliveryQuery { test, limit: 9, ..DeliveryQuery::default() };
        it.deliveries(DEFAULT, query).await.unwrap().len()
    };
    assert_eq!((listed(Some(true)).await, listed(Some(false)).await, listed(None).await), (2, 0, 2));
    assert!(it.delivery(TenantKey(7), ids.delivery).await.unwrap().is_none());
}

pub async fn what_a_test_takes_is_given_back_when_it_goes(it: Fixture) {
    let webhook = it.webhook("w").await;
    let owed = it.owe(event("x"), webhook).await;
    it.settle(delivered(&owed, NOON)).await;
    let of_event = used(&it);
    let new = tested(&it, webhook, None).await;
    let bytes = kept_bytes(new.event.bytes(), 1);
    it.keep_test(new.clone(), TESTER).await.unwrap().unwrap();
    assert_eq!(used(&it), of_event + bytes);
    // Again, of its event and of one that was published.
    for key in [new.ids.event, owed.event] {
        let stored = it.event(DEFAULT, key).await.unwrap();
        let again = tested(&it, webhook, stored).await;
        it.keep_test(Test { repeats: Some(new.ids.delivery), ..again }, TESTER).await.unwrap().unwrap();
    }
    assert_eq!(used(&it), of_event + bytes + 2 * ROW_BYTES);
    // Nothing of a webhook or an event that is gone.
    let gone = it.webhook("gone").await;
    let late = tested(&it, gone, None).await;
    it.delete_webhook(gone, None, TESTER).await.unwrap();
    assert_eq!(it.keep_test(late, TESTER).await.unwrap(), None);
    let of_nothing = tested(&it, webhook, Some(Arc::new(Event { test: false, ..sample() }))).await;
    assert_eq!(it.keep_test(of_nothing, TESTER).await.unwrap(), None);
    assert_eq!(used(&it), of_event + bytes + 2 * ROW_BYTES);

    let it = it.reopen().await;
    it.wait(DAY);
    while it.delete_finished(it.clock.now(), 100).await.unwrap() {}
    assert_eq!(used(&it), 0);
    let left = it.deliveries(DEFAULT, DeliveryQuery { limit: 9, ..DeliveryQuery::default() }).await.unwrap();
    assert_eq!(left, []);
}

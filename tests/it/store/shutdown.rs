//! Opening, closing, and what is refused in between.

use lanehook::{
    model::{DeliveryId, EventKey, Serial, TenantId, Timestamp, WebhookKey},
    store::{Append, DeliveryQuery, EventQuery, NewApiKey, StoreError},
    webhook::Webhook,
};

use super::backend::Fixture;
use crate::support::{DEFAULT, NOON, TESTER, delivered, event, webhook};

pub async fn a_second_process_is_refused(it: Fixture) {
    let refused = it.open_again();
    assert!(matches!(refused, Err(StoreError::InUse(_))));
    it.webhook("a").await;
    let it = it.reopen().await;
    assert_eq!(it.webhooks().len(), 1);
}

pub async fn what_was_queued_is_kept_by_closing(it: Fixture) {
    let a = it.webhook("a").await;
    let mut owed = Vec::new();
    for _ in 0..10 {
        owed.push(it.owe(event("x"), a).await);
    }
    let appends = (0..10).map(|_| it.append(Append { tenant: DEFAULT, events: vec![(event("x"), vec![a])] }));
    let records = owed.iter().map(|owed| it.settle(delivered(owed, NOON)));
    let (answers, _, ()) =
        tokio::join!(futures_util::future::join_all(appends), futures_util::future::join_all(records), it.close());
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answers.iter().flat_map(|answer| answer.as_ref().err()).all(|e| matches!(e, StoreError::Closed)));
    let it = it.reopen().await;
    let pending = it.pending(a, DeliveryId(Serial::FIRST), None, 100).await.unwrap();
    assert_eq!(pending.deliveries.len(), kept, "what was answered, no more and no less");
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 10);
}

pub async fn a_closed_store_says_so(it: Fixture) {
    let made = it.made(webhook("a")).await;
    let a = made.key;
    let owed = it.owe(event("x"), a).await;
    it.close().await;
    it.close().await;
    macro_rules! closed {
        ($($call:expr),* $(,)?) => {$(
            let answer = $call.await;
            assert!(matches!(answer, Err(StoreError::Closed)), "{}: {answer:?}", stringify!($call));
        )*};
    }
    let unknown = EventKey(Serial::nth(1));
    let api_key = NewApiKey {
        hash: [1; 32],
        hint: String::new(),
        name: String::new(),
        tenant: None,
        scopes: vec![],
        rate_limit: None,
        expires_at: None,
    };
    closed!(
        it.append(Append { tenant: DEFAULT, events: vec![(event("x"), vec![a])] }),
        it.event(DEFAULT, unknown),
        it.owed_event(a, unknown),
        it.find_event(DEFAULT, "mine"),
        it.events(DEFAULT, EventQuery::default()),
        it.backlogs(),
        it.store.pending(a, owed.id, None, 1),
        it.store.retrying(a, 1),
        it.cancel_owed(a, 1),
        it.oldest_owed(),
        it.owed(a),
        it.owed_one(a, owed.id),
        it.replay(DEFAULT, owed.id, false, TESTER),
        it.delivery(DEFAULT, owed.id),
        it.deliveries(DEFAULT, DeliveryQuery::default()),
        it.count_events(DEFAULT, EventQuery::default()),
        it.count_deliveries(DEFAULT, DeliveryQuery::default()),
        it.retry(DEFAULT, owed.id, TESTER),
        it.cancel(DEFAULT, owed.id, TESTER),
        it.delete_finished(Timestamp::MAX, 1),
        it.create_webhook(webhook("b"), TESTER),
        it.update_webhook(Webhook::clone(&made), 1, TESTER),
        it.delete_webhook(a, None, TESTER),
        it.counters(vec![a]),
        it.create_tenant(TenantId::parse("acme").unwrap(), String::new(), TESTER),
        it.delete_tenant(DEFAULT, None, TESTER),
        it.create_api_key(api_key, TESTER),
        it.delete_api_key(lanehook::model::ApiKeyId(Serial::nth(1)), TESTER),
        it.ping(),
    );
    it.settle(delivered(&owed, NOON)).await; // returns
    assert!(it.webhooks().get(WebhookKey(a.0)).is_some(), "what is in memory can still be asked");
}

pub async fn a_store_that_was_not_closed_commits_when_dropped(it: Fixture) {
    let a = it.webhook("a").await;
    it.owe(event("x"), a).await;
    it.ping().await.unwrap();
    let Fixture { backend, clock, store, .. } = it;
    drop(store);
    // The lock is free again: the refusal is about the master key, which comes later.
    let refused = backend.open(&super::backend::fresh_master_key(), &clock);
    assert!(matches!(refused, Err(StoreError::Corrupt(_))));
}

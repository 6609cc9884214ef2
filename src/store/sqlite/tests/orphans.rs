//! What is kept in memory of webhooks that are gone.

use super::*;

const BY: &Actor = &Actor::system("somebody");

#[tokio::test]
async fn of_a_deleted_webhook_nothing_is_known_once_it_is_owed_nothing() {
    let (store, _folder) = open();
    let tenant = store.tenants().all()[0].key;
    let mut webhooks = Vec::new();
    for _ in 0..3 {
        let settings = serde_json::from_value(serde_json::json!({"url": "https://receiver.example/"})).unwrap();
        let new = NewWebhook { tenant, id: None, settings, secrets: Secrets::default(), disabled: None };
        webhooks.push(store.create_webhook(new, BY).await.unwrap().key);
    }
    let [idle, owed, late] = webhooks[..] else { panic!("three were made") };
    let publish = async |webhook| {
        let event = NewEvent::new(EventType::parse("x").unwrap(), Bytes::from_static(b"1"));
        store.append(Append { tenant, events: vec![(event, vec![webhook])] }).await.unwrap();
    };
    publish(owed).await;
    for &webhook in &webhooks {
        store.delete_webhook(webhook, None, BY).await.unwrap();
    }
    // One event was matched before the deletion, and is kept after it.
    publish(late).await;
    let known = || {
        let mut known: Vec<_> = store.shared.orphans.known().into_keys().collect();
        known.sort();
        known
    };
    assert_eq!(known(), [owed, late], "and not the one that was owed nothing, of which no lane asks ever again");
    assert_eq!((store.tenant_of(owed), store.tenant_of(late)), (tenant, tenant));
    assert_ne!(store.tenant_of(idle), tenant);

    // One is given up by its lane, the other by a person.
    assert_eq!(store.cancel_owed(owed, 10).await.unwrap(), 1);
    let query = DeliveryQuery { limit: 10, ..DeliveryQuery::default() };
    let deliveries = crate::store::History::deliveries(&store, tenant, query).await.unwrap();
    store.cancel(tenant, deliveries[0].id, BY).await.unwrap();
    assert_eq!(known(), []);
}

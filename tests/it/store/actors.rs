//! Who made a change goes with it into the store.

use lanehook::{
    model::{Actor, ApiKeyId, Serial, TenantSettings},
    webhook::Webhook,
};

use super::{
    access::{api_key, event_type, id},
    backend::Fixture,
};
use crate::support::{DEFAULT, changes, event, webhook, webhook_of};

pub async fn every_change_names_who_made_it(it: Fixture) {
    changes::listen();
    let key = ApiKeyId(Serial::nth(i64::from_be_bytes(lanehook::random::bytes()) >> 1 & i64::MAX));
    let by = &Actor::key(key).at("192.0.2.7".parse().ok());
    let acme = it.create_tenant(id("acme"), "Acme".into(), by).await.unwrap();
    it.update_tenant(acme.key, 1, "Acme Ltd.".into(), TenantSettings::default(), by).await.unwrap();
    let api_key = it.create_api_key(api_key(1), by).await.unwrap();
    it.delete_api_key(api_key.id, by).await.unwrap();
    let made = it.create_webhook(webhook("a"), by).await.unwrap();
    it.update_webhook(Webhook::clone(&made), 1, by).await.unwrap();
    let owed = it.owe(event("x"), made.key).await;
    it.cancel(DEFAULT, owed.id, by).await.unwrap();
    it.retry(DEFAULT, owed.id, by).await.unwrap();
    it.delete_webhook(made.key, None, by).await.unwrap();
    it.put_event_type(event_type("price.alert"), 0, by).await.unwrap();
    it.delete_event_type(event_type("price.alert").name, by).await.unwrap();
    let theirs = it.create_webhook(webhook_of(acme.key, "a"), by).await.unwrap();
    it.delete_tenant(acme.key, None, by).await.unwrap();

    let name = format!("{key} from 192.0.2.7");
    let lines = changes::made_by(&key.to_string());
    assert!(lines.iter().all(|line| line.by == name), "{lines:?}");
    let told: Vec<(&str, &str)> = lines.iter().map(|line| (line.what.as_str(), line.subject.as_str())).collect();
    let (webhook, delivery) = (made.key.to_string(), owed.id.to_string());
    let (api_key, theirs) = (api_key.id.to_string(), theirs.key.to_string());
    let expected = [
        ("tenant created", "acme"),
        ("tenant changed", "acme"),
        ("API key created", &api_key),
        ("API key deleted", &api_key),
        ("webhook created", &webhook),
        ("webhook changed", &webhook),
        ("delivery cancelled", &delivery),
        ("delivery retried", &delivery),
        ("webhook deleted", &webhook),
        ("event type kept", "price.alert"),
        ("event type deleted", "price.alert"),
        ("webhook created", &theirs),
        ("webhook deleted", &theirs),
        ("tenant deleted", "acme"),
    ];
    assert_eq!(told, expected);
}

pub async fn what_fails_is_told_of_nobody(it: Fixture) {
    changes::listen();
    let key = ApiKeyId(Serial::nth(i64::from_be_bytes(lanehook::random::bytes()) >> 1 & i64::MAX));
    let by = &Actor::key(key);
    let made = it.made(webhook("a")).await;
    it.create_webhook(webhook("a"), by).await.unwrap_err();
    it.update_webhook(Webhook::clone(&made), 7, by).await.unwrap_err();
    it.delete_webhook(made.key, Some(7), by).await.unwrap_err();
    it.create_tenant(id("default"), String::new(), by).await.unwrap_err();
    assert!(!it.delete_api_key(key, by).await.unwrap());
    assert_eq!(it.cancel(DEFAULT, lanehook::model::DeliveryId(Serial::nth(77)), by).await.unwrap(), None);
    assert_eq!(changes::made_by(&key.to_string()), []);
}

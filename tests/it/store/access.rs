//! Tenants and API keys.

use lanehook::{
    catalogue::{EventTypeEntry, EventTypeInput},
    model::{ApiKeyId, RateLimit, RateUnit, Scope, Serial, TenantId, TenantKey},
    store::{NewApiKey, StoreError},
};

use super::backend::Fixture;
use crate::support::{DEFAULT, HOUR, NOON, TESTER, event, webhook_of};

pub fn id(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

pub fn api_key(hash: u8) -> NewApiKey {
    NewApiKey {
        hash: [hash; 32],
        hint: "lh_abc".into(),
        name: "ci".into(),
        tenant: None,
        scopes: vec![Scope::EventsWrite, Scope::Tenants],
        rate_limit: None,
        expires_at: None,
    }
}

/// An event type without rules.
pub fn event_type(name: &str) -> EventTypeEntry {
    let entry = serde_json::json!({"name": name, "description": "One", "versions": [{"schema": true, "example": {}}]});
    EventTypeEntry::try_from(serde_json::from_value::<EventTypeInput>(entry).unwrap()).unwrap()
}

pub async fn the_default_tenant_is_there(it: Fixture) {
    let tenants = it.tenants().all();
    assert_eq!(tenants.len(), 1);
    assert_eq!((tenants[0].key, tenants[0].id.as_str()), (DEFAULT, TenantId::DEFAULT));
    let it = it.reopen().await;
    assert_eq!(it.tenants().all(), tenants);
}

pub async fn a_tenants_id_is_taken_once(it: Fixture) {
    let acme = it.create_tenant(id("acme"), "Acme & Söhne".into(), TESTER).await.unwrap();
    assert_eq!((acme.id.as_str(), acme.name.as_str(), acme.created_at), ("acme", "Acme & Söhne", NOON));
    let again = it.create_tenant(id("acme"), "other".into(), TESTER).await;
    assert!(matches!(again, Err(StoreError::Exists(id)) if id == "acme"));
    // Twice at once, and each time with a restart in between.
    let it = it.reopen().await;
    let bolt = it.create_tenant(id("bolt"), "Bolt".into(), TESTER).await.unwrap();
    let it = it.reopen().await;
    let able = it.create_tenant(id("able"), "Able".into(), TESTER).await.unwrap();
    let tenants = it.tenants().all();
    let ids: Vec<&str> = tenants.iter().map(|tenant| tenant.id.as_str()).collect();
    assert_eq!(ids, ["able", "acme", "bolt", "default"]);
    assert_eq!((&tenants[0], &tenants[1], &tenants[2]), (&able, &acme, &bolt));
}

pub async fn a_deleted_tenant_takes_its_keys_and_webhooks_with_it(it: Fixture) {
    let acme = it.tenant("acme").await;
    it.create_api_key(NewApiKey { tenant: Some(acme), ..api_key(1) }, TESTER).await.unwrap();
    let other = it.create_api_key(api_key(2), TESTER).await.unwrap();
    let theirs = it.made(webhook_of(acme, "a")).await.key;
    let ours = it.webhook("a").await;
    it.publish_for(acme, vec![event("x")], &[theirs]).await;
    it.delete_tenant(acme, None, TESTER).await.unwrap();
    assert!(it.webhooks().get(theirs).is_none() && it.webhooks().get(ours).is_some());
    let it = it.reopen().await;
    assert_eq!(it.tenants().all().len(), 1);
    assert_eq!(it.api_keys().all(), [other]);
    assert_eq!(it.webhooks().len(), 1);
    for gone in [acme, TenantKey(77)] {
        assert!(matches!(it.delete_tenant(gone, None, TESTER).await, Err(StoreError::Conflict)));
    }
    assert_ne!(it.tenant("acme").await, acme, "the next of that name is another");

    // Changed by others at the same time, it goes as a whole or not at all.
    for n in 0..10 {
        let tenant = it.tenant(&format!("t{n}")).await;
        let (a, _) = (it.made(webhook_of(tenant, "a")).await.key, it.made(webhook_of(tenant, "b")).await);
        let (webhook, created, all) = tokio::join!(
            it.delete_webhook(a, None, TESTER),
            it.create_webhook(webhook_of(tenant, "c"), TESTER),
            it.delete_tenant(tenant, None, TESTER)
        );
        // Whichever comes first.
        for changed in [webhook, created.map(drop)] {
            assert!(matches!(changed, Ok(()) | Err(StoreError::Conflict)), "{changed:?}");
        }
        all.unwrap();
        let left = it.webhooks().list(tenant, None, 9);
        assert!(left.is_empty(), "{left:?}");
    }
}

pub async fn an_api_key_reads_back(it: Fixture) {
    let plain = it.create_api_key(api_key(1), TESTER).await.unwrap();
    let full = NewApiKey {
        tenant: Some(it.tenant("acme").await),
        scopes: Scope::ALL.to_vec(),
        rate_limit: Some(RateLimit { limit: 7, per: RateUnit::Minute }),
        expires_at: Some(NOON + HOUR),
        ..api_key(2)
    };
    let full = it.create_api_key(full, TESTER).await.unwrap();
    assert_eq!((plain.created_at, plain.hash), (NOON, [1; 32]));
    let it = it.reopen().await;
    let mut keys = it.api_keys().all();
    keys.sort_by_key(|key| key.id);
    assert_eq!(keys, [plain.clone(), full]);
    assert!(it.delete_api_key(plain.id, TESTER).await.unwrap());
    assert!(!it.delete_api_key(plain.id, TESTER).await.unwrap());
    assert!(!it.delete_api_key(ApiKeyId(Serial::nth(77)), TESTER).await.unwrap());
    assert_eq!(it.api_keys().all(), keys[1..]);
}

pub async fn the_same_api_key_is_kept_once(it: Fixture) {
    it.create_api_key(api_key(1), TESTER).await.unwrap();
    assert!(matches!(it.create_api_key(api_key(1), TESTER).await, Err(StoreError::Exists(_))));
    assert_eq!(it.api_keys().all().len(), 1);
}

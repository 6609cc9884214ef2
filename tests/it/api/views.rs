//! What was changed in the store is obeyed, whoever changed it; and who changes something through the API is known.

use std::time::Duration;

use lanehook::{
    model::{ApiKeyId, TenantId, TenantSettings, Validation},
    store::NewApiKey,
};
use serde_json::json;

use crate::{
    app::{OPERATOR, TestApp},
    support::{DEFAULT, TESTER, changes},
};

/// The id of the newest key.
fn newest_key(app: &TestApp) -> ApiKeyId {
    app.store.api_keys().all().iter().map(|key| key.id).max().unwrap()
}

#[tokio::test]
async fn a_key_revoked_by_somebody_else_is_refused() {
    let app = TestApp::start().await;
    let key = app.key(json!({"name": "n", "scopes": ["events:read"]})).await;
    app.call_as(&key, "GET", "/events").send().await.expect(200);
    assert!(app.store.delete_api_key(newest_key(&app), TESTER).await.unwrap());
    app.call_as(&key, "GET", "/events").send().await.problem(401, "unauthorized");
    app.call("GET", "/events").send().await.expect(200);
}

#[tokio::test]
async fn a_key_made_by_somebody_else_is_good_and_other_keys_keep_their_quota() {
    let app = TestApp::start().await;
    let slow = json!({"name": "slow", "scopes": ["events:read"], "rate_limit": {"limit": 1, "per": "hour"}});
    let slow = app.key(slow).await;
    app.call_as(&slow, "GET", "/events").send().await.expect(200);
    let known = app.store.api_keys().get(newest_key(&app)).unwrap();
    let other = NewApiKey {
        hash: [7; 32],
        hint: known.hint.clone(),
        name: "other".into(),
        tenant: known.tenant,
        scopes: known.scopes.clone(),
        rate_limit: None,
        expires_at: None,
    };
    app.store.create_api_key(other, TESTER).await.unwrap();
    app.call_as(&slow, "GET", "/events").send().await.problem(429, "too_many_requests");
    assert_eq!(app.get("/api-keys").await.expect(200).each("/name"), ["operator (bootstrap)", "slow", "other"]);
}

#[tokio::test]
async fn a_tenant_deleted_by_somebody_else_takes_its_keys_along() {
    let app = TestApp::start().await;
    let key = app.tenant("acme").await;
    app.call_as(&key, "GET", "/webhooks").send().await.expect(200);
    let acme = app.store.tenants().find(&TenantId::parse("acme").unwrap()).unwrap();
    app.store.delete_tenant(acme.key, None, TESTER).await.unwrap();
    app.call_as(&key, "GET", "/webhooks").send().await.problem(401, "unauthorized");
    app.get("/tenants/acme").await.problem(404, "not_found");
}

#[tokio::test]
async fn settings_and_schemas_changed_by_somebody_else_apply_to_the_next_event() {
    let app = TestApp::start().await;
    let event = json!({"type": "price.alert", "data": {"price": "high"}});
    app.post("/events", event.clone()).await.expect(202);
    let settings = TenantSettings { validation: Validation::Enforce, ..TenantSettings::default() };
    app.store.update_tenant(DEFAULT, 1, "Default".into(), settings, TESTER).await.unwrap();
    app.post("/events", event.clone()).await.problem(400, "invalid_event");

    let event_type = |kind: &str| {
        let input = json!({"name": "price.alert", "versions": [
            {"schema": {"properties": {"price": {"type": kind}}}, "example": {}},
        ]});
        serde_json::from_value::<lanehook::catalogue::EventTypeEntry>(input).unwrap()
    };
    app.store.put_event_type(event_type("string"), 0, TESTER).await.unwrap();
    app.post("/events", event.clone()).await.expect(202);
    app.store.put_event_type(event_type("number"), 1, TESTER).await.unwrap();
    app.post("/events", event.clone()).await.problem(400, "invalid_event");
    assert!(app.store.delete_event_type(event_type("number").name, TESTER).await.unwrap());
    app.get("/event-types/price.alert").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_change_names_the_key_and_the_address_that_it_came_from() {
    changes::listen();
    let app = TestApp::start().await;
    // Ids carry their time: this one's key is like that of no other test.
    app.clock.advance(Duration::from_millis(u32::from_be_bytes(lanehook::random::bytes()).into()));
    let key = app.key(json!({"name": "n", "scopes": ["webhooks:write", "deliveries:write", "secrets"]})).await;
    let name = format!("{} from 127.0.0.1", newest_key(&app));
    let id = format!("w-{}", newest_key(&app));
    let path = format!("/webhooks/{id}");
    app.call_as(&key, "PUT", &path).json(json!({"url": "http://127.0.0.1:65000/"})).await.expect(201);
    app.call_as(&key, "PATCH", &path).json(json!({"name": "x"})).await.expect(200);
    app.call_as(&key, "POST", &format!("{path}/secret/rotate")).send().await.expect(200);
    app.call_as(&key, "DELETE", &path).send().await.expect(204);
    let lines = changes::made_by(&name);
    let told: Vec<&str> = lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told, ["webhook created", "webhook changed", "webhook changed", "webhook deleted"]);
    assert!(app.call_as(OPERATOR, "GET", &path).send().await.status == 404);
}

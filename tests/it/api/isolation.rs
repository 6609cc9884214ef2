//! A tenant sees and touches nothing of another, through any endpoint.

use serde_json::json;

use crate::app::{Answer, TestApp};

/// The answer without what differs from request to request.
fn words(answer: Answer) -> (u16, String) {
    (answer.status, answer.raw.replace(&answer.header("x-request-id"), "ID"))
}

#[tokio::test]
async fn anothers_things_answer_like_nobodys() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.tenant("alice").await, app.tenant("bob").await);
    let as_alice = |method: &str, path: &str| app.call_as(&alice, method, path);
    let made = as_alice("POST", "/webhooks").json(json!({"url": "https://example.com/alice"})).await.expect(201);
    let webhook = made.text("/id");
    let event = as_alice("POST", "/events").json(json!({"type": "a", "data": "of alice"})).await.expect(202);
    let event = event.text("/id");
    let delivery = as_alice("GET", "/deliveries").send().await.text("/data/0/id");
    let key = app.call_as(&alice, "GET", "/api-keys").send().await.text("/data/0/id");

    let saved = json!({"type": "a", "data": "of alice"});
    as_alice("PUT", "/saved-events/mine").json(saved).await.expect(201);
    as_alice("PUT", "/reports/mine").json(json!({"last": "7d"})).await.expect(201);
    app.call("PUT", "/theme").header("tenant", "alice").json(json!({"name": "Alice"})).await.expect(200);

    let inspector = as_alice("POST", "/inspectors").json(json!({})).await.expect(201).text("/id");
    let no_inspector = "ins_00000000000000000000000000";

    for (method, path, theirs, nobodys) in [
        ("GET", "/inspectors/ID", inspector.as_str(), no_inspector),
        ("PATCH", "/inspectors/ID", &inspector, no_inspector),
        ("DELETE", "/inspectors/ID", &inspector, no_inspector),
        ("GET", "/inspectors/ID/requests", &inspector, no_inspector),
        ("DELETE", "/inspectors/ID/requests", &inspector, no_inspector),
        ("GET", "/events/ID", event.as_str(), "evt_0000000000001"),
        ("GET", "/events/ID/deliveries", &event, "evt_0000000000001"),
        ("GET", "/events/ID/webhooks", &event, "evt_0000000000001"),
        ("GET", "/webhooks/ID", &webhook, "wh_0000000000001"),
        ("PATCH", "/webhooks/ID", &webhook, "wh_0000000000001"),
        ("DELETE", "/webhooks/ID", &webhook, "wh_0000000000001"),
        ("GET", "/webhooks/ID/secret", &webhook, "wh_0000000000001"),
        ("POST", "/webhooks/ID/secret/rotate", &webhook, "wh_0000000000001"),
        ("POST", "/webhooks/ID/test", &webhook, "wh_0000000000001"),
        ("GET", "/webhooks/ID/deliveries", &webhook, "wh_0000000000001"),
        ("GET", "/deliveries?webhook=ID", &webhook, "wh_0000000000001"),
        ("GET", "/deliveries/ID", &delivery, "dlv_0000000000001"),
        ("GET", "/webhooks/ID/lane", &webhook, "wh_0000000000001"),
        ("POST", "/webhooks/ID/probe", &webhook, "wh_0000000000001"),
        ("POST", "/deliveries/ID/retry", &delivery, "dlv_0000000000001"),
        ("POST", "/deliveries/ID/replay", &delivery, "dlv_0000000000001"),
        ("POST", "/deliveries/ID/cancel", &delivery, "dlv_0000000000001"),
        ("DELETE", "/api-keys/ID", &key, "key_0000000000001"),
        ("GET", "/saved-events/ID", "mine", "none"),
        ("POST", "/saved-events/ID/send", "mine", "none"),
        ("DELETE", "/saved-events/ID", "mine", "none"),
        ("GET", "/reports/ID", "mine", "none"),
        ("GET", "/reports/ID/stats", "mine", "none"),
        ("DELETE", "/reports/ID", "mine", "none"),
    ] {
        let ask = |id: &str| app.call_as(&bob, method, &path.replace("ID", id)).json(json!({}));
        let (answer, like) = (ask(theirs).await, ask(nobodys).await);
        assert_eq!(words(answer), words(like), "{method} {path}");
    }
    for list in ["/events", "/webhooks", "/deliveries", "/saved-events", "/reports", "/inspectors"] {
        let page = app.call_as(&bob, "GET", list).send().await.expect(200);
        assert_eq!(page.at("/data"), &json!([]), "{list}");
    }
    let keys = app.call_as(&bob, "GET", "/api-keys").send().await.expect(200);
    assert!(!keys.raw.contains(&key), "{}", keys.raw);

    as_alice("GET", "/saved-events/mine").send().await.expect(200);
    as_alice("GET", &format!("/inspectors/{inspector}")).send().await.expect(200);
    as_alice("GET", "/reports/mine").send().await.expect(200);
    assert_eq!(app.call_as(&bob, "GET", "/theme").send().await.expect(200).text("/name"), "");
    assert_eq!(as_alice("GET", "/theme").send().await.expect(200).text("/name"), "Alice");
    let untouched = as_alice("GET", &format!("/webhooks/{webhook}")).send().await.expect(200);
    assert_eq!(untouched.at("/version"), &json!(1));
    let pending = as_alice("GET", &format!("/deliveries/{delivery}")).send().await.expect(200);
    assert_eq!(pending.text("/status"), "pending");
}

#[tokio::test]
async fn ids_and_cursors_of_one_tenant_mean_nothing_to_another() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.tenant("alice").await, app.tenant("bob").await);
    for key in [&alice, &bob] {
        // The same ids, each their own.
        app.call_as(key, "PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
        for n in 0..3 {
            let event = json!({"type": "a", "data": key.len() + n, "id": format!("e{n}")});
            let receipt = app.call_as(key, "POST", "/events").json(event).await.expect(202);
            assert_eq!(receipt.at("/deliveries"), &json!(1), "events reach the tenant's own webhooks only");
        }
    }
    for list in ["/events", "/webhooks", "/deliveries", "/webhooks/w/deliveries"] {
        let limit = if list == "/webhooks" { "" } else { "?limit=1" };
        let first = app.call_as(&alice, "GET", &format!("{list}{limit}")).send().await.expect(200);
        let Some(cursor) = first.at("/next_cursor").as_str() else { continue };
        let own = app.call_as(&bob, "GET", list).send().await.each("/id");
        let page = app.call_as(&bob, "GET", &format!("{list}?cursor={cursor}")).send().await.expect(200);
        assert!(page.each("/id").iter().all(|id| own.contains(id)), "{list}");
    }
    app.call_as(&alice, "DELETE", "/webhooks/w").send().await.expect(204);
    app.call_as(&bob, "GET", "/webhooks/w").send().await.expect(200);
}

//! GET /search: by ids and how they begin, by names and hosts; a tenant finds its own.

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

/// Kind and id of what was found.
fn found(answer: &Answer) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    answer.at("/data").as_array().unwrap().iter().map(|one| (text(one, "kind"), text(one, "id"))).collect()
}

async fn search(app: &TestApp, key: &str, query: &str) -> Answer {
    app.call_as(key, "GET", &format!("/search?{query}")).send().await
}

fn of(kind: &str, ids: &[&str]) -> Vec<(String, String)> {
    ids.iter().map(|id| (kind.to_owned(), (*id).to_owned())).collect()
}

#[tokio::test]
async fn things_are_found_by_their_ids_and_how_these_begin() {
    let app = TestApp::start().await;
    let alice = app.tenant("alice").await;
    let call = |method: &str, path: &str| app.call_as(&alice, method, path);
    for id in ["user-1", "user-12", "user-2", "other"] {
        call("PUT", &format!("/webhooks/{id}"))
            .json(json!({"url": "https://a.example/", "event_types": ["a"]}))
            .await
            .expect(201);
    }
    for id in ["order-7", "order-71", "payment-1"] {
        call("POST", "/events").json(json!({"id": id, "type": "b", "data": 1})).await.expect(202);
    }
    let generated = call("POST", "/events").json(json!({"type": "a", "data": 1})).await.expect(202).text("/id");
    let ask = async |q: &str| found(&search(&app, &alice, &format!("q={q}")).await.expect(200));
    assert_eq!(ask("user-1").await, of("webhook", &["user-1", "user-12"]));
    assert_eq!(ask("user-12").await, of("webhook", &["user-12"]));
    assert_eq!(ask("order-7").await, of("event", &["order-7", "order-71"]));
    assert_eq!(ask("%20order-71%20").await, of("event", &["order-71"]));
    assert_eq!(ask("rder-7").await, [], "ids by their beginning only");
    assert_eq!(ask(&generated).await, of("event", &[&generated]));
    assert_eq!(ask(&generated[..8]).await, of("event", &[&generated]), "those with ids of their own are not called so");

    let delivery = call("GET", "/deliveries?webhook=user-2").send().await;
    let id = delivery.text("/data/0/id");
    let one = search(&app, &alice, &format!("q={id}")).await.expect(200);
    assert_eq!(found(&one), of("delivery", &[&id]));
    let expected = json!({
        "kind": "delivery", "id": id, "title": "a", "status": "pending", "webhook": "user-2", "event": generated,
        "created_at": delivery.text("/data/0/created_at"),
    });
    assert_eq!(one.at("/data/0"), &expected);
    call("POST", &format!("/deliveries/{id}/cancel")).send().await.expect(200);
    let all = search(&app, &alice, "q=dlv_").await.expect(200);
    assert_eq!(all.at("/data").as_array().unwrap().len(), 4, "in whatever status");
    assert!(found(&all).is_sorted_by(|a, b| a.1 > b.1), "newest first");
}

#[tokio::test]
async fn webhooks_are_found_by_name_and_host_and_types_by_name() {
    let app = TestApp::start().await;
    let put = async |id: &str, name: &str, url: &str| {
        app.call("PUT", &format!("/webhooks/{id}")).json(json!({"url": url, "name": name})).await.expect(201);
    };
    put("w1", "Trading Desk", "https://hooks.acme.example/secret-path").await;
    put("w2", "", "https://ACME.example:8443/").await;
    put("w3", "Größe ändern", "https://other.example/?token=hidden").await;
    let version = json!({"version": 1, "schema": {}, "example": 1});
    let entry = json!({"versions": [version], "title": "A trade of the desk"});
    app.call("PUT", "/event-types/trade.executed").json(entry).await.expect(201);
    let ask = async |q: &str| found(&app.get(&format!("/search?q={q}")).await.expect(200));
    assert_eq!(ask("acme").await, of("webhook", &["w2", "w1"]), "newest first");
    assert_eq!(ask("DESK").await, [of("webhook", &["w1"]), of("event_type", &["trade.executed"])].concat());
    assert_eq!(ask("EXECUTED").await, of("event_type", &["trade.executed"]));
    assert_eq!(ask("gr%C3%B6%C3%9Fe").await, of("webhook", &["w3"]));
    assert_eq!(
        (ask("secret-path").await, ask("hidden").await),
        (vec![], vec![]),
        "paths and queries are not for looking up"
    );
    for (q, ids) in [
        ("https://hooks.acme.example/any-path", &["w1"][..]),
        ("acme.example:8443", &["w2"]),
        ("acme.example:443", &["w1"]),
        ("https://acme.example/", &[]),
    ] {
        assert_eq!(ask(q).await, of("webhook", ids), "{q}");
    }
    let shown = app.get("/search?q=w2").await;
    let expected =
        json!({"kind": "webhook", "id": "w2", "title": "acme.example", "host": "acme.example", "status": "active"});
    assert_eq!(shown.at("/data/0"), &expected);
}

#[tokio::test]
async fn a_tenant_finds_its_own() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.tenant("alice").await, app.tenant("bob").await);
    let call = |method: &str, path: &str| app.call_as(&alice, method, path);
    call("PUT", "/webhooks/w").json(json!({"url": "https://alice.example/", "name": "Of Alice"})).await.expect(201);
    call("POST", "/events").json(json!({"id": "e-alice", "type": "a", "data": 1})).await.expect(202);
    let event = call("POST", "/events").json(json!({"type": "a", "data": 1})).await.expect(202).text("/id");
    let delivery = call("GET", "/deliveries").send().await.text("/data/0/id");
    // Of another, beside it in the order of ids.
    app.call_as(&bob, "PUT", "/webhooks/w-of-bob").json(json!({"url": "https://b.example/"})).await.expect(201);
    for id in ["w-of", "w-of-bob"] {
        assert!(found(&search(&app, &alice, &format!("q={id}")).await.expect(200)).is_empty(), "{id}");
    }
    for q in ["alice", "e-alice", "evt_", "dlv_", &event, &delivery] {
        assert!(!found(&search(&app, &alice, &format!("q={q}")).await).is_empty(), "{q}");
        assert_eq!(
            search(&app, &bob, &format!("q={q}")).await.expect(200).raw,
            r#"{"data":[],"has_more":false}"#,
            "{q}"
        );
    }
}

#[tokio::test]
async fn what_is_found_is_bounded_and_says_so() {
    let app = TestApp::start().await;
    for n in 0..30 {
        app.call("PUT", &format!("/webhooks/w{n:02}")).json(json!({"url": "https://a.example/"})).await.expect(201);
        app.post("/events", json!({"id": format!("w-event-{n:02}"), "type": "a", "data": 1})).await.expect(202);
    }
    let all = app.get("/search?q=w").await.expect(200);
    let kinds = |kind: &str| found(&all).iter().filter(|one| one.0 == kind).count();
    assert_eq!((kinds("webhook"), kinds("event"), all.at("/has_more")), (5, 5, &json!(true)));
    let more = app.get("/search?q=w0&limit=20").await.expect(200);
    assert_eq!((found(&more).len(), more.at("/has_more")), (10, &json!(false)));
    let many = app.get("/search?q=w&limit=20").await.expect(200);
    assert_eq!(found(&many).len(), 40);
    let long = "x".repeat(2_049);
    for query in ["", "q=", "q=%20", &format!("q={long}"), "q=a&limit=0", "q=a&limit=21", "q=a&kind=b"] {
        let refused = app.get(&format!("/search?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.raw);
    }
}

#[tokio::test]
async fn what_a_key_may_not_read_is_left_out() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/alpha").json(json!({"url": "https://a.example/"})).await.expect(201);
    app.post("/events", json!({"id": "alpha-event", "type": "a", "data": 1})).await.expect(202);
    let version = json!({"version": 1, "schema": {}, "example": 1});
    app.call("PUT", "/event-types/alpha.type").json(json!({"versions": [version]})).await.expect(201);
    let kinds = async |scopes: &[&str], q: &str| {
        let key = app.key(json!({"name": "k", "scopes": scopes})).await;
        let all = found(&search(&app, &key, &format!("q={q}")).await.expect(200));
        all.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&["webhooks:read"], "alpha").await, ["webhook"]);
    assert_eq!(kinds(&["webhooks:read", "events:read"], "alpha").await, ["webhook", "event"]);
    assert_eq!(kinds(&["webhooks:read", "catalogue:read"], "alpha").await, ["webhook", "event_type"]);
    assert_eq!(kinds(&["webhooks:read"], "dlv_").await, [""; 0]);
    assert_eq!(kinds(&["webhooks:read", "deliveries:read"], "dlv_").await, ["delivery"]);
    let key = app.key(json!({"name": "k", "scopes": ["events:read"]})).await;
    search(&app, &key, "q=a").await.problem(403, "missing_scope");
}

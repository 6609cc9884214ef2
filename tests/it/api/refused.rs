//! What is wrong with a body is told all at once, in every resource; and nothing is read that is not what it seems.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    app
}

#[tokio::test]
async fn a_list_is_no_object_in_any_resource() {
    let app = app().await;
    let schema = json!([1, {}]);
    for (call, body, pointer) in [
        ("POST /events", json!(["a", 1]), ""),
        ("POST /events", json!({"events": [{"type": "a", "data": 1}, ["a", 1]]}), "/events/1"),
        ("POST /tenants", json!(["acme"]), ""),
        ("PATCH /tenants/default", json!({"quotas": [null, 5]}), "/quotas"),
        ("PATCH /tenants/default", json!({"quotas": {"rate_limit": [1, "second"]}}), "/quotas/rate_limit"),
        ("PATCH /tenants/default", json!({"enrichment": [["region", [], "eu"]]}), "/enrichment/0"),
        ("POST /api-keys", json!(["n", null, ["keys"]]), ""),
        ("POST /api-keys", json!({"name": "n", "scopes": ["keys"], "rate_limit": [1, "second"]}), "/rate_limit"),
        ("PUT /event-types/a", json!({"versions": [schema]}), "/versions/0"),
        ("POST /event-types", json!([false, "market"]), ""),
        ("POST /event-types", json!({"event_types": [["a"]]}), "/event_types/0"),
        ("POST /webhooks", json!(["https://example.com/"]), ""),
        ("POST /webhooks", json!({"url": "https://example.com/", "rate_limit": [1, "second"]}), "/rate_limit"),
        ("POST /webhooks/w/test", json!([true]), ""),
        ("POST /webhooks/w/secret/rotate", json!(["24h"]), ""),
        ("POST /render", json!({"webhook_id": "w", "event": ["evt_1"]}), "/event"),
    ] {
        let (method, path) = call.split_once(' ').unwrap();
        let refused = app.call(method, path).json(body.clone()).await;
        assert_eq!(
            (refused.status, refused.text("/errors/0/pointer").as_str()),
            (400, pointer),
            "{call} {body}: {}",
            refused.raw
        );
        assert!(refused.text("/errors/0/message").contains("list"), "{call}: {}", refused.raw);
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_in_every_resource() {
    let app = app().await;
    let bad = json!({"type": "a b", "data": 1, "version": "x", "colour": 1});
    let two = json!([{"schema": {"type": "money"}, "version": 0}, {"schema": {"type": "what"}}]);
    let enrichment = json!([{"field": "a", "expression": "data."}, {"field": "b", "expression": "1 +"}]);
    let key = json!({"name": "", "scopes": ["tenants"], "rate_limit": {"limit": 1, "per": "day"},
        "expires_at": "2020-01-01T00:00:00Z", "tenant": "default"});
    for (call, body, pointers) in [
        ("POST /events", bad.clone(), vec!["/type", "/version", "/colour"]),
        (
            "POST /events",
            json!({"events": [bad, {"type": "a", "data": 1, "id": ""}]}),
            vec!["/events/0/type", "/events/0/version", "/events/0/colour", "/events/1/id"],
        ),
        ("POST /tenants", json!({"id": "A B", "name": "", "quota": 1}), vec!["/id", "/name", "/quota"]),
        (
            "PATCH /tenants/default",
            json!({"name": 1, "validation": "often", "quotas": {"patterns": -1}, "more": 1}),
            vec!["/name", "/validation", "/quotas/patterns", "/more"],
        ),
        (
            "PATCH /tenants/default",
            json!({"name": "", "enrichment": enrichment}),
            vec!["/name", "/enrichment/0/expression", "/enrichment/1/expression"],
        ),
        ("POST /api-keys", key, vec!["/name", "/scopes/0", "/expires_at"]),
        (
            "POST /api-keys",
            json!({"scopes": ["x"], "expires_at": "soon", "more": 1, "name": "n"}),
            vec!["/scopes/0", "/expires_at", "/more"],
        ),
        (
            "PUT /event-types/a",
            json!({"group": "a b", "title": "x".repeat(300), "versions": two}),
            vec!["/title", "/group", "/versions/0/version", "/versions/0/schema/type", "/versions/1/schema/type"],
        ),
        (
            "PUT /event-types/a",
            json!({"status": "new", "titel": "x", "versions": [{"schema": {}, "version": "1"}]}),
            vec!["/status", "/titel", "/versions/0/version"],
        ),
        ("PATCH /event-types/known", json!({"status": "new", "titel": "x"}), vec!["/status", "/titel"]),
        (
            "POST /event-types",
            json!({"event_types": [{"name": "a b", "versions": []}, {"name": "a", "versions": []}]}),
            vec!["/event_types/0/name", "/event_types/1/versions"],
        ),
        ("POST /webhooks/w/test", json!({"type": "a b", "timeout": 5, "more": 1}), vec!["/type", "/timeout", "/more"]),
    ] {
        let (method, path) = call.split_once(' ').unwrap();
        if path.ends_with("known") {
            let known = json!({"versions": [{"schema": {}, "example": 1}]});
            app.call("PUT", path).json(known).await.expect(201);
        }
        let refused = app.call(method, path).json(body.clone()).await.problem(400, "invalid_body");
        let mut found: Vec<&str> =
            refused.at("/errors").as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        found.sort_unstable();
        let mut expected: Vec<&str> = pointers;
        expected.sort_unstable();
        assert_eq!(found, expected, "{call} {body}");
    }
    assert_eq!(app.get("/tenants/default").await.at("/enrichment"), &json!([]), "nothing of it was kept");
}

#[tokio::test]
async fn of_many_that_are_wrong_some_are_told_in_every_resource() {
    let app = app().await;
    let many = |value: Value| vec![value; 5_000];
    let patterns: Vec<String> = (0..1_000).map(|n| format!("a b {n}")).collect();
    let unknown = |first: Value| {
        let more = (0..5_000).map(|n| (format!("m{n}"), json!(1)));
        let mut object = first;
        object.as_object_mut().unwrap().extend(more);
        object
    };
    let fields: Vec<Value> = (0..50).map(|n| json!({"field": format!("f{n}"), "expression": "data. +"})).collect();
    let events = (0..1_000).map(|_| json!({"type": "a b", "data": 1})).collect::<Vec<_>>();
    for (call, body) in [
        ("POST /replays", json!({"webhook": "w", "statuses": many(json!("pending"))})),
        ("POST /deliveries/retry", json!({"statuses": many(json!("delivered"))})),
        ("POST /deliveries/cancel", json!({"webhook": "w", "statuses": many(json!("failed"))})),
        ("POST /replays", json!({"webhook": "w", "event_types": patterns})),
        ("POST /replays", json!({"webhook": "w", "failures": many(json!("bad luck"))})),
        ("POST /api-keys", json!({"name": "n", "tenant": "default", "scopes": many(json!("tenants"))})),
        ("POST /api-keys", json!({"name": "n", "scopes": many(json!("all"))})),
        ("POST /webhooks", json!({"url": "https://example.com/", "event_types": patterns})),
        ("POST /webhooks", json!({"url": "https://example.com/", "payload": unknown(json!({"type": "data"}))})),
        ("POST /webhooks", unknown(json!({"url": "https://example.com/"}))),
        ("POST /webhooks", json!({"url": "https://example.com/", "assets": {"symbols": many(json!(""))}})),
        ("PATCH /webhooks/w", unknown(json!({"name": "n"}))),
        ("PATCH /tenants/default", json!({"enrichment": fields})),
        ("PUT /event-types/a", json!({"versions": many(json!({"schema": {"type": "what"}}))})),
        ("POST /event-types", json!({"event_types": many(json!({"name": "a b"}))})),
        ("POST /events", json!({"events": events})),
        ("PUT /saved-events/s", unknown(json!({"type": "a", "data": 1}))),
        ("PUT /reports/r", unknown(json!({}))),
        ("PUT /theme", unknown(json!({}))),
    ] {
        let (method, path) = call.split_once(' ').unwrap();
        let refused = app.call(method, path).json(body).await;
        assert_eq!(refused.status, 400, "{call}: {}", refused.raw);
        let told = refused.at("/errors").as_array().unwrap().len();
        assert!(
            (1..=20).contains(&told) && refused.raw.len() < 32 << 10,
            "{call}: {told}, {} bytes",
            refused.raw.len()
        );
    }
    let statuses: String = (0..63).map(|_| "&status=lost").collect();
    let refused = app.get(&format!("/deliveries?limit=1{statuses}")).await.problem(400, "invalid_parameter");
    assert_eq!(refused.at("/errors").as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_number_where_a_length_of_time_is_meant_gets_the_cure() {
    let app = app().await;
    for (path, body, pointer, cure) in [
        ("/webhooks", json!({"url": "https://example.com/", "timeout": 10}), "/timeout", "10s"),
        ("/webhooks", json!({"url": "https://example.com/", "retry": {"schedule": [5]}}), "/retry", "5s"),
        ("/webhooks", json!({"url": "https://example.com/", "batch": {"max_wait": 2}}), "/batch/max_wait", "2s"),
        ("/webhooks/w/secret/rotate", json!({"grace": 3600}), "/grace", "3600s"),
        ("/webhooks/w/test", json!({"timeout": 7}), "/timeout", "7s"),
    ] {
        let refused = app.post(path, body).await.problem(400, "invalid_body");
        assert!(refused.text("/errors/0/pointer").starts_with(pointer), "{path}: {}", refused.raw);
        assert!(refused.text("/errors/0/message").contains(&format!("\"{cure}\"")), "{path}: {}", refused.raw);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_told_with_its_line_and_column() {
    let app = app().await;
    for path in ["/events", "/webhooks", "/tenants", "/api-keys", "/event-types", "/render"] {
        let refused =
            app.call("POST", path).body("application/json", "{\n  \"a\" 1\n}").await.problem(400, "invalid_body");
        let message = refused.text("/errors/0/message");
        assert!(message.contains("line 2, column 7 (byte 9)"), "{path}: {message}");
    }
    let none: Value = app.get("/tenants?limit=9").await.expect(200).json;
    assert_eq!(none["data"].as_array().unwrap().len(), 1);
}

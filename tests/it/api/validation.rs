//! Whether events are what the catalogue says of their types: off, warn or enforce, as each tenant has it.

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

async fn app(validation: &str) -> TestApp {
    let app = TestApp::start().await;
    let schema = json!({
        "type": "object", "required": ["symbol"],
        "properties": {"symbol": {"type": "string"}, "price": {"type": "number"}, "lines": {"type": "array", "items": {"type": "integer"}}},
    });
    let body = json!({"versions": [
        {"version": 1, "schema": schema, "example": {"symbol": "AAPL"}},
        {"version": 3, "schema": {"type": "object", "required": ["price"]}, "example": {"price": 1}},
    ]});
    app.call("PUT", "/event-types/quote").json(body).await.expect(201);
    let changed = app.call("PATCH", "/tenants/default").json(json!({"validation": validation})).await.expect(200);
    assert_eq!(changed.text("/validation"), validation);
    app
}

/// Events and the place of what is wrong with each.
fn wrong() -> Vec<(Value, &'static str, &'static str)> {
    let quote = |version: u32, data: Value| json!({"type": "quote", "version": version, "data": data});
    vec![
        (json!({"type": "unknown.type", "data": 1}), "/type", "not in the catalogue"),
        (quote(2, json!({"symbol": "A", "price": 1})), "/version", "1, 3"),
        (quote(1, json!({"symbol": 1})), "/data/symbol", "string"),
        (quote(1, json!({"symbol": "A", "lines": [1, 2, "three"]})), "/data/lines/2", "integer"),
        (quote(1, json!({})), "/data/symbol", "missing"),
        (quote(1, json!("AAPL")), "/data", "object"),
        (json!({"type": "quote", "data": {"symbol": "A"}}), "/data/price", "missing"),
    ]
}

fn good() -> Value {
    json!({"type": "quote", "version": 1, "data": {"symbol": "AAPL", "price": 1.5, "lines": [1]}})
}

#[track_caller]
fn names(answer: &Answer, list: &str, pointer: &str, part: &str) {
    assert_eq!(answer.text(&format!("{list}/0/pointer")), pointer, "{}", answer.raw);
    let message = answer.text(&format!("{list}/0/message"));
    assert!(message.contains(part), "{message}");
}

#[tokio::test]
async fn enforced_what_does_not_fit_is_refused_with_its_place() {
    let app = app("enforce").await;
    for (event, pointer, part) in wrong() {
        let refused = app.post("/events", event).await.problem(400, "invalid_event");
        names(&refused, "/errors", pointer, part);
    }
    assert_eq!(app.get("/events").await.at("/data"), &json!([]), "nothing was kept");
    let kept = app.post("/events", good()).await.expect(202);
    assert_eq!(kept.json.get("warnings"), None);
}

#[tokio::test]
async fn enforced_one_wrong_event_of_several_keeps_none() {
    let app = app("enforce").await;
    for (event, pointer, part) in wrong() {
        let refused =
            app.post("/events", json!({"events": [good(), event, good()]})).await.problem(400, "invalid_event");
        names(&refused, "/errors", &format!("/events/1{pointer}"), part);
    }
    assert_eq!(app.get("/events").await.at("/data"), &json!([]));
    app.post("/events", json!({"events": [good(), good()]})).await.expect(202);
    assert_eq!(app.get("/events").await.at("/data").as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn warned_what_does_not_fit_is_kept_and_told() {
    let app = app("warn").await;
    for (event, pointer, part) in wrong() {
        let kept = app.post("/events", event).await.expect(202);
        names(&kept, "/warnings", pointer, part);
    }
    let event = json!({"type": "quote", "version": 1, "data": {"symbol": 1}});
    let kept = app.post("/events", json!({"events": [good(), event]})).await.expect(202);
    assert_eq!(kept.at("/events/0").get("warnings"), None);
    names(&kept, "/events/1/warnings", "/events/1/data/symbol", "string");
    assert_eq!(app.get("/events").await.at("/data").as_array().unwrap().len(), wrong().len() + 2);
}

#[tokio::test]
async fn off_nothing_is_looked_at() {
    let app = app("off").await;
    for (event, ..) in wrong() {
        assert_eq!(app.post("/events", event).await.expect(202).json.get("warnings"), None);
    }
}

#[tokio::test]
async fn an_archived_type_is_not_to_be_published_and_a_deprecated_one_can_be() {
    let app = app("enforce").await;
    let set = |status: &str| app.call("PATCH", "/event-types/quote").json(json!({"status": status}));
    set("deprecated").await.expect(200);
    app.post("/events", good()).await.expect(202);
    set("archived").await.expect(200);
    names(&app.post("/events", good()).await.problem(400, "invalid_event"), "/errors", "/type", "archived");
    app.call("DELETE", "/event-types/quote").send().await.expect(204);
    names(&app.post("/events", good()).await.problem(400, "invalid_event"), "/errors", "/type", "not in the catalogue");
}

#[tokio::test]
async fn an_event_without_version_is_held_to_the_newest_that_is_not_deprecated() {
    let app = app("enforce").await;
    let publish = |data: Value| app.post("/events", json!({"type": "quote", "data": data}));
    publish(json!({"price": 1})).await.expect(202);
    let mut entry = app.get("/event-types/quote").await.expect(200).json;
    entry["versions"][1]["deprecated"] = json!(true);
    let patch = json!({"versions": entry["versions"]});
    app.call("PATCH", "/event-types/quote").json(patch).await.expect(200);
    publish(json!({"symbol": "A"})).await.expect(202);
    names(&publish(json!({"price": 1})).await.problem(400, "invalid_event"), "/errors", "/data/symbol", "missing");
    let sample = app.get("/event-types/quote/sample").await.expect(200);
    assert_eq!((sample.at("/version"), sample.at("/data")), (&json!(1), &json!({"symbol": "AAPL"})));
    publish(sample.at("/data").clone()).await.expect(202);
}

#[tokio::test]
async fn a_schema_applies_from_the_answer_on_and_to_who_wants_it() {
    let app = app("enforce").await;
    let acme = app.tenant("acme").await;
    let bad = json!({"type": "quote", "version": 1, "data": {"symbol": 1}});
    app.call_as(&acme, "POST", "/events").json(bad.clone()).await.expect(202);
    app.call("PATCH", "/tenants/acme").json(json!({"validation": "warn"})).await.expect(200);
    let warned = app.call_as(&acme, "POST", "/events").json(bad.clone()).await.expect(202);
    names(&warned, "/warnings", "/data/symbol", "string");
    app.post("/events", bad.clone()).await.problem(400, "invalid_event");
    let looser = json!({"versions": [{"schema": {"type": "object"}, "example": {}}]});
    app.call("PUT", "/event-types/quote").json(looser).await.expect(200);
    app.post("/events", bad).await.expect(202);
    app.call("PATCH", "/tenants/acme").json(json!({"validation": "maybe"})).await.wrong_field("/validation", "unknown");
    app.call_as(&acme, "PATCH", "/tenants/acme").json(json!({"validation": "off"})).await.problem(403, "operator_only");
}

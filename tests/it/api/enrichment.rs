//! Fields that a tenant adds to its events before they are matched.

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

async fn app(enrichment: Value) -> TestApp {
    let app = TestApp::start().await;
    declare(&app, "default", enrichment).await.expect(200);
    app
}

async fn declare(app: &TestApp, tenant: &str, enrichment: Value) -> Answer {
    app.call("PATCH", &format!("/tenants/{tenant}")).json(json!({"enrichment": enrichment})).await
}

/// The data of an event as it is kept.
async fn kept(app: &TestApp, event: Value) -> Value {
    let id = app.post("/events", event).await.expect(202).text("/id");
    app.get(&format!("/events/{id}")).await.expect(200).at("/data").clone()
}

fn trade(price: f64, quantity: u32) -> Value {
    json!({"type": "trade", "data": {"price": price, "quantity": quantity}})
}

#[tokio::test]
async fn constants_and_computed_fields_are_added_in_turn() {
    let app = app(json!([
        {"field": "region", "value": "eu"},
        {"field": "notional", "expression": "data.price * data.quantity"},
        {"field": "book.large", "expression": "data.notional > 100"},
        {"field": "price", "value": 0},
        {"field": "quantity", "expression": "data.quantity + 1", "overwrite": true},
        {"field": "only.trades", "value": true, "event_types": ["trade.*"]},
        {"field": "kind", "expression": "type"},
    ]))
    .await;
    let expected = json!({
        "price": 1.5, "quantity": 101, "region": "eu", "notional": 150.0, "book": {"large": true}, "kind": "trade",
    });
    assert_eq!(kept(&app, trade(1.5, 100)).await, expected);
    let other = kept(&app, json!({"type": "trade.done", "data": {"price": 1, "quantity": 2}})).await;
    assert_eq!((&other["only"], &other["kind"]), (&json!({"trades": true}), &json!("trade.done")));
    let settings = app.get("/tenants/default").await.expect(200);
    assert_eq!(settings.at("/enrichment").as_array().unwrap().len(), 7);
    assert_eq!(settings.text("/enrichment/1/expression"), "data.price * data.quantity");
}

#[tokio::test]
async fn a_filter_finds_what_was_added() {
    let app = app(json!([{"field": "notional", "expression": "data.price * data.quantity"}])).await;
    let filter = json!({"data": {"notional": {"$gte": 100}}});
    let webhook = json!({"url": "https://example.com/", "filter": filter});
    app.call("PUT", "/webhooks/w").json(webhook).await.expect(201);
    for (quantity, deliveries) in [(10, 0), (100, 1)] {
        let receipt = app.post("/events", trade(1.5, quantity)).await.expect(202);
        assert_eq!(receipt.at("/deliveries"), &json!(deliveries));
    }
    declare(&app, "default", json!([])).await.expect(200);
    assert_eq!(
        app.post("/events", trade(1.5, 100)).await.expect(202).at("/deliveries"),
        &json!(0),
        "from the answer on"
    );
}

#[tokio::test]
async fn what_cannot_be_computed_is_not_added_and_the_event_is_kept() {
    let app = app(json!([
        {"field": "bad", "expression": "data.price / data.nothing.at.all"},
        {"field": "zero", "expression": "1 / 0"},
        {"field": "price.currency", "value": "USD"},
        {"field": "ok", "value": 1},
    ]))
    .await;
    assert_eq!(kept(&app, json!({"type": "a", "data": {"price": 1}})).await, json!({"price": 1, "ok": 1}));
    assert_eq!(kept(&app, json!({"type": "a", "data": [1]})).await, json!([1]));
    assert_eq!(kept(&app, json!({"type": "a", "data": "text"})).await, json!("text"));
}

#[tokio::test]
async fn a_wrong_declaration_is_refused_with_its_place() {
    let app = app(json!([{"field": "kept", "value": 1}])).await;
    let good = json!({"field": "a", "value": 1});
    for (declaration, pointer, part) in [
        (json!([good, {"field": "b", "expression": "data. +"}]), "/enrichment/1/expression", ""),
        (json!([{"field": "b", "expression": ""}]), "/enrichment/0", "1 to 2000"),
        (json!([{"field": "b"}]), "/enrichment/0", "exactly one of"),
        (json!([{"field": "b", "value": 1, "expression": "1"}]), "/enrichment/0", "exactly one of"),
        (json!([{"field": "a..b", "value": 1}]), "/enrichment/0", "order.notional"),
        (json!([{"field": "b", "value": 1, "colour": 1}]), "/enrichment/0", "unknown field"),
        (
            json!([{"field": "b", "value": 1, "event_types": ["a b"]}]),
            "/enrichment/0/event_types/0",
            "not an event type",
        ),
        (Value::Array(vec![good.clone(); 51]), "/enrichment", "at most 50"),
        (json!("all"), "/enrichment", ""),
    ] {
        let answer = declare(&app, "default", declaration).await.problem(400, "invalid_body");
        let at = answer.text("/errors/0/pointer");
        assert!(at.starts_with(pointer), "{pointer}: {}", answer.raw);
        assert!(answer.text("/errors/0/message").contains(part), "{}", answer.raw);
    }
    assert_eq!(kept(&app, json!({"type": "a", "data": {}})).await, json!({"kept": 1}), "the old one stays");
    declare(&app, "nobody", json!([])).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_request_sent_again_is_recognised_by_what_was_sent() {
    let app = app(json!([{"field": "n", "value": 1}])).await;
    let event = json!({"id": "mine", "type": "a", "data": {"x": 1}});
    app.post("/events", event.clone()).await.expect(202);
    // What is added has changed since, what was sent has not.
    declare(&app, "default", json!([{"field": "n", "value": 2}, {"field": "m", "value": 3}])).await.expect(200);
    assert_eq!(app.post("/events", event).await.expect(202).at("/duplicate"), &json!(true));
    // What looks like the event after enrichment is another one.
    let other = json!({"id": "mine", "type": "a", "data": {"x": 1, "n": 1}});
    app.post("/events", other).await.problem(409, "event_conflict");
    let by_key =
        || app.call("POST", "/events").header("idempotency-key", "k1").json(json!({"type": "a", "data": {"x": 2}}));
    assert_eq!(by_key().await.expect(202).at("/duplicate"), &json!(false));
    declare(&app, "default", json!([])).await.expect(200);
    assert_eq!(by_key().await.expect(202).at("/duplicate"), &json!(true));
    assert_eq!(app.get("/events/mine").await.at("/data"), &json!({"x": 1, "n": 1}), "as it was first");
}

#[tokio::test]
async fn an_event_is_checked_as_it_was_sent() {
    let app = app(json!([{"field": "added", "value": 1}])).await;
    let schema = json!({"type": "object", "properties": {"x": {}}, "additionalProperties": false});
    let body = json!({"versions": [{"schema": schema, "example": {"x": 1}}]});
    app.call("PUT", "/event-types/strict").json(body).await.expect(201);
    app.call("PATCH", "/tenants/default").json(json!({"validation": "enforce"})).await.expect(200);
    assert_eq!(kept(&app, json!({"type": "strict", "data": {"x": 1}})).await, json!({"x": 1, "added": 1}));
}

#[tokio::test]
async fn other_tenants_are_left_alone() {
    let app = app(json!([])).await;
    let (acme, other) = (app.tenant("acme").await, app.tenant("other").await);
    declare(&app, "acme", json!([{"field": "of", "value": "acme"}])).await.expect(200);
    declare(&app, "other", json!([{"field": "of", "expression": "type ~ '!'"}])).await.expect(200);
    for (key, expected) in [(&acme, json!({"of": "acme"})), (&other, json!({"of": "a!"}))] {
        app.call_as(key, "POST", "/events").json(json!({"id": "e", "type": "a", "data": {}})).await.expect(202);
        assert_eq!(app.call_as(key, "GET", "/events/e").send().await.at("/data"), &expected);
    }
    assert_eq!(kept(&app, json!({"type": "a", "data": {}})).await, json!({}));
}

#[tokio::test]
async fn a_preview_shows_what_is_added() {
    let app = app(json!([{"field": "notional", "expression": "data.price * data.quantity"}])).await;
    let ask = |price: u32| {
        json!({
            "webhook": {"filter": {"data": {"notional": {"$gte": 100}}}, "payload": {"type": "data"}},
            "event": {"event_type": "trade", "data": {"price": price, "quantity": 2}},
        })
    };
    let seen = app.post("/render", ask(60)).await.expect(200);
    assert_eq!((seen.at("/event/data/notional"), seen.at("/matches")), (&json!(120), &json!(true)));
    assert!(seen.text("/request/body/content").contains(r#""notional":120"#), "{}", seen.raw);
    assert_eq!(app.post("/render", ask(40)).await.expect(200).at("/matches"), &json!(false));
}

#[tokio::test]
async fn the_examples_of_the_documentation_are_taken() {
    let app = TestApp::start().await;
    let example = |text: &str| -> Value {
        let (_, rest) = text.split_once("```json\n").unwrap();
        serde_json::from_str(rest.split("```").next().unwrap()).unwrap()
    };
    let filter = example(include_str!("../../../docs/filters.md"));
    app.post("/render", json!({"webhook": filter})).await.expect(200);
    let enrichment = example(include_str!("../../../docs/catalogue.md"));
    app.call("PATCH", "/tenants/default").json(enrichment).await.expect(200);
}

//! Publishing events and looking at them.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn an_event_is_accepted_and_shown_as_it_was_sent() {
    let app = TestApp::start().await;
    let body = r#"{"type":"price.alert","version":2,"ordering_key":"AAPL","timestamp":"2027-01-15T07:59:00Z","data":{ "price" : 1.50,"é":"\u00e9"}}"#;
    let receipt = app.call("POST", "/events").body("application/json", body).await.expect(202);
    let id = receipt.text("/id");
    assert!(id.starts_with("evt_"));
    let expected = json!({
        "id": id, "type": "price.alert", "timestamp": "2027-01-15T07:59:00.000Z", "deliveries": 0, "duplicate": false,
    });
    assert_eq!(receipt.json, expected);
    let event = app.get(&format!("/events/{id}")).await.expect(200);
    assert!(event.raw.contains(r#""data":{ "price" : 1.50,"é":"\u00e9"}"#), "{}", event.raw);
    assert_eq!(event.text("/accepted_at"), "2027-01-15T08:00:00.000Z");
    assert_eq!((event.at("/version"), event.text("/ordering_key")), (&json!(2), "AAPL".into()));
    app.get("/events/evt_0000000000000").await.problem(404, "not_found");
    app.get("/events/%FF").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_kept_whole() {
    let app = TestApp::start().await;
    let events: Vec<_> = (0..3).map(|n| json!({"type": format!("t{n}"), "id": format!("e{n}"), "data": n})).collect();
    let receipt = app.post("/events", json!({"events": events})).await.expect(202);
    let ids: Vec<_> = (0..3).map(|n| receipt.text(&format!("/events/{n}/id"))).collect();
    assert_eq!(ids, ["e0", "e1", "e2"]);

    let bad = json!({"events": [{"type": "a", "data": 1}, {"type": "a b", "data": 1}]});
    app.post("/events", bad).await.wrong_field("/events/1/type", "not an event type");
    let clash = json!({"events": [{"type": "new", "data": 1, "id": "n1"}, {"type": "t1", "data": 7, "id": "e1"}]});
    let answer = app.post("/events", clash).await.problem(409, "event_conflict");
    assert_eq!(answer.text("/errors/0/pointer"), "/events/1/id");
    app.get("/events/n1").await.problem(404, "not_found");
    let twice = json!({"events": [{"type": "a", "data": 1, "id": "n2"}, {"type": "a", "data": 2, "id": "n2"}]});
    let answer = app.post("/events", twice).await.problem(409, "event_conflict");
    assert!(answer.text("/detail").contains("two events of this request"), "{}", answer.raw);
    assert_eq!(answer.text("/errors/0/pointer"), "/events/1/id");
    app.post("/events", json!({"events": []})).await.wrong_field("/events", "1 to 1000");
    let many = vec![json!({"type": "a", "data": 1}); 1001];
    app.post("/events", json!({"events": many})).await.wrong_field("/events", "1 to 1000");
}

#[tokio::test]
async fn the_same_event_twice_is_answered_as_the_first_time() {
    let app = TestApp::start().await;
    app.post("/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
    let event = json!({"type": "a", "data": {"n": 1}, "id": "order-1"});
    let first = app.post("/events", event.clone()).await.expect(202);
    app.clock.advance(Duration::from_secs(60));
    app.post("/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
    let second = app.post("/events", event.clone()).await.expect(202);
    let mut expected = first.json.clone();
    expected["duplicate"] = json!(true);
    assert_eq!(second.json, expected);

    let other = app.post("/events", json!({"type": "a", "data": {"n": 2}, "id": "order-1"})).await;
    let other = other.problem(409, "event_conflict");
    assert!(other.text("/detail").contains("`order-1`") && other.text("/errors/0/pointer") == "/id", "{}", other.raw);
    app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(app.post("/events", event).await.expect(202).at("/duplicate"), &json!(false));
}

#[tokio::test]
async fn an_idempotency_key_makes_a_request_safe_to_repeat() {
    let app = TestApp::start().await;
    let publish = |key: &str, n: u32| {
        app.call("POST", "/events").header("idempotency-key", key).json(json!({"type": "a", "data": n}))
    };
    let first = publish("k-1", 1).await.expect(202);
    let again = publish("\"k-1\"", 1).await.expect(202);
    assert_eq!((again.text("/id"), again.at("/duplicate")), (first.text("/id"), &json!(true)));
    let clash = publish("k-1", 2).await.problem(409, "event_conflict");
    assert!(clash.text("/detail").contains(&first.text("/id")), "{}", clash.raw);
    let bad = publish("a b", 1).await.problem(400, "invalid_header");
    assert_eq!(bad.text("/errors/0/header"), "Idempotency-Key");

    for tenant in ["default", "*"] {
        let named = |id: &str| {
            let event = json!({"type": "a", "data": 1, "id": id});
            app.call("POST", "/events").header("tenant", tenant).header("idempotency-key", "k-2").json(event)
        };
        named("one").await.expect(202);
        let clash = named("another").await.problem(409, "event_conflict");
        assert!(
            clash.text("/detail").contains("one"),
            "an event with an id of its own is not swallowed: {}",
            clash.raw
        );
        assert_eq!(named("one").await.expect(202).at("/duplicate"), true);
    }

    let batch = json!({"events": [{"type": "a", "data": 1}, {"type": "a", "data": 1}]});
    let send = || app.call("POST", "/events").header("idempotency-key", "b-1").json(batch.clone());
    let (first, again) = (send().await.expect(202), send().await.expect(202));
    assert_ne!(first.text("/events/0/id"), first.text("/events/1/id"));
    assert_eq!(first.text("/events/1/id"), again.text("/events/1/id"));
    assert_eq!(again.at("/events/1/duplicate"), &json!(true));
}

#[tokio::test]
async fn wrong_events_are_refused_with_the_place() {
    let app = TestApp::start().await;
    app.post("/events", json!({"type": "a", "data": 1, "topic": "x"})).await.wrong_field("/topic", "unknown field");
    // It is sent as `webhook-id`, where a full stop would separate the parts of what is signed.
    for id in ["", ".", "a.b"] {
        app.post("/events", json!({"type": "a", "data": 1, "id": id})).await.wrong_field("/id", "dots");
    }
    app.post("/events", json!({"type": "a", "data": 1, "timestamp": "now"}))
        .await
        .wrong_field("/timestamp", "RFC 3339");
    app.post("/events", json!({"type": "a"})).await.wrong_field("/data", "missing field `data`");
}

#[tokio::test]
async fn events_are_listed_newest_first_in_pages() {
    let app = TestApp::start().await;
    for n in 0..5 {
        let kind = if n % 2 == 0 { "even" } else { "odd" };
        app.post("/events", json!({"type": kind, "data": n, "id": format!("e{n}")})).await.expect(202);
        app.clock.advance(Duration::from_secs(1));
    }
    let mut seen = Vec::new();
    let mut path = "/events?limit=2".to_owned();
    loop {
        let page = app.get(&path).await.expect(200);
        seen.extend(page.each("/id"));
        if page.at("/has_more") == &json!(false) {
            assert_eq!(page.at("/next_cursor"), &json!(null));
            break;
        }
        path = format!("/events?limit=2&cursor={}", page.text("/next_cursor"));
    }
    assert_eq!(seen, ["e4", "e3", "e2", "e1", "e0"]);
    assert_eq!(app.get("/events?event_type=odd").await.each("/id"), ["e3", "e1"]);
    let window = "/events?from=2027-01-15T08:00:01Z&to=2027-01-15T08:00:03Z";
    assert_eq!(app.get(window).await.each("/id"), ["e2", "e1"]);
}

#[tokio::test]
async fn the_deliveries_of_a_large_fan_out_are_listed_to_the_last() {
    let app = TestApp::start().await;
    app.post("/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
    app.post("/events", json!({"id": "large", "type": "a", "data": 1})).await.expect(202);
    app.database()
        .execute(
            "INSERT INTO deliveries (id, webhook, event, tenant, status, attempts, failed)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10200)
             SELECT id + n, webhook, event, tenant, 2, 1, 0 FROM n, (SELECT * FROM deliveries LIMIT 1)",
            [],
        )
        .unwrap();
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/events/large/deliveries?limit=250{cursor}")).await.expect(200);
        found.extend(page.each("/id"));
        match page.at("/next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found.len(), 10_201);
    found.dedup();
    assert_eq!(found.len(), 10_201, "each once");
}

//! Filters and assets from end to end: an event reaches the webhooks that want it, and no others.

use serde_json::{Value, json};

use crate::{
    client::{Hook, text},
    receiver::Receiver,
    server::TestServer,
};

/// What the webhook's filter makes of an event: whether it is delivered.
async fn reaches(server: &TestServer, receiver: &Receiver, event: Value) -> bool {
    let id = server.publish_event(event).await;
    let found = server.get(&format!("/events/{id}/deliveries")).await;
    let wanted = !found["data"].as_array().unwrap().is_empty();
    if wanted {
        server.delivery_in(&id, "delivered").await;
        assert_eq!(receiver.last().id(), id);
    }
    wanted
}

async fn filtered(filter: Value) -> (TestServer, Receiver, Hook) {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"filter": filter})).await;
    (server, receiver, hook)
}

#[tokio::test]
async fn only_what_the_filter_holds_for_is_sent() {
    let (server, receiver, hook) =
        filtered(json!({"data": {"symbol": {"$in": ["AAPL", "MSFT"]}, "price": {"$gte": 180}, "tags": "hot"}})).await;
    assert_eq!(hook.made["filter"]["data"]["price"]["$gte"], 180);
    let quote = |symbol: &str, price: f64, tags: Value| json!({"type": "quote", "data": {"symbol": symbol, "price": price, "tags": tags}});
    for (event, expected) in [
        (quote("AAPL", 180.0, json!(["cold", "hot"])), true),
        (quote("AAPL", 179.99, json!("hot")), false),
        (quote("NVDA", 500.0, json!("hot")), false),
        (quote("MSFT", 400.0, json!(["cold"])), false),
        (json!({"type": "quote", "data": {"symbol": "AAPL", "tags": "hot"}}), false),
        (json!({"type": "quote", "data": "AAPL"}), false),
    ] {
        assert_eq!(reaches(&server, &receiver, event.clone()).await, expected, "{event}");
    }
}

#[tokio::test]
async fn a_filter_asks_about_the_event_itself_too() {
    for (filter, yes, no) in [
        (json!({"id": {"$startsWith": "ord-"}}), json!({"id": "ord-1"}), json!({"id": "x-1"})),
        (json!({"type": {"$regex": "^a\\.[xy]$"}}), json!({"type": "a.x"}), json!({"type": "a.z"})),
        (
            json!({"timestamp": {"$gte": "2026-01-01T00:00:00.000Z", "$lt": "2026-01-02T00:00:00.000Z"}}),
            json!({"timestamp": "2026-01-01T23:59:59.999Z"}),
            json!({"timestamp": "2026-01-02T00:00:00Z"}),
        ),
        (json!({"version": {"$gt": 1}}), json!({"version": 2}), json!({})),
        (json!({"ordering_key": {"$in": ["k1", "k2"]}}), json!({"ordering_key": "k2"}), json!({"ordering_key": "k3"})),
        (json!({"correlation_id": {"$exists": true}}), json!({"correlation_id": "c1"}), json!({})),
        (
            json!({"$or": [{"type": "b"}, {"$not": {"data": {"n": 1}}}]}),
            json!({"data": {"n": 2}}),
            json!({"data": {"n": 1}}),
        ),
    ] {
        let (server, receiver, _) = filtered(filter.clone()).await;
        let event = |part: &Value| {
            let mut event = json!({"type": "a", "data": {}});
            event.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            event
        };
        assert!(reaches(&server, &receiver, event(&yes)).await, "{filter} {yes}");
        assert!(!reaches(&server, &receiver, event(&no)).await, "{filter} {no}");
    }
}

#[tokio::test]
async fn an_event_that_names_no_time_happens_now_for_filters_too() {
    let now = "2026-01-31T12:00:00.000Z";
    let (server, receiver, hook) = filtered(json!({"timestamp": {"$gte": now}})).await;
    assert!(reaches(&server, &receiver, json!({"type": "a", "data": 1})).await);
    server.change(&hook.id, json!({"filter": {"timestamp": {"$gt": now}}})).await;
    assert!(!reaches(&server, &receiver, json!({"type": "a", "data": 1})).await);
}

#[tokio::test]
async fn assets_are_a_filter_on_symbol_and_sector_beside_the_own_one() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings =
        json!({"assets": {"symbols": ["xom"], "sectors": ["energy"]}, "filter": {"data": {"price": {"$gt": 1}}}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    let event = |data: Value| json!({"type": "quote", "data": data});
    for (data, expected) in [
        (json!({"symbol": "XOM", "sector": "energy", "price": 2}), true),
        (json!({"symbols": ["AAPL", "XOM"], "sectors": ["technology", "Energy"], "price": 2}), true),
        (json!({"symbol": "XOM", "sector": "energy", "price": 1}), false),
        (json!({"symbol": "XOM", "price": 2}), false),
        (json!({"symbol": "MSFT", "sector": "energy", "price": 2}), false),
    ] {
        assert_eq!(reaches(&server, &receiver, event(data.clone())).await, expected, "{data}");
    }
    let changed = server.change(&hook.id, json!({"assets": null})).await;
    assert_eq!((&changed["assets"], changed["filter"].is_null()), (&json!(null), false));
    assert!(reaches(&server, &receiver, event(json!({"symbol": "MSFT", "price": 2}))).await);
}

#[tokio::test]
async fn a_patch_replaces_the_whole_filter_from_the_answer_on() {
    let (server, receiver, hook) = filtered(json!({"data": {"a": 1}})).await;
    let event = |data: Value| json!({"type": "x", "data": data});
    let changed = server.change(&hook.id, json!({"filter": {"data": {"b": 2}}})).await;
    assert_eq!(changed["filter"], json!({"data": {"b": 2}}), "and is not merged with the old one");
    assert!(reaches(&server, &receiver, event(json!({"b": 2}))).await);
    assert!(!reaches(&server, &receiver, event(json!({"a": 1}))).await);
    let changed = server.change(&hook.id, json!({"name": "n"})).await;
    assert_eq!(changed["filter"], json!({"data": {"b": 2}}));
    let changed = server.change(&hook.id, json!({"filter": null})).await;
    assert_eq!(changed["filter"], json!(null));
    assert!(reaches(&server, &receiver, event(json!({}))).await);
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_refused_with_its_place() {
    let (server, receiver, hook) = filtered(json!({"data": {"a": 1}})).await;
    for (filter, pointer) in [
        (json!({"data": {"a": {"$gte": true}}}), "/filter/data/a/$gte"),
        (json!({"data": {"a": [1]}}), "/filter/data/a"),
        (json!({"data": {"a": {"$regex": "("}}}), "/filter/data/a/$regex"),
        (json!({"data": {"a": {"$like": "x"}}}), "/filter/data/a/$like"),
        (json!({"topic": "x"}), "/filter/topic"),
        (json!({"$or": [{"type": "a"}, {"id": {"$in": "x"}}]}), "/filter/$or/1/id/$in"),
        (json!({"$and": []}), "/filter/$and"),
        (json!("all"), "/filter"),
    ] {
        let body = json!({"url": receiver.url("/"), "filter": filter});
        server.post("/webhooks", body).await.wrong_field(pointer, "");
        let path = format!("/webhooks/{}", hook.id);
        let patched = server.try_call(reqwest::Method::PATCH, &path, Some(&json!({"filter": filter}))).await.unwrap();
        patched.wrong_field(pointer, "");
    }
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["filter"], json!({"data": {"a": 1}}));
}

#[tokio::test]
async fn each_webhook_gets_its_own_choice_of_one_request() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for n in 0..4 {
        let settings = json!({"filter": {"data": {"n": {"$lt": n}}}, "event_types": ["test.*"]});
        server.webhook(&receiver.url(&format!("/{n}")), settings).await;
    }
    let events: Vec<Value> =
        (0..4).map(|n| json!({"id": format!("e{n}"), "type": "test.event", "data": {"n": n}})).collect();
    let receipt = server.post("/events", json!({"events": events})).await.expect(202).json;
    let counts: Vec<u64> =
        receipt["events"].as_array().unwrap().iter().map(|one| one["deliveries"].as_u64().unwrap()).collect();
    assert_eq!(counts, [3, 2, 1, 0]);
    server.idle().await;
    let mut got: Vec<String> =
        receiver.all().iter().map(|request| format!("{} {}", request.path, text(&request.json()["id"]))).collect();
    got.sort_unstable();
    assert_eq!(got, ["/1 e0", "/2 e0", "/2 e1", "/3 e0", "/3 e1", "/3 e2"]);
}

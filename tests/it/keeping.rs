//! What tenants keep for a shorter time, and what stays whatever is set: what is owed, and what a replay has yet to come to.

use std::time::Duration;

use lanehook::model::Span;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, eventually, text},
    receiver::Receiver,
    server::TestServer,
};

const HOUR: Duration = Duration::from_secs(3600);

async fn keeps(server: &TestServer, tenant: &str, retention: Value) {
    let patch = json!({"retention": retention});
    server.try_call(Method::PATCH, &format!("/tenants/{tenant}"), Some(&patch)).await.unwrap().expect(200);
}

async fn is_there(client: &Client, event: &str) -> bool {
    client.try_call(Method::GET, &format!("/events/{event}"), None).await.unwrap().status == 200
}

/// Time passes, and the jobs do what is due by then.
async fn passes(server: &TestServer, time: Duration) {
    server.advance(time);
    server.settle().await;
}

#[tokio::test]
async fn a_tenant_keeps_what_has_ended_for_its_own_time() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.post("/tenants", json!({"id": "brief"})).await.expect(201);
    keeps(&server, "brief", json!({"ended": "1h"})).await;
    let brief = server.of_tenant("brief");
    for client in [&brief, &server] {
        client.webhook_named("well", &receiver.url("/"), json!({})).await;
        client.publish_id("delivered").await;
        client.delivery_in("delivered", "delivered").await;
    }
    brief.webhook_named("paused", &receiver.url("/"), json!({"status": "paused", "event_types": ["kept"]})).await;
    brief.change("well", json!({"event_types": ["other"]})).await;
    brief.publish_event(json!({"id": "owed", "type": "kept", "data": {}})).await;
    brief.publish_id("nobodys").await;
    passes(&server, HOUR / 2).await;
    assert!(is_there(&brief, "delivered").await && is_there(&brief, "nobodys").await);
    passes(&server, HOUR).await;
    assert!(!is_there(&brief, "delivered").await && !is_there(&brief, "nobodys").await);
    assert!(is_there(&brief, "owed").await, "it is still to be sent");
    assert!(is_there(&server, "delivered").await, "others keep theirs");
    assert_eq!(brief.deliveries("status=delivered").await.len(), 0);
    // Counted as the rows are.
    let usage = brief.get("/usage").await;
    brief.change("paused", json!({"status": "active"})).await;
    brief.idle().await;
    passes(&server, 2 * HOUR).await;
    let after = brief.get("/usage").await;
    let bytes = |usage: &Value| usage["event_bytes"]["used"].as_u64().unwrap();
    assert!(!is_there(&brief, "owed").await);
    assert!(bytes(&after) < bytes(&usage), "{usage} {after}");

    for (wrong, part) in [(json!({"ended": "10s"}), "a minute"), (json!({"newest_per_webhook": 0}), "100000")] {
        let patch = json!({"retention": wrong});
        let answer = server.try_call(Method::PATCH, "/tenants/brief", Some(&patch)).await.unwrap();
        assert!(answer.problem(400, "invalid_body").raw.contains(part));
    }
}

#[tokio::test]
async fn of_each_webhook_the_newest_are_kept_and_an_event_as_long_as_one_of_its_deliveries() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook_named("many", &receiver.url("/"), json!({})).await;
    server.webhook_named("few", &receiver.url("/"), json!({"event_types": ["rare"]})).await;
    let batch = json!({"max_events": 4, "max_wait": "0s"});
    server.webhook_named("batches", &receiver.url("/"), json!({"batch": batch, "payload": null})).await;
    server.publish_event(json!({"id": "rare", "type": "rare", "data": {}})).await;
    server.publish_many(10).await;
    server.idle().await;
    keeps(&server, "default", json!({"newest_per_webhook": 3})).await;
    passes(&server, Duration::from_secs(60)).await;
    for webhook in ["many", "batches"] {
        let left = server.deliveries(&format!("webhook={webhook}")).await;
        let events: Vec<&str> = left.iter().map(|delivery| delivery["event"].as_str().unwrap()).collect();
        assert_eq!(events, ["e10", "e9", "e8"], "{webhook}");
        for delivery in &left {
            let shown = server.get(&format!("/deliveries/{}", text(&delivery["id"]))).await;
            assert_eq!(shown["attempts"].as_array().unwrap().len(), 1, "{shown}");
        }
    }
    assert_eq!(server.deliveries("webhook=few").await.len(), 1);
    assert!(is_there(&server, "rare").await, "one of its deliveries is kept");
    for number in 1..=10 {
        assert_eq!(is_there(&server, &format!("e{number}")).await, number > 7, "e{number}");
    }
    keeps(&server, "default", Value::Null).await;
    server.publish_id("one-more").await;
    server.idle().await;
    passes(&server, Duration::from_secs(60)).await;
    assert_eq!(server.deliveries("webhook=many").await.len(), 4);
}

#[tokio::test]
async fn what_a_replay_has_yet_to_come_to_stays() {
    for by_tenant in [false, true] {
        let receiver = Receiver::start().await;
        let server = TestServer::start_with(|config| {
            config.retention = if by_tenant { Span::seconds(30 * 86_400) } else { Span(HOUR) };
        })
        .await;
        server.webhook_named("one", &receiver.url("/"), json!({})).await;
        server.publish_many(3).await;
        server.idle().await;
        if by_tenant {
            keeps(&server, "default", json!({"ended": "1h"})).await;
        }
        let replay = json!({"webhook": "one", "statuses": ["delivered"], "rate": {"limit": 1, "per": "hour"}});
        let replay = text(&server.post("/replays", replay).await.expect(202).json["id"]);
        let mut done = 0;
        // Its deliveries ended an hour ago and more, all the while.
        for _ in 0..12 {
            server.advance(HOUR / 2);
            server.settle().await;
            let now = server.get(&format!("/replays/{replay}")).await;
            done = now["done"].as_u64().unwrap();
            if done == 3 {
                break;
            }
            assert!(is_there(&server, "e3").await, "{now}");
        }
        assert_eq!(done, 3, "by the tenant's own time: {by_tenant}");
        server.idle().await;
        passes(&server, 2 * HOUR).await;
        eventually("what is old to go", async || {
            if is_there(&server, "e3").await { Err("e3 is there".to_owned()) } else { Ok(()) }
        })
        .await;
    }
}

#[tokio::test]
async fn what_takes_the_disk_is_told_by_kind() {
    let server = TestServer::start().await;
    for number in 0..40 {
        let data = "x".repeat(100_000);
        server.publish_event(json!({"id": format!("e{number}"), "type": "test.event", "data": data})).await;
    }
    // What is in the log is in no place yet.
    let server = server.restart().await;
    let store = server.get("/system").await["store"].clone();
    let kinds = store["by_kind"].as_array().unwrap();
    assert_eq!(kinds[0]["kind"], "events", "{store}");
    assert!(kinds[0]["bytes"].as_u64().unwrap() > 4_000_000, "{store}");
    let all: u64 = kinds.iter().map(|kind| kind["bytes"].as_u64().unwrap()).sum();
    let database = store["database_bytes"].as_u64().unwrap();
    assert!(all <= database && all > database / 2, "{store}");
}

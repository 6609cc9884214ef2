//! What happens to webhooks, told as events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    client::{Client, Hook, eventually},
    receiver::{Receiver, status},
    server::TestServer,
    support::SECOND,
};

/// A webhook that is failing: its breaker is open.
async fn failing(server: &TestServer, client: &Client, receiver: &Receiver, settings: Value) -> Hook {
    receiver.usually(status(500));
    let mut settings = settings;
    settings["retry"] = json!({"schedule": ["1h"]});
    let hook = client.webhook(&receiver.url("/hook"), settings).await;
    let event = |number| json!({"type": "test.event", "data": {"n": number}});
    client.post("/events", json!({"events": (0..10).map(event).collect::<Vec<_>>()})).await.expect(202);
    receiver.received(10).await;
    server.settle().await;
    hook
}

/// The notices that came, each as its type and data, once there are so many. The clock is moved on meanwhile.
async fn notices(server: &TestServer, subscriber: &Receiver, count: usize) -> Vec<(String, Value)> {
    eventually("notices to come", async || {
        server.advance(5 * SECOND);
        server.settle().await;
        if subscriber.count() >= count { Ok(()) } else { Err(format!("{} came", subscriber.count())) }
    })
    .await;
    let told = |request: &crate::receiver::Received| {
        let body = request.json();
        (body["type"].as_str().unwrap().to_owned(), body["data"].clone())
    };
    subscriber.all().iter().map(told).collect()
}

async fn later(server: &TestServer, time: Duration) {
    for _ in 0..time.as_secs() / 5 {
        server.advance(5 * SECOND);
        server.settle().await;
    }
}

#[tokio::test]
async fn a_webhook_that_fails_is_told_of_once_and_once_more_when_it_has_recovered() {
    let (server, receiver, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    let hook = failing(&server, &server, &receiver, json!({"event_types": ["test.event"], "name": "Desk"})).await;
    let told = notices(&server, &subscriber, 1).await;
    assert_eq!(told[0].0, "lanehook.webhook.failing");
    assert_eq!((&told[0].1["webhook"], &told[0].1["name"]), (&json!(hook.id), &json!("Desk")));
    assert!(told[0].1["reason"].as_str().unwrap().contains("10 attempts in a row failed"), "{told:?}");

    let server = server.restart().await;
    later(&server, 20 * SECOND).await;
    assert_eq!(subscriber.count(), 1, "once, also after a restart");

    receiver.usually(status(200));
    server.post(&format!("/webhooks/{}/test", hook.id), json!({})).await.expect(200);
    server.publish().await;
    let told = notices(&server, &subscriber, 2).await;
    assert_eq!(told[1].0, "lanehook.webhook.recovered");
    assert_eq!((&told[1].1["webhook"], &told[1].1["since"]), (&json!(hook.id), &told[0].1["since"]));
    later(&server, 60 * SECOND).await;
    assert_eq!(subscriber.count(), 2);
}

#[tokio::test]
async fn a_webhook_that_is_disabled_by_its_receiver_is_told_of_and_one_that_a_person_disables_is_not() {
    let (server, receiver, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.webhook.disabled"]})).await;
    receiver.usually(status(410));
    let hook = server.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    let other = server.webhook(&receiver.url("/"), json!({"event_types": ["none.of.these"]})).await;
    server.change(&other.id, json!({"status": "disabled"})).await;
    server.publish().await;
    let told = notices(&server, &subscriber, 1).await;
    assert_eq!((&told[0].1["webhook"], &told[0].1["state"]), (&json!(hook.id), &json!("disabled")));
    assert!(told[0].1["reason"].as_str().unwrap().contains("410 Gone"), "{told:?}");
    later(&server, 20 * SECOND).await;
    assert_eq!(subscriber.count(), 1);
}

#[tokio::test]
async fn a_subscriber_of_notices_that_fails_makes_none_about_itself() {
    let (server, broken, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    let both = json!({"event_types": ["test.event", "lanehook.*"]});
    failing(&server, &server, &broken, both).await;
    later(&server, 30 * SECOND).await;
    assert_eq!(subscriber.count(), 0);
    assert_eq!(server.get("/events?type=lanehook.webhook.failing").await["data"], json!([]));
}

#[tokio::test]
async fn a_tenant_hears_of_its_own_webhooks_and_the_operator_of_all_in_one_summary() {
    let (server, receiver, operators) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&operators.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    for tenant in ["acme", "bolt"] {
        server.post("/tenants", json!({"id": tenant})).await.expect(201);
    }
    let (acme, bolt) = (server.of_tenant("acme"), server.of_tenant("bolt"));
    let of_acme = Receiver::start().await;
    acme.webhook(&of_acme.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    for client in [&acme, &bolt] {
        let receiver = Receiver::start().await;
        failing(&server, client, &receiver, json!({"event_types": ["test.event"]})).await;
        // It is asked again and again as long as it is there.
        std::mem::forget(receiver);
    }
    drop(receiver);
    let told = notices(&server, &operators, 1).await;
    later(&server, 90 * SECOND).await;
    let all: Vec<Value> = notices(&server, &operators, 1).await.into_iter().map(|(_, data)| data).collect();
    let named: Vec<&Value> = all.iter().flat_map(|data| data["webhooks"].as_array().unwrap()).collect();
    assert_eq!(named.len(), 2, "{all:?}");
    assert!(all.len() <= 2 && told[0].0 == "lanehook.webhook.failing", "{all:?}");
    assert!(named.iter().any(|one| one["tenant"] == "acme") && named.iter().any(|one| one["tenant"] == "bolt"));
    let own: Vec<Value> = of_acme.all().iter().map(|request| request.json()["data"].clone()).collect();
    assert_eq!(own.len(), 1, "of its own alone: {own:?}");
    assert!(own[0]["tenant"].is_null() && own[0]["count"].is_null());
}

//! What goes although a lane's breaker is open or its receiver asked for a pause: retries by hand, probes, and what tests change.

use serde_json::{Value, json};

use crate::{
    app::Answer,
    client::{Client, Hook, text},
    receiver::{Receiver, Reply, answer, status},
    server::TestServer,
};

/// A webhook whose breaker is open: `e1` to `e10` have failed and are due in an hour, and `fresh` was never tried.
async fn open_breaker(server: &TestServer, receiver: &Receiver, mut settings: Value) -> Hook {
    receiver.usually(status(500));
    settings["retry"] = json!({"schedule": ["1h", "1h"]});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(10).await;
    for number in 1..=10 {
        server.delivery_after(&format!("e{number}"), 1).await;
    }
    server.publish_id("fresh").await;
    waits_for_breaker(server, "fresh").await;
    hook
}

async fn waits_for_breaker(client: &Client, event: &str) -> Value {
    let waits = |delivery: &Value| delivery["waits_for"]["reason"] == "breaker";
    client.delivery_when(event, "waiting for the breaker", waits).await
}

async fn breaker(client: &Client, hook: &Hook) -> Value {
    client.get(&format!("/webhooks/{}/lane", hook.id)).await["breaker"].clone()
}

async fn retry(client: &Client, event: &str) -> Value {
    let delivery = client.delivery(event).await;
    client.post(&format!("/deliveries/{}/retry", text(&delivery["id"])), json!({})).await.expect(202).json
}

async fn probe(client: &Client, hook: &Hook) -> Answer {
    client.post(&format!("/webhooks/{}/probe", hook.id), json!({})).await
}

async fn refused(client: &Client, hook: &Hook, cure: &str) {
    let problem = probe(client, hook).await.expect(409).json;
    assert_eq!(problem["code"], "cannot_probe");
    assert!(text(&problem["detail"]).contains(cure), "{problem}");
}

#[tokio::test]
async fn a_retry_by_hand_goes_at_once_and_closes_the_breaker_if_the_receiver_takes_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = open_breaker(&server, &receiver, json!({})).await;
    let before = breaker(&server, &hook).await;
    let shown = retry(&server, "e3").await;
    assert_ne!(shown["waits_for"]["reason"], "breaker", "{shown}");
    receiver.received(11).await;
    server.delivery_after("e3", 2).await;
    assert_eq!(breaker(&server, &hook).await, before, "it tells nothing new");
    assert_eq!(server.delivery("fresh").await["attempt_count"], 0, "one went");

    receiver.usually(status(200));
    retry(&server, "fresh").await;
    server.delivery_in("fresh", "delivered").await;
    assert_eq!(breaker(&server, &hook).await["state"], "closed");
    server.publish_id("next").await;
    server.delivery_in("next", "delivered").await;
    assert_eq!(receiver.count(), 13, "what is due later stays so");
}

#[tokio::test]
async fn retries_by_hand_are_probes_one_after_the_other() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    open_breaker(&server, &receiver, json!({})).await;
    receiver.usually(Reply::Hold);
    for event in ["e1", "e2", "e3"] {
        retry(&server, event).await;
    }
    for sent in 11..=13 {
        receiver.holding(1).await;
        server.settle().await;
        assert_eq!(receiver.count(), sent, "one at a time");
        receiver.answer_held(status(500)).await;
    }
    server.settle().await;
    assert_eq!(receiver.count(), 13);
    waits_for_breaker(&server, "fresh").await;
}

#[tokio::test]
async fn a_test_that_succeeds_closes_the_breaker_and_one_that_fails_does_not() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = open_breaker(&server, &receiver, json!({})).await;
    let test = async || server.post(&format!("/webhooks/{}/test", hook.id), json!({})).await.expect(200).json;
    assert_eq!(test().await["delivered"], false);
    waits_for_breaker(&server, "fresh").await;
    receiver.usually(status(200));
    assert_eq!(test().await["delivered"], true);
    server.delivery_in("fresh", "delivered").await;
    assert_eq!(breaker(&server, &hook).await, json!({"state": "closed", "until": null}));
}

#[tokio::test]
async fn a_probe_sends_one_owed_delivery_now_and_the_others_follow_if_it_arrives() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = open_breaker(&server, &receiver, json!({})).await;
    let probed = probe(&server, &hook).await.expect(202).json;
    let id = text(&probed["delivery"]["id"]);
    receiver.received(11).await;
    assert_eq!(server.get(&format!("/deliveries/{id}")).await["webhook"], json!(hook.id));
    waits_for_breaker(&server, "fresh").await;
    receiver.usually(status(200));
    probe(&server, &hook).await.expect(202);
    server.delivery_in("fresh", "delivered").await;
    assert_eq!(receiver.count(), 13);
}

#[tokio::test]
async fn a_retry_by_hand_ends_the_receivers_pause_if_it_arrives() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    receiver.next([answer(429, &[("retry-after", "3600")], b""), answer(429, &[("retry-after", "7200")], b"")]);
    server.publish_many(2).await;
    server.delivery_after("e1", 1).await;
    server.settle().await;
    assert_eq!(receiver.count(), 1);
    retry(&server, "e2").await;
    server.delivery_after("e2", 1).await;
    server.settle().await;
    assert_eq!(receiver.count(), 2, "it asks for more time");
    retry(&server, "e2").await;
    server.delivery_in("e2", "delivered").await;
    server.publish_id("next").await;
    server.delivery_in("next", "delivered").await;
}

#[tokio::test]
async fn order_holds_for_a_retry_by_hand() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let settings = json!({"ordering": "strict", "retry": {"schedule": ["1h"]}});
    server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(2).await;
    server.delivery_after("e1", 1).await;
    retry(&server, "e2").await;
    server.settle().await;
    assert_eq!(receiver.ids(), ["e1"], "the head comes first");
    receiver.usually(status(200));
    retry(&server, "e1").await;
    server.delivery_in("e2", "delivered").await;
    assert_eq!(receiver.ids(), ["e1", "e1", "e2"]);
}

#[tokio::test]
async fn a_probe_that_cannot_go_is_refused_with_the_cure() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"rate_limit": {"limit": 1, "per": "minute"}, "max_concurrency": 1});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    refused(&server, &hook, "/test").await;
    server.publish_many(2).await;
    server.delivery_in("e1", "delivered").await;
    refused(&server, &hook, "12:01:00").await;
    server.change(&hook.id, json!({"status": "paused"})).await;
    server.delivery_when("e2", "held", |delivery| delivery["waits_for"]["reason"] == "webhook_paused").await;
    refused(&server, &hook, "PATCH").await;
    server.change(&hook.id, json!({"status": "disabled"})).await;
    assert_eq!(probe(&server, &hook).await.expect(409).json["code"], "webhook_disabled");

    receiver.usually(Reply::Hold);
    let busy = server.webhook(&receiver.url("/"), json!({})).await;
    server.publish_id("under_way").await;
    receiver.holding(1).await;
    refused(&server, &busy, "under way").await;
}

#[tokio::test]
async fn a_probe_of_a_webhook_that_was_disabled_for_failing_makes_it_active_if_it_arrives() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"disable_after": 1, "retry": {"preset": "none"}})).await;
    server.publish().await;
    server.webhook_when(&hook.id, "disabled", |webhook| webhook["status"] == "disabled").await;
    assert_eq!(probe(&server, &hook).await.expect(200).json, json!({"delivery": null, "healed": false}));
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["status"], "disabled");
    receiver.usually(status(200));
    assert_eq!(probe(&server, &hook).await.expect(200).json["healed"], true);
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["status"], "active");
}

//! Asking a receiver of CloudEvents for permission before it is sent anything.

use serde_json::{Value, json};

use crate::{
    receiver::{Receiver, Reply, answer, status},
    server::TestServer,
    support::SECOND,
};

fn settings(url: &str) -> Value {
    let payload = json!({"type": "cloudevents", "source": "https://shop.example/prices", "handshake": true});
    json!({"url": url, "payload": payload})
}

fn permits(origin: &str, rate: &str) -> Reply {
    answer(200, &[("WebHook-Allowed-Origin", origin), ("WebHook-Allowed-Rate", rate)], b"")
}

#[tokio::test]
async fn a_receiver_is_asked_before_its_webhook_is_made_and_its_rate_is_kept() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([permits("shop.example", "2")]);
    let made = server.post("/webhooks", settings(&receiver.url("/in?x=1"))).await.expect(201).json;
    let asked = receiver.last();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("OPTIONS", "/in?x=1"));
    assert_eq!(asked.header("webhook-request-origin"), "shop.example");
    assert!(asked.body.is_empty());
    assert_eq!(made["rate_limit"], json!({"limit": 2, "per": "minute"}));
    server.publish_many(5).await;
    receiver.received(3).await;
    server.settle().await;
    assert_eq!(receiver.count(), 3, "two events in a minute");
    server.advance(60 * SECOND);
    receiver.received(5).await;
    server.settle().await;
    assert_eq!(receiver.count(), 5);
    assert!(receiver.all()[1..].iter().all(|request| request.method == "POST"));
}

#[tokio::test]
async fn a_receiver_that_does_not_permit_gets_no_webhook() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for (reply, part) in [
        (status(200), "without `WebHook-Allowed-Origin`"),
        (permits("other.example", "*"), "shop.example"),
        (permits("*", "often"), "WebHook-Allowed-Rate"),
        (permits("*", "0"), "WebHook-Allowed-Rate"),
        (status(405), "405"),
        (Reply::Close(Vec::new()), "OPTIONS"),
    ] {
        receiver.next([reply]);
        server.post("/webhooks", settings(&receiver.url("/"))).await.wrong_field("/payload/handshake", part);
    }
    assert_eq!(server.get("/webhooks").await["data"], json!([]));
    receiver.next([permits("*", "*")]);
    let made = server.post("/webhooks", settings(&receiver.url("/"))).await.expect(201).json;
    assert_eq!(made["rate_limit"], json!(null));
}

#[tokio::test]
async fn another_url_is_asked_again_and_other_changes_are_not() {
    let (server, old, new) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    old.next([permits("*", "120")]);
    server.post("/webhooks", settings(&old.url("/old"))).await.expect(201);
    let id = server.get("/webhooks").await["data"][0]["id"].as_str().unwrap().to_owned();
    server.change(&id, json!({"name": "other", "timeout": "5s"})).await;
    assert_eq!((old.count(), new.count()), (1, 0));

    let path = format!("/webhooks/{id}");
    let patch = json!({"url": new.url("/new")});
    let refused = server.try_call(reqwest::Method::PATCH, &path, Some(&patch)).await.unwrap();
    refused.wrong_field("/payload/handshake", "WebHook-Allowed-Origin");
    let kept = server.get(&path).await;
    assert_eq!((&kept["url"], &kept["rate_limit"]["limit"]), (&json!(old.url("/old")), &json!(120)));

    new.next([permits("shop.example", "30")]);
    let changed = server.change(&id, patch).await;
    assert_eq!(changed["rate_limit"], json!({"limit": 30, "per": "minute"}));
    assert_eq!((old.count(), new.last().method.as_str()), (1, "OPTIONS"));
}

#[tokio::test]
async fn a_slower_rate_of_the_webhooks_own_stays_and_a_faster_one_does_not() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(permits("*", "60")).await);
    for (own, kept) in [
        (json!({"limit": 30, "per": "minute"}), json!({"limit": 30, "per": "minute"})),
        (json!({"limit": 3600, "per": "hour"}), json!({"limit": 3600, "per": "hour"})),
        (json!({"limit": 2, "per": "second"}), json!({"limit": 60, "per": "minute"})),
    ] {
        let mut settings = settings(&receiver.url("/"));
        settings["rate_limit"] = own;
        assert_eq!(server.post("/webhooks", settings).await.expect(201).json["rate_limit"], kept);
    }
}

#[tokio::test]
async fn the_permitted_rate_cannot_be_changed_away() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(permits("*", "60")).await);
    let id = server.post("/webhooks", settings(&receiver.url("/"))).await.expect(201).json["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let permitted = json!({"limit": 60, "per": "minute"});
    for rate in [json!(null), json!({"limit": 61, "per": "minute"})] {
        assert_eq!(server.change(&id, json!({"rate_limit": rate})).await["rate_limit"], permitted);
    }
    let put =
        server.try_call(reqwest::Method::PUT, &format!("/webhooks/{id}"), Some(&settings(&receiver.url("/")))).await;
    assert_eq!(put.unwrap().expect(200).json["rate_limit"], permitted);
}

#[tokio::test]
async fn more_than_a_webhook_can_be_set_to_is_the_most_it_can() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(permits("*", "4000000000")).await);
    let made = server.post("/webhooks", settings(&receiver.url("/"))).await.expect(201).json;
    assert_eq!(made["rate_limit"], json!({"limit": 10_000_000, "per": "minute"}));
    let server = server.restart().await;
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await["rate_limit"], made["rate_limit"], "and it reads back");
}

//! Receivers in trouble: what each kind of it is called, and the breaker that spares them.

use serde_json::json;

use crate::{
    client::text,
    receiver::{Receiver, Reply, answer, huge_headers, status},
    server::TestServer,
    support::SECOND,
};

#[tokio::test]
async fn each_kind_of_trouble_has_its_name_and_a_sentence() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"retry": {"preset": "none"}})).await;
    let closes = || Reply::Close(Vec::new());
    for (replies, kind, part) in [
        (vec![status(500)], "http", "500"),
        (vec![status(404)], "http", "404"),
        (vec![answer(301, &[("location", "https://elsewhere.example/x")], b"")], "http", "redirects are not followed"),
        // A kept connection that ends is replaced by a new one.
        (vec![closes(), closes()], "connection", "without an answer"),
        (vec![Reply::Close(b"220 smtp.example ESMTP\r\n\r\n".to_vec())], "protocol", "HTTP"),
    ] {
        receiver.next(replies);
        let event = server.publish().await;
        let failed = server.delivery_in(&event, "failed").await;
        let error = &failed["attempts"][0]["error"];
        assert_eq!(error["kind"], kind, "{error}");
        assert!(text(&error["message"]).contains(part), "{error}");
    }
    for (reply, part) in [
        (Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec()), "body"),
        (huge_headers(), "headers"),
    ] {
        receiver.next([reply]);
        let event = server.publish().await;
        let attempt = &server.delivery_in(&event, "delivered").await["attempts"][0];
        assert!(attempt["error"].is_null() && text(&attempt["remark"]).contains(part), "{attempt}");
    }
    let nobody = Receiver::start().await.url("/");
    server.webhook(&nobody, json!({"event_types": ["to.nobody"], "retry": {"preset": "none"}})).await;
    let event = server.publish_event(json!({"id": "refused", "type": "to.nobody", "data": 1})).await;
    let found = server.get(&format!("/events/{event}/deliveries")).await;
    assert_eq!(found["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_endless_body_with_status_200_is_delivered_and_cut_off() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Endless).await);
    server.webhook(&receiver.url("/"), json!({})).await;
    let event = server.publish().await;
    let delivered = server.delivery_in(&event, "delivered").await;
    let response = &delivered["attempts"][0]["response"];
    assert_eq!(response["truncated"], true);
    assert_eq!(text(&response["body"]["content"]).len(), 16 * 1024);
    receiver.hung_up(1).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, receiver, other) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    for code in [301, 302, 303, 307, 308] {
        receiver.next([answer(code, &[("location", &other.url("/elsewhere"))], b"")]);
    }
    server.webhook(&receiver.url("/"), json!({"retry": {"preset": "none"}})).await;
    server.publish_many(5).await;
    server.idle().await;
    assert_eq!((receiver.count(), other.count()), (5, 0));
}

#[tokio::test]
async fn after_a_run_of_failures_a_single_probe_is_sent_and_waiting_spends_no_attempt() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let settings = json!({"max_concurrency": 1, "retry": {"schedule": ["1d", "1d"]}});
    server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(15).await;
    receiver.received(10).await;
    server.delivery_after("e10", 1).await;
    server.settle().await;
    assert_eq!(receiver.count(), 10, "the breaker is open");

    receiver.usually(Reply::Hold);
    // Each pause is as long as is said, give or take a fifth.
    server.advance(23 * SECOND);
    server.settle().await;
    assert_eq!(receiver.count(), 10);
    server.advance(13 * SECOND);
    receiver.holding(1).await;
    server.settle().await;
    assert_eq!(receiver.count(), 11, "one probe");
    receiver.answer_held(status(500)).await;
    server.delivery_after("e11", 1).await;

    server.advance(47 * SECOND);
    server.settle().await;
    assert_eq!(receiver.count(), 11, "it stays open twice as long");
    server.advance(25 * SECOND);
    receiver.holding(1).await;
    assert_eq!(server.delivery("e15").await["attempt_count"], 0);
    receiver.usually(status(200));
    receiver.answer_held(status(200)).await;
    receiver.received(15).await;
    for number in 12..=15 {
        let delivered = server.delivery_in(&format!("e{number}"), "delivered").await;
        assert_eq!(delivered["attempt_count"], 1);
    }
}

#[tokio::test]
async fn answers_below_500_do_not_open_the_breaker() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(404)).await);
    server.webhook(&receiver.url("/"), json!({"max_concurrency": 1, "retry": {"preset": "none"}})).await;
    server.publish_many(30).await;
    receiver.received(30).await;
}

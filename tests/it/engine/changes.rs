//! Settings changed through the API apply to the very next attempt.

use lanehook_signature::{Dialect, Secret, verify::Verifier};
use serde_json::json;

use crate::{
    receiver::{Received, Receiver, Reply, status},
    server::TestServer,
    support::{DAY, SECOND},
};

fn verifies(request: &Received, secret: &str, server: &TestServer) -> bool {
    let verifier = Verifier::new(Dialect::Standard, &Secret::parse(secret).unwrap()).unwrap();
    verifier.verify(|name| request.find(name), &request.body, server.clock.now().seconds()).is_ok()
}

#[tokio::test]
async fn a_changed_url_gets_the_next_attempt() {
    let (server, old, new) = (TestServer::start().await, Receiver::that(status(500)).await, Receiver::start().await);
    let hook = server.webhook(&old.url("/old"), json!({})).await;
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    server.change(&hook.id, json!({"url": new.url("/new")})).await;
    server.advance_to(&failed["next_attempt_at"]);
    assert_eq!(new.received(1).await[0].path, "/new");
    server.publish().await;
    new.received(2).await;
    assert_eq!(old.count(), 1);
}

#[tokio::test]
async fn a_changed_secret_signs_the_next_attempt() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    server.change(&hook.id, json!({"secret": own})).await;
    server.advance_to(&failed["next_attempt_at"]);
    let second = receiver.received(2).await.remove(1);
    assert!(verifies(&second, own, &server) && !verifies(&second, &hook.secret, &server));
    let failed = server.delivery_after(&event, 2).await;
    server.change(&hook.id, json!({"secret": null})).await;
    server.advance_to(&failed["next_attempt_at"]);
    assert_eq!(receiver.received(3).await[2].find("webhook-signature"), None);
}

#[tokio::test]
async fn changed_headers_auth_and_timeout_apply_to_the_next_attempt() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"headers": {"x-a": "1"}})).await;
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    let auth = json!({"type": "bearer", "token": "new"});
    let patch =
        json!({"headers": {"x-a": null, "x-b": "2"}, "auth": auth, "timeout": "1s", "retry": {"preset": "none"}});
    server.change(&hook.id, patch).await;
    receiver.usually(Reply::Hold);
    server.advance_to(&failed["next_attempt_at"]);
    let second = receiver.received(2).await.remove(1);
    assert_eq!((second.find("x-a"), second.header("x-b")), (None, "2"));
    assert_eq!(second.header("authorization"), "Bearer new");
    server.advance(SECOND);
    let failed = server.delivery_in(&event, "failed").await;
    assert_eq!(failed["last_error"], "timeout", "and the new schedule has no further attempt");
}

#[tokio::test]
async fn a_changed_rate_applies_to_what_waits() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let rate = |limit| json!({"rate_limit": {"limit": limit, "per": "hour"}});
    let hook = server.webhook(&receiver.url("/"), rate(1)).await;
    server.publish_many(10).await;
    receiver.received(1).await;
    server.settle().await;
    assert_eq!(receiver.count(), 1);
    server.change(&hook.id, rate(4)).await;
    receiver.received(4).await;
    server.settle().await;
    assert_eq!(receiver.count(), 4, "with the memory of what was sent");
    server.change(&hook.id, json!({"rate_limit": null})).await;
    receiver.received(10).await;
}

#[tokio::test]
async fn a_changed_concurrency_applies_to_what_waits() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let hook = server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    server.publish_many(10).await;
    receiver.holding(1).await;
    server.change(&hook.id, json!({"max_concurrency": 5})).await;
    receiver.holding(5).await;
    server.change(&hook.id, json!({"max_concurrency": 2})).await;
    for _ in 0..3 {
        receiver.answer_held(status(200)).await;
    }
    server.settle().await;
    assert_eq!((receiver.held(), receiver.count()), (2, 5));
}

#[tokio::test]
async fn a_changed_order_applies_to_what_waits() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    receiver.next([status(500)]);
    server.publish_many(4).await;
    let head = server.delivery_after("e1", 1).await;
    server.settle().await;
    assert_eq!(receiver.ids(), ["e1"]);
    server.change(&hook.id, json!({"ordering": "none"})).await;
    receiver.received(4).await;
    server.change(&hook.id, json!({"ordering": "strict"})).await;
    server.publish_id("e5").await;
    server.settle().await;
    assert_eq!(receiver.count(), 4, "what is new waits behind what failed");
    server.advance_to(&head["next_attempt_at"]);
    receiver.received(6).await;
    assert_eq!(receiver.ids()[4..], ["e1", "e5"]);
}

#[tokio::test]
async fn a_pause_holds_a_retry_that_is_due() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let event = server.publish().await;
    server.delivery_after(&event, 1).await;
    server.change(&hook.id, json!({"status": "paused"})).await;
    server.advance(DAY);
    server.settle().await;
    assert_eq!(receiver.count(), 1);
    receiver.usually(status(200));
    server.change(&hook.id, json!({"status": "active"})).await;
    server.delivery_in(&event, "delivered").await;
}

#[tokio::test]
async fn changed_event_types_apply_to_the_next_event() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"event_types": ["a.*"]})).await;
    for (types, event_type, matches) in [("b.*", "a.x", 0), ("a.*", "a.x", 1), ("b.*", "b.x", 1)] {
        server.change(&hook.id, json!({"event_types": [types]})).await;
        let event = server.publish_event(json!({"type": event_type, "data": 1})).await;
        let found = server.get(&format!("/events/{event}/deliveries")).await;
        assert_eq!(found["data"].as_array().unwrap().len(), matches);
    }
    receiver.received(2).await;
}

#[tokio::test]
async fn a_change_lifts_the_pause_that_the_old_settings_called_for() {
    let (server, old, new) = (TestServer::start().await, Receiver::that(status(500)).await, Receiver::start().await);
    let settings = json!({"max_concurrency": 1, "retry": {"preset": "none"}});
    let hook = server.webhook(&old.url("/"), settings).await;
    server.publish_many(12).await;
    old.received(10).await;
    server.delivery_in("e10", "failed").await;
    server.settle().await;
    assert_eq!(old.count(), 10, "the breaker is open");
    server.change(&hook.id, json!({"url": new.url("/")})).await;
    new.received(2).await;
}

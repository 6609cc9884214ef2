//! What is kept in order: ordering none, key and strict.

use serde_json::json;

use crate::{
    receiver::{Receiver, Reply, status},
    server::TestServer,
};

fn keyed(id: &str, key: &str) -> serde_json::Value {
    json!({"id": id, "type": "test.event", "data": 1, "ordering_key": key})
}

#[tokio::test]
async fn without_order_a_failing_delivery_holds_nobody() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    receiver.next([status(500)]);
    server.publish_many(4).await;
    receiver.received(4).await;
    assert_eq!(receiver.ids(), ["e1", "e2", "e3", "e4"]);
    let next = server.delivery_in("e1", "retrying").await;
    server.advance_to(&next["next_attempt_at"]);
    assert_eq!(receiver.received(5).await[4].id(), "e1");
}

#[tokio::test]
async fn strict_order_sends_one_at_a_time_and_a_failing_head_holds_the_others() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    server.publish_many(4).await;
    receiver.holding(1).await;
    server.settle().await;
    assert_eq!(receiver.ids(), ["e1"], "one at a time");
    for attempt in 1..=3 {
        receiver.answer_held(status(500)).await;
        let head = server.delivery_after("e1", attempt).await;
        server.settle().await;
        assert_eq!(receiver.count(), attempt as usize, "the failing head holds the others");
        server.advance_to(&head["next_attempt_at"]);
        receiver.received(attempt as usize + 1).await;
    }
    receiver.usually(status(200));
    receiver.answer_held(status(200)).await;
    receiver.received(7).await;
    assert_eq!(receiver.ids(), ["e1", "e1", "e1", "e1", "e2", "e3", "e4"]);
}

#[tokio::test]
async fn strict_order_goes_on_when_the_head_is_given_up() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"ordering": "strict", "retry": {"schedule": ["1m"]}})).await;
    receiver.next([status(500), status(500)]);
    server.publish_many(3).await;
    let head = server.delivery_in("e1", "retrying").await;
    server.advance_to(&head["next_attempt_at"]);
    receiver.received(4).await;
    assert_eq!(receiver.ids(), ["e1", "e1", "e2", "e3"]);
    server.delivery_in("e1", "failed").await;
}

#[tokio::test]
async fn strict_order_goes_on_when_the_head_is_cancelled_by_hand() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    receiver.next([status(500)]);
    server.publish_many(3).await;
    let head = server.delivery_in("e1", "retrying").await;
    let path = format!("/deliveries/{}/cancel", head["id"].as_str().unwrap());
    server.post(&path, json!({})).await.expect(200);
    receiver.received(3).await;
    assert_eq!(receiver.ids(), ["e1", "e2", "e3"]);
}

#[tokio::test]
async fn order_by_key_holds_the_key_of_a_failing_delivery_and_no_other() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"ordering": "key"})).await;
    receiver.next([status(500)]);
    server.publish_event(keyed("a1", "a")).await;
    let head = server.delivery_in("a1", "retrying").await;
    for (id, key) in [("a2", "a"), ("b1", "b"), ("a3", "a"), ("b2", "b")] {
        server.publish_event(keyed(id, key)).await;
    }
    server.publish_event(json!({"id": "free", "type": "test.event", "data": 1})).await;
    receiver.received(4).await;
    server.settle().await;
    let ids = receiver.ids();
    assert!(!ids.contains(&"a2".into()) && !ids.contains(&"a3".into()), "{ids:?}");
    let place = |id: &str| ids.iter().position(|one| one == id).unwrap();
    assert!(place("b1") < place("b2") && ids.contains(&"free".into()), "{ids:?}");
    server.advance_to(&head["next_attempt_at"]);
    let all = receiver.received(7).await;
    let rest: Vec<&str> = all[4..].iter().map(|request| request.id()).collect();
    assert_eq!(rest, ["a1", "a2", "a3"]);
}

#[tokio::test]
async fn events_of_one_key_never_overlap_while_keys_go_in_parallel() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    server.webhook(&receiver.url("/"), json!({"ordering": "key"})).await;
    for round in 1..=3 {
        for key in ["a", "b", "c"] {
            server.publish_event(keyed(&format!("{key}{round}"), key)).await;
        }
    }
    for round in 1..=3 {
        receiver.holding(3).await;
        server.settle().await;
        assert_eq!((receiver.held(), receiver.count()), (3, 3 * round));
        for _ in 0..3 {
            receiver.answer_held(status(200)).await;
        }
    }
    server.idle().await;
    for key in ["a", "b", "c"] {
        let ids: Vec<String> = receiver.ids().into_iter().filter(|id| id.starts_with(key)).collect();
        assert_eq!(ids, [format!("{key}1"), format!("{key}2"), format!("{key}3")]);
    }
}

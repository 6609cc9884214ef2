//! How fast: rate_limit and max_concurrency.

use std::time::Duration;

use serde_json::json;

use crate::{
    receiver::{Receiver, Reply, status},
    server::TestServer,
    support::SECOND,
};

#[tokio::test]
async fn a_rate_limit_lets_so_many_through_in_each_span_and_loses_none() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"rate_limit": {"limit": 3, "per": "minute"}})).await;
    server.publish_many(8).await;
    receiver.received(3).await;
    server.settle().await;
    assert_eq!(receiver.count(), 3);
    server.advance(59 * SECOND);
    server.settle().await;
    assert_eq!(receiver.count(), 3, "not before the minute is over");
    server.advance(SECOND);
    receiver.received(6).await;
    server.settle().await;
    assert_eq!(receiver.count(), 6);
    server.advance(60 * SECOND);
    receiver.received(8).await;
    server.idle().await;
    let mut ids = receiver.ids();
    ids.sort_unstable();
    assert_eq!(ids, ["e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8"]);
}

#[tokio::test]
async fn retries_count_against_the_rate_too() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let settings = json!({"rate_limit": {"limit": 1, "per": "hour"}, "retry": {"schedule": ["1s"]}});
    server.webhook(&receiver.url("/"), settings).await;
    let event = server.publish().await;
    server.delivery_after(&event, 1).await;
    server.advance(Duration::from_secs(3599));
    server.settle().await;
    assert_eq!(receiver.count(), 1);
    server.advance(SECOND);
    receiver.received(2).await;
}

#[tokio::test]
async fn no_more_requests_than_max_concurrency_are_under_way() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    server.webhook(&receiver.url("/"), json!({"max_concurrency": 3})).await;
    server.publish_many(10).await;
    for done in 0..8 {
        receiver.holding(3).await;
        server.settle().await;
        assert_eq!((receiver.held(), receiver.count()), (3, 3 + done));
        if done < 7 {
            receiver.answer_held(status(200)).await;
        }
    }
    receiver.usually(status(200));
    for _ in 0..3 {
        receiver.answer_held(status(200)).await;
    }
    server.idle().await;
    assert_eq!(receiver.count(), 10);
}

#[tokio::test]
async fn a_receiver_in_trouble_gets_fewer_requests_at_a_time_and_more_when_it_recovers() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let settings = json!({"max_concurrency": 8, "retry": {"preset": "none"}});
    server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(40).await;
    receiver.holding(8).await;
    server.advance(SECOND);
    for _ in 0..8 {
        receiver.answer_held(status(503)).await;
    }
    receiver.holding(4).await;
    server.settle().await;
    assert_eq!((receiver.held(), receiver.count()), (4, 12), "half as many");
    for _ in 0..4 {
        receiver.answer_held(status(200)).await;
    }
    receiver.holding(4).await;
    for _ in 0..4 {
        receiver.answer_held(status(200)).await;
    }
    receiver.holding(5).await;
    receiver.usually(status(200));
    for _ in 0..5 {
        receiver.answer_held(status(200)).await;
    }
    server.idle().await;
    assert_eq!(receiver.count(), 40);
}

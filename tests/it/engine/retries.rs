//! How stubborn: retry and timeout, seen by moving the clock.

use std::time::Duration;

use lanehook::model::Timestamp;
use serde_json::{Value, json};

use crate::{
    client::text,
    receiver::{Receiver, Reply, answer, status},
    server::TestServer,
    support::SECOND,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Lets a delivery fail to its end and checks that each wait is the planned one, give or take a fifth or what `jitter` says.
async fn check_waits(retry: Value, planned: &[Duration]) {
    let jitter = retry["jitter"].as_f64().unwrap_or(20.0) / 100.0;
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    server.webhook(&receiver.url("/"), json!({"retry": retry})).await;
    let event = server.publish().await;
    for (place, &planned) in planned.iter().enumerate() {
        let failed = server.delivery_after(&event, place as u64 + 1).await;
        let next = Timestamp::parse(failed["next_attempt_at"].as_str().unwrap()).unwrap();
        let wait = next.since(server.clock.now());
        let rounding = Duration::from_millis(1);
        let bounds = planned.mul_f64(1.0 - jitter) - rounding..=planned.mul_f64(1.0 + jitter) + rounding;
        assert!(bounds.contains(&wait), "{wait:?} after attempt {}, planned is {planned:?}", place + 1);
        server.advance(wait - Duration::from_millis(1));
        server.settle().await;
        assert_eq!(receiver.count(), place + 1, "not before its time");
        server.advance(Duration::from_millis(1));
        receiver.received(place + 2).await;
    }
    let failed = server.delivery_in(&event, "failed").await;
    assert_eq!(failed["attempt_count"], planned.len() + 1);
    let numbers: Vec<&Value> = failed["attempts"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, (1..=planned.len() + 1).collect::<Vec<_>>());
    assert_eq!(failed["next_attempt_at"], Value::Null);
    assert_eq!(receiver.ids(), vec![event; planned.len() + 1], "each time under the same id");
}

#[tokio::test]
async fn a_schedule_is_kept_with_a_fifth_of_jitter() {
    check_waits(json!({"schedule": ["10s", "1h", "30s"]}), &[10 * SECOND, 60 * MINUTE, 30 * SECOND]).await;
}

#[tokio::test]
async fn a_preset_is_kept_with_a_fifth_of_jitter() {
    check_waits(json!({"preset": "short"}), &[MINUTE, 5 * MINUTE, 15 * MINUTE]).await;
    check_waits(json!({"preset": "quick"}), &[SECOND, 2 * SECOND, 4 * SECOND]).await;
}

#[tokio::test]
async fn the_default_schedule_goes_on_for_days() {
    let seconds = [5, 30, 120, 600, 3600, 3 * 3600, 8 * 3600, 24 * 3600, 24 * 3600];
    check_waits(json!({"preset": "default"}), &seconds.map(Duration::from_secs)).await;
}

#[tokio::test]
async fn exponential_growth_is_kept_up_to_its_maximum() {
    let retry = json!({"initial": "10s", "factor": 3, "max": "1m", "attempts": 4});
    check_waits(retry, &[10 * SECOND, 30 * SECOND, MINUTE]).await;
}

#[tokio::test]
async fn a_preset_that_is_cut_makes_fewer_attempts_at_their_exact_times() {
    check_waits(json!({"preset": "quick", "attempts": 3, "jitter": 0}), &[SECOND, 2 * SECOND]).await;
}

#[tokio::test]
async fn the_preset_none_makes_one_attempt() {
    check_waits(json!({"preset": "none"}), &[]).await;
}

#[tokio::test]
async fn waits_are_spread_so_that_not_all_come_back_at_once() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(404)).await);
    server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h"]}})).await;
    server.publish_many(20).await;
    receiver.received(20).await;
    let mut times = Vec::new();
    for number in 1..=20 {
        times.push(server.delivery_after(&format!("e{number}"), 1).await["next_attempt_at"].to_string());
    }
    times.sort_unstable();
    times.dedup();
    assert!(times.len() > 15, "{times:?}");
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_the_event() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({})).await;
    // The first of them ends a kept connection, which is replaced; the second one ends a new one.
    receiver.next([status(500), status(302), Reply::Close(Vec::new()), Reply::Close(Vec::new())]);
    let event = server.publish().await;
    for attempts in 1..=3 {
        let failed = server.delivery_after(&event, attempts).await;
        server.advance_to(&failed["next_attempt_at"]);
    }
    let delivered = server.delivery_in(&event, "delivered").await;
    let kinds: Vec<&Value> =
        delivered["attempts"].as_array().unwrap().iter().map(|one| &one["error"]["kind"]).collect();
    assert_eq!(kinds, [&json!("http"), &json!("http"), &json!("connection"), &Value::Null]);
    let bodies: Vec<Vec<u8>> = receiver.all().into_iter().map(|request| request.body).collect();
    assert!(bodies.windows(2).all(|two| two[0] == two[1]), "the same bytes each time");
}

#[tokio::test]
async fn a_timeout_ends_the_request_at_its_time_and_not_before() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    server.webhook(&receiver.url("/"), json!({"timeout": "7s", "retry": {"preset": "none"}})).await;
    let event = server.publish().await;
    receiver.holding(1).await;
    server.advance(7 * SECOND - Duration::from_millis(1));
    server.settle().await;
    assert_eq!((receiver.held(), &server.delivery(&event).await["status"]), (1, &json!("pending")));
    server.advance(Duration::from_millis(1));
    let failed = server.delivery_in(&event, "failed").await;
    assert_eq!(failed["last_error"], "timeout");
    let message = failed["attempts"][0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("7s"), "{message}");
    receiver.hung_up(1).await;
}

#[tokio::test]
async fn the_timeout_covers_the_last_byte_of_the_body() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Drip).await);
    server.webhook(&receiver.url("/"), json!({"timeout": "5s", "retry": {"preset": "none"}})).await;
    let event = server.publish().await;
    receiver.received(1).await;
    for _ in 0..4 {
        receiver.drip();
        server.advance(SECOND);
        server.settle().await;
        assert_eq!(server.delivery(&event).await["status"], "pending");
    }
    server.advance(SECOND);
    // It has accepted it before.
    let delivered = server.delivery_in(&event, "delivered").await;
    let remark = text(&delivered["attempts"][0]["remark"]);
    assert_eq!(remark, "no complete answer within 5s: the response head (200 OK) arrived, but the body did not end");
}

#[tokio::test]
async fn retry_after_pauses_the_lane_and_does_not_count_as_a_failure() {
    for (code, header) in [(429, "30"), (503, "30"), (429, "Sat, 31 Jan 2026 12:00:30 GMT")] {
        let (server, receiver) = (TestServer::start().await, Receiver::start().await);
        let settings = json!({"retry": {"preset": "none"}, "disable_after": 1, "max_concurrency": 1});
        let hook = server.webhook(&receiver.url("/"), settings).await;
        receiver.next([answer(code, &[("retry-after", header)], b"")]);
        server.publish_id("first").await;
        let throttled = server.delivery_after("first", 1).await;
        assert_eq!(throttled["last_error"], "throttled");
        assert_eq!(throttled["next_attempt_at"], "2026-01-31T12:00:30.000Z");
        assert_eq!(throttled["attempts"][0]["error"]["retry_after_seconds"], 30);
        server.publish_id("second").await;
        server.advance(29 * SECOND);
        server.settle().await;
        assert_eq!(receiver.count(), 1, "the whole lane pauses");
        server.advance(SECOND);
        receiver.received(3).await;
        for event in ["first", "second"] {
            server.delivery_in(event, "delivered").await;
        }
        let webhook = server.get(&format!("/webhooks/{}", hook.id)).await;
        assert_eq!((&webhook["status"], &webhook["counters"]["consecutive_failures"]), (&json!("active"), &json!(0)));
        assert_eq!(webhook["counters"]["failed"], 0);
    }
}

#[tokio::test]
async fn retry_after_lengthens_a_wait_and_never_shortens_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h", "1s"]}})).await;
    receiver.next([answer(500, &[("retry-after", "5")], b""), answer(500, &[("retry-after", "7200")], b"")]);
    let event = server.publish().await;
    let wait = async |attempts| {
        let failed = server.delivery_after(&event, attempts).await;
        let next = Timestamp::parse(failed["next_attempt_at"].as_str().unwrap()).unwrap();
        let wait = next.since(server.clock.now());
        server.advance(wait);
        wait
    };
    assert!(wait(1).await >= 48 * MINUTE);
    assert_eq!(wait(2).await, 120 * MINUTE);
    server.delivery_in(&event, "delivered").await;
}

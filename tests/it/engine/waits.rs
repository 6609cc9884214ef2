//! What owed deliveries wait for, as it is shown.

use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    receiver::{Receiver, Reply, answer, status},
    server::TestServer,
};

/// The event's delivery as soon as it is shown to wait for this. A read may come between an answer and its record.
async fn waits(client: &Client, event: &str, reason: &str) -> Value {
    let waits = |delivery: &Value| delivery["waits_for"]["reason"] == reason;
    client.delivery_when(event, &format!("waiting for {reason}"), waits).await
}

async fn lane(client: &Client, webhook: &str) -> Value {
    client.get(&format!("/webhooks/{webhook}/lane")).await
}

#[tokio::test]
async fn behind_an_open_breaker_a_fresh_delivery_says_until_when() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h"]}})).await;
    server.publish_many(10).await;
    for number in 1..=10 {
        server.delivery_after(&format!("e{number}"), 1).await;
    }
    server.publish_id("fresh").await;
    let fresh = waits(&server, "fresh", "breaker").await;
    let until = text(&fresh["waits_for"]["until"]);
    assert!(("2026-01-31T12:00:24"..="2026-01-31T12:00:36.000Z").contains(&until.as_str()), "{until}");
    assert_eq!(fresh["next_attempt_at"], fresh["waits_for"]["until"]);
    let lane = lane(&server, &hook.id).await;
    assert_eq!(lane["breaker"], json!({"state": "open", "until": until}), "{lane}");
    assert_eq!(
        (&lane["owed"], &lane["more_owed"], &lane["consecutive_failures"]),
        (&json!(11), &json!(false), &json!(10))
    );
    assert_eq!((&lane["in_flight"], &lane["oldest_owed_at"]), (&json!(0), &json!("2026-01-31T12:00:00.000Z")));
    assert_eq!(
        (&lane["drains_in_seconds"], &lane["failing_since"]),
        (&Value::Null, &json!("2026-01-31T12:00:00.000Z"))
    );
    // Its own time is later.
    let retrying = waits(&server, "e1", "time").await;
    assert!(text(&retrying["next_attempt_at"]) > text(&json!("2026-01-31T12:48")), "{retrying}");
    for listed in server.deliveries("").await {
        let of_list = server.get(&format!("/deliveries/{}", text(&listed["id"]))).await;
        assert_eq!(listed["waits_for"], of_list["waits_for"]);
    }
    server.advance_to(&json!(until));
    server.delivery_after("fresh", 1).await;
}

#[tokio::test]
async fn a_rate_limit_a_pause_and_a_batch_say_until_when() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"rate_limit": {"limit": 1, "per": "minute"}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(2).await;
    server.delivery_in("e1", "delivered").await;
    let second = waits(&server, "e2", "rate").await;
    assert_eq!(second["next_attempt_at"], "2026-01-31T12:01:00.000Z");
    let shown = lane(&server, &hook.id).await;
    let rate = json!({"limit": 1, "per": "minute", "left": 0, "next_at": "2026-01-31T12:01:00.000Z"});
    assert_eq!((&shown["rate"], &shown["drains_in_seconds"]), (&rate, &json!(60)));
    server.delete(&format!("/webhooks/{}", hook.id)).await;

    let throttled = server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    receiver.next([answer(429, &[("retry-after", "30")], b"")]);
    for event in ["first", "second"] {
        server.publish_id(event).await;
        let waiting = waits(&server, event, "pause").await;
        assert_eq!(waiting["waits_for"]["until"], "2026-01-31T12:00:30.000Z");
    }
    let shown = lane(&server, &throttled.id).await;
    assert_eq!(
        (&shown["paused_until"], &shown["consecutive_failures"]),
        (&json!("2026-01-31T12:00:30.000Z"), &json!(0))
    );
    server.delete(&format!("/webhooks/{}", throttled.id)).await;

    server.webhook(&receiver.url("/"), json!({"batch": {"max_events": 3, "max_wait": "20s"}})).await;
    server.publish_id("gathered").await;
    let gathered = waits(&server, "gathered", "batch").await;
    assert_eq!(gathered["next_attempt_at"], "2026-01-31T12:00:20.000Z");
}

#[tokio::test]
async fn what_has_no_time_says_for_what_it_waits() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let strict = server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    server.publish_many(2).await;
    receiver.holding(1).await;
    let first = waits(&server, "e1", "answer").await;
    let second = waits(&server, "e2", "order").await;
    assert_eq!(second["waits_for"], json!({"reason": "order", "until": null, "behind": first["id"]}));
    assert_eq!((&second["next_attempt_at"], &first["next_attempt_at"]), (&Value::Null, &Value::Null));
    assert_eq!(lane(&server, &strict.id).await["in_flight"], 1);
    server.delete(&format!("/webhooks/{}", strict.id)).await;

    let narrow = server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    for event in ["under_way", "behind"] {
        server.publish_id(event).await;
    }
    waits(&server, "under_way", "answer").await;
    let behind = waits(&server, "behind", "slot").await;
    assert_eq!(behind["next_attempt_at"], "2026-01-31T12:00:00.000Z", "at any moment");
    assert_eq!(lane(&server, &narrow.id).await["waits_for"]["reason"], "slot");
    server.delete(&format!("/webhooks/{}", narrow.id)).await;

    let paused = server.webhook(&receiver.url("/"), json!({"status": "paused"})).await;
    server.publish_id("held").await;
    let held = waits(&server, "held", "webhook_paused").await;
    assert_eq!((&held["next_attempt_at"], &held["waits_for"]["until"]), (&Value::Null, &Value::Null));
    assert_eq!(lane(&server, &paused.id).await["waits_for"]["reason"], "webhook_paused");
    let idle = server.of_tenant("witness").webhook(&receiver.url("/"), json!({})).await;
    let shown = lane(&server.of_tenant("witness"), &idle.id).await;
    assert_eq!(
        (&shown["waits_for"], &shown["owed"], &shown["drains_in_seconds"]),
        (&Value::Null, &json!(0), &json!(0))
    );
}

//! Where a webhook stands: status, disable_after, 410, days of failures, counters, deleted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    client::{eventually, text},
    receiver::{Receiver, Reply, status},
    server::TestServer,
    support::{DAY, HOUR, SECOND},
};

#[tokio::test]
async fn a_paused_webhook_holds_its_deliveries_and_sends_them_on_resume() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"status": "paused"})).await;
    server.publish_many(5).await;
    server.advance(DAY);
    server.settle().await;
    assert_eq!(receiver.count(), 0);
    assert_eq!(server.deliveries("status=pending").await.len(), 5);
    server.change(&hook.id, json!({"status": "active"})).await;
    receiver.received(5).await;
    server.idle().await;
    server.change(&hook.id, json!({"status": "paused"})).await;
    server.publish().await;
    server.settle().await;
    assert_eq!(receiver.count(), 5, "also when it is paused again");
}

#[tokio::test]
async fn a_pause_holds_a_backlog_from_the_next_delivery_on() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let hook = server.webhook(&receiver.url("/"), json!({"max_concurrency": 2})).await;
    server.publish_many(400).await;
    receiver.holding(2).await;
    server.change(&hook.id, json!({"status": "paused"})).await;
    for _ in 0..2 {
        receiver.answer_held(status(200)).await;
    }
    server.settle().await;
    assert_eq!(receiver.count(), 2);
    assert_eq!(server.deliveries("status=pending").await.len(), 398);
    receiver.usually(status(200));
    server.change(&hook.id, json!({"status": "active"})).await;
    receiver.received(400).await;
    server.idle().await;
    let ids: std::collections::HashSet<String> = receiver.ids().into_iter().collect();
    assert_eq!((ids.len(), receiver.count()), (400, 400), "each once");
}

#[tokio::test]
async fn resuming_keeps_the_pace() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"status": "paused", "rate_limit": {"limit": 2, "per": "second"}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(5).await;
    server.change(&hook.id, json!({"status": "active"})).await;
    for expected in [2, 4, 5] {
        receiver.received(expected).await;
        server.settle().await;
        assert_eq!(receiver.count(), expected);
        server.advance(SECOND);
    }
}

#[tokio::test]
async fn disabling_cancels_what_is_owed_and_a_cancelled_delivery_can_be_retried() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    server.publish_id("retrying").await;
    server.delivery_after("retrying", 1).await;
    server.change(&hook.id, json!({"status": "paused"})).await;
    server.publish_id("pending").await;
    let disabled = server.change(&hook.id, json!({"status": "disabled"})).await;
    assert_eq!(disabled["status_reason"], "by_request");
    for event in ["retrying", "pending"] {
        let cancelled = server.delivery_in(event, "cancelled").await;
        assert_eq!(cancelled["cancel_reason"], "webhook_disabled");
    }
    let unmatched = server.publish_id("unmatched").await;
    assert_eq!(server.get(&format!("/events/{unmatched}/deliveries")).await["data"], json!([]));

    let delivery = text(&server.delivery("pending").await["id"]);
    let refused = server.post(&format!("/deliveries/{delivery}/retry"), json!({})).await;
    assert_eq!(refused.expect(409).json["code"], "webhook_disabled");
    receiver.usually(status(200));
    let active = server.change(&hook.id, json!({"status": "active"})).await;
    assert_eq!(active["status_reason"], Value::Null);
    server.advance(DAY);
    server.settle().await;
    assert_eq!(receiver.count(), 1, "what was cancelled stays so");
    server.post(&format!("/deliveries/{delivery}/retry"), json!({})).await.expect(202);
    assert_eq!(receiver.received(2).await[1].id(), "pending");
    server.delivery_in("pending", "delivered").await;
}

#[tokio::test]
async fn a_failed_delivery_can_be_retried_with_its_schedule_from_the_start() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1s"]}})).await;
    let event = server.publish().await;
    for round in 0..2 {
        let failed = server.delivery_after(&event, 2 * round + 1).await;
        server.advance_to(&failed["next_attempt_at"]);
        let failed = server.delivery_in(&event, "failed").await;
        assert_eq!(failed["attempts"].as_array().unwrap().len() as u64, 2 * round + 2);
        server.post(&format!("/deliveries/{}/retry", text(&failed["id"])), json!({})).await.expect(202);
    }
    receiver.received(5).await;
}

#[tokio::test]
async fn a_replay_is_sent_again_under_the_same_id_and_its_failure_is_its_own() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"retry": {"preset": "none"}})).await;
    let event = server.publish().await;
    let delivered = server.delivery_in(&event, "delivered").await;
    receiver.usually(status(500));
    let replay = server.post(&format!("/deliveries/{}/replay", text(&delivered["id"])), json!({})).await.expect(202);
    assert_eq!(
        receiver.received(2).await.iter().map(|request| request.id().to_owned()).collect::<Vec<_>>(),
        [&*event, &event]
    );
    let path = format!("/deliveries/{}", replay.text("/id"));
    eventually("the replay to fail", async || match server.get(&path).await {
        replay if replay["status"] == "failed" => Ok(()),
        replay => Err(replay.to_string()),
    })
    .await;
    // What others come to is told with it.
    let own = |mut delivery: Value| {
        delivery.as_object_mut().unwrap().retain(|name, _| !["usual", "same_cause"].contains(&name.as_str()));
        delivery
    };
    let after = server.get(&format!("/deliveries/{}", text(&delivered["id"]))).await;
    assert_eq!(own(after), own(delivered));
}

#[tokio::test]
async fn a_cancelled_retry_is_not_sent() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    server.webhook(&receiver.url("/"), json!({})).await;
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    server.post(&format!("/deliveries/{}/cancel", text(&failed["id"])), json!({})).await.expect(200);
    server.advance(DAY);
    server.settle().await;
    assert_eq!((receiver.count(), &server.delivery(&event).await["status"]), (1, &json!("cancelled")));
}

#[tokio::test]
async fn a_webhook_is_disabled_after_as_many_failures_in_a_row_as_it_says() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"disable_after": 3, "retry": {"preset": "none"}, "max_concurrency": 1});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    // A success in between begins the count anew.
    receiver.next([status(500), status(500), status(200), status(500), status(500), status(500)]);
    for number in 0..5 {
        let event = server.publish().await;
        server.delivery_in(&event, if number == 2 { "delivered" } else { "failed" }).await;
    }
    let webhook = server.get(&format!("/webhooks/{}", hook.id)).await;
    assert_eq!((&webhook["status"], &webhook["counters"]["consecutive_failures"]), (&json!("active"), &json!(2)));
    let event = server.publish().await;
    server.delivery_in(&event, "failed").await;
    let webhook = server.webhook_when(&hook.id, "disabled", |webhook| webhook["status"] == "disabled").await;
    assert_eq!(webhook["status_reason"], "consecutive_failures");
    server.change(&hook.id, json!({"status": "active"})).await;
    receiver.next([status(500), status(500)]);
    for _ in 0..2 {
        let event = server.publish().await;
        server.delivery_in(&event, "failed").await;
    }
    server.settle().await;
    let webhook = server.get(&format!("/webhooks/{}", hook.id)).await;
    assert_eq!(webhook["status"], "active", "its health began anew");
}

#[tokio::test]
async fn one_that_asked_for_it_heals_itself_with_a_probe_an_hour() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let settings = json!({"disable_after": 1, "retry": {"preset": "none"}, "self_heal": true});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    let event = server.publish().await;
    server.delivery_in(&event, "failed").await;
    server.webhook_when(&hook.id, "disabled", |webhook| webhook["status"] == "disabled").await;
    server.advance(HOUR - 120 * SECOND);
    server.settle().await;
    assert_eq!(receiver.count(), 1, "not before an hour has passed");
    server.advance(180 * SECOND);
    receiver.received(2).await;
    let webhook = server.get(&format!("/webhooks/{}", hook.id)).await;
    assert_eq!(webhook["status"], "disabled", "it still fails");
    receiver.usually(status(200));
    // It looks once a minute whether an hour has passed since the first probe.
    let mut minutes = 0;
    while receiver.count() == 2 {
        assert!(minutes < 62, "the second probe comes an hour after the first");
        server.advance(60 * SECOND);
        server.settle().await;
        minutes += 1;
    }
    assert!(minutes >= 59, "the second probe came after {minutes} minutes");
    server.webhook_when(&hook.id, "active", |webhook| webhook["status"] == "active").await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
}

#[tokio::test]
async fn webhooks_that_hang_put_off_no_probe_of_another_tenant() {
    let server = TestServer::start().await;
    let (hanging, healthy) = (Receiver::that(status(500)).await, Receiver::that(status(500)).await);
    let settings = json!({"disable_after": 1, "retry": {"preset": "none"}, "self_heal": true, "timeout": "60s"});
    let other = {
        server.post("/tenants", json!({"id": "other"})).await.expect(201);
        server.of_tenant("other")
    };
    let mut hooks = Vec::new();
    for _ in 0..100 {
        hooks.push(server.webhook(&hanging.url("/"), settings.clone()).await.id);
    }
    let healing = other.webhook(&healthy.url("/"), settings).await.id;
    for client in [&*server, &other] {
        client.publish().await;
    }
    let disabled = |webhook: &serde_json::Value| webhook["status"] == "disabled";
    for hook in &hooks {
        server.webhook_when(hook, "disabled", disabled).await;
    }
    other.webhook_when(&healing, "disabled", disabled).await;
    hanging.usually(Reply::Hold);
    healthy.usually(status(200));
    server.advance(HOUR + 60 * SECOND);
    other.webhook_when(&healing, "active", |webhook| webhook["status"] == "active").await;
    hanging.holding(4).await;
    // Ten seconds are enough for a probe, and after a minute no other begins.
    server.advance(61 * SECOND);
    server.settle().await;
    server.advance(3 * SECOND);
    let readiness = server.get("/readyz").await;
    let job = readiness["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "self_heal").unwrap();
    assert_eq!(job["detail"], "sent 5 probes, made 1 webhooks active again", "{job}");
}

#[tokio::test]
async fn gone_disables_at_once_and_cancels_the_rest() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    receiver.next([status(410)]);
    receiver.usually(Reply::Hold);
    server.publish_many(3).await;
    let failed = server.delivery_in("e1", "failed").await;
    assert_eq!((&failed["last_error"], &failed["attempt_count"]), (&json!("gone"), &json!(1)));
    let webhook = server.webhook_when(&hook.id, "disabled", |webhook| webhook["status"] == "disabled").await;
    assert_eq!(webhook["status_reason"], "gone");
    server.delivery_in("e3", "cancelled").await;
}

#[tokio::test]
async fn five_days_of_nothing_but_failures_disable_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": vec!["12h"; 20]}})).await;
    let event = server.publish().await;
    let begun = server.clock.now();
    for attempt in 1u64.. {
        let reached = |delivery: &Value| {
            delivery["attempt_count"] == attempt
                && (delivery["status"] == "retrying" || delivery["status"] == "cancelled")
        };
        let failed = server.delivery_when(&event, "attempted again", reached).await;
        let too_long = server.clock.now().since(begun) >= 5 * DAY;
        if too_long {
            let disabled = |webhook: &Value| webhook["status_reason"] == "failing_for_days";
            server.webhook_when(&hook.id, "disabled", disabled).await;
            server.delivery_in(&event, "cancelled").await;
            break;
        }
        assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["status"], "active");
        server.advance_to(&failed["next_attempt_at"]);
    }
    let elapsed = server.clock.now().since(begun);
    assert!((5 * DAY..6 * DAY).contains(&elapsed), "{elapsed:?}");
}

#[tokio::test]
async fn a_success_within_the_five_days_begins_them_anew() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"preset": "none"}})).await;
    for (days, answered) in [(0, 500), (4, 200), (4, 500), (4, 500)] {
        server.advance(days * DAY);
        receiver.usually(status(answered));
        let event = server.publish().await;
        server.delivery_in(&event, if answered == 200 { "delivered" } else { "failed" }).await;
    }
    server.settle().await;
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["status"], "active");
}

#[tokio::test]
async fn counters_tell_what_happened() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"preset": "none"}})).await;
    assert_eq!(hook.made["counters"]["last_attempt_at"], Value::Null);
    for answered in [200, 200, 500, 500, 500] {
        receiver.next([status(answered)]);
        let event = server.publish().await;
        server.delivery_in(&event, if answered == 200 { "delivered" } else { "failed" }).await;
        server.advance(Duration::from_secs(60));
    }
    let counters = &server.get(&format!("/webhooks/{}", hook.id)).await["counters"];
    let expected = json!({
        "delivered": 2,
        "failed": 3,
        "consecutive_failures": 3,
        "last_attempt_at": "2026-01-31T12:04:00.000Z",
        "last_success_at": "2026-01-31T12:01:00.000Z",
        "last_failure_at": "2026-01-31T12:04:00.000Z",
    });
    assert_eq!(counters, &expected);
}

#[tokio::test]
async fn a_deleted_webhook_gets_nothing_more() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    server.publish_id("retrying").await;
    server.delivery_after("retrying", 1).await;
    server.change(&hook.id, json!({"status": "paused"})).await;
    server.publish_id("pending").await;
    server.delete(&format!("/webhooks/{}", hook.id)).await;
    for event in ["retrying", "pending"] {
        let cancelled = server.delivery_in(event, "cancelled").await;
        assert_eq!(cancelled["webhook"], *hook.id, "it is still named");
    }
    let later = server.publish().await;
    assert_eq!(server.get(&format!("/events/{later}/deliveries")).await["data"], json!([]));
    server.advance(DAY);
    server.settle().await;
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn what_was_under_way_when_its_webhook_was_deleted_keeps_its_outcome_and_the_rest_is_cancelled() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let hook = server.webhook(&receiver.url("/"), json!({"max_concurrency": 1})).await;
    server.publish_many(50).await;
    receiver.holding(1).await;
    server.delete(&format!("/webhooks/{}", hook.id)).await;
    receiver.answer_held(status(200)).await;
    server.delivery_in("e1", "delivered").await;
    server.idle().await;
    assert_eq!(receiver.count(), 1);
    assert_eq!(server.deliveries("status=cancelled").await.len(), 49);
}

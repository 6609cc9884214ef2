//! Tests of webhooks are deliveries: kept with their attempt, listed and sent again, and without a part in anything else.

use serde_json::{Value, json};

use crate::{
    client::{Client, Hook, text},
    receiver::{Receiver, Reply, status},
    server::TestServer,
    support::{DAY, SECOND},
};

async fn test(client: &Client, hook: &Hook, wish: Value) -> Value {
    client.post(&format!("/webhooks/{}/test", hook.id), wish).await.expect(200).json
}

async fn shown(client: &Client, delivery: &Value) -> Value {
    client.get(&format!("/deliveries/{}", text(delivery))).await
}

#[tokio::test]
async fn a_test_is_kept_with_all_that_was_seen_as_long_as_other_deliveries() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server
        .webhook(&receiver.url("/"), json!({"signing": {"dialects": [{"type": "standard"}, {"type": "plain"}]}}))
        .await;
    receiver.next([status(503)]);
    let failed = test(&server, &hook, json!({"type": "price.alert", "data": {"n": 1.50}})).await;
    let request = receiver.last();
    let delivery = shown(&server, &failed["delivery"]).await;
    assert_eq!((&delivery["test"], &delivery["status"]), (&json!(true), &json!("failed")));
    assert_eq!((&delivery["attempt_count"], &delivery["event_type"]), (&json!(1), &json!("price.alert")));
    assert_eq!(
        (text(&delivery["event"]).as_str(), text(&delivery["message_id"]).as_str()),
        (request.id(), request.id())
    );
    assert_eq!(request.header("x-webhook-delivery"), text(&delivery["id"]), "the receiver was told its name");
    let attempt = &delivery["attempts"][0];
    for part in ["request", "response", "error", "timings", "started_at", "remote"] {
        assert_eq!(attempt[part], failed[part], "{part} is what the answer of the test told");
    }
    assert_eq!(text(&attempt["request"]["body"]["content"]).as_bytes(), request.body);
    assert_eq!((&delivery["planned_attempts"], &delivery["next_attempt_at"]), (&json!([]), &json!(null)));
    let event = server.get(&format!("/events/{}", request.id())).await;
    assert_eq!((&event["test"], &event["data"]), (&json!(true), &json!({"n": 1.50})));

    // Of an event that is there, only the delivery is new.
    let stored = server.publish_id("stored").await;
    server.delivery_in(&stored, "delivered").await;
    let again = test(&server, &hook, json!({"event_id": "stored"})).await;
    let again = shown(&server, &again["delivery"]).await;
    assert_eq!((&again["event"], &again["status"]), (&json!("stored"), &json!("delivered")));
    assert_eq!(server.get("/events/stored").await["test"], json!(false));
    let connected = test(&server, &hook, json!({"connect_only": true})).await;
    assert_eq!(connected["delivery"], json!(null));

    let server = server.restart().await;
    let kept = shown(&server, &failed["delivery"]).await;
    for part in ["attempts", "status", "test", "created_at", "finished_at", "last_error", "summary"] {
        assert_eq!(kept[part], delivery[part], "{part}");
    }
    for day in 0..31 {
        assert!(server.deliveries("test=true").await.len() == 2 || day > 28, "{day}");
        server.advance(DAY);
        server.settle().await;
    }
    crate::client::eventually("retention to delete them", async || {
        let left = (server.deliveries("").await.len(), server.get("/events").await["data"].clone());
        if left == (0, json!([])) { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    assert_eq!(server.get("/usage").await["event_bytes"]["used"], json!(0));
}

#[tokio::test]
async fn lists_have_tests_or_not_as_they_are_asked() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (hook, other) = (
        server.webhook(&receiver.url("/"), json!({})).await,
        server.webhook(&receiver.url("/"), json!({"event_types": ["none"]})).await,
    );
    server.publish_many(2).await;
    server.idle().await;
    receiver.next([status(500), status(200)]);
    for _ in 0..2 {
        test(&server, &hook, json!({"type": "test.event"})).await;
    }
    test(&server, &other, json!({"event_id": "e1"})).await;
    let of_hook = format!("/webhooks/{}/deliveries", hook.id);
    for (list, count) in [
        ("/deliveries?", 5),
        ("/deliveries?test=true&", 3),
        ("/deliveries?test=false&", 2),
        ("/deliveries?test=true&status=failed&", 1),
        ("/deliveries?test=false&status=failed&", 0),
        ("/deliveries?test=true&event_type=none&", 0),
        ("/deliveries?test=true&event_type=test.event&", 3),
        ("/deliveries?test=false&event_type=test.event&", 2),
        ("/events/e1/deliveries?", 2),
        ("/events/e1/deliveries?test=true&", 1),
        ("/events/e1/deliveries?test=false&status=delivered&", 1),
        (&format!("{of_hook}?"), 4),
        (&format!("{of_hook}?test=true&"), 2),
        (&format!("{of_hook}?test=false&"), 2),
    ] {
        let page = server.get(&format!("{list}count=true")).await;
        assert_eq!((page["data"].as_array().unwrap().len(), &page["count"]), (count, &json!(count)), "{list}");
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = server.get(&format!("{list}limit=1{cursor}")).await;
            walked.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(json!(walked), page["data"], "{list}");
    }
    server.of_tenant("witness").get("/deliveries?test=true").await["data"].as_array().unwrap().iter().for_each(|one| {
        assert_ne!(one["webhook"], json!(hook.id), "they are their tenant's");
    });
    let refused = server.try_call(reqwest::Method::GET, "/deliveries?test=maybe", None).await.unwrap();
    assert!(refused.problem(400, "invalid_parameter").text("/detail").contains("`true` or `false`"));
}

#[tokio::test]
async fn tests_count_nowhere_and_disable_nothing() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"disable_after": 3, "retry": {"preset": "none"}})).await;
    server.publish_many(3).await;
    receiver.received(3).await;
    receiver.next([status(500)]);
    server.publish_id("lost").await;
    server.delivery_in("lost", "failed").await;
    let paths = [
        "/stats?by=webhook".to_owned(),
        "/stats?by=event_type".to_owned(),
        "/stats/failures".to_owned(),
        "/overview".to_owned(),
        "/deliveries/groups".to_owned(),
        format!("/webhooks/{}", hook.id),
        format!("/webhooks/{}/stats", hook.id),
        format!("/webhooks/{}/lane", hook.id),
    ];
    let all = async || {
        let mut all = Vec::new();
        for path in &paths {
            all.push(server.get(path).await);
        }
        all
    };
    let before = all().await;
    receiver.usually(status(500));
    for _ in 0..5 {
        let tested = test(&server, &hook, json!({"event_id": "e1"})).await;
        assert_eq!(tested["delivered"], json!(false));
        test(&server, &hook, json!({})).await;
    }
    for ((path, before), now) in paths.iter().zip(&before).zip(&all().await) {
        let groups = path == "/deliveries/groups";
        let without = |value: &Value| {
            let mut value = value.clone();
            // That they were looked at is said.
            if groups {
                value["looked_at"] = json!(null);
            }
            value
        };
        assert_eq!(without(before), without(now), "{path}");
    }
    assert_eq!(server.get("/events/e1/webhooks").await["data"][0]["delivery"]["status"], json!("delivered"));
}

#[tokio::test]
async fn a_test_takes_nobodys_place_in_a_lane_that_keeps_order() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let settings = json!({"ordering": "strict", "rate_limit": {"limit": 2, "per": "hour"}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(3).await;
    receiver.holding(1).await;
    let client = server.of_tenant("default");
    let tested = {
        let path = format!("/webhooks/{}/test", hook.id);
        tokio::spawn(async move { client.post(&path, json!({"event_id": "e3"})).await.expect(200).json })
    };
    receiver.holding(2).await;
    receiver.answer_held(status(500)).await;
    receiver.answer_held(status(500)).await;
    tested.await.unwrap();
    receiver.usually(status(200));
    assert_eq!(server.deliveries("status=failed&test=true").await.len(), 1);
    server.advance(SECOND * 30);
    receiver.received(3).await;
    server.settle().await;
    assert_eq!(receiver.count(), 3, "of two that may go in an hour, the test was none");
    server.advance(SECOND * 3600);
    receiver.received(4).await;
    let ids = receiver.ids();
    assert_eq!((&ids[..2].contains(&"e3".to_owned()), &ids[2..]), (&true, &["e1".to_owned(), "e2".to_owned()][..]));
}

#[tokio::test]
async fn a_test_is_sent_again_at_once_as_a_test_and_by_no_replay_of_many() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"status": "paused"})).await;
    receiver.next([status(500)]);
    let failed = test(&server, &hook, json!({"data": {"n": 7}})).await;
    let path = |what: &str| format!("/deliveries/{}/{what}", text(&failed["delivery"]));
    let refused = server.post(&path("retry"), json!({})).await.problem(409, "is_test");
    assert!(refused.text("/detail").contains("/replay"), "{}", refused.raw);
    server.post(&path("cancel"), json!({})).await.problem(409, "already_finished");

    let again = server.post(&path("replay"), json!({})).await.expect(202).json;
    assert_eq!((&again["test"], &again["status"]), (&json!(true), &json!("delivered")), "though it is paused");
    assert_eq!((&again["replay_of"], &again["event"]), (&failed["delivery"], &json!(receiver.all()[0].id())));
    assert_eq!(receiver.all()[1].json()["data"], json!({"n": 7}));
    assert_eq!(receiver.all()[1].id(), receiver.all()[0].id());
    let renamed = server.post(&path("replay?new_id=true"), json!({})).await.expect(202).json;
    assert_eq!((text(&renamed["id"]).as_str(), &renamed["message_id"]), (receiver.last().id(), &renamed["id"]));
    let kept = shown(&server, &renamed["id"]).await;
    let body = text(&kept["attempts"][0]["request"]["body"]["content"]);
    assert_eq!(body.as_bytes(), receiver.last().body);

    let all = ["delivered", "failed", "cancelled"];
    for (path, wish) in [
        ("/replays", json!({"statuses": all, "from": "2020-01-01T00:00:00Z"})),
        ("/replays", json!({"rematch": true, "from": "2020-01-01T00:00:00Z"})),
        ("/deliveries/retry", json!({"statuses": ["failed"]})),
    ] {
        let mut wish = wish;
        wish["dry_run"] = json!(true);
        let counted = server.post(path, wish.clone()).await.expect(200).json;
        assert_eq!(counted["count"], json!(0), "{path} {wish}: {counted}");
    }
    server.try_call(reqwest::Method::DELETE, &format!("/webhooks/{}", hook.id), None).await.unwrap().expect(204);
    server.post(&path("replay"), json!({})).await.problem(409, "webhook_deleted");
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn a_test_that_cannot_be_kept_is_sent_all_the_same() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let acme = server.of_tenant("acme");
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let quotas = json!({"quotas": {"event_bytes": 1 << 20}});
    server.try_call(reqwest::Method::PATCH, "/tenants/acme", Some(&quotas)).await.unwrap().expect(200);
    let hook = acme.webhook(&receiver.url("/"), json!({"event_types": ["none"]})).await;
    let kept = test(&acme, &hook, json!({})).await;
    for _ in 0..5 {
        acme.publish_event(json!({"type": "a", "data": "x".repeat(209_000)})).await;
    }
    let beyond = test(&acme, &hook, json!({"data": "x".repeat(20_000)})).await;
    assert_eq!((&beyond["delivered"], &beyond["delivery"]), (&json!(true), &json!(null)));
    assert_eq!(receiver.count(), 2);
    let refused = acme.post(&format!("/deliveries/{}/replay", text(&kept["delivery"])), json!({})).await;
    let used = acme.get("/usage").await["event_bytes"].clone();
    if used["most"].as_u64().unwrap() - used["used"].as_u64().unwrap() < 256 {
        refused.problem(429, "too_much_kept");
    } else {
        refused.expect(202);
    }
}

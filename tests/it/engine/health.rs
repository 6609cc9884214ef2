//! How receivers do, as it is shown: in a webhook, in lists, and at one look.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{eventually, text},
    receiver::{Receiver, Reply, answer, status},
    server::TestServer,
    support::SECOND,
};

const MINUTE: Duration = Duration::from_secs(60);

/// A webhook's health, once it is looked at anew. A look that is under way while the clock is moved takes the lanes for too busy to answer,
/// so it ends first.
async fn health(server: &TestServer, webhook: &str) -> Value {
    server.settle().await;
    server.advance(5 * SECOND);
    server.settle().await;
    server.get(&format!("/webhooks/{webhook}")).await["health"].clone()
}

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|webhook| webhook["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_webhook_that_only_fails_is_degraded_then_failing_until_it_has_recovered() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1m"]}})).await;
    assert_eq!(hook.made["health"], json!({"state": "healthy", "since": null, "reason": null}));
    server.publish_id("first").await;
    server.delivery_after("first", 1).await;
    let failed = health(&server, &hook.id).await;
    let reason = "1 of the 1 tries of the last 15 minutes failed";
    assert_eq!(failed, json!({"state": "degraded", "since": "2026-01-31T12:00:00.000Z", "reason": reason}));
    server.publish_many(9).await;
    for number in 1..=9 {
        server.delivery_after(&format!("e{number}"), 1).await;
    }
    let stopped = health(&server, &hook.id).await;
    let reason = "10 attempts in a row failed; now and then one is sent to see whether it works again";
    assert_eq!(stopped, json!({"state": "failing", "since": "2026-01-31T12:00:00.000Z", "reason": reason}));
    assert_eq!(server.get(&format!("/webhooks/{}/stats", hook.id)).await["health"], stopped);

    receiver.usually(status(200));
    server.advance(2 * MINUTE);
    server.delivery_in("first", "delivered").await;
    for number in 1..=9 {
        server.delivery_in(&format!("e{number}"), "delivered").await;
    }
    assert_eq!(health(&server, &hook.id).await["state"], "degraded", "half of its tries failed lately");
    server.advance(16 * MINUTE);
    assert_eq!(health(&server, &hook.id).await, json!({"state": "healthy", "since": null, "reason": null}));
}

#[tokio::test]
async fn a_lane_that_stands_still_is_seen_though_nothing_fails() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let settings = json!({"max_concurrency": 1, "timeout": "30s", "retry": {"schedule": ["1h"]}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(20).await;
    // Each request ends by its timeout, and the next one begins.
    for requests in 1..=3 {
        receiver.received(requests).await;
        server.advance(30 * SECOND);
    }
    let late = health(&server, &hook.id).await;
    assert_eq!((&late["state"], &late["since"]), (&json!("degraded"), &json!("2026-01-31T12:00:00.000Z")));
    for requests in 4..=9 {
        receiver.received(requests).await;
        server.advance(40 * SECOND);
    }
    let failing = health(&server, &hook.id).await;
    let reason = "nothing was delivered in the last 5 minutes, though something was due";
    let since = "2026-01-31T12:00:00.000Z";
    assert_eq!(failing, json!({"state": "failing", "since": since, "reason": reason}));
}

#[tokio::test]
async fn what_waits_by_order_is_not_late_and_what_was_resumed_is_due_from_then_on() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let limited = json!({"rate_limit": {"limit": 1, "per": "hour"}});
    let limited = server.webhook(&receiver.url("/limited"), limited).await;
    let paused = server.webhook(&receiver.url("/paused"), json!({"status": "paused", "max_concurrency": 1})).await;
    let batched = json!({"batch": {"max_events": 100, "max_wait": "1h"}});
    let batched = server.webhook(&receiver.url("/batched"), batched).await;
    server.publish_many(3).await;
    receiver.received(1).await;
    server.advance(20 * MINUTE);
    assert_eq!(health(&server, &limited.id).await["state"], "healthy");
    assert_eq!(health(&server, &batched.id).await["state"], "healthy");
    let shown = health(&server, &paused.id).await;
    assert_eq!(shown, json!({"state": "paused", "since": "2026-01-31T12:00:00.000Z", "reason": "it is paused"}));

    receiver.usually(Reply::Hold);
    server.change(&paused.id, json!({"status": "active"})).await;
    receiver.received(2).await;
    assert_eq!(health(&server, &paused.id).await["state"], "healthy", "it is due for some seconds");
    server.change(&paused.id, json!({"status": "disabled"})).await;
    let shown = server.get(&format!("/webhooks/{}", paused.id)).await["health"].clone();
    let reason = "it was disabled through the API";
    let since = "2026-01-31T12:20:20.000Z";
    assert_eq!(shown, json!({"state": "disabled", "since": since, "reason": reason}), "at once");
    receiver.answer_held(status(200)).await;
    let (server, id) = (server.restart().await, paused.id);
    server.change(&id, json!({"name": "still off"})).await;
    assert_eq!(server.get(&format!("/webhooks/{id}")).await["health"]["since"], since);
}

#[tokio::test]
async fn a_batch_that_was_waited_for_is_not_late_while_it_is_under_way() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let settings = json!({"batch": {"max_events": 100, "max_wait": "20m"}, "timeout": "60s"});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(3).await;
    server.settle().await;
    server.advance(20 * MINUTE);
    receiver.holding(1).await;
    assert_eq!(health(&server, &hook.id).await["state"], "healthy");
    receiver.answer_held(status(200)).await;
}

#[tokio::test]
async fn who_was_disabled_by_its_receiver_is_so_since_then() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(410)).await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    server.advance(20 * MINUTE);
    server.publish().await;
    let gone = server.webhook_when(&hook.id, "it to be disabled", |webhook| webhook["status"] == "disabled").await;
    let reason = "its receiver answered 410 Gone: it wants nothing more";
    assert_eq!(gone["health"], json!({"state": "disabled", "since": "2026-01-31T12:20:00.000Z", "reason": reason}));
}

#[tokio::test]
async fn a_receiver_that_asks_to_wait_is_degraded_for_as_long_as_it_asks() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    receiver.next([answer(429, &[("retry-after", "60")], b"")]);
    server.publish_id("e").await;
    server.delivery_after("e", 1).await;
    let throttled = health(&server, &hook.id).await;
    let reason = "its receiver asks to wait (429, or 503 with Retry-After)";
    assert_eq!(throttled, json!({"state": "degraded", "since": "2026-01-31T12:00:00.000Z", "reason": reason}));
    server.advance(60 * SECOND);
    server.delivery_in("e", "delivered").await;
    assert_eq!(health(&server, &hook.id).await["state"], "healthy");
}

#[tokio::test]
async fn the_worst_come_first_and_the_overview_tells_of_them() {
    let server = TestServer::start().await;
    let (failing, well) = (Receiver::that(status(500)).await, Receiver::start().await);
    let make = async |id: &str, url: String, settings: Value| {
        let mut settings = settings;
        settings["url"] = json!(url);
        let path = format!("/webhooks/{id}");
        server.try_call(Method::PUT, &path, Some(&settings)).await.unwrap().expect(201);
    };
    let attempt_once = |event_type: &str| json!({"event_types": [event_type], "retry": {"preset": "none"}});
    make("stopped", failing.url("/"), attempt_once("many")).await;
    make("degraded", failing.url("/"), attempt_once("one")).await;
    make("well", well.url("/"), json!({"event_types": ["other"]})).await;
    make("held", well.url("/"), json!({"status": "paused", "event_types": ["other"]})).await;
    make("off", well.url("/"), json!({"status": "disabled"})).await;
    for number in 0..10 {
        let id = format!("many-{number}");
        server.post("/events", json!({"type": "many", "id": id, "data": {}})).await.expect(202);
        server.delivery_in(&id, "failed").await;
    }
    for (id, event_type) in [("one", "one"), ("other", "other")] {
        server.post("/events", json!({"type": event_type, "id": id, "data": {}})).await.expect(202);
    }
    server.delivery_in("one", "failed").await;
    health(&server, "well").await;

    let worst = server.get("/webhooks?sort=worst").await;
    assert_eq!(ids(&worst), ["stopped", "degraded", "held", "well", "off"]);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/webhooks?sort=worst&limit=2{cursor}")).await;
        paged.extend(ids(&page).iter().map(|id| id.to_string()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, ids(&worst));
    let of_worst = text(&server.get("/webhooks?sort=worst&limit=2").await["next_cursor"]);
    for other in ["", "&sort=newest"] {
        let path = format!("/webhooks?cursor={of_worst}{other}");
        server.try_call(Method::GET, &path, None).await.unwrap().expect(400);
    }
    for (state, expected) in [("failing", "stopped"), ("degraded", "degraded"), ("paused", "held"), ("disabled", "off")]
    {
        assert_eq!(ids(&server.get(&format!("/webhooks?health={state}")).await), [expected]);
    }
    assert_eq!(ids(&server.get("/webhooks?id=well&health=healthy").await), ["well"]);
    assert!(ids(&server.get("/webhooks?id=well&health=failing").await).is_empty());

    // What is owed is looked at each minute.
    server.settle().await;
    server.advance(MINUTE);
    server.settle().await;
    // The notices that one is failing, and that deliveries to both were given up, are events, too.
    server.advance(Duration::from_secs(5));
    server.settle().await;
    let overview = server.get("/overview").await;
    let counts = json!({"failing": 1, "degraded": 1, "paused": 1, "healthy": 1, "disabled": 1});
    assert_eq!(overview["webhooks"], counts);
    assert_eq!(overview["owed"], json!({"count": 1, "oldest_at": null, "oldest_of": null}), "held, and so not late");
    let troubled = &overview["in_trouble"];
    assert_eq!(
        (&troubled[0]["id"], &troubled[1]["id"], &troubled[2]),
        (&json!("stopped"), &json!("degraded"), &Value::Null)
    );
    assert_eq!((&troubled[0]["health"]["state"], &troubled[0]["tenant"]), (&json!("failing"), &Value::Null));
    assert_eq!((&overview["last_hour"]["events"], &overview["last_24h"]["failed"]), (&json!(15), &json!(11)));
    assert_eq!(overview["minutes"]["failed"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(), 11);
}

#[tokio::test]
async fn an_overview_is_of_one_tenant_or_of_all() {
    let server = TestServer::start().await;
    let failing = Receiver::that(status(500)).await;
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let acme = server.of_tenant("acme");
    let hook = acme.webhook(&failing.url("/"), json!({"name": "Acme's", "retry": {"schedule": ["1d"]}})).await;
    acme.publish_id("e").await;
    acme.delivery_after("e", 1).await;
    server.settle().await;
    server.advance(MINUTE);
    server.settle().await;
    let own = acme.get("/overview").await;
    assert_eq!((&own["in_trouble"][0]["id"], &own["in_trouble"][0]["tenant"]), (&json!(hook.id), &Value::Null));
    assert_eq!((&own["owed"]["count"], &own["owed"]["oldest_of"]["name"]), (&json!(1), &json!("Acme's")));
    assert_eq!(own["owed"]["oldest_at"], "2026-01-31T12:00:00.000Z");
    let others = server.get("/overview").await;
    assert_eq!(
        (&others["in_trouble"], &others["owed"]["count"]),
        (&json!([]), &json!(0)),
        "nothing of another tenant's"
    );
    let all = server.of_tenant("*").get("/overview").await;
    assert_eq!((&all["in_trouble"][0]["tenant"], &all["in_trouble"][0]["name"]), (&json!("acme"), &json!("Acme's")));
    assert_eq!(text(&all["owed"]["oldest_of"]["tenant"]), "acme");
    eventually("all of all tenants to be counted", async || {
        let all = server.of_tenant("*").get("/overview").await;
        if all["owed"]["count"] == 1 { Ok(()) } else { Err(all["owed"].to_string()) }
    })
    .await;
}

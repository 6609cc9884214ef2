//! Statistics over the API: sums over time, and a webhook at one look.

use std::time::Duration;

use lanehook::model::{DeliveryId, Serial, WebhookKey};
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    support::{DEFAULT, delivered, retried},
};

/// Two events for a webhook `w`: the first is delivered a minute later, the second fails.
async fn with_a_minute_of_traffic() -> TestApp {
    let app = TestApp::start().await;
    let settings = json!({"url": "https://receiver.example/", "event_types": ["price.*"]});
    app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
    let event = |name: &str| json!({"type": name, "data": {"price": 1}});
    app.post("/events", json!({"events": [event("price.up"), event("price.down"), event("other")]})).await.expect(202);
    app.clock.advance(Duration::from_secs(60));
    let backlog = app.store.backlogs().await.unwrap();
    let webhook = backlog[0].webhook;
    let none = DeliveryId(Serial::FIRST);
    let owed = app.store.pending(webhook, none, None, 9).await.unwrap().deliveries;
    let now = app.clock.now();
    let settlements = vec![delivered(&owed[0], now), retried(&owed[1], now, now)];
    app.store.record(DEFAULT, settlements).await;
    app
}

#[tokio::test]
async fn what_was_counted_is_read_over_time() {
    let app = with_a_minute_of_traffic().await;
    let minutes = app.get("/stats?granularity=minute").await.expect(200);
    assert_eq!(
        (minutes.text("/from"), minutes.text("/to")),
        ("2027-01-15T07:02:00.000Z".into(), "2027-01-15T08:02:00.000Z".into())
    );
    assert_eq!(minutes.each("/at"), ["2027-01-15T08:00:00.000Z", "2027-01-15T08:01:00.000Z"]);
    let at = |pointer: &str| minutes.at(pointer).clone();
    assert_eq!(
        (at("/data/0/events"), at("/data/0/deliveries"), at("/data/0/attempts")),
        (json!(3), json!(2), json!(0))
    );
    assert_eq!((at("/data/0/event_bytes"), at("/data/0/success_rate")), (json!(33), Value::Null));
    assert_eq!(
        (at("/data/1/attempts"), at("/data/1/delivered"), at("/data/1/success_rate")),
        (json!(2), json!(1), json!(0.5))
    );
    assert_eq!(
        (at("/data/1/failures"), at("/data/1/statuses")),
        (json!({"throttled": 1}), json!({"2xx": 1, "5xx": 1}))
    );
    assert_eq!(at("/data/1/delivered_in/count"), json!(1));
    assert_eq!((at("/data/0/first_try_success_rate"), at("/data/1/first_try_success_rate")), (Value::Null, json!(0.5)));

    app.store.sum_up().await.unwrap();
    let again = app.get("/stats?granularity=minute").await.expect(200);
    assert_eq!(again.at("/data"), minutes.at("/data"), "also when it is summed up");

    let types = app.get("/stats?granularity=day&by=event_type&webhook=w").await.expect(200);
    assert_eq!(types.each("/event_type"), ["price.down", "price.up"]);
    assert_eq!((types.at("/data/0/delivered"), types.at("/data/1/delivered")), (&json!(0), &json!(1)));
    app.call("PUT", "/webhooks/idle").json(json!({"url": "https://receiver.example/"})).await.expect(201);
    let webhooks = app.get("/stats?granularity=day&by=webhook").await.expect(200);
    assert_eq!((webhooks.each("/webhook"), webhooks.at("/data/0/attempts")), (vec!["w".into()], &json!(2)));
    let tenants = app.call("GET", "/stats?granularity=day&by=tenant").header("Tenant", "*").send().await.expect(200);
    assert_eq!((tenants.each("/tenant"), tenants.at("/data/0/events")), (vec!["default".into()], &json!(3)));
    let one = app.get("/stats?event_type=price.up").await.expect(200);
    assert_eq!((one.at("/data/0/deliveries"), one.text("/granularity")), (&json!(1), "hour".into()));
    let all = app.call("GET", "/stats?granularity=day").header("Tenant", "*").send().await.expect(200);
    assert_eq!(all.at("/data/0/events"), &json!(3));
}

#[tokio::test]
async fn for_how_long_the_oldest_was_owed_is_told_and_a_whole_time_is_one() {
    let app = with_a_minute_of_traffic().await;
    let webhook = app.store.backlogs().await.unwrap()[0].webhook;
    let since = app.clock.now() - Duration::from_secs(75);
    let gone = (WebhookKey(Serial::nth(1)), since);
    for _ in 0..2 {
        app.store.count_owed(vec![(webhook, since), gone], app.clock.now()).await.unwrap();
        app.clock.advance(Duration::from_secs(60));
    }
    let seconds = |answer: &Answer| {
        let points = answer.at("/data").as_array().unwrap();
        points.iter().map(|point| point["oldest_owed_seconds"].clone()).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        for whose in ["", "&webhook=w", "&by=webhook"] {
            let minutes = app.get(&format!("/stats?granularity=minute{whose}")).await.expect(200);
            assert_eq!(seconds(&minutes), [Value::Null, json!(75), json!(135)], "{whose}");
            let hours = app.get(&format!("/stats?granularity=hour{whose}")).await.expect(200);
            assert_eq!(seconds(&hours), [json!(135)], "{whose}");
            let whole = app.get(&format!("/stats?granularity=minute&whole=true{whose}")).await.expect(200);
            assert_eq!((seconds(&whole), whole.each("/at")), (vec![json!(135)], vec![whole.text("/from")]), "{whose}");
            assert_eq!(whole.at("/data/0/attempts"), &json!(2), "{whose}");
        }
        // Also when it is summed up.
        app.store.sum_up().await.unwrap();
    }
    let all = app.call("GET", "/stats?granularity=day").header("Tenant", "*").send().await.expect(200);
    assert_eq!(seconds(&all), [json!(135)]);
    let types = app.get("/stats?granularity=day&by=event_type").await.expect(200);
    assert_eq!(seconds(&types), [Value::Null, Value::Null, Value::Null]);
    let refused = app.get("/stats?granularity=minute&whole=true&from=2000-01-01T00:00:00Z").await;
    assert!(refused.problem(400, "invalid_parameter").text("/detail").contains("longer spans"));
}

#[tokio::test]
async fn what_is_counted_of_an_id_stays_when_its_webhook_is_deleted_and_made_anew() {
    let app = with_a_minute_of_traffic().await;
    let asked = [
        "/stats?granularity=day&webhook=w",
        "/stats?granularity=day&webhook=w&by=webhook",
        "/stats/failures?webhook=w",
    ];
    let read = async |path: &str| app.get(path).await.expect(200).json;
    let mut before = Vec::new();
    for path in asked {
        before.push(read(path).await);
    }
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    for (path, before) in asked.iter().zip(&before) {
        assert_eq!(read(path).await, *before, "{path}");
    }
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://receiver.example/"})).await.expect(201);
    app.post("/events", json!({"type": "price.up", "data": {"price": 1}})).await.expect(202);
    for path in &asked[..2] {
        let stats = app.get(path).await.expect(200);
        let points = stats.at("/data").as_array().unwrap();
        assert_eq!(
            (points.len(), &points[0]["deliveries"], &points[0]["attempts"]),
            (1, &json!(3), &json!(2)),
            "{path}"
        );
    }
    for path in ["/stats?webhook=x", "/stats/failures?webhook=x"] {
        app.get(path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_webhook_is_seen_at_one_look() {
    let app = with_a_minute_of_traffic().await;
    let stats = app.get("/webhooks/w/stats").await.expect(200);
    let at = |pointer: &str| stats.at(pointer).clone();
    assert_eq!((at("/delivered"), at("/failed"), at("/last_24h/attempts")), (json!(1), json!(0), json!(2)));
    assert_eq!(stats.text("/last_success_at"), "2027-01-15T08:01:00.000Z");
    for (strip, count, seconds) in [("minutes", 60, 60), ("half_hours", 48, 1_800)] {
        assert_eq!(at(&format!("/{strip}/seconds")), json!(seconds));
        let length = |series: &str| at(&format!("/{strip}/{series}")).as_array().map(Vec::len);
        assert_eq!(["succeeded", "throttled", "failed", "deliveries"].map(length), [Some(count); 4]);
    }
    let last = |series: &str| [at(&format!("/minutes/{series}/58")), at(&format!("/minutes/{series}/59"))];
    assert_eq!((last("succeeded"), last("throttled")), ([json!(0), json!(1)], [json!(0), json!(1)]));
    assert_eq!((last("failed"), last("deliveries")), ([json!(0), json!(0)], [json!(2), json!(0)]));
    assert_eq!((at("/half_hours/succeeded/47"), at("/half_hours/deliveries/47")), (json!(1), json!(2)));
    // At a full hour the 48 half-hours begin 23 and a half hours ago, and the day does not.
    app.clock.advance(Duration::from_secs(23 * 3600 + 59 * 60));
    let almost = app.get("/webhooks/w/stats").await.expect(200);
    assert_eq!(almost.at("/last_24h/attempts"), &json!(2));
    app.clock.advance(Duration::from_secs(3600));
    let later = app.get("/webhooks/w/stats").await.expect(200);
    assert_eq!((later.at("/delivered"), later.at("/last_24h/attempts")), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn statistics_are_a_tenants_own() {
    let app = with_a_minute_of_traffic().await;
    app.tenant("other").await;
    let key = app.key(json!({"name": "k", "tenant": "other", "scopes": ["deliveries:read"]})).await;
    let theirs = app.call_as(&key, "GET", "/stats?granularity=day").send().await.expect(200);
    assert_eq!(theirs.at("/data"), &json!([]));
    app.call_as(&key, "GET", "/webhooks/w/stats").send().await.problem(404, "not_found");
    app.call_as(&key, "GET", "/stats?webhook=w").send().await.problem(404, "not_found");
    app.call_as(&key, "GET", "/stats").header("Tenant", "*").send().await.problem(403, "operator_only");
    let events = app.key(json!({"name": "k", "scopes": ["events:read"]})).await;
    app.call_as(&events, "GET", "/stats").send().await.problem(403, "missing_scope");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_with_the_cure() {
    let app = with_a_minute_of_traffic().await;
    for (query, parameter) in [
        ("granularity=week", "granularity"),
        ("from=2027-01-15T08:00:00Z&to=2027-01-15T08:00:00.000Z", "from"),
        ("by=colour", "by"),
        ("from=1969-12-31T00:00:00Z", "from"),
        ("windows=3", "windows"),
    ] {
        let refused = app.get(&format!("/stats?{query}")).await.problem(400, "invalid_parameter");
        assert!(refused.text("/detail").contains(parameter), "{query}: {}", refused.text("/detail"));
    }
    let all = app.call("GET", "/stats?by=event_type").header("Tenant", "*").send().await;
    assert!(all.problem(400, "invalid_parameter").text("/detail").contains("Tenant"));
    app.get("/stats?from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59Z").await.expect(200);
}

#[tokio::test]
async fn why_tries_fail_is_told_by_kind() {
    let app = with_a_minute_of_traffic().await;
    let failures = app.get("/stats/failures?granularity=minute").await.expect(200);
    assert_eq!((failures.at("/attempts"), failures.at("/failed")), (&json!(2), &json!(1)));
    let kind = failures.at("/kinds/0");
    assert_eq!((&kind["kind"], &kind["count"], &kind["share"]), (&json!("throttled"), &json!(1), &json!(1.0)));
    let minute = json!("2027-01-15T08:01:00.000Z");
    assert_eq!((&kind["first_seen"], &kind["last_seen"]), (&minute, &minute));
    assert_eq!(kind["most_of"], json!([{"webhook": "w", "count": 1}]));
    assert!(kind["hint"].as_str().unwrap().contains("rate limit"), "{kind}");
    let of_one = app.get("/stats/failures?webhook=w").await.expect(200);
    assert_eq!((of_one.at("/failed"), of_one.at("/kinds/0/most_of")), (&json!(1), &json!([])));
    let all = app.call("GET", "/stats/failures").header("Tenant", "*").send().await.expect(200);
    assert_eq!(all.at("/kinds/0/most_of"), &json!([{"tenant": "default", "count": 1}]));

    app.store.sum_up().await.unwrap();
    let again = app.get("/stats/failures?granularity=minute").await.expect(200);
    assert_eq!(again.at("/kinds"), failures.at("/kinds"), "also when it is summed up");
    app.tenant("other").await;
    let key = app.key(json!({"name": "k", "tenant": "other", "scopes": ["deliveries:read"]})).await;
    let theirs = app.call_as(&key, "GET", "/stats/failures").send().await.expect(200);
    assert_eq!((theirs.at("/attempts"), theirs.at("/kinds")), (&json!(0), &json!([])));
    app.call_as(&key, "GET", "/stats/failures?webhook=w").send().await.problem(404, "not_found");

    // A deleted webhook is told by its id as long as its failures are counted, also beside one that is made under the id anew.
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    let most_of = async || {
        let failures = app.get("/stats/failures?granularity=minute").await.expect(200);
        failures.at("/kinds/0/most_of").clone()
    };
    assert_eq!(most_of().await, json!([{"webhook": "w", "count": 1}]));
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://receiver.example/"})).await.expect(201);
    assert_eq!(most_of().await, json!([{"webhook": "w", "count": 1}]));
    let theirs = app.call_as(&key, "GET", "/stats/failures").send().await.expect(200);
    assert_eq!(theirs.at("/kinds"), &json!([]));
}

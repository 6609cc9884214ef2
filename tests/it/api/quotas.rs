//! How often keys and tenants may call, and how much of everything a tenant may have.

use std::time::Duration;

use lanehook::{
    access::AccessLimits,
    model::{Amounts, QuotaKind, RateLimit, RateUnit},
};
use serde_json::{Value, json};

use crate::app::{Limits, TestApp};

#[tokio::test]
async fn a_key_may_call_as_often_as_its_rate_says() {
    let app = limited(AccessLimits { key_rate: per_minute(2), ..AccessLimits::default() }).await;
    let key = app.key(json!({"name": "k", "scopes": ["events:read"]})).await;
    let call = || app.call_as(&key, "GET", "/events").send();
    let first = call().await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), "\"key\";q=2;w=60");
    assert_eq!(first.header("ratelimit"), "\"key\";r=1;t=30");
    assert_eq!(first.header("x-ratelimit-limit"), "2");
    assert_eq!(first.header("x-ratelimit-remaining"), "1");
    assert_eq!(first.header("x-ratelimit-reset"), "1800000030");
    call().await.expect(200);
    let refused = call().await.problem(429, "too_many_requests");
    assert_eq!(
        refused.text("/detail"),
        "this API key has used up all 2 requests a minute; send several events in one request, or use a key with a higher \
         `rate_limit`; try again in 30 s"
    );
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), ("30".into(), "\"key\";r=0;t=30".into()));
    app.clock.advance(Duration::from_secs(30));
    call().await.expect(200);

    let own = json!({"name": "k", "scopes": ["events:read"], "rate_limit": {"limit": 5, "per": "hour"}});
    let own = app.key(own).await;
    let answer = app.call_as(&own, "GET", "/nothing").send().await.problem(404, "unknown_route");
    assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=5;w=3600");
    assert_eq!(answer.header("x-ratelimit-remaining"), "4");
}

fn per_minute(limit: u32) -> RateLimit {
    RateLimit { limit, per: RateUnit::Minute }
}

async fn limited(access: AccessLimits) -> TestApp {
    TestApp::start_with(Limits { access, ..Limits::default() }).await
}

async fn with(kind: QuotaKind, most: u64) -> TestApp {
    TestApp::start_with(Limits { quotas: Amounts::DEFAULT.with(kind, most), ..Limits::default() }).await
}

#[tokio::test]
async fn many_keys_are_no_faster_than_their_tenant() {
    let app = limited(AccessLimits { tenant_rate: per_minute(4), ..AccessLimits::default() }).await;
    app.tenant("acme").await;
    app.tenant("other").await;
    let key = |tenant: &str| app.key(json!({"name": "k", "tenant": tenant, "scopes": ["events:read"]}));
    let (one, two, theirs) = (key("acme").await, key("acme").await, key("other").await);
    let call = |key: &str| app.call_as(key, "GET", "/events").send();
    let first = call(&one).await.expect(200);
    assert_eq!(first.header("ratelimit"), "\"tenant\";r=3;t=15");
    assert_eq!(first.header("ratelimit-policy"), "\"tenant\";q=4;w=60");
    call(&two).await.expect(200);
    call(&one).await.expect(200);
    call(&two).await.expect(200);
    for key in [&one, &two] {
        let refused = call(key).await.problem(429, "too_many_requests");
        assert_eq!(refused.header("retry-after"), "15");
        let detail = refused.text("/detail");
        assert!(detail.contains("all 4 requests a minute") && detail.contains("`quotas.rate_limit`"), "{detail}");
    }
    call(&theirs).await.expect(200);
    app.call("GET", "/events").header("tenant", "acme").send().await.expect(200);

    // Another name leaves what was used; another rate begins anew.
    let change = |patch: Value| app.call("PATCH", "/tenants/acme").json(patch);
    change(json!({"name": "Acme Ltd."})).await.expect(200);
    call(&one).await.problem(429, "too_many_requests");
    change(json!({"quotas": {"rate_limit": {"limit": 1000, "per": "second"}}})).await.expect(200);
    assert_eq!(call(&one).await.expect(200).header("ratelimit-policy"), "\"key\";q=600;w=1", "the nearer one");
    change(json!({"quotas": {"rate_limit": null}})).await.expect(200);
    assert_eq!(call(&one).await.expect(200).header("ratelimit-policy"), "\"tenant\";q=4;w=60");
    change(json!({"quotas": {"rate_limit": {"limit": 0, "per": "second"}}}))
        .await
        .wrong_field("/quotas/rate_limit/limit", "1 to 10000000");
    change(json!({"quotas": {"api_keys": 0}})).await.wrong_field("/quotas/api_keys", "from 1 to");
    change(json!({"quotas": {"hooks": 1}})).await.wrong_field("/quotas/hooks", "unknown field");
}

#[tokio::test]
async fn a_key_is_given_no_more_than_its_tenant_may_send() {
    let app = limited(AccessLimits { tenant_rate: per_minute(4), ..AccessLimits::default() }).await;
    app.tenant("acme").await;
    let make = |tenant: Value, limit: u32, per: &str| {
        let rate = json!({"limit": limit, "per": per});
        app.post("/api-keys", json!({"name": "k", "tenant": tenant, "scopes": ["events:read"], "rate_limit": rate}))
    };
    make(json!("acme"), 4, "minute").await.expect(201);
    for (limit, per) in [(5, "minute"), (1, "second"), (5, "hour")] {
        let refused = make(json!("acme"), limit, per).await;
        refused.wrong_field("/rate_limit", "the 4 requests a minute that all keys of the tenant may send together");
    }
    make(json!(null), 5, "minute").await.expect(201);

    let quotas = json!({"quotas": {"rate_limit": {"limit": 5000, "per": "second"}}});
    app.call("PATCH", "/tenants/acme").json(quotas).await.expect(200);
    make(json!("acme"), 5000, "second").await.expect(201);
    make(json!("acme"), 5001, "second").await.wrong_field("/rate_limit", "`quotas.rate_limit` first");
}

#[tokio::test]
async fn a_tenant_has_as_many_keys_as_it_may() {
    let app = with(QuotaKind::ApiKeys, 2).await;
    let own = app.tenant("acme").await;
    let make = || app.call_as(&own, "POST", "/api-keys").json(json!({"name": "k", "scopes": ["events:read"]}));
    let made = make().await.expect(201);
    let refused = make().await.problem(409, "quota_reached").text("/detail");
    assert!(refused.contains("has 2 API keys") && refused.contains("`quotas.api_keys`"), "{refused}");
    app.call_as(&own, "DELETE", &format!("/api-keys/{}", made.text("/id"))).send().await.expect(204);
    make().await.expect(201);
    app.call("PATCH", "/tenants/acme").json(json!({"quotas": {"api_keys": 5}})).await.expect(200);
    let at_once = futures_util::future::join_all((0..6).map(|_| make())).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == 201).count(), 3, "not one more at the same time");
    app.post("/api-keys", json!({"name": "k", "tenant": null, "scopes": ["events:read"]})).await.expect(201);
}

#[tokio::test]
async fn a_tenant_makes_as_many_webhooks_as_it_may_in_every_way() {
    let app = with(QuotaKind::Webhooks, 2).await;
    let (own, other) = (app.tenant("acme").await, app.tenant("other").await);
    let hook = || json!({"url": "http://127.0.0.1:9000/"});
    let put = |key: &str, id: &str| app.call_as(key, "PUT", &format!("/webhooks/{id}")).json(hook());
    app.call_as(&own, "POST", "/webhooks").json(hook()).await.expect(201);
    put(&own, "mine").await.expect(201);
    let refused = app.call_as(&own, "POST", "/webhooks").json(hook()).await.problem(409, "quota_reached");
    for part in ["has 2 webhooks", "1 more", "is 2", "delete one", "`quotas.webhooks`", "`tenant_webhooks`"] {
        assert!(refused.text("/detail").contains(part), "{part}: {}", refused.raw);
    }
    put(&own, "another").await.problem(409, "quota_reached");
    put(&own, "mine").await.expect(200);
    app.call_as(&own, "PATCH", "/webhooks/mine").json(json!({"name": "n"})).await.expect(200);
    put(&other, "theirs").await.expect(201);

    app.call("PATCH", "/tenants/acme").json(json!({"quotas": {"webhooks": 3}})).await.expect(200);
    let at_once = futures_util::future::join_all((0..6).map(|n| put_as(&app, &own, n))).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == 201).count(), 1, "not one more at the same time");
    app.call("PATCH", "/tenants/acme").json(json!({"quotas": {"webhooks": 1}})).await.expect(200);
    put(&own, "mine").await.expect(200);
    app.call_as(&own, "DELETE", "/webhooks/mine").send().await.expect(204);
    put(&own, "mine").await.problem(409, "quota_reached");
}

async fn put_as(app: &TestApp, key: &str, number: usize) -> crate::app::Answer {
    app.call_as(key, "PUT", &format!("/webhooks/w{number}")).json(json!({"url": "http://127.0.0.1:9000/"})).await
}

#[tokio::test]
async fn a_tenant_that_is_owed_as_much_as_it_may_be_publishes_again_when_it_is_owed_less() {
    let app = with(QuotaKind::OwedDeliveries, 3).await;
    let (own, other) = (app.tenant("acme").await, app.tenant("other").await);
    for key in [&own, &other] {
        app.call_as(key, "PUT", "/webhooks/a")
            .json(json!({"url": "http://127.0.0.1:9000/", "event_types": ["a"]}))
            .await
            .expect(201);
        app.call_as(key, "PUT", "/webhooks/b").json(json!({"url": "http://127.0.0.1:9000/"})).await.expect(201);
    }
    let publish = |key: &str, body: Value| app.call_as(key, "POST", "/events").json(body);
    publish(&own, json!({"type": "a", "data": 1, "id": "1"})).await.expect(202);
    let many = json!({"events": [{"type": "b", "data": 1, "id": "2"}, {"type": "b", "data": 1, "id": "3"}]});
    let refused = publish(&own, many).await.problem(429, "too_much_owed");
    assert_eq!(refused.header("retry-after"), "30");
    for part in
        ["has 2 owed deliveries", "2 more are asked for", "is 3", "`quotas.owed_deliveries`", "disable a webhook"]
    {
        assert!(refused.text("/detail").contains(part), "{part}: {}", refused.raw);
    }
    app.call_as(&own, "GET", "/events/2").send().await.problem(404, "not_found");
    publish(&own, json!({"type": "b", "data": 1, "id": "2"})).await.expect(202);
    publish(&own, json!({"type": "b", "data": 1, "id": "3"})).await.problem(429, "too_much_owed");
    publish(&own, json!({"type": "b", "data": 1, "id": "2"})).await.expect(202);
    publish(&other, json!({"type": "a", "data": 1})).await.expect(202);
    app.call("POST", "/events").header("tenant", "*").json(json!({"type": "b", "data": 1})).await.expect(202);

    let usage = |answer: &crate::app::Answer| answer.at("/owed_deliveries").clone();
    let told = app.call_as(&own, "GET", "/usage").send().await.expect(200);
    assert_eq!(usage(&told), json!({"used": 4, "most": 3}), "a broadcast goes beyond");
    let shown = app.get("/tenants/acme").await.expect(200);
    assert_eq!(shown.at("/usage"), &told.json);
    assert_eq!(shown.at("/usage/webhooks"), &json!({"used": 2, "most": 100_000}));
    assert_eq!(shown.at("/quotas/owed_deliveries"), &Value::Null);
    let metrics = app.get("/metrics").await.expect(200).raw;
    for line in [
        "lanehook_quota_used{quota=\"owed_deliveries\"} 7",
        "lanehook_quota_used{quota=\"webhooks\"} 4",
        "lanehook_quota_near_tenants{quota=\"owed_deliveries\"} 2",
        "lanehook_quota_near_tenants{quota=\"webhooks\"} 0",
        "lanehook_quota_refusals_total{quota=\"owed_deliveries\"} 2",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }

    for delivery in app.call_as(&own, "GET", "/deliveries").send().await.expect(200).each("/id") {
        app.call_as(&own, "POST", &format!("/deliveries/{delivery}/cancel")).send().await.expect(200);
    }
    publish(&own, json!({"type": "b", "data": 1, "id": "3"})).await.expect(202);
    assert_eq!(app.call_as(&own, "GET", "/usage").send().await.expect(200).at("/owed_deliveries/used"), 1);
}

#[tokio::test]
async fn what_webhooks_are_made_of_is_bounded_too() {
    let app = with(QuotaKind::Patterns, 2).await;
    let own = app.tenant("acme").await;
    let pattern = |text: &str| json!({"data": {"a": {"$regex": text}}});
    let two = json!({"url": "http://127.0.0.1:9000/", "filter": {"$or": [pattern("^a"), pattern("b$")]}});
    app.call_as(&own, "PUT", "/webhooks/two").json(two).await.expect(201);
    let one = json!({"url": "http://127.0.0.1:9000/", "filter": pattern("c")});
    let refused = app.call_as(&own, "POST", "/webhooks").json(one).await.problem(409, "quota_reached");
    for part in ["has 2 regular expressions", "`quotas.patterns`", "`$in`"] {
        assert!(refused.text("/detail").contains(part), "{part}: {}", refused.raw);
    }
    app.call_as(&own, "PATCH", "/webhooks/two").json(json!({"filter": {"data": {"a": 1}}})).await.expect(200);
    assert_eq!(app.call_as(&own, "GET", "/usage").send().await.expect(200).at("/patterns/used"), 0);

    app.call("PATCH", "/tenants/acme").json(json!({"quotas": {"webhook_bytes": 1 << 20}})).await.expect(200);
    let template = "x".repeat(60_000);
    let large = json!({"url": "http://127.0.0.1:9000/", "payload": {"type": "template", "template": template}});
    let mut made = 0;
    let refused = loop {
        let answer = app.call_as(&own, "POST", "/webhooks").json(large.clone()).await;
        if answer.status != 201 {
            break answer.problem(409, "quota_reached");
        }
        made += 1;
    };
    assert!((15..=17).contains(&made), "{made}: {}", refused.raw);
    assert!(refused.text("/detail").contains("`quotas.webhook_bytes`"), "{}", refused.raw);
}

#[tokio::test]
async fn a_tenant_has_as_many_bytes_of_events_as_it_may() {
    let app = with(QuotaKind::EventBytes, 1 << 20).await;
    let own = app.tenant("acme").await;
    let publish = |bytes: usize| {
        let event = json!({"type": "a", "data": "x".repeat(bytes)});
        app.call_as(&own, "POST", "/events").json(event)
    };
    for _ in 0..5 {
        publish(200_000).await.expect(202);
    }
    let refused = publish(200_000).await.problem(429, "too_much_kept");
    assert_eq!(refused.header("retry-after"), "300");
    for part in ["bytes of events", "is 1048576", "`retention`", "`quotas.event_bytes`", "`tenant_event_bytes`"] {
        assert!(refused.text("/detail").contains(part), "{part}: {}", refused.raw);
    }
    publish(1000).await.expect(202);
    let used = 5 * (200_002 + 256) + 1002 + 256;
    let told = app.call_as(&own, "GET", "/usage").send().await.expect(200);
    assert_eq!(told.at("/event_bytes"), &json!({"used": used, "most": 1 << 20}));
    let metrics = app.get("/metrics").await.expect(200).raw;
    assert!(metrics.contains("lanehook_quota_refusals_total{quota=\"event_bytes\"} 1"), "{metrics}");
    assert!(metrics.contains("lanehook_store_log_bytes "), "{metrics}");
}

//! What runs by itself in a running server, and what it tells of itself.

use std::time::Duration;

use lanehook::model::Span;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::eventually,
    receiver::{Receiver, Reply, status},
    server::TestServer,
};

const DAY: Duration = Duration::from_secs(86_400);

/// `/readyz` as it is when whatever is due has run and what was seen before is out of date.
async fn readiness(server: &TestServer) -> Value {
    server.settle().await;
    server.advance(Duration::from_secs(3));
    server.get("/readyz").await
}

fn job<'a>(readiness: &'a Value, name: &str) -> &'a Value {
    let jobs = readiness["jobs"].as_array().unwrap();
    jobs.iter().find(|job| job["name"] == name).unwrap_or_else(|| panic!("no job {name}: {readiness}"))
}

#[tokio::test]
async fn what_is_finished_goes_after_its_time_and_what_is_owed_stays() {
    let server = TestServer::start_with(|config| config.retention = Span(2 * DAY)).await;
    let receiver = Receiver::start().await;
    server.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    server.webhook(&receiver.url("/"), json!({"event_types": ["held"], "status": "paused"})).await;
    let finished = server.publish().await;
    let delivery = server.delivery_in(&finished, "delivered").await;
    let owed = server.publish_event(json!({"type": "held", "data": 1})).await;
    server.advance(2 * DAY - Duration::from_secs(120));
    server.settle().await;
    server.delivery_in(&finished, "delivered").await;
    server.advance(Duration::from_secs(180));
    server.settle().await;
    let status = async |path: String| server.try_call(Method::GET, &path, None).await.unwrap().status;
    assert_eq!(status(format!("/events/{finished}")).await, 404);
    assert_eq!(status(format!("/deliveries/{}", delivery["id"].as_str().unwrap())).await, 404);
    server.delivery_in(&owed, "pending").await;
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_refuses_events_and_takes_nothing_else_out_of_service() {
    let server = TestServer::start_with(|config| config.min_free_disk = 1 << 50).await;
    let refused = server.try_call(Method::POST, "/events", Some(&json!({"type": "a", "data": 1}))).await.unwrap();
    assert_eq!((refused.status, &refused.json["code"]), (507, &json!("disk_full")), "{}", refused.raw);
    server.advance(Duration::from_secs(5));
    let ready = eventually("the inspection to have run", async || {
        server.advance(Duration::from_secs(2));
        let answer = server.try_call(Method::GET, "/readyz", None).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.raw);
        match &job(&answer.json, "inspection")["status"] {
            waiting if waiting == "waiting" => Err(answer.raw),
            _ => Ok(answer.json),
        }
    })
    .await;
    assert_eq!((&ready["store"], &ready["troubles"]), (&json!("ok"), &json!(["disk"])), "{ready}");
    assert!(ready["disk"].as_str().unwrap().contains("min_free_disk"), "{ready}");
    assert_eq!(job(&ready, "inspection")["status"], "done", "{ready}");
}

#[tokio::test]
async fn readiness_tells_how_each_job_is_doing() {
    let server = TestServer::start().await;
    let before = readiness(&server).await;
    for name in ["retention", "self_heal"] {
        assert_eq!((&job(&before, name)["status"], &job(&before, name)["panics"]), (&json!("waiting"), &json!(0)));
    }
    server.advance(Duration::from_secs(60));
    let after = readiness(&server).await;
    let retention = job(&after, "retention");
    assert_eq!((&retention["status"], &after["status"]), (&json!("done"), &json!("ready")), "{after}");
    assert!(retention["last_run_at"].is_string() && retention["took_ms"].is_u64(), "{retention}");
    assert!(retention["detail"].as_str().unwrap().ends_with("in 1 slice"), "{retention}");
    assert!(job(&after, "self_heal")["detail"].as_str().unwrap().contains("0 probes"), "{after}");
}

async fn scrape(url: &str, key: Option<&str>) -> (u16, String) {
    let mut request = reqwest::Client::builder().no_proxy().build().unwrap().get(url);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn metrics_at_the_apis_address_need_an_operators_key() {
    let server = TestServer::start().await;
    server.advance(Duration::from_secs(60));
    server.settle().await;
    let url = format!("{}/metrics", server.base);
    let (status, text) = scrape(&url, Some(crate::server::OPERATOR)).await;
    assert_eq!(status, 200, "{text}");
    for line in [
        r#"lanehook_http_requests_total{method="POST",route="/api/v1/events",status="2xx"} "#,
        r#"lanehook_http_request_seconds_count{route="/api/v1/events"} "#,
        r#"lanehook_job_runs_total{job="retention"} 1"#,
        r#"lanehook_job_panics_total{job="self_heal"} 0"#,
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let made = server
        .post("/api-keys", json!({"name": "scraper", "tenant": "witness", "scopes": ["events:read"]}))
        .await
        .expect(201);
    assert_eq!(scrape(&url, made.json["key"].as_str()).await.0, 403);
    assert_eq!(scrape(&url, None).await.0, 401);
}

/// The number at the end of a metric's line.
fn number(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}: {text}")).parse().unwrap()
}

#[tokio::test]
async fn metrics_tell_how_the_store_commits() {
    let server = TestServer::start().await;
    let url = format!("{}/metrics", server.base);
    let look = async || scrape(&url, Some(crate::server::OPERATOR)).await.1;
    server.settle().await;
    let before = look().await;
    let receiver = Receiver::start().await;
    server.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
    let after = look().await;
    let grown = |name: &str| number(&after, name) - number(&before, name);
    let commits = grown("lanehook_store_commits_total");
    // A webhook and an event are two jobs, one after the other; the attempt is recorded after both.
    assert!(commits >= 3.0, "{commits}");
    assert!(grown("lanehook_store_commit_jobs_sum") >= 2.0, "{after}");
    assert_eq!(grown("lanehook_store_settlements_total"), 1.0);
    for name in ["lanehook_store_commit_jobs_count", "lanehook_store_commit_seconds_count"] {
        assert_eq!(grown(name), commits, "{name}");
    }
    assert!(grown("lanehook_store_commit_seconds_sum") > 0.0, "{after}");
    assert_eq!(number(&after, "lanehook_store_commit_failures_total"), 0.0);
    assert_eq!(number(&after, "lanehook_store_waiting_bytes"), 0.0, "all is answered");
}

#[tokio::test]
async fn metrics_tell_what_is_sent_and_how_names_are_looked_up() {
    let server = TestServer::start().await;
    let url = format!("{}/metrics", server.base);
    let look = async || scrape(&url, Some(crate::server::OPERATOR)).await.1;
    let receiver = Receiver::that(Reply::Hold).await;
    // `localhost` is known without a question to anybody.
    let by_name = receiver.url("/").replace("127.0.0.1", "localhost");
    server.webhook(&by_name, json!({"retry": {"preset": "none"}})).await;
    let event = server.publish().await;
    receiver.holding(1).await;
    let sending = look().await;
    for (name, count) in [("sends_in_flight", 1.0), ("connections_open", 1.0), ("connections_idle", 0.0)] {
        assert_eq!(number(&sending, &format!("lanehook_{name}")), count, "{name}");
    }
    receiver.answer_held(status(500)).await;
    server.delivery_in(&event, "failed").await;
    let after = look().await;
    for (name, count) in [
        ("sends_in_flight", 0.0),
        ("lookups_total", 1.0),
        ("lookups_running", 0.0),
        ("lookups_waiting", 0.0),
        ("lookups_failed_total{kind=\"no_answer\"}", 0.0),
        ("attempts_total{outcome=\"http\"}", 1.0),
        ("attempt_seconds_count", 1.0),
        ("batches_put_off_total", 0.0),
    ] {
        assert_eq!(number(&after, &format!("lanehook_{name}")), count, "{name}");
    }
    assert!(number(&after, "lanehook_lanes") >= 1.0, "{after}");
}

#[tokio::test]
async fn metrics_at_an_address_of_their_own_need_no_key_and_show_nothing_else() {
    let server = TestServer::start_with(|config| config.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let base = format!("http://{}", server.metrics_address().unwrap());
    let (status, text) = scrape(&format!("{base}/metrics"), None).await;
    for help in text.lines().filter(|line| line.starts_with("# HELP ")) {
        assert!(help.ends_with('.') && !help.ends_with(".."), "{help}");
    }
    assert_eq!((status, text.ends_with("# EOF\n")), (200, true), "{text}");
    assert_eq!(scrape(&format!("{base}/api/v1/webhooks"), Some(crate::server::OPERATOR)).await.0, 404);
}

#[tokio::test]
async fn metrics_are_written_as_they_are_asked_for() {
    let server = TestServer::start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    http.head(format!("{}/healthz", server.base)).send().await.unwrap();
    let scrape = async |accept: &str| {
        let request = http.get(format!("{}/metrics", server.base)).bearer_auth(crate::server::OPERATOR);
        let answer = request.header("accept", accept).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.text().await.unwrap())
    };
    let (kind, text) = scrape("application/openmetrics-text;version=1.0.0,text/plain;q=0.5").await;
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(text.contains("# TYPE lanehook_http_requests counter") && text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains(r#"{method="HEAD",route="/healthz",status="2xx"} 1"#), "{text}");
    let (kind, text) = scrape("text/plain;version=0.0.4").await;
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(text.contains("# TYPE lanehook_http_requests_total counter") && !text.contains("# EOF"), "{text}");
}

#[tokio::test]
async fn readiness_at_an_address_of_its_own_needs_no_key_and_shows_nothing_else() {
    let server = TestServer::start_with(|config| config.health_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let base = format!("http://{}", server.health_address().unwrap());
    assert_eq!(scrape(&format!("{base}/healthz"), None).await, (200, "alive\n".into()));
    let (status, text) = scrape(&format!("{base}/readyz"), None).await;
    let readiness: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &readiness["store"], &readiness["webhooks"]), (200, &json!("ok"), &json!(0)), "{text}");
    assert_eq!(scrape(&format!("{base}/api/v1/webhooks"), Some(crate::server::OPERATOR)).await.0, 404);
}

#[tokio::test]
async fn labels_of_metrics_are_bounded_whatever_strangers_ask_for() {
    let server = TestServer::start().await;
    let lines =
        async || scrape(&format!("{}/metrics", server.base), Some(crate::server::OPERATOR)).await.1.lines().count();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |number: usize| {
        let method = reqwest::Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        let path = format!("{}/api/v1/webhooks/x{number}", server.base);
        http.request(method, &path).send().await.unwrap();
        http.get(format!("{}/n{number}", server.base)).send().await.unwrap();
    };
    ask(0).await;
    lines().await;
    let before = lines().await;
    for number in 1..50 {
        ask(number).await;
    }
    assert_eq!(lines().await, before);
}

#[tokio::test]
async fn what_is_delivered_is_in_the_statistics_before_and_after_it_is_summed_up() {
    let server = TestServer::start_with(|_| {}).await;
    let receiver = Receiver::start().await;
    let webhook = server.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    let delivered = server.publish().await;
    server.delivery_in(&delivered, "delivered").await;
    let path = format!("/webhooks/{}/stats", webhook.id);
    let before = server.get(&path).await;
    assert_eq!((&before["last_24h"]["delivered"], &before["last_24h"]["statuses"]), (&json!(1), &json!({"2xx": 1})));
    assert!(before["last_24h"]["request_time"]["p50_ms"].is_number(), "{before}");
    server.advance(Duration::from_secs(120));
    assert!(job(&readiness(&server).await, "sums")["last_run_at"].is_string());
    let after = server.get(&path).await;
    assert_eq!(after["last_24h"], before["last_24h"]);
}

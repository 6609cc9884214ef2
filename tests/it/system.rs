//! What the server tells of itself to operators.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{OPERATOR, TestServer};

fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {list}"))
}

#[tokio::test]
async fn an_operator_sees_how_the_server_itself_does() {
    let server = TestServer::start_with(|config| config.max_in_flight = 99).await;
    server.publish().await;
    server.advance(Duration::from_secs(60));
    server.settle().await;
    let answer = server.try_call(Method::GET, "/system", None).await.unwrap();
    let system = answer.expect(200);
    assert!(!system.raw.contains(OPERATOR), "{}", system.raw);
    let system = system.json;
    assert_eq!((&system["version"], &system["commit"]), (&json!(env!("CARGO_PKG_VERSION")), &Value::Null));
    assert_eq!(
        (&system["started_at"], &system["uptime_seconds"]),
        (&json!("2026-01-31T12:00:00.000Z"), &json!(60)),
        "{system}"
    );
    let store = &system["store"];
    assert_eq!((&store["kind"], &store["log_held"]), (&json!("sqlite"), &Value::Null), "{store}");
    let bytes = |name: &str| store[name].as_u64().unwrap();
    assert!(bytes("database_bytes") > bytes("unused_bytes") && bytes("log_bytes") > 0, "{store}");
    assert!(store["commits"]["count"].as_u64().unwrap() > 0 && store["commits"]["p99_ms"].as_f64().unwrap() > 0.0);
    assert!(system["disk"]["free_bytes"].as_u64().unwrap() > 0, "{system}");
    let retention = named(&system["jobs"], "retention");
    assert_eq!((&retention["every_seconds"], &retention["last_failure"]), (&json!(60), &Value::Null));
    assert_eq!(retention["last_run"]["at"], "2026-01-31T12:01:00.000Z");
    assert!(retention["last_run"]["detail"].as_str().unwrap().starts_with("deleted"), "{retention}");
    let setting = |name| named(&system["settings"], name);
    assert_eq!((&setting("max_in_flight")["value"], &setting("dev")["default"]), (&json!("99"), &json!("false")));
    assert_eq!(setting("LANEHOOK_OPERATOR_KEY")["value"], "[redacted]");
    assert!(!system["settings"].as_array().unwrap().iter().any(|setting| setting["name"] == "retention"), "{system}");
}

#[tokio::test]
async fn when_a_key_was_used_last_is_kept() {
    let server = TestServer::start().await;
    let made = server.post("/api-keys", json!({"name": "reader", "scopes": ["events:read"]})).await.expect(201).json;
    assert_eq!(made["last_used_at"], Value::Null);
    let key = made["key"].as_str().unwrap().to_owned();
    let used = async |server: &TestServer| {
        let keys = server.get("/api-keys").await;
        named(&keys["data"], "reader")["last_used_at"].clone()
    };
    let read = async |server: &TestServer| {
        let url = format!("{}/api/v1/events", server.base);
        let request = reqwest::Client::builder().no_proxy().build().unwrap().get(url).bearer_auth(&key);
        request.send().await.unwrap().error_for_status().unwrap();
    };
    assert_eq!(used(&server).await, Value::Null, "that it is looked at is no use of it");
    server.advance(Duration::from_secs(30));
    read(&server).await;
    assert_eq!(used(&server).await, "2026-01-31T12:00:30.000Z");
    server.advance(Duration::from_secs(40));
    server.settle().await;
    let system = server.try_call(Method::GET, "/system", None).await.unwrap().expect(200).json;
    let job = named(&system["jobs"], "key_uses");
    // The operator's, and this one.
    assert_eq!(job["last_run"]["detail"], "kept when 2 API keys were used");
    let server = server.restart().await;
    assert_eq!(used(&server).await, "2026-01-31T12:00:30.000Z");
    server.advance(Duration::from_secs(5));
    read(&server).await;
    // Before the job has its turn.
    let server = server.restart().await;
    assert_eq!(used(&server).await, "2026-01-31T12:01:15.000Z");
}

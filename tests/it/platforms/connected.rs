//! Webhooks that name a platform, from the API to a receiver that answers as the platform would.

use std::{collections::BTreeMap, net::SocketAddr};

use lanehook::{catalogue::packs, platform::Platform};
use serde_json::{Value, json};

use super::{fakes, rendered::filled, samples::samples};
use crate::{
    client::{Hook, text},
    receiver::{Received, Receiver, Reply, answer, judged, status},
    server::TestServer,
};

/// Path and query of a platform's URLs.
pub fn place(platform: &Platform, fields: &BTreeMap<String, String>) -> String {
    let url = platform.default_url(fields).unwrap_or_else(|| platform.address.example.clone());
    url::Url::parse(&url).unwrap()[url::Position::BeforePath..].to_owned()
}

/// Answers as the platform would.
pub fn fake(platform: &'static Platform) -> Reply {
    judged(move |received: &Received| {
        let Received { method, path, headers, body, .. } = received.clone();
        let answered = fakes::respond(platform.id.as_str(), &fakes::Request { method, target: path, headers, body });
        match answered.status {
            204 => Reply::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
            status => answer(status, &[], answered.body.as_bytes()),
        }
    })
}

/// A webhook of this platform, for a receiver on this machine.
pub async fn connect(server: &TestServer, id: &str, at: SocketAddr, mut settings: Value) -> Hook {
    let platform = Platform::find(id).unwrap();
    let fields = filled(platform);
    settings["platform"] = json!(id);
    settings["fields"] = json!(fields);
    // What a platform takes in a time is another test's matter.
    if settings.get("rate_limit").is_none() {
        settings["rate_limit"] = json!(null);
    }
    server.webhook(&format!("http://{at}{}", place(platform, &fields)), settings).await
}

fn events() -> Vec<Value> {
    let packaged = packs().iter().flat_map(|pack| &pack.event_types);
    let packaged = packaged.map(|entry| json!({"type": entry.name, "data": entry.current().unwrap().example}));
    packaged.chain(samples().into_iter().map(|(kind, data)| json!({"type": kind, "data": data}))).collect()
}

#[tokio::test]
async fn every_platform_takes_every_packaged_example_and_every_sample() {
    let server = TestServer::start().await;
    let mut receivers = Vec::new();
    for platform in Platform::all() {
        let receiver = Receiver::that(fake(platform)).await;
        let settings = json!({"name": platform.id, "retry": {"preset": "none"}});
        connect(&server, platform.id.as_str(), receiver.address, settings).await;
        receivers.push((platform, receiver));
    }
    let events = events();
    assert!(events.len() > 70, "all packs and samples");
    for some in events.chunks(20) {
        server.post("/events", json!({"events": some})).await.expect(202);
        server.idle().await;
    }
    if let Some(delivery) = server.deliveries("status=failed").await.first() {
        let shown = server.get(&format!("/deliveries/{}", text(&delivery["id"]))).await;
        panic!("{} {}", shown["event_type"], shown["attempts"][0]["error"]);
    }
    for (platform, receiver) in receivers {
        assert_eq!(receiver.count(), events.len(), "{}", platform.id);
    }
}

/// What became of an event after an answer of the platform, without retries.
async fn refused(id: &str, status: u16, body: &str) -> Value {
    let (server, receiver) = (TestServer::start().await, Receiver::that(answer(status, &[], body.as_bytes())).await);
    connect(&server, id, receiver.address, json!({"retry": {"preset": "none"}})).await;
    let event = server.publish().await;
    server.delivery_in(&event, "failed").await
}

#[tokio::test]
async fn a_200_that_hides_a_refusal_is_a_failed_attempt_in_the_platforms_own_words() {
    for (id, body, words) in [
        ("telegram", r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#, "chat not found"),
        ("slack", "invalid_payload", "invalid_payload"),
        ("slack", r#"{"ok":false,"error":"invalid_webhook_url"}"#, "invalid_webhook_url"),
        (
            "teams",
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413",
            "returned HTTP error 413",
        ),
        ("feishu", r#"{"code":19024,"msg":"Key Words Not Found"}"#, "Key Words Not Found"),
        ("wecom", r#"{"errcode":40058,"errmsg":"markdown.content exceed max length"}"#, "exceed max length"),
        ("dingtalk", r#"{"errcode":310000,"errmsg":"keywords not in content"}"#, "keywords not in content"),
        ("pushover", r#"{"status":0,"errors":["application token is invalid"]}"#, "application token is invalid"),
        ("rocketchat", r#"{"success":false,"error":"the channel is gone"}"#, "the channel is gone"),
        ("zulip", r#"{"result":"error","msg":"Stream 'alerts' does not exist"}"#, "Stream 'alerts' does not exist"),
    ] {
        let delivery = refused(id, 200, body).await;
        let attempt = &delivery["attempts"][0];
        assert_eq!((&delivery["last_error"], &attempt["response"]["status"]), (&json!("http"), &json!(200)), "{id}");
        let message = text(&attempt["error"]["message"]);
        assert!(message.contains(words) && message.contains("did not take the message"), "{id}: {message}");
    }
}

#[tokio::test]
async fn what_the_platform_says_of_an_error_is_shown() {
    for (id, status, body, words) in [
        ("discord", 400, r#"{"message":"Invalid Form Body","code":50035}"#, "Discord answered 400: Invalid Form Body"),
        (
            "pagerduty",
            400,
            r#"{"status":"invalid event","errors":["'routing_key' is missing"]}"#,
            "PagerDuty answered 400: 'routing_key' is missing",
        ),
        (
            "googlechat",
            400,
            r#"{"error":{"message":"Invalid JSON","status":"X"}}"#,
            "Google Chat answered 400: Invalid JSON",
        ),
    ] {
        let delivery = refused(id, status, body).await;
        assert_eq!(delivery["attempts"][0]["error"]["message"], words);
    }
}

#[tokio::test]
async fn the_delay_in_a_429s_body_pauses_the_lane() {
    let v10 = "/api/v10/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz0123456789";
    for (id, path, headers, body, seconds) in [
        (
            "telegram",
            None,
            vec![],
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":35}}"#,
            "35",
        ),
        ("discord", Some(v10), vec![], r#"{"message":"You are being rate limited.","retry_after":2.5}"#, "2.5"),
        ("discord", None, vec![], r#"{"message":"You are being rate limited.","retry_after":2500}"#, "2.5"),
        ("matrix", None, vec![], r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":4000}"#, "4"),
        ("zulip", None, vec![], r#"{"result":"error","msg":"API usage exceeded","retry-after":7.5}"#, "7.5"),
        ("telegram", None, vec![("retry-after", "60")], r#"{"ok":false,"parameters":{"retry_after":35}}"#, "60"),
        ("slack", None, vec![("retry-after", "30")], "rate_limited", "30"),
    ] {
        let (server, receiver) = (TestServer::start().await, Receiver::that(fake(Platform::find(id).unwrap())).await);
        receiver.next([answer(429, &headers, body.as_bytes())]);
        let hook = connect(&server, id, receiver.address, json!({"max_concurrency": 1})).await;
        if let Some(path) = path {
            server.change(&hook.id, json!({"url": receiver.url(path)})).await;
        }
        server.publish_many(2).await;
        let first = server.delivery_after("e1", 1).await;
        assert_eq!(first["last_error"], "throttled", "{id}: {}", first["attempts"]);
        let millis = (seconds.parse::<f64>().unwrap() * 1000.0) as u64;
        let due = lanehook::model::Timestamp::parse(first["next_attempt_at"].as_str().unwrap()).unwrap();
        assert_eq!(due.since(server.clock.now()).as_millis() as u64, millis, "{id} {body}");
        server.advance(std::time::Duration::from_millis(millis - 1));
        server.settle().await;
        assert_eq!(receiver.count(), 1, "{id}: nothing goes, of other events neither");
        server.advance(std::time::Duration::from_millis(1));
        receiver.received(3).await;
        server.delivery_in("e1", "delivered").await;
        server.delivery_in("e2", "delivered").await;
    }
}

#[tokio::test]
async fn a_message_that_is_never_taken_fails_at_once_and_the_next_ones_go() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(fake(Platform::find("matrix").unwrap())).await);
    receiver.next([answer(413, &[], br#"{"errcode":"M_TOO_LARGE","error":"event too large"}"#)]);
    let hook = connect(&server, "matrix", receiver.address, json!({})).await;
    let event = server.publish().await;
    let failed = server.delivery_in(&event, "failed").await;
    assert_eq!((&failed["last_error"], &failed["attempt_count"]), (&json!("refused"), &json!(1)));
    assert!(text(&failed["attempts"][0]["error"]["message"]).contains("event too large"));
    let next = server.publish().await;
    server.delivery_in(&next, "delivered").await;
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["status"], "active");
}

#[tokio::test]
async fn who_takes_nothing_any_more_is_disabled() {
    for (id, status, body) in [
        ("slack", 404, "no_service"),
        ("telegram", 403, r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#),
        ("discord", 404, r#"{"message":"Unknown Webhook","code":10015}"#),
        ("matrix", 401, r#"{"errcode":"M_UNKNOWN_TOKEN","error":"Invalid access token"}"#),
        ("googlechat", 404, r#"{"error":{"message":"Space not found","status":"NOT_FOUND"}}"#),
        ("teams", 404, r#"{"error":{"code":"WorkflowNotFound","message":"The workflow is gone"}}"#),
        ("wecom", 200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
        ("custom", 410, ""),
    ] {
        let (server, receiver) =
            (TestServer::start().await, Receiver::that(answer(status, &[], body.as_bytes())).await);
        let hook = connect(&server, id, receiver.address, json!({"max_concurrency": 1})).await;
        server.publish_many(3).await;
        let disabled = server.webhook_when(&hook.id, "disabled", |webhook| webhook["status"] == "disabled").await;
        assert_eq!(disabled["status_reason"], "gone", "{id}");
        let failed = server.delivery_in("e1", "failed").await;
        assert_eq!((&failed["attempt_count"], &failed["last_error"]), (&json!(1), &json!("gone")), "{id}");
        server.delivery_in("e3", "cancelled").await;
        assert_eq!(receiver.count(), 1, "{id}");
    }
}

#[tokio::test]
async fn a_404_that_says_something_else_is_tried_again() {
    let body = br#"{"message":"Unknown Channel","code":10003}"#;
    let (server, receiver) = (TestServer::start().await, Receiver::that(answer(404, &[], body)).await);
    let hook = connect(&server, "discord", receiver.address, json!({})).await;
    let event = server.publish().await;
    assert_eq!(server.delivery_after(&event, 1).await["last_error"], "http");
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["status"], "active");
}

#[tokio::test]
async fn a_message_sent_again_names_itself_as_before() {
    for (id, method, marker) in [("matrix", "PUT", "/send/m.room.message/"), ("googlechat", "POST", "requestId=")] {
        let (server, receiver) = (TestServer::start().await, Receiver::that(fake(Platform::find(id).unwrap())).await);
        // The first of them ends a kept connection, which is replaced; the second one ends a new one.
        receiver.next([status(500), Reply::Close(Vec::new()), Reply::Close(Vec::new())]);
        connect(&server, id, receiver.address, json!({})).await;
        let event = server.publish().await;
        for attempts in [1, 2] {
            let failed = server.delivery_after(&event, attempts).await;
            server.advance_to(&failed["next_attempt_at"]);
        }
        let delivery = server.delivery_in(&event, "delivered").await;
        let other = server.publish().await;
        server.delivery_in(&other, "delivered").await;
        let all = receiver.received(5).await;
        assert!(all.iter().all(|request| request.method == method), "{id}");
        let path = &all[0].path;
        assert_eq!(path.split(marker).nth(1), delivery["id"].as_str(), "{path}");
        assert!(all[..4].iter().all(|request| request.path == *path), "{id}");
        assert_ne!(&all[4].path, path, "{id}: another message has another name");
        assert!(all[..4].iter().all(|request| request.body == all[0].body));
        for attempt in delivery["attempts"].as_array().unwrap() {
            assert_eq!(attempt["request"]["method"], method);
            assert!(text(&attempt["request"]["url"]).contains(marker.trim_end_matches('=')), "{attempt}");
        }
    }
}

#[tokio::test]
async fn a_platform_that_takes_one_a_second_is_sent_one_a_second() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(fake(Platform::find("slack").unwrap())).await);
    let slack = json!({"platform": "slack"});
    server.webhook(&receiver.url("/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"), slack).await;
    server.publish_many(3).await;
    for count in 1..=3 {
        receiver.received(count).await;
        server.settle().await;
        assert_eq!(receiver.count(), count);
        server.advance(crate::support::SECOND);
    }
    server.idle().await;
}

#[tokio::test]
async fn a_payload_of_ones_own_goes_within_the_platforms_limits() {
    let discord = Platform::find("discord").unwrap();
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(204)).await);
    let template = r#"{"content": "{{ data.text }} {{ card.title }}"}"#;
    let settings = json!({"payload": {"type": "template", "template": template}, "retry": {"preset": "none"}});
    let hook = connect(&server, discord.id.as_str(), receiver.address, settings).await;
    let text = "x".repeat(5000);
    let event = server.publish_event(json!({"type": "a.b", "data": {"text": text}})).await;
    server.delivery_in(&event, "delivered").await;
    let content = receiver.last().json()["content"].as_str().unwrap().to_owned();
    assert!(content.starts_with("xxx") && content.encode_utf16().count() <= 2000, "{}", content.len());

    server.change(&hook.id, json!({"payload": null})).await;
    let event = server.publish_event(json!({"type": "a.b", "data": {"text": text}})).await;
    server.delivery_in(&event, "delivered").await;
    assert!(receiver.last().json()["embeds"].is_array(), "the platform's own again");
}

#[tokio::test]
async fn the_end_of_an_alert_waits_for_its_beginning_and_other_alerts_do_not() {
    let pagerduty = Platform::find("pagerduty").unwrap();
    let (server, receiver) = (TestServer::start().await, Receiver::that(fake(pagerduty)).await);
    receiver.next([status(500)]);
    connect(&server, "pagerduty", receiver.address, json!({})).await;
    let publish = |id: &str, key: Value, state: &str| json!({"id": id, "type": "disk.alert", "data": {"title": "disk", "alert_id": key, "status": state}});
    server.publish_event(publish("began", json!(17), "firing")).await;
    let failed = server.delivery_after("began", 1).await;
    for event in [publish("ended", json!(17), "resolved"), publish("other", json!("x".repeat(300)), "firing")] {
        server.publish_event(event).await;
    }
    server.delivery_in("other", "delivered").await;
    server.settle().await;
    assert_eq!(receiver.count(), 2, "the end waits");
    server.advance_to(&failed["next_attempt_at"]);
    server.delivery_in("ended", "delivered").await;
    let all = receiver.received(4).await;
    let actions: Vec<_> = all.iter().map(|request| request.json()["event_action"].clone()).collect();
    assert_eq!(actions, ["trigger", "trigger", "trigger", "resolve"]);
    assert_eq!(server.get("/events/ended").await["ordering_key"], "17");

    // An end without a key would open an alert.
    let event = json!({"id": "keyless", "type": "disk.alert", "data": {"title": "disk", "status": "resolved"}});
    server.publish_event(event).await;
    let skipped = server.delivery_in("keyless", "cancelled").await;
    assert!(text(&skipped["attempts"][0]["error"]["message"]).contains("would open an alert"), "{skipped}");
}

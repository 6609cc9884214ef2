//! What is sent where: url, event_types, headers, auth.

use serde_json::json;

use crate::{receiver::Receiver, server::TestServer};

#[tokio::test]
async fn an_event_is_posted_to_the_webhooks_url_with_path_and_query() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/deep/hook?tenant=7&x=%20y"), json!({})).await;
    let event = json!({"id": "first", "type": "price.alert", "data": {"price": 187.50, "é": [1, null]},
        "timestamp": "2026-01-31T13:00:00+01:00"});
    server.publish_event(event).await;
    let request = receiver.received(1).await.remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/deep/hook?tenant=7&x=%20y"));
    assert_eq!(request.header("host"), receiver.address.to_string());
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.id(), "first");
    assert_eq!(
        request.text(),
        r#"{"id":"first","type":"price.alert","timestamp":"2026-01-31T12:00:00.000Z","data":{"price":187.5,"é":[1,null]}}"#
    );
}

#[tokio::test]
async fn a_webhook_gets_the_event_types_it_asked_for_and_no_others() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for (path, types) in [
        ("/exact", json!(["price.alert"])),
        ("/under", json!(["price.*"])),
        ("/all", json!(["*"])),
        ("/several", json!(["price.alert", "user.*"])),
    ] {
        server.webhook(&receiver.url(path), json!({"event_types": types})).await;
    }
    for (event_type, expected) in [
        ("price.alert", vec!["/all", "/exact", "/several", "/under"]),
        ("price.alert.high", vec!["/all", "/under"]),
        ("prices.alert", vec!["/all"]),
        ("user.created", vec!["/all", "/several"]),
    ] {
        let before = receiver.count();
        let event = server.publish_event(json!({"type": event_type, "data": 1})).await;
        let all = receiver.received(before + expected.len()).await;
        let mut paths: Vec<&str> = all[before..].iter().map(|request| request.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, expected, "{event_type}");
        let deliveries = server.get(&format!("/events/{event}/deliveries")).await;
        assert_eq!(deliveries["data"].as_array().unwrap().len(), expected.len());
    }
}

#[tokio::test]
async fn a_webhook_made_with_201_matches_the_very_next_event() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for round in 0..20 {
        let hook = server.webhook(&receiver.url(&format!("/{round}")), json!({})).await;
        server.publish().await;
        assert_eq!(receiver.received(round + 1).await[round].path, format!("/{round}"));
        server.delete(&format!("/webhooks/{}", hook.id)).await;
    }
}

#[tokio::test]
async fn custom_headers_are_sent() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let headers = json!({"X-Team": "blue", "x-api-key": "k-123", "x-empty": ""});
    server.webhook(&receiver.url("/"), json!({"headers": headers})).await;
    server.publish().await;
    let request = receiver.received(1).await.remove(0);
    assert_eq!(request.header("x-team"), "blue");
    assert_eq!(request.header("x-api-key"), "k-123");
    assert_eq!(request.header("x-empty"), "");
}

#[tokio::test]
async fn names_of_headers_are_written_as_they_were_set_or_are_documented() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({
        "headers": {"X-APIKey-Id": "7", "x-lower": "1"},
        "auth": {"type": "header", "name": "X-API-Key", "value": "k"},
        "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "signing": {"dialects": [
            {"type": "standard"}, {"type": "hub"}, {"type": "plain"}, {"type": "timestamped", "header": "X-PT-Signature"},
        ]},
    });
    let hook = server.webhook(&receiver.url("/"), settings).await;
    let own = ["X-APIKey-Id", "x-lower", "X-API-Key"];
    let signed = ["webhook-signature", "X-Hub-Signature-256", "X-Webhook-Signature", "X-Webhook-ID", "X-PT-Signature"];
    // Also with what was kept of it.
    for count in 1..=2 {
        server.publish().await;
        let request = receiver.received(count).await.remove(count - 1);
        for name in own.iter().chain(&signed) {
            assert!(request.names.iter().any(|written| written == name), "{name} in {:?}", request.names);
        }
        // Who changes something else changes no name.
        server.change(&hook.id, json!({"description": "new", "headers": {"x-lower": "2"}})).await;
    }
}

#[tokio::test]
async fn each_kind_of_auth_is_sent_as_its_header() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    for (auth, header, value) in [
        (json!({"type": "bearer", "token": "tok-1"}), "authorization", Some("Bearer tok-1")),
        // The example of RFC 7617.
        (
            json!({"type": "basic", "username": "Aladdin", "password": "open sesame"}),
            "authorization",
            Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ),
        (json!({"type": "header", "name": "X-Own-Auth", "value": "own 1"}), "x-own-auth", Some("own 1")),
        (json!({"type": "none"}), "authorization", None),
    ] {
        let count = receiver.count();
        server.change(&hook.id, json!({"auth": auth})).await;
        server.publish().await;
        assert_eq!(receiver.received(count + 1).await[count].find(header), value, "{auth}");
    }
    assert_eq!(receiver.last().find("x-own-auth"), None);
}

#[tokio::test]
async fn an_event_goes_to_the_webhooks_of_its_tenant_only() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let acme = server.of_tenant("acme");
    acme.webhook(&receiver.url("/acme"), json!({})).await;
    server.webhook(&receiver.url("/default"), json!({})).await;
    server.publish_id("of-default").await;
    acme.publish_id("of-acme").await;
    let all = receiver.received(2).await;
    for request in &all {
        assert_eq!(request.path, request.id().replace("of-", "/"));
    }
    server.settle().await;
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn a_test_goes_out_at_once_with_all_settings_and_is_owed_to_nobody() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"headers": {"x-team": "blue"}, "status": "paused", "event_types": ["price.alert"]});
    let hook = server.webhook(&receiver.url("/hook"), settings).await;
    let result = server.post(&format!("/webhooks/{}/test", hook.id), json!({})).await.expect(200).json;
    assert_eq!((&result["delivered"], &result["status"]), (&json!(true), &json!(200)));
    let request = receiver.received(1).await.remove(0);
    assert_eq!(request.header("x-team"), "blue");
    assert_eq!(request.json()["type"], "price.alert");
    assert_eq!(result["request"]["body"]["content"], request.text());
    assert!(server.deliveries("test=false").await.is_empty());
    assert_eq!(server.deliveries("").await.len(), 1, "the test itself");
}

#[tokio::test]
async fn metadata_and_texts_read_back_as_they_were_given() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let given = json!({"name": "Prices – ü", "description": "two\nlines", "metadata": {"user": "7", "plan": "gold ✓"}});
    let hook = server.webhook(&receiver.url("/"), given.clone()).await;
    let read = server.get(&format!("/webhooks/{}", hook.id)).await;
    for field in ["name", "description", "metadata"] {
        assert_eq!((&hook.made[field], &read[field]), (&given[field], &given[field]));
    }
}

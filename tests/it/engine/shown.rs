//! What was sent can be shown: an attempt is what the receiver saw, without the credentials.

use serde_json::{Value, json};

use crate::{
    client::text,
    receiver::{Received, Receiver, Reply, answer},
    server::TestServer,
};

/// Names and values, as the API shows them.
fn shown_headers(message: &Value) -> Vec<(String, String)> {
    let headers = message["headers"].as_array().unwrap().iter();
    headers.map(|header| (text(&header["name"]), text(&header["value"]))).collect()
}

#[track_caller]
fn assert_same(attempt: &Value, seen: &Received, redacted: &[&str]) {
    let request = &attempt["request"];
    assert_eq!(request["method"], seen.method);
    assert_eq!(text(&request["body"]["content"]).as_bytes(), seen.body);
    let expected: Vec<(String, String)> = seen
        .headers
        .iter()
        .zip(&seen.names)
        .map(|((name, value), written)| match redacted.contains(&name.as_str()) {
            true => (written.clone(), "[redacted]".to_owned()),
            false => (written.clone(), value.clone()),
        })
        .collect();
    let (mut shown, mut expected) = (shown_headers(request), expected);
    shown.sort();
    expected.sort();
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn what_was_sent_equals_what_is_shown() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let dialects = json!([
        {"type": "standard"}, {"type": "hub"}, {"type": "plain"}, {"type": "timestamped", "header": "X-PT-Signature"},
    ]);
    let settings = json!({
        "signing": {"dialects": dialects},
        "headers": {"x-team": "blue", "x-api-key": "kept-back", "x-any": "kept-back"}, "public_headers": ["X-Team"],
        "auth": {"type": "header", "name": "X-Own", "value": "kept-back"},
    });
    let hook = server.webhook(&receiver.url("/hook"), settings).await;
    receiver.next([answer(500, &[("set-cookie", "session=kept-back"), ("x-trace", "t-1")], b"broken")]);
    let event = server.publish_event(json!({"type": "price.alert", "data": {"price": "187 €"}})).await;
    let failed = server.delivery_after(&event, 1).await;
    let planned = failed["planned_attempts"].as_array().unwrap();
    let (next, last) = (&planned[0], &planned[planned.len() - 1]);
    assert_eq!((&next["number"], &next["at"], &last["number"]), (&json!(2), &failed["next_attempt_at"], &json!(10)));
    server.advance_to(&failed["next_attempt_at"]);
    let delivered = server.delivery_in(&event, "delivered").await;
    assert_eq!(delivered["planned_attempts"], json!([]));
    let (attempts, seen) = (delivered["attempts"].as_array().unwrap(), receiver.all());
    assert_eq!((attempts.len(), seen.len()), (2, 2));
    for (attempt, seen) in attempts.iter().zip(&seen) {
        assert_same(attempt, seen, &["x-own", "x-any", "x-api-key"]);
        assert_eq!(attempt["request"]["url"], receiver.url("/hook"));
        assert_eq!(attempt["remote"], receiver.address.to_string());
    }
    assert_ne!(seen[0].header("webhook-signature"), seen[1].header("webhook-signature"), "each is signed anew");
    let response = &attempts[0]["response"];
    assert_eq!((&response["status"], &response["body"]["content"]), (&json!(500), &json!("broken")));
    let expected = [("content-length", "6"), ("set-cookie", "[redacted]"), ("x-trace", "t-1")];
    assert_eq!(shown_headers(response), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let everything = format!("{delivered}{}", server.get(&format!("/webhooks/{}", hook.id)).await);
    assert!(!everything.contains("kept-back") && !everything.contains(&hook.secret));
}

#[tokio::test]
async fn settings_changed_later_do_not_change_what_is_shown() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook =
        server.webhook(&receiver.url("/"), json!({"headers": {"x-team": "blue"}, "public_headers": ["x-team"]})).await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
    server.change(&hook.id, json!({"headers": {"x-team": "red"}, "secret": null})).await;
    assert_same(&server.delivery(&event).await["attempts"][0], &receiver.last(), &[]);
}

#[tokio::test]
async fn what_is_shown_of_a_request_does_not_stand_on_disk() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"headers": {"x-team": "team-of-the-owner"}, "public_headers": ["x-team"]});
    server.webhook(&receiver.url("/path-of-the-owner?parameter-of-the-owner=1"), settings).await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
    let on_disk = |config: &lanehook::config::Config| {
        let files = std::fs::read_dir(&config.data).unwrap();
        let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        assert!(bytes.windows(10).any(|part| part == b"test.event"), "it is looked for where things are");
        assert!(!bytes.windows(13).any(|part| part == b"-of-the-owner"));
    };
    let server = server.restart_after(on_disk).await;
    let request = server.delivery(&event).await["attempts"][0]["request"].clone();
    assert_eq!(request["url"], receiver.url("/path-of-the-owner?parameter-of-the-owner=…"));
    assert!(shown_headers(&request).contains(&("x-team".into(), "team-of-the-owner".into())));
}

#[tokio::test]
async fn an_attempt_that_timed_out_shows_what_was_sent() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    server.webhook(&receiver.url("/"), json!({"retry": {"preset": "none"}})).await;
    let event = server.publish().await;
    receiver.holding(1).await;
    server.advance(std::time::Duration::from_secs(10));
    let failed = server.delivery_in(&event, "failed").await;
    assert_same(&failed["attempts"][0], &receiver.last(), &[]);
    assert_eq!(failed["attempts"][0]["response"], Value::Null);
}

#[tokio::test]
async fn a_body_that_is_not_text_is_shown_in_base64() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(answer(200, &[], &[0xff, 0x00, 0xfe])).await);
    server.webhook(&receiver.url("/"), json!({})).await;
    let event = server.publish().await;
    let delivered = server.delivery_in(&event, "delivered").await;
    assert_eq!(delivered["attempts"][0]["response"]["body"], json!({"encoding": "base64", "content": "/wD+"}));
}

#[tokio::test]
async fn what_is_held_tells_its_tries_to_come_without_times() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"status": "paused", "retry": {"preset": "quick"}})).await;
    let held = server.delivery_in(&server.publish().await, "pending").await;
    let tries: Vec<Value> = (1..=4).map(|number| json!({"number": number, "at": null})).collect();
    assert_eq!(held["planned_attempts"], json!(tries));
}

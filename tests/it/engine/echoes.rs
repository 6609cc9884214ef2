//! Receivers repeat what they were sent, in the ways in which their languages write it. None of it shows a credential, and
//! none of it changes what the answer means.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::{
    client::text,
    receiver::{Receiver, answer},
    server::TestServer,
};

/// Header, URL and user with a password, with what each encoding has to escape.
const HEADER: &str = "own/\"header\"<&>+one?";
const IN_PATH: &str = "PathSecret0123456789";
const IN_QUERY: &str = "short-word";
const PASSWORD: &str = "pass'word\\>>>???~";

fn each(text: &str, as_written: impl Fn(u32) -> String) -> String {
    let write = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { as_written(u32::from(c)) };
    text.chars().map(write).collect()
}

/// What receivers make of a text.
fn ways(text: &str) -> Vec<(&'static str, String)> {
    let json = Value::from(text).to_string();
    vec![
        ("plain", text.to_owned()),
        ("json", json[1..json.len() - 1].replace('/', "\\/")),
        ("json, u-escapes", each(text, |c| format!("\\u{c:04x}"))),
        ("json, u-escapes in upper case", each(text, |c| format!("\\u{c:04X}"))),
        ("percent, lower case", each(text, |c| format!("%{c:02x}"))),
        ("percent, upper case", each(text, |c| format!("%{c:02X}"))),
        ("html, decimal", each(text, |c| format!("&#{c};"))),
        ("html, hex", each(text, |c| format!("&#x{c:X};"))),
        ("html, names", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")),
        ("hex, lower case", text.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ("hex, upper case", text.bytes().map(|byte| format!("{byte:02X}")).collect()),
        ("base64", BASE64_STANDARD.encode(text)),
        ("base64 without padding", BASE64_STANDARD_NO_PAD.encode(text)),
        ("base64 for URLs", BASE64_URL_SAFE.encode(text)),
        ("base64 for URLs without padding", BASE64_URL_SAFE_NO_PAD.encode(text)),
        ("base64 behind one", BASE64_STANDARD.encode(format!(":{text}!"))),
        ("base64 behind two", BASE64_URL_SAFE.encode(format!("a:{text}!?"))),
        ("base64 behind three", BASE64_STANDARD.encode(format!("ab:{text}"))),
    ]
}

#[tokio::test]
async fn an_echo_shows_no_credential_in_any_encoding() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let settings = json!({
        "headers": {"X-Any": HEADER}, "auth": {"type": "basic", "username": "user", "password": PASSWORD}, "secret": own,
    });
    let url = receiver.url(&format!("/{IN_PATH}?channel={IN_QUERY}"));
    server.webhook(&url, settings).await;
    let login = BASE64_STANDARD.encode(format!("user:{PASSWORD}"));
    for secret in [HEADER, IN_PATH, IN_QUERY, PASSWORD, &login, &own["whsec_".len()..]] {
        let mut said = String::from("you sent");
        for (way, written) in ways(secret) {
            said.push_str(&format!("\n({way}) [{written}]"));
        }
        // In a header, too, where what it may have is less.
        let header = format!("<{}>", BASE64_STANDARD.encode(secret));
        receiver.next([answer(200, &[("x-seen", &header)], said.as_bytes())]);
        let event = server.publish().await;
        let delivered = server.delivery_in(&event, "delivered").await;
        let response = &delivered["attempts"][0]["response"];
        let shown = text(&response["body"]["content"]);
        for (way, written) in ways(secret) {
            let line = shown.lines().find(|line| line.starts_with(&format!("({way}) "))).unwrap();
            assert!(line.contains("[redacted]") && !line.contains(&written), "{secret}: {line}");
            if !way.contains("behind") {
                assert_eq!(line, format!("({way}) [[redacted]]"), "{secret}");
            }
        }
        let headers = response["headers"].as_array().unwrap();
        assert!(headers.contains(&json!({"name": "x-seen", "value": "<[redacted]>"})), "{headers:?}");
    }
}

#[tokio::test]
async fn a_new_secret_is_hidden_at_once_and_the_old_one_still() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
    let new = "whsec_AAfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw000000000I=";
    server.post(&format!("/webhooks/{}/secret/rotate", hook.id), json!({"secret": new})).await.expect(200);
    receiver.next([answer(200, &[], format!("{new} {}", hook.secret).as_bytes())]);
    let event = server.publish().await;
    let delivered = server.delivery_in(&event, "delivered").await;
    assert_eq!(delivered["attempts"][0]["response"]["body"]["content"], "whsec_[redacted] whsec_[redacted]");
}

#[tokio::test]
async fn an_answer_means_what_it_says_whatever_is_hidden_in_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    // Words that the platform's answers are made of, and what it is asked to wait.
    let settings = json!({
        "platform": "slack", "headers": {"X-A": "no_service", "X-B": "123456"}, "retry": {"preset": "default"},
    });
    let url = receiver.url("/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx");
    let hook = server.webhook(&url, settings).await;
    receiver.next([answer(429, &[("retry-after", "123456")], b"wait for 123456"), answer(404, &[], b"no_service")]);
    let event = server.publish().await;
    let waiting = server.delivery_after(&event, 1).await;
    let attempt = &waiting["attempts"][0];
    assert_eq!(attempt["error"]["retry_after_seconds"], 123_456, "{attempt}");
    assert_eq!(attempt["response"]["body"]["content"], "wait for [redacted]");
    server.advance_to(&waiting["next_attempt_at"]);
    server.delivery_when(&event, "tried again", |delivery| delivery["attempt_count"] == 2).await;
    // The platform says that there is no such webhook.
    server.webhook_when(&hook.id, "disabled as gone", |webhook| webhook["status_reason"] == "gone").await;
}

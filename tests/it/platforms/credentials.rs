//! What is filled in for a platform, and what its URLs hold, shows nowhere: not in answers, attempts, logs, files.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use lanehook::platform::Platform;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    connected::{fake, place},
    rendered::filled,
};
use crate::{
    leaks,
    receiver::{Receiver, answer, judged},
};

/// Letters and digits that occur nowhere else.
fn credential(number: &mut usize, length: usize) -> String {
    *number += 1;
    format!("cred{number:03}{}", "q7".repeat(length)).chars().take(length.max(8)).collect()
}

/// What a user fills in, with credentials of their own.
fn fields(platform: &Platform, credentials: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut fields = filled(platform);
    for field in platform.fields.iter().filter(|field| field.secret) {
        let value = fields.get_mut(&field.id).unwrap();
        let kept = if value.contains(':') {
            10
        } else if value.starts_with("tk_") {
            3
        } else {
            0
        };
        let mut number = credentials.len();
        let secret = credential(&mut number, value.len() - kept);
        value.replace_range(kept.., &secret);
        credentials.push(secret);
    }
    fields
}

/// Path and query, with credentials of their own.
fn place_with(platform: &Platform, fields: &BTreeMap<String, String>, credentials: &mut Vec<String>) -> String {
    let mut place = place(platform, fields);
    let mut secret = |length: usize| {
        let mut number = credentials.len();
        credentials.push(credential(&mut number, length));
        credentials.last().unwrap().clone()
    };
    let path = place.split('?').next().unwrap().to_owned();
    if platform.recipe.default_url.is_none()
        && let Some(found) = platform.address.path.as_ref().and_then(|pattern| pattern.captures(&path))
        && let Some(found) = found.name("secret")
    {
        place.replace_range(found.range(), &secret(found.len()));
    }
    for name in ["key=", "token=", "sig="] {
        let at = [format!("?{name}"), format!("&{name}"), format!("_{name}")]
            .into_iter()
            .find_map(|mark| place.find(&mark).map(|at| at + mark.len()));
        if let Some(at) = at {
            let end = place[at..].find('&').map_or(place.len(), |end| at + end);
            place.replace_range(at..end, &secret(20));
        }
    }
    place
}

#[tokio::test]
async fn no_credential_of_a_platform_shows_anywhere() {
    let data = tempfile::tempdir().unwrap();
    let process = leaks::talkative(data.path()).await;
    let client = process.client.clone();
    let (mut credentials, mut answers, mut hooks) = (Vec::new(), String::new(), Vec::new());
    let mut in_login = String::new();
    for platform in Platform::all() {
        let receiver = Receiver::that(fake(platform)).await;
        let fields = fields(platform, &mut credentials);
        let place = place_with(platform, &fields, &mut credentials);
        let settings =
            json!({"platform": platform.id, "fields": fields, "retry": {"preset": "none"}, "rate_limit": null});
        let hook = client.webhook(&receiver.url(&place), settings).await;
        if platform.id.as_str() == "zulip" {
            let login = format!("{}:{}", fields["bot_email"], fields["api_key"]);
            credentials.push(BASE64_STANDARD.encode(login));
            in_login.clone_from(&fields["api_key"]);
        }
        answers.push_str(&hook.made.to_string());
        hooks.push((platform, hook.id, receiver));
    }
    assert!(credentials.len() > 25, "{credentials:?}");

    let taken = client.publish().await;
    client.idle().await;
    for delivery in client.deliveries("").await {
        assert_eq!(delivery["status"], "delivered", "{delivery}");
    }
    // They do get there.
    let seen: String = hooks
        .iter()
        .map(|(_, _, receiver)| {
            let request = receiver.last();
            format!("{} {:?} {}\n", request.path, request.headers, request.text())
        })
        .collect();
    for credential in credentials.iter().filter(|credential| **credential != in_login) {
        assert!(seen.contains(credential), "{credential} is not sent at all");
    }

    for (platform, hook, receiver) in &hooks {
        // It repeats what it was sent, how, and where.
        receiver.usually(judged(|received| {
            let said = format!("Cannot POST {} {:?}: {}", received.path, received.headers, received.text());
            answer(500, &[], said.as_bytes())
        }));
        let path = format!("/webhooks/{hook}");
        answers.push_str(&client.change(hook, json!({"name": platform.id})).await.to_string());
        answers.push_str(&client.get(&path).await.to_string());
        answers.push_str(&client.post(&format!("{path}/test"), json!({})).await.expect(200).raw);
        answers.push_str(&client.post("/render", json!({"webhook_id": hook})).await.expect(200).raw);
        let refused = wrong(platform, receiver, &mut credentials);
        for settings in refused {
            answers.push_str(&client.post("/webhooks", settings).await.expect(400).raw);
        }
    }
    client.publish().await;
    client.idle().await;
    for path in ["/webhooks", "/deliveries", "/events", &format!("/events/{taken}/deliveries")] {
        answers.push_str(&client.try_call(Method::GET, path, None).await.unwrap().expect(200).raw);
    }
    leaks::none(&credentials, answers, process, data.path()).await;
}

/// Settings that are refused, with credentials in the wrong place.
fn wrong(platform: &Platform, receiver: &Receiver, credentials: &mut Vec<String>) -> Vec<Value> {
    let mut number = credentials.len();
    let mut secret = || {
        credentials.push(credential(&mut number, 24));
        credentials.last().unwrap().clone()
    };
    let mut refused = Vec::new();
    let good = filled(platform);
    if platform.address.path.is_some() {
        let url = receiver.url(&format!("/nowhere/{}/at/all", secret()));
        refused.push(json!({"url": url, "platform": platform.id, "fields": good}));
    }
    for field in platform.fields.iter().filter(|field| field.secret && field.pattern.is_some()) {
        let mut bad = good.clone();
        bad.insert(field.id.clone(), format!("{} ü", secret()));
        refused.push(json!({"url": receiver.url(&place(platform, &good)), "platform": platform.id, "fields": bad}));
    }
    refused
}

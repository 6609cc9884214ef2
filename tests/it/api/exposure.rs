//! Credentials do not follow a change to where they have not been, unless its maker may read them or sends them again.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    receiver::Receiver,
};

const URL: &str = "https://example.com/hook";
const ELSEWHERE: &str = "https://elsewhere.example/hook";

/// What each webhook of these tests keeps.
fn with_credentials(url: &str) -> Value {
    json!({
        "url": url, "auth": {"type": "bearer", "token": "token-of-the-owner"},
        "headers": {"X-Api-Key": "key-of-the-owner", "X-Any": "any-of-the-owner", "X-Team": "blue"},
        "public_headers": ["X-Team"],
    })
}

async fn writer(app: &TestApp) -> String {
    app.key(json!({"name": "writer", "scopes": ["webhooks:write"]})).await
}

async fn made(app: &TestApp, settings: Value) {
    app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
}

/// The places that were named.
#[track_caller]
fn exposed(answer: Answer) -> Vec<String> {
    let answer = answer.problem(403, "credentials_needed");
    assert!(answer.text("/detail").contains("send it again") && answer.text("/detail").contains("`secrets`"));
    let errors = answer.at("/errors").as_array().unwrap().iter();
    errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn credentials_do_not_follow_a_webhook_to_another_origin() {
    let app = TestApp::start().await;
    made(&app, with_credentials(URL)).await;
    let key = writer(&app).await;
    let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
    for url in [ELSEWHERE, "http://example.com/hook", "https://example.com:8443/hook", "https://sub.example.com/hook"] {
        assert_eq!(
            exposed(patch(json!({"url": url})).await),
            ["/auth/token", "/headers/X-Any", "/headers/X-Api-Key"],
            "{url}"
        );
    }
    let without_auth = json!({"url": ELSEWHERE, "auth": null, "headers": {"x-any": null}});
    assert_eq!(exposed(patch(without_auth).await), ["/headers/X-Api-Key"]);
    let headers = json!({"x-API-key": "mine", "X-ANY": "mine, too"});
    let type_only = json!({"url": ELSEWHERE, "auth": {"type": "bearer"}, "headers": headers});
    assert_eq!(exposed(patch(type_only).await), ["/auth/token"], "naming the kind is not naming the credential");
    assert_eq!(app.get("/webhooks/w").await.at("/version"), &json!(1), "nothing of it was kept");
}

#[tokio::test]
async fn a_webhook_moves_with_its_credentials_sent_again_or_without_them() {
    let app = TestApp::start().await;
    made(&app, with_credentials(URL)).await;
    let key = writer(&app).await;
    let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
    for same_origin in ["https://example.com/other", "https://example.com:443/hook?x=1"] {
        patch(json!({"url": same_origin})).await.expect(200);
    }
    let mut again = with_credentials(ELSEWHERE);
    again["headers"] = json!({"x-api-key": "key-of-the-owner", "x-any": "any-of-the-owner"});
    let moved = patch(again).await.expect(200);
    assert_eq!((moved.text("/url"), moved.text("/headers/X-Team")), (ELSEWHERE.into(), "blue".into()));
    patch(json!({"url": URL, "auth": null, "headers": {"x-api-key": null, "x-any": null}})).await.expect(200);
    patch(json!({"url": ELSEWHERE})).await.expect(200);
    // What replaces everything keeps no credential.
    let replaced = app.call_as(&key, "PUT", "/webhooks/w").json(json!({"url": URL})).await.expect(200);
    assert_eq!(replaced.at("/auth/type"), &json!("none"));
}

#[tokio::test]
async fn who_may_read_secrets_may_move_them() {
    let app = TestApp::start().await;
    made(&app, with_credentials(URL)).await;
    let key = app.key(json!({"name": "owner", "scopes": ["webhooks:write", "secrets"]})).await;
    app.call_as(&key, "PATCH", "/webhooks/w").json(json!({"url": ELSEWHERE})).await.expect(200);
}

#[tokio::test]
async fn a_secret_header_is_not_made_public_by_who_may_not_read_it() {
    let app = TestApp::start().await;
    made(&app, with_credentials(URL)).await;
    let key = writer(&app).await;
    let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
    let refused = patch(json!({"public_headers": ["X-Team", "X-Any"]})).await;
    assert!(!refused.raw.contains("any-of-the-owner"), "{}", refused.raw);
    assert_eq!(exposed(refused), ["/headers/X-Any"]);
    let own = json!({"public_headers": ["X-Any"], "headers": {"X-ANY": "mine"}});
    let shown = patch(own).await.expect(200);
    assert_eq!(shown.at("/headers/X-ANY"), "mine", "who sends the value knows it");
    assert_eq!(shown.at("/headers/X-Team"), "[redacted]");
    let owner = app.key(json!({"name": "owner", "scopes": ["webhooks:write", "secrets"]})).await;
    let all = json!({"public_headers": ["X-Any", "X-Team"]});
    let shown = app.call_as(&owner, "PATCH", "/webhooks/w").json(all).await.expect(200);
    assert_eq!(shown.at("/headers/X-Team"), "blue");
}

#[tokio::test]
async fn each_kind_of_auth_stays_behind() {
    let app = TestApp::start().await;
    let key = writer(&app).await;
    for (auth, pointer) in [
        (json!({"type": "bearer", "token": "t"}), "/auth/token"),
        (json!({"type": "basic", "username": "u", "password": "p"}), "/auth/password"),
        (json!({"type": "header", "name": "x-a", "value": "v"}), "/auth/value"),
    ] {
        app.call("PUT", "/webhooks/w").json(json!({"url": URL, "auth": auth})).await;
        let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
        assert_eq!(exposed(patch(json!({"url": ELSEWHERE})).await), [pointer]);
        patch(json!({"url": ELSEWHERE, "auth": auth})).await.expect(200);
    }
}

#[tokio::test]
async fn a_receiver_that_is_to_be_asked_is_not_sent_them_with_the_question() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    made(&app, with_credentials(URL)).await;
    let key = writer(&app).await;
    let change = json!({"url": receiver.url("/"), "payload": {"type": "cloudevents", "handshake": true}});
    exposed(app.call_as(&key, "PATCH", "/webhooks/w").json(change).await);
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_platforms_credentials_do_not_follow_its_address() {
    let app = TestApp::start().await;
    let api_key = "0123456789abcdef0123456789abcdef";
    let settings = json!({"platform": "datadog", "fields": {"api_key": api_key, "site": "datadoghq.com"}});
    made(&app, settings).await;
    let key = writer(&app).await;
    let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
    // The address is made of the site.
    assert_eq!(exposed(patch(json!({"fields": {"site": "datadoghq.eu"}})).await), ["/fields/api_key"]);
    let own = json!({"url": "http://127.0.0.1:1/api/v2/logs"});
    assert_eq!(exposed(patch(own).await), ["/fields/api_key"]);
    patch(json!({"fields": {"service": "api"}})).await.expect(200);
    patch(json!({"fields": {"site": "datadoghq.eu", "api_key": api_key}})).await.expect(200);
    // Another platform begins without fields, so there is nothing to follow.
    let moved = patch(json!({"platform": null, "url": ELSEWHERE})).await.expect(200);
    assert_eq!(moved.at("/fields"), &json!({}));
}

#[tokio::test]
async fn a_new_template_or_script_does_not_get_a_platforms_credentials() {
    let app = TestApp::start().await;
    let routing_key = "0123456789abcdef0123456789abcdef";
    let settings = json!({"platform": "pagerduty", "fields": {"routing_key": routing_key}});
    made(&app, settings).await;
    let key = writer(&app).await;
    let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
    let template = "{\"a\": \"{{ fields.routing_key | upper }}\"}";
    let script = "const transform = event => ({a: [...event.fields.routing_key]})";
    for mut change in [
        json!({"payload": {"type": "template", "template": template}}),
        json!({"payload": {"type": "javascript", "code": script}}),
        json!({"payload": null, "batch": {"template": template}}),
        json!({"payload": null, "batch": {"template": null, "script": script}}),
    ] {
        assert_eq!(exposed(patch(change.clone()).await), ["/fields/routing_key"], "{change}");
        change["fields"] = json!({"routing_key": routing_key});
        patch(change).await.expect(200);
        patch(json!({"name": "what writes the payload stays"})).await.expect(200);
    }
    patch(json!({"batch": {"max_wait": "5s"}})).await.expect(200);
    patch(json!({"payload": {"type": "data"}, "batch": null})).await.expect(200);
}

#[tokio::test]
async fn a_url_stays_hidden_when_its_platform_is_taken_away() {
    let app = TestApp::start().await;
    let url = "https://hooks.slack.com/services/T0001/B0001/x8KkSecretOfTheOwner";
    made(&app, json!({"platform": "slack", "url": url})).await;
    let key = writer(&app).await;
    let patch = |body: Value| app.call_as(&key, "PATCH", "/webhooks/w").json(body);
    let refused = patch(json!({"platform": null})).await;
    assert!(!refused.raw.contains("x8Kk"), "{}", refused.raw);
    assert_eq!(exposed(refused), ["/url"]);
    let shown = patch(json!({"platform": null, "url": url})).await.expect(200);
    assert_eq!(shown.text("/url"), url, "who knows it is shown nothing new");
}

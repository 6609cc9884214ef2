//! Deliveries to inspectors: receivers in the server itself. The servers here permit neither http nor this machine's addresses.

use serde_json::{Value, json};

use crate::{
    client::{Client, eventually, text},
    live::stream::LiveStream,
    server::TestServer,
    support::SECOND,
};

async fn strict() -> TestServer {
    TestServer::start_with(|config| config.dev = false).await
}

/// A new inspector: its path in the API, and its URL for webhooks.
async fn inspector(client: &Client, answers: Value) -> (String, String) {
    let made = client.post("/inspectors", answers).await.expect(201).json;
    (format!("/inspectors/{}", text(&made["id"])), text(&made["url"]))
}

async fn set(client: &Client, inspector: &str, answers: Value) {
    client.try_call(reqwest::Method::PATCH, inspector, Some(&answers)).await.unwrap().expect(200);
}

async fn requests(client: &Client, inspector: &str) -> Vec<Value> {
    let page = client.get(&format!("{inspector}/requests")).await;
    page["data"].as_array().unwrap().clone()
}

/// What it got, as soon as there are so many.
async fn received(client: &Client, inspector: &str, count: usize) -> Vec<Value> {
    eventually("the inspector to get it", async || {
        let all = requests(client, inspector).await;
        if all.len() == count { Ok(all) } else { Err(format!("{all:?}")) }
    })
    .await
}

#[tokio::test]
async fn a_delivery_to_an_inspector_goes_the_way_of_any_other() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({"status": 500, "body": "out of order"})).await;
    let hook = server.webhook(&format!("{url}/orders?a=b"), json!({"retry": {"schedule": ["10s"]}})).await;
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    let attempt = &failed["attempts"][0];
    assert_eq!((&attempt["error"]["kind"], &attempt["response"]["status"]), (&json!("http"), &json!(500)));
    assert_eq!(attempt["response"]["body"]["content"], "out of order");
    assert_eq!((&attempt["remote"], &attempt["request"]["url"]), (&json!(null), &json!(format!("{url}/orders?a=…"))));

    set(&server, &path, json!({"status": 200, "body": "thanks"})).await;
    server.advance_to(&failed["next_attempt_at"]);
    let delivered = server.delivery_in(&event, "delivered").await;
    let all = requests(&server, &path).await;
    assert_eq!(all.len(), 2);
    assert_eq!((&all[0]["number"], &all[0]["answer"]["status"]), (&json!(2), &json!(200)));
    assert_eq!((&all[1]["number"], &all[1]["answer"]["status"]), (&json!(1), &json!(500)));
    assert_eq!((&all[0]["answer"]["body"], &all[1]["answer"]["body"]), (&json!("thanks"), &json!("out of order")));
    for (request, attempt) in all.iter().rev().zip(delivered["attempts"].as_array().unwrap()) {
        assert_eq!((&request["webhook"], &request["delivery"]), (&json!(hook.id), &delivered["id"]));
        assert_eq!((&request["method"], &request["path"]), (&json!("POST"), &json!("/orders?a=…")));
        assert_eq!(request["headers"], attempt["request"]["headers"]);
        assert_eq!(request["body"], attempt["request"]["body"]);
        let signature = json!({"state": "verified", "secrets": ["current"], "reason": null});
        assert_eq!((&request["signature"], &request["from"]), (&signature, &json!(null)));
    }
    let shown = server.get(&path).await;
    assert_eq!((&shown["request_count"], &shown["public_url"]), (&json!(2), &json!(null)));
}

#[tokio::test]
async fn a_slow_inspector_answers_in_time_or_is_given_up_on_by_the_webhooks_timeout() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({"delay": "4s"})).await;
    server.webhook(&url, json!({"timeout": "5s", "retry": {"schedule": ["1h"]}})).await;
    let event = server.publish().await;
    let waiting = received(&server, &path, 1).await;
    assert_eq!((&waiting[0]["answer"], &waiting[0]["gave_up_after"]), (&json!(null), &json!(null)));
    server.advance(4 * SECOND);
    let delivered = server.delivery_in(&event, "delivered").await;
    assert_eq!(delivered["attempts"][0]["timings"]["total_us"], json!(4_000_000));

    set(&server, &path, json!({"delay": "6s"})).await;
    let event = server.publish().await;
    received(&server, &path, 2).await;
    server.advance(5 * SECOND);
    let failed = server.delivery_after(&event, 1).await;
    let error = &failed["attempts"][0]["error"];
    assert_eq!(error["kind"], "timeout");
    assert!(text(&error["message"]).contains("no complete answer within 5s"), "{error}");
    let got = &requests(&server, &path).await[0];
    assert_eq!((&got["answer"], &got["gave_up_after"]), (&json!(null), &json!("5s")));
}

#[tokio::test]
async fn both_secrets_verify_while_one_is_rotated_and_then_the_new_one_alone() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({})).await;
    let dialects = json!([{"type": "standard"}, {"type": "plain"}]);
    let hook = server.webhook(&url, json!({"signing": {"dialects": dialects}})).await;
    let secrets = async |count| received(&server, &path, count).await[0]["signature"].clone();
    server.publish().await;
    assert_eq!(secrets(1).await["secrets"], json!(["current"]));
    server.post(&format!("/webhooks/{}/secret/rotate", hook.id), json!({"grace": "1h"})).await.expect(200);
    server.publish().await;
    assert_eq!(secrets(2).await["secrets"], json!(["current", "previous"]));
    server.advance(3601 * SECOND);
    server.publish().await;
    assert_eq!(secrets(3).await["secrets"], json!(["current"]));
    server.change(&hook.id, json!({"signing": {"dialects": []}})).await;
    server.publish().await;
    let unsigned = secrets(4).await;
    assert_eq!((&unsigned["state"], &unsigned["secrets"]), (&json!("unsigned"), &json!([])));
}

#[tokio::test]
async fn tests_and_connections_of_a_webhook_go_to_its_inspector() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({"status": 202, "headers": {"X-Seen": "yes"}})).await;
    let hook = server.webhook(&url, json!({})).await;
    let test = async |wish: Value| server.post(&format!("/webhooks/{}/test", hook.id), wish).await.expect(200).json;
    let tested = test(json!({"type": "a.b"})).await;
    assert_eq!(
        (&tested["delivered"], &tested["connected"], &tested["status"]),
        (&json!(true), &json!(true), &json!(202))
    );
    let headers = tested["response"]["headers"].as_array().unwrap();
    assert!(headers.contains(&json!({"name": "x-seen", "value": "yes"})), "{headers:?}");
    assert_eq!(requests(&server, &path).await[0]["delivery"], tested["delivery"]);
    let connected = test(json!({"connect_only": true})).await;
    assert_eq!((&connected["connected"], requests(&server, &path).await.len()), (&json!(true), 1));

    server.delete(&path).await;
    for wish in [json!({"connect_only": true}), json!({})] {
        let tested = test(wish).await;
        assert_eq!((&tested["delivered"], &tested["connected"]), (&json!(false), &json!(false)), "{tested}");
        assert!(text(&tested["error"]["message"]).contains("there is no inspector"), "{tested}");
    }
}

#[tokio::test]
async fn an_inspector_of_before_a_restart_is_gone_and_said_to_be() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({})).await;
    let hook = server.webhook(&url, json!({"retry": {"schedule": ["10s", "10s"]}})).await;
    let server = server.restart().await;
    server.try_call(reqwest::Method::GET, &path, None).await.unwrap().problem(404, "not_found");
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    let error = &failed["attempts"][0]["error"];
    assert_eq!(error["kind"], "settings");
    assert!(text(&error["message"]).contains("POST /api/v1/inspectors"), "{error}");
    server.change(&hook.id, json!({"name": "what does not concern its URL can be changed"})).await;
    let (path, url) = inspector(&server, json!({})).await;
    server.change(&hook.id, json!({"url": url})).await;
    server.advance_to(&failed["next_attempt_at"]);
    server.delivery_in(&event, "delivered").await;
    assert_eq!(requests(&server, &path).await.len(), 1);
}

#[tokio::test]
async fn an_inspector_that_nobody_uses_for_a_day_is_gone() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({})).await;
    server.webhook(&url, json!({"retry": {"schedule": ["10s"]}})).await;
    server.advance(86_399 * SECOND);
    server.publish().await;
    assert_eq!(received(&server, &path, 1).await.len(), 1);
    server.advance(86_400 * SECOND);
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    assert_eq!(failed["attempts"][0]["error"]["kind"], "settings");
    assert_eq!(server.get("/inspectors").await["data"], json!([]));
}

#[tokio::test]
async fn another_tenants_inspector_is_reached_by_no_webhook() {
    let server = strict().await;
    server.post("/tenants", json!({"id": "other"})).await.expect(201);
    let other = server.of_tenant("other");
    let (path, url) = inspector(&server, json!({})).await;
    let refused = other.post("/webhooks", json!({"url": url})).await;
    let nobodys = "lanehook://inspect/ins_00000000000000000000000000";
    let like = other.post("/webhooks", json!({"url": nobodys})).await;
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(refused.text("/detail").replace(id, "X"), like.text("/detail").replace(&nobodys[19..], "X"));
    refused.wrong_field("/url", "there is no inspector");
    let render = other.post("/render", json!({"webhook": {"url": url}, "event": {"type": "a", "data": 1}})).await;
    assert_eq!(render.status, 400, "{}", render.raw);
    assert!(requests(&server, &path).await.is_empty());
}

#[tokio::test]
async fn what_an_inspector_shows_has_no_credentials_and_none_follow_a_webhook_to_one() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({"body": "ok"})).await;
    let auth = json!({"type": "bearer", "token": "tok-1234567890"});
    let settings = json!({"auth": auth, "headers": {"X-Own": "own-1234567890"}});
    let hook = server.webhook(&url, settings.clone()).await;
    server.publish().await;
    let got = received(&server, &path, 1).await;
    let raw = got[0].to_string();
    assert!(!raw.contains("1234567890") && raw.contains("[redacted]"), "{raw}");
    assert_eq!(got[0]["signature"]["state"], "verified");

    // A platform's message goes to one as it would to the platform.
    let slack = json!({"platform": "slack", "signing": {"dialects": []}});
    let slack = server.webhook(&format!("{url}/services/T0/B0/x8KkQpLmN20aBcDeF"), slack).await;
    server.post(&format!("/webhooks/{}/test", slack.id), json!({})).await.expect(200);
    let got = &requests(&server, &path).await[0];
    assert_eq!((&got["path"], &got["signature"]["state"]), (&json!("/services/T0/B0/…"), &json!("unsigned")));
    assert!(!got.to_string().contains("x8KkQpLmN20aBcDeF"), "{got}");

    let scopes = json!(["webhooks:write", "webhooks:read", "deliveries:read"]);
    let key = server.post("/api-keys", json!({"name": "k", "tenant": "default", "scopes": scopes})).await.expect(201);
    let weak = server.with_key(&key.text("/key"));
    server.change(&hook.id, json!({"url": "https://hooks.example.com/"})).await;
    let patch = json!({"url": url});
    let moved = weak.try_call(reqwest::Method::PATCH, &format!("/webhooks/{}", hook.id), Some(&patch)).await.unwrap();
    moved.problem(403, "credentials_needed");
}

#[tokio::test]
async fn what_comes_to_an_inspector_is_told_to_who_watches() {
    let server = strict().await;
    let (path, url) = inspector(&server, json!({"delay": "2s", "status": 204})).await;
    let hook = server.webhook(&format!("{url}/a"), json!({})).await;
    let mut stream = LiveStream::open(&server, "kind=inspector").await;
    server.publish().await;
    let came = stream.next().await.unwrap();
    assert_eq!((came.event.as_str(), &came.data["webhook"]), ("inspector", &json!(hook.id)));
    let id = path.rsplit('/').next().unwrap();
    assert_eq!((&came.data["id"], &came.data["request"], &came.data["path"]), (&json!(id), &json!(1), &json!("/a")));
    assert_eq!((&came.data["status"], &came.data["gave_up"]), (&json!(null), &json!(false)));
    server.advance(2 * SECOND);
    let answered = stream.next().await.unwrap();
    assert_eq!((&answered.data["request"], &answered.data["status"]), (&json!(1), &json!(204)));
}

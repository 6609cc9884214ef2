//! The audit trail over HTTP: that everything which changes something is told once, to whom it is shown, and how it is checked.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::examples::{Tour, file};
use crate::{
    app::{Answer, OPERATOR, TestApp},
    client::Client,
    receiver::{Receiver, status},
    server::TestServer,
};

/// What changes nothing that people set, and so leaves no line: publishing is what the server is there for, and the others only look.
const UNTOLD: [&str; 4] = ["publishEvents", "sendSavedEvent", "tryFilter", "renderPayload"];

/// The lines by somebody's key that were written after this one; the last of all.
struct Trail<'a> {
    all: Client,
    server: &'a TestServer,
    last: String,
}

impl<'a> Trail<'a> {
    async fn new(server: &'a TestServer) -> Trail<'a> {
        let mut trail = Trail { all: server.of_tenant("*"), server, last: "aud_0000000000000".into() };
        trail.new_lines().await;
        trail
    }

    /// What the operator did since it was asked last.
    async fn new_lines(&mut self) -> Vec<Value> {
        // An export goes up to the millisecond.
        self.server.advance(std::time::Duration::from_millis(2));
        let path = format!("/audit/export?after={}", self.last);
        let exported = self.all.try_call(reqwest::Method::GET, &path, None).await.unwrap().expect(200);
        let lines: Vec<Value> = exported.raw.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        if let Some(last) = lines.last() {
            self.last = last["id"].as_str().unwrap().to_owned();
        }
        lines.into_iter().filter(|line| line["actor"]["kind"] == "key").collect()
    }
}

#[tokio::test]
async fn every_operation_that_changes_something_leaves_exactly_one_line() {
    let server = TestServer::start().await;
    let (receiver, failing) = (Receiver::start().await, Receiver::that(status(500)).await);
    let tour = Tour::new(&server, receiver.url("/hook")).await;
    let shown: Map<String, Value> = serde_json::from_slice(&std::fs::read(file()).unwrap()).unwrap();
    let mut trail = Trail::new(&server).await;
    let (mut told, mut wrong) = (BTreeSet::new(), Vec::new());
    let none = Map::from_iter([("no body".to_owned(), Value::Null)]);
    for name in tour.in_order() {
        let reads = ["GET", "HEAD"].contains(&tour.operations[&name].method.as_str());
        for body in shown[&name]["request"].as_object().unwrap_or(&none).values() {
            prepare(&server, &failing, &name).await;
            trail.new_lines().await;
            let answer = match name.as_str() {
                // With a key, nobody is signed out but everywhere.
                "signOut" => server.try_call(reqwest::Method::DELETE, "/session?everywhere=true", None).await.unwrap(),
                "probeWebhook" => server.post("/webhooks/broken/probe", Value::Null).await,
                name => tour.send(name, body).await,
            };
            let lines = trail.new_lines().await;
            let expected = match name.as_str() {
                "readWebhookSecret" => 1,
                name if reads || UNTOLD.contains(&name) || answer.status >= 300 || body["dry_run"] == true => 0,
                // One for each event type that it changes.
                "importEventTypes" => changed_types(&answer),
                _ => 1,
            };
            if lines.len() != expected {
                wrong.push(format!(
                    "{name}: {} lines instead of {expected} for {body}: {lines:?}, {}",
                    lines.len(),
                    answer.raw
                ));
            }
            if expected > 0 {
                told.insert(name.clone());
            }
            if name == "publishEvents" {
                server.settle().await;
            }
        }
    }
    let changing =
        tour.operations.iter().filter(|(_, operation)| operation.method != "GET").map(|(name, _)| name.clone());
    let missing: Vec<String> =
        changing.filter(|name| !UNTOLD.contains(&name.as_str()) && !told.contains(name)).collect();
    assert_eq!((wrong, missing), (Vec::<String>::new(), Vec::new()), "each was told once, and each was tried");
    let (text, path) =
        (trail.all.try_call(reqwest::Method::GET, "/audit/export", None).await.unwrap(), "/audit/export");
    assert_chain(&text.expect(200).raw, path);
}

/// What has to be so, for an operation to change something.
async fn prepare(server: &TestServer, failing: &Receiver, name: &str) {
    if name == "stopReplay" {
        // Of those that are running there is no room for another.
        let replays = server.get("/replays").await;
        let running = replays["data"].as_array().unwrap().iter().find(|replay| replay["state"] == "running").cloned();
        if let Some(replay) = running {
            let path = format!("/replays/{}", replay["id"].as_str().unwrap());
            server.try_call(reqwest::Method::DELETE, &path, None).await.unwrap();
        }
        let slow = json!({"webhook": "user-42", "statuses": ["delivered"], "rate": {"limit": 1, "per": "day"}});
        server.post("/replays", slow).await.expect(202);
    }
    if name == "probeWebhook" {
        let broken = json!({"url": failing.url("/"), "event_types": ["broken"]});
        server.try_call(reqwest::Method::PUT, "/webhooks/broken", Some(&broken)).await.unwrap().expect(201);
        let event = server.publish_event(json!({"type": "broken", "data": 1})).await;
        server.delivery_in(&event, "retrying").await;
    }
}

fn changed_types(answer: &Answer) -> usize {
    let count = |name: &str| answer.json[name].as_array().map_or(0, Vec::len);
    count("created") + count("replaced")
}

/// Each line is the very text whose hash the next one has.
fn assert_chain(exported: &str, what: &str) {
    let lines: Vec<&str> = exported.lines().collect();
    assert!(lines.len() > 3, "{what}: {exported}");
    for pair in lines.windows(2) {
        let next: Value = serde_json::from_str(pair[1]).unwrap();
        let hash: String = Sha256::digest(pair[0].as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(next["previous"], hash, "{what}: {}", pair[0]);
    }
}

/// A tenant with a webhook that its own key made and the operator's changed.
async fn changed_by_both() -> (TestApp, String) {
    let app = TestApp::start().await;
    let _ = app.tenant("acme").await;
    let scopes =
        ["webhooks:write", "webhooks:read", "deliveries:read", "deliveries:write", "secrets", "audit:read", "keys"];
    let own = app.key(json!({"name": "=own", "tenant": "acme", "scopes": scopes})).await;
    let webhook = json!({"url": "https://example.com/", "auth": {"type": "bearer", "token": "hunter2"}});
    app.call_as(&own, "PUT", "/webhooks/w").json(webhook).await.expect(201);
    let paused = json!({"status": "paused"});
    app.call("PATCH", "/webhooks/w").header("tenant", "acme").json(paused).await.expect(200);
    (app, own)
}

#[tokio::test]
async fn operators_see_all_and_tenants_their_own_without_who_operators_are() {
    let (app, own) = changed_by_both().await;
    let all = app.call("GET", "/audit").header("tenant", "*").send().await.expect(200);
    let of_tenant = app.call("GET", "/audit").header("tenant", "acme").send().await.expect(200);
    let theirs = app.call_as(&own, "GET", "/audit").send().await.expect(200);
    let what = ["webhook.changed", "webhook.created", "api_key.created", "api_key.created", "tenant.created"];
    assert_eq!(
        (of_tenant.each("/action"), theirs.each("/action")),
        (what.map(str::to_owned).to_vec(), what.map(str::to_owned).to_vec())
    );
    assert!(all.each("/id").len() > what.len(), "also the operator's own key");
    assert_eq!(
        (of_tenant.text("/data/0/actor/kind"), of_tenant.text("/data/0/address")),
        ("key".into(), "127.0.0.1".into())
    );
    assert_eq!(*of_tenant.at("/data/0/before"), json!({"status": "active"}));
    assert_eq!(*of_tenant.at("/data/0/after"), json!({"status": "paused"}));
    let by = json!({"kind": "operator", "id": null, "key": null, "name": null, "operator": true});
    assert_eq!((theirs.at("/data/0/actor"), theirs.at("/data/0/address")), (&by, &Value::Null));
    assert_eq!((theirs.at("/data/0/hash"), theirs.at("/data/0/previous")), (&Value::Null, &Value::Null));
    assert_eq!(
        (theirs.text("/data/1/actor/name"), theirs.text("/data/1/address")),
        ("=own".into(), "127.0.0.1".into())
    );
    assert!(!all.raw.contains("hunter2") && all.raw.contains("[redacted]"), "{}", all.raw);
    app.call_as(&app.key(json!({"name": "x", "scopes": ["webhooks:read"]})).await, "GET", "/audit")
        .send()
        .await
        .problem(403, "missing_scope");
}

#[tokio::test]
async fn a_customer_sees_the_changes_of_a_webhook_and_nobody_s_name() {
    let (app, own) = changed_by_both().await;
    let link = app.call_as(&own, "POST", "/portal-links").json(json!({"access": "manage"})).await.expect(201);
    let url = link.text("/url");
    let signed_in = app.call_as(url.split_once('#').unwrap().1, "POST", "/session").send().await.expect(200);
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let call = |method: &str, path: &str| {
        app.bare_call(method, path).header("cookie", &cookie).header("x-lanehook-csrf", &signed_in.text("/csrf_token"))
    };
    call("PATCH", "/webhooks/w").json(json!({"status": "active"})).await.expect(200);
    let changes = call("GET", "/webhooks/w/changes").send().await.expect(200);
    assert_eq!(changes.each("/action"), ["webhook.changed", "webhook.changed", "webhook.created"]);
    assert_eq!(changes.each("/actor/kind"), ["portal", "operator", "operator"]);
    assert!(
        !changes.raw.contains("127.0.0.1") && !changes.raw.contains("=own") && !changes.raw.contains("key_"),
        "{}",
        changes.raw
    );
    call("GET", "/audit").send().await.problem(403, "not_in_portal");
    call("GET", "/audit/export").send().await.problem(403, "not_in_portal");
    let seen = app.call_as(&own, "GET", "/webhooks/w/changes").send().await.expect(200);
    assert_eq!(seen.each("/actor/kind"), ["portal", "operator", "key"]);
}

#[tokio::test]
async fn a_secret_is_not_shown_before_that_is_told() {
    let (app, own) = changed_by_both().await;
    app.call_as(&own, "GET", "/webhooks/w/secret").send().await.expect(200);
    app.call_as(&own, "POST", "/webhooks/w/secret/rotate").send().await.expect(200);
    let changes = app.call_as(&own, "GET", "/webhooks/w/changes?limit=2").send().await.expect(200);
    assert_eq!(changes.each("/action"), ["webhook.secret_rotated", "webhook.secret_read"]);
    assert_eq!(*changes.at("/data/0/after"), json!({"secret": "[redacted]"}));
    let database = app.database();
    database.execute_batch("CREATE TRIGGER t BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END").unwrap();
    let refused = app.call_as(&own, "GET", "/webhooks/w/secret").send().await;
    assert!(refused.status == 503 && !refused.raw.contains("whsec_"), "{}", refused.raw);
    let unchanged = app.call_as(&own, "PATCH", "/webhooks/w").json(json!({"name": "new"})).await;
    assert_eq!(unchanged.status, 503, "{}", unchanged.raw);
    database.execute_batch("DROP TRIGGER t").unwrap();
    assert_eq!(app.call_as(&own, "GET", "/webhooks/w").send().await.expect(200).text("/name"), "");
}

#[tokio::test]
async fn an_export_can_be_checked_goes_on_and_is_a_table_too() {
    let (app, own) = changed_by_both().await;
    for n in 0..600 {
        let call = app.call("PATCH", "/webhooks/w").header("tenant", "acme");
        call.json(json!({"name": n.to_string()})).await.expect(200);
    }
    app.clock.advance(std::time::Duration::from_millis(2));
    let export = async |key: &str, path: &str, tenant: &str| {
        app.call_as(key, "GET", path).header("tenant", tenant).send().await.expect(200)
    };
    let whole = export(OPERATOR, "/audit/export", "*").await;
    assert_eq!(whole.header("content-type"), "application/x-ndjson");
    assert_chain(&whole.raw, "whole");
    assert!(whole.raw.lines().count() > 600);
    let half = whole.raw.lines().nth(300).unwrap();
    let id = serde_json::from_str::<Value>(half).unwrap()["id"].as_str().unwrap().to_owned();
    let rest = export(OPERATOR, &format!("/audit/export?after={id}"), "*").await;
    assert_eq!(
        format!("{half}\n{}", rest.raw),
        whole.raw.lines().skip(300).map(|line| format!("{line}\n")).collect::<String>()
    );
    let one = export(OPERATOR, "/audit/export?action=webhook.created", "*").await;
    assert_eq!(one.raw.lines().count(), 1);
    let last = app.call("GET", "/audit?limit=1").header("tenant", "*").send().await.expect(200);
    let hash: String =
        Sha256::digest(whole.raw.lines().last().unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(last.text("/data/0/hash"), hash);

    let table = export(&own, "/audit/export?format=csv&action=webhook.created", "acme").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = table.raw.split("\r\n").collect();
    assert!(
        rows[0].starts_with("id,at,tenant,actor_kind,actor,")
            && rows[1].contains(",'=own,127.0.0.1,webhook.created,webhook,w,,"),
        "{rows:?}"
    );
    let theirs = export(&own, "/audit/export", "acme").await;
    assert!(
        theirs.raw.lines().count() == 605 && theirs.raw.contains(r#""kind":"operator""#),
        "{}",
        theirs.raw.lines().count()
    );
    app.call_as(&own, "GET", "/audit/export?after=x").send().await.problem(400, "invalid_parameter");
    let wrong =
        app.call_as(&own, "GET", "/audit?action=webhook.chnaged").send().await.problem(400, "invalid_parameter");
    assert!(wrong.text("/detail").contains("did you mean `webhook.changed`"), "{}", wrong.raw);
}

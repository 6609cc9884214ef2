//! Scrubs: what was published, sent and answered is found in no file of the data folder any more, and that it was stays.

use std::{fs, path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, eventually, text},
    process::Process,
    receiver::{Receiver, answer, status},
    server::TestServer,
};

const SAID: &str = "the-words-of-the-event";
const NOTED: &str = "the-note-of-its-publisher";
const ANSWERED: &str = "the-words-of-the-answer";
const IN_HEADER: &str = "the-header-of-the-answer";

/// Files of a data folder in which these bytes are.
fn holding(data: &Path, what: &str) -> Vec<String> {
    let has = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        memchr::memmem::find(&bytes, what.as_bytes()).is_some()
    };
    let files = fs::read_dir(data).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file() && has(path));
    files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

fn event() -> Value {
    json!({"id": "secret", "type": "test.event", "metadata": {"note": NOTED}, "data": {"said": SAID, "long": "x".repeat(30_000)}})
}

async fn scrub(client: &Client, path: &str) -> Value {
    client.try_call(Method::POST, path, None).await.unwrap().expect(200).json
}

/// A server with an event that was refused twice and delivered, between others.
async fn with_event(data: &Path) -> (Process, Receiver, Value) {
    let (process, receiver) = (Process::serve(data).await, Receiver::start().await);
    let body = format!(r#"{{"said": "{ANSWERED}"}}"#);
    receiver.usually(answer(200, &[("x-said", IN_HEADER)], body.as_bytes()));
    // Its body is recorded, since it is not the standard one.
    let settings = json!({"payload": {"type": "data"}});
    process.client.webhook_named("one", &receiver.url("/"), settings).await;
    process.client.publish_many(50).await;
    process.client.publish_event(event()).await;
    let delivery = process.client.delivery_in("secret", "delivered").await;
    process.client.publish_event(json!({"id": "after", "type": "test.event", "data": {}})).await;
    process.client.delivery_in("after", "delivered").await;
    (process, receiver, delivery)
}

#[tokio::test]
async fn a_scrubbed_event_is_found_nowhere_and_that_it_was_stays() {
    let data = tempfile::tempdir().unwrap();
    let (process, receiver, delivery) = with_event(data.path()).await;
    let client = &process.client;
    for what in [SAID, NOTED, ANSWERED, IN_HEADER] {
        assert!(!holding(data.path(), what).is_empty(), "{what} is there before");
    }
    let scrubbed = scrub(client, "/events/secret/scrub").await;
    assert_eq!(scrubbed["in_log"], false, "{scrubbed}");
    for what in [SAID, NOTED] {
        assert_eq!(holding(data.path(), what), Vec::<String>::new(), "{what}");
    }
    let shown = client.get("/events/secret").await;
    assert_eq!((&shown["data"], &shown["metadata"]), (&Value::Null, &Value::Null));
    assert_eq!((&shown["scrubbed_at"], &shown["deliveries"]), (&scrubbed["scrubbed_at"], &json!(1)));
    let after = client.delivery("secret").await;
    assert_eq!((&after["status"], &after["last_status"]), (&json!("delivered"), &json!(200)));
    let attempt = &after["attempts"][0];
    assert!(attempt["scrubbed_at"].is_string() && attempt["request"]["body"].is_null(), "{attempt}");
    assert_eq!((&attempt["request"]["url"], &attempt["response"]["body"]["content"]), (&json!(""), &json!("")));
    assert_eq!(attempt["timings"], delivery["attempts"][0]["timings"]);

    // It cannot be sent again, by no way.
    let id = text(&after["id"]);
    let refused = async |path: &str, body: Value| {
        client.try_call(Method::POST, path, Some(&body)).await.unwrap().problem(409, "scrubbed")
    };
    refused(&format!("/deliveries/{id}/replay"), json!({})).await;
    refused("/webhooks/one/test", json!({"event_id": "secret"})).await;
    let saved = client.try_call(Method::PUT, "/saved-events/s", Some(&json!({"event": "secret"}))).await.unwrap();
    saved.problem(409, "scrubbed");
    let (sent, query) = (receiver.count(), json!({"webhook": "one", "rematch": true}));
    for body in [query, json!({"webhook": "one", "statuses": ["delivered"]})] {
        let replay = text(&client.post("/replays", body).await.expect(202).json["id"]);
        eventually("the replay to end", async || {
            let now = client.get(&format!("/replays/{replay}")).await;
            if now["state"] == "finished" { Ok(()) } else { Err(now.to_string()) }
        })
        .await;
        client.idle().await;
    }
    let again = &receiver.all()[sent..];
    assert!(again.len() >= 100 && again.iter().all(|request| request.text() != "null"), "{}", again.len());
    assert_eq!(scrub(client, "/events/secret/scrub").await["scrubbed_at"], scrubbed["scrubbed_at"], "once more");

    // Nor does anything come back by a start, or stay in a backup.
    let backup = data.path().join("backup.db");
    let backed_up = crate::process::lanehook(&[
        "backup",
        "--to",
        backup.to_str().unwrap(),
        "--data",
        data.path().to_str().unwrap(),
    ]);
    assert!(crate::process::run(&mut { backed_up }).await.0.success());
    process.kill().await;
    let process = Process::serve(data.path()).await;
    assert_eq!(process.client.get("/events/secret").await["data"], Value::Null);
    assert!(process.terminate().await.success());
    for what in [SAID, NOTED] {
        assert_eq!(holding(data.path(), what), Vec::<String>::new(), "{what}");
    }
    let checked = crate::process::lanehook(&["check", "--data", data.path().to_str().unwrap()]);
    let (status, out, err) = crate::process::run(&mut { checked }).await;
    assert!(status.success(), "{out}{err}");
}

#[tokio::test]
async fn one_answer_is_scrubbed_by_itself_and_the_event_stays() {
    let data = tempfile::tempdir().unwrap();
    let (process, receiver) = (Process::serve(data.path()).await, Receiver::start().await);
    let client = &process.client;
    receiver.usually(answer(500, &[("x-said", IN_HEADER)], ANSWERED.as_bytes()));
    client
        .webhook_named("one", &receiver.url("/"), json!({"retry": {"preset": "none"}, "payload": {"type": "data"}}))
        .await;
    client.publish_event(event()).await;
    let delivery = client.delivery_in("secret", "failed").await;
    assert!(!holding(data.path(), ANSWERED).is_empty());
    let attempt = text(&delivery["attempts"][0]["id"]);
    let scrubbed = scrub(client, &format!("/attempts/{attempt}/scrub")).await;
    assert_eq!(scrubbed["in_log"], false);
    for what in [ANSWERED, IN_HEADER] {
        assert_eq!(holding(data.path(), what), Vec::<String>::new(), "{what}");
    }
    let after = client.delivery("secret").await;
    assert_eq!((&after["status"], &after["attempts"][0]["response"]["status"]), (&json!("failed"), &json!(500)));
    assert_eq!(after["attempts"][0]["error"]["kind"], "http");
    assert_eq!(client.get("/events/secret").await["data"]["said"], SAID);
    // What it says can be sent again.
    receiver.usually(status(200));
    client.post(&format!("/deliveries/{}/retry", text(&after["id"])), json!({})).await.expect(202);
    client.delivery_in("secret", "delivered").await;

    let foreign = client.of_tenant("other");
    client.post("/tenants", json!({"id": "other"})).await.expect(201);
    foreign
        .try_call(Method::POST, &format!("/attempts/{attempt}/scrub"), None)
        .await
        .unwrap()
        .problem(404, "not_found");
    foreign.try_call(Method::POST, "/events/secret/scrub", None).await.unwrap().problem(404, "not_found");
}

#[tokio::test]
async fn what_is_still_owed_is_not_scrubbed() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    let client = &process.client;
    client.webhook_named("one", "http://127.0.0.1:9999/", json!({"status": "paused"})).await;
    client.publish_event(event()).await;
    client.try_call(Method::POST, "/events/secret/scrub", None).await.unwrap().problem(409, "still_owed");
    assert_eq!(client.get("/events/secret").await["data"]["said"], SAID);
    let id = text(&client.delivery("secret").await["id"]);
    client.post(&format!("/deliveries/{id}/cancel"), json!({})).await.expect(200);
    scrub(client, "/events/secret/scrub").await;
    client.try_call(Method::POST, &format!("/deliveries/{id}/retry"), None).await.unwrap().problem(409, "scrubbed");
    client.change("one", json!({"status": "active"})).await;
    assert_eq!(client.delivery("secret").await["status"], "cancelled");
}

#[tokio::test]
async fn a_scrub_that_was_interrupted_comes_to_its_end_by_itself() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"payload": {"type": "data"}})).await;
    server.publish_event(event()).await;
    server.delivery_in("secret", "delivered").await;
    let server = server
        .restart_after(|config| {
            // Killed after it was marked.
            let conn = rusqlite::Connection::open(config.data.join("lanehook.db")).unwrap();
            let marked = "UPDATE events SET scrubbed_at = 1800000000000 WHERE caller_id = 'secret';
                 INSERT INTO scrubs SELECT key, tenant, 0 FROM events WHERE caller_id = 'secret'";
            // As the server's own connections do it.
            conn.execute_batch("PRAGMA secure_delete = ON").unwrap();
            conn.execute_batch(marked).unwrap();
        })
        .await;
    assert_eq!(server.get("/events/secret").await["data"]["said"], SAID);
    server.advance(Duration::from_secs(60));
    server.jobs_done().await;
    assert_eq!(server.get("/events/secret").await["data"], Value::Null);
    assert!(server.delivery("secret").await["attempts"][0]["scrubbed_at"].is_string());
    server
        .restart_after(|config| {
            assert_eq!(holding(&config.data, SAID), Vec::<String>::new());
        })
        .await;
}

#[tokio::test]
async fn scrubs_that_are_killed_at_any_moment_can_be_run_again() {
    let data = tempfile::tempdir().unwrap();
    let (process, _receiver, _) = with_event(data.path()).await;
    for number in 0..10 {
        let id = format!("again-{number}");
        let mut again = event();
        again["id"] = json!(id);
        again["data"]["said"] = json!(format!("{SAID}-{number}"));
        process.client.publish_event(again).await;
        process.client.delivery(&id).await;
    }
    process.client.idle().await;
    let client = process.client.clone();
    let all = tokio::spawn(async move {
        for number in 0..10 {
            let path = format!("/events/again-{number}/scrub");
            if client.try_call(Method::POST, &path, None).await.is_err() {
                return;
            }
        }
    });
    eventually("a scrub to be marked", async || {
        let now = process.client.get("/events/again-3").await;
        if now["scrubbed_at"].is_string() { Ok(()) } else { Err(now.to_string()) }
    })
    .await;
    process.kill().await;
    all.await.unwrap();
    let process = Process::serve(data.path()).await;
    for number in 0..10 {
        scrub(&process.client, &format!("/events/again-{number}/scrub")).await;
    }
    scrub(&process.client, "/events/secret/scrub").await;
    assert_eq!(holding(data.path(), SAID), Vec::<String>::new());
}

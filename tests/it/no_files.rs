//! No file can be opened any more: what cannot be sent waits, nothing is held against receivers, and it recovers by itself.

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    client::{Client, eventually, text},
    process::{self, Process},
    receiver::Receiver,
    server::OPERATOR,
};

const SCRIPT: &str = "function transform(event) { return { n: 1 } }";

async fn readiness(client: &Client) -> Value {
    client.try_call(Method::GET, "/readyz", None).await.unwrap().json
}

#[tokio::test]
async fn without_a_file_to_open_deliveries_wait_and_no_webhook_is_blamed() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let process = Process::serve(data.path()).await;
    let client = process.client.clone();
    let stubborn = json!({"disable_after": 1, "retry": {"preset": "none"}});
    let webhook = client.webhook(&receiver.url("/"), stubborn).await;
    assert_eq!(readiness(&client).await["sending"], "ok");
    client.post("/tenants", json!({"id": "acme", "name": "Acme"})).await.expect(201);

    // Calls go over the connection that is there.
    let before = process.limit_open_files();
    client.publish_id("held").await;
    eventually("readiness to tell of it", async || {
        let sending = readiness(&client).await["sending"].clone();
        if text(&sending).contains("no more files") { Ok(()) } else { Err(sending.to_string()) }
    })
    .await;
    let test = client.post(&format!("/webhooks/{}/test", webhook.id), json!({})).await;
    test.problem(503, "cannot_send");
    let connecting = client.post(&format!("/webhooks/{}/test", webhook.id), json!({"connect_only": true})).await;
    connecting.problem(503, "cannot_send");
    // A worker is there from the start, for the first tenant who needs one; another one cannot be started.
    let script = json!({"url": receiver.url("/"), "payload": {"type": "javascript", "code": SCRIPT}});
    client.of_tenant("acme").post("/webhooks", script.clone()).await.expect(201);
    client.post("/webhooks", script.clone()).await.problem(503, "cannot_send");
    let held = client.delivery("held").await;
    assert_eq!((&held["status"], &held["attempt_count"]), (&json!("pending"), &json!(0)));
    let now = client.get(&format!("/webhooks/{}", webhook.id)).await;
    assert_eq!(now["status"], "active");

    process.unlimit_open_files(before);
    let delivered = client.delivery_in("held", "delivered").await;
    assert_eq!(delivered["attempt_count"], 1);
    client.post("/webhooks", script).await.expect(201);
    assert_eq!(receiver.count(), 1);
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn it_fits_itself_into_the_files_that_may_be_open() {
    let data = tempfile::tempdir().unwrap();
    let serve = format!(
        "ulimit -n 600; exec {} serve --dev --listen 127.0.0.1:0 --log-format json --data \"$0\"",
        env!("CARGO_BIN_EXE_lanehook")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &serve, data.path().to_str().unwrap()]).env("LANEHOOK_OPERATOR_KEY", OPERATOR);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let said = process::Lines::of(child.stderr.take().unwrap());
    let text = said.containing(" is ready\"").await;
    assert!(text.contains("\"limit\":600") && text.contains("few files may be open"), "{text}");
}

#[tokio::test]
async fn with_too_few_files_it_does_not_start_and_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let serve = format!(
        "ulimit -n 100; exec {} serve --dev --listen 127.0.0.1:0 --data \"$0\"",
        env!("CARGO_BIN_EXE_lanehook")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &serve, data.path().to_str().unwrap()]);
    let (status, _, stderr) = process::run(&mut command).await;
    assert!(!status.success() && stderr.contains("ulimit -n") && stderr.contains("100"), "{stderr}");
}

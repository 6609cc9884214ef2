//! A full disk, as a limit on the size of files: events are refused, nothing is lost, and it recovers by itself.

use std::{collections::HashSet, fs, path::Path};

use reqwest::Method;
use serde_json::json;

use crate::{
    client::eventually,
    process::Process,
    receiver::{Receiver, Reply, status},
};

fn longest_file(data: &Path) -> u64 {
    fs::read_dir(data).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).max().unwrap()
}

/// Publishes until the disk is full. Returns what was acknowledged, and the refusal.
async fn fill(process: &Process, data: &Path) -> (Vec<String>, crate::app::Answer) {
    process.limit_files(longest_file(data));
    let mut acknowledged = Vec::new();
    loop {
        let id = format!("fill-{}", acknowledged.len());
        let event = json!({"id": id, "type": "test.event", "data": "x".repeat(20_000)});
        let answer = process.client.try_call(Method::POST, "/events", Some(&event)).await.unwrap();
        match answer.status {
            202 => acknowledged.push(id),
            _ => return (acknowledged, answer),
        }
        assert!(acknowledged.len() < 10_000, "the disk does not get full");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_events_and_recovers_without_loss() {
    let data = tempfile::tempdir().unwrap();
    let (held, receiver) = (Receiver::that(Reply::Hold).await, Receiver::start().await);
    let mut process = Process::serve(data.path()).await;
    let client = process.client.clone();
    client.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    client.webhook(&held.url("/"), json!({"event_types": ["held.event"], "timeout": "60s"})).await;
    for number in 0..5 {
        client.publish_event(json!({"id": format!("held-{number}"), "type": "held.event", "data": 1})).await;
    }
    held.holding(5).await;

    let (acknowledged, refusal) = fill(&process, data.path()).await;
    assert_eq!((refusal.status, &refusal.json["code"]), (503, &json!("store_unavailable")), "{}", refusal.raw);
    assert!(refusal.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(refusal.header("content-type"), "application/problem+json");
    eventually("readiness to be denied", async || {
        let answer = client.try_call(Method::GET, "/readyz", None).await.unwrap();
        if answer.status == 503 { Ok(()) } else { Err(answer.raw) }
    })
    .await;
    assert_eq!(client.try_call(Method::GET, "/healthz", None).await.unwrap().status, 200, "it is alive");
    assert_eq!(client.get("/webhooks").await["data"].as_array().unwrap().len(), 2, "it can be read");
    // What receivers answer now cannot be recorded yet.
    for _ in 0..5 {
        held.answer_held(status(200)).await;
    }
    client.post("/events", json!({"type": "test.event", "data": "y".repeat(20_000)})).await.expect(503);
    assert!(process.is_running());

    process.unlimit_files();
    eventually("events to be taken again", async || {
        let event = json!({"id": "after", "type": "test.event", "data": 1});
        let answer = client.try_call(Method::POST, "/events", Some(&event)).await.unwrap();
        if answer.status == 202 { Ok(()) } else { Err(answer.raw) }
    })
    .await;
    eventually("readiness", async || {
        let answer = client.try_call(Method::GET, "/readyz", None).await.unwrap();
        if answer.status == 200 { Ok(()) } else { Err(answer.raw) }
    })
    .await;
    client.idle().await;
    let received: HashSet<String> = receiver.ids().into_iter().collect();
    for id in acknowledged.iter().chain([&"after".to_owned()]) {
        assert!(received.contains(id), "{id} was acknowledged");
    }
    for number in 0..5 {
        let delivery = client.delivery(&format!("held-{number}")).await;
        assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(1)));
    }
    assert_eq!(held.count(), 5, "their outcomes were kept, so none was sent again");
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn it_stops_with_exit_code_0_while_the_disk_is_full() {
    let data = tempfile::tempdir().unwrap();
    let held = Receiver::that(Reply::Hold).await;
    let process = Process::serve(data.path()).await;
    process.client.webhook(&held.url("/"), json!({"timeout": "60s", "event_types": ["held.event"]})).await;
    for number in 0..5 {
        let event = json!({"id": format!("held-{number}"), "type": "held.event", "data": 1});
        process.client.publish_event(event).await;
    }
    held.holding(5).await;
    // Not even an outcome fits any more.
    process.limit_files(4096);
    for _ in 0..5 {
        held.answer_held(status(200)).await;
    }
    let stderr = process.stderr.clone();
    stderr.containing("cannot write").await;
    assert_eq!(process.terminate().await.code(), Some(0), "{}", stderr.text());

    // Their outcomes could not be kept, so they are sent again.
    held.usually(status(200));
    let process = Process::serve(data.path()).await;
    process.client.idle().await;
    assert_eq!(held.count(), 10);
    assert_eq!(process.client.deliveries("status=delivered").await.len(), 5);
}

//! A log that cannot be written, and one that nobody reads: neither ends the server, nor keeps it from its work.

use std::{fs::File, process::Stdio};

use serde_json::json;
use tempfile::tempdir;

use crate::{
    client::eventually,
    process::{Process, closed_pipe, full_disk, full_pipe},
    receiver::{Receiver, status},
};

async fn lost_lines(process: &Process) -> u64 {
    let text = process.client.metrics().await;
    let line = text.lines().find_map(|line| line.strip_prefix("lanehook_log_lines_lost_total "));
    line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

/// It delivers, and ends when it is told to.
async fn check_works(mut process: Process) {
    let receiver = Receiver::start().await;
    process.client.webhook(&receiver.url("/"), json!({})).await;
    process.client.publish().await;
    receiver.received(1).await;
    assert!(process.is_running());
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn a_log_that_cannot_be_written_ends_nothing_and_is_counted() {
    for log in [full_disk(), closed_pipe()] {
        let data = tempdir().unwrap();
        let process = Process::serve_with_log(data.path(), log).await;
        eventually("lines to be lost", async || match lost_lines(&process).await {
            0 => Err("none".to_owned()),
            _ => Ok(()),
        })
        .await;
        check_works(process).await;
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let data = tempdir().unwrap();
    let (log, _unread) = full_pipe();
    let process = Process::serve_with_log(data.path(), log).await;
    assert_eq!(lost_lines(&process).await, 0, "there is room for some");
    check_works(process).await;
}

#[tokio::test]
async fn a_log_that_can_be_written_again_says_what_it_lacks() {
    let (data, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let path = folder.path().join("log");
    let process = Process::serve_with_log(data.path(), Stdio::from(File::create(&path).unwrap())).await;
    process.limit_files(0);
    eventually("lines to be lost", async || {
        // Each tells of a disk that takes nothing.
        process.client.post("/events", json!({"type": "test.event", "data": 1})).await;
        process.client.try_call(reqwest::Method::GET, "/readyz", None).await.unwrap();
        match lost_lines(&process).await {
            0 => Err("none".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
    process.unlimit_files();
    assert!(process.terminate().await.success());
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.contains("lines of the log were lost") && log.contains("\"stopped\""), "{log}");
}

#[tokio::test]
async fn a_key_that_cannot_be_shown_is_told_of_with_the_cure() {
    for output in [full_disk(), closed_pipe()] {
        let data = tempdir().unwrap();
        let process = Process::serve_with_output(data.path(), output).await;
        let said = process.stderr.containing("the operator's key was not shown").await;
        assert!(said.contains("LANEHOOK_OPERATOR_KEY"), "{said}");
        assert!(process.terminate().await.success());
    }
    let data = tempdir().unwrap();
    let (output, _unread) = full_pipe();
    let process = Process::serve_with_output(data.path(), output).await;
    assert!(process.terminate().await.success(), "nobody reads it, and nobody waits for that");
}

#[tokio::test]
async fn failing_attempts_are_told_of_a_few_times_a_minute_and_breakers_when_they_open_and_close() {
    let (data, receiver) = (tempdir().unwrap(), Receiver::that(status(500)).await);
    let process = Process::serve(data.path()).await;
    let hook = process.client.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h"]}})).await;
    process.client.publish_many(10).await;
    let opened = process.stderr.containing("breaker opened").await;
    assert!(opened.lines().any(|line| line.contains("WARN") && line.contains("breaker opened")), "{opened}");
    for number in 1..=10 {
        process.client.delivery_after(&format!("e{number}"), 1).await;
    }
    receiver.usually(status(200));
    process.client.post(&format!("/webhooks/{}/probe", hook.id), json!({})).await.expect(202);
    let all = process.stderr.containing("breaker closed").await;
    let told = |text: &str| all.lines().filter(|line| line.contains(text)).count();
    // The ten may be in two minutes.
    assert!((5..=10).contains(&told("attempt failed")), "{all}");
    assert!(told("answered 500") > 0 && told(&hook.id) > 5, "{all}");
    assert_eq!((told("breaker opened"), told("breaker closed")), (1, 1));
}

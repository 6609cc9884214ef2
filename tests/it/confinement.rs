//! What keeps scripts in their processes, and the server's memory out of others' hands; on Linux, which has the means.
#![cfg(target_os = "linux")]

use std::{fs, io};

use serde_json::json;
use tempfile::tempdir;

use crate::{client::eventually, process::Process, receiver::Receiver};

#[tokio::test]
async fn the_servers_memory_is_dumped_nowhere() {
    let data = tempdir().unwrap();
    let server = Process::serve(data.path()).await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid().as_raw_nonzero())).unwrap();
    let cores = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
}

/// The processes that the server has started.
fn children(server: &Process) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{}/task", server.pid().as_raw_nonzero())).unwrap();
    // A thread may have ended meanwhile.
    let of = |thread: io::Result<fs::DirEntry>| fs::read_to_string(thread.unwrap().path().join("children")).ok();
    let all: String = threads.filter_map(of).collect();
    all.split_whitespace().map(|process| process.parse().unwrap()).collect()
}

#[tokio::test]
async fn scripts_run_in_confined_processes_one_tenants_never_in_anothers() {
    let data = tempdir().unwrap();
    let (server, receiver) = (Process::serve(data.path()).await, Receiver::start().await);
    let code = "function transform(event) { return event.data }";
    let script = json!({"payload": {"type": "javascript", "code": code}});
    for tenant in ["one", "two"] {
        server.client.post("/tenants", json!({"id": tenant})).await.expect(201);
        let client = server.client.of_tenant(tenant);
        client.webhook(&receiver.url("/"), script.clone()).await;
        client.publish().await;
    }
    receiver.received(2).await;
    let workers = children(&server);
    assert!(workers.len() >= 2, "each tenant has its own: {workers:?}");
    // One may be so new that it is not confined yet: it has run nothing then.
    let confined = workers.iter().filter(|worker| {
        let status = fs::read_to_string(format!("/proc/{worker}/status")).unwrap_or_default();
        let has = |line: &str| status.lines().any(|have| have.split_whitespace().eq(line.split_whitespace()));
        has("Seccomp: 2") && has("NoNewPrivs: 1") && has("CapEff: 0000000000000000") && has("Threads: 1")
    });
    assert!(confined.count() >= 2, "{workers:?}");

    let ready = eventually("a worker", async || {
        let ready = server.client.get("/readyz").await;
        if ready["scripts"]["status"] == "unknown" { Err(ready.to_string()) } else { Ok(ready) }
    })
    .await;
    let missing = ready["scripts"]["missing"].as_array().unwrap();
    let status = if missing.is_empty() { "confined" } else { "weakly_confined" };
    assert_eq!((&ready["status"], &ready["scripts"]["status"]), (&json!("ready"), &json!(status)));
    server.stderr.containing(if missing.is_empty() { "nothing but compute" } else { "does not confine" }).await;
}

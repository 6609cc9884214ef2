//! Damage to the data folder, done to a real one: it is said, with the way back, and nothing is acknowledged into a void.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::Path,
};

use reqwest::Method;
use serde_json::json;

use crate::{
    app::Answer,
    client::{Client, eventually},
    process::{Process, lanehook, run},
    server::OPERATOR,
};

/// What a start on this folder says, which must not succeed.
async fn refused(data: &Path) -> String {
    let serve = ["serve", "--dev", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let (status, _, err) = run(&mut lanehook(&serve)).await;
    assert!(!status.success(), "{err}");
    err
}

async fn publish(client: &Client, number: usize) -> Answer {
    let event = json!({"id": format!("e{number}"), "type": "test.event", "data": "x".repeat(20_000)});
    client.try_call(Method::POST, "/events", Some(&event)).await.unwrap()
}

async fn not_ready(client: &Client) -> String {
    eventually("readiness to be denied", async || {
        let answer = client.try_call(Method::GET, "/readyz", None).await.unwrap();
        if answer.status == 503 { Ok(answer.text("/store")) } else { Err(answer.raw) }
    })
    .await
}

#[tokio::test]
async fn a_folder_that_is_deleted_while_it_runs_takes_nothing_more_in() {
    let data = tempfile::tempdir().unwrap();
    for file in ["lanehook.db", "lanehook.db-wal"] {
        let folder = data.path().join(file.replace('.', "-"));
        let process = Process::serve(&folder).await;
        publish(&process.client, 1).await.expect(202);
        fs::remove_file(folder.join(file)).unwrap();
        let said = not_ready(&process.client).await;
        assert!(said.starts_with(file) && said.contains("deleted or replaced") && said.contains("restore"), "{said}");
        assert!(!said.contains(folder.to_str().unwrap()), "where it is is told to nobody without a key");
        let refusal = publish(&process.client, 2).await.problem(503, "store_unavailable");
        assert!(refusal.text("/detail").contains("data folder was deleted"), "{}", refusal.raw);
        process.stderr.containing("deleted or replaced").await;
        assert_eq!(process.client.try_call(Method::GET, "/healthz", None).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_key_file_without_its_database_is_not_taken_for_a_first_start() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    publish(&process.client, 1).await.expect(202);
    assert!(process.terminate().await.success());
    let database = data.path().join("lanehook.db");
    let aside = data.path().join("aside");
    fs::rename(&database, &aside).unwrap();
    for empty in [false, true] {
        if empty {
            File::create(&database).unwrap();
        }
        let said = refused(data.path()).await;
        assert!(said.contains("lanehook.db is missing or empty") && said.contains("restore"), "{said}");
        assert!(said.contains("master.key away"), "{said}");
    }
    fs::rename(&aside, &database).unwrap();
    let process = Process::serve(data.path()).await;
    process.client.get("/events/e1").await;
}

#[tokio::test]
async fn a_log_that_was_cut_is_refused_until_it_is_whole_again() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    for number in 0..20 {
        publish(&process.client, number).await.expect(202);
    }
    process.kill().await;
    let log = data.path().join("lanehook.db-wal");
    let whole = fs::read(&log).unwrap();
    for length in [whole.len() - 1, whole.len() / 2, 10, 0] {
        fs::write(&log, &whole[..length]).unwrap();
        let said = refused(data.path()).await;
        assert!(said.contains("lanehook.db-wal is cut short") && said.contains("Restore it"), "{length}: {said}");
    }
    fs::write(&log, &whole).unwrap();
    let process = Process::serve(data.path()).await;
    process.client.get("/events/e19").await;
    process.kill().await;
    // Who has no copy goes on without them.
    let length = fs::metadata(&log).unwrap().len();
    File::options().write(true).open(&log).unwrap().set_len(length / 2).unwrap();
    fs::remove_file(data.path().join("lanehook.db-shm")).unwrap();
    Process::serve(data.path()).await;
}

#[tokio::test]
async fn a_database_that_was_cut_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    for number in 0..20 {
        publish(&process.client, number).await.expect(202);
    }
    assert!(process.terminate().await.success());
    let database = data.path().join("lanehook.db");
    let length = fs::metadata(&database).unwrap().len();
    File::options().write(true).open(&database).unwrap().set_len(length - 1).unwrap();
    let said = refused(data.path()).await;
    assert!(
        said.contains("lanehook.db is cut short: 1 of the pages") && said.contains("Restore the data folder"),
        "{said}"
    );
}

#[tokio::test]
async fn a_read_that_meets_damage_is_remembered_and_counted() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    for number in 0..100 {
        publish(&process.client, number).await.expect(202);
    }
    assert!(process.terminate().await.success());
    let database = File::options().write(true).open(data.path().join("lanehook.db")).unwrap();
    let pages = database.metadata().unwrap().len() / 8192;
    database.write_all_at(&vec![0; 50 * 8192], (pages / 2) * 8192).unwrap();

    let process = Process::serve(data.path()).await;
    let mut answers = Vec::new();
    for number in 0..100 {
        answers.push(process.client.try_call(Method::GET, &format!("/events/e{number}"), None).await.unwrap().status);
    }
    assert!(answers.contains(&500) && answers.contains(&200), "{answers:?}");
    let said = not_ready(&process.client).await;
    assert!(said.starts_with("lanehook.db") && said.contains(".recover") && said.contains("restore"), "{said}");
    let metrics = reqwest::Client::new().get(format!("{}/metrics", process.client.base)).bearer_auth(OPERATOR);
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    let count = answers.iter().filter(|&&status| status == 500).count();
    let counted = metrics.lines().find_map(|line| line.strip_prefix("lanehook_store_malformed_total ")).unwrap();
    let counted: usize = counted.parse().unwrap();
    assert!((1..=count).contains(&counted), "{counted} of {count}, some of which fail for what was read: {metrics}");
}

//! Backups of a folder that is served, restored beside: everything that was acknowledged before one began is in it, and whatever is
//! killed in between can be run again.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use reqwest::Method;
use serde_json::json;
use tokio::process::Child;

use crate::{
    client::{Client, eventually},
    process::{Process, lanehook, run},
    receiver::Receiver,
};

async fn runs(args: &[&str]) -> String {
    let (status, out, err) = run(&mut lanehook(args)).await;
    assert!(status.success(), "{args:?}: {out}{err}");
    format!("{out}{err}")
}

async fn refused(args: &[&str]) -> String {
    let (status, out, err) = run(&mut lanehook(args)).await;
    assert!(!status.success(), "{args:?}: {out}{err}");
    format!("{out}{err}")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Publishes until it is stopped, and counts what was acknowledged: of the publisher `p`, events `p-0`, `p-1`…
struct Load {
    acknowledged: Arc<[AtomicUsize]>,
    stop: Arc<AtomicBool>,
    publishers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    const PUBLISHERS: usize = 8;

    fn start(client: &Client) -> Load {
        let acknowledged: Arc<[AtomicUsize]> = (0..Load::PUBLISHERS).map(|_| AtomicUsize::new(0)).collect();
        let stop = Arc::<AtomicBool>::default();
        let publish = |publisher: usize| {
            let (client, acknowledged, stop) = (client.clone(), acknowledged.clone(), stop.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let data = "x".repeat(2_000);
                    let event = json!({"id": format!("{publisher}-{number}"), "type": "test.event", "data": data});
                    client.post("/events", event).await.expect(202);
                    acknowledged[publisher].store(number + 1, Ordering::SeqCst);
                }
            })
        };
        Load { publishers: (0..Load::PUBLISHERS).map(publish).collect(), acknowledged, stop }
    }

    /// How many of each publisher's are acknowledged, once these are more than so many.
    async fn more_than(&self, count: usize) -> Vec<usize> {
        eventually("events to be acknowledged", async || {
            let all: Vec<usize> = self.acknowledged.iter().map(|one| one.load(Ordering::SeqCst)).collect();
            if all.iter().all(|&one| one > count) { Ok(all) } else { Err(format!("{all:?}")) }
        })
        .await
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        for publisher in self.publishers {
            publisher.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_backup_under_load_holds_all_that_was_acknowledged_before_and_goes_on_where_it_is_restored() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let process = Process::serve(data.path()).await;
    let receiver = Receiver::start().await;
    process.client.webhook_named("steady", &receiver.url("/"), json!({})).await;
    process.client.webhook_named("later", &receiver.url("/later"), json!({"status": "paused"})).await;
    let load = Load::start(&process.client);
    let before = load.more_than(20).await;
    let (backup, restored) = (elsewhere.path().join("one.db"), elsewhere.path().join("data"));
    let said = runs(&["backup", "--to", text(&backup), "--data", text(data.path())]).await;
    assert!(said.contains("master key is not in it"), "{said}");
    load.more_than(before.iter().max().unwrap() + 5).await;
    load.stop().await;
    assert!(!elsewhere.path().join("one.db.partial").exists() && !elsewhere.path().join("one.db-wal").exists());

    let key = data.path().join("master.key");
    runs(&["check", text(&backup), "--key", text(&key)]).await;
    let without = refused(&["restore", text(&backup), "--data", text(&restored)]).await;
    assert!(without.contains("master key only") && !restored.exists(), "{without}");
    runs(&["restore", text(&backup), "--data", text(&restored), "--key", text(&key)]).await;
    runs(&["check", "--data", text(&restored)]).await;
    // The first one goes on; nobody mixes them up.
    let twin = Process::serve(&restored).await;
    for (publisher, count) in before.iter().enumerate() {
        for number in 0..*count {
            twin.client.get(&format!("/events/{publisher}-{number}")).await;
        }
    }
    let later = twin.client.deliveries("webhook=later&status=pending").await.len();
    assert!(later >= before.iter().sum(), "{later} of {before:?}");
    twin.client.change("later", json!({"status": "active"})).await;
    twin.client.idle().await;
    assert_eq!(twin.client.deliveries("webhook=later&status=delivered").await.len(), later);
    assert!(twin.terminate().await.success() && process.terminate().await.success());
    runs(&["check", "--data", text(&restored)]).await;
    runs(&["check", "--data", text(data.path())]).await;
}

#[tokio::test]
async fn nothing_is_written_over_and_a_backup_that_is_damaged_is_not_restored() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let process = Process::serve(data.path()).await;
    process.client.publish_many(200).await;
    let backup = elsewhere.path().join("one.db");
    let with_key = ["backup", "--with-key", "--to", text(&backup), "--data", text(data.path())];
    let said = runs(&with_key).await;
    assert!(said.contains("one.db.key") && said.contains("every secret"), "{said}");
    let key = elsewhere.path().join("one.db.key");
    assert_eq!(fs::read(&key).unwrap(), fs::read(data.path().join("master.key")).unwrap());
    let bytes = fs::read(&backup).unwrap();
    assert!(refused(&with_key).await.contains("is there already"));
    assert_eq!(fs::read(&backup).unwrap(), bytes);

    let there = refused(&["restore", text(&backup), "--data", text(data.path())]).await;
    assert!(there.contains("holds a database already"), "{there}");
    let (other, damaged) = (elsewhere.path().join("other"), elsewhere.path().join("damaged.db"));
    let mut changed = bytes.clone();
    let conn = rusqlite::Connection::open_with_flags(&backup, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let root = "SELECT rootpage FROM sqlite_master WHERE name = 'events'";
    let root: usize = conn.query_row(root, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    drop(conn);
    changed[(root - 1) * 8192..root * 8192].fill(0xa5);
    fs::write(&damaged, &changed).unwrap();
    let args = ["restore", text(&damaged), "--key", text(&key), "--data", text(&other)];
    let said = refused(&args).await;
    assert!(said.contains("is damaged") && said.contains("places of the file") && !other.exists(), "{said}");
    fs::write(&damaged, &bytes[..bytes.len() - 8192]).unwrap();
    let said = refused(&args).await;
    assert!(said.contains("cut short") && !other.exists(), "{said}");
    let wrong = elsewhere.path().join("wrong.key");
    fs::copy(&key, &wrong).unwrap();
    lanehook::store::seal::MasterKey::write_private(&wrong, b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    let said = refused(&["restore", text(&backup), "--key", text(&wrong), "--data", text(&other)]).await;
    assert!(said.contains("does not open what is sealed") && !other.exists(), "{said}");
    // Its key is beside it.
    runs(&["restore", text(&backup), "--data", text(&other)]).await;
    let twin = Process::serve(&other).await;
    assert_eq!(twin.client.get("/events/e200").await["id"], "e200");
}

/// Killed without a chance to do anything, as soon as this is there, if it still runs then.
async fn killed_at(mut child: Child, path: &Path) {
    while child.try_wait().unwrap().is_none() && !fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        tokio::task::yield_now().await;
    }
    child.kill().await.unwrap();
}

#[tokio::test]
async fn a_backup_and_a_restore_that_are_killed_leave_nothing_half_and_can_be_run_again() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let process = Process::serve(data.path()).await;
    for number in 0..40 {
        let data = "x".repeat(200_000);
        process.client.publish_event(json!({"id": format!("e{number}"), "type": "test.event", "data": data})).await;
    }
    let (backup, partial) = (elsewhere.path().join("one.db"), elsewhere.path().join("one.db.partial"));
    let args = ["backup", "--to", text(&backup), "--data", text(data.path())];
    // Slow enough to be killed in the middle for certain.
    let slow = lanehook(&[&args[..], &["--rate", "1"]].concat()).spawn().unwrap();
    killed_at(slow, &partial).await;
    assert!(!backup.exists() && partial.exists());
    // Another one to the same place is seen.
    fs::remove_file(&partial).unwrap();
    let mut slow = lanehook(&[&args[..], &["--rate", "1"]].concat()).spawn().unwrap();
    eventually("the second one to write", async || {
        if fs::metadata(&partial).is_ok_and(|file| file.len() > 0) { Ok(()) } else { Err("nothing yet".to_owned()) }
    })
    .await;
    let said = refused(&args).await;
    assert!(said.contains("another process is writing"), "{said}");
    slow.kill().await.unwrap();
    runs(&args).await;
    assert!(!partial.exists());
    process.kill().await;
    let process = Process::serve(data.path()).await;
    process.client.get("/events/e39").await;

    let key = data.path().join("master.key");
    for number in 0..8 {
        let folder = elsewhere.path().join(format!("data-{number}"));
        let args = ["restore", text(&backup), "--key", text(&key), "--data", text(&folder)];
        killed_at(lanehook(&args).spawn().unwrap(), &folder.join("lanehook.db.partial")).await;
        if !folder.join("lanehook.db").exists() {
            let serve = ["serve", "--data", text(&folder), "--listen", "127.0.0.1:0"];
            if folder.join("master.key").exists() {
                assert!(refused(&serve).await.contains("is missing or empty"), "a half restored folder is no new one");
            }
            runs(&args).await;
        }
        runs(&["check", "--data", text(&folder)]).await;
        let twin = Process::serve(&folder).await;
        assert_eq!(twin.client.try_call(Method::GET, "/events/e39", None).await.unwrap().status, 200);
        twin.kill().await;
    }
}

//! `lanehook rotate-master-key`: the key before opens nothing any more, and wherever it is killed, nothing is lost and it can be run again.

use std::{fs, path::Path};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use crate::{
    process::{Process, lanehook, run},
    receiver::Receiver,
};

async fn rotate(data: &Path) -> String {
    let (status, out, err) = run(&mut lanehook(&["rotate-master-key", "--data", data.to_str().unwrap()])).await;
    assert!(status.success(), "{out}{err}");
    format!("{out}{err}")
}

/// Keys of before.
fn before(data: &Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(data).unwrap().map(|file| file.unwrap().path());
    let is_before =
        |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("master.key.until-");
    let mut all: Vec<_> = files.filter(is_before).collect();
    all.sort();
    all
}

/// Whether a key opens what is sealed in a folder that is not served.
async fn opens(data: &Path, key: &Path) -> bool {
    let args = ["check", data.join("lanehook.db").to_str().unwrap(), "--key", key.to_str().unwrap()].map(str::to_owned);
    let (status, out, _) = run(&mut lanehook(&args.each_ref().map(String::as_str))).await;
    assert_eq!(!status.success(), out.contains("does not open what is sealed"), "{out}");
    status.success()
}

#[tokio::test]
async fn another_key_opens_everything_and_the_one_before_nothing_whether_it_is_served_or_not() {
    let data = tempfile::tempdir().unwrap();
    let (key, receiver) = (data.path().join("master.key"), Receiver::start().await);
    let process = Process::serve(data.path()).await;
    let secret = process.client.webhook_named("one", &receiver.url("/"), json!({})).await.secret;
    let first = fs::read(&key).unwrap();
    let said = rotate(data.path()).await;
    assert!(said.contains("another one now") && said.contains("Backups from before"), "{said}");
    let second = fs::read(&key).unwrap();
    assert_ne!(first, second);
    assert_eq!(fs::read(&before(data.path())[0]).unwrap(), first);
    // What the first opened is nowhere in the folder: the log is empty, and its row was written over.
    assert_eq!(fs::metadata(data.path().join("lanehook.db-wal")).unwrap().len(), 0);
    process.kill().await;
    let process = Process::serve(data.path()).await;
    assert_eq!(process.client.get("/webhooks/one/secret").await["secret"], secret.as_str());
    let event = process.client.publish().await;
    process.client.delivery_in(&event, "delivered").await;
    assert!(process.terminate().await.success());
    assert!(opens(data.path(), &key).await);
    assert!(!opens(data.path(), &before(data.path())[0]).await);

    rotate(data.path()).await;
    assert_eq!(before(data.path()).len(), 2);
    assert!(opens(data.path(), &key).await && !opens(data.path(), &before(data.path())[1]).await);
    let process = Process::serve(data.path()).await;
    assert_eq!(process.client.get("/webhooks/one/secret").await["secret"], secret.as_str());
}

#[tokio::test]
async fn between_any_two_of_its_steps_a_start_and_another_run_go_on() {
    let data = tempfile::tempdir().unwrap();
    let (key, next) = (data.path().join("master.key"), data.path().join("master.key.next"));
    let process = Process::serve(data.path()).await;
    process.client.webhook_named("one", "http://127.0.0.1:9999/", json!({"status": "paused"})).await;
    assert!(process.terminate().await.success());
    // Killed after the next key was made: the first one counts, and the next is taken by the next run.
    let made = |path: &Path| {
        let key = lanehook::store::seal::MasterKey::load_or_create(path).unwrap();
        key.to_text().as_bytes().to_vec()
    };
    let second = made(&next);
    let process = Process::serve(data.path()).await;
    process.client.get("/webhooks/one").await;
    assert!(process.terminate().await.success());
    assert!(next.exists() && before(data.path()).is_empty());
    rotate(data.path()).await;
    assert_eq!((fs::read(&key).unwrap(), next.exists()), (second, false));
    // Killed before the next key took the place of the first, with a copy of that and without.
    for (with_copy, by_start) in [(true, true), (false, true), (true, false), (false, false)] {
        rotate(data.path()).await;
        let all = before(data.path());
        let last = all.last().unwrap();
        fs::rename(&key, &next).unwrap();
        fs::copy(last, &key).unwrap();
        if !with_copy {
            fs::remove_file(last).unwrap();
        }
        let third = fs::read(&next).unwrap();
        match by_start {
            true => {
                let process = Process::serve(data.path()).await;
                process.client.get("/webhooks/one").await;
                process.stderr.containing("a rotation of the master key was interrupted").await;
                assert!(process.terminate().await.success());
            }
            false => drop(rotate(data.path()).await),
        }
        assert_eq!((fs::read(&key).unwrap(), next.exists()), (third, false));
        assert_eq!(before(data.path()).len(), all.len(), "the key before is kept once");
    }
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_rotates_is_started_again() {
    let data = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(20_261_130);
    let mut process = Process::serve(data.path()).await;
    process.client.webhook_named("one", "http://127.0.0.1:9999/", json!({"status": "paused"})).await;
    for number in 0..12 {
        process.client.publish_id(&format!("e{number}")).await;
        let args = ["rotate-master-key", "--data", data.path().to_str().unwrap()];
        let mut rotation = lanehook(&args).spawn().unwrap();
        // From before it has asked until after it was answered.
        let key = fs::read(data.path().join("master.key")).unwrap();
        let is_begun =
            || data.path().join("master.key.next").exists() || fs::read(data.path().join("master.key")).unwrap() != key;
        while rotation.try_wait().unwrap().is_none() && !is_begun() {
            tokio::task::yield_now().await;
        }
        for _ in 0..rng.random_range(0..400) {
            tokio::task::yield_now().await;
        }
        process.kill().await;
        let _ = rotation.wait().await;
        process = Process::serve(data.path()).await;
        assert_eq!(process.client.get("/webhooks/one").await["id"], "one");
        process.client.get(&format!("/events/e{number}")).await;
    }
    rotate(data.path()).await;
    assert!(process.terminate().await.success());
    assert!(opens(data.path(), &data.path().join("master.key")).await);
}

#[tokio::test]
async fn a_key_of_the_environment_is_rotated_to_one_that_is_named() {
    let data = tempfile::tempdir().unwrap();
    let keys = tempfile::tempdir().unwrap();
    let key = |name: &str| {
        let key = lanehook::store::seal::MasterKey::load_or_create(&keys.path().join(name)).unwrap();
        key.to_text().trim().to_owned()
    };
    let (first, second) = (key("first"), key("second"));
    let serve = async |key: &str| {
        let env = [("LANEHOOK_OPERATOR_KEY", crate::server::OPERATOR), ("LANEHOOK_MASTER_KEY", key)];
        Process::serve_with(data.path(), &["--dev", "--grace", "200ms"], &env).await
    };
    let rotated = async |args: &[&str], key: &str| {
        let all = [&["rotate-master-key", "--data", data.path().to_str().unwrap()], args].concat();
        let (status, out, err) = run(lanehook(&all).env("LANEHOOK_MASTER_KEY", key)).await;
        (status.success(), format!("{out}{err}"))
    };
    let process = serve(&first).await;
    process.client.webhook_named("one", "http://127.0.0.1:9999/", json!({"status": "paused"})).await;
    let (done, said) = rotated(&[], &first).await;
    assert!(!done && said.contains("--new-key FILE"), "{said}");
    let path = keys.path().join("second");
    let named = ["--new-key", path.to_str().unwrap()];
    let (done, said) = rotated(&named, &first).await;
    assert!(done && said.contains("Start the server with it"), "{said}");
    process.kill().await;
    let (done, said) = rotated(&named, &first).await;
    assert!(!done, "the one before opens it no more: {said}");
    let (done, said) = rotated(&named, &second).await;
    assert!(done && said.contains("already"), "{said}");
    let process = serve(&second).await;
    assert_eq!(process.client.get("/webhooks/one").await["id"], "one");
    assert!(!data.path().join("master.key").exists());
}

//! What `docs/operation.md` says of copies: one that is made while the server runs holds everything that was acknowledged, and a
//! server that is started on it goes on from there.

use serde_json::json;

use crate::{process::Process, receiver::Receiver};

#[tokio::test]
async fn a_copy_made_while_the_server_runs_is_a_backup() {
    let (data, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let process = Process::serve(data.path()).await;
    let receiver = Receiver::start().await;
    // Paused, so that what is owed is still owed in the copy.
    process.client.webhook(&receiver.url("/"), json!({"status": "paused"})).await;
    let event = process.client.publish().await;
    // The line of the documentation, as the shell would hand it over.
    let into = copy.path().join("lanehook.db");
    let database = rusqlite::Connection::open(data.path().join("lanehook.db")).unwrap();
    database.execute("VACUUM INTO ?1", [into.to_str().unwrap()]).unwrap();
    drop(database);
    let later = process.client.publish().await;
    assert!(process.terminate().await.success());

    std::fs::copy(data.path().join("master.key"), copy.path().join("master.key")).unwrap();
    let restored = Process::serve(copy.path()).await;
    let events = restored.client.get("/events").await;
    let ids: Vec<_> = events["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&event.as_str()) && !ids.contains(&later.as_str()), "{ids:?}");
    let webhooks = restored.client.get("/webhooks").await;
    let webhook = webhooks["data"][0]["id"].as_str().unwrap().to_owned();
    restored.client.change(&webhook, json!({"status": "active"})).await;
    restored.client.delivery_in(&event, "delivered").await;
    assert!(!receiver.received(1).await.is_empty());
    assert!(restored.terminate().await.success());
}

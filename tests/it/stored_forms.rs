//! Stored forms of the future, under a real server: what can be worked with works, and what cannot is set aside.

use lanehook::{
    config::Config,
    model::WebhookKey,
    store::seal::{MasterKey, Sealer},
};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    receiver::Receiver,
    server::TestServer,
};

/// The file of a server that does not run, where webhooks can be written by another program.
struct File {
    conn: Connection,
    sealer: Sealer,
}

impl File {
    fn of(config: &Config) -> File {
        let conn = Connection::open(config.data.join("lanehook.db")).unwrap();
        let wrapped: Vec<u8> =
            conn.query_row("SELECT value FROM meta WHERE name = 'data key'", [], |row| row.get(0)).unwrap();
        let master_key = MasterKey::load_or_create(&config.data.join("master.key")).unwrap();
        File { conn, sealer: master_key.open_data_key(&wrapped).unwrap() }
    }

    fn sealed(&self, webhook: &str) -> (i64, Vec<u8>) {
        let find = "SELECT key, sealed FROM webhooks WHERE id = ?1 AND deleted_at IS NULL";
        self.conn.query_row(find, [webhook], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }

    fn place(number: i64) -> String {
        format!("webhook {}", WebhookKey(lanehook::model::Serial::nth(number)))
    }

    fn document(&self, webhook: &str) -> Value {
        let (key, sealed) = self.sealed(webhook);
        serde_json::from_slice(&self.sealer.open(&File::place(key), &sealed).unwrap()).unwrap()
    }

    /// Writes a webhook as another version would.
    fn rewrite(&self, webhook: &str, change: impl FnOnce(&mut Value)) {
        let mut document = self.document(webhook);
        change(&mut document);
        let (key, _) = self.sealed(webhook);
        let sealed = self.sealer.seal(&File::place(key), document.to_string().as_bytes());
        self.conn.execute("UPDATE webhooks SET sealed = ?2 WHERE key = ?1", params![key, sealed]).unwrap();
    }
}

async fn only_delivery_of(client: &Client, webhook: &str) -> Value {
    let mut found = client.deliveries(&format!("webhook={webhook}")).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn a_webhook_with_a_field_of_the_future_works_if_it_can_and_keeps_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let settings = json!({"name": "before", "headers": {"X-Team": "blue"}, "batch": {"max_wait": "0s"}});
    let id = server.webhook(&receiver.url("/"), settings).await.id;
    let server = server
        .restart_after(|config| {
            File::of(config).rewrite(&id, |document| {
                assert_eq!(document["settings"]["headers"], json!({"X-Team": "blue"}), "as it was written");
                document["stored"] = json!({"version": 2, "oldest_reader": 1, "by": "the future"});
                document["later"] = json!([1, 2]);
                document["settings"]["dashboard"] = json!({"colour": "red"});
                document["settings"]["batch"]["linger"] = json!("5s");
                document["settings"]["signing"]["dialects"][0]["rounds"] = json!(3);
            });
        })
        .await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
    assert_eq!(receiver.last().header("x-team"), "blue");
    server.change(&id, json!({"name": "after"})).await;
    let server = server
        .restart_after(|config| {
            let document = File::of(config).document(&id);
            assert_eq!(document["settings"]["name"], "after");
            assert_eq!((&document["stored"]["version"], &document["stored"]["oldest_reader"]), (&json!(2), &json!(1)));
            assert_eq!(document["later"], json!([1, 2]));
            assert_eq!(document["settings"]["dashboard"], json!({"colour": "red"}));
            assert_eq!(document["settings"]["batch"]["linger"], "5s");
            assert_eq!(document["settings"]["signing"]["dialects"][0]["rounds"], 3);
            assert_eq!(document["settings"]["headers"], json!({"X-Team": "blue"}));
        })
        .await;
    assert_eq!(server.get(&format!("/webhooks/{id}")).await["name"], "after");
}

#[tokio::test]
async fn a_webhook_that_cannot_be_read_is_set_aside_until_it_can() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let paused = json!({"status": "paused", "event_types": ["held.*"]});
    let id = server.webhook(&receiver.url("/held"), paused).await.id;
    let event = server.publish_event(json!({"type": "held.back", "data": 1})).await;
    let mut left = Vec::new();
    let server = server
        .restart_after(|config| {
            let file = File::of(config);
            file.rewrite(&id, |document| {
                document["stored"] = json!({"version": 2, "oldest_reader": 2});
                document["settings"]["payload"] = json!({"type": "hologram"});
                document["settings"]["status"] = json!("active");
            });
            left = file.sealed(&id).1;
        })
        .await;
    let path = format!("/webhooks/{id}");
    let call = async |method: reqwest::Method, body: Option<Value>| {
        server.try_call(method, &path, body.as_ref()).await.unwrap().problem(409, "webhook_set_aside")
    };
    let problem = call(reqwest::Method::GET, None).await;
    assert!(problem.text("/detail").contains("newer version"), "{:?}", problem.json);
    call(reqwest::Method::PUT, Some(json!({"url": receiver.url("/other")}))).await;
    call(reqwest::Method::PATCH, Some(json!({"name": "n"}))).await;
    let ready = server.get("/readyz").await;
    assert_eq!((&ready["status"], &ready["set_aside"]["webhooks"]), (&json!("ready"), &json!(1)), "{ready}");
    assert!(text(&ready["set_aside"]["reasons"][0]).contains("stored form 2"), "{ready}");
    assert_eq!(ready["troubles"], json!(["set_aside"]));
    let delivery = only_delivery_of(&server, &id).await;
    assert_eq!((&delivery["status"], &delivery["event"]), (&json!("pending"), &json!(event)));
    let retry = server.post(&format!("/deliveries/{}/retry", text(&delivery["id"])), json!({})).await;
    retry.problem(409, "webhook_set_aside");
    server.settle().await;
    assert_eq!(only_delivery_of(&server, &id).await["status"], "pending");
    assert_eq!(receiver.count(), 0);

    // The document as the version reads it that can.
    let server = server
        .restart_after(|config| {
            let file = File::of(config);
            assert_eq!(file.sealed(&id).1, left, "its bytes were not touched");
            file.rewrite(&id, |document| {
                document["stored"]["oldest_reader"] = json!(1);
                document["settings"]["payload"] = json!({"type": "standard"});
            });
        })
        .await;
    server.delivery_in(&event, "delivered").await;
    assert_eq!(receiver.count(), 1);
    assert_eq!(server.get("/readyz").await["set_aside"], json!({"webhooks": 0, "reasons": []}));
}

#[tokio::test]
async fn a_webhook_that_is_set_aside_can_be_deleted_and_what_it_is_owed_is_given_up() {
    for named in [false, true] {
        let (server, receiver) = (TestServer::start().await, Receiver::start().await);
        let paused = json!({"status": "paused"});
        let id = server.webhook(&receiver.url("/held"), paused).await.id;
        let path = format!("/webhooks/{id}");
        let etag = server.try_call(reqwest::Method::GET, &path, None).await.unwrap().header("etag");
        server.publish().await;
        let unreadable = |document: &mut Value| document["stored"] = json!({"version": 2, "oldest_reader": 2});
        let server = server.restart_after(|config| File::of(config).rewrite(&id, unreadable)).await;
        if named {
            server.delete_version(&path, "\"other\"").await.problem(412, "version_mismatch");
            server.delete_version(&path, &etag).await.expect(204);
        } else {
            server.delete(&path).await;
        }
        server.try_call(reqwest::Method::GET, &path, None).await.unwrap().problem(404, "not_found");
        assert_eq!(server.get("/readyz").await["set_aside"]["webhooks"], 0);
        server.settle().await;
        assert_eq!(only_delivery_of(&server, &id).await["status"], "cancelled");
    }
}

#[tokio::test]
async fn a_tenant_whose_settings_cannot_be_read_gets_no_events_until_they_can() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.post("/tenants", json!({"id": "checked"})).await.expect(201);
    let checks = json!({"validation": "enforce"});
    server.try_call(reqwest::Method::PATCH, "/tenants/checked", Some(&checks)).await.unwrap().expect(200);
    let event = json!({"type": "nowhere.described", "data": 1});
    let publish = async |server: &TestServer, tenant: &str| {
        server.of_tenant(tenant).try_call(reqwest::Method::POST, "/events", Some(&event)).await.unwrap().status
    };
    assert_eq!(publish(&server, "checked").await, 400);
    let head = |config: &Config, head: Value| {
        let conn = Connection::open(config.data.join("lanehook.db")).unwrap();
        let change = "UPDATE tenants SET settings = json_set(settings, '$.stored', json(?1)) WHERE id = 'checked'";
        assert_eq!(conn.execute(change, [head.to_string()]).unwrap(), 1);
    };
    let too_new = json!({"version": 2, "oldest_reader": 2});
    let server = server.restart_after(|config| head(config, too_new)).await;
    assert_eq!(publish(&server, "checked").await, 500, "what is checked is not known");
    let over = server.try_call(reqwest::Method::PATCH, "/tenants/checked", Some(&json!({"validation": "off"}))).await;
    assert_eq!(over.unwrap().status, 500, "nor is it overwritten");
    server.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    let others = server.publish().await;
    server.delivery_in(&others, "delivered").await;
    let server = server.restart_after(|config| head(config, json!({"version": 1, "oldest_reader": 1}))).await;
    assert_eq!(publish(&server, "checked").await, 400, "it goes on as before");
}

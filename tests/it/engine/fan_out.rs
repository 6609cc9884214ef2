//! Large fan-outs while webhooks change.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::{
    client::{eventually, text},
    receiver::Receiver,
    server::TestServer,
};

const EVENTS: usize = 1000;

async fn count(server: &TestServer, webhook: &str, status: &str) -> usize {
    server.deliveries(&format!("webhook={webhook}&status={status}")).await.len()
}

async fn come_to(server: &TestServer, webhook: &str, status: &str) {
    eventually(&format!("all deliveries of {webhook} to be {status}"), async || {
        let count = count(server, webhook, status).await;
        if count == EVENTS { Ok(()) } else { Err(count.to_string()) }
    })
    .await;
}

#[tokio::test]
async fn whom_a_fan_out_has_not_reached_yet_is_treated_as_everybody_else() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let mut webhooks = Vec::new();
    for path in ["/resumed", "/disabled", "/deleted"] {
        let settings = json!({"status": "paused", "ordering": "strict"});
        webhooks.push(server.webhook(&receiver.url(path), settings).await.id);
    }
    // Three thousand deliveries, of which two thousand are made at once.
    server.publish_many(EVENTS).await;
    server.change(&webhooks[1], json!({"status": "disabled"})).await;
    server.delete(&format!("/webhooks/{}", webhooks[2])).await;
    come_to(&server, &webhooks[1], "cancelled").await;
    come_to(&server, &webhooks[0], "pending").await;
    eventually("what a deleted webhook was owed to be cancelled", async || {
        let cancelled = server.deliveries("status=cancelled").await.len();
        if cancelled == 2 * EVENTS { Ok(()) } else { Err(cancelled.to_string()) }
    })
    .await;
    server.change(&webhooks[0], json!({"status": "active"})).await;
    receiver.received(EVENTS).await;
    let expected: Vec<String> = (1..=EVENTS).map(|number| format!("e{number}")).collect();
    assert_eq!(receiver.ids(), expected);
    assert!(receiver.all().iter().all(|request| request.path == "/resumed"));
}

#[tokio::test]
async fn an_event_says_how_many_of_its_deliveries_are_to_come() {
    let server = TestServer::start().await;
    server.publish_id("mine").await;
    assert_eq!(server.get("/events/mine").await["deliveries_to_come"], 0);
    // A list that cannot be read never becomes anything.
    let server = server
        .restart_after(|config| {
            let insert = "INSERT INTO fan_outs (id, event, tenant, deliveries, list)
                          SELECT key + 1, key, tenant, ?1, x'00' FROM events WHERE caller_id = 'mine'";
            let conn = Connection::open(config.data.join("lanehook.db")).unwrap();
            assert_eq!(conn.execute(insert, params![7]).unwrap(), 1);
        })
        .await;
    assert_eq!(server.get("/events/mine").await["deliveries_to_come"], 7);
    let listed: Value = server.get("/events").await;
    assert_eq!((text(&listed["data"][0]["id"]), &listed["data"][0]["deliveries_to_come"]), ("mine".into(), &json!(7)));
}

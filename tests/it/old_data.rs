//! A data folder of 0.1.0 in today's server: listed, owed, delivered and signed as it was left.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use lanehook::{
    config::{Config, Hidden},
    model::Timestamp,
};
use lanehook_signature::{Algorithm, Dialect};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    engine::signing::verifies,
    receiver::{Received, Receiver},
    server::{OPERATOR, TestServer},
};

const MADE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/v0.1.0");
/// Soon after it was made: nothing is too old yet, and the grace of a rotated secret has not ended.
const OPENED_AT: &str = "2026-11-29T05:00:00Z";

fn expected() -> Value {
    serde_json::from_slice(&fs::read(Path::new(MADE).join("expected.json")).unwrap()).unwrap()
}

/// A server on a copy of the folder.
async fn open(expected: &Value) -> TestServer {
    assert_eq!(expected["operator_key"], OPERATOR);
    let master_key = text(&expected["master_key"]);
    TestServer::start_at(Timestamp::parse(OPENED_AT).unwrap(), |config| {
        fs::create_dir(&config.data).unwrap();
        fs::copy(Path::new(MADE).join("lanehook.db"), config.data.join("lanehook.db")).unwrap();
        config.master_key = Some(Hidden(master_key));
    })
    .await
}

async fn data(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await["data"].as_array().unwrap().clone()
}

fn ids(all: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = all.iter().map(|one| text(&one["id"])).collect();
    ids.sort_unstable();
    ids
}

async fn is_listed(client: &Client, expected: &Value) {
    let webhooks = data(client, "/webhooks?limit=250").await;
    assert_eq!(json!(ids(&webhooks)), expected["webhooks"]);
    let events = data(client, "/events?limit=250").await;
    assert_eq!(json!(events.len()), expected["events"]);
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for delivery in client.deliveries("").await {
        *statuses.entry(text(&delivery["status"])).or_default() += 1;
        let shown = client.get(&format!("/deliveries/{}", text(&delivery["id"]))).await;
        assert_eq!(shown["attempts"].as_array().unwrap().len() as u64, shown["attempt_count"].as_u64().unwrap());
    }
    assert_eq!(json!(statuses), expected["deliveries"]);
    let mut found = Vec::new();
    for event in &events {
        found.extend(data(client, &format!("/events/{}/deliveries", text(&event["id"]))).await);
    }
    found.sort_unstable_by_key(|delivery| text(&delivery["id"]));
    found.dedup();
    assert_eq!(found.len() as u64, statuses.values().sum::<u64>(), "each delivery is found by its event");
}

#[tokio::test]
async fn everything_in_a_folder_of_0_1_0_is_listed() {
    let expected = expected();
    let server = open(&expected).await;
    for (tenant, expected) in expected["tenants"].as_object().unwrap() {
        is_listed(&server.of_tenant(tenant), expected).await;
    }
    assert_eq!(json!(data(&server, "/event-types?limit=250").await.len()), expected["event_types"]);
    let acme = server.get("/tenants/acme").await;
    assert_eq!((&acme["validation"], acme["enrichment"].as_array().unwrap().len()), (&json!("warn"), 2));
    let headers = server.get("/webhooks/headers").await["headers"].clone();
    assert_eq!(headers, json!({"x-api-key": "[redacted]", "x-lower": "[redacted]", "x-team": "[redacted]"}));
    assert_eq!(server.get("/webhooks/gone").await["status_reason"], "gone");
    let caller = server.get("/events/caller-1").await;
    assert_eq!((&caller["correlation_id"], &caller["version"]), (&json!("corr-1"), &json!(2)));
    let again = Client::new(server.base.clone(), &text(&expected["tenant_key"]));
    assert_eq!(data(&again, "/webhooks").await.len(), 1, "a tenant's key goes on working");
    let same = r#"{"id": "broadcast-1", "type": "test.event",
        "data": {"n": 1, "symbol": "AAPL", "price": 190, "sector": "Technology"}}"#;
    assert_eq!(server.publish_text(same, &[("tenant", "*")]).await, "broadcast-1");
    assert_eq!(json!(data(&server, "/events?limit=250").await.len()), expected["tenants"]["default"]["events"]);
}

#[tokio::test]
async fn what_a_folder_of_0_1_0_owes_is_delivered_under_its_secrets() {
    let expected = expected();
    let (server, receiver) = (open(&expected).await, Receiver::start().await);
    let owed = [server.deliveries("status=pending").await, server.deliveries("status=retrying").await].concat();
    assert_eq!(owed.len(), 12);
    for webhook in ["paused", "retrying", "ordered", "batched"] {
        server.change(webhook, json!({"url": receiver.url("/"), "status": "active"})).await;
    }
    for delivery in owed.iter().filter(|delivery| delivery["status"] == "retrying") {
        server.post(&format!("/deliveries/{}/retry", text(&delivery["id"])), json!({})).await.expect(202);
    }
    server.idle().await;
    let requests = receiver.all();
    let received: String = requests.iter().map(|request| request.text().to_owned()).collect();
    for delivery in &owed {
        let event = text(&delivery["event"]);
        assert!(received.contains(&format!("\"{event}\"")), "{event} did not arrive");
        let shown = server.get(&format!("/deliveries/{}", text(&delivery["id"]))).await;
        assert_eq!(shown["status"], "delivered", "{shown}");
    }
    let signed = |request: &Received, secret: &Value| {
        let now = server.clock.now().seconds();
        verifies(request, Dialect::Standard, Algorithm::Sha256, &text(secret), now)
    };
    assert!(requests.iter().all(|request| signed(request, &expected["secret"])));

    server.change("rotated", json!({"url": receiver.url("/rotated")})).await;
    let count = receiver.count();
    server.publish_event(json!({"type": "test.rotated", "data": {}})).await;
    let request = receiver.received(count + 1).await.remove(count);
    assert!(signed(&request, &expected["secret"]) && signed(&request, &expected["previous_secret"]));
}

/// The broadcasts' records in the file of a server that does not run, each with its count of deliveries and of its copies
/// that are left; and how many copies name one that is not there.
fn broadcasts(config: &Config) -> (Vec<(u32, u32)>, u32) {
    let conn = Connection::open(config.data.join("lanehook.db")).unwrap();
    let mut records = conn
        .prepare(
            "SELECT fan_out, (SELECT count(*) FROM events copy WHERE copy.broadcast = events.key) FROM events
             WHERE tenant = 0",
        )
        .unwrap();
    let records = records.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let lost = "SELECT count(*) FROM events
                WHERE broadcast IS NOT NULL AND broadcast NOT IN (SELECT key FROM events WHERE tenant = 0)";
    (records, conn.query_row(lost, [], |row| row.get(0)).unwrap())
}

#[tokio::test]
async fn a_broadcast_of_0_1_0_lasts_as_long_as_the_last_of_its_copies() {
    let server = open(&expected()).await;
    let kept = server.of_tenant("acme").get("/events/broadcast-1").await;
    assert_eq!(kept["type"], "test.event", "{kept}");
    let server = server.restart_after(|config| assert_eq!(broadcasts(config), (vec![(3, 2)], 0))).await;
    // One delivery is repeated, by one that is held.
    let copies = data(&server, "/events/broadcast-1/deliveries").await;
    let (webhook, delivery) = (text(&copies[0]["webhook"]), text(&copies[0]["id"]));
    server.change(&webhook, json!({"status": "paused"})).await;
    let repeated = server.post(&format!("/deliveries/{delivery}/replay"), json!({})).await.expect(202);
    let delivery = repeated.text("/id");
    server.advance(Duration::from_secs(60 * 86_400));
    server.settle().await;
    let left = data(&server, "/events/broadcast-1/deliveries").await;
    assert_eq!(ids(&left).join(" "), delivery);
    let server = server.restart_after(|config| assert_eq!(broadcasts(config), (vec![(3, 1)], 0))).await;
    server.post(&format!("/deliveries/{delivery}/cancel"), json!({})).await;
    server.advance(Duration::from_secs(60 * 86_400));
    server.settle().await;
    server.restart_after(|config| assert_eq!(broadcasts(config), (vec![], 0))).await;
}

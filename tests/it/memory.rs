//! Memory for requests and messages is shared: one tenant's leave room for those of others.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    app::{Limits, TestApp},
    client::eventually,
    receiver::{Receiver, Reply, status},
    server::TestServer,
};

/// A request of this tenant whose body does not come to an end.
async fn unfinished(app: &TestApp, key: &str, bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: 8000000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; bytes]).await.unwrap();
    stream
}

#[tokio::test]
async fn bodies_that_do_not_end_are_bounded_by_what_came_and_by_tenant() {
    let app = TestApp::start_with(Limits { buffered_bytes: 4 << 20, ..Limits::default() }).await;
    let (hostile, other) = (app.tenant("hostile").await, app.tenant("other").await);
    let mut open = Vec::new();
    for _ in 0..100 {
        open.push(unfinished(&app, &hostile, 65_536).await);
    }
    let event = || json!({"type": "a", "data": 1});
    for _ in 0..200 {
        open.push(unfinished(&app, &hostile, 65_536).await);
        if app.call_as(&hostile, "POST", "/events").json(event()).await.status == 429 {
            break;
        }
    }
    let refused = app.call_as(&hostile, "POST", "/events").json(event()).await.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.text("/detail").contains("memory"), "{}", refused.raw);
    app.call_as(&other, "POST", "/events").json(event()).await.expect(202);
    // What does not go on is cut, and its room is free again.
    app.clock.advance(Duration::from_secs(31));
    eventually("the hostile tenant to be served again", async || {
        let answer = app.call_as(&hostile, "POST", "/events").json(event()).await;
        if answer.status == 202 { Ok(()) } else { Err(answer.raw) }
    })
    .await;
    drop(open);
}

/// Megabytes of events for a webhook that takes them in batches of 8 MiB.
async fn large_batches(server: &TestServer, receiver: &Receiver, tenants: &[&str]) {
    for tenant in tenants {
        server.post("/tenants", json!({"id": tenant})).await.expect(201);
        let client = server.of_tenant(tenant);
        let batch = json!({"max_events": 1000, "max_bytes": 8 << 20, "max_wait": "0s"});
        for place in 0..12 {
            client
                .webhook(&receiver.url(&format!("/{tenant}/{place}")), json!({"batch": batch, "timeout": "60s"}))
                .await;
        }
        let event = json!({"type": "large", "data": "x".repeat(250_000)});
        for _ in 0..3 {
            client.post("/events", json!({"events": vec![&event; 8]})).await.expect(202);
        }
    }
}

#[tokio::test]
async fn batches_on_their_way_are_bounded_and_go_smaller_or_later_and_never_fail() {
    let server = TestServer::start_with(|config| {
        config.max_buffered_bytes = 64 << 20;
        config.max_connections = 64;
        config.max_connections_per_client = 64;
    })
    .await;
    let receiver = Receiver::that(Reply::Hold).await;
    large_batches(&server, &receiver, &["hostile"]).await;
    receiver.holding(1).await;
    // Messages have 32 MiB, of which one tenant leaves half. What it has under way is held back by its receiver.
    let quick = Receiver::start().await;
    server.post("/tenants", json!({"id": "neighbour"})).await.expect(201);
    let other = server.of_tenant("neighbour");
    other.webhook(&quick.url("/"), json!({})).await;
    let event = other.publish().await;
    other.delivery_in(&event, "delivered").await;
    let held: usize = receiver.all().iter().map(|request| request.body.len()).sum();
    assert!(held <= 16 << 20, "{held} bytes are under way");

    receiver.usually(status(200));
    while receiver.held() > 0 {
        receiver.answer_held(status(200)).await;
    }
    let client = server.of_tenant("hostile");
    for _ in 0..200 {
        server.settle().await;
        if client.get("/deliveries?status=pending&limit=1").await["data"] == json!([]) {
            break;
        }
        // What finds no room waits for a second.
        server.advance(Duration::from_secs(1));
    }
    for status in ["pending", "failed", "retrying", "cancelled"] {
        let found: Value = client.get(&format!("/deliveries?limit=1&status={status}")).await;
        assert_eq!(found["data"], json!([]), "{status}");
    }
    let received: usize =
        receiver.all().iter().map(|request| request.json()["events"].as_array().map_or(1, Vec::len)).sum();
    assert_eq!(received, 12 * 24);
}

#[tokio::test]
async fn a_large_answer_is_not_given_when_there_is_no_room_for_it() {
    let app = TestApp::start_with(Limits { buffered_bytes: 1 << 20, ..Limits::default() }).await;
    let key = app.tenant("acme").await;
    let event = json!({"type": "a", "data": "x".repeat(20_000)});
    for _ in 0..4 {
        app.call_as(&key, "POST", "/events").json(json!({"events": vec![&event; 10]})).await.expect(202);
    }
    let refused = app.call_as(&key, "GET", "/events").send().await.problem(503, "busy");
    assert_eq!(refused.header("retry-after"), "1");
    let answer = app.call_as(&key, "GET", "/events?limit=10").send().await.expect(200);
    assert!(answer.raw.len() > 200_000 && answer.header("content-length") == answer.raw.len().to_string());
}

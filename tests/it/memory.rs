//! Memory for requests and messages is shared: one tenant's leave room for those of others.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};

use crate::{
    app::{Limits, TestApp},
    client::eventually,
    receiver::{Receiver, Reply, status},
    server::{OPERATOR, TestServer},
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

#[tokio::test]
async fn a_batch_that_goes_whole_and_has_grown_beyond_memory_uses_up_its_schedule_and_ends() {
    // Messages have 4 MiB, of which a tenant has half.
    let server = TestServer::start_with(|config| config.max_buffered_bytes = 8 << 20).await;
    let template = |text: &str| json!({"type": "template", "template": text});
    let script = |code: &str| json!({"type": "javascript", "code": format!("const transform = event => {code}")});
    let long_text = format!("\"{{% for a in range(1000) %}}{}{{% endfor %}}\"", "x".repeat(100));
    for (tenant, short, long) in
        [("templates", template("1"), template(&long_text)), ("scripts", script("1"), script("'x'.repeat(100_000)"))]
    {
        server.post("/tenants", json!({"id": tenant})).await.expect(201);
        let (client, receiver) = (server.of_tenant(tenant), Receiver::start().await);
        receiver.next([status(500)]);
        let settings = json!({
            "batch": {"max_events": 40, "max_wait": "1h"}, "ordering": "strict",
            "retry": {"schedule": ["1m", "1m"]}, "payload": short,
        });
        let hook = client.webhook(&receiver.url("/"), settings).await;
        client.publish_many(40).await;
        for attempt in 1..=2 {
            let failed = client.delivery_after("e40", attempt).await;
            client.change(&hook.id, json!({"payload": long})).await;
            server.advance_to(&failed["next_attempt_at"]);
        }
        let failed = client.delivery_in("e40", "failed").await;
        assert_eq!((receiver.count(), &failed["last_error"]), (1, &json!("render")));
        let message = failed["attempts"][0]["error"]["message"].as_str().unwrap();
        assert!(message.contains("memory") || failed["attempts"].to_string().contains("memory"), "{failed}");
        // What is published then is not held up.
        client.change(&hook.id, json!({"payload": short, "batch": null})).await;
        let event = client.publish().await;
        client.delivery_in(&event, "delivered").await;
    }
}

#[tokio::test]
async fn a_preview_that_is_much_longer_as_json_is_not_given_when_there_is_no_room_for_it() {
    let app = TestApp::start_with(Limits { buffered_bytes: 1 << 20, ..Limits::default() }).await;
    let key = app.tenant("acme").await;
    let template = format!("{{% for a in range(1000) %}}{}{{% endfor %}}", "\\u0001".repeat(100));
    let preview = async |lines: usize| {
        let template = template.replace("1000", &lines.to_string()).replace("\\u0001", "\u{1}");
        let payload = json!({"type": "template", "format": "text", "template": template});
        app.call_as(&key, "POST", "/render").json(json!({"webhook": {"payload": payload}})).await
    };
    let given = preview(500).await.expect(200);
    assert!(given.raw.len() > 300_000, "six bytes for each: {}", given.raw.len());
    preview(1000).await.problem(503, "busy");
}

/// Asks for this page four times and takes none of the answers.
async fn takes_nothing(server: &TestServer, page: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = server.base.strip_prefix("http://").unwrap().parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!("GET /api/v1{page} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {OPERATOR}\r\n\r\n");
    stream.write_all(request.repeat(4).as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_held_until_its_connection_is_cut() {
    // Requests and answers have 12 MiB, of which a tenant has half.
    let server = TestServer::start_with(|config| config.max_buffered_bytes = 24 << 20).await;
    let event = json!({"type": "large", "data": "x".repeat(100_000)});
    for _ in 0..5 {
        server.post("/events", json!({"events": vec![&event; 9]})).await.expect(202);
    }
    let page = "/events?limit=100";
    let get = async || server.try_call(Method::GET, page, None).await.unwrap();
    assert!(get().await.expect(200).raw.len() > 3 << 20);
    let stream = takes_nothing(&server, page).await;
    eventually("an answer that waits for its client", async || match get().await.status {
        200 => Err("there is room for another".to_owned()),
        status => Ok(status),
    })
    .await;
    eventually("room again", async || {
        server.advance(Duration::from_secs(10));
        let answer = get().await;
        if answer.status == 200 { Ok(()) } else { Err(answer.raw) }
    })
    .await;
    drop(stream);
}

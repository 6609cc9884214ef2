//! What happens, as those are told who watch, over real connections.

pub mod stream;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use self::stream::{LiveStream, Message};
use crate::{
    client::{Client, GUARD, eventually, text},
    receiver::{Receiver, status},
    server::{OPERATOR, TestServer},
    support::SECOND,
};

/// Makes a webhook under this id.
async fn webhook(client: &Client, id: &str, receiver: &Receiver, mut settings: Value) {
    settings["url"] = json!(receiver.url("/"));
    client.try_call(Method::PUT, &format!("/webhooks/{id}"), Some(&settings)).await.unwrap().expect(201);
}

/// A key of this tenant with these scopes; the key's id and the caller that has it.
async fn key(server: &TestServer, tenant: &str, scopes: &[&str]) -> (String, Client) {
    let order = json!({"name": "k", "tenant": tenant, "scopes": scopes, "expires_at": "2026-01-31T13:00:00Z"});
    let made = server.post("/api-keys", order).await.expect(201).json;
    (text(&made["id"]), server.with_key(made["key"].as_str().unwrap()))
}

#[tokio::test]
async fn what_happens_to_an_event_is_told_as_it_happens() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    let mut stream = LiveStream::open(&server, "kind=event,delivery,webhook").await;
    webhook(&server, "u1", &receiver, json!({"retry": {"schedule": ["1m"]}})).await;
    assert_eq!(stream.briefs(1).await, ["webhook u1 created active"]);
    server.publish_id("a").await;
    assert_eq!(stream.briefs(2).await, ["event a", "a pending 0"]);
    let failed = stream.next().await.unwrap();
    assert_eq!(failed.brief(), "a retrying 1");
    let shown = server.delivery_after("a", 1).await;
    let attempt = &shown["attempts"][0];
    assert_eq!(failed.data["id"], shown["id"]);
    assert_eq!((&failed.data["webhook"], &failed.data["event_type"]), (&json!("u1"), &json!("test.event")));
    assert_eq!(failed.data["next_attempt_at"], shown["next_attempt_at"]);
    let told = &failed.data["attempt"];
    assert_eq!((&told["id"], &told["started_at"]), (&attempt["id"], &attempt["started_at"]));
    assert_eq!((&told["status"], &told["error"]), (&json!(500), &json!("http")));
    server.advance_to(&shown["next_attempt_at"]);
    assert_eq!(stream.briefs(1).await, ["a delivered 2"]);

    server.change("u1", json!({"status": "paused"})).await;
    server.publish_id("b").await;
    assert_eq!(stream.briefs(3).await, ["webhook u1 changed paused", "event b", "b pending 0"]);
    let held = server.delivery("b").await;
    server.post(&format!("/deliveries/{}/cancel", text(&held["id"])), json!({})).await.expect(200);
    let cancelled = stream.next().await.unwrap();
    assert_eq!((cancelled.brief().as_str(), &cancelled.data["cancel_reason"]), ("b cancelled 0", &json!("by_request")));
    server.post(&format!("/deliveries/{}/retry", text(&held["id"])), json!({})).await.expect(202);
    assert_eq!(stream.briefs(1).await, ["b retrying 0"]);
    server.delete("/webhooks/u1").await;
    let mut last = stream.briefs(2).await;
    last.sort();
    assert_eq!(last, ["b cancelled 0", "webhook u1 deleted paused"]);
    // What nobody is owed is told, too.
    server.publish_id("c").await;
    assert_eq!(stream.briefs(1).await, ["event c"]);
}

#[tokio::test]
async fn a_webhook_that_does_worse_is_told_of_once() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let mut stream = LiveStream::open(&server, "kind=health").await;
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1m"]}})).await;
    for (events, state) in [(1..=1, "degraded"), (2..=10, "failing")] {
        for number in events.clone() {
            server.publish_id(&format!("e{number}")).await;
        }
        for number in events {
            server.delivery_after(&format!("e{number}"), 1).await;
        }
        server.settle().await;
        for _ in 0..2 {
            server.advance(5 * SECOND);
            server.settle().await;
        }
        let worse = stream.next().await.unwrap();
        assert_eq!(worse.brief(), format!("health {} {state}", hook.id));
        assert_eq!(worse.data["health"], server.get(&format!("/webhooks/{}", hook.id)).await["health"]);
    }
}

#[tokio::test]
async fn only_what_is_asked_for_is_told() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    for id in ["u1", "u2"] {
        webhook(&server, id, &receiver, json!({"retry": {"schedule": ["1h"]}, "max_concurrency": 1})).await;
    }
    let mut of_webhook = LiveStream::open(&server, "webhook=u2").await;
    let mut in_status = LiveStream::open(&server, "status=delivered,retrying").await;
    let mut of_type = LiveStream::open(&server, "event_type=other.event&event_type=test.event,a.b&kind=event").await;
    server.publish_event(json!({"id": "a", "type": "third.event", "data": {}})).await;
    server.publish_id("b").await;
    assert_eq!(of_type.briefs(1).await, ["event b"]);
    let until_the_last = async |stream: &mut LiveStream, wanted: &dyn Fn(&Value) -> bool| {
        loop {
            let Message { event, data, .. } = stream.next().await.unwrap();
            assert!(event == "delivery" && wanted(&data), "{data}");
            if data["status"] == "delivered" && data["event"] == "b" {
                break;
            }
        }
    };
    until_the_last(&mut of_webhook, &|data| data["webhook"] == "u2").await;
    until_the_last(&mut in_status, &|data| data["status"] == "delivered" || data["status"] == "retrying").await;
    for (query, name) in
        [("kind=lane", "kind"), ("status=lost", "status"), ("webhook=a b", "webhook"), ("tenant=x", "tenant")]
    {
        let refused = server.watch(query, None).await;
        assert_eq!(refused.status(), 400, "{query}");
        assert!(refused.text().await.unwrap().contains(&format!("`{name}`")), "{query}");
    }
    assert_eq!(server.watch("", Some("evt_123")).await.status(), 400);
}

#[tokio::test]
async fn who_comes_back_goes_on_where_it_was_and_is_told_nothing_twice() {
    let server = TestServer::start().await;
    let mut stream = LiveStream::open(&server, "").await;
    for id in ["a", "b", "c"] {
        server.publish_id(id).await;
    }
    assert_eq!(stream.briefs(2).await, ["event a", "event b"]);
    // That the third had come is of no matter: its message was not read.
    let last = stream.next().await.unwrap();
    assert_eq!(last.brief(), "event c");
    drop(stream);
    server.publish_id("d").await;
    let mut back = LiveStream::after(&server, "", Some(&last.id)).await;
    server.publish_id("e").await;
    assert_eq!(back.briefs(2).await, ["event d", "event e"]);
    drop(back);
    // From before, too; and a client that knows only where its quiet stream was.
    let mut quiet = LiveStream::open(&server, "kind=health").await;
    server.publish_id("f").await;
    server.settle().await;
    server.advance(15 * SECOND);
    quiet.heartbeat().await;
    let place = quiet.last_id.clone();
    server.publish_id("g").await;
    let mut all = LiveStream::after(&server, "", Some(&place)).await;
    assert_eq!(all.briefs(1).await, ["event g"]);
}

#[tokio::test]
async fn after_a_restart_what_was_accepted_since_is_told_as_it_is_and_that_more_may_be_missing() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    webhook(&server, "u1", &receiver, json!({})).await;
    let mut stream = LiveStream::open(&server, "").await;
    server.advance(SECOND);
    server.publish_id("a").await;
    assert_eq!(stream.briefs(3).await, ["event a", "a pending 0", "a delivered 1"]);
    let place = stream.last_id.clone();
    server.settle().await;
    let server = server.restart().await;
    let end = stream.next().await.unwrap();
    assert_eq!((end.event.as_str(), &end.data), ("end", &json!({"reason": "stopping"})));
    assert_eq!(stream.next().await, None);

    server.advance(SECOND);
    server.publish_id("b").await;
    server.delivery_in("b", "delivered").await;
    let mut back = LiveStream::after(&server, "", Some(&place)).await;
    let missed = back.next().await.unwrap();
    assert_eq!(missed.brief(), "missed");
    assert_eq!((&missed.data["count"], &missed.data["since"]), (&json!(null), &json!("2026-01-31T12:00:01.000Z")));
    let caught_up = [back.next().await.unwrap(), back.next().await.unwrap()];
    assert_eq!(caught_up.each_ref().map(|message| message.brief()), ["event b", "b delivered 1"]);
    server.publish_id("c").await;
    assert_eq!(back.briefs(3).await, ["event c", "c pending 0", "c delivered 1"], "and nothing twice");
    // Cut off in the middle of what it was told later, it is told the rest.
    let mut again = LiveStream::after(&server, "", Some(&caught_up[0].id)).await;
    let expected = ["missed", "b delivered 1", "event c", "c delivered 1"];
    assert_eq!(again.briefs(4).await, expected);
}

#[tokio::test]
async fn after_a_restart_events_are_told_of_however_much_they_carry() {
    let server = TestServer::start().await;
    let mut stream = LiveStream::open(&server, "kind=event").await;
    server.advance(SECOND);
    server.publish_id("before").await;
    assert_eq!(stream.briefs(1).await, ["event before"]);
    let place = stream.last_id.clone();
    server.advance(SECOND);
    // Together more than one answer has of what events carry.
    let count = 24;
    for number in 0..count {
        let data = json!({"text": "x".repeat(200_000)});
        server.publish_event(json!({"id": format!("e{number}"), "type": "test.event", "data": data})).await;
    }
    let server = server.restart().await;
    let mut back = LiveStream::after(&server, "kind=event", Some(&place)).await;
    let missed = back.next().await.unwrap();
    let message = text(&missed.data["message"]);
    assert!(message.contains("what was accepted since follows"), "{message}");
    let told: Vec<String> = (0..count).map(|number| format!("event e{number}")).collect();
    assert_eq!(back.briefs(count).await, told);
}

#[tokio::test]
async fn a_tenant_is_told_nothing_of_another_and_operators_can_read_all() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for tenant in ["acme", "other"] {
        server.post("/tenants", json!({"id": tenant})).await.expect(201);
        webhook(&server.of_tenant(tenant), "same", &receiver, json!({})).await;
    }
    let scopes = ["deliveries:read", "events:read", "webhooks:read"];
    let (_, acme) = key(&server, "acme", &scopes).await;
    let (mut own, mut other) =
        (LiveStream::open(&acme, "").await, LiveStream::open(&server.of_tenant("other"), "").await);
    let mut all = LiveStream::open(&server.of_tenant("*"), "kind=event").await;
    server.of_tenant("other").publish_id("theirs").await;
    server.of_tenant("other").delivery_in("theirs", "delivered").await;
    server.of_tenant("acme").publish_id("ours").await;
    assert_eq!(own.briefs(3).await, ["event ours", "ours pending 0", "ours delivered 1"]);
    let theirs = other.next().await.unwrap();
    assert_eq!((theirs.brief().as_str(), &theirs.data["tenant"]), ("event theirs", &json!(null)));
    for (id, tenant) in [("theirs", "other"), ("ours", "acme")] {
        let message = all.next().await.unwrap();
        assert_eq!((message.brief(), &message.data["tenant"]), (format!("event {id}"), &json!(tenant)));
    }
    // A place of another tenant's stream, and one that is remembered no more, lead to what is one's own.
    let place = theirs.id;
    let mut lost = LiveStream::after(&acme, "", Some(&place)).await;
    assert_eq!(lost.briefs(1).await, ["missed"]);
    server.of_tenant("other").publish_id("more").await;
    server.of_tenant("acme").publish_id("last").await;
    loop {
        let message = lost.next().await.unwrap();
        assert!(
            !message.data.to_string().contains("theirs") && !message.data.to_string().contains("more"),
            "{message:?}"
        );
        if message.brief() == "last delivered 1" {
            break;
        }
    }
    assert_eq!(acme.of_tenant("*").watch("", None).await.status(), 403);
}

#[tokio::test]
async fn what_a_key_may_not_read_is_left_out() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (_, client) = key(&server, "default", &["deliveries:read"]).await;
    let mut stream = LiveStream::open(&client, "").await;
    webhook(&server, "u1", &receiver, json!({})).await;
    server.publish_id("a").await;
    assert_eq!(stream.briefs(2).await, ["a pending 0", "a delivered 1"]);
    let refused = client.watch("kind=event,webhook", None).await;
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.unwrap().contains("missing_scope"));
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_revoked_or_expires_or_its_tenant_goes() {
    let server = TestServer::start().await;
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let (id, revoked) = key(&server, "default", &["deliveries:read"]).await;
    let (_, expires) = key(&server, "default", &["deliveries:read"]).await;
    let mut streams = [
        LiveStream::open(&revoked, "").await,
        LiveStream::open(&server.of_tenant("acme"), "").await,
        LiveStream::open(&expires, "").await,
    ];
    server.delete(&format!("/api-keys/{id}")).await;
    server.delete("/tenants/acme").await;
    for (place, stream) in streams.iter_mut().enumerate() {
        if place == 2 {
            server.settle().await;
            server.advance(Duration::from_secs(3_600));
        }
        let end = stream.next().await.unwrap();
        assert_eq!((end.event.as_str(), &end.data), ("end", &json!({"reason": "key_revoked"})), "{place}");
        assert_eq!(stream.next().await, None);
    }
}

#[tokio::test]
async fn readers_are_bounded_and_the_cure_is_said() {
    let server = TestServer::start().await;
    let mut open = Vec::new();
    let refused = loop {
        let response = server.watch("", None).await;
        if response.status() != 200 {
            break response;
        }
        open.push(response);
    };
    assert_eq!((open.len(), refused.status().as_u16()), (128, 429));
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.text().await.unwrap().contains("end some"));
    let other = server.of_tenant("witness").watch("", None).await;
    assert_eq!(other.status(), 200, "others find a place");
    assert!(server.metrics().await.contains("lanehook_live_readers 129\n"));
    drop((open, other));
    eventually("the places to be free again", async || {
        let response = server.watch("", None).await;
        if response.status() == 200 { Ok(()) } else { Err(response.status().to_string()) }
    })
    .await;
}

/// To so many webhooks so many events, in all more things than a tenant's part of the log and what a connection holds.
const WEBHOOKS: usize = 100;
const EVENTS: usize = 500;

#[tokio::test]
async fn a_reader_that_is_slow_is_told_how_much_it_missed_and_another_is_told_all() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for number in 0..WEBHOOKS {
        webhook(&server, &format!("u{number}"), &receiver, json!({"status": "paused"})).await;
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    let mut slow = socket.connect(server.address().parse().unwrap()).await.unwrap();
    let head = format!("GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {OPERATOR}\r\n\r\n");
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(": lanehook") {
        slow.read_buf(&mut read).await.unwrap();
    }
    read.clear();
    let mut quick = LiveStream::open(&server, "kind=event").await;
    let quick = tokio::spawn(async move { quick.briefs(EVENTS).await });
    for batch in 0..EVENTS / 100 {
        let event = |number| json!({"id": format!("e-{batch}-{number}"), "type": "test.event", "data": {}});
        let events: Vec<_> = (0..100).map(event).collect();
        server.post("/events", json!({"events": events})).await.expect(202);
    }
    // Who reads well is told all of it while the other reads nothing.
    let told = tokio::time::timeout(GUARD, quick).await.expect("it does not wait for the other").unwrap();
    let published = (0..EVENTS).map(|number| format!("event e-{}-{}", number / 100, number % 100));
    assert_eq!(told, published.collect::<Vec<_>>());
    let owed = format!("lanehook_deliveries_owed {}\n", EVENTS * WEBHOOKS);
    eventually("all deliveries to be made", async || {
        let metrics = server.metrics().await;
        let to_come = metrics.contains("lanehook_store_unfolding_deliveries 0\n");
        if to_come && metrics.contains(&owed) { Ok(()) } else { Err("they are not".into()) }
    })
    .await;

    let (mut told, mut missed) = (0, 0);
    while told + missed < EVENTS * (WEBHOOKS + 1) {
        assert!(slow.read_buf(&mut read).await.unwrap() > 0, "the stream ended");
        let Some(end) = read.windows(2).rposition(|pair| pair == b"\n\n") else { continue };
        let whole: Vec<u8> = read.drain(..end + 2).collect();
        let text = String::from_utf8(whole).unwrap();
        let counted = |line: &str| line.strip_prefix("data: {\"count\":")?.split(',').next()?.parse::<usize>().ok();
        told += text.matches("event: event\n").count() + text.matches("event: delivery\n").count();
        missed += text.lines().filter_map(counted).sum::<usize>();
    }
    assert!(missed > 0, "it was told all of {told}");
    assert_eq!(told + missed, EVENTS * (WEBHOOKS + 1), "what it was not told is counted");
}

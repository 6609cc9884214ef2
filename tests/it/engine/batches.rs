//! Many events in one request: what fills it, what it holds, and how it is shown.

use lanehook_signature::{Algorithm, Dialect};
use serde_json::{Value, json};

use super::signing::verifies;
use crate::{
    client::text,
    receiver::{Received, Receiver, Reply, status},
    server::TestServer,
    support::{HOUR, SECOND},
};

/// A webhook that takes batches of at most so many, and waits an hour for them, with more settings.
pub fn batching(max_events: u32, more: Value) -> Value {
    let mut settings = json!({"batch": {"max_events": max_events, "max_wait": "1h"}});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// The ids of the events that each request carried.
pub fn carried(requests: &[Received]) -> Vec<Vec<String>> {
    let ids = |request: &Received| {
        let events = request.json()["events"].as_array().unwrap_or_else(|| panic!("{}", request.text())).clone();
        events.iter().map(|event| text(&event["id"])).collect()
    };
    requests.iter().map(ids).collect()
}

pub async fn publish(server: &TestServer, id: &str, more: Value) {
    let mut event = json!({"id": id, "type": "test.event", "data": 1});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.publish_event(event).await;
}

#[tokio::test]
async fn a_full_batch_goes_at_once_as_one_signed_request() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), batching(3, json!({}))).await;
    server.publish_many(2).await;
    server.settle().await;
    assert_eq!(receiver.count(), 0, "it waits for more");
    server.publish_text(r#"{"id":"e3","type":"other","data":{ "n" : 3 }}"#, &[]).await;
    let request = receiver.received(1).await.remove(0);
    let id = request.id().to_owned();
    assert!(id.starts_with("bat_"), "{id}");
    let time = "2026-01-31T12:00:00.000Z";
    let event = |id: &str, kind: &str, data: &str| {
        format!(r#"{{"id":"{id}","type":"{kind}","timestamp":"{time}","data":{data}}}"#)
    };
    let events = [
        event("e1", "test.event", r#"{"n":1}"#),
        event("e2", "test.event", r#"{"n":2}"#),
        event("e3", "other", r#"{ "n" : 3 }"#),
    ];
    let expected = format!(r#"{{"id":"{id}","type":"batch","timestamp":"{time}","events":[{}]}}"#, events.join(","));
    assert_eq!(request.text(), expected);
    assert_eq!((request.header("content-type"), request.header("x-webhook-event")), ("application/json", "batch"));
    assert!(verifies(&request, Dialect::Standard, Algorithm::Sha256, &hook.secret, server.clock.now().seconds()));
    server.idle().await;
    assert_eq!(receiver.count(), 1);
    let counters = server.get(&format!("/webhooks/{}", hook.id)).await["counters"].clone();
    assert_eq!((&counters["delivered"], &counters["failed"]), (&json!(3), &json!(0)));
}

#[tokio::test]
async fn what_is_there_goes_when_the_oldest_has_waited_long_enough() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), batching(100, json!({}))).await;
    server.publish_id("first").await;
    server.advance(HOUR - SECOND);
    server.publish_id("second").await;
    server.settle().await;
    assert_eq!(receiver.count(), 0);
    server.advance(SECOND);
    assert_eq!(carried(&receiver.received(1).await), [["first", "second"]]);
    server.publish_id("third").await;
    server.settle().await;
    assert_eq!(receiver.count(), 1, "which waits for itself");
    server.advance(HOUR);
    assert_eq!(carried(&receiver.received(2).await)[1], ["third"]);
}

#[tokio::test]
async fn a_batch_has_no_more_bytes_than_it_may_unless_by_a_single_event() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let batch = json!({"max_events": 7, "max_wait": "1h", "max_bytes": 1024});
    server.webhook(&receiver.url("/"), json!({"batch": batch, "max_concurrency": 1})).await;
    let event = |place: usize, size: usize| json!({"id": format!("e{place}"), "type": "x", "data": "x".repeat(size)});
    let sizes = [300, 300, 300, 300, 2000, 10, 10];
    let events: Vec<Value> = sizes.iter().enumerate().map(|(place, &size)| event(place, size)).collect();
    server.post("/events", json!({"events": events})).await.expect(202);
    receiver.received(1).await;
    // What found no room is pending still, and waits for others as before.
    server.advance(HOUR);
    server.idle().await;
    let all = receiver.all();
    assert_eq!(carried(&all), [vec!["e0", "e1"], vec!["e2", "e3"], vec!["e4"], vec!["e5", "e6"]]);
    for (place, request) in all.iter().enumerate() {
        assert_eq!(request.body.len() <= 1024, place != 2, "{} bytes", request.body.len());
    }
}

#[tokio::test]
async fn each_delivery_shows_the_one_request_that_carried_all() {
    for payload in [json!(null), json!({"type": "plain"}), json!({"type": "data"})] {
        let (server, receiver) = (TestServer::start().await, Receiver::start().await);
        receiver.next([status(500)]);
        server.webhook(&receiver.url("/"), batching(3, json!({"payload": payload}))).await;
        server.publish_many(3).await;
        let failed = server.delivery_after("e3", 1).await;
        server.advance_to(&failed["next_attempt_at"]);
        let requests = receiver.received(2).await;
        let mut shown = Vec::new();
        for id in ["e1", "e2", "e3"] {
            shown.push(server.delivery_in(id, "delivered").await);
        }
        let ids: Vec<&Value> = shown.iter().map(|delivery| &delivery["id"]).collect();
        for delivery in &shown {
            let attempts = delivery["attempts"].as_array().unwrap();
            assert_eq!((attempts.len(), &delivery["attempt_count"]), (2, &json!(2)));
            assert_eq!((&attempts[0]["number"], &attempts[1]["number"]), (&json!(1), &json!(2)));
            for (attempt, request) in attempts.iter().zip(&requests) {
                assert_eq!(attempt["request"]["body"]["content"], request.text());
                assert_eq!(attempt["batch"].as_array().unwrap().iter().collect::<Vec<_>>(), ids);
            }
            assert_eq!(attempts, shown[0]["attempts"].as_array().unwrap(), "one attempt for all");
        }
    }
}

#[tokio::test]
async fn a_batch_of_one_is_shown_as_it_was_sent() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), batching(2, json!({}))).await;
    server.publish_id("lonely").await;
    server.advance(HOUR);
    let request = receiver.received(1).await.remove(0);
    assert_eq!(carried(std::slice::from_ref(&request)), [["lonely"]]);
    let shown = server.delivery_in("lonely", "delivered").await;
    assert_eq!(shown["attempts"][0]["request"]["body"]["content"], request.text());
    let tested = server.post(&format!("/webhooks/{}/test", hook.id), json!({})).await.expect(200).json;
    assert_eq!(tested["request"]["body"]["content"], receiver.last().text());
}

#[tokio::test]
async fn other_payloads_are_batched_as_an_array() {
    let code = "const transform = (event) => event.data.n == 2 ? null : { id: event.id }";
    for (payload, kind, expected) in [
        (json!({"type": "data"}), "application/json", r#"[{"n":1},{"n":2},{"n":3}]"#),
        (
            json!({"type": "template", "template": "{\"n\": {{ data.n }}}"}),
            "application/json",
            r#"[{"n": 1},{"n": 2},{"n": 3}]"#,
        ),
        (json!({"type": "javascript", "code": code}), "application/json", r#"[{"id":"e1"},{"id":"e3"}]"#),
    ] {
        let (server, receiver) = (TestServer::start().await, Receiver::start().await);
        server.webhook(&receiver.url("/"), batching(3, json!({"payload": payload}))).await;
        server.publish_many(3).await;
        let request = receiver.received(1).await.remove(0);
        assert_eq!((request.header("content-type"), request.text()), (kind, expected));
        server.idle().await;
        let second = server.delivery("e2").await;
        match payload["type"].as_str() {
            Some("javascript") => assert_eq!(second["last_error"], "skipped"),
            _ => assert_eq!(second["status"], "delivered"),
        }
        let first = server.delivery("e1").await;
        assert_eq!(first["attempts"][0]["request"]["body"]["content"], expected);
    }
}

#[tokio::test]
async fn cloudevents_and_plain_payloads_are_batched_in_their_own_ways() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), batching(2, json!({"payload": {"type": "cloudevents"}}))).await;
    server.publish_many(2).await;
    let request = receiver.received(1).await.remove(0);
    assert_eq!(request.header("content-type"), "application/cloudevents-batch+json; charset=utf-8");
    let events = request.json();
    assert_eq!(
        (&events[0]["id"], &events[1]["id"], events[1]["specversion"].as_str()),
        (&json!("e1"), &json!("e2"), Some("1.0"))
    );

    server
        .webhook(&receiver.url("/plain"), batching(2, json!({"payload": {"type": "plain"}, "event_types": ["own"]})))
        .await;
    for id in ["a", "b"] {
        publish(&server, id, json!({"type": "own"})).await;
    }
    let all = receiver.received(3).await;
    let plain = all.iter().find(|request| request.path == "/plain").unwrap();
    assert_eq!(carried(std::slice::from_ref(plain)), [["a", "b"]]);
    assert!(text(&plain.json()["events"][1]["signature"]).starts_with("sha256="));
}

#[tokio::test]
async fn only_the_newest_of_a_key_is_sent_where_a_batch_collapses() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let batch = |key: &str| json!({"batch": {"max_events": 5, "max_wait": "1h", "collapse": key}});
    let hook = server.webhook(&receiver.url("/"), batch("data.at.symbol")).await;
    for (id, data) in [
        ("a1", json!({"at": {"symbol": "A"}})),
        ("b1", json!({"at": {"symbol": "B"}})),
        ("a2", json!({"at": {"symbol": "A"}})),
        ("none", json!({"at": "A"})),
        ("a3", json!({"at": {"symbol": "A"}})),
    ] {
        publish(&server, id, json!({"data": data})).await;
    }
    assert_eq!(carried(&receiver.received(1).await), [["b1", "none", "a3"]]);
    for id in ["a1", "a2"] {
        let collapsed = server.delivery_in(id, "cancelled").await;
        assert_eq!(collapsed["last_error"], "collapsed");
    }
    server.idle().await;
    let counters = server.get(&format!("/webhooks/{}", hook.id)).await["counters"].clone();
    assert_eq!((&counters["delivered"], &counters["failed"]), (&json!(3), &json!(0)));

    for (key, expected) in [("ordering_key", ["k2", "l1", "m1", "n1"].as_slice()), ("type", &["n1"])] {
        let count = receiver.count();
        server.change(&hook.id, batch(key)).await;
        for (id, key) in [("k1", "k"), ("k2", "k"), ("l1", "l"), ("m1", "m"), ("n1", "n")] {
            publish(&server, &format!("{count}{id}"), json!({"ordering_key": key})).await;
        }
        let expected: Vec<String> = expected.iter().map(|id| format!("{count}{id}")).collect();
        assert_eq!(carried(&receiver.received(count + 1).await)[count], expected, "{key}");
    }
}

#[tokio::test]
async fn a_rate_limit_counts_requests() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let rate = json!({"rate_limit": {"limit": 2, "per": "minute"}, "max_concurrency": 1});
    server.webhook(&receiver.url("/"), batching(3, rate)).await;
    server.publish_many(12).await;
    receiver.received(2).await;
    server.settle().await;
    assert_eq!(receiver.count(), 2);
    server.advance(60 * SECOND);
    receiver.received(4).await;
    server.idle().await;
    assert_eq!(carried(&receiver.all()).concat(), (1..=12).map(|n| format!("e{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn batches_go_side_by_side_unless_they_keep_an_order() {
    for (ordering, most) in [("none", 2), ("strict", 1), ("key", 1)] {
        let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
        let settings = json!({"ordering": ordering, "max_concurrency": 2});
        server.webhook(&receiver.url("/"), batching(2, settings)).await;
        server.publish_many(6).await;
        receiver.holding(most).await;
        server.settle().await;
        assert_eq!(receiver.count(), most, "{ordering}");
        receiver.usually(status(200));
        for _ in 0..most {
            receiver.answer_held(status(200)).await;
        }
        server.idle().await;
        assert_eq!(receiver.count(), 3);
    }
}

#[tokio::test]
async fn an_event_of_which_no_payload_can_be_made_stands_for_no_other() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let batch = json!({"max_events": 3, "max_wait": "1h", "collapse": "data.s"});
    let payload = json!({"type": "template", "template": "{\"p\": {{ data.p }}}"});
    server.webhook(&receiver.url("/"), json!({"batch": batch, "payload": payload})).await;
    for (id, data) in [("a1", json!({"s": "A", "p": 1})), ("a2", json!({"s": "A", "p": 2})), ("a3", json!({"s": "A"}))]
    {
        publish(&server, id, json!({"data": data})).await;
    }
    assert_eq!(receiver.received(1).await[0].text(), r#"[{"p": 2}]"#);
    server.delivery_in("a2", "delivered").await;
    assert_eq!(server.delivery_in("a1", "cancelled").await["last_error"], "collapsed");
    assert_eq!(server.delivery_after("a3", 1).await["last_error"], "render");
}

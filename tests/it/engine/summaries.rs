//! One body of many events, returned by the script of a batch: what it is given, what becomes of its failures, and that it is the
//! same each time it is sent.

use serde_json::{Value, json};

use super::batches::publish;
use crate::{
    client::text,
    receiver::{Receiver, status},
    server::TestServer,
    support::HOUR,
};

/// A webhook whose script writes one body of at most so many events, which wait an hour for one another.
fn summing(max_events: u32, script: &str, more: Value) -> Value {
    let mut settings = json!({"batch": {"max_events": max_events, "max_wait": "1h", "script": script}});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// The script that `docs/payloads.md` shows.
fn documented() -> &'static str {
    let docs = include_str!("../../../docs/payloads.md");
    let (_, batches) = docs.split_once("\n## Batches\n").unwrap();
    let (_, code) = batches.split_once("```js\n").unwrap();
    code.split_once("```").unwrap().0
}

#[tokio::test]
async fn the_script_of_a_batch_that_is_documented_writes_one_body_of_many_events() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), summing(100, documented(), json!({}))).await;
    for (id, symbol, price) in [("e1", "ACME", 187.5), ("e2", "INIT", 12.0), ("e3", "ACME", 190.25)] {
        publish(&server, id, json!({"data": {"symbol": symbol, "price": price}})).await;
    }
    server.settle().await;
    server.advance(HOUR);
    let request = receiver.received(1).await.remove(0);
    assert_eq!(request.text(), r#"{"text":"3 alerts, highest prices: ACME 190.25, INIT 12.00"}"#);
    assert!(request.id().starts_with("bat_"));
    assert_eq!((request.header("content-type"), request.header("x-webhook-event")), ("application/json", "batch"));
    for id in ["e1", "e2", "e3"] {
        let delivered = server.delivery_in(id, "delivered").await;
        assert_eq!(delivered["attempts"][0]["batch"].as_array().unwrap().len(), 3, "{delivered}");
        assert_eq!(delivered["attempts"][0]["request"]["body"]["content"], request.text());
    }
}

#[tokio::test]
async fn what_the_script_of_a_batch_has_written_is_sent_again_byte_for_byte() {
    let script = "function transform(batch) {
        const events = batch.events.map(event => [event.id, event.type, event.data.n]);
        return { events, id: batch.id, at: batch.timestamp, now: Date.now(), webhook: batch.webhook.name };
    }";
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500), status(500)]);
    let more = json!({"name": "totals", "ordering": "strict"});
    server.webhook(&receiver.url("/"), summing(2, script, more)).await;
    server.publish_many(2).await;
    let failed = server.delivery_after("e2", 1).await;
    server.advance_to(&failed["next_attempt_at"]);
    let failed = server.delivery_after("e2", 2).await;
    let server = server.restart().await;
    server.advance_to(&failed["next_attempt_at"]);
    let all = receiver.received(3).await;
    let body = all[0].json();
    assert_eq!(body["events"], json!([["e1", "test.event", 1], ["e2", "test.event", 2]]));
    assert_eq!((body["id"].as_str(), &body["webhook"]), (Some(all[0].id()), &json!("totals")));
    let at = lanehook::model::Timestamp::parse(&text(&body["at"])).unwrap();
    assert_eq!(body["now"], at.millis(), "its clock stands at the time of the batch");
    for again in &all[1..] {
        assert_eq!((again.id(), &again.body), (all[0].id(), &all[0].body));
    }
    for id in ["e1", "e2"] {
        assert_eq!(server.delivery_in(id, "delivered").await["attempt_count"], 3);
    }
}

#[tokio::test]
async fn a_script_of_a_batch_that_fails_is_one_failed_attempt_of_all_until_it_is_mended() {
    for (broken, part) in [
        ("function transform(batch) {\n  return batch.events[0].price.last;\n}", "line 2"),
        ("function transform() { throw new Error('no way') }", "no way"),
        ("function transform() {}", "returned nothing"),
        ("function transform() { return 'x'.repeat(2000000) }", "its limit is 1048576"),
        ("function transform() { for (;;) {} }", "longer than 100 ms"),
    ] {
        let (server, receiver) = (TestServer::start().await, Receiver::start().await);
        let hook = server.webhook(&receiver.url("/"), summing(2, broken, json!({}))).await;
        server.publish_many(2).await;
        let mut failed = Value::Null;
        for id in ["e1", "e2"] {
            failed = server.delivery_after(id, 1).await;
            let error = &failed["attempts"][0]["error"];
            assert_eq!((&failed["last_error"], &error["kind"]), (&json!("render"), &json!("render")));
            let message = text(&error["message"]);
            assert!(message.starts_with("the batch's script: ") && message.contains(part), "{message}");
        }
        let mended = "function transform(batch) { return batch.events.map(event => event.data.n) }";
        server.change(&hook.id, json!({"batch": {"script": mended}})).await;
        server.advance_to(&failed["next_attempt_at"]);
        assert_eq!(receiver.received(1).await[0].json(), json!([1, 2]), "nothing was sent before");
        for id in ["e1", "e2"] {
            assert_eq!(server.delivery_in(id, "delivered").await["attempt_count"], 2);
        }
    }
}

#[tokio::test]
async fn events_of_which_the_script_of_a_batch_makes_nothing_are_recorded_as_skipped() {
    let script = "const transform = batch => batch.events.some(event => event.data.n > 2) ? { n: batch.count } : null";
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), summing(2, script, json!({}))).await;
    server.publish_many(4).await;
    for id in ["e1", "e2"] {
        let skipped = server.delivery_in(id, "cancelled").await;
        assert_eq!((&skipped["cancel_reason"], &skipped["next_attempt_at"]), (&json!("skipped"), &json!(null)));
        let message = text(&skipped["attempts"][0]["error"]["message"]);
        assert_eq!(message, "the batch's script returned null: there is nothing to send");
    }
    assert_eq!(receiver.received(1).await[0].json(), json!({"n": 2}));
    server.delivery_in("e4", "delivered").await;
    assert_eq!(receiver.count(), 1);
}

//! Batches that fail: tried again as they were, in order, and never one event at the expense of the others.

use serde_json::{Value, json};

use super::batches::{batching, carried, publish};
use crate::{
    client::text,
    receiver::{Receiver, status},
    server::TestServer,
    support::HOUR,
};

async fn act(server: &TestServer, event: &str, verb: &str, expected: u16) {
    let id = text(&server.delivery(event).await["id"]);
    server.post(&format!("/deliveries/{id}/{verb}"), json!({})).await.expect(expected);
}

fn priced(price: Value) -> Value {
    json!({"data": {"price": price}})
}

#[tokio::test]
async fn a_failed_batch_is_tried_again_as_the_same_batch() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500), status(503)]);
    server.webhook(&receiver.url("/"), batching(2, json!({}))).await;
    server.publish_many(2).await;
    for attempt in 1..=2 {
        let failed = server.delivery_after("e1", attempt).await;
        assert_eq!(server.delivery_after("e2", attempt).await["next_attempt_at"], failed["next_attempt_at"]);
        // A new one waits for company, and does not join.
        publish(&server, &format!("new{attempt}"), json!({})).await;
        receiver.received(if attempt == 1 { 1 } else { 3 }).await;
        server.advance_to(&failed["next_attempt_at"]);
        receiver.received(if attempt == 1 { 2 } else { 4 }).await;
    }
    server.idle().await;
    let all = receiver.all();
    let mut ids = carried(&all);
    assert_eq!(ids.remove(2), ["new1", "new2"]);
    assert_eq!(ids, [["e1", "e2"], ["e1", "e2"], ["e1", "e2"]]);
    assert_eq!((all[0].id(), &all[0].body), (all[1].id(), &all[1].body));
    assert_eq!((all[0].id(), &all[0].body), (all[3].id(), &all[3].body));
    assert_ne!(all[0].id(), all[2].id());
}

#[tokio::test]
async fn a_failed_batch_is_the_same_and_a_growing_one_goes_on_after_a_restart() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    let retry = json!({"retry": {"schedule": ["10m"]}});
    server.webhook(&receiver.url("/"), batching(3, retry)).await;
    server.publish_many(3).await;
    let failed = server.delivery_after("e3", 1).await;
    publish(&server, "new1", json!({})).await;
    let server = server.restart().await;
    publish(&server, "new2", json!({})).await;
    server.settle().await;
    assert_eq!(receiver.count(), 1);
    server.advance_to(&failed["next_attempt_at"]);
    let all = receiver.received(2).await;
    assert_eq!((all[0].id(), &all[0].body), (all[1].id(), &all[1].body));
    let server = server.restart().await;
    server.settle().await;
    assert_eq!(receiver.count(), 2);
    server.advance(HOUR);
    assert_eq!(carried(&receiver.received(3).await)[2], ["new1", "new2"]);
    for id in ["e1", "e2", "e3"] {
        let delivery = server.delivery_in(id, "delivered").await;
        let bodies: Vec<&Value> =
            delivery["attempts"].as_array().unwrap().iter().map(|one| &one["request"]["body"]["content"]).collect();
        assert_eq!(bodies, [all[0].text(), all[0].text()]);
    }
    server.idle().await;
}

#[tokio::test]
async fn a_batch_that_fails_for_good_is_as_many_dead_letters() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(400)).await);
    let hook = server.webhook(&receiver.url("/"), batching(3, json!({"retry": {"preset": "none"}}))).await;
    server.publish_many(3).await;
    for id in ["e1", "e2", "e3"] {
        let failed = server.delivery_in(id, "failed").await;
        assert_eq!((&failed["last_status"], &failed["last_error"]), (&json!(400), &json!("http")));
    }
    let counters = server.get(&format!("/webhooks/{}", hook.id)).await["counters"].clone();
    assert_eq!((&counters["failed"], &counters["consecutive_failures"]), (&json!(3), &json!(1)));
}

#[tokio::test]
async fn strict_order_holds_all_behind_a_failed_batch() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    server.webhook(&receiver.url("/"), batching(2, json!({"ordering": "strict"}))).await;
    server.publish_many(6).await;
    let failed = server.delivery_after("e2", 1).await;
    server.settle().await;
    assert_eq!(receiver.count(), 1);
    server.advance_to(&failed["next_attempt_at"]);
    server.idle().await;
    assert_eq!(carried(&receiver.all()), [["e1", "e2"], ["e1", "e2"], ["e3", "e4"], ["e5", "e6"]]);
}

#[tokio::test]
async fn order_by_key_holds_the_keys_of_a_failed_batch_and_no_others() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    server.webhook(&receiver.url("/"), batching(3, json!({"ordering": "key"}))).await;
    let keyed = async |id: &str| publish(&server, id, json!({"ordering_key": &id[..1]})).await;
    for id in ["a1", "b1", "a2"] {
        keyed(id).await;
    }
    let failed = server.delivery_after("a2", 1).await;
    assert_eq!(carried(&receiver.all()), [["a1", "b1", "a2"]], "one request holds several of a key");
    for id in ["b2", "c1", "a3", "c2", "d1"] {
        keyed(id).await;
    }
    server.settle().await;
    assert_eq!(carried(&receiver.all())[1..], [["c1", "c2", "d1"]], "others do not wait, and no a or b goes with them");
    server.advance_to(&failed["next_attempt_at"]);
    server.delivery_in("a2", "delivered").await;
    server.advance(HOUR);
    server.idle().await;
    let all = receiver.all();
    let again = all[1..].iter().find(|request| request.id() == all[0].id()).expect("the same batch");
    assert_eq!(again.body, all[0].body);
    let order = carried(&all[1..]).concat();
    for (key, expected) in [("a", vec!["a1", "a2", "a3"]), ("b", vec!["b1", "b2"]), ("c", vec!["c1", "c2"])] {
        let of_key: Vec<&String> = order.iter().filter(|id| id.starts_with(key)).collect();
        assert_eq!(of_key, expected);
    }
}

const TEMPLATE: &str = r#"{"price": {{ data.price }}}"#;
const LENIENT: &str = r#"{"price": {{ data.price|default(0) }}}"#;

fn template(source: &str, ordering: &str) -> Value {
    json!({"payload": {"type": "template", "template": source}, "ordering": ordering})
}

#[tokio::test]
async fn an_event_that_cannot_be_rendered_does_not_keep_the_others_of_its_batch() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), batching(3, template(TEMPLATE, "none"))).await;
    for (id, data) in [("e1", priced(json!(1))), ("e2", json!({"data": {}})), ("e3", priced(json!(3)))] {
        publish(&server, id, data).await;
    }
    assert_eq!(receiver.received(1).await[0].text(), r#"[{"price": 1},{"price": 3}]"#);
    let failed = server.delivery_after("e2", 1).await;
    assert_eq!(failed["last_error"], "render");
    for id in ["e1", "e3"] {
        assert_eq!(server.delivery_in(id, "delivered").await["attempt_count"], 1);
    }
    server.change(&hook.id, template(LENIENT, "none")).await;
    server.advance_to(&failed["next_attempt_at"]);
    assert_eq!(receiver.received(2).await[1].text(), r#"[{"price": 0}]"#);
    server.delivery_in("e2", "delivered").await;
}

#[tokio::test]
async fn in_strict_order_nothing_goes_before_an_event_that_cannot_be_rendered() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), batching(3, template(TEMPLATE, "strict"))).await;
    for (id, data) in [("e1", priced(json!(1))), ("e2", json!({"data": {}})), ("e3", priced(json!(3)))] {
        publish(&server, id, data).await;
    }
    assert_eq!(receiver.received(1).await[0].text(), r#"[{"price": 1}]"#);
    server.delivery_in("e1", "delivered").await;
    // What the batch left behind waits for others as if it were new.
    server.advance(HOUR);
    let failed = server.delivery_after("e2", 1).await;
    server.settle().await;
    assert_eq!((receiver.count(), &server.delivery("e3").await["attempt_count"]), (1, &json!(0)));
    server.change(&hook.id, template(LENIENT, "strict")).await;
    server.advance_to(&failed["next_attempt_at"]);
    server.delivery_in("e3", "delivered").await;
    let bodies: Vec<String> = receiver.all().iter().map(|request| request.text().to_owned()).collect();
    assert_eq!(bodies, [r#"[{"price": 1}]"#, r#"[{"price": 0}]"#, r#"[{"price": 3}]"#]);
}

#[tokio::test]
async fn in_order_a_failed_batch_stays_together_also_when_it_cannot_be_rendered_any_more() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    let hook = server.webhook(&receiver.url("/"), batching(2, template(LENIENT, "strict"))).await;
    publish(&server, "e1", priced(json!(1))).await;
    publish(&server, "e2", json!({"data": {}})).await;
    let failed = server.delivery_after("e2", 1).await;
    server.change(&hook.id, template(TEMPLATE, "strict")).await;
    server.advance_to(&failed["next_attempt_at"]);
    for id in ["e1", "e2"] {
        assert_eq!(server.delivery_after(id, 2).await["last_error"], "render");
    }
    assert_eq!(receiver.count(), 1);
    server.change(&hook.id, template(LENIENT, "strict")).await;
    let failed = server.delivery("e2").await;
    server.advance_to(&failed["next_attempt_at"]);
    let all = receiver.received(2).await;
    assert_eq!((all[0].id(), &all[0].body), (all[1].id(), &all[1].body));
}

#[tokio::test]
async fn one_of_a_failed_batch_that_is_cancelled_leaves_a_smaller_one() {
    for ordering in ["none", "strict"] {
        let (server, receiver) = (TestServer::start().await, Receiver::start().await);
        receiver.next([status(500)]);
        server.webhook(&receiver.url("/"), batching(3, json!({"ordering": ordering}))).await;
        server.publish_many(3).await;
        let failed = server.delivery_after("e3", 1).await;
        act(&server, "e2", "cancel", 200).await;
        server.advance_to(&failed["next_attempt_at"]);
        server.idle().await;
        let all = receiver.received(2).await;
        assert_eq!(carried(&all), [vec!["e1", "e2", "e3"], vec!["e1", "e3"]], "{ordering}");
        assert_ne!(all[0].id(), all[1].id(), "another composition is another message");
        let cancelled = server.delivery("e2").await;
        assert_eq!((&cancelled["status"], &cancelled["attempt_count"]), (&json!("cancelled"), &json!(1)));
        let rest = server.delivery("e3").await;
        let bodies: Vec<&Value> =
            rest["attempts"].as_array().unwrap().iter().map(|one| &one["request"]["body"]["content"]).collect();
        assert_eq!(bodies, [all[0].text(), all[1].text()]);
    }
}

#[tokio::test]
async fn one_of_a_failed_batch_that_is_retried_by_hand_goes_at_once_and_by_itself() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    server.webhook(&receiver.url("/"), batching(3, json!({}))).await;
    server.publish_many(3).await;
    let failed = server.delivery_after("e3", 1).await;
    act(&server, "e2", "retry", 202).await;
    server.delivery_in("e2", "delivered").await;
    server.advance_to(&failed["next_attempt_at"]);
    server.idle().await;
    assert_eq!(carried(&receiver.all()), [vec!["e1", "e2", "e3"], vec!["e2"], vec!["e1", "e3"]]);
}

#[tokio::test]
async fn one_of_a_failed_batch_can_be_sent_again() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), batching(2, json!({"retry": {"preset": "none"}}))).await;
    receiver.next([status(500)]);
    server.publish_many(2).await;
    server.delivery_in("e1", "failed").await;
    act(&server, "e1", "retry", 202).await;
    let all = receiver.received(2).await;
    assert_eq!(carried(&all)[1], ["e1"]);
    let again = |delivery: &Value| delivery["status"] == "delivered" && delivery["attempt_count"] == 2;
    let shown = server.delivery_when("e1", "delivered again", again).await;
    for (attempt, request) in shown["attempts"].as_array().unwrap().iter().zip(&all) {
        assert_eq!(attempt["request"]["body"]["content"], request.text());
    }
    assert_eq!(server.delivery("e2").await["attempt_count"], 1);
}

#[tokio::test]
async fn a_webhook_that_stops_batching_sends_one_by_one_what_failed_together() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    let hook = server.webhook(&receiver.url("/"), batching(3, json!({}))).await;
    server.publish_many(3).await;
    let failed = server.delivery_after("e3", 1).await;
    server.change(&hook.id, json!({"batch": null})).await;
    server.advance_to(&failed["next_attempt_at"]);
    receiver.received(4).await;
    server.idle().await;
    let mut ids = receiver.ids().split_off(1);
    ids.sort_unstable();
    assert_eq!(ids, ["e1", "e2", "e3"]);
    let shown = server.delivery("e2").await;
    let batches: Vec<usize> =
        shown["attempts"].as_array().unwrap().iter().map(|one| one["batch"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(batches, [3, 0]);
}

#[tokio::test]
async fn a_growing_batch_is_given_up_with_its_webhook() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), batching(3, json!({}))).await;
    server.publish_many(2).await;
    server.settle().await;
    server.change(&hook.id, json!({"status": "disabled"})).await;
    for id in ["e1", "e2"] {
        server.delivery_in(id, "cancelled").await;
    }
    server.change(&hook.id, json!({"status": "active"})).await;
    publish(&server, "e3", json!({})).await;
    server.advance(HOUR);
    assert_eq!(carried(&receiver.received(1).await), [["e3"]]);
}

#[tokio::test]
async fn what_waits_for_its_key_fills_no_batch_that_it_cannot_go_with() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.next([status(500)]);
    server.webhook(&receiver.url("/"), batching(3, json!({"ordering": "key"}))).await;
    let keyed = async |id: &str| publish(&server, id, json!({"ordering_key": &id[..1]})).await;
    for id in ["a1", "a2", "a3"] {
        keyed(id).await;
    }
    server.delivery_after("a3", 1).await;
    for id in ["a4", "a5", "b1"] {
        keyed(id).await;
    }
    server.settle().await;
    assert_eq!(receiver.count(), 1, "b1 waits for others that can go with it");
    keyed("b2").await;
    keyed("c1").await;
    assert_eq!(carried(&receiver.received(2).await)[1], ["b1", "b2", "c1"]);
}

//! Many deliveries sent again, made due or given up.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Hook, eventually, text},
    receiver::{Receiver, status},
    server::TestServer,
    support::SECOND,
};

/// How long a replay waits for its start at most.
const START: Duration = Duration::from_millis(500);

/// A webhook to which `e1`, `e2`… were delivered.
async fn delivered(server: &TestServer, receiver: &Receiver, count: usize) -> Hook {
    let hook = server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    server.publish_many(count).await;
    receiver.received(count).await;
    server.idle().await;
    hook
}

async fn begin(client: &Client, path: &str, wish: Value) -> String {
    text(&client.post(path, wish).await.expect(202).json["id"])
}

async fn count(client: &Client, path: &str, mut wish: Value) -> Value {
    wish["dry_run"] = json!(true);
    client.post(path, wish).await.expect(200).json
}

async fn replay(client: &Client, id: &str) -> Value {
    client.get(&format!("/replays/{id}")).await
}

/// The replay once it has come to its end, on a clock that is moved meanwhile.
async fn finished(server: &TestServer, id: &str) -> Value {
    eventually("the replay to be finished", async || {
        server.advance(START);
        let now = replay(server, id).await;
        if now["state"] == "finished" { Ok(now) } else { Err(now.to_string()) }
    })
    .await
}

/// The replay once it was done with so many.
async fn done(server: &TestServer, id: &str, count: u64) -> Value {
    eventually("the replay to go on", async || {
        let now = replay(server, id).await;
        if now["done"].as_u64() >= Some(count) { Ok(now) } else { Err(now.to_string()) }
    })
    .await
}

fn ids(receiver: &Receiver) -> Vec<String> {
    receiver.all().iter().map(|request| request.id().to_owned()).collect()
}

#[tokio::test]
async fn what_was_delivered_is_sent_again_in_its_order_and_stays_delivered() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = delivered(&server, &receiver, 5).await;
    let wish = json!({"webhook": hook.id, "statuses": ["delivered"]});
    let estimate = count(&server, "/replays", wish.clone()).await;
    assert_eq!((&estimate["count"], &estimate["more"]), (&json!(5), &json!(false)));
    assert!(text(&estimate["notes"][0]).contains("`new_id`"), "{estimate}");
    assert_eq!(server.get("/replays").await["data"], json!([]), "a dry run leaves nothing");

    let id = begin(&server, "/replays", wish).await;
    let end = finished(&server, &id).await;
    assert_eq!((&end["done"], &end["skipped"], &end["expected"]), (&json!(5), &json!(0), &json!(5)));
    receiver.received(10).await;
    let sent = ids(&receiver);
    assert_eq!(sent[5..], sent[..5], "the same ids, in the same order");
    server.idle().await;
    let all = server.deliveries("").await;
    assert_eq!(all.len(), 10, "it does not meet what it makes");
    let (made, before): (Vec<_>, Vec<_>) = all.iter().partition(|delivery| delivery["replay"] == json!(id));
    assert_eq!(before.len(), 5);
    for (repeated, made) in before.iter().zip(&made) {
        assert_eq!((&made["replay_of"], &made["event"]), (&repeated["id"], &repeated["event"]));
        assert_eq!((&repeated["status"], &repeated["attempt_count"]), (&json!("delivered"), &json!(1)));
        assert_eq!(made["message_id"], made["event"]);
    }
}

#[tokio::test]
async fn under_new_ids_a_receiver_takes_them_for_new() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = delivered(&server, &receiver, 2).await;
    let wish = json!({"webhook": hook.id, "new_id": true});
    assert_eq!(count(&server, "/replays", wish.clone()).await["notes"], json!([]));
    let id = begin(&server, "/replays", wish).await;
    finished(&server, &id).await;
    receiver.received(4).await;
    server.idle().await;
    let all = server.deliveries("").await;
    for (made, request) in all[..2].iter().zip(receiver.all()[2..].iter().rev()) {
        assert_eq!((text(&made["id"]), text(&made["message_id"])), (request.id().into(), request.id().into()));
        assert_eq!(request.json()["id"], made["id"], "in the body, too");
        assert_eq!(request.json()["data"], receiver.all()[if made["event"] == "e1" { 0 } else { 1 }].json()["data"]);
        let shown = server.get(&format!("/deliveries/{}", text(&made["id"]))).await;
        let body: Value = serde_json::from_str(&text(&shown["attempts"][0]["request"]["body"]["content"])).unwrap();
        assert_eq!(body, request.json(), "what is shown is what was sent");
    }
    // One alone, likewise.
    let path = format!("/deliveries/{}/replay?new_id=true", text(&all[3]["id"]));
    let made = server.post(&path, json!({})).await.expect(202).json;
    receiver.received(5).await;
    assert_eq!(text(&made["message_id"]), receiver.all()[4].id());
    assert_eq!(made["message_id"], made["id"]);
}

#[tokio::test]
async fn a_rematch_sends_what_should_have_been_sent_by_todays_filters() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let wrong = json!({"event_types": ["nothing.of.this"]});
    let hook = server.webhook(&receiver.url("/"), wrong).await;
    let other = server.webhook(&receiver.url("/other"), json!({"event_types": ["nothing.either"]})).await;
    server.publish_many(6).await;
    server.publish_event(json!({"id": "late", "type": "later.event", "data": {}})).await;
    for hook in [&hook, &other] {
        server.change(&hook.id, json!({"event_types": ["test.*"], "filter": {"data": {"n": {"$gt": 2}}}})).await;
    }
    let wish = json!({"webhook": hook.id, "rematch": true, "from": "2026-01-01T00:00:00Z"});
    assert_eq!(count(&server, "/replays", wish.clone()).await["count"], 4);
    let id = begin(&server, "/replays", wish).await;
    assert_eq!(finished(&server, &id).await["done"], 4);
    receiver.received(4).await;
    server.idle().await;
    let mut sent = ids(&receiver);
    sent.sort();
    assert_eq!(sent, ["e3", "e4", "e5", "e6"], "nothing keeps their order");
    assert!(receiver.all().iter().all(|request| request.path == "/"), "of the one webhook");
    let made = server.deliveries("").await;
    assert!(made.iter().all(|delivery| delivery["replay"] == json!(id) && delivery["replay_of"].is_null()));

    // Without a webhook to all that want them.
    let all = begin(&server, "/replays", json!({"rematch": true, "event_types": ["test.event"]})).await;
    assert_eq!(finished(&server, &all).await["done"], 8);
    receiver.received(12).await;
    assert_eq!(receiver.all().iter().filter(|request| request.path == "/other").count(), 4);
}

#[tokio::test]
async fn what_failed_for_one_reason_is_made_due_again_and_nothing_else() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.usually(status(500));
    let once = json!({"retry": {"preset": "none"}});
    let hook = server.webhook(&receiver.url("/"), once.clone()).await;
    server.publish_many(3).await;
    server.idle().await;
    receiver.usually(status(410));
    server.change(&hook.id, json!({"disable_after": null})).await;
    let gone = server.publish_id("gone").await;
    server.delivery_in(&gone, "failed").await;
    server.webhook_when(&hook.id, "it to be disabled", |webhook| webhook["status"] == "disabled").await;
    let groups = server.get("/deliveries/groups").await;
    let told: Vec<_> =
        groups["data"].as_array().unwrap().iter().map(|group| (&group["failure"], &group["count"])).collect();
    assert_eq!(told, [(&json!("http"), &json!(3)), (&json!("gone"), &json!(1))], "{groups}");
    assert_eq!(groups["data"][0]["webhook"], json!(hook.id));
    assert!(text(&groups["data"][0]["last_error_message"]).contains("500"), "{groups}");

    receiver.usually(status(200));
    server.change(&hook.id, json!({"status": "active"})).await;
    let wish = json!({"webhook": hook.id, "failures": ["http"]});
    assert_eq!(count(&server, "/deliveries/retry", wish.clone()).await["count"], 3);
    let id = begin(&server, "/deliveries/retry", wish).await;
    let end = finished(&server, &id).await;
    assert_eq!((&end["action"], &end["done"]), (&json!("retry"), &json!(3)));
    receiver.received(7).await;
    server.idle().await;
    for number in 1..=3 {
        let retried = server.delivery(&format!("e{number}")).await;
        assert_eq!((&retried["status"], &retried["attempt_count"]), (&json!("delivered"), &json!(2)));
    }
    assert_eq!(server.delivery("gone").await["status"], "failed");
}

#[tokio::test]
async fn what_failed_is_grouped_by_an_id_also_of_webhooks_that_are_gone() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.usually(status(500));
    let settings = json!({"url": receiver.url("/"), "retry": {"preset": "none"}});
    for count in [2, 1] {
        server.try_call(Method::PUT, "/webhooks/w", Some(&settings)).await.unwrap().expect(201);
        for _ in 0..count {
            let event = server.publish().await;
            server.delivery_in(&event, "failed").await;
        }
        if count == 2 {
            server.delete("/webhooks/w").await;
        }
    }
    let told = async |query: &str| -> Vec<(Value, Value)> {
        let groups = server.get(&format!("/deliveries/groups?{query}")).await;
        let data = groups["data"].as_array().unwrap().clone();
        assert!(data.iter().all(|group| group["webhook"] == "w" && group["failure"] == "http"), "{groups}");
        data.into_iter().map(|group| (group["count"].clone(), group["webhook_deleted"].clone())).collect()
    };
    let both = [(json!(2), json!(true)), (json!(1), json!(false))];
    assert_eq!((told("").await, told("webhook=w").await), (both.to_vec(), both.to_vec()));
    server.delete("/webhooks/w").await;
    assert_eq!(told("webhook=w").await, [(json!(2), json!(true)), (json!(1), json!(true))]);
    assert_eq!(told("webhook=nobody").await, []);
    let refused =
        server.post("/deliveries/retry", json!({"webhook": "w", "failures": ["http"]})).await.expect(400).json;
    assert_eq!(refused["errors"][0]["pointer"], "/webhook");
}

#[tokio::test]
async fn what_is_owed_is_given_up_by_a_query() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"status": "paused"})).await;
    server.publish_many(3).await;
    server.publish_event(json!({"id": "kept", "type": "other.event", "data": {}})).await;
    let wish = json!({"webhook": hook.id, "event_types": ["test.event"]});
    let id = begin(&server, "/deliveries/cancel", wish).await;
    assert_eq!(finished(&server, &id).await["done"], 3);
    server.change(&hook.id, json!({"status": "active"})).await;
    server.delivery_in("kept", "delivered").await;
    let cancelled = server.deliveries("status=cancelled").await;
    assert_eq!(cancelled.len(), 3);
    assert!(cancelled.iter().all(|delivery| delivery["cancel_reason"] == "by_request"));
    assert_eq!(ids(&receiver), ["kept"]);
}

#[tokio::test]
async fn it_keeps_to_its_pace_goes_on_after_a_restart_and_ends_where_it_is_stopped() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = delivered(&server, &receiver, 12).await;
    let rate = json!({"limit": 60, "per": "minute"});
    let wish = json!({"webhook": hook.id, "rate": rate});
    assert_eq!(count(&server, "/replays", wish.clone()).await["takes_seconds"], 12);
    let id = begin(&server, "/replays", wish).await;
    server.advance(START);
    let first = done(&server, &id, 1).await;
    assert_eq!((&first["done"], &first["state"], &first["seconds_left"]), (&json!(1), &json!("running"), &json!(11)));
    for number in 2..=4 {
        server.settle().await;
        assert_eq!(replay(&server, &id).await["done"], number - 1, "not before its time");
        server.advance(SECOND + Duration::from_millis(1));
        done(&server, &id, number).await;
    }
    receiver.received(16).await;
    server.idle().await;

    let server = server.restart().await;
    assert_eq!(replay(&server, &id).await["done"], 4);
    server.advance(START);
    done(&server, &id, 5).await;
    receiver.received(17).await;
    server.idle().await;
    assert_eq!(ids(&receiver)[12..], ids(&receiver)[..5], "each once, in order");

    let path = format!("/replays/{id}");
    let stopped = server.try_call(Method::DELETE, &path, None).await.unwrap().expect(200).json;
    assert_eq!((&stopped["state"], &stopped["done"]), (&json!("stopped"), &json!(5)));
    assert!(stopped["finished_at"].is_string() && stopped["seconds_left"].is_null(), "{stopped}");
    server.advance(60 * SECOND);
    server.settle().await;
    assert_eq!(replay(&server, &id).await, stopped);
    assert_eq!(receiver.count(), 17, "nothing comes after");
    let again = server.try_call(Method::DELETE, &path, None).await.unwrap().expect(200).json;
    assert_eq!(again, stopped, "to stop it twice changes nothing");
}

/// What the job that looks after replays says of them, once it has run again.
async fn under_way(server: &TestServer) -> Value {
    server.advance(START);
    server.settle().await;
    let system = server.get("/system").await;
    let job = system["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "replays").unwrap();
    job["last_run"]["detail"].clone()
}

#[tokio::test]
async fn of_a_replay_that_is_stopped_or_whose_tenant_is_gone_no_task_is_left() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let acme = server.of_tenant("acme");
    let mut slow = Vec::new();
    for client in [&*server, &acme] {
        let hook = client.webhook(&receiver.url("/"), json!({})).await;
        client.publish_many(2).await;
        for event in ["e1", "e2"] {
            client.delivery_in(event, "delivered").await;
        }
        // The second is due in a day.
        slow.push(json!({"webhook": hook.id, "rate": {"limit": 1, "per": "day"}}));
    }
    for _ in 0..4 {
        let id = begin(&server, "/replays", slow[0].clone()).await;
        server.advance(START);
        done(&server, &id, 1).await;
        server.try_call(Method::DELETE, &format!("/replays/{id}"), None).await.unwrap().expect(200);
    }
    assert_eq!(under_way(&server).await, "0 replays are under way");
    begin(&acme, "/replays", slow[1].clone()).await;
    assert_eq!(under_way(&server).await, "1 replays are under way");
    server.try_call(Method::DELETE, "/tenants/acme", None).await.unwrap().expect(204);
    under_way(&server).await;
    assert_eq!(under_way(&server).await, "0 replays are under way");
}

#[tokio::test]
async fn what_is_owed_already_is_made_due_however_much_that_is() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.usually(status(500));
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h", "1h"]}})).await;
    server.publish_many(3).await;
    for number in 1..=3 {
        server.delivery_after(&format!("e{number}"), 1).await;
    }
    let quotas = json!({"quotas": {"owed_deliveries": 3}});
    server.try_call(Method::PATCH, "/tenants/default", Some(&quotas)).await.unwrap().expect(200);
    receiver.usually(status(200));
    let wish = json!({"webhook": hook.id, "statuses": ["retrying"]});
    let id = begin(&server, "/deliveries/retry", wish).await;
    let end = finished(&server, &id).await;
    assert_eq!((&end["done"], &end["skipped"]), (&json!(3), &json!(0)));
    receiver.received(6).await;
}

#[tokio::test]
async fn half_of_what_a_tenant_may_be_owed_is_left_for_what_it_publishes() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = delivered(&server, &receiver, 60).await;
    let quotas = json!({"quotas": {"owed_deliveries": 20}});
    server.try_call(Method::PATCH, "/tenants/default", Some(&quotas)).await.unwrap().expect(200);
    server.change(&hook.id, json!({"status": "paused"})).await;
    for number in 0..10 {
        let more = json!({"id": format!("more{number}"), "type": "other.event", "data": {}});
        server.publish_event(more).await;
    }
    let id = begin(&server, "/replays", json!({"webhook": hook.id, "event_types": ["test.event"]})).await;
    server.advance(START);
    server.settle().await;
    let held = replay(&server, &id).await;
    assert_eq!((&held["done"], &held["waits_for"]), (&json!(0), &json!("owed_deliveries")));
    server.publish_id("fresh").await;
    // It goes on once less is owed.
    server.change(&hook.id, json!({"status": "active"})).await;
    assert_eq!(finished(&server, &id).await["done"], 60);
}

#[tokio::test]
async fn all_replays_of_a_tenant_share_one_rate() {
    let server = TestServer::start_with(|config| config.tenant_replay_rate = 2).await;
    let receiver = Receiver::start().await;
    let hook = delivered(&server, &receiver, 8).await;
    let wish = json!({"webhook": hook.id, "statuses": ["delivered"]});
    let (one, other) = (begin(&server, "/replays", wish.clone()).await, begin(&server, "/replays", wish).await);
    let all = async || {
        let (one, other) = (replay(&server, &one).await, replay(&server, &other).await);
        one["done"].as_u64().unwrap() + other["done"].as_u64().unwrap()
    };
    server.advance(START);
    for number in 1..=6 {
        eventually("the next to go", async || match all().await {
            done if done >= number => Ok(()),
            done => Err(done.to_string()),
        })
        .await;
        server.settle().await;
        assert_eq!(all().await, number, "one each half second, of both together");
        server.advance(START + Duration::from_millis(1));
    }
}

#[tokio::test]
async fn the_last_deliveries_of_a_replay_are_part_of_the_tenants_rate() {
    let server = TestServer::start_with(|config| config.tenant_replay_rate = 10).await;
    let receiver = Receiver::start().await;
    // Three replays with which it is short work, and one that takes whatever they leave.
    let mut hooks = Vec::new();
    for (name, count) in [("a", 4), ("b", 4), ("c", 4), ("d", 40)] {
        let wish = json!({"event_types": [format!("{name}.event")]});
        let hook = server.webhook(&receiver.url("/"), wish).await;
        let event = |number| json!({"id": format!("{name}{number}"), "type": format!("{name}.event"), "data": {}});
        server.post("/events", json!({"events": (0..count).map(event).collect::<Vec<_>>()})).await.expect(202);
        hooks.push(hook.id);
    }
    receiver.received(52).await;
    server.idle().await;
    let mut replays = Vec::new();
    for hook in hooks {
        replays.push(begin(&server, "/replays", json!({"webhook": hook})).await);
    }
    server.advance(START);
    for number in 0..10 {
        server.settle().await;
        let mut done = 0;
        for id in &replays {
            done += replay(&server, id).await["done"].as_u64().unwrap();
        }
        // One at the begin, and five each half second.
        assert!(done <= 1 + 5 * number, "{done} after {number} half seconds");
        server.advance(START);
    }
    for id in &replays {
        finished(&server, id).await;
    }
}

#[tokio::test]
async fn what_is_left_is_told_without_those_that_were_never_expected() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let mut hooks = Vec::new();
    for _ in 0..2 {
        hooks.push(server.webhook(&receiver.url("/"), json!({})).await);
    }
    server.publish_many(6).await;
    receiver.received(12).await;
    server.idle().await;
    server.change(&hooks[0].id, json!({"status": "disabled"})).await;
    let wish = json!({"from": "2026-01-01T00:00:00Z", "rate": {"limit": 60, "per": "minute"}});
    let estimate = count(&server, "/replays", wish.clone()).await;
    assert_eq!((&estimate["count"], &estimate["skipped"], &estimate["more"]), (&json!(6), &json!(6), &json!(false)));
    let id = begin(&server, "/replays", wish).await;
    let mut now = replay(&server, &id).await;
    assert_eq!((&now["expected"], &now["seconds_left"]), (&json!(6), &json!(6)));
    server.advance(START);
    for number in 1..=5 {
        now = done(&server, &id, number).await;
        assert_eq!(now["seconds_left"], 6 - number, "{now}");
        server.advance(SECOND + Duration::from_millis(1));
    }
    assert!(now["skipped"].as_u64() >= Some(4), "half of them are passed over: {now}");
}

#[tokio::test]
async fn what_is_due_already_is_not_made_due_again() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.usually(status(500));
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h", "1h"]}})).await;
    server.publish_many(2).await;
    for number in 1..=2 {
        server.delivery_after(&format!("e{number}"), 1).await;
    }
    server.change(&hook.id, json!({"status": "paused"})).await;
    let wish = json!({"webhook": hook.id, "statuses": ["retrying"]});
    let id = begin(&server, "/deliveries/retry", wish.clone()).await;
    let first = finished(&server, &id).await;
    assert_eq!((&first["done"], &first["skipped"]), (&json!(2), &json!(0)));
    let id = begin(&server, "/deliveries/retry", wish).await;
    let again = finished(&server, &id).await;
    assert_eq!((&again["done"], &again["skipped"]), (&json!(0), &json!(2)));
}

#[tokio::test]
async fn a_tenant_has_four_running_and_sees_no_others() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = delivered(&server, &receiver, 3).await;
    let slow = json!({"webhook": hook.id, "rate": {"limit": 1, "per": "day"}});
    let mut running = Vec::new();
    for _ in 0..4 {
        running.push(begin(&server, "/replays", slow.clone()).await);
    }
    let refused = server.post("/replays", slow.clone()).await.expect(409).json;
    assert_eq!(refused["code"], "too_many_replays");
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let other = server.of_tenant("acme");
    assert_eq!(other.get("/replays").await["data"], json!([]));
    for method in [Method::GET, Method::DELETE] {
        other.try_call(method, &format!("/replays/{}", running[0]), None).await.unwrap().expect(404);
    }
    other.post("/replays", slow.clone()).await.expect(400);
    let listed = server.get("/replays?limit=3").await;
    let shown = |page: &Value| page["data"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect::<Vec<_>>();
    assert_eq!(shown(&listed), [&*running[3], &running[2], &running[1]], "the newest first");
    let rest = server.get(&format!("/replays?cursor={}", text(&listed["next_cursor"]))).await;
    assert_eq!(shown(&rest), [&*running[0]]);
    let path = format!("/replays/{}", running[0]);
    server.try_call(Method::DELETE, &path, None).await.unwrap().expect(200);
    begin(&server, "/replays", slow).await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_place() {
    let server = TestServer::start().await;
    for (path, wish, pointer, part) in [
        ("/replays", json!({}), "", "name a `webhook`"),
        ("/replays", json!({"webhook": "nobody"}), "/webhook", "no webhook"),
        (
            "/replays",
            json!({"from": "2026-01-01T00:00:00Z", "statuses": ["pending"]}),
            "/statuses/0",
            "delivered, failed",
        ),
        ("/replays", json!({"event_types": []}), "/event_types", "leave it out"),
        (
            "/replays",
            json!({"event_types": ["*"], "rematch": true, "statuses": ["failed"]}),
            "/statuses",
            "asks events",
        ),
        ("/replays", json!({"event_types": ["*"], "rematch": true, "failures": ["dns"]}), "/failures", "asks events"),
        ("/replays", json!({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}), "/to", "after `from`"),
        (
            "/replays",
            json!({"from": "2026-01-02T00:00:00Z", "rate": {"limit": 0, "per": "minute"}}),
            "/rate/limit",
            "from 1",
        ),
        ("/replays", json!({"from": "2026-01-02T00:00:00Z", "status": "failed"}), "/status", "statuses"),
        ("/deliveries/cancel", json!({}), "", "name a `webhook`"),
        (
            "/deliveries/cancel",
            json!({"statuses": ["failed"], "from": "2026-01-02T00:00:00Z"}),
            "/statuses/0",
            "pending",
        ),
        ("/deliveries/retry", json!({"statuses": ["delivered"]}), "/statuses/0", "retrying, failed"),
        ("/deliveries/retry", json!({"new_id": true}), "/new_id", "unknown"),
    ] {
        let problem = server.post(path, wish.clone()).await.expect(400).json;
        let flaw = &problem["errors"][0];
        assert_eq!(flaw["pointer"], pointer, "{path} {wish}: {problem}");
        assert!(text(&flaw["message"]).contains(part), "{path} {wish}: {problem}");
    }
    assert_eq!(server.get("/replays").await["data"], json!([]));
}

//! What happens, told as events.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use lanehook::{
    access::{Access, AccessLimits},
    clock::Clock,
    model::{EventType, TenantId, Timestamp},
    notice::{Notifier, Recipients},
    observe::{Board, Cause, Grain, Health, Trouble},
    publish::{MOST_HEARERS, Publisher},
    store::{EventQuery, Store, seal::MasterKey, sqlite::SqliteStore},
    work::Work,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Hook, eventually},
    receiver::{Receiver, judged, status},
    server::TestServer,
    support::{DAY, DEFAULT, NOON, SECOND, TESTER, webhook_of},
};

/// A webhook that is failing: its breaker is open.
async fn failing(server: &TestServer, client: &Client, receiver: &Receiver, settings: Value) -> Hook {
    receiver.usually(status(500));
    let mut settings = settings;
    settings["retry"] = json!({"schedule": ["1h"]});
    let hook = client.webhook(&receiver.url("/hook"), settings).await;
    let event = |number| json!({"type": "test.event", "data": {"n": number}});
    client.post("/events", json!({"events": (0..10).map(event).collect::<Vec<_>>()})).await.expect(202);
    receiver.received(10).await;
    server.settle().await;
    hook
}

/// The notices that came, each as its type and data, once there are so many. The clock is moved on meanwhile.
async fn notices(server: &TestServer, subscriber: &Receiver, count: usize) -> Vec<(String, Value)> {
    eventually("notices to come", async || {
        server.advance(5 * SECOND);
        server.settle().await;
        if subscriber.count() >= count { Ok(()) } else { Err(format!("{} came", subscriber.count())) }
    })
    .await;
    let told = |request: &crate::receiver::Received| {
        let body = request.json();
        (body["type"].as_str().unwrap().to_owned(), body["data"].clone())
    };
    subscriber.all().iter().map(told).collect()
}

async fn later(server: &TestServer, time: Duration) {
    for _ in 0..time.as_secs() / 5 {
        server.advance(5 * SECOND);
        server.settle().await;
    }
}

/// The same where nothing can be published.
async fn jobs_later(server: &TestServer, time: Duration) {
    for _ in 0..time.as_secs() / 5 {
        server.advance(5 * SECOND);
        server.jobs_done().await;
    }
}

#[tokio::test]
async fn a_webhook_that_fails_is_told_of_once_and_once_more_when_it_has_recovered() {
    let (server, receiver, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    let hook = failing(&server, &server, &receiver, json!({"event_types": ["test.event"], "name": "Desk"})).await;
    let told = notices(&server, &subscriber, 1).await;
    assert_eq!(told[0].0, "lanehook.webhook.failing");
    assert_eq!((&told[0].1["webhook"], &told[0].1["name"]), (&json!(hook.id), &json!("Desk")));
    assert!(told[0].1["reason"].as_str().unwrap().contains("10 attempts in a row failed"), "{told:?}");

    let server = server.restart().await;
    // Longer than it would have to do well: after a restart it is not stopped, but nothing has arrived.
    later(&server, 90 * SECOND).await;
    assert_eq!(subscriber.count(), 1, "once, also after a restart");

    receiver.usually(status(200));
    server.post(&format!("/webhooks/{}/test", hook.id), json!({})).await.expect(200);
    server.publish().await;
    let told = notices(&server, &subscriber, 2).await;
    assert_eq!(told[1].0, "lanehook.webhook.recovered");
    assert_eq!((&told[1].1["webhook"], &told[1].1["since"]), (&json!(hook.id), &told[0].1["since"]));
    later(&server, 60 * SECOND).await;
    assert_eq!(subscriber.count(), 2);
}

#[tokio::test]
async fn a_webhook_that_is_disabled_by_its_receiver_is_told_of_and_one_that_a_person_disables_is_not() {
    let (server, receiver, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.webhook.disabled"]})).await;
    receiver.usually(status(410));
    let hook = server.webhook(&receiver.url("/"), json!({"event_types": ["test.event"]})).await;
    let other = server.webhook(&receiver.url("/"), json!({"event_types": ["none.of.these"]})).await;
    server.change(&other.id, json!({"status": "disabled"})).await;
    server.publish().await;
    let told = notices(&server, &subscriber, 1).await;
    assert_eq!((&told[0].1["webhook"], &told[0].1["state"]), (&json!(hook.id), &json!("disabled")));
    assert!(told[0].1["reason"].as_str().unwrap().contains("410 Gone"), "{told:?}");
    later(&server, 20 * SECOND).await;
    assert_eq!(subscriber.count(), 1);
}

#[tokio::test]
async fn a_subscriber_of_notices_that_fails_makes_none_about_itself() {
    let (server, broken, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    let both = json!({"event_types": ["test.event", "lanehook.*"]});
    failing(&server, &server, &broken, both).await;
    later(&server, 30 * SECOND).await;
    assert_eq!(subscriber.count(), 0);
    assert_eq!(server.get("/events?type=lanehook.webhook.failing").await["data"], json!([]));
}

#[tokio::test]
async fn a_tenant_hears_of_its_own_webhooks_and_the_operator_of_all_in_one_summary() {
    let (server, receiver, operators) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&operators.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    for tenant in ["acme", "bolt"] {
        server.post("/tenants", json!({"id": tenant})).await.expect(201);
    }
    let (acme, bolt) = (server.of_tenant("acme"), server.of_tenant("bolt"));
    let of_acme = Receiver::start().await;
    acme.webhook(&of_acme.url("/"), json!({"event_types": ["lanehook.*"]})).await;
    for client in [&acme, &bolt] {
        let receiver = Receiver::start().await;
        failing(&server, client, &receiver, json!({"event_types": ["test.event"]})).await;
        // It is asked again and again as long as it is there.
        std::mem::forget(receiver);
    }
    drop(receiver);
    let told = notices(&server, &operators, 1).await;
    later(&server, 90 * SECOND).await;
    let all: Vec<Value> = notices(&server, &operators, 1).await.into_iter().map(|(_, data)| data).collect();
    let named: Vec<&Value> = all.iter().flat_map(|data| data["webhooks"].as_array().unwrap()).collect();
    assert_eq!(named.len(), 2, "{all:?}");
    assert!(all.len() <= 2 && told[0].0 == "lanehook.webhook.failing", "{all:?}");
    assert!(named.iter().any(|one| one["tenant"] == "acme") && named.iter().any(|one| one["tenant"] == "bolt"));
    let own: Vec<Value> = of_acme.all().iter().map(|request| request.json()["data"].clone()).collect();
    assert_eq!(own.len(), 1, "of its own alone: {own:?}");
    assert!(own[0]["tenant"].is_null() && own[0]["count"].is_null());
}

async fn set(client: &Client, settings: Value) {
    client.try_call(Method::PATCH, "/notice-settings", Some(&settings)).await.unwrap().expect(200);
}

/// The data of the notices of a type, oldest first.
async fn told(client: &Client, event_type: &str) -> Vec<Value> {
    let mut told: Vec<Value> = client.get(&format!("/events?type={event_type}&limit=250")).await["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["data"].clone())
        .collect();
    told.reverse();
    told
}

#[tokio::test]
async fn what_a_tenant_calls_failing_is_shown_and_told_as_failing() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    set(&server, json!({"failure_share": 50, "failing_after": "2m"})).await;
    let hook = server.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h"]}})).await;
    let healthy = Receiver::start().await;
    server.webhook(&healthy.url("/"), json!({})).await;
    // Five of ten, and never ten in a row, so that its breaker stays closed.
    receiver.usually(judged(|received| {
        status(if received.json()["data"]["n"].as_i64().unwrap() % 2 == 0 { 500 } else { 200 })
    }));
    let event = |number| json!({"type": "test.event", "data": {"n": number}});
    server.post("/events", json!({"events": (0..10).map(event).collect::<Vec<_>>()})).await.expect(202);
    receiver.received(10).await;
    later(&server, 10 * SECOND).await;
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["health"]["state"], "failing");
    assert_eq!(told(&server, "lanehook.webhook.failing").await, Vec::<Value>::new(), "it is so for too short a time");
    later(&server, 120 * SECOND).await;
    let all = told(&server, "lanehook.webhook.failing").await;
    assert_eq!((all.len(), &all[0]["webhook"]), (1, &json!(hook.id)), "{all:?}");
    assert!(all[0]["message"].as_str().unwrap().contains("5 of the 10 tries"), "{all:?}");

    let in_force = server.get("/notice-settings").await["in_force"].clone();
    let expected =
        json!({"failing_after": "2m", "failure_share": 50, "oldest_due": null, "quota_near": 80, "key_expires": "7d"});
    assert_eq!(in_force, expected);
    set(&server, json!({"failure_share": null})).await;
    later(&server, 10 * SECOND).await;
    assert_eq!(server.get(&format!("/webhooks/{}", hook.id)).await["health"]["state"], "degraded");
    for (wrong, part) in [(json!({"failure_share": 0}), "from 1 to 100"), (json!({"colour": 1}), "colour")] {
        let refused = server.try_call(Method::PATCH, "/notice-settings", Some(&wrong)).await.unwrap().expect(400);
        assert!(refused.raw.contains(part), "{}", refused.raw);
    }
}

#[tokio::test]
async fn a_webhook_that_flaps_makes_no_two_notices_a_minute() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = failing(&server, &server, &receiver, json!({"event_types": ["test.event"]})).await;
    let all = async || {
        let mut all = Vec::new();
        for what in ["failing", "recovered"] {
            let page = server.get(&format!("/events?type=lanehook.webhook.{what}&limit=250")).await;
            let times = page["data"].as_array().unwrap().iter();
            all.extend(times.map(|event| Timestamp::parse(event["timestamp"].as_str().unwrap()).unwrap()));
        }
        all.sort();
        all
    };
    // Every half minute it does well or fails; once each for long enough to be told.
    let rounds = [30, 30, 30, 65, 10, 30, 30, 70, 65, 5];
    for (round, seconds) in rounds.into_iter().enumerate() {
        let works = round % 2 == 1;
        receiver.usually(status(if works { 200 } else { 500 }));
        if works {
            server.post(&format!("/webhooks/{}/test", hook.id), json!({})).await.expect(200);
            server.publish().await;
        } else {
            let event = |number| json!({"type": "test.event", "data": {"n": number}});
            server.post("/events", json!({"events": (0..10).map(event).collect::<Vec<_>>()})).await.expect(202);
        }
        later(&server, Duration::from_secs(seconds)).await;
    }
    let times = all().await;
    assert!(times.len() >= 2, "{times:?}");
    let apart = times.windows(2).map(|pair| pair[1].since(pair[0])).min().unwrap();
    assert!(apart >= 60 * SECOND, "{times:?}");
}

#[tokio::test]
async fn deliveries_that_are_given_up_are_told_once_a_minute_by_webhook() {
    let (server, receiver, subscriber) = (TestServer::start().await, Receiver::start().await, Receiver::start().await);
    server.webhook(&subscriber.url("/"), json!({"event_types": ["lanehook.delivery.*"]})).await;
    receiver.usually(status(500));
    let settings = json!({"event_types": ["test.event"], "name": "Desk", "retry": {"schedule": ["1s"]}});
    let hook = server.webhook(&receiver.url("/hook"), settings).await;
    for _ in 0..3 {
        server.publish().await;
    }
    receiver.received(3).await;
    server.settle().await;
    server.advance(2 * SECOND);
    receiver.received(6).await;
    server.settle().await;
    let failed = server.deliveries("status=failed").await;
    assert_eq!(failed.len(), 3);
    let server = server.restart().await;
    let told = notices(&server, &subscriber, 1).await;
    let (event_type, data) = &told[0];
    assert_eq!((event_type.as_str(), &data["webhook"]), ("lanehook.delivery.failed", &json!(hook.id)));
    assert_eq!((&data["count"], &data["name"]), (&json!(3), &json!("Desk")));
    let mut ids: Vec<&Value> = data["deliveries"].as_array().unwrap().iter().collect();
    ids.sort_by_key(|id| id.as_str());
    let mut expected: Vec<&Value> = failed.iter().map(|delivery| &delivery["id"]).collect();
    expected.sort_by_key(|id| id.as_str());
    assert_eq!(ids, expected);
    later(&server, 70 * SECOND).await;
    assert_eq!(subscriber.count(), 1);
}

#[tokio::test]
async fn many_webhooks_that_give_up_make_few_notices_and_subscribers_none() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    receiver.usually(status(500));
    let broken = json!({"event_types": ["lanehook.*", "test.event"], "retry": {"schedule": ["1s"]}});
    server.webhook(&receiver.url("/subscriber"), broken).await;
    for _ in 0..25 {
        let settings = json!({"event_types": ["test.event"], "retry": {"schedule": ["1s"]}});
        server.webhook(&receiver.url("/hook"), settings).await;
    }
    server.publish().await;
    receiver.received(26).await;
    server.settle().await;
    server.advance(2 * SECOND);
    receiver.received(52).await;
    later(&server, 120 * SECOND).await;
    let all = told(&server, "lanehook.delivery.failed").await;
    assert_eq!(all.len(), 21, "twenty by name, and the others together: {all:?}");
    let others: Vec<&Value> = all.iter().filter(|one| one["webhook"].is_null()).collect();
    assert_eq!((others.len(), &others[0]["count"]), (1, &json!(5)), "{others:?}");
}

#[tokio::test]
async fn a_quota_is_told_of_once_when_it_is_near_and_once_when_it_is_reached() {
    let server = TestServer::start().await;
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let quotas = json!({"quotas": {"webhooks": 10}});
    server.try_call(Method::PATCH, "/tenants/acme", Some(&quotas)).await.unwrap().expect(200);
    let acme = server.of_tenant("acme");
    let mut hooks = Vec::new();
    let mut make = async |count| {
        for _ in 0..count {
            hooks.push(acme.webhook("https://receiver.example/", json!({})).await.id);
        }
        later(&server, 10 * SECOND).await;
        hooks.clone()
    };
    make(7).await;
    assert_eq!(told(&acme, "lanehook.quota.near").await.len(), 0);
    make(1).await;
    let near = told(&acme, "lanehook.quota.near").await;
    let expected = json!({
        "quota": "webhooks", "used": 8, "most": 10, "message": "the quota `webhooks` is nearly reached: 8 of 10",
    });
    assert_eq!(near, [expected]);
    let hooks = make(2).await;
    assert_eq!(told(&acme, "lanehook.quota.reached").await.len(), 1);
    let server = server.restart().await;
    let acme = server.of_tenant("acme");
    acme.delete(&format!("/webhooks/{}", hooks[0])).await;
    later(&server, 10 * SECOND).await;
    acme.webhook("https://receiver.example/", json!({})).await;
    later(&server, 10 * SECOND).await;
    assert_eq!(told(&acme, "lanehook.quota.reached").await.len(), 1, "one less is no new crossing");
    assert_eq!(told(&acme, "lanehook.quota.near").await.len(), 1);
    for hook in &hooks[1..8] {
        acme.delete(&format!("/webhooks/{hook}")).await;
    }
    later(&server, 10 * SECOND).await;
    for _ in 0..7 {
        acme.webhook("https://receiver.example/", json!({})).await;
    }
    later(&server, 10 * SECOND).await;
    assert_eq!(told(&acme, "lanehook.quota.reached").await.len(), 2, "and clearly less is one");
    assert_eq!(told(&server, "lanehook.quota.reached").await.len(), 0, "it is the tenant's own");
}

#[tokio::test]
async fn that_a_tenant_keeps_as_many_bytes_as_it_may_is_told_although_it_may_keep_no_more() {
    let server = TestServer::start().await;
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let quotas = json!({"quotas": {"event_bytes": 1 << 20}});
    server.try_call(Method::PATCH, "/tenants/acme", Some(&quotas)).await.unwrap().expect(200);
    let acme = server.of_tenant("acme");
    let event = |bytes: usize| json!({"type": "test.event", "data": "x".repeat(bytes)});
    for _ in 0..5 {
        acme.post("/events", event(200 << 10)).await.expect(202);
    }
    // As much as there is room for, but for less than a notice takes.
    acme.post("/events", event((24 << 10) - 5 * 260 - 270)).await.expect(202);
    acme.post("/events", event(300)).await.expect(429);
    later(&server, 20 * SECOND).await;
    assert_eq!(told(&acme, "lanehook.quota.near").await.len(), 1);
}

#[tokio::test]
async fn keys_are_told_of_when_they_are_made_revoked_nearly_expired_and_refused() {
    let server = TestServer::start().await;
    let until = "2026-02-14T12:00:00Z";
    let key = |name| json!({"name": name, "scopes": ["events:read"], "expires_at": until});
    let made = server.post("/api-keys", key("two weeks")).await.expect(201).json;
    let short = json!({"name": "a day", "scopes": ["events:read"], "expires_at": "2026-02-01T12:00:00Z"});
    let short = server.post("/api-keys", short).await.expect(201).json;
    later(&server, 70 * SECOND).await;
    let created = told(&server, "lanehook.key.created").await;
    let of: Vec<(&Value, &Value)> = created.iter().map(|one| (&one["key"], &one["name"])).collect();
    assert_eq!(of.len(), 2, "{created:?}");
    assert!(of.contains(&(&made["id"], &json!("two weeks"))), "{created:?}");
    assert!(created[0]["by"].as_str().unwrap().starts_with("key_"), "{created:?}");
    assert!(!created.iter().any(|one| one.to_string().contains(made["key"].as_str().unwrap())));

    assert_eq!(told(&server, "lanehook.key.expiring").await, Vec::<Value>::new());
    server.advance(7 * DAY);
    later(&server, 70 * SECOND).await;
    let expiring = told(&server, "lanehook.key.expiring").await;
    assert_eq!((expiring.len(), &expiring[0]["key"]), (1, &made["id"]), "one for a day is not: {expiring:?}");
    let server = server.restart().await;
    later(&server, 70 * SECOND).await;
    assert_eq!(told(&server, "lanehook.key.expiring").await.len(), 1);

    let own = server.with_key(short["key"].as_str().unwrap());
    for _ in 0..3 {
        own.try_call(Method::GET, "/events", None).await.unwrap().expect(401);
    }
    later(&server, 10 * SECOND).await;
    let expired = told(&server, "lanehook.key.expired").await;
    assert_eq!((expired.len(), &expired[0]["key"]), (1, &short["id"]), "{expired:?}");
    server.delete(&format!("/api-keys/{}", short["id"].as_str().unwrap())).await;
    later(&server, 70 * SECOND).await;
    let revoked = told(&server, "lanehook.key.revoked").await;
    assert_eq!((revoked.len(), &revoked[0]["name"]), (1, &json!("a day")));
}

#[tokio::test]
async fn operators_hear_of_a_disk_that_is_nearly_full_and_of_its_end_though_nothing_else_is_taken() {
    let server = TestServer::start().await;
    let trouble = async |server: &TestServer| told(server, "lanehook.system.trouble").await;
    jobs_later(&server, 10 * SECOND).await;
    assert_eq!(trouble(&server).await, Vec::<Value>::new());
    let server = server.restart_with(|config| config.min_free_disk = 1 << 50).await;
    jobs_later(&server, 20 * SECOND).await;
    server.post("/events", json!({"type": "test.event", "data": 1})).await.expect(507);
    let all = trouble(&server).await;
    assert_eq!((all.len(), &all[0]["kind"]), (1, &json!("disk")), "{all:?}");
    assert!(all[0]["reason"].as_str().unwrap().contains("nearly full"), "{all:?}");
    let server = server.restart_with(|config| config.min_free_disk = 0).await;
    jobs_later(&server, 30 * SECOND).await;
    assert_eq!(told(&server, "lanehook.system.recovered").await.len(), 0, "it is not over for sure");
    jobs_later(&server, 60 * SECOND).await;
    let over = told(&server, "lanehook.system.recovered").await;
    assert_eq!((over.len(), &over[0]["kind"], &over[0]["since"]), (1, &json!("disk"), &all[0]["since"]));
    assert_eq!(trouble(&server).await.len(), 1);
}

#[tokio::test]
async fn nobody_keeps_a_notice_from_being_told_by_taking_its_id() {
    let server = TestServer::start().await;
    let made = server.post("/api-keys", json!({"name": "new", "scopes": ["events:read"]})).await.expect(201).json;
    let minute = Grain::Minute.bucket(NOON).0;
    let id = format!("key-created-{}-{minute}-1", made["id"].as_str().unwrap());
    server.post("/events", json!({"id": id, "type": "test.event", "data": 1})).await.expect(202);
    later(&server, 70 * SECOND).await;
    let created = told(&server, "lanehook.key.created").await;
    assert_eq!(created.iter().filter(|one| one["name"] == "new").count(), 1, "{created:?}");
    // Nor has it an id that receivers know from the other.
    assert_eq!(server.get(&format!("/events/{id}")).await["type"], "test.event");
}

#[tokio::test]
async fn a_notice_goes_to_the_first_hundred_webhooks_that_ask_for_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for _ in 0..MOST_HEARERS + 5 {
        server.webhook(&receiver.url("/"), json!({"event_types": ["lanehook.key.created"]})).await;
    }
    server.post("/api-keys", json!({"name": "new", "scopes": ["events:read"]})).await.expect(201);
    later(&server, 70 * SECOND).await;
    let told = server.get("/events?type=lanehook.key.created").await;
    assert_eq!(told["data"][0]["deliveries"], MOST_HEARERS);
}

/// As many as fail at once where a whole network is gone.
const MANY: usize = 10_000;

#[tokio::test]
async fn ten_thousand_webhooks_that_fail_at_once_make_one_notice_each_and_the_operator_few() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(NOON);
    let key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.path().join("test.db"), &key, clock.clone()).unwrap());
    let tenant = store.create_tenant(TenantId::parse("acme").unwrap(), "acme".into(), TESTER).await.unwrap().key;
    let numbers: Vec<usize> = (0..MANY).collect();
    for some in numbers.chunks(500) {
        let made = some.iter().map(|number| store.create_webhook(webhook_of(tenant, &format!("w{number}")), TESTER));
        for made in futures_util::future::join_all(made).await {
            made.unwrap();
        }
    }
    let (board, work) = (Board::default(), Work::on(1).unwrap());
    let trouble = Trouble { since: NOON, cause: Cause::StandsStill };
    let all = store.webhooks().all();
    let stand = |health: fn(Trouble) -> Health| all.iter().map(|webhook| (webhook.key, health(trouble))).collect();
    board.replace(stand(Health::Failing));
    let access = Access::new(store.clone(), AccessLimits::default());
    let publisher = Publisher::new(store.clone(), clock.clone(), access.clone(), work, 1 << 20);
    let recipients = Recipients::new(access.clone(), Vec::new());
    let mut notifier = Notifier::new(store.clone(), publisher, access, board.clone(), recipients);
    let mut most = 0;
    let mut run = async |runs: usize| {
        let mut told = 0;
        for _ in 0..runs {
            clock.advance(5 * SECOND);
            let count = notifier.run(Vec::new(), clock.now()).await.unwrap();
            most = most.max(count);
            told += count;
        }
        (told, most)
    };
    // A run opens some of them, and tells of them.
    assert_eq!(run(MANY / 500 + 1).await, (MANY, 500), "one each, and so many in a run");
    let counted = async |tenant, types: &str| {
        let event_types = vec![EventType::parse(types).unwrap()];
        store.count_events(tenant, EventQuery { event_types, ..EventQuery::default() }).await.unwrap().count
    };
    // Of events so many are looked at, and no more.
    assert_eq!(counted(tenant, "lanehook.webhook.failing").await, MANY as u64);
    board.replace(BTreeMap::new());
    assert_eq!(run(MANY / 500 + 13).await.0, MANY, "and one each when they have recovered");
    let summaries = counted(DEFAULT, "lanehook.webhook.failing").await;
    assert!((1..=4).contains(&summaries), "one a minute: {summaries}");
}

//! kill -9, with a real process: nothing acknowledged is lost, and nothing is reported that did not happen.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use tokio::{io::AsyncReadExt as _, sync::watch};

use crate::{
    client::{Client, text},
    process::{Process, lanehook},
    receiver::{Receiver, Reply, status},
};

const KILLS: usize = 8;
const PUBLISHERS: usize = 6;
/// Another one, another set of moments. Not the time of day: a failure should come again.
const SEED: u64 = 20_260_131;

/// Publishes from several connections at once, to whichever process is there.
struct Load {
    server: watch::Sender<Option<Client>>,
    acknowledged: Arc<Mutex<HashSet<String>>>,
    count: Arc<watch::Sender<usize>>,
    stop: Arc<AtomicBool>,
    publishers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start() -> Load {
        let (server, _) = watch::channel(None::<Client>);
        let mut load = Load {
            server,
            acknowledged: Arc::default(),
            count: Arc::default(),
            stop: Arc::default(),
            publishers: Vec::new(),
        };
        let number = Arc::new(AtomicUsize::new(0));
        for _ in 0..PUBLISHERS {
            let (mut server, number) = (load.server.subscribe(), number.clone());
            let (acknowledged, count, stop) = (load.acknowledged.clone(), load.count.clone(), load.stop.clone());
            load.publishers.push(tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let client = server.wait_for(Option::is_some).await.unwrap().clone().unwrap();
                    let id = format!("e{}", number.fetch_add(1, Ordering::SeqCst));
                    let event = json!({"id": id, "type": "test.event", "data": {"text": "x".repeat(300)}});
                    match client.try_call(Method::POST, "/events", Some(&event)).await {
                        Ok(answer) => {
                            answer.expect(202);
                            acknowledged.lock().unwrap().insert(id);
                            count.send_modify(|count| *count += 1);
                        }
                        // It was killed. Whether this event was kept is open; wait for the next process.
                        Err(_) => {
                            let gone = |now: &Option<Client>| now.as_ref().is_none_or(|now| now.base != client.base);
                            let _ = server.wait_for(|now| gone(now) || stop.load(Ordering::SeqCst)).await;
                        }
                    }
                }
            }));
        }
        load
    }

    async fn acknowledged(&self, more: usize) {
        let mut count = self.count.subscribe();
        let target = *count.borrow() + more;
        let reached = count.wait_for(|count| *count >= target);
        tokio::time::timeout(crate::client::GUARD, reached).await.expect("events are acknowledged").unwrap();
    }

    async fn stop(self) -> HashSet<String> {
        self.stop.store(true, Ordering::SeqCst);
        self.server.send_modify(|_| {});
        for publisher in self.publishers {
            publisher.await.unwrap();
        }
        std::mem::take(&mut self.acknowledged.lock().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_under_load_it_loses_nothing_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut process = Process::serve(data.path()).await;
    process.client.webhook(&receiver.url("/"), json!({"max_concurrency": 64})).await;
    let load = Load::start();
    load.server.send_replace(Some(process.client.clone()));
    for _ in 0..KILLS {
        load.acknowledged(rng.random_range(1..400)).await;
        for _ in 0..rng.random_range(0..200) {
            tokio::task::yield_now().await;
        }
        process.kill().await;
        load.server.send_replace(None);
        receiver.next_epoch().await;
        process = Process::serve(data.path()).await;
        load.server.send_replace(Some(process.client.clone()));
    }
    load.acknowledged(100).await;
    let acknowledged = load.stop().await;
    process.client.idle().await;

    let received = receiver.all();
    let ids: HashSet<&str> = received.iter().map(|request| request.id()).collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "answered 202 and never received: {lost:?}");
    for delivery in process.client.deliveries("status=delivered").await {
        let event = text(&delivery["event"]);
        assert!(ids.contains(event.as_str()), "{event} is called delivered and was never received");
    }
    let mut epochs: HashMap<&str, Vec<usize>> = HashMap::new();
    for request in &received {
        epochs.entry(request.id()).or_default().push(request.epoch);
    }
    for (id, epochs) in &epochs {
        let one_each = epochs.windows(2).all(|two| two[0] < two[1]);
        assert!(one_each, "{id} came twice from one process: {epochs:?}");
    }
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn killed_while_it_starts_it_starts_again() {
    let data = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(SEED);
    for _ in 0..10 {
        let mut starting = lanehook(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
        let mut child = starting.spawn().unwrap();
        // How far it comes until then is a matter of chance; reading its log byte by byte spreads the moments.
        let mut byte = [0];
        for _ in 0..rng.random_range(0..80) {
            let stderr = child.stderr.as_mut().unwrap();
            if stderr.read(&mut byte).await.unwrap() == 0 {
                break;
            }
        }
        child.kill().await.unwrap();
    }
    let process = Process::serve(data.path()).await;
    let receiver = Receiver::start().await;
    process.client.webhook(&receiver.url("/"), json!({})).await;
    process.client.publish().await;
    receiver.received(1).await;
}

#[tokio::test]
async fn deliveries_that_were_failing_survive_with_their_attempts() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::that(status(404)).await;
    let process = Process::serve(data.path()).await;
    process.client.webhook(&receiver.url("/"), json!({"retry": {"schedule": ["1h", "1h"]}})).await;
    process.client.publish_many(20).await;
    let mut before = Vec::new();
    for number in 1..=20 {
        before.push(process.client.delivery_after(&format!("e{number}"), 1).await);
    }
    process.kill().await;

    let process = Process::serve(data.path()).await;
    for (number, before) in before.iter().enumerate() {
        let event = format!("e{}", number + 1);
        let mut now = process.client.delivery(&event).await;
        // What it waits for the lanes say, if they are asked at a moment at which they have the time.
        now["waits_for"] = before["waits_for"].clone();
        assert_eq!(&now, before, "as it was");
    }
    receiver.usually(status(200));
    for before in &before {
        let path = format!("/deliveries/{}/retry", text(&before["id"]));
        process.client.post(&path, json!({})).await.expect(202);
    }
    for (number, before) in before.iter().enumerate() {
        let delivered = process.client.delivery_in(&format!("e{}", number + 1), "delivered").await;
        assert_eq!(delivered["attempt_count"], 2);
        assert_eq!(delivered["attempts"][0], before["attempts"][0]);
    }
    assert_eq!(receiver.count(), 40);
}

#[tokio::test]
async fn what_was_under_way_is_sent_again_under_the_same_id() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::that(Reply::Hold).await;
    let process = Process::serve(data.path()).await;
    process.client.webhook(&receiver.url("/"), json!({})).await;
    process.client.publish_many(5).await;
    receiver.holding(5).await;
    process.kill().await;
    receiver.next_epoch().await;
    receiver.usually(status(200));
    let process = Process::serve(data.path()).await;
    process.client.idle().await;
    let mut ids = receiver.ids();
    ids.sort();
    assert_eq!(ids, ["e1", "e1", "e2", "e2", "e3", "e3", "e4", "e4", "e5", "e5"]);
}

#[tokio::test]
async fn settings_keys_and_secrets_survive() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let process = Process::serve(data.path()).await;
    let settings = json!({"auth": {"type": "bearer", "token": "t-1"}, "ordering": "key", "metadata": {"user": "7"}});
    let hook = process.client.webhook(&receiver.url("/"), settings).await;
    let before = process.client.get(&format!("/webhooks/{}", hook.id)).await;
    process.kill().await;
    let process = Process::serve(data.path()).await;
    assert_eq!(process.client.get(&format!("/webhooks/{}", hook.id)).await, before);
    assert_eq!(process.client.get(&format!("/webhooks/{}/secret", hook.id)).await["secret"], hook.secret);
    process.client.publish().await;
    assert_eq!(receiver.received(1).await[0].header("authorization"), "Bearer t-1");
}

#[tokio::test]
async fn it_stops_within_its_grace_time_while_a_receiver_hangs_and_sends_again_later() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::that(Reply::Hold).await;
    let process = Process::serve(data.path()).await;
    process.client.webhook(&receiver.url("/"), json!({"timeout": "60s"})).await;
    process.client.publish_many(3).await;
    receiver.holding(3).await;
    assert_eq!(process.terminate().await.code(), Some(0));
    receiver.usually(status(200));
    let process = Process::serve(data.path()).await;
    process.client.idle().await;
    assert_eq!(receiver.count(), 6);
}

#[tokio::test]
async fn stopping_lets_a_request_under_way_finish_and_records_it() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::that(Reply::Hold).await;
    let args = ["--dev", "--grace", "1h"];
    let env = [("LANEHOOK_OPERATOR_KEY", crate::server::OPERATOR)];
    let process = Process::serve_with(data.path(), &args, &env).await;
    process.client.webhook(&receiver.url("/"), json!({"timeout": "60s"})).await;
    let event = process.client.publish().await;
    receiver.holding(1).await;
    let stderr = process.stderr.clone();
    let ended = tokio::spawn(process.terminate());
    stderr.containing("stopping").await;
    receiver.answer_held(status(200)).await;
    assert_eq!(ended.await.unwrap().code(), Some(0));
    let process = Process::serve(data.path()).await;
    assert_eq!(process.client.delivery(&event).await["status"], "delivered");
    assert_eq!(receiver.count(), 1);
}

/// Webhooks that keep order, and events of one request: 8,000 deliveries, of which 6,000 unfold after its answer.
const ORDERED: usize = 20;
const FAN_OUT: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_large_fan_out_unfolds_it_loses_nothing_doubles_nothing_and_keeps_order() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut process = Process::serve(data.path()).await;
    let mut webhooks = Vec::new();
    for number in 0..ORDERED {
        // Paused, so that what there is can be looked at.
        let settings = json!({"ordering": if number % 2 == 0 { "strict" } else { "key" }, "status": "paused"});
        webhooks.push(process.client.webhook(&receiver.url(&format!("/{number}")), settings).await.id);
    }
    let event =
        |number: usize| json!({"id": format!("e{number}"), "type": "test.event", "data": number, "ordering_key": "k"});
    let (large, late): (Vec<_>, _) = ((0..FAN_OUT).map(event).collect(), event(FAN_OUT));
    process.client.post("/events", json!({"events": large.clone()})).await.expect(202);
    process.client.post("/events", late.clone()).await.expect(202);
    for kill in 0..KILLS {
        // Somewhere in the middle: the first time at once, before much of it can be unfolded.
        for _ in 0..rng.random_range(0..3).min(kill) {
            process.client.get("/events/e399").await;
        }
        process.kill().await;
        process = Process::serve(data.path()).await;
        let again = process.client.post("/events", late.clone()).await.expect(202).json;
        assert_eq!((&again["duplicate"], &again["deliveries"]), (&json!(true), &json!(ORDERED)));
    }
    let again = process.client.post("/events", json!({"events": large})).await.expect(202).json;
    assert!(again["events"].as_array().unwrap().iter().all(|one| one["duplicate"] == true));
    crate::client::eventually("all of it to be unfolded", async || {
        let last = process.client.get(&format!("/events/e{FAN_OUT}")).await;
        if last["deliveries_to_come"] == 0 { Ok(()) } else { Err(last.to_string()) }
    })
    .await;
    for number in [0, FAN_OUT / 2, FAN_OUT] {
        let deliveries = process.client.get(&format!("/events/e{number}/deliveries?limit=250")).await;
        assert_eq!(deliveries["data"].as_array().unwrap().len(), ORDERED, "of e{number}");
    }
    for webhook in &webhooks {
        process.client.change(webhook, json!({"status": "active"})).await;
    }
    process.client.idle().await;
    let mut received: HashMap<String, Vec<String>> = HashMap::new();
    for request in receiver.all() {
        received.entry(request.path.clone()).or_default().push(request.id().to_owned());
    }
    let expected: Vec<String> = (0..=FAN_OUT).map(|number| format!("e{number}")).collect();
    assert_eq!(received.len(), ORDERED);
    for (path, ids) in received {
        assert!(ids == expected, "{path}: {ids:?}");
    }
}

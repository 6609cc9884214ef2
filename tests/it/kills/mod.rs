//! kill -9 at random moments, again and again, with every kind of webhook in one folder: what keeps order and what does not, with
//! batches, templates and scripts, with receivers that fail now and then or always. `KILLS=1000` kills more often.

mod checker;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use self::checker::{Event, Expected, Reception, Shown, broken};
use crate::{
    client::{Client, text},
    process::Process,
    receiver::{Receiver, Reply, judged, status},
};

const KILLS: usize = 60;
const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// Another one, another set of moments. Not the time of day: a failure should come again.
const SEED: u64 = 20_261_129;

/// Each webhook, and with which settings it is made.
fn webhooks() -> Vec<(Expected, Value)> {
    let expected = |name, ordered| Expected { name, ordered, key: None, takes: true };
    let (batch, retry) = (json!({"max_events": 20, "max_wait": "0s"}), json!({"schedule": vec!["1s"; 49]}));
    let template = r#"{"key": "{{ data.key }}", "number": {{ data.number }}}"#;
    let code = "function transform(event) { return { key: event.data.key, number: event.data.number }; }";
    let of_batch = "function transform(batch) { return batch.events.map(event => event.data); }";
    let written = json!({"max_events": 20, "max_wait": "0s", "script": of_batch});
    vec![
        (expected("plain", false), json!({})),
        (
            Expected { key: Some("a"), ..expected("strict", true) },
            json!({"ordering": "strict", "retry": retry, "filter": {"data": {"key": "a"}}}),
        ),
        (expected("key", true), json!({"ordering": "key", "retry": retry})),
        (expected("batches", false), json!({"batch": batch, "retry": retry})),
        (expected("ordered-batches", true), json!({"batch": batch, "ordering": "key", "retry": retry})),
        (expected("template", false), json!({"payload": {"type": "template", "template": template}})),
        (expected("script", true), json!({"payload": {"type": "javascript", "code": code}, "ordering": "key"})),
        (
            expected("written-batches", true),
            json!({"batch": written, "payload": null, "ordering": "key", "retry": retry}),
        ),
        (Expected { takes: false, ..expected("deaf", false) }, json!({"retry": {"preset": "none"}})),
    ]
}

/// Of some webhooks' requests one in sixteen is refused, the first time it comes; of the deaf one's all are. What comes is written
/// down before it is answered.
fn receives(log: Arc<Mutex<Vec<Reception>>>) -> Reply {
    let (names, refused): (Vec<&str>, _) =
        (webhooks().iter().map(|(webhook, _)| webhook.name).collect(), Mutex::new(HashSet::new()));
    judged(move |request| {
        let webhook = *names.iter().find(|name| request.path[1..] == ***name).expect("a webhook's path");
        let body = request.json();
        let events = body.as_array().cloned().unwrap_or_else(|| vec![body]);
        let event = |one: &Value| (text(&one["key"]), one["number"].as_u64().expect("a number") as u32);
        let events: Vec<Event> = events.iter().map(event).collect();
        let is_flaky = matches!(webhook, "strict" | "key" | "batches" | "ordered-batches" | "written-batches");
        let (key, number) = &events[0];
        let is_bad = is_flaky && (number + key.len() as u32 * 5) % 16 == 3;
        let refuses = webhook == "deaf" || is_bad && refused.lock().unwrap().insert((webhook, events[0].clone()));
        log.lock().unwrap().push(Reception { webhook, events, accepted: !refuses });
        // 422 says nothing of whether the receiver works: no breaker opens.
        status(if refuses { 422 } else { 200 })
    })
}

/// Publishes to whichever process is there, the events of each key one after another, each until it is acknowledged.
struct Load {
    server: watch::Sender<Option<Client>>,
    acknowledged: watch::Sender<Vec<Event>>,
    stop: Arc<AtomicBool>,
    publishers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start() -> Load {
        let (server, _) = watch::channel(None);
        let (acknowledged, stop) = (watch::Sender::default(), Arc::<AtomicBool>::default());
        let publish = |key| tokio::spawn(publish(key, server.subscribe(), acknowledged.clone(), stop.clone()));
        let publishers = KEYS.into_iter().map(publish).collect();
        Load { server, acknowledged, stop, publishers }
    }

    /// Returns when so many more were acknowledged.
    async fn goes_on(&self, more: usize) {
        let mut acknowledged = self.acknowledged.subscribe();
        let most = acknowledged.borrow().len() + more;
        let reached = acknowledged.wait_for(|all| all.len() >= most);
        tokio::time::timeout(crate::client::GUARD, reached).await.expect("events are acknowledged").unwrap();
    }

    async fn stop(self) -> Vec<Event> {
        self.stop.store(true, Ordering::SeqCst);
        for publisher in self.publishers {
            publisher.await.unwrap();
        }
        self.acknowledged.send_replace(Vec::new())
    }
}

async fn publish(
    key: &'static str,
    mut server: watch::Receiver<Option<Client>>,
    acknowledged: watch::Sender<Vec<Event>>,
    stop: Arc<AtomicBool>,
) {
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let event = json!({"id": format!("{key}-{number}"), "type": "test.event", "ordering_key": key, "data": {"key": key, "number": number}});
        // Killed before it answers, it may have kept the event or not. It is told again, under its id.
        loop {
            let client = server.wait_for(Option::is_some).await.unwrap().clone().unwrap();
            match client.try_call(Method::POST, "/events", Some(&event)).await {
                Ok(answer) => break drop(answer.expect(202)),
                Err(_) => {
                    let gone = |now: &Option<Client>| now.as_ref().is_none_or(|now| now.base != client.base);
                    server.wait_for(gone).await.unwrap();
                }
            }
        }
        acknowledged.send_modify(|all| all.push((key.to_owned(), number)));
    }
}

/// What the API says of these webhooks' deliveries.
async fn shown(client: &Client, ids: &[(String, &'static str)]) -> Shown {
    let of = async |state: &str| {
        let mut all = Vec::new();
        for delivery in client.deliveries(&format!("status={state}")).await {
            let webhook = text(&delivery["webhook"]);
            let (_, name) = ids.iter().find(|(id, _)| *id == webhook).expect("a webhook");
            let event = text(&delivery["event"]);
            let (key, number) = event.split_once('-').expect("an id of a key and a number");
            all.push((*name, (key.to_owned(), number.parse().unwrap())));
        }
        all
    };
    Shown { delivered: of("delivered").await, failed: of("failed").await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_with_any_kind_of_webhook_it_loses_nothing_and_keeps_order() {
    let kills = std::env::var("KILLS").map_or(KILLS, |text| text.parse().expect("KILLS is a number"));
    let data = tempfile::tempdir().unwrap();
    let log = Arc::<Mutex<Vec<Reception>>>::default();
    let receiver = Receiver::that(receives(log.clone())).await;
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut process = Process::serve(data.path()).await;
    let mut ids = Vec::new();
    for (webhook, mut settings) in webhooks() {
        settings.as_object_mut().unwrap().entry("payload").or_insert(json!({"type": "data"}));
        let made = process.client.webhook(&receiver.url(&format!("/{}", webhook.name)), settings).await;
        ids.push((made.id, webhook.name));
    }
    let load = Load::start();
    load.server.send_replace(Some(process.client.clone()));
    for _ in 0..kills {
        load.goes_on(rng.random_range(0..40)).await;
        for _ in 0..rng.random_range(0..200) {
            tokio::task::yield_now().await;
        }
        process.kill().await;
        load.server.send_replace(None);
        process = Process::serve(data.path()).await;
        load.server.send_replace(Some(process.client.clone()));
    }
    load.goes_on(50).await;
    let acknowledged = load.stop().await;
    // Where order is strict, much can have been left.
    process.client.idle_in_the_end(|| log.lock().unwrap().len()).await;

    let shown = shown(&process.client, &ids).await;
    let received = std::mem::take(&mut *log.lock().unwrap());
    let webhooks: Vec<Expected> = webhooks().into_iter().map(|(webhook, _)| webhook).collect();
    let broken = broken(&webhooks, &acknowledged, &received, &shown);
    assert_eq!(broken, [], "of {} requests for {} events", received.len(), acknowledged.len());
    // Else it would not tell much.
    let refused = received.iter().filter(|reception| !reception.accepted && reception.webhook != "deaf").count();
    let together = received.iter().filter(|reception| reception.events.len() > 1).count();
    assert!(refused > kills / 10 && together > kills / 10, "{refused} requests were refused, {together} were batches");
    assert!(process.terminate().await.success());
}

//! How long others wait while one event goes to 200,000 webhooks: `cargo bench --bench fan_out`.
//!
//! A neighbour publishes one event after another to a webhook of its own, until the last delivery of the large event is
//! there. Times hang on the disk, too; what is printed first is the neighbour alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use lanehook::{
    clock::Clock,
    model::{DeliveryId, EventType, NewEvent, Serial, TenantKey, WebhookKey},
    store::{Append, Store, seal::MasterKey, sqlite::SqliteStore},
};

const FAN_OUT: i64 = 200_000;
const ALONE: usize = 300;
const TENANT: TenantKey = TenantKey(1);
const NEIGHBOUR: TenantKey = TenantKey(2);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).expect("a master key");
    let store = SqliteStore::open(&folder.path().join("lanehook.db"), &master_key, Clock::system()).expect("a store");
    let store: Arc<dyn Store> = Arc::new(store);
    // A webhook every two seconds.
    let webhooks: Vec<WebhookKey> =
        (1..=FAN_OUT).map(|number| WebhookKey(Serial::nth((1 << 60) + ((number * 2000) << 21)))).collect();
    let last = webhooks[webhooks.len() - 1];

    let mut alone = Vec::new();
    for _ in 0..ALONE {
        alone.push(publish_one(&*store).await);
    }
    report("alone", &mut alone);

    let began = Instant::now();
    let large = tokio::spawn({
        let store = store.clone();
        async move {
            store.append(Append { tenant: TENANT, events: vec![(event(), webhooks)] }).await.expect("it is kept");
            began.elapsed()
        }
    });
    let mut beside = Vec::new();
    while store.pending(last, DeliveryId(Serial::FIRST), None, 1).await.expect("a list").deliveries.is_empty() {
        beside.push(publish_one(&*store).await);
    }
    let all = began.elapsed();
    report("beside the fan-out", &mut beside);
    let answered = large.await.expect("it is answered");
    println!("the fan-out: answered after {answered:.1?}, all of its deliveries there after {all:.1?}");
    store.close().await;
}

fn event() -> NewEvent {
    NewEvent::new(EventType::parse("price.alert").expect("a type"), Bytes::from_static(br#"{"price":187.5}"#))
}

async fn publish_one(store: &dyn Store) -> Duration {
    let began = Instant::now();
    let events = vec![(event(), vec![WebhookKey(Serial::nth(7))])];
    store.append(Append { tenant: NEIGHBOUR, events }).await.expect("it is kept");
    began.elapsed()
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "a neighbour's publish {what}: p50 {:.1?}, p99 {:.1?}, worst {:.1?} of {}",
        at(0.5),
        at(0.99),
        at(1.0),
        times.len()
    );
}

//! What webhooks take in memory, and how long a start with them takes. Each case in a process of its own:
//! `cargo test --release --lib -- --ignored --nocapture memory::watch_lists`

use std::{path::Path, sync::Arc, time::Instant};

use serde_json::json;

use crate::{
    clock::Clock,
    model::{Actor, Amounts, QuotaKind, TargetUrl, TenantId, Timestamp},
    publish::route::{Router, known::Known},
    store::{Directory, Lifecycle, NewWebhook, Webhooks, seal::MasterKey, sqlite::SqliteStore},
    webhook::{Assets, Payload, Secrets, TemplateFormat, WebhookSettings},
    work::Work,
};

const BY: &Actor = &Actor::system("test");

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn open(folder: &Path) -> SqliteStore {
    let clock = Clock::manual(Timestamp::from_millis(0));
    let master_key = MasterKey::load_or_create(&folder.join("master.key")).unwrap();
    SqliteStore::open(&folder.join("test.db"), &master_key, clock).unwrap().with_quotas(Amounts::UNLIMITED)
}

async fn measure(what: &str, count: usize, settings_of: impl Fn(usize) -> WebhookSettings) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let tenant = store.create_tenant(TenantId::parse("t").unwrap(), "t".into(), BY).await.unwrap().key;
    for number in 0..count {
        let (settings, secrets) = (settings_of(number), Secrets::default());
        store.create_webhook(NewWebhook { tenant, id: None, settings, secrets, disabled: None }, BY).await.unwrap();
    }
    let counted = store.usage(tenant).used.of(QuotaKind::WebhookBytes) as usize;
    store.close().await;
    drop(store);
    let (before, began) = (resident(), Instant::now());
    let store = Arc::new(open(folder.path()));
    let (opened, opening) = (resident(), began.elapsed());
    let clock = Clock::manual(Timestamp::from_millis(0));
    let router = Router { known: Arc::new(Known::new(store.clone(), clock)), work: Work::on(1).unwrap() };
    let began = Instant::now();
    assert_eq!(router.enter_all().await, 1);
    let (entered, entering) = (resident(), began.elapsed());
    println!(
        "{what}: {count} webhooks; opened in {opening:.1?} with {} MB more than before, entered in {entering:.1?} with {} MB more \
         (or what the last store has left); counted as {} MB",
        opened.saturating_sub(before) >> 20,
        entered.saturating_sub(before) >> 20,
        counted >> 20,
    );
    println!("resident: {} MB in all", entered >> 20);
}

fn settings() -> WebhookSettings {
    WebhookSettings::new(TargetUrl::parse("https://receiver.example/").unwrap())
}

fn of_list(values: Vec<String>) -> WebhookSettings {
    let filter = serde_json::from_value(json!({"data": {"symbol": {"$in": values}}})).unwrap();
    WebhookSettings { filter: Some(filter), ..settings() }
}

/// 500 of 5,000.
fn symbols(number: usize) -> Vec<String> {
    (0..500).map(|place| format!("S{:05}", (number * 37 + place * 7) % 5_000)).collect()
}

#[tokio::test]
#[ignore = "measures"]
async fn watch_lists() {
    measure("watch-lists of 500 symbols", 10_000, |number| of_list(symbols(number))).await;
}

#[tokio::test]
#[ignore = "measures"]
async fn assets() {
    let assets = |number| Assets::new(symbols(number), Vec::new()).unwrap();
    measure("assets of 500 symbols", 2_000, |number| WebhookSettings { assets: Some(assets(number)), ..settings() })
        .await;
}

#[tokio::test]
#[ignore = "measures"]
async fn lists_that_share_nothing() {
    let values = |number: usize| (0..1_000).map(|place| format!("{:06x}", number * 1_000 + place)).collect();
    measure("lists of 1,000 values that no other has", 5_000, |number| of_list(values(number))).await;
}

#[tokio::test]
#[ignore = "measures"]
async fn templates() {
    let payload =
        || Payload::Template { template: "x".repeat(2_000), format: TemplateFormat::Json, content_type: None };
    measure("templates of 2 KB", 100_000, |_| WebhookSettings { payload: Some(payload()), ..settings() }).await;
}

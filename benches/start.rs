//! How long a start with many webhooks takes, and their memory: `cargo bench --bench start watch_lists`. Each case in a process of
//! its own, since memory that was freed is not given back at once; without a name they are listed.

use std::{path::Path, sync::Arc, time::Instant};

use lanehook::{
    clock::Clock,
    model::{Actor, Amounts, QuotaKind, TargetUrl, TenantId, Timestamp},
    publish::route::Router,
    store::{Directory, Lifecycle, NewWebhook, Webhooks, seal::MasterKey, sqlite::SqliteStore},
    webhook::{Assets, Payload, Secrets, TemplateFormat, WebhookSettings},
    work::Work,
};
use serde_json::json;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BY: &Actor = &Actor::system("benchmark");

/// What is ordered, how often, and each one's settings.
struct Case {
    name: &'static str,
    count: usize,
    settings: fn(usize) -> WebhookSettings,
}

const CASES: [Case; 4] = [
    Case { name: "watch_lists", count: 10_000, settings: |number| of_list(symbols(number)) },
    Case { name: "assets", count: 2_000, settings: of_assets },
    Case { name: "lists_that_share_nothing", count: 5_000, settings: |number| of_list(own_values(number)) },
    Case { name: "templates", count: 100_000, settings: of_template },
];

#[tokio::main]
async fn main() {
    // Cargo adds an option of its own.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    match CASES.iter().find(|case| wanted.as_deref() == Some(case.name)) {
        Some(case) => measure(case).await,
        None => CASES.iter().for_each(|case| println!("cargo bench --bench start {}", case.name)),
    }
}

async fn measure(case: &Case) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = open(folder.path());
    let tenant = store.create_tenant(TenantId::parse("t").expect("an id"), "t".into(), BY).await.expect("a tenant").key;
    for number in 0..case.count {
        let (settings, secrets) = ((case.settings)(number), Secrets::default());
        let new = NewWebhook { tenant, id: None, settings, secrets, disabled: None };
        store.create_webhook(new, BY).await.expect("a webhook");
    }
    let counted = store.usage(tenant).used.of(QuotaKind::WebhookBytes) as usize;
    store.close().await;
    drop(store);

    let (before, began) = (resident(), Instant::now());
    let store = Arc::new(open(folder.path()));
    let (opened, opening) = (resident(), began.elapsed());
    let clock = Clock::manual(Timestamp::from_millis(0));
    let router = Router::new(store.clone(), clock, Work::on(1).expect("a thread"));
    let began = Instant::now();
    router.enter_all().await;
    let (entered, entering) = (resident(), began.elapsed());
    println!(
        "{}: {} webhooks; opened in {opening:.1?} with {} MB more than before, entered in {entering:.1?} with {} MB more \
         (or what the last store has left); counted as {} MB, resident {} MB in all",
        case.name,
        case.count,
        opened.saturating_sub(before) >> 20,
        entered.saturating_sub(before) >> 20,
        counted >> 20,
        entered >> 20,
    );
}

fn open(folder: &Path) -> SqliteStore {
    let clock = Clock::manual(Timestamp::from_millis(0));
    let master_key = MasterKey::load_or_create(&folder.join("master.key")).expect("a master key");
    let store = SqliteStore::open(&folder.join("lanehook.db"), &master_key, clock).expect("a store");
    store.with_quotas(Amounts::UNLIMITED)
}

/// Bytes of memory that this process holds.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("pages") * 4096
}

fn settings() -> WebhookSettings {
    WebhookSettings::new(TargetUrl::parse("https://receiver.example/").expect("a URL"))
}

fn of_list(values: Vec<String>) -> WebhookSettings {
    let filter = serde_json::from_value(json!({"data": {"symbol": {"$in": values}}})).expect("a filter");
    WebhookSettings { filter: Some(filter), ..settings() }
}

/// 500 of 5,000.
fn symbols(number: usize) -> Vec<String> {
    (0..500).map(|place| format!("S{:05}", (number * 37 + place * 7) % 5_000)).collect()
}

fn own_values(number: usize) -> Vec<String> {
    (0..1_000).map(|place| format!("{:06x}", number * 1_000 + place)).collect()
}

fn of_assets(number: usize) -> WebhookSettings {
    let assets = Assets::new(symbols(number), Vec::new()).expect("assets");
    WebhookSettings { assets: Some(assets), ..settings() }
}

fn of_template(_: usize) -> WebhookSettings {
    let payload = Payload::Template {
        template: "x".repeat(2_000),
        format: TemplateFormat::Json,
        content_type: None,
        names: Default::default(),
    };
    WebhookSettings { payload: Some(payload), ..settings() }
}

//! What it costs to make a payload: `cargo bench --bench rendering`. Every event has 1 KB of data.

use std::{hint::black_box, sync::Arc, time::Duration};

use bytes::Bytes;
use criterion::{BatchSize, Criterion};
use lanehook::{
    model::{
        Cohesion, DeliveryId, DueBatch, DueDelivery, Event, EventKey, EventType, Serial, TenantKey, Timestamp,
        WebhookId, WebhookKey,
    },
    render::{Renderer, Scripted},
    webhook::{Secrets, Webhook, WebhookSettings},
};
use lanehook_script::{Input, Owner, RunLimits, Script, Workers};
use serde_json::{Value, json};

const TEMPLATE: &str = r#"{
    "text": "{{ data.symbol }} is at {{ data.price | money }} ({{ data.change | percent }})",
    "fields": [{% for level in data.levels %}{"level": {{ level }}}{% if not loop.last %},{% endif %}{% endfor %}],
    "severity": {{ card.severity }}
}"#;
const SCRIPT: &str = r#"
    function transform(event) {
        const { symbol, price, change, levels } = event.data;
        return { text: `${symbol} is at ${price.toFixed(2)} (${change}%)`, fields: levels.map((level) => ({ level })) };
    }
"#;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    payloads(&mut criterion);
    scripts(&mut criterion);
    criterion.final_summary();
}

fn payloads(criterion: &mut Criterion) {
    let renderer = Renderer::default();
    let mut group = criterion.benchmark_group("payload");
    for (name, settings) in [
        ("standard", json!({})),
        ("plain, with its signature", json!({"payload": {"type": "plain"}})),
        ("cloudevents", json!({"payload": {"type": "cloudevents"}})),
        ("form", json!({"payload": {"type": "form"}})),
        ("template", json!({"payload": {"type": "template", "template": TEMPLATE}})),
        ("slack", json!({"platform": "slack", "url": "https://hooks.slack.com/services/T0/B0/x"})),
        ("discord", json!({"platform": "discord", "url": "https://discord.com/api/webhooks/1/x"})),
    ] {
        let (webhook, event) = (webhook(settings), DueBatch::single(event(0).id, event(0).event));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(renderer.render(&webhook, &event, &Scripted::new())));
        });
    }
    let webhook = webhook(json!({"batch": {"max_events": 100}}));
    let events = DueBatch { deliveries: (0..100).map(event).collect(), cohesion: Cohesion::Loose, attempt: None };
    group.bench_function("a batch of 100", |bencher| {
        bencher.iter(|| black_box(renderer.render(&webhook, &events, &Scripted::new())));
    });
}

fn scripts(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let workers = Workers::new(1, || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_lanehook"));
        command.arg("script-worker");
        command
    });
    let script = runtime.block_on(workers.compile(Owner(1), SCRIPT)).unwrap();
    let input = Renderer::script_input(&webhook(json!({})), &event(0).event).unwrap();
    let limits = RunLimits::default();
    let mut group = criterion.benchmark_group("script");
    let run = |owner| {
        let run = workers.run(owner, &script, Input { json: &input, now: 0 }, &limits);
        runtime.block_on(run).made.unwrap()
    };
    group.bench_function("in a kept worker", |bencher| bencher.iter(|| black_box(run(Owner(1)))));
    let mut owners = (2..).map(Owner);
    group.bench_function("in a worker for each owner", |bencher| {
        bencher.iter(|| black_box(run(owners.next().unwrap())));
    });
    let stored = Script::unchecked(SCRIPT);
    group.bench_function("in this process", |bencher| {
        bencher.iter_batched(
            || input.clone(),
            |input| black_box(stored.run(&Input { json: &input, now: 0 }, &limits).unwrap()),
            BatchSize::SmallInput,
        );
    });
}

fn webhook(settings: Value) -> Webhook {
    let mut all = json!({"url": "https://receiver.example/hook"});
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let settings: WebhookSettings = serde_json::from_value(all).unwrap();
    let secret = lanehook_signature::Secret::generate_hmac([7; 32]);
    Webhook {
        key: WebhookKey(Serial::nth(1)),
        tenant: TenantKey(1),
        id: WebhookId::parse("w").unwrap(),
        settings,
        secrets: Secrets { current: Some(secret), previous: Vec::new() },
        disabled: None,
        status_since: None,
        version: 1,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn event(number: i64) -> DueDelivery {
    let text = "x".repeat(820);
    let data = json!({
        "symbol": "AAPL", "price": 181.52, "change": 1.37, "severity": "warning", "levels": [180, 181, 182],
        "message": "Apple is above its target", "text": text,
    });
    let key = Serial::nth(1000 + 2 * number);
    let event = Event {
        key: EventKey(key),
        tenant: TenantKey(1),
        caller_id: None,
        event_type: EventType::parse("price_alert").unwrap(),
        timestamp: Timestamp::from_millis(1_800_000_000_000),
        version: None,
        ordering_key: None,
        correlation_id: None,
        traceparent: None,
        source: None,
        metadata: None,
        data: Bytes::from(data.to_string()),
        fan_out: 1,
        scrubbed_at: None,
        test: false,
    };
    DueDelivery { id: DeliveryId(key), event: Arc::new(event) }
}

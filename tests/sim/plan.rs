//! What happens in a world from outside, drawn from its seed: webhooks, events, tenants' actions, crashes.

use std::time::Duration;

use lanehook::{
    model::{RateLimit, RateUnit, Serial, TargetUrl, TenantKey, Timestamp, WebhookId, WebhookKey},
    webhook::{Batch, Ordering, RetryPolicy, Secrets, Status, Webhook, WebhookSettings},
};
use rand::{RngExt, rngs::StdRng};

use crate::receivers::Receiver;

pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Something that comes from outside.
#[derive(Clone, Debug)]
pub enum Action {
    Publish {
        tenant: TenantKey,
        key: Option<u32>,
    },
    Status(WebhookKey, Status),
    Reorder(WebhookKey, Ordering),
    Rerate(WebhookKey, Option<RateLimit>),
    Rebatch(WebhookKey, Option<Batch>),
    Concurrency(WebhookKey, u32),
    /// Another URL: a receiver with other manners.
    Move(WebhookKey, Receiver),
    Delete(WebhookKey),
    /// Something owed is given up by hand; the number chooses.
    CancelOne(usize),
    /// Any delivery is made due by hand; the number chooses.
    RetryOne(usize),
    /// One of those that a webhook is owed is to go now, whatever its breaker says.
    Probe(WebhookKey),
    /// A test has shown that a webhook's receiver works.
    Works(WebhookKey),
    /// The same as [`Action::RetryOne`], with something going on in that moment.
    CancelAndRetry(usize),
    Crash,
    /// The wall clock is set: so many milliseconds ahead, or back.
    SetClock(i64),
}

/// A whole life until everything calms down.
pub struct Plan {
    pub webhooks: Vec<(Webhook, Receiver)>,
    pub actions: Vec<(Timestamp, Action)>,
    pub slots: usize,
    /// Actions that are performed before something is heard again.
    pub at_once: usize,
    /// Untried deliveries that all lanes together may hold.
    pub held: usize,
    /// Reads that fail, of a thousand.
    pub failing_loads: u32,
    /// How often, of a hundred times, the store does not answer from memory.
    pub forgetful: u32,
    /// Attempts that cannot be made for reasons of our own, of a thousand.
    pub unsent: u32,
    /// Deliveries that are left out of a request, of a thousand.
    pub rejected: u32,
    /// Outcomes that take up much memory until they are durable, of a thousand.
    pub large: u32,
    pub calm_at: Timestamp,
    /// Whether paused webhooks are resumed in the end.
    pub resume: bool,
}

impl Plan {
    pub fn random(rng: &mut StdRng) -> Plan {
        let tenants = rng.random_range(1..=3);
        let webhooks: Vec<_> = (1..=rng.random_range(1..=4)).map(|n| random_webhook(n, tenants, rng)).collect();
        let keys: Vec<WebhookKey> = webhooks.iter().map(|(webhook, _)| webhook.key).collect();
        let horizon: u64 = *choose(&[5_000, 60_000, 600_000, 7_200_000], rng);
        let times = |rng: &mut StdRng| START + Duration::from_millis(rng.random_range(0..horizon));
        let mut actions = Vec::new();
        let most = *choose(&[10, 40, 120], rng);
        for _ in 0..rng.random_range(1..most) {
            let tenant = TenantKey(rng.random_range(1..=tenants));
            let key = rng.random_bool(0.8).then(|| rng.random_range(0..4));
            actions.push((times(rng), Action::Publish { tenant, key }));
        }
        if rng.random_bool(0.05) {
            let (time, tenant) = (times(rng), TenantKey(rng.random_range(1..=tenants)));
            let several = rng.random_bool(0.5);
            for n in 0..rng.random_range(100..1200) {
                let key = several.then_some(if n % 3 > 0 { 0 } else { n % 7 });
                actions.push((time, Action::Publish { tenant, key }));
            }
        }
        for _ in 0..rng.random_range(0..12) {
            let webhook = *choose(&keys, rng);
            actions.push((times(rng), random_action(webhook, rng)));
        }
        if rng.random_bool(0.4) {
            for _ in 0..rng.random_range(1..12) {
                let webhook = *choose(&keys, rng);
                let works = rng.random_bool(0.2);
                actions.push((times(rng), if works { Action::Works(webhook) } else { Action::Probe(webhook) }));
                actions.push((times(rng), Action::RetryOne(rng.random_range(0..1000))));
            }
        }
        for _ in 0..rng.random_range(0..3) {
            if rng.random_bool(0.4) {
                actions.push((times(rng), Action::Crash));
            }
        }
        if rng.random_bool(0.2) {
            for _ in 0..rng.random_range(1..5) {
                let far = *choose(&[300, 2_000, 60_000, 3_600_000, 86_400_000, 315_360_000_000], rng);
                let by = if rng.random_bool(0.5) { far } else { -far };
                actions.push((times(rng), Action::SetClock(by)));
            }
        }
        actions.sort_by_key(|(time, _)| *time);
        Plan {
            webhooks,
            actions,
            slots: *choose(&[2, 8, 64, 1024], rng),
            at_once: *choose(&[2, 32, 1024], rng),
            held: *choose(&[20, 60, 100_000, 100_000], rng),
            failing_loads: *choose(&[0, 0, 20, 200], rng),
            forgetful: *choose(&[0, 30, 100], rng),
            unsent: *choose(&[0, 0, 0, 50], rng),
            rejected: *choose(&[0, 0, 30, 200], rng),
            large: *choose(&[0, 0, 30, 300], rng),
            calm_at: START + Duration::from_millis(horizon),
            resume: rng.random_bool(0.7),
        }
    }
}

fn choose<'a, T>(from: &'a [T], rng: &mut StdRng) -> &'a T {
    &from[rng.random_range(0..from.len())]
}

fn random_action(webhook: WebhookKey, rng: &mut StdRng) -> Action {
    let number = rng.random_range(0..10_000);
    match rng.random_range(0..17) {
        0 | 1 => Action::Status(webhook, Status::Paused),
        2..=4 => Action::Status(webhook, Status::Active),
        5 => Action::Status(webhook, Status::Disabled),
        6 | 7 => Action::Reorder(webhook, random_ordering(rng)),
        8 => Action::Rerate(webhook, random_rate(rng)),
        9 => Action::Concurrency(webhook, *choose(&[1, 2, 5, 16], rng)),
        10 => Action::Move(webhook, Receiver::random(rng)),
        11 if rng.random_bool(0.5) => Action::Delete(webhook),
        11..=12 => Action::CancelOne(number),
        13 => Action::CancelAndRetry(number),
        14 => Action::Rebatch(webhook, random_batch(rng)),
        _ => Action::RetryOne(number),
    }
}

fn random_ordering(rng: &mut StdRng) -> Ordering {
    *choose(&[Ordering::None, Ordering::Key, Ordering::Strict], rng)
}

fn random_batch(rng: &mut StdRng) -> Option<Batch> {
    let json = choose(
        &[
            r#"{"max_events":2,"max_wait":"0s"}"#,
            r#"{"max_events":5,"max_wait":"1s"}"#,
            r#"{"max_events":100,"max_wait":"20s"}"#,
            r#"{"max_events":1000,"max_wait":"1h"}"#,
        ],
        rng,
    );
    rng.random_bool(0.4).then(|| serde_json::from_str(json).unwrap())
}

fn random_rate(rng: &mut StdRng) -> Option<RateLimit> {
    let per = *choose(&[RateUnit::Second, RateUnit::Minute], rng);
    rng.random_bool(0.4).then(|| RateLimit { limit: *choose(&[1, 3, 10, 100], rng), per })
}

fn random_retry(rng: &mut StdRng) -> RetryPolicy {
    let json = match rng.random_range(0..6) {
        0 => r#"{"preset":"default"}"#,
        1 | 2 => r#"{"preset":"quick"}"#,
        3 => r#"{"preset":"short"}"#,
        4 => r#"{"preset":"none"}"#,
        _ => r#"{"initial":"1s","factor":3,"max":"1h","attempts":6}"#,
    };
    serde_json::from_str(json).unwrap()
}

/// A webhook with the default settings.
pub fn any_webhook(number: i64) -> Webhook {
    Webhook {
        key: WebhookKey(Serial::nth(number)),
        tenant: TenantKey(1),
        id: WebhookId::parse(&format!("w{number}")).unwrap(),
        settings: WebhookSettings::new(TargetUrl::parse("https://receiver.example/").unwrap()),
        secrets: Secrets::default(),
        disabled: None,
        status_since: None,
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

fn random_webhook(number: i64, tenants: i64, rng: &mut StdRng) -> (Webhook, Receiver) {
    let mut webhook = any_webhook(number);
    webhook.tenant = TenantKey(rng.random_range(1..=tenants));
    let settings = &mut webhook.settings;
    settings.ordering = random_ordering(rng);
    settings.rate_limit = random_rate(rng);
    settings.batch = random_batch(rng);
    settings.max_concurrency = *choose(&[1, 2, 16, 16, 100], rng);
    settings.retry = random_retry(rng);
    settings.disable_after = *choose(&[None, None, Some(1), Some(5), Some(30)], rng);
    (webhook, Receiver::random(rng))
}

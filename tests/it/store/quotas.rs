//! What tenants have of what has a quota: counted with what is kept, and refused where it would be too much.

use futures_util::future::join_all;
use lanehook::{
    model::{
        Actor, Amounts, ApiKeyId, DeliveryId, DeliveryStatus, EventKey, NewEvent, QuotaKind, Quotas, ROW_BYTES,
        SavedKind, SavedName, SavedReport, SavedWhat, Serial, TenantKey, TenantSettings, Theme, WebhookKey,
    },
    store::{Accepted, Append, Broadcast, NewApiKey, Result, StoreError, TenantCopy},
    webhook::{DisableReason, Filter, Status, Webhook},
};
use lanehook_signature::Secret;
use serde_json::json;

use super::{
    access::api_key,
    backend::{Fixture, kept},
    fan_out::come,
};
use crate::support::{
    DAY, DEFAULT, EventExt, NOON, SECOND, TESTER, delivered, event, given_up, retried, webhook, webhook_of,
};

/// Somebody, whom quotas are for.
const CALLER: &Actor = &Actor::key(ApiKeyId(Serial::FIRST));

fn used(it: &Fixture, tenant: TenantKey, kind: QuotaKind) -> u64 {
    it.usage(tenant).used.of(kind)
}

async fn set(it: &Fixture, tenant: TenantKey, quotas: Quotas) {
    let before = it.tenants().get(tenant).unwrap();
    let settings = TenantSettings { quotas, ..TenantSettings::clone(&before.settings) };
    it.update_tenant(tenant, before.version, before.name.clone(), settings, TESTER).await.unwrap();
}

#[track_caller]
fn full<T: std::fmt::Debug>(result: Result<T>, of: QuotaKind) {
    match result {
        Err(StoreError::Full(reached)) => assert_eq!(reached.kind, of, "{reached}"),
        other => panic!("{of:?}: {other:?}"),
    }
}

fn patterned(id: &str, patterns: usize) -> lanehook::store::NewWebhook {
    let mut new = webhook(id);
    let clauses: Vec<_> = (0..patterns).map(|n| json!({"data": {"a": {"$regex": format!("^x{n}")}}})).collect();
    new.settings.filter = (patterns > 0).then(|| Filter::parse(&json!({"$and": clauses})).unwrap());
    new
}

pub async fn use_is_counted_with_what_is_kept_and_is_the_same_after_a_restart(it: Fixture) {
    let acme = it.tenant("acme").await;
    let key = it.create_api_key(NewApiKey { tenant: Some(acme), ..api_key(1) }, TESTER).await.unwrap();
    it.create_api_key(NewApiKey { tenant: Some(acme), ..api_key(2) }, TESTER).await.unwrap();
    it.create_api_key(api_key(3), TESTER).await.unwrap();
    it.delete_api_key(key.id, TESTER).await.unwrap();
    let (a, b) = (it.made(patterned("a", 3)).await, it.webhook("b").await);
    let (gone, theirs) = (it.made(patterned("gone", 2)).await, it.made(webhook_of(acme, "t")).await);
    it.delete_webhook(gone.key, None, TESTER).await.unwrap();
    let mut longer = Webhook::clone(&a);
    longer.settings.description = "x".repeat(1000);
    let bytes = used(&it, DEFAULT, QuotaKind::WebhookBytes);
    it.update_webhook(longer, 1, TESTER).await.unwrap();
    assert!(used(&it, DEFAULT, QuotaKind::WebhookBytes) >= bytes + 1000);

    // Each way out of being owed, and back.
    let owed = async |count: usize| {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(it.owe(event("x"), a.key).await);
        }
        all
    };
    let all = owed(6).await;
    it.settle(delivered(&all[0], NOON)).await;
    it.settle(given_up(&all[1], NOON)).await;
    it.settle(retried(&all[2], NOON, NOON + SECOND)).await;
    it.cancel(DEFAULT, all[3].id, TESTER).await.unwrap();
    it.cancel(DEFAULT, all[3].id, TESTER).await.unwrap();
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 3, "a retry and two that were not tried");
    it.retry(DEFAULT, all[1].id, TESTER).await.unwrap();
    it.retry(DEFAULT, all[1].id, TESTER).await.unwrap();
    it.retry(DEFAULT, all[2].id, TESTER).await.unwrap();
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 4, "a dead letter is owed again, once");
    it.settle(delivered(&all[3], NOON)).await;
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 4, "it was cancelled meanwhile");
    assert_eq!(it.cancel_owed(a.key, 3).await.unwrap(), 3);
    let news = Broadcast {
        is_named: true,
        event: event("x").id("all"),
        copies: vec![
            TenantCopy { tenant: DEFAULT, difference: None, webhooks: vec![b] },
            TenantCopy { tenant: acme, difference: None, webhooks: vec![theirs.key] },
        ],
    };
    it.broadcast(news).await.unwrap();
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 2);

    let report = SavedWhat::Report(SavedReport::default());
    let name = |name: &str| SavedName::parse(name).unwrap();
    for (tenant, one) in [(DEFAULT, "a"), (DEFAULT, "b"), (DEFAULT, "a"), (acme, "a")] {
        it.save(tenant, name(one), report.clone(), TESTER).await.unwrap();
    }
    it.save(acme, SavedName::none(), SavedWhat::Theme(Theme::default()), TESTER).await.unwrap();
    assert!(it.forget_saved(DEFAULT, SavedKind::Report, name("b"), TESTER).await.unwrap());
    assert!(!it.forget_saved(DEFAULT, SavedKind::Event, name("a"), TESTER).await.unwrap(), "names are of a kind");

    let usage = |it: &Fixture| [it.usage(DEFAULT), it.usage(acme)];
    let expected = usage(&it);
    assert_eq!(
        QuotaKind::ALL.map(|kind| (expected[0].used.of(kind), expected[1].used.of(kind))).map(|(own, theirs)| {
            // Bytes are what they are.
            (own.min(7), theirs.min(7))
        }),
        [(0, 1), (2, 1), (7, 7), (3, 0), (2, 1), (7, 7), (1, 1)]
    );
    assert_eq!(expected[0].most, Amounts::DEFAULT);
    let it = it.reopen().await;
    assert_eq!(usage(&it), expected);
    let it = it.crash();
    assert_eq!(usage(&it), expected);
}

pub async fn a_large_fan_out_is_owed_before_and_while_it_unfolds(it: Fixture) {
    let webhooks = join_all(["a", "b", "c"].map(async |id| it.webhook(id).await)).await;
    let events = (0..1000).map(|number| event("x").id(&format!("e{number}"))).collect();
    let keys: Vec<EventKey> = it.publish(events, &webhooks).await.iter().map(kept).collect();
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 3000);
    let it = it.reopen().await;
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 3000);
    come(&it, &keys).await;
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 3000);
    let it = it.reopen().await;
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 3000);
}

pub async fn the_last_place_is_given_once(it: Fixture) {
    let other = it.tenant("other").await;
    set(&it, DEFAULT, Quotas { webhooks: Some(3), api_keys: Some(2), ..Quotas::default() }).await;
    let webhooks = join_all((0..8).map(|n| it.create_webhook(webhook(&format!("w{n}")), TESTER))).await;
    assert_eq!(webhooks.iter().filter(|made| made.is_ok()).count(), 3);
    let new_key = |n| NewApiKey { tenant: Some(DEFAULT), ..api_key(n) };
    let keys = join_all((0..8).map(|n| it.create_api_key(new_key(n), TESTER))).await;
    assert_eq!(keys.iter().filter(|made| made.is_ok()).count(), 2);
    full(it.create_webhook(webhook("more"), TESTER).await, QuotaKind::Webhooks);
    full(it.create_api_key(new_key(9), TESTER).await, QuotaKind::ApiKeys);
    it.made(webhook_of(other, "theirs")).await;
    it.create_api_key(api_key(10), TESTER).await.unwrap();

    // What did not succeed takes no place.
    assert_eq!((used(&it, DEFAULT, QuotaKind::Webhooks), used(&it, DEFAULT, QuotaKind::ApiKeys)), (3, 2));
    let first = webhooks.iter().find_map(|made| made.as_ref().ok()).unwrap();
    assert!(matches!(it.create_webhook(webhook(first.id.as_str()), TESTER).await, Err(StoreError::Exists(_))));
    it.delete_webhook(first.key, None, TESTER).await.unwrap();
    it.made(webhook("more")).await;
    full(it.create_webhook(webhook("yet-more"), TESTER).await, QuotaKind::Webhooks);
}

pub async fn lists_of_values_count_as_the_memory_that_they_take(it: Fixture) {
    let with = |id: &str, values: usize| {
        let mut new = webhook(id);
        let symbols: Vec<String> = (0..values).map(|n| format!("S{n:05}")).collect();
        new.settings.filter = Some(Filter::parse(&json!({"data": {"symbol": {"$in": symbols}}})).unwrap());
        new
    };
    let bytes = || used(&it, DEFAULT, QuotaKind::WebhookBytes);
    let short = it.made(with("short", 1)).await;
    let before = bytes();
    it.made(with("long", 1_000)).await;
    let each = (bytes() - before) / 1_000;
    assert!((40..60).contains(&each), "{each} bytes for a value that is written with nine");
    let counted = bytes();
    let it = it.reopen().await;
    let bytes = || used(&it, DEFAULT, QuotaKind::WebhookBytes);
    assert_eq!(bytes(), counted, "a restart counts the same");

    set(&it, DEFAULT, Quotas { webhook_bytes: Some(counted + 20_000), ..Quotas::default() }).await;
    // It would be sealed with less than half of that.
    full(it.create_webhook(with("another", 1_000), CALLER).await, QuotaKind::WebhookBytes);
    it.made(with("another", 300)).await;
    set(&it, DEFAULT, Quotas { webhook_bytes: Some(1_000), ..Quotas::default() }).await;
    let changed = |values: usize| Webhook { settings: with("short", values).settings, ..Webhook::clone(&short) };
    full(it.update_webhook(changed(2), 1, CALLER).await, QuotaKind::WebhookBytes);
    it.update_webhook(changed(1), 1, CALLER).await.unwrap();
}

pub async fn where_a_quota_is_lowered_what_is_there_stays_and_can_be_changed(it: Fixture) {
    let made = it.made(patterned("a", 3)).await;
    let quotas = Quotas { webhooks: Some(1), patterns: Some(1), webhook_bytes: Some(1), ..Quotas::default() };
    set(&it, DEFAULT, quotas).await;
    full(it.create_webhook(webhook("b"), CALLER).await, QuotaKind::Webhooks);
    let with = |before: &Webhook, patterns: usize| {
        let mut changed = Webhook::clone(before);
        changed.settings.filter = patterned("a", patterns).settings.filter;
        changed
    };
    let fewer = it.update_webhook(with(&made, 2), 1, CALLER).await.unwrap();
    full(it.update_webhook(with(&fewer, 3), 2, CALLER).await, QuotaKind::WebhookBytes);
    set(&it, DEFAULT, Quotas { webhook_bytes: None, ..quotas }).await;
    full(it.update_webhook(with(&fewer, 3), 2, CALLER).await, QuotaKind::Patterns);
    set(&it, DEFAULT, quotas).await;

    // What the server does by itself is done, although `disabled` has two bytes more than `active`.
    let mut disabled = Webhook::clone(&fewer);
    disabled.settings.status = Status::Disabled;
    let disabled = it.update_webhook(disabled, 2, TESTER).await.unwrap();
    assert_eq!(disabled.version, 3);
    assert_eq!(used(&it, DEFAULT, QuotaKind::Patterns), 2);
}

pub async fn a_change_of_nothing_but_status_or_secrets_is_never_refused(it: Fixture) {
    let made = it.made(patterned("a", 3)).await;
    set(&it, DEFAULT, Quotas { patterns: Some(1), webhook_bytes: Some(1), ..Quotas::default() }).await;
    let before = used(&it, DEFAULT, QuotaKind::WebhookBytes);
    let mut changed = Webhook::clone(&made);
    changed.settings.status = Status::Disabled;
    changed.disabled = Some(DisableReason::ByRequest);
    let disabled = it.update_webhook(changed, 1, CALLER).await.unwrap();
    let mut changed = Webhook::clone(&disabled);
    changed.secrets.previous =
        changed.secrets.current.replace(Secret::generate_hmac([9; 32])).map(|old| (old, NOON)).into_iter().collect();
    let rotated = it.update_webhook(changed, 2, CALLER).await.unwrap();
    assert!(used(&it, DEFAULT, QuotaKind::WebhookBytes) > before, "it counts all the same");
    let mut changed = Webhook::clone(&rotated);
    changed.settings.description = "x".into();
    full(it.update_webhook(changed, 3, CALLER).await, QuotaKind::WebhookBytes);
}

pub async fn an_event_that_is_in_a_request_twice_is_owed_once(it: Fixture) {
    let a = it.webhook("a").await;
    set(&it, DEFAULT, Quotas { owed_deliveries: Some(2), ..Quotas::default() }).await;
    let append = async |events: Vec<NewEvent>| {
        let events = events.into_iter().map(|event| (event, vec![a])).collect();
        it.append(Append { tenant: DEFAULT, events }).await
    };
    let first = event("x").id("1").idempotency_key("k");
    let (by_id, by_key) = (event("x").id("1"), event("x").idempotency_key("k"));
    let answers = append(vec![first, by_id, by_key, event("x").id("2")]).await.unwrap();
    let key = kept(&answers[0]);
    let again = Accepted::Duplicate { key, deliveries: 1 };
    assert_eq!((&answers[1], &answers[2]), (&again, &again));
    kept(&answers[3]);
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 2);
    full(append(vec![event("x").id("3"), event("x").id("3")]).await, QuotaKind::OwedDeliveries);
    // What only a repeated event is called by is not remembered, and so it names the next one's own.
    it.cancel(DEFAULT, it.owed_by(key).await[0], TESTER).await.unwrap();
    let (repeated, own) = (event("x").id("1").idempotency_key("new"), event("x").idempotency_key("new"));
    full(append(vec![repeated, own, event("x")]).await, QuotaKind::OwedDeliveries);
}

pub async fn what_would_be_owed_beyond_the_quota_is_refused_whole(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    set(&it, DEFAULT, Quotas { owed_deliveries: Some(5), ..Quotas::default() }).await;
    let append = async |ids: &[&str], webhooks: &[_]| {
        let events = ids.iter().map(|id| (event("x").id(id), webhooks.to_vec())).collect();
        it.append(Append { tenant: DEFAULT, events }).await
    };
    let first = kept(&append(&["1"], &[a, b]).await.unwrap()[0]);
    full(append(&["2", "3"], &[a, b]).await, QuotaKind::OwedDeliveries);
    assert!(it.find_event(DEFAULT, "2").await.unwrap().is_none(), "nothing of it is kept");
    kept(&append(&["2"], &[a, b]).await.unwrap()[0]);
    full(append(&["3"], &[a, b]).await, QuotaKind::OwedDeliveries);
    kept(&append(&["3"], &[a]).await.unwrap()[0]);
    // What causes no more is answered.
    kept(&append(&["4"], &[]).await.unwrap()[0]);
    let again = append(&["1", "5"], &[]).await.unwrap();
    assert_eq!(again[0], Accepted::Duplicate { key: first, deliveries: 2 });
    // At one time they are no more together.
    for id in it.owed_by(first).await {
        it.cancel(DEFAULT, id, TESTER).await.unwrap();
    }
    let ids: Vec<String> = (10..20).map(|n| n.to_string()).collect();
    let at_once = join_all(ids.iter().map(async |id| append(&[id], &[a]).await)).await;
    assert_eq!(at_once.iter().filter(|one| one.is_ok()).count(), 2);

    // A broadcast is the operator's word to everybody: it counts, and goes beyond.
    let copies = vec![TenantCopy { tenant: DEFAULT, difference: None, webhooks: vec![a, b] }];
    it.broadcast(Broadcast { event: event("x").id("all"), is_named: true, copies }).await.unwrap();
    assert_eq!(used(&it, DEFAULT, QuotaKind::OwedDeliveries), 7);
    full(append(&["9"], &[a]).await, QuotaKind::OwedDeliveries);

    // So does a person's retry.
    let cancelled = it.owed_by(first).await[0];
    let retried = it.retry(DEFAULT, cancelled, TESTER).await.unwrap().unwrap();
    assert_eq!((retried.status, used(&it, DEFAULT, QuotaKind::OwedDeliveries)), (DeliveryStatus::Retrying, 8));
}

pub async fn a_replay_counts_as_owed_and_its_row_until_retention_deletes_it(it: Fixture) {
    let a = it.webhook("a").await;
    let done = it.owe(event("x"), a).await;
    it.settle(delivered(&done, NOON)).await;
    let before = it.usage(DEFAULT).used;
    set(&it, DEFAULT, Quotas { owed_deliveries: Some(2), ..Quotas::default() }).await;
    for _ in 0..2 {
        assert!(it.replay(DEFAULT, done.id, false, CALLER).await.unwrap().is_some());
    }
    let full_of = it.usage(DEFAULT).used;
    full(it.replay(DEFAULT, done.id, false, CALLER).await, QuotaKind::OwedDeliveries);
    assert_eq!(it.usage(DEFAULT).used, full_of, "nothing of it");
    let bytes = before.of(QuotaKind::EventBytes) + 2 * ROW_BYTES;
    let used = |it: &Fixture| [QuotaKind::OwedDeliveries, QuotaKind::EventBytes].map(|kind| used(it, DEFAULT, kind));
    assert_eq!(used(&it), [2, bytes]);
    let it = it.reopen().await;
    assert_eq!(used(&it), [2, bytes], "after a restart as well");
    for owed in it.pending(a, DeliveryId(Serial::FIRST), None, 9).await.unwrap().deliveries {
        it.settle(delivered(&owed, NOON)).await;
    }
    it.wait(DAY);
    while it.delete_finished(it.clock.now(), 100).await.unwrap() {}
    assert_eq!(used(&it), [0, 0]);
}

pub async fn bytes_of_events_are_counted_until_retention_deletes_them_and_refused_beyond_the_quota(it: Fixture) {
    let acme = it.tenant("acme").await;
    let (a, b, theirs) = (it.webhook("a").await, it.webhook("b").await, it.made(webhook_of(acme, "t")).await.key);
    let bytes = |it: &Fixture, tenant| used(it, tenant, QuotaKind::EventBytes);
    let (small, row) = (event("x").data.len() as u64, ROW_BYTES);
    let large = |id: &str| NewEvent { data: format!("\"{}\"", "x".repeat(998)).into(), ..event("x").id(id) };
    let append = async |events: Vec<(NewEvent, Vec<WebhookKey>)>| it.append(Append { tenant: DEFAULT, events }).await;
    append(vec![(large("1"), vec![a, b]), (large("1"), vec![a, b]), (large("2"), vec![])]).await.unwrap();
    assert_eq!(bytes(&it, DEFAULT), 2000 + 4 * row, "one that is repeated counts once");
    set(&it, DEFAULT, Quotas { event_bytes: Some(3000 + 6 * row), ..Quotas::default() }).await;
    full(append(vec![(large("3"), vec![a, b])]).await, QuotaKind::EventBytes);
    append(vec![(large("3"), vec![a]), (large("1"), vec![a, b])]).await.unwrap();
    full(append(vec![(event("x"), vec![])]).await, QuotaKind::EventBytes);
    append(vec![(large("1"), vec![a, b])]).await.unwrap();

    // A broadcast goes beyond, and its record is nobody's.
    let copy = |tenant, webhook| TenantCopy { tenant, difference: None, webhooks: vec![webhook] };
    let copies = vec![copy(DEFAULT, b), copy(acme, theirs)];
    it.broadcast(Broadcast { event: event("x"), is_named: true, copies }).await.unwrap();
    let expected = [3000 + 8 * row + small, small + 2 * row];
    assert_eq!([bytes(&it, DEFAULT), bytes(&it, acme)], expected);
    let it = it.reopen().await;
    assert_eq!([bytes(&it, DEFAULT), bytes(&it, acme)], expected);

    // What is owed stays.
    let owed = it.cancel_owed(a, 100).await.unwrap() + it.cancel_owed(theirs, 100).await.unwrap();
    assert_eq!(owed, 3);
    it.wait(DAY);
    it.wait(DAY);
    while it.delete_finished(it.clock.now() - DAY, 100).await.unwrap() {}
    assert_eq!([bytes(&it, DEFAULT), bytes(&it, acme)], [1000 + 5 * row + small, 0], "two are owed to `b`");
    let it = it.reopen().await;
    assert_eq!([bytes(&it, DEFAULT), bytes(&it, acme)], [1000 + 5 * row + small, 0]);
}

pub async fn notices_have_some_room_beside_the_quotas_and_no_more(it: Fixture) {
    const OWED: u64 = 1_000;
    const BYTES: u64 = 1 << 20;
    let (acme, bolt) = (it.tenant("acme").await, it.tenant("bolt").await);
    let mut hooks = Vec::new();
    for number in 0..10 {
        hooks.push(it.made(webhook_of(acme, &format!("w{number}"))).await.key);
    }
    set(&it, acme, Quotas { owed_deliveries: Some(5), ..Quotas::default() }).await;
    let append = async |tenant, event: NewEvent, webhooks: &[WebhookKey]| {
        it.append(Append { tenant, events: vec![(event, webhooks.to_vec())] }).await
    };
    full(append(acme, event("price.alert"), &hooks).await, QuotaKind::OwedDeliveries);
    let notice = || event("lanehook.webhook.failing");
    for _ in 0..OWED / 10 {
        append(acme, notice(), &hooks).await.unwrap();
    }
    assert_eq!(used(&it, acme, QuotaKind::OwedDeliveries), OWED);
    // What has no room is kept, and sent to nobody.
    let answer = append(acme, notice(), &hooks).await.unwrap();
    assert!(matches!(answer[..], [Accepted::Kept { deliveries: 0, .. }]), "{answer:?}");
    assert_eq!(used(&it, acme, QuotaKind::OwedDeliveries), OWED);
    append(acme, notice(), &hooks[..5]).await.unwrap();
    assert_eq!(used(&it, acme, QuotaKind::OwedDeliveries), OWED + 5);

    set(&it, bolt, Quotas { event_bytes: Some(1), ..Quotas::default() }).await;
    let large = || notice().data(&json!("x".repeat(100_000)).to_string());
    full(append(bolt, event("price.alert"), &[]).await, QuotaKind::EventBytes);
    for _ in 0..10 {
        append(bolt, large(), &[]).await.unwrap();
    }
    full(append(bolt, large(), &[]).await, QuotaKind::EventBytes);
    assert!(used(&it, bolt, QuotaKind::EventBytes) <= BYTES + 1);
    append(bolt, notice(), &[]).await.unwrap();
}

//! Webhooks: visible at once, changed by one at a time, secret on disk.

use lanehook::{
    model::{FailureRun, WebhookId, WebhookKey},
    store::{Changes, DeliveryQuery, NewWebhook, Settlement, StoreError, WebhookChange},
    webhook::{DisableReason, Secrets, Webhook},
};
use lanehook_signature::Secret;

use super::backend::{Fixture, fresh_master_key};
use crate::support::{
    DEFAULT, HOUR, NOON, SECOND, TESTER, event, given_up, settings, settings_with_credentials, webhook, webhook_of,
};

fn same(a: &Webhook, b: &Webhook) {
    let secrets = |webhook: &Webhook| {
        let exposed = |secret: &Secret| secret.expose().to_owned();
        let previous =
            webhook.secrets.previous.iter().map(|(secret, until)| (exposed(secret), *until)).collect::<Vec<_>>();
        (webhook.secrets.current.as_ref().map(exposed), previous)
    };
    assert_eq!((a.key, a.tenant, &a.id, a.version), (b.key, b.tenant, &b.id, b.version));
    assert_eq!((&a.settings, a.disabled), (&b.settings, b.disabled));
    assert_eq!((a.created_at, a.updated_at), (b.created_at, b.updated_at));
    assert_eq!(secrets(a), secrets(b));
}

pub async fn a_created_webhook_is_seen_at_once_and_after_a_restart(it: Fixture) {
    let new = NewWebhook {
        id: None,
        settings: settings_with_credentials("https://r.example/in?token=t", "bearer", "header"),
        secrets: Secrets {
            current: Some(Secret::generate_ed25519([1; 32])),
            // The second one is no secret that a caller could set now; where it is in use, it stays.
            previous: [Secret::generate_hmac([2; 32]), Secret::verbatim("whsec_short").unwrap()]
                .map(|secret| (secret, NOON + HOUR))
                .to_vec(),
        },
        disabled: Some(DisableReason::Gone),
        ..webhook("unused")
    };
    let made = it.made(new.clone()).await;
    assert_eq!(made.id.as_str(), made.key.to_string(), "a generated id is the key");
    assert_eq!((made.version, made.created_at, made.updated_at), (1, NOON, NOON));
    assert_eq!((&made.settings, made.disabled), (&new.settings, new.disabled));
    same(&it.webhooks().get(made.key).unwrap(), &made);
    same(&it.webhooks().find(DEFAULT, &made.id).unwrap(), &made);
    let it = it.reopen().await.crash();
    same(&it.webhooks().get(made.key).unwrap(), &made);
    same(&it.webhooks().find(DEFAULT, &made.id).unwrap(), &made);
    assert_eq!(it.webhooks().len(), 1);
}

pub async fn a_webhooks_history_is_its_keys_whatever_becomes_of_its_id(it: Fixture) {
    let first = it.made(webhook("mine")).await;
    let owed = it.owe(event("x"), first.key).await;
    it.settle(given_up(&owed, NOON)).await;
    let named = |webhook: &Webhook, id: &str| Webhook { id: WebhookId::parse(id).unwrap(), ..webhook.clone() };
    let renamed = it.update_webhook(named(&first, "other"), 1, TESTER).await.unwrap();
    assert!(it.webhooks().find(DEFAULT, &first.id).is_none(), "the id is free");
    assert_eq!(it.webhooks().find(DEFAULT, &renamed.id).unwrap().key, first.key);
    let second = it.webhook("mine").await;
    let taken = it.update_webhook(named(&renamed, "mine"), 2, TESTER).await;
    assert!(matches!(taken, Err(StoreError::Exists(id)) if id == "mine"));
    it.delete_webhook(first.key, None, TESTER).await.unwrap();
    it.webhook("other").await;
    let it = it.reopen().await;
    let history = async |id: &str| {
        let query = DeliveryQuery { webhook: WebhookId::parse(id).ok(), limit: 10, ..Default::default() };
        it.deliveries(DEFAULT, query).await.unwrap()
    };
    let of_first = history("other").await;
    assert_eq!((of_first.len(), of_first[0].id, of_first[0].webhook), (1, owed.id, first.key));
    assert_eq!(it.delivery(DEFAULT, owed.id).await.unwrap().unwrap().1.len(), 1);
    assert!(history("mine").await.is_empty());
    assert_eq!(it.counters(vec![first.key, second]).await.unwrap()[0].failed, 1);
}

pub async fn an_id_is_taken_within_its_tenant_until_deleted(it: Fixture) {
    let acme = it.tenant("acme").await;
    let first = it.webhook("mine").await;
    let taken = it.create_webhook(webhook("mine"), TESTER).await;
    assert!(matches!(taken, Err(StoreError::Exists(id)) if id == "mine"));
    let theirs = it.made(webhook_of(acme, "mine")).await;
    assert_eq!(it.webhooks().find(DEFAULT, &theirs.id).unwrap().key, first);
    assert_eq!(it.webhooks().find(acme, &theirs.id).unwrap().key, theirs.key);
    it.delete_webhook(first, None, TESTER).await.unwrap();
    assert!(it.webhooks().get(first).is_none() && it.webhooks().find(DEFAULT, &theirs.id).is_none());
    assert!(matches!(it.delete_webhook(first, None, TESTER).await, Err(StoreError::Conflict)), "it is gone");
    let second = it.webhook("mine").await;
    assert!(second > first);
    let it = it.reopen().await;
    assert!(it.webhooks().get(first).is_none());
    assert_eq!(it.webhooks().find(DEFAULT, &theirs.id).unwrap().key, second);
}

pub async fn a_webhook_is_changed_only_from_the_version_that_was_read(it: Fixture) {
    let made = it.made(webhook("a")).await;
    it.wait(SECOND);
    let mut changed = Webhook::clone(&made);
    changed.settings.name = "first".into();
    let saved = it.update_webhook(changed.clone(), 1, TESTER).await.unwrap();
    assert_eq!((saved.version, saved.updated_at, saved.created_at), (2, NOON + SECOND, NOON));
    same(&it.webhooks().get(made.key).unwrap(), &saved);
    changed.settings.name = "second".into();
    for stale in [1, 3, 0] {
        assert!(matches!(it.update_webhook(changed.clone(), stale, TESTER).await, Err(StoreError::Conflict)));
    }
    same(&it.webhooks().get(made.key).unwrap(), &saved);
    // Of several at once, one wins.
    let updates = (0..10).map(|n| {
        let mut changed = Webhook::clone(&saved);
        changed.settings.name = n.to_string();
        it.update_webhook(changed, 2, TESTER)
    });
    let results = futures_util::future::join_all(updates).await;
    let won: Vec<_> = results.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let it = it.reopen().await;
    same(&it.webhooks().get(made.key).unwrap(), &won[0]);
    it.delete_webhook(made.key, None, TESTER).await.unwrap();
    assert!(matches!(it.update_webhook(changed, 3, TESTER).await, Err(StoreError::Conflict)));
    assert!(it.webhooks().get(made.key).is_none());
}

pub async fn a_webhook_is_deleted_only_at_the_version_that_is_expected(it: Fixture) {
    let made = it.made(webhook("a")).await;
    it.update_webhook(Webhook::clone(&made), 1, TESTER).await.unwrap();
    for stale in [0, 1, 3] {
        assert!(matches!(it.delete_webhook(made.key, Some(stale), TESTER).await, Err(StoreError::Conflict)));
        assert_eq!(it.webhooks().get(made.key).unwrap().version, 2);
    }
    // Changed and deleted at once, one of them finds another version.
    let (changed, deleted) =
        tokio::join!(it.update_webhook(Webhook::clone(&made), 2, TESTER), it.delete_webhook(made.key, Some(2), TESTER));
    assert_ne!(changed.is_ok(), deleted.is_ok());
    assert_eq!(it.webhooks().get(made.key).is_some(), changed.is_ok());
    let it = it.reopen().await;
    assert_eq!(it.webhooks().get(made.key).is_some(), changed.is_ok());
}

pub async fn enabling_begins_with_a_clean_slate(it: Fixture) {
    let made = it.made(webhook("a")).await;
    let owed = it.owe(event("x"), made.key).await;
    let failure_run = FailureRun { consecutive_failures: 10, failing_since: Some(NOON) };
    it.settle(Settlement { failure_run, ..given_up(&owed, NOON) }).await;
    let failures = async || it.counters(vec![made.key]).await.unwrap()[0];
    let mut webhook = Webhook::clone(&made);
    webhook.disabled = Some(DisableReason::ConsecutiveFailures);
    let mut webhook = Webhook::clone(&*it.update_webhook(webhook, 1, TESTER).await.unwrap());
    webhook.settings.name = "renamed".into();
    let mut webhook = Webhook::clone(&*it.update_webhook(webhook, 2, TESTER).await.unwrap());
    assert_eq!(failures().await.consecutive_failures, 10, "still disabled");
    webhook.disabled = None;
    it.update_webhook(webhook, 3, TESTER).await.unwrap();
    let counters = failures().await;
    assert_eq!((counters.consecutive_failures, counters.failing_since), (0, None));
    assert_eq!((counters.failed, counters.last_failure_at), (1, Some(NOON)), "the past is not forgotten");
}

/// Nobody changes a version before it can be seen, so what a change is told by is what was kept before.
pub async fn a_version_that_nobody_can_have_seen_is_not_there_to_be_changed(it: Fixture) {
    let made = it.made(webhook("a")).await;
    let owed = it.owe(event("x"), made.key).await;
    let failure_run = FailureRun { consecutive_failures: 10, failing_since: Some(NOON) };
    it.settle(Settlement { failure_run, ..given_up(&owed, NOON) }).await;
    let mut disabled = Webhook::clone(&made);
    disabled.disabled = Some(DisableReason::ConsecutiveFailures);
    let enabled = Webhook::clone(&made);
    let (first, second) =
        tokio::join!(it.update_webhook(disabled, 1, TESTER), it.update_webhook(enabled.clone(), 2, TESTER),);
    assert_eq!(first.unwrap().version, 2);
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
    assert_eq!(it.counters(vec![made.key]).await.unwrap()[0].consecutive_failures, 10);
    it.update_webhook(enabled, 2, TESTER).await.unwrap();
    assert_eq!(it.counters(vec![made.key]).await.unwrap()[0].consecutive_failures, 0);
}

pub async fn changes_are_told_in_order_and_once(it: Fixture) {
    fn keys(changes: &[WebhookChange]) -> Vec<(WebhookKey, bool)> {
        let key = |change: &WebhookChange| match change {
            WebhookChange::Saved(webhook) => (webhook.key, true),
            WebhookChange::Deleted(key) => (*key, false),
        };
        changes.iter().map(key).collect()
    }
    let (a, b) = (it.made(webhook("a")).await, it.made(webhook("b")).await);
    let Changes { revision: first, changes, .. } = it.webhooks().changed_since(0);
    assert_eq!(keys(&changes), [(a.key, true), (b.key, true)]);
    assert_eq!(first, it.webhooks().revision());
    assert_eq!(keys(&it.webhooks().changed_since(first).changes), []);

    let c = it.webhook("c").await;
    it.update_webhook(Webhook::clone(&a), 1, TESTER).await.unwrap();
    it.update_webhook(Webhook::clone(&a), 2, TESTER).await.unwrap();
    it.delete_webhook(b.key, None, TESTER).await.unwrap();
    let Changes { revision: second, changes, .. } = it.webhooks().changed_since(first);
    assert_eq!(keys(&changes), [(c, true), (a.key, true), (b.key, false)], "each at its last change");
    assert!(matches!(&changes[1], WebhookChange::Saved(webhook) if webhook.version == 3));
    // What failed changed nothing.
    let _ = it.delete_webhook(b.key, None, TESTER).await;
    let _ = it.create_webhook(webhook("c"), TESTER).await;
    assert_eq!(it.webhooks().revision(), second);

    let it = it.reopen().await;
    let Changes { changes, .. } = it.webhooks().changed_since(0);
    let mut all = keys(&changes);
    all.sort();
    assert_eq!(all, [(a.key, true), (c, true)], "from 0: everything there is");
}

pub async fn webhooks_are_listed_in_pages_newest_first(it: Fixture) {
    let acme = it.tenant("acme").await;
    let mut keys = Vec::new();
    for id in ["b", "a", "-", "c.d", "B"] {
        keys.push(it.webhook(id).await);
        it.made(webhook_of(acme, id)).await;
    }
    let ids = |before: Option<usize>, limit| -> Vec<String> {
        let page = it.webhooks().list(DEFAULT, before.map(|place| keys[place]), limit);
        assert!(page.iter().all(|webhook| webhook.tenant == DEFAULT));
        page.iter().map(|webhook| webhook.id.as_str().to_owned()).collect()
    };
    assert_eq!(ids(None, 100), ["B", "c.d", "-", "a", "b"]);
    assert_eq!(ids(None, 3), ["B", "c.d", "-"]);
    assert_eq!(ids(Some(2), 3), ["a", "b"]);
    assert!(ids(Some(0), 3).is_empty());
    it.delete_webhook(keys[3], None, TESTER).await.unwrap();
    let changed = it.webhooks().get(keys[1]).unwrap();
    it.update_webhook((*changed).clone(), 1, TESTER).await.unwrap();
    let it = it.reopen().await;
    let page = it.webhooks().list(DEFAULT, Some(keys[3]), 9);
    let page: Vec<WebhookKey> = page.iter().map(|webhook| webhook.key).collect();
    assert_eq!(page, [keys[2], keys[1], keys[0]], "behind one that is gone, and whatever was changed last");
}

pub async fn deleting_and_creating_under_one_id_at_once_loses_neither(it: Fixture) {
    for _ in 0..20 {
        let first = it.webhook("mine").await;
        let (deleted, created) =
            tokio::join!(it.delete_webhook(first, None, TESTER), it.create_webhook(webhook("mine"), TESTER));
        deleted.unwrap();
        let id = WebhookId::parse("mine").unwrap();
        let found = it.webhooks().find(DEFAULT, &id).map(|webhook| webhook.key);
        assert_eq!(found, created.ok().map(|webhook| webhook.key));
        if let Some(key) = found {
            it.delete_webhook(key, None, TESTER).await.unwrap();
        }
    }
}

pub async fn no_secret_is_readable_in_what_is_kept(it: Fixture) {
    let hmac = Secret::generate_hmac(*b"0123456789-raw-secret-0123456789");
    let rotated = Secret::generate_hmac([9; 32]);
    let ed25519 = Secret::generate_ed25519(*b"0123456789-seed-secret-012345678");
    let url = "https://receiver.example/services/T0/x8KkQpLmN20?token=querytoken";
    let mut new = webhook("a");
    new.settings = settings_with_credentials(url, "bearertoken77", "headertoken88");
    new.settings.metadata.insert("note".into(), "metadatanote99".into());
    new.secrets = Secrets { current: Some(hmac.clone()), previous: vec![(rotated.clone(), NOON + HOUR)] };
    let made = it.made(new).await;
    let mut changed = Webhook::clone(&made);
    changed.secrets = Secrets { current: Some(ed25519.clone()), previous: vec![(hmac.clone(), NOON + HOUR)] };
    it.update_webhook(changed, 1, TESTER).await.unwrap();
    it.made(NewWebhook { settings: settings(url), ..webhook("b") }).await;

    let texts = [hmac.expose(), rotated.expose(), ed25519.expose(), "querytoken", "x8KkQpLmN20", "receiver.example"];
    let texts = texts.into_iter().chain(["bearertoken77", "headertoken88", "metadatanote99"]);
    let hidden: Vec<&[u8]> =
        texts.map(str::as_bytes).chain([&b"-raw-secret-"[..], b"-seed-secret-", &[9; 32]]).collect();
    let search = |it: &Fixture| {
        for (name, bytes) in it.backend.raw() {
            for text in &hidden {
                let found = bytes.windows(text.len()).any(|window| window == *text);
                assert!(!found, "{} is in {name}", String::from_utf8_lossy(text));
            }
        }
    };
    let all: Vec<u8> = it.backend.raw().into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert!(all.windows(7).any(|window| window == b"Default"), "what is not secret would be found");
    search(&it);
    it.delete_webhook(made.key, None, TESTER).await.unwrap();
    search(&it.reopen().await);
}

pub async fn another_master_key_is_refused(it: Fixture) {
    it.webhook("a").await;
    let Fixture { backend, clock, store, .. } = it;
    store.close().await;
    drop(store);
    let refused = backend.open(&fresh_master_key(), &clock);
    assert!(matches!(refused, Err(StoreError::Corrupt(message)) if message.contains("master key")));
}

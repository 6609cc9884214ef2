//! What the views show: every change, at once, whoever made it; each follower in its own time.

use std::collections::BTreeMap;

use lanehook::{
    model::{ApiKeyId, TenantKey, TenantSettings, Validation},
    store::{CatalogueEntry, Change, Derived, Item, NewApiKey, StoreError, View},
};

use super::{
    access::{api_key, event_type, id},
    backend::Fixture,
};
use crate::support::{DEFAULT, TESTER, webhook_of};

/// Follows a view, as an index does.
struct Follower<T: Item>(Derived<BTreeMap<T::Key, std::sync::Arc<T>>>)
where
    T::Key: Ord;

impl<T: Item + PartialEq> Follower<T>
where
    T::Key: Ord,
{
    fn new() -> Follower<T> {
        Follower(Derived::default())
    }

    /// What it has is what there is.
    fn is_current(&self, view: &View<T>) -> bool {
        let look = self.0.look(view, |known, change| match change {
            Change::Saved(item) => drop(known.insert(item.key(), item)),
            Change::Deleted(key) => drop(known.remove(&key)),
        });
        let mut all = view.all();
        all.sort_by_key(|item| item.key());
        look.values().cloned().collect::<Vec<_>>() == all
    }
}

pub async fn tenants_are_seen_as_they_are_by_everyone(it: Fixture) {
    let follower = Follower::new();
    assert!(follower.is_current(it.tenants()));
    let made = it.create_tenant(id("acme"), "Acme".into(), TESTER).await.unwrap();
    assert_eq!(it.tenants().get(made.key), Some(made.clone()));
    assert_eq!(it.tenants().find(&made.id), Some(made.clone()));
    assert!(follower.is_current(it.tenants()));
    let settings = TenantSettings { validation: Validation::Enforce, ..TenantSettings::default() };
    let changed = it.update_tenant(made.key, 1, "Acme Ltd.".into(), settings.clone(), TESTER).await.unwrap();
    assert_eq!(it.tenants().find(&made.id), Some(changed.clone()));
    assert_eq!((changed.name.as_str(), &*changed.settings), ("Acme Ltd.", &settings));
    assert_eq!((made.version, changed.version), (1, 2));
    let late = it.update_tenant(made.key, 1, "late".into(), settings.clone(), TESTER).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "it is another version now");
    assert!(matches!(it.delete_tenant(made.key, Some(1), TESTER).await, Err(StoreError::Conflict)));
    let it = it.reopen().await;
    assert_eq!(it.tenants().find(&made.id), Some(changed));
    let follower = Follower::new();
    assert!(follower.is_current(it.tenants()));
    it.delete_tenant(made.key, None, TESTER).await.unwrap();
    assert_eq!((it.tenants().get(made.key), it.tenants().find(&made.id)), (None, None));
    assert!(follower.is_current(it.tenants()));
    let gone = it.update_tenant(made.key, 2, "Acme".into(), settings, TESTER).await;
    assert!(matches!(gone, Err(StoreError::Conflict)));
    assert_eq!(it.tenants().get(made.key), None, "what failed changed nothing");
}

pub async fn api_keys_are_seen_as_they_are_by_everyone(it: Fixture) {
    let follower = Follower::new();
    let made = it.create_api_key(api_key(1), TESTER).await.unwrap();
    assert_eq!(it.api_keys().named(&[1; 32]), Some(made.clone()));
    assert!(follower.is_current(it.api_keys()));
    it.create_api_key(api_key(1), TESTER).await.unwrap_err();
    assert!(it.delete_api_key(made.id, TESTER).await.unwrap());
    assert_eq!((it.api_keys().get(made.id), it.api_keys().named(&[1; 32])), (None, None));
    assert!(follower.is_current(it.api_keys()));
    let again = it.create_api_key(api_key(1), TESTER).await.unwrap();
    assert_ne!(again.id, made.id);
    let it = it.crash();
    assert_eq!(it.api_keys().all(), [again]);
}

pub async fn event_types_are_seen_as_they_are_by_everyone(it: Fixture) {
    let (follower, late) = (Follower::<CatalogueEntry>::new(), Follower::<CatalogueEntry>::new());
    let name = event_type("price.alert").name;
    let made = it.put_event_type(event_type("price.alert"), 0, TESTER).await.unwrap();
    assert_eq!((it.event_types().get(&name), made.version), (Some(made.clone()), 1));
    assert!(follower.is_current(it.event_types()));
    let mut changed = event_type("price.alert");
    changed.description = "Another".into();
    let changed = it.put_event_type(changed, 1, TESTER).await.unwrap();
    assert_eq!(it.event_types().get(&name), Some(changed.clone()));
    assert!(matches!(it.put_event_type(event_type("price.alert"), 1, TESTER).await, Err(StoreError::Conflict)));
    // Deleted and made anew it begins with version 1 again, and is seen nevertheless.
    assert!(it.delete_event_type(name.clone(), TESTER).await.unwrap());
    assert_eq!(it.event_types().get(&name), None);
    assert!(follower.is_current(it.event_types()));
    let anew = it.put_event_type(event_type("price.alert"), 0, TESTER).await.unwrap();
    assert_eq!((it.event_types().get(&name), anew.version), (Some(anew.clone()), 1));
    assert!(follower.is_current(it.event_types()) && late.is_current(it.event_types()));
    let it = it.reopen().await;
    assert_eq!(it.event_types().all(), [anew]);
}

pub async fn changes_of_one_moment_are_seen_in_their_order(mut it: Fixture) {
    let name = event_type("x").name;
    for _ in 0..10 {
        // In whichever order, some of them in one commit: what is seen is what the last one has left.
        let (put, deleted, again) = tokio::join!(
            it.put_event_type(event_type("x"), 0, TESTER),
            it.delete_event_type(name.clone(), TESTER),
            it.put_event_type(event_type("x"), 0, TESTER),
        );
        let seen = it.event_types().get(&name);
        it = it.reopen().await;
        assert_eq!(it.event_types().get(&name), seen, "{put:?} {deleted:?} {again:?}");
    }
}

pub async fn a_deleted_tenant_is_gone_from_every_view(it: Fixture) {
    let acme = it.tenant("acme").await;
    let key = it.create_api_key(NewApiKey { tenant: Some(acme), ..api_key(1) }, TESTER).await.unwrap();
    let other = it.create_api_key(api_key(2), TESTER).await.unwrap();
    let webhook = it.made(webhook_of(acme, "a")).await;
    let ours = it.made(webhook_of(DEFAULT, "a")).await;
    let seen = (it.tenants().revision(), it.api_keys().revision(), it.webhooks().revision());
    it.delete_tenant(acme, None, TESTER).await.unwrap();
    let keys: Vec<ApiKeyId> = it.api_keys().all().iter().map(|key| key.id).collect();
    let tenants: Vec<TenantKey> = it.tenants().all().iter().map(|tenant| tenant.key).collect();
    assert_eq!((keys, tenants), (vec![other.id], vec![DEFAULT]));
    assert!(it.webhooks().get(webhook.key).is_none() && it.webhooks().get(ours.key).is_some());
    assert!(matches!(&it.tenants().changed_since(seen.0).changes[..], [Change::Deleted(gone)] if *gone == acme));
    assert!(matches!(&it.api_keys().changed_since(seen.1).changes[..], [Change::Deleted(gone)] if *gone == key.id));
    assert!(
        matches!(&it.webhooks().changed_since(seen.2).changes[..], [Change::Deleted(gone)] if *gone == webhook.key)
    );
}

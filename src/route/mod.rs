//! Which webhooks of a tenant want an event, and handing both to the store.
//!
//! In go checked events, out come the store's answers, each given when the event and its deliveries are durable. What
//! was not answered may or may not have been kept, and can be sent again under its id. Nothing here survives a crash or needs to: the index is derived from
//! the store's view of all webhooks, and brought up to date before each use, so that a webhook whose creation was
//! answered matches the very next event. Cost follows the number of matches, not the number of webhooks.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, RwLock},
};

use crate::{
    model::{EventType, NewEvent, Status, TenantKey, TypePattern, Webhook, WebhookKey},
    store::{Accepted, Append, Result, Store, StoreError, WebhookChange},
};

/// The most deliveries that one request can cause: they are committed together, and others wait for that commit.
const MOST_DELIVERIES: usize = 200_000;

/// Finds the webhooks that asked for an event.
pub struct Router {
    store: Arc<dyn Store>,
    index: RwLock<Index>,
}

#[derive(Default)]
struct Index {
    revision: u64,
    tenants: HashMap<TenantKey, Patterns>,
    /// Under what each webhook is entered, so that it can be taken out when it changes.
    entered: HashMap<WebhookKey, Arc<Webhook>>,
}

/// A tenant's webhooks by what they ask for.
#[derive(Default)]
struct Patterns {
    all: HashSet<WebhookKey>,
    under: HashMap<Arc<str>, HashSet<WebhookKey>>,
    exactly: HashMap<EventType, HashSet<WebhookKey>>,
}

impl Router {
    /// Over the webhooks of this store.
    pub fn new(store: Arc<dyn Store>) -> Router {
        Router { store, index: RwLock::default() }
    }

    /// Keeps the events with a delivery for each webhook that wants them, and returns when they are durable: an answer
    /// for each, in order. If one clashes with an earlier event, none of them is kept.
    pub async fn publish(&self, tenant: TenantKey, events: Vec<NewEvent>) -> Result<Vec<Accepted>> {
        let mut routed = Vec::with_capacity(events.len());
        let mut deliveries = 0;
        for event in events {
            let webhooks = self.matching(tenant, &event.event_type);
            deliveries += webhooks.len();
            if deliveries > MOST_DELIVERIES {
                return Err(StoreError::TooMany { deliveries, most: MOST_DELIVERIES });
            }
            routed.push((event, webhooks));
        }
        self.store.append(Append { tenant, events: routed }).await
    }

    /// The tenant's webhooks that want events of this type, oldest first, each once.
    pub fn matching(&self, tenant: TenantKey, event_type: &EventType) -> Vec<WebhookKey> {
        self.catch_up();
        let index = self.index.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        index.tenants.get(&tenant).map(|patterns| patterns.matching(event_type)).unwrap_or_default()
    }

    fn catch_up(&self) {
        let seen = self.index.read().unwrap_or_else(|poisoned| poisoned.into_inner()).revision;
        if self.store.webhooks().revision() == seen {
            return;
        }
        let mut index = self.index.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (revision, changes) = self.store.webhooks().changed_since(index.revision);
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) => index.enter(webhook),
                WebhookChange::Deleted(key) => index.remove(key),
            }
        }
        index.revision = revision;
    }
}

impl Index {
    fn enter(&mut self, webhook: Arc<Webhook>) {
        self.remove(webhook.key);
        if webhook.settings.status == Status::Disabled {
            return;
        }
        let patterns = self.tenants.entry(webhook.tenant).or_default();
        patterns.each_set(&webhook, |set| {
            set.insert(webhook.key);
        });
        self.entered.insert(webhook.key, webhook);
    }

    fn remove(&mut self, key: WebhookKey) {
        let Some(webhook) = self.entered.remove(&key) else { return };
        if let Some(patterns) = self.tenants.get_mut(&webhook.tenant) {
            patterns.each_set(&webhook, |set| {
                set.remove(&key);
            });
            patterns.under.retain(|_, set| !set.is_empty());
            patterns.exactly.retain(|_, set| !set.is_empty());
        }
    }
}

impl Patterns {
    /// Calls `act` with each set that the webhook belongs to.
    fn each_set(&mut self, webhook: &Webhook, mut act: impl FnMut(&mut HashSet<WebhookKey>)) {
        let wanted = &webhook.settings.event_types;
        if wanted.is_empty() {
            return act(&mut self.all);
        }
        for pattern in wanted {
            match pattern {
                TypePattern::All => act(&mut self.all),
                TypePattern::Under(prefix) => act(self.under.entry(prefix.clone()).or_default()),
                TypePattern::Exactly(name) => act(self.exactly.entry(name.clone()).or_default()),
            }
        }
    }

    fn matching(&self, event_type: &EventType) -> Vec<WebhookKey> {
        let mut found: Vec<WebhookKey> = self.all.iter().copied().collect();
        found.extend(self.exactly.get(event_type).into_iter().flatten());
        let name = event_type.as_str();
        for (dot, _) in name.match_indices('.') {
            found.extend(self.under.get(&name[..dot]).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

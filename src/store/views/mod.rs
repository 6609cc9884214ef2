//! All webhooks, in memory, as last committed.
//!
//! The store puts a change in after its commit and before it answers, so who reads the view afterwards sees it:
//! a webhook created with 201 matches the very next event. Readers that keep something derived (the routing index,
//! the lanes) ask what changed since they last looked.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, RwLock, RwLockReadGuard},
};

use crate::model::{TenantKey, Webhook, WebhookId, WebhookKey};

/// A complete, current view of all webhooks.
#[derive(Default, Debug)]
pub struct WebhookView {
    state: RwLock<State>,
}

#[derive(Default, Debug)]
struct State {
    by_key: HashMap<WebhookKey, Entry>,
    by_id: BTreeMap<(TenantKey, WebhookId), WebhookKey>,
    /// Each webhook at its last change only, so this is as long as the webhooks are many.
    log: BTreeMap<u64, WebhookKey>,
    revision: u64,
}

#[derive(Debug)]
struct Entry {
    webhook: Arc<Webhook>,
    revision: u64,
}

/// A webhook that changed.
#[derive(Clone, Debug)]
pub enum WebhookChange {
    /// It is now so.
    Saved(Arc<Webhook>),
    /// It is gone.
    Deleted(WebhookKey),
}

impl WebhookView {
    /// One webhook.
    pub fn get(&self, key: WebhookKey) -> Option<Arc<Webhook>> {
        self.read().by_key.get(&key).map(|entry| entry.webhook.clone())
    }

    /// One webhook by its name.
    pub fn find(&self, tenant: TenantKey, id: &WebhookId) -> Option<Arc<Webhook>> {
        let state = self.read();
        let key = state.by_id.get(&(tenant, id.clone()))?;
        state.by_key.get(key).map(|entry| entry.webhook.clone())
    }

    /// A tenant's webhooks by id, those after `after` only, at most `limit`.
    pub fn list(&self, tenant: TenantKey, after: Option<&WebhookId>, limit: usize) -> Vec<Arc<Webhook>> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let state = self.read();
        let start = match after {
            Some(id) => Excluded((tenant, id.clone())),
            None => match WebhookId::parse("-") {
                // `-` is the least character that an id can begin with.
                Ok(least) => Included((tenant, least)),
                Err(_) => Unbounded,
            },
        };
        let of_tenant = state.by_id.range((start, Unbounded)).take_while(|((owner, _), _)| *owner == tenant);
        of_tenant.filter_map(|(_, key)| state.by_key.get(key)).map(|e| e.webhook.clone()).take(limit).collect()
    }

    /// How many webhooks there are.
    pub fn len(&self) -> usize {
        self.read().by_key.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.read().revision
    }

    /// What changed after `revision`, in order of change, and the revision reached. From 0: everything there is.
    pub fn changed_since(&self, revision: u64) -> (u64, Vec<WebhookChange>) {
        let state = self.read();
        let changes = state.log.range(revision + 1..).map(|(_, key)| match state.by_key.get(key) {
            Some(entry) => WebhookChange::Saved(entry.webhook.clone()),
            None => WebhookChange::Deleted(*key),
        });
        (state.revision, changes.collect())
    }

    /// Puts a committed webhook in. An older version than the one that is there changes nothing.
    pub(super) fn saved(&self, webhook: Arc<Webhook>) {
        let mut state = self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if state.by_key.get(&webhook.key).is_some_and(|entry| entry.webhook.version > webhook.version) {
            return;
        }
        let revision = state.logged(webhook.key);
        if let Some(before) = state.by_key.get(&webhook.key).map(|entry| entry.webhook.clone())
            && before.id != webhook.id
        {
            state.forget_id(&before);
        }
        state.by_id.insert((webhook.tenant, webhook.id.clone()), webhook.key);
        state.by_key.insert(webhook.key, Entry { webhook, revision });
    }

    /// Takes a deleted webhook out.
    pub(super) fn deleted(&self, key: WebhookKey) {
        let mut state = self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !state.by_key.contains_key(&key) {
            return;
        }
        state.logged(key);
        if let Some(entry) = state.by_key.remove(&key) {
            state.forget_id(&entry.webhook);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // Writers only insert and remove; a panic in between cannot leave what readers would misread.
        self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn forget_id(&mut self, webhook: &Webhook) {
        let name = (webhook.tenant, webhook.id.clone());
        // One commit can take an id from one webhook and give it to another.
        if self.by_id.get(&name) == Some(&webhook.key) {
            self.by_id.remove(&name);
        }
    }

    fn logged(&mut self, key: WebhookKey) -> u64 {
        if let Some(entry) = self.by_key.get(&key) {
            self.log.remove(&entry.revision);
        }
        self.revision += 1;
        self.log.insert(self.revision, key);
        self.revision
    }
}

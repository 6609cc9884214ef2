//! A tenant's index, brought up to date by the work of this tenant before it is asked.
//!
//! Each change is a piece of work with a price, and between two of them others have their turn. The index is locked for one
//! change at a time by whoever enters it, so that the tenant's other requests go on with what is entered.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError},
};

use super::{condition::condition, index::Index};
use crate::{
    model::{TenantKey, WebhookKey},
    store::{GroupRevision, Next, View, WebhookChange, Webhooks},
    webhook::{Status, Webhook},
    work::{Cost, Slice},
};

/// Looking at a change.
const OF_CHANGE: Cost = 2_000;
/// Entering a value of a filter, or taking one out.
const OF_VALUE: Cost = 600;

/// One tenant's webhooks.
pub(super) struct TenantIndex {
    tenant: TenantKey,
    store: Arc<dyn Webhooks>,
    committed: GroupRevision,
    entered: RwLock<Entered>,
}

/// The index, and up to which revision of the tenant's webhooks it is made.
pub(super) struct Entered {
    revision: u64,
    /// What was gone by this revision is taken out, although it was no longer among the changes.
    taken_out: u64,
    /// Up to here that was looked through.
    looked_through: Option<WebhookKey>,
    pub index: Index,
    /// The webhooks as they were entered.
    webhooks: BTreeMap<WebhookKey, Arc<Webhook>>,
}

impl TenantIndex {
    pub fn new(tenant: TenantKey, store: Arc<dyn Webhooks>) -> TenantIndex {
        let committed = store.webhooks().revision_of(tenant);
        TenantIndex { tenant, store, committed, entered: RwLock::new(Entered::of(tenant)) }
    }

    /// Whose it is.
    pub fn tenant(&self) -> TenantKey {
        self.tenant
    }

    /// Up to where the tenant's changes are committed. What was answered before is among them.
    pub fn committed(&self) -> u64 {
        self.committed.now()
    }

    /// Enters what changed up to this revision, as far as the slice allows. Whether all of it is entered.
    pub fn catch_up(&self, revision: u64, slice: &mut Slice) -> bool {
        loop {
            match self.look(slice) {
                Some(entered) if entered.revision >= revision => return true,
                Some(_) => {}
                None => return false,
            }
            let Some(mut entered) = self.change(slice) else { return false };
            if entered.revision < revision
                && (slice.is_over() || !entered.step(self.store.webhooks(), self.tenant, slice))
            {
                return false;
            }
        }
    }

    /// What is entered. A thread that others wait for does not wait for those who are entering something: for it there is
    /// nothing then.
    pub fn look(&self, slice: &Slice) -> Option<RwLockReadGuard<'_, Entered>> {
        if slice.may_wait() {
            return Some(self.entered.read().unwrap_or_else(PoisonError::into_inner));
        }
        match self.entered.try_read() {
            Ok(entered) => Some(entered),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn change(&self, slice: &Slice) -> Option<RwLockWriteGuard<'_, Entered>> {
        if slice.may_wait() {
            return Some(self.entered.write().unwrap_or_else(PoisonError::into_inner));
        }
        match self.entered.try_write() {
            Ok(entered) => Some(entered),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Whether there is something to enter, as far as that can be told without waiting.
    pub fn is_behind(&self) -> bool {
        self.look(&Slice::in_place()).is_some_and(|entered| entered.revision < self.committed())
    }

    /// Whether it holds nothing, as far as that can be told without waiting.
    pub fn is_empty(&self) -> bool {
        self.look(&Slice::in_place()).is_some_and(|entered| entered.webhooks.is_empty())
    }
}

impl Entered {
    fn of(tenant: TenantKey) -> Entered {
        let (index, webhooks) = (Index::of(tenant), BTreeMap::new());
        Entered { revision: 0, taken_out: 0, looked_through: None, index, webhooks }
    }

    /// Enters the next change, if the slice allows it.
    fn step(&mut self, view: &View<Webhook>, tenant: TenantKey, slice: &mut Slice) -> bool {
        let Next { forgotten, change, revision } = view.next_change(tenant, self.revision);
        if self.revision.max(self.taken_out) < forgotten {
            return self.look_through(forgotten, view, slice);
        }
        let Some((at, change)) = change else {
            self.revision = revision;
            return true;
        };
        if !slice.affords(self.price(&change)) {
            return false;
        }
        match change {
            WebhookChange::Saved(webhook) => drop(self.enter(webhook)),
            WebhookChange::Deleted(key) => self.remove(key),
        }
        self.revision = at;
        true
    }

    /// Looks whether the next webhook is still there.
    fn look_through(&mut self, forgotten: u64, view: &View<Webhook>, slice: &mut Slice) -> bool {
        let from = self.looked_through.map_or(Bound::Unbounded, Bound::Excluded);
        let Some((&key, _)) = self.webhooks.range((from, Bound::Unbounded)).next() else {
            (self.taken_out, self.looked_through) = (forgotten, None);
            return true;
        };
        let is_gone = view.get(key).is_none();
        if !slice.affords(if is_gone { self.price(&WebhookChange::Deleted(key)) } else { OF_CHANGE }) {
            return false;
        }
        if is_gone {
            self.remove(key);
        }
        self.looked_through = Some(key);
        true
    }

    /// What entering a change takes.
    fn price(&self, change: &WebhookChange) -> Cost {
        let (key, new) = match change {
            WebhookChange::Saved(webhook) if self.is_the_same(webhook) => return OF_CHANGE,
            WebhookChange::Saved(webhook) if webhook.settings.status == Status::Disabled => (webhook.key, 0),
            WebhookChange::Saved(webhook) => (webhook.key, webhook.settings.matched_values()),
            WebhookChange::Deleted(key) => (*key, 0),
        };
        let old = self.webhooks.get(&key).map_or(0, |webhook| webhook.settings.matched_values());
        OF_CHANGE + OF_VALUE * (old + new) as Cost
    }

    /// Whether a webhook that is entered and what has become of it want the same events. Most changes have nothing to do with
    /// that: then there is nothing to enter, which is dear where a filter has many values.
    fn is_the_same(&self, now: &Webhook) -> bool {
        let Some(before) = self.webhooks.get(&now.key) else { return false };
        let (old, new) = (&before.settings, &now.settings);
        let same = old.event_types == new.event_types && old.filter == new.filter && old.assets == new.assets;
        same && new.status != Status::Disabled
    }

    /// Tells whether there was something to enter.
    fn enter(&mut self, webhook: Arc<Webhook>) -> bool {
        let is_new = !self.is_the_same(&webhook);
        if webhook.settings.status == Status::Disabled {
            self.remove(webhook.key);
            return is_new;
        }
        if is_new {
            self.index.enter(webhook.key, &webhook.settings.event_types, condition(&webhook));
        }
        // Always the one that others hold, too: an earlier one would be kept for nothing else.
        self.webhooks.insert(webhook.key, webhook);
        is_new
    }

    fn remove(&mut self, key: WebhookKey) {
        self.index.remove(key);
        self.webhooks.remove(&key);
    }
}

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

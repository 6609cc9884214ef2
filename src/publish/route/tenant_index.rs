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
    store::{Followed, GroupRevision, Step, View, WebhookChange, Webhooks},
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

/// The index, and up to where the changes of the tenant's webhooks are in it.
pub(super) struct Entered {
    followed: Followed<WebhookKey>,
    pub index: Index,
    /// The webhooks as they were entered: those that are in the index, and no others.
    webhooks: BTreeMap<WebhookKey, Arc<Webhook>>,
    /// How many of them keep alerts in order.
    orders_alerts: usize,
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
            match self.read(slice) {
                Some(entered) if entered.revision() >= revision => return true,
                Some(_) => {}
                None => return false,
            }
            let Some(mut entered) = self.write(slice) else { return false };
            if entered.revision() < revision
                && (slice.is_over() || !entered.step(self.store.webhooks(), self.tenant, slice))
            {
                return false;
            }
        }
    }

    /// What is entered. A thread that others wait for does not wait for those who are entering something: for it there is
    /// nothing then.
    pub fn read(&self, slice: &Slice) -> Option<RwLockReadGuard<'_, Entered>> {
        if slice.may_wait() {
            return Some(self.entered.read().unwrap_or_else(PoisonError::into_inner));
        }
        match self.entered.try_read() {
            Ok(entered) => Some(entered),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn write(&self, slice: &Slice) -> Option<RwLockWriteGuard<'_, Entered>> {
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
        self.read(&Slice::in_place()).is_some_and(|entered| entered.revision() < self.committed())
    }

    /// Whether its tenant has no webhooks and nothing is to be entered, as far as that can be told without waiting. One whose
    /// webhooks are all disabled stays: it would be made again, and gone through, at every look at who is behind.
    pub fn is_needless(&self) -> bool {
        let is_needless = |entered: &Entered| {
            entered.webhooks.is_empty()
                && entered.revision() >= self.committed()
                && !self.store.webhooks().has_items(self.tenant)
        };
        self.read(&Slice::in_place()).is_some_and(|entered| is_needless(&entered))
    }
}

impl Entered {
    fn of(tenant: TenantKey) -> Entered {
        Entered { followed: Followed::default(), index: Index::of(tenant), webhooks: BTreeMap::new(), orders_alerts: 0 }
    }

    fn revision(&self) -> u64 {
        self.followed.revision()
    }

    /// Enters the next change, if the slice allows it.
    fn step(&mut self, view: &View<Webhook>, tenant: TenantKey, slice: &mut Slice) -> bool {
        let Step { change, then } = view.next_step(tenant, &self.followed, |key| self.after(key));
        if !slice.affords(change.as_ref().map_or(OF_CHANGE, |change| self.price(change))) {
            return false;
        }
        match change {
            Some(WebhookChange::Saved(webhook)) => self.enter(webhook),
            Some(WebhookChange::Deleted(key)) => self.remove(key),
            None => {}
        }
        self.followed = then;
        true
    }

    /// The first webhook that is entered after this one.
    fn after(&self, key: Option<&WebhookKey>) -> Option<WebhookKey> {
        let from = key.map_or(Bound::Unbounded, |&key| Bound::Excluded(key));
        self.webhooks.range((from, Bound::Unbounded)).next().map(|(&key, _)| key)
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

    fn enter(&mut self, webhook: Arc<Webhook>) {
        if !self.is_the_same(&webhook) {
            // Out of both first: if entering it ended halfway by a panic, nothing would say that it is there as it was before.
            self.remove(webhook.key);
            if webhook.settings.status == Status::Disabled {
                return;
            }
            self.index.enter(webhook.key, &webhook.settings.event_types, condition(&webhook));
        }
        // Always the one that others hold, too: an earlier one would be kept for nothing else.
        self.orders_alerts += usize::from(webhook.settings.orders_alerts());
        let before = self.webhooks.insert(webhook.key, webhook);
        self.forget(before);
    }

    fn remove(&mut self, key: WebhookKey) {
        self.index.remove(key);
        let before = self.webhooks.remove(&key);
        self.forget(before);
    }

    fn forget(&mut self, before: Option<Arc<Webhook>>) {
        let ordered = before.is_some_and(|webhook| webhook.settings.orders_alerts());
        self.orders_alerts = self.orders_alerts.saturating_sub(usize::from(ordered));
    }

    /// Whether one of these keeps alerts in order.
    pub fn any_orders_alerts(&self, wanting: &[WebhookKey]) -> bool {
        let orders = |key| self.webhooks.get(key).is_some_and(|webhook| webhook.settings.orders_alerts());
        self.orders_alerts > 0 && wanting.iter().any(orders)
    }
}

#[cfg(test)]
mod tests;

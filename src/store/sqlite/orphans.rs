//! Whose the webhooks are that were deleted and are still owed something: what is done about that takes their tenants' turns, also
//! after the tenant is gone, and nobody else's.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ledger::Ledger;
use crate::model::{IdMap, TenantKey, WebhookKey};

/// Deleted webhooks that are owed something, with whose they were.
#[derive(Debug, Default)]
pub(super) struct Orphans(Mutex<IdMap<WebhookKey, TenantKey>>);

impl Orphans {
    /// Those that are known at the start.
    pub fn of(known: impl Iterator<Item = (WebhookKey, TenantKey)>) -> Orphans {
        Orphans(Mutex::new(known.collect()))
    }

    /// A commit makes the ledger's latest changes durable. A webhook can come to be owed something also after it was deleted: an event
    /// was matched before and is written afterwards.
    pub fn follow(&self, ledger: &Ledger) {
        let mut known = self.lock();
        for (webhook, tenant) in ledger.touched() {
            if ledger.is_orphan(webhook) {
                known.insert(webhook, tenant);
            } else if !known.is_empty() {
                known.remove(&webhook);
            }
        }
    }

    /// Whose it was.
    pub fn tenant_of(&self, webhook: WebhookKey) -> Option<TenantKey> {
        self.lock().get(&webhook).copied()
    }

    #[cfg(test)]
    pub fn known(&self) -> IdMap<WebhookKey, TenantKey> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, IdMap<WebhookKey, TenantKey>> {
        // Single steps: a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Whose the webhooks are that were deleted and are still owed something: what is done about that takes their tenants' turns, also
//! after the tenant is gone, and nobody else's.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{IdMap, TenantKey, WebhookKey};

/// Deleted webhooks, with whose they were.
#[derive(Debug, Default)]
pub(super) struct Orphans(Mutex<IdMap<WebhookKey, TenantKey>>);

impl Orphans {
    /// These.
    pub fn of(known: impl Iterator<Item = (WebhookKey, TenantKey)>) -> Orphans {
        Orphans(Mutex::new(known.collect()))
    }

    /// A webhook of this tenant's is deleted.
    pub fn add(&self, webhook: WebhookKey, tenant: TenantKey) {
        self.lock().insert(webhook, tenant);
    }

    /// Whose it was.
    pub fn tenant_of(&self, webhook: WebhookKey) -> Option<TenantKey> {
        self.lock().get(&webhook).copied()
    }

    /// It is owed nothing any more.
    pub fn forget(&self, webhook: WebhookKey) {
        self.lock().remove(&webhook);
    }

    fn lock(&self) -> MutexGuard<'_, IdMap<WebhookKey, TenantKey>> {
        // Single steps: a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Ids of publications that go on in a later transaction. Nothing that comes in between may take them: what is left of these
//! publications cannot be refused any more.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use crate::model::TenantKey;

/// The publications that are under way.
#[derive(Default)]
pub(super) struct Promised(Vec<(TenantKey, Weak<Mutex<HashSet<String>>>)>);

/// The ids of one of them, as they are remembered. They are promised until it is dropped.
pub(super) struct Ids(Arc<Mutex<HashSet<String>>>);

impl Promised {
    /// A tenant's publication goes on.
    pub fn enter(&mut self, tenant: TenantKey) -> Ids {
        self.0.retain(|(_, ids)| ids.strong_count() > 0);
        let ids = Arc::default();
        self.0.push((tenant, Arc::downgrade(&ids)));
        Ids(ids)
    }

    /// Whether an event of this tenant will be kept under this id.
    pub fn has(&self, tenant: TenantKey, id: &str) -> bool {
        let mut of_tenant = self.0.iter().filter(|(whose, _)| *whose == tenant).filter_map(|(_, ids)| ids.upgrade());
        of_tenant.any(|ids| locked(&ids).contains(id))
    }
}

impl Ids {
    pub fn add(&self, ids: impl Iterator<Item = String>) {
        locked(&self.0).extend(ids);
    }
}

/// Only the writer's thread comes here.
fn locked(ids: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    ids.lock().unwrap_or_else(PoisonError::into_inner)
}

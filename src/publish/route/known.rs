//! The webhooks that there are, in an index for each tenant.

use std::sync::{Arc, PoisonError, RwLock};

use super::tenant_index::TenantIndex;
use crate::{
    clock::Clock,
    model::{IdMap, NewEvent, TenantKey},
    store::Webhooks,
    webhook::Facts,
};

/// The tenants whose webhooks were asked for.
pub(super) struct Known {
    store: Arc<dyn Webhooks>,
    clock: Clock,
    tenants: RwLock<IdMap<TenantKey, Arc<TenantIndex>>>,
}

impl Known {
    /// Over the webhooks of this store.
    pub fn new(store: Arc<dyn Webhooks>, clock: Clock) -> Known {
        Known { store, clock, tenants: RwLock::default() }
    }

    /// What filters can ask about; an event that does not say when it happened, happens now.
    pub fn facts<'a>(&self, event: &'a NewEvent) -> Facts<'a> {
        match event.timestamp {
            Some(_) => Facts::of(event),
            None => Facts::of(event).timestamp(self.clock.now()),
        }
    }

    /// A tenant's index.
    pub fn of(&self, tenant: TenantKey) -> Arc<TenantIndex> {
        let known = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        known.unwrap_or_else(|| {
            let new = || Arc::new(TenantIndex::new(tenant, self.store.clone()));
            self.tenants.write().unwrap_or_else(PoisonError::into_inner).entry(tenant).or_insert_with(new).clone()
        })
    }

    /// Every tenant with webhooks.
    pub fn with_webhooks(&self) -> Vec<TenantKey> {
        self.store.webhooks().groups()
    }

    /// The indexes in which not all changes are entered, those of tenants that were not asked for yet included.
    pub fn behind(&self) -> Vec<Arc<TenantIndex>> {
        self.with_webhooks().into_iter().for_each(|tenant| drop(self.of(tenant)));
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.values().filter(|index| index.is_behind()).cloned().collect()
    }

    /// Forgets the indexes that hold nothing and have nothing to enter. Who uses one goes on with it; the next who asks makes
    /// another.
    pub fn forget_needless(&self) {
        let needless: Vec<TenantKey> = {
            let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
            tenants.iter().filter(|(_, index)| index.is_needless()).map(|(&tenant, _)| tenant).collect()
        };
        if !needless.is_empty() {
            // Whoever publishes for the first time waits for this, so it looks at no others.
            let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
            for tenant in needless {
                if tenants.get(&tenant).is_some_and(|index| index.is_needless()) {
                    tenants.remove(&tenant);
                }
            }
        }
        self.store.webhooks().forget_empty_groups();
    }
}

#[cfg(test)]
impl Known {
    /// How many indexes there are.
    pub fn count(&self) -> usize {
        self.tenants.read().unwrap().len()
    }
}

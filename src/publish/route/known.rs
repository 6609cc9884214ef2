//! The webhooks that there are, in an index for each tenant.

use std::sync::{Arc, PoisonError, RwLock};

use super::tenant_index::TenantIndex;
use crate::{
    clock::Clock,
    model::{Event, IdMap, NewEvent, TenantKey},
    store::Webhooks,
    webhook::{Assets, Facts, Filter, Webhook},
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

    /// Forgets the indexes that are empty and that nobody uses.
    pub fn forget_empty(&self) {
        let is_used = |index: &Arc<TenantIndex>| Arc::strong_count(index) > 1 || !index.is_empty();
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).retain(|_, index| is_used(index));
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

/// Whether a webhook asks for an event, by type and filter, whatever its status.
pub fn asks_for(webhook: &Webhook, event: &Event) -> bool {
    let facts = Facts::of_event(event);
    webhook.settings.asks_for_type(&event.event_type) && condition(webhook).is_none_or(|filter| filter.matches(&facts))
}

/// What a webhook asks of an event besides its type.
pub(super) fn condition(webhook: &Webhook) -> Option<Filter> {
    let assets = webhook.settings.assets.as_ref().and_then(Assets::filter);
    Filter::all(assets.into_iter().chain(webhook.settings.filter.clone()))
}

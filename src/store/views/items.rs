//! What has a view, and what it is found by.

use std::{ops::Bound, sync::Arc};

use super::{Item, View};
use crate::{
    model::{ApiKey, ApiKeyId, EventType, Tenant, TenantId, TenantKey, WebhookId, WebhookKey},
    store::CatalogueEntry,
    webhook::Webhook,
};

impl Item for Webhook {
    type Key = WebhookKey;
    type Name = (TenantKey, WebhookId);
    type Group = TenantKey;

    fn key(&self) -> WebhookKey {
        self.key
    }

    fn name(&self) -> (TenantKey, WebhookId) {
        (self.tenant, self.id.clone())
    }

    fn group(&self) -> TenantKey {
        self.tenant
    }

    fn version(&self) -> u64 {
        self.version
    }
}

impl Item for Tenant {
    type Key = TenantKey;
    type Name = TenantId;
    type Group = ();

    fn key(&self) -> TenantKey {
        self.key
    }

    fn name(&self) -> TenantId {
        self.id.clone()
    }

    fn group(&self) {}

    fn version(&self) -> u64 {
        0
    }
}

impl Item for ApiKey {
    type Key = ApiKeyId;
    /// Its hash.
    type Name = [u8; 32];
    type Group = ();

    fn key(&self) -> ApiKeyId {
        self.id
    }

    fn name(&self) -> [u8; 32] {
        self.hash
    }

    fn group(&self) {}

    fn version(&self) -> u64 {
        0
    }
}

/// By its name alone: one that is deleted and made anew begins with version 1 again.
impl Item for CatalogueEntry {
    type Key = EventType;
    type Name = EventType;
    type Group = ();

    fn key(&self) -> EventType {
        self.event_type.name.clone()
    }

    fn name(&self) -> EventType {
        self.event_type.name.clone()
    }

    fn group(&self) {}

    fn version(&self) -> u64 {
        self.version
    }
}

impl View<Webhook> {
    /// One webhook by its id.
    pub fn find(&self, tenant: TenantKey, id: &WebhookId) -> Option<Arc<Webhook>> {
        self.named(&(tenant, id.clone()))
    }

    /// A tenant's webhooks by id, those after `after` only, at most `limit`.
    pub fn list(&self, tenant: TenantKey, after: Option<&WebhookId>, limit: usize) -> Vec<Arc<Webhook>> {
        let start = match after {
            Some(id) => Bound::Excluded((tenant, id.clone())),
            None => match WebhookId::parse("-") {
                // `-` is the least character that an id can begin with.
                Ok(least) => Bound::Included((tenant, least)),
                Err(_) => Bound::Unbounded,
            },
        };
        self.walk(start, |(owner, _)| *owner == tenant, limit)
    }
}

impl View<Tenant> {
    /// One tenant by its id.
    pub fn find(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.named(id)
    }
}

//! What has a view, and what it is found by.

use std::sync::Arc;

use super::{Item, View};
use crate::{
    model::{ApiKey, ApiKeyId, EventType, Session, SessionId, Tenant, TenantId, TenantKey, WebhookId, WebhookKey},
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

impl Item for Session {
    type Key = SessionId;
    /// Its hash.
    type Name = [u8; 32];
    type Group = ();

    fn key(&self) -> SessionId {
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

    /// A tenant's webhooks whose ids begin so, by id, at most `limit`.
    pub fn beginning(&self, tenant: TenantKey, start: &WebhookId, limit: usize) -> Vec<Arc<Webhook>> {
        let mut found = self.from_name(&(tenant, start.clone()), limit);
        found.retain(|webhook| webhook.tenant == tenant && webhook.id.as_str().starts_with(start.as_str()));
        found
    }

    /// A tenant's webhooks, newest first: those older than `before` only, at most `limit`.
    pub fn list(&self, tenant: TenantKey, before: Option<WebhookKey>, limit: usize) -> Vec<Arc<Webhook>> {
        self.last_of(tenant, before.as_ref(), limit)
    }

    /// The same of those newer than `after`: the oldest of them, newest first.
    pub fn list_back(&self, tenant: TenantKey, after: Option<WebhookKey>, limit: usize) -> Vec<Arc<Webhook>> {
        let mut found = self.first_of(tenant, after.as_ref(), limit);
        found.reverse();
        found
    }
}

impl View<Tenant> {
    /// One tenant by its id.
    pub fn find(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.named(id)
    }
}

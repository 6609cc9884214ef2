//! Who may use the server: tenants and their API keys.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Result, View};
use crate::model::{
    Actor, Amounts, ApiKey, ApiKeyId, RateLimit, Scope, Tenant, TenantId, TenantKey, TenantSettings, Timestamp,
};

/// The tenants and API keys there are.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// All tenants as last committed, in memory.
    fn tenants(&self) -> &View<Tenant>;

    /// Makes a tenant.
    async fn create_tenant(&self, id: TenantId, name: String, by: &Actor) -> Result<Arc<Tenant>>;

    /// Changes a tenant's name and settings, if it has this version still. Otherwise, and if it is gone,
    /// [`Conflict`](super::StoreError::Conflict).
    async fn update_tenant(
        &self,
        key: TenantKey,
        expected: u64,
        name: String,
        settings: TenantSettings,
        by: &Actor,
    ) -> Result<Arc<Tenant>>;

    /// Deletes a tenant with its keys and webhooks; with `expected`, only this version. Where they are many, in several
    /// transactions, the keys first and the tenant with the last of them; the first asks for the version. After a crash in
    /// between, what is left is deleted by deleting it again.
    async fn delete_tenant(&self, key: TenantKey, expected: Option<u64>, by: &Actor) -> Result<()>;

    /// All API keys as last committed, in memory.
    fn api_keys(&self) -> &View<ApiKey>;

    /// Keeps a key; its id and time of creation are given by the store. [`Full`](super::StoreError::Full) if its tenant
    /// has as many as it may.
    async fn create_api_key(&self, key: NewApiKey, by: &Actor) -> Result<Arc<ApiKey>>;

    /// What a tenant has of what has a quota, as last committed, and how much it may have.
    fn usage(&self, tenant: TenantKey) -> TenantUsage;

    /// Keeps when keys were last used. Those that are gone are left out. The view does not change with it.
    async fn keep_key_uses(&self, uses: Vec<(ApiKeyId, Timestamp)>) -> Result<()>;

    /// Forgets a key.
    async fn delete_api_key(&self, id: ApiKeyId, by: &Actor) -> Result<bool>;
}

/// An API key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// Its first characters.
    pub hint: String,
    /// The name that people see.
    pub name: String,
    /// The tenant it belongs to; none for the operator's.
    pub tenant: Option<TenantKey>,
    /// What it permits.
    pub scopes: Vec<Scope>,
    /// How often it may call.
    pub rate_limit: Option<RateLimit>,
    /// After this it is refused.
    pub expires_at: Option<Timestamp>,
}

/// What a tenant has and may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TenantUsage {
    /// What it has. Deliveries of a broadcast count, also where they are more than it may have.
    pub used: Amounts,
    /// What it may have: as its quotas say, else as the server's settings do.
    pub most: Amounts,
}

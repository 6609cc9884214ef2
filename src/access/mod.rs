//! Who may do what, and how often: tenants, API keys with their scopes and quotas, and every change to them.
//!
//! In goes what a request says about itself (a key's text, a tenant's name), out comes a [`Caller`], of whom handlers
//! ask for what they need: a tenant, which is given only with the right scope. Keys and tenants are held in memory and
//! never read from the store while requests run: whoever makes or revokes one does it through [`Access`], which changes
//! the store first and the memory before it answers, so that a revoked key is refused from the answer on. A key's text
//! is hashed (SHA-256) and looked up by its hash, so how long that takes says nothing about the keys there are; the
//! text itself is kept nowhere. Nothing here knows HTTP.

mod admission;
mod bucket;
mod caller;
mod error;
mod key_text;
mod keys;
mod tenants;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use tokio::sync::Mutex;

use self::bucket::Bucket;
pub use self::{
    admission::{Admission, NamedTenant},
    bucket::Quota,
    caller::Caller,
    error::AccessError,
    key_text::KeyText,
    keys::{KeyOrder, MadeKey, NewKeyOf},
    tenants::TenantChange,
};
use crate::{
    model::{ApiKey, RateLimit, RateUnit, Tenant, TenantId, TenantKey},
    store::{Result as StoreResult, Store},
};

/// How often keys may call that do not say so themselves.
#[derive(Clone, Copy, Debug)]
pub struct KeyRates {
    /// A tenant's key.
    pub tenant: RateLimit,
    /// An operator's key.
    pub operator: RateLimit,
}

impl Default for KeyRates {
    fn default() -> KeyRates {
        let per_second = |limit| RateLimit { limit, per: RateUnit::Second };
        KeyRates { tenant: per_second(600), operator: per_second(100_000) }
    }
}

/// The keys and tenants there are. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    rates: KeyRates,
    known: RwLock<Known>,
    /// Held while a tenant is read, changed and written.
    tenant_changes: Arc<Mutex<()>>,
    /// Requests without a valid key.
    failures: Bucket,
}

#[derive(Default)]
struct Known {
    keys: HashMap<[u8; 32], Arc<Holder>>,
    tenants: HashMap<TenantId, Tenant>,
    names: HashMap<TenantKey, TenantId>,
}

/// A key with what is left of its quota.
struct Holder {
    key: ApiKey,
    bucket: Bucket,
}

impl Access {
    /// With everything that the store knows.
    pub async fn load(store: Arc<dyn Store>, rates: KeyRates) -> StoreResult<Access> {
        let access = Access(Arc::new(Inner {
            rates,
            known: RwLock::default(),
            tenant_changes: Arc::default(),
            failures: Bucket::new(admission::MOST_FAILURES),
            store: store.clone(),
        }));
        let (tenants, keys) = (store.tenants().await?, store.api_keys().await?);
        let mut known = access.write();
        tenants.into_iter().for_each(|tenant| known.add_tenant(tenant));
        keys.into_iter().for_each(|key| access.add_key(&mut known, key));
        drop(known);
        Ok(access)
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        // Held for lookups and inserts only, never across an await; those leave nothing half done.
        self.0.known.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.known.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A name for people, of a tenant or a key: 1 to 200 characters on one line.
fn check_name(name: &str) -> Result<(), AccessError> {
    if !(1..=200).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AccessError::field("/name", "is 1 to 200 characters without control characters"));
    }
    Ok(())
}

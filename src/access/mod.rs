//! Who may do what, and how often: tenants, API keys with their scopes and quotas, and every change to them.
//!
//! In goes what a request says about itself (a key's text, a tenant's name), out comes a [`Caller`], of whom handlers
//! ask for what they need: a tenant, which is given only with the right scope. Keys and tenants are the store's views of
//! them, so whoever makes or revokes one, a revoked key is refused from that answer on. What is kept here is made of
//! them: what is left of each key's quota. A key's text
//! is hashed (SHA-256) and looked up by its hash, so how long that takes says nothing about the keys there are; the
//! text itself is kept nowhere. Nothing here knows HTTP.

mod admission;
mod bucket;
mod caller;
mod error;
mod key_text;
mod keys;
mod tenants;

use std::{collections::HashMap, sync::Arc};

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
    model::{ApiKey, ApiKeyId, RateLimit, RateUnit},
    store::{Change, Derived, Directory, Look},
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
    store: Arc<dyn Directory>,
    rates: KeyRates,
    holders: Derived<Holders>,
    /// Held while a tenant is read, changed and written.
    tenant_changes: Arc<Mutex<()>>,
    /// Requests without a valid key.
    failures: Bucket,
}

/// The keys there are, with their quotas.
#[derive(Default)]
struct Holders {
    by_hash: HashMap<[u8; 32], Arc<Holder>>,
    hashes: HashMap<ApiKeyId, [u8; 32]>,
}

/// A key with what is left of its quota.
struct Holder {
    key: Arc<ApiKey>,
    bucket: Bucket,
}

impl Access {
    /// To this store.
    pub fn new(store: Arc<dyn Directory>, rates: KeyRates) -> Access {
        Access(Arc::new(Inner {
            store,
            rates,
            holders: Derived::default(),
            tenant_changes: Arc::default(),
            failures: Bucket::new(admission::MOST_FAILURES),
        }))
    }

    /// The keys as they are now.
    fn holders(&self) -> Look<'_, Holders> {
        self.0.holders.look(self.0.store.api_keys(), |holders, change| match change {
            Change::Saved(key) => holders.enter(key, &self.0.rates),
            Change::Deleted(id) => holders.remove(id),
        })
    }
}

impl KeyRates {
    /// How often this key may call.
    fn of(&self, key: &ApiKey) -> RateLimit {
        let default = if key.tenant.is_some() { self.tenant } else { self.operator };
        key.rate_limit.unwrap_or(default)
    }
}

impl Holders {
    fn enter(&mut self, key: Arc<ApiKey>, rates: &KeyRates) {
        self.remove(key.id);
        self.hashes.insert(key.id, key.hash);
        let bucket = Bucket::new(rates.of(&key));
        self.by_hash.insert(key.hash, Arc::new(Holder { key, bucket }));
    }

    fn remove(&mut self, id: ApiKeyId) {
        if let Some(hash) = self.hashes.remove(&id) {
            self.by_hash.remove(&hash);
        }
    }
}

/// A name for people, of a tenant or a key: 1 to 200 characters on one line.
fn check_name(name: &str) -> Result<(), AccessError> {
    if !(1..=200).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AccessError::field("/name", "is 1 to 200 characters without control characters"));
    }
    Ok(())
}

//! What admission, keys and tenants share: the store, and the keys in it with what is left of their quotas.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Mutex;

use super::bucket::Bucket;
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
pub struct Access(pub(super) Arc<Inner>);

/// What all clones share.
pub(super) struct Inner {
    pub store: Arc<dyn Directory>,
    pub rates: KeyRates,
    holders: Derived<Holders>,
    /// Held while a tenant is read, changed and written.
    pub tenant_changes: Arc<Mutex<()>>,
    /// Requests without a valid key.
    pub failures: Bucket,
}

/// The keys there are, with their quotas.
#[derive(Default)]
pub(super) struct Holders {
    /// By the hash of their texts.
    pub by_hash: HashMap<[u8; 32], Arc<Holder>>,
    hashes: HashMap<ApiKeyId, [u8; 32]>,
}

/// A key with what is left of its quota.
pub(super) struct Holder {
    pub key: Arc<ApiKey>,
    pub bucket: Bucket,
}

/// Requests without a valid key that are told so each second, by the whole server; beyond that they are refused without
/// a look.
const MOST_FAILURES: RateLimit = RateLimit { limit: 200, per: RateUnit::Second };

impl Access {
    /// To this store.
    pub fn new(store: Arc<dyn Directory>, rates: KeyRates) -> Access {
        Access(Arc::new(Inner {
            store,
            rates,
            holders: Derived::default(),
            tenant_changes: Arc::default(),
            failures: Bucket::new(MOST_FAILURES),
        }))
    }

    /// The keys as they are now.
    pub(super) fn holders(&self) -> Look<'_, Holders> {
        self.0.holders.look(self.0.store.api_keys(), |holders, change| match change {
            Change::Saved(key) => holders.enter(key, &self.0.rates),
            Change::Deleted(id) => holders.remove(id),
        })
    }
}

impl KeyRates {
    /// How often this key may call.
    pub(super) fn of(&self, key: &ApiKey) -> RateLimit {
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

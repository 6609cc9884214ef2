//! What admission, keys and tenants share: the store, and the keys and tenants in it with what is left of their quotas.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use super::{
    bucket::{Bucket, Whose},
    holder::Holder,
    last_use::LastUse,
    signed_in::{SessionHolders, SessionLimits},
    strangers::Strangers,
};
use crate::{
    model::{ApiKey, ApiKeyId, IdMap, RateLimit, RateUnit, Tenant, TenantKey, Thresholds},
    store::{AccessStore, Change, Derived, Look},
};

/// What holds for keys and tenants of which nothing else is said.
#[derive(Clone, Copy, Debug)]
pub struct AccessLimits {
    /// How often a tenant's key may call.
    pub key_rate: RateLimit,
    /// How often all keys of a tenant may call together, so that many keys are not many times as fast.
    pub tenant_rate: RateLimit,
    /// How often an operator's key may call.
    pub operator_rate: RateLimit,
    /// How long people stay signed in.
    pub sessions: SessionLimits,
    /// From when on a tenant is told of what happens to it.
    pub thresholds: Thresholds,
    /// Who may have notices mailed to whom.
    pub mail: MailTo,
}

/// Who may say where a tenant's notices are mailed to: whoever can, can have this server write to anybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailTo {
    /// Nobody: no mail is sent.
    Nobody,
    /// Operators.
    Operators,
    /// Tenants' own keys, too.
    Everybody,
}

impl Default for AccessLimits {
    fn default() -> AccessLimits {
        let per_second = |limit| RateLimit { limit, per: RateUnit::Second };
        AccessLimits {
            key_rate: per_second(600),
            tenant_rate: per_second(2_000),
            operator_rate: per_second(100_000),
            sessions: SessionLimits::default(),
            thresholds: Thresholds::default(),
            mail: MailTo::Nobody,
        }
    }
}

/// The keys and tenants there are. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Access(pub(super) Arc<Inner>);

/// What all clones share.
pub(super) struct Inner {
    pub store: Arc<dyn AccessStore>,
    pub limits: AccessLimits,
    holders: Derived<Holders>,
    sessions: Derived<SessionHolders>,
    tenant_buckets: Derived<IdMap<TenantKey, Arc<Bucket>>>,
    /// Requests without a valid key.
    pub strangers: Strangers,
    /// Keys that were refused for the first time since they have expired, and were not told of yet.
    pub refused: Mutex<BTreeSet<ApiKeyId>>,
}

/// The keys there are, with their quotas.
#[derive(Default)]
pub(super) struct Holders {
    /// By the hash of their texts.
    pub by_hash: HashMap<[u8; 32], Arc<Holder>>,
    hashes: IdMap<ApiKeyId, [u8; 32]>,
}

impl Access {
    /// To this store.
    pub fn new(store: Arc<dyn AccessStore>, limits: AccessLimits) -> Access {
        Access(Arc::new(Inner {
            store,
            limits,
            holders: Derived::default(),
            sessions: Derived::default(),
            tenant_buckets: Derived::default(),
            strangers: Strangers::new(),
            refused: Mutex::default(),
        }))
    }

    /// The keys as they are now.
    pub(super) fn holders(&self) -> Look<'_, Holders> {
        self.0.holders.look(self.0.store.api_keys(), |holders, change| match change {
            Change::Saved(key) => holders.enter(key, &self.0.limits),
            Change::Deleted(id) => holders.remove(id),
        })
    }

    /// The sessions as they are now.
    pub(super) fn session_holders(&self) -> Look<'_, SessionHolders> {
        self.0.sessions.look(self.0.store.sessions(), |sessions, change| match change {
            Change::Saved(session) => sessions.enter(session),
            Change::Deleted(id) => sessions.remove(id),
        })
    }

    /// A key as it is now, by its id.
    pub(super) fn holder_of(&self, key: ApiKeyId) -> Option<Arc<Holder>> {
        let holders = self.holders();
        holders.hashes.get(&key).and_then(|hash| holders.by_hash.get(hash)).cloned()
    }

    /// What is left of a tenant's quota; nothing is kept of one that is gone.
    pub(super) fn tenant_bucket(&self, tenant: TenantKey) -> Option<Arc<Bucket>> {
        let buckets = self.0.tenant_buckets.look(self.0.store.tenants(), |buckets, change| match change {
            Change::Saved(tenant) => {
                let rate = self.0.limits.of_tenant(&tenant);
                // What was used stays used while the rate is the same.
                if buckets.get(&tenant.key).is_none_or(|bucket| bucket.rate() != rate) {
                    buckets.insert(tenant.key, Arc::new(Bucket::new(Whose::Tenant, rate)));
                }
            }
            Change::Deleted(tenant) => drop(buckets.remove(&tenant)),
        });
        buckets.get(&tenant).cloned()
    }
}

impl AccessLimits {
    /// How often this key may call.
    pub(super) fn of(&self, key: &ApiKey) -> RateLimit {
        let default = if key.tenant.is_some() { self.key_rate } else { self.operator_rate };
        key.rate_limit.unwrap_or(default)
    }

    /// How often all keys of this tenant may call together.
    pub(super) fn of_tenant(&self, tenant: &Tenant) -> RateLimit {
        tenant.settings.quotas.rate_limit.unwrap_or(self.tenant_rate)
    }
}

impl Holders {
    fn enter(&mut self, key: Arc<ApiKey>, limits: &AccessLimits) {
        self.remove(key.id);
        self.hashes.insert(key.id, key.hash);
        let bucket = Arc::new(Bucket::new(Whose::Key, limits.of(&key)));
        let last_use = LastUse::kept(key.last_used_at);
        self.by_hash.insert(key.hash, Arc::new(Holder::new(key, bucket, last_use)));
    }

    fn remove(&mut self, id: ApiKeyId) {
        if let Some(hash) = self.hashes.remove(&id) {
            self.by_hash.remove(&hash);
        }
    }
}

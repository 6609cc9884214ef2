//! Who is calling, and what they may do.
//!
//! In go a request's headers, out comes a [`Caller`] or the problem to answer with. Keys and tenants are held in memory
//! and never read from the store while requests run: whoever makes or revokes one does it through [`Access`], which
//! changes the store first and the memory before it answers, so that a revoked key is refused from the answer on.
//! A key's text is hashed (SHA-256) and looked up by its hash, so how long that takes says nothing about the keys
//! there are; the text itself is kept nowhere.

mod caller;
mod key_text;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use http::{HeaderMap, HeaderName, header::AUTHORIZATION};
use subtle::ConstantTimeEq;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{
    api::{
        Limits,
        edge::{
            problem::{Code, Problem},
            rate_limit::{Bucket, Quota},
        },
    },
    model::{ApiKey, ApiKeyId, RateLimit, RateUnit, Scope, Tenant, TenantId, TenantKey, TenantSettings, Timestamp},
    store::{NewApiKey, Result, Store, uncancelled},
};
use key_text::bearer;

pub use caller::Caller;
pub use key_text::{hash, hint, new_key_text};

/// The header by which an operator's key names the tenant.
pub const TENANT: HeaderName = HeaderName::from_static("tenant");

/// The name of the key that [`Access::ensure_operator_key`] keeps; no other key can have it.
pub const BOOTSTRAP_NAME: &str = "operator (bootstrap)";

/// Wrong keys answered with 401 each second, by the whole server; beyond that it is 429 without looking further.
const FAILURES: RateLimit = RateLimit { limit: 200, per: RateUnit::Second };

/// The keys and tenants there are. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    tenant_rate: RateLimit,
    operator_rate: RateLimit,
    known: RwLock<Known>,
    /// Held while a tenant is read, changed and written.
    tenant_changes: Arc<Mutex<()>>,
    failures: Bucket,
}

/// See [`Access::tenant_turn`].
pub struct TenantTurn(#[allow(dead_code, reason = "held, not read")] OwnedMutexGuard<()>);

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
    pub async fn load(store: Arc<dyn Store>, limits: &Limits) -> Result<Access> {
        let access = Access(Arc::new(Inner {
            tenant_rate: limits.tenant_key_rate,
            operator_rate: limits.operator_key_rate,
            known: RwLock::default(),
            tenant_changes: Arc::default(),
            failures: Bucket::new(FAILURES),
            store: store.clone(),
        }));
        let (tenants, keys) = (store.tenants().await?, store.api_keys().await?);
        let mut known = access.write();
        tenants.into_iter().for_each(|tenant| known.add_tenant(tenant));
        keys.into_iter().for_each(|key| access.add_key(&mut known, key));
        drop(known);
        Ok(access)
    }

    /// Whether some operator's key exists, so that none needs to be made.
    pub fn has_operator_key(&self) -> bool {
        self.read().keys.values().any(|holder| holder.key.tenant.is_none())
    }

    /// Makes this text an operator's key with every scope. A text given here before is no longer a key afterwards.
    pub async fn ensure_operator_key(&self, text: &str) -> Result<()> {
        let hash = hash(text);
        let holders: Vec<Arc<Holder>> = self.read().keys.values().cloned().collect();
        for holder in &holders {
            if holder.key.tenant.is_none() && holder.key.name == BOOTSTRAP_NAME && holder.key.hash != hash {
                self.revoke(holder.key.id).await?;
            }
        }
        if holders.iter().any(|holder| holder.key.hash == hash) {
            return Ok(());
        }
        let key = NewApiKey {
            hash,
            hint: hint(text),
            name: BOOTSTRAP_NAME.into(),
            tenant: None,
            scopes: Scope::ALL.to_vec(),
            rate_limit: None,
            expires_at: None,
        };
        self.create_key(key).await.map(drop)
    }

    /// Who sent these headers. The quota is there as soon as the key is known, also when the request is refused.
    pub fn admit(&self, headers: &HeaderMap, now: Timestamp) -> (Option<Quota>, std::result::Result<Caller, Problem>) {
        let Some(holder) = bearer(headers).and_then(|text| self.holder(text)) else {
            return (None, Err(self.refusal(headers, now)));
        };
        if holder.key.expires_at.is_some_and(|until| until <= now) {
            let detail = "the API key has expired; ask for a new one";
            return (None, Err(Problem::new(Code::KeyExpired, detail)));
        }
        let quota = holder.bucket.take(now);
        if !quota.allowed {
            let wait = quota.retry_after_seconds();
            let detail = format!("the API key has used up its rate limit; try again in {wait} s");
            let problem = Problem::new(Code::TooManyRequests, detail).retry_after(wait);
            return (Some(quota), Err(problem));
        }
        (Some(quota), self.caller(holder, headers))
    }

    fn holder(&self, text: &[u8]) -> Option<Arc<Holder>> {
        let hash = hash(text);
        let known = self.read();
        let holder = known.keys.get(&hash)?;
        bool::from(holder.key.hash.ct_eq(&hash)).then(|| holder.clone())
    }

    fn refusal(&self, headers: &HeaderMap, now: Timestamp) -> Problem {
        let quota = self.0.failures.take(now);
        if !quota.allowed {
            let detail = "too many requests without a valid API key reach this server; slow down";
            return Problem::new(Code::TooManyRequests, detail).retry_after(quota.retry_after_seconds());
        }
        Problem::new(
            Code::Unauthorized,
            match headers.contains_key(AUTHORIZATION) {
                false => "send the API key in the header `Authorization: Bearer <key>`",
                true if bearer(headers).is_none() => "write the header as `Authorization: Bearer <key>`",
                true => "this API key is unknown or was revoked",
            },
        )
    }

    fn caller(&self, holder: Arc<Holder>, headers: &HeaderMap) -> std::result::Result<Caller, Problem> {
        let Some(named) = headers.get(TENANT) else {
            let tenant = match holder.key.tenant {
                Some(own) => own,
                None => self.find_tenant(TenantId::DEFAULT).ok_or_else(|| unknown_tenant(TenantId::DEFAULT))?.key,
            };
            return Ok(Caller { holder, tenant, tenant_named: false });
        };
        let name = named.to_str().unwrap_or_default();
        if name == "*" {
            if holder.key.tenant.is_some() {
                let detail = "`Tenant: *` stands for all tenants, which needs an operator's key; leave the header out";
                return Err(Problem::new(Code::OperatorOnly, detail));
            }
            return Ok(Caller { holder, tenant: TenantKey::ALL, tenant_named: true });
        }
        let found = self.find_tenant(name).map(|tenant| tenant.key);
        match (holder.key.tenant, found) {
            (None, Some(tenant)) => Ok(Caller { holder, tenant, tenant_named: true }),
            (None, None) => Err(unknown_tenant(name)),
            (Some(own), Some(tenant)) if own == tenant => Ok(Caller { holder, tenant, tenant_named: true }),
            // The same words whether the other tenant exists or not.
            (Some(_), _) => {
                let detail = "the header `Tenant` names a tenant that the API key does not belong to; leave it out";
                Err(Problem::new(Code::OtherTenant, detail))
            }
        }
    }

    // ── tenants ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// A tenant by its name.
    pub fn find_tenant(&self, name: &str) -> Option<Tenant> {
        let name = TenantId::parse(name).ok()?;
        self.read().tenants.get(&name).cloned()
    }

    /// What a tenant has set; the defaults for one that is gone.
    pub fn settings(&self, key: TenantKey) -> Arc<TenantSettings> {
        let known = self.read();
        let tenant = known.names.get(&key).and_then(|name| known.tenants.get(name));
        tenant.map(|tenant| tenant.settings.clone()).unwrap_or_default()
    }

    /// The name of a tenant.
    pub fn tenant_name(&self, key: TenantKey) -> Option<TenantId> {
        self.read().names.get(&key).cloned()
    }

    /// Every tenant, by name.
    pub fn tenants(&self) -> Vec<Tenant> {
        let mut tenants: Vec<_> = self.read().tenants.values().cloned().collect();
        tenants.sort_by(|a, b| a.id.cmp(&b.id));
        tenants
    }

    /// Makes a tenant.
    pub async fn create_tenant(&self, id: TenantId, name: String) -> Result<Tenant> {
        let access = self.clone();
        uncancelled(async move {
            let tenant = access.0.store.create_tenant(id, name).await?;
            access.write().add_tenant(tenant.clone());
            Ok(tenant)
        })
        .await
    }

    /// Leave to change a tenant: take it before the tenant is read, so that no other change is lost in between.
    pub async fn tenant_turn(&self) -> TenantTurn {
        TenantTurn(self.0.tenant_changes.clone().lock_owned().await)
    }

    /// Changes a tenant; its next event finds it changed.
    pub async fn update_tenant(
        &self,
        turn: TenantTurn,
        key: TenantKey,
        name: String,
        settings: TenantSettings,
    ) -> Result<Tenant> {
        let access = self.clone();
        uncancelled(async move {
            let _turn = turn;
            let tenant = access.0.store.update_tenant(key, name, settings).await?;
            access.write().add_tenant(tenant.clone());
            Ok(tenant)
        })
        .await
    }

    /// Deletes a tenant; its keys are refused from now on.
    pub async fn delete_tenant(&self, key: TenantKey) -> Result<()> {
        let access = self.clone();
        uncancelled(async move {
            let _turn = access.tenant_turn().await;
            access.0.store.delete_tenant(key).await?;
            let mut known = access.write();
            known.keys.retain(|_, holder| holder.key.tenant != Some(key));
            if let Some(name) = known.names.remove(&key) {
                known.tenants.remove(&name);
            }
            Ok(())
        })
        .await
    }

    // ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// All keys, oldest first.
    pub fn keys(&self) -> Vec<ApiKey> {
        let mut keys: Vec<_> = self.read().keys.values().map(|holder| holder.key.clone()).collect();
        keys.sort_by_key(|key| key.id);
        keys
    }

    /// How often this key may call.
    pub fn rate_of(&self, key: &ApiKey) -> RateLimit {
        let default = if key.tenant.is_some() { self.0.tenant_rate } else { self.0.operator_rate };
        key.rate_limit.unwrap_or(default)
    }

    /// Makes a key.
    pub async fn create_key(&self, key: NewApiKey) -> Result<ApiKey> {
        let access = self.clone();
        uncancelled(async move {
            let key = access.0.store.create_api_key(key).await?;
            let mut known = access.write();
            access.add_key(&mut known, key.clone());
            Ok(key)
        })
        .await
    }

    /// Forgets a key; it is refused from now on.
    pub async fn revoke(&self, id: ApiKeyId) -> Result<bool> {
        let access = self.clone();
        uncancelled(async move {
            let there = access.0.store.delete_api_key(id).await?;
            access.write().keys.retain(|_, holder| holder.key.id != id);
            Ok(there)
        })
        .await
    }

    fn add_key(&self, known: &mut Known, key: ApiKey) {
        let bucket = Bucket::new(self.rate_of(&key));
        known.keys.insert(key.hash, Arc::new(Holder { key, bucket }));
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        // Held for lookups and inserts only, never across an await; those leave nothing half done.
        self.0.known.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.known.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Known {
    fn add_tenant(&mut self, tenant: Tenant) {
        self.names.insert(tenant.key, tenant.id.clone());
        self.tenants.insert(tenant.id.clone(), tenant);
    }
}

fn unknown_tenant(name: &str) -> Problem {
    let detail = format!(
        "there is no tenant `{}`; make it with POST /api/v1/tenants, or name another in the header `Tenant`",
        name.escape_debug()
    );
    Problem::new(Code::UnknownTenant, detail)
}

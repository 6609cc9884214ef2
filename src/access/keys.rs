//! API keys: made with at most the rights of the key that makes them, shown once, revoked at once.

use super::{
    caller::Caller,
    error::{AccessError, requests},
    key_text::KeyText,
    name::check_name,
    state::Access,
};
use crate::{
    model::{Actor, ApiKey, ApiKeyId, FieldError, RateLimit, Scope, TenantId, TenantKey, Timestamp},
    store::{NewApiKey, Result as StoreResult},
};

/// The name of the key that [`Access::ensure_operator_key`] keeps; no other key can have it.
const BOOTSTRAP_NAME: &str = "operator (bootstrap)";
/// Who keeps it.
const BOOTSTRAP: Actor = Actor::system("bootstrap");
/// Who makes keys on the machine itself.
const OWNER: Actor = Actor::owner("keys_create");

/// A key as it is ordered.
#[derive(Clone, Debug)]
pub struct KeyOrder {
    /// The name that people see.
    pub name: String,
    /// Whose key it is to be.
    pub of: NewKeyOf,
    /// What it permits.
    pub scopes: Vec<Scope>,
    /// How often it may call; otherwise as often as a tenant's key that makes it, or as the server says.
    pub rate_limit: Option<RateLimit>,
    /// After this it is refused.
    pub expires_at: Option<Timestamp>,
}

/// Whose key it is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewKeyOf {
    /// Of the tenant that the request is about.
    RequestsTenant,
    /// Of this tenant.
    Tenant(TenantId),
    /// An operator's.
    Operator,
}

/// A key just made.
#[derive(Debug)]
pub struct MadeKey {
    /// As it is kept.
    pub key: ApiKey,
    /// The key itself, which is kept nowhere.
    pub text: String,
}

impl Access {
    /// Makes a key with at most the rights of the caller's.
    pub async fn make_key(&self, by: &Caller, order: KeyOrder, now: Timestamp) -> Result<MadeKey, AccessError> {
        let own_tenant = by.tenant(Scope::Keys)?;
        let tenant = self.tenant_of_new_key(by, own_tenant, &order.of)?;
        self.check_rights(by, tenant, &order, now)?;
        let text = KeyText::generate(KeyText::KEY);
        let KeyOrder { name, mut scopes, rate_limit, expires_at, .. } = order;
        scopes.sort_unstable();
        scopes.dedup();
        // A slow key does not make a fast one by leaving this out.
        let rate_limit = rate_limit.or(by.key().rate_limit);
        let key = NewApiKey { hash: text.hash(), hint: text.hint(), name, tenant, scopes, rate_limit, expires_at };
        let key = self.create_key(key, &by.actor()).await?;
        Ok(MadeKey { key, text: text.expose().to_owned() })
    }

    /// Makes a key with every scope that it can have, for whoever owns the data and so may do anything: an operator's, or one
    /// of this tenant.
    pub async fn make_owners_key(&self, name: &str, tenant: Option<&str>) -> Result<MadeKey, AccessError> {
        check_key_name(name, None)?;
        let find = |name: &str| {
            self.find_tenant(name).map(|tenant| tenant.key).ok_or_else(|| AccessError::UnknownTenant(name.to_owned()))
        };
        let tenant = tenant.map(find).transpose()?;
        let scopes = Scope::ALL.into_iter().filter(|scope| tenant.is_none() || !scope.is_operators()).collect();
        let (text, name) = (KeyText::generate(KeyText::KEY), name.to_owned());
        let (hash, hint) = (text.hash(), text.hint());
        let key = NewApiKey { hash, hint, name, tenant, scopes, rate_limit: None, expires_at: None };
        Ok(MadeKey { key: self.create_key(key, &OWNER).await?, text: text.expose().to_owned() })
    }

    fn tenant_of_new_key(
        &self,
        by: &Caller,
        own: TenantKey,
        asked: &NewKeyOf,
    ) -> Result<Option<TenantKey>, AccessError> {
        let asked = match asked {
            NewKeyOf::RequestsTenant => return Ok(Some(own)),
            NewKeyOf::Operator => None,
            NewKeyOf::Tenant(name) => Some(self.find_tenant(name.as_str()).map(|tenant| tenant.key)),
        };
        match asked {
            Some(Some(tenant)) if by.is_operator() || tenant == own => Ok(Some(tenant)),
            None if by.is_operator() => Ok(None),
            Some(None) if by.is_operator() => {
                Err(AccessError::field("/tenant", "there is no such tenant; make it first"))
            }
            _ => Err(AccessError::KeyOfOtherTenant),
        }
    }

    /// Nobody gives rights that they do not have: not more scopes, not more requests, not a longer life.
    fn check_rights(
        &self,
        by: &Caller,
        tenant: Option<TenantKey>,
        order: &KeyOrder,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut wrong: Vec<FieldError> = check_key_name(&order.name, tenant).err().into_iter().collect();
        wrong.extend(wrong_scopes(tenant, &order.scopes));
        wrong.extend(order.rate_limit.and_then(|asked| self.check_rate(by, tenant, asked).err()));
        wrong.extend(check_expiry(by, order.expires_at, now).err());
        if !wrong.is_empty() {
            return Err(wrong.into());
        }
        let not_held = order.scopes.iter().enumerate().find(|(_, scope)| !by.key().scopes.contains(scope));
        not_held.map_or(Ok(()), |(place, &scope)| Err(AccessError::ScopeNotHeld { scope, place }))
    }

    /// A rate is no more than the maker's; and no more than the tenant's, which would slow the key without a word.
    fn check_rate(&self, by: &Caller, tenant: Option<TenantKey>, asked: RateLimit) -> Result<(), FieldError> {
        // An operator's key of which nothing is said is as fast as any has to be.
        let own = by.key().rate_limit.or((!by.is_operator()).then(|| self.0.limits.of(by.key())));
        if own.is_some_and(|own| is_more(asked, own)) {
            return Err(FieldError::at("/rate_limit", "is more than that of the key you use"));
        }
        let Some(tenant) = tenant.and_then(|tenant| self.0.store.tenants().get(tenant)) else { return Ok(()) };
        let together = self.0.limits.of_tenant(&tenant);
        if is_more(asked, together) {
            let message = format!(
                "is more than the {} that all keys of the tenant may send together; let the operator raise the tenant's \
                 `quotas.rate_limit` first",
                requests(together)
            );
            return Err(FieldError::at("/rate_limit", message));
        }
        Ok(())
    }

    /// The keys that the caller may see, oldest first: their tenant's; an operator who names no tenant sees all.
    pub fn keys_seen_by(&self, caller: &Caller) -> Result<Vec<ApiKey>, AccessError> {
        let tenant = caller.tenant(Scope::Keys)?;
        let all = caller.is_operator() && !caller.tenant_named();
        let mut keys = self.0.store.api_keys().all();
        keys.retain(|key| all || key.tenant == Some(tenant));
        let mut keys: Vec<ApiKey> = keys.iter().map(|key| ApiKey::clone(key)).collect();
        keys.sort_by_key(|key| key.id);
        Ok(keys)
    }

    /// Forgets a key that the caller may see, and that permits nothing which the caller's does not; it is refused from now
    /// on.
    pub async fn revoke_key(&self, by: &Caller, id: ApiKeyId) -> Result<(), AccessError> {
        let key = self.keys_seen_by(by)?.into_iter().find(|key| key.id == id);
        let key = key.ok_or(AccessError::NotFound("API key"))?;
        if let Some(scope) = key.scopes.iter().find(|scope| !by.key().scopes.contains(scope)) {
            return Err(AccessError::StrongerKey(*scope));
        }
        match self.0.store.delete_api_key(id, &by.actor()).await? {
            true => Ok(()),
            false => Err(AccessError::NotFound("API key")),
        }
    }

    /// Makes sure that somebody can call: this text becomes an operator's key with every scope, and the one given here
    /// before is no longer a key. Without a text a new one is made, and returned, if there is no operator's key.
    pub async fn ensure_operator_key(&self, text: Option<&str>) -> Result<Option<String>, AccessError> {
        let Some(text) = text else {
            if self.0.store.api_keys().all().iter().any(|key| key.tenant.is_none()) {
                return Ok(None);
            }
            let text = KeyText::generate(KeyText::KEY);
            self.keep_bootstrap_key(&text).await?;
            return Ok(Some(text.expose().to_owned()));
        };
        self.keep_bootstrap_key(&KeyText::given(text)).await?;
        Ok(None)
    }

    async fn keep_bootstrap_key(&self, text: &KeyText) -> StoreResult<()> {
        let hash = text.hash();
        let keys = self.0.store.api_keys().all();
        for key in &keys {
            if key.tenant.is_none() && key.name == BOOTSTRAP_NAME && key.hash != hash {
                self.0.store.delete_api_key(key.id, &BOOTSTRAP).await?;
                let begins = &key.hint;
                tracing::warn!(%begins, "LANEHOOK_OPERATOR_KEY is another than before: the operator's key before it is revoked");
            }
        }
        if keys.iter().any(|key| key.hash == hash) {
            return Ok(());
        }
        let key = NewApiKey {
            hash,
            hint: text.hint(),
            name: BOOTSTRAP_NAME.into(),
            tenant: None,
            scopes: Scope::ALL.to_vec(),
            rate_limit: None,
            expires_at: None,
        };
        self.create_key(key, &BOOTSTRAP).await.map(drop)
    }

    async fn create_key(&self, key: NewApiKey, by: &Actor) -> StoreResult<ApiKey> {
        Ok(ApiKey::clone(&*self.0.store.create_api_key(key, by).await?))
    }
}

/// Whether a key of this tenant, or an operator's, can be called so.
fn check_key_name(name: &str, tenant: Option<TenantKey>) -> Result<(), FieldError> {
    let wrong = |message: String| FieldError::at("/name", message);
    check_name(name).map_err(wrong)?;
    match tenant.is_none() && name == BOOTSTRAP_NAME {
        false => Ok(()),
        true => Err(wrong("stands for the key that the server was started with; choose another".into())),
    }
}

fn wrong_scopes(tenant: Option<TenantKey>, scopes: &[Scope]) -> Vec<FieldError> {
    if scopes.is_empty() {
        return vec![FieldError::at("/scopes", "names at least one scope")];
    }
    if scopes.len() > Scope::ALL.len() {
        return vec![FieldError::at("/scopes", "names scopes more often than there are any; name each once")];
    }
    let of_operators = scopes.iter().enumerate().filter(|(_, scope)| tenant.is_some() && scope.is_operators());
    let wrong = |(place, scope): (usize, &Scope)| {
        FieldError::at(format!("/scopes/{place}"), format!("`{}` is for operators' keys only", scope.as_str()))
    };
    of_operators.map(wrong).collect()
}

/// A key ends before the one that makes it.
fn check_expiry(by: &Caller, asked: Option<Timestamp>, now: Timestamp) -> Result<(), FieldError> {
    if asked.is_some_and(|until| until <= now) {
        return Err(FieldError::at("/expires_at", "is in the past"));
    }
    match by.key().expires_at {
        Some(own) if asked.is_none_or(|asked| asked > own) => {
            Err(FieldError::at("/expires_at", format!("is at most {own}, when the key you use expires")))
        }
        _ => Ok(()),
    }
}

fn is_more(asked: RateLimit, own: RateLimit) -> bool {
    u64::from(asked.limit) * own.per.millis() > u64::from(own.limit) * asked.per.millis() || asked.limit > own.limit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateUnit;

    #[test]
    fn a_rate_is_more_if_its_speed_or_its_burst_is() {
        let rate = |limit, per| RateLimit { limit, per };
        let own = rate(600, RateUnit::Second);
        assert!(!is_more(rate(600, RateUnit::Second), own));
        assert!(!is_more(rate(10, RateUnit::Minute), own));
        assert!(is_more(rate(601, RateUnit::Second), own));
        assert!(is_more(rate(36_000, RateUnit::Minute), own), "the same speed in a larger burst");
    }
}

//! Letting a request in: its key looked up and counted, its tenant found.

use std::{net::IpAddr, sync::Arc};

use subtle::ConstantTimeEq;

use super::{bucket::Quota, caller::Caller, error::AccessError, holder::Holder, key_text, state::Access};
use crate::model::{Session, TenantId, TenantKey, Timestamp};

/// What a request shows of its caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// Nothing.
    Nothing,
    /// An API key.
    Key(&'a [u8]),
    /// The cookie of a session: of a portal, or of somebody with a key.
    Session { text: &'a [u8], of_portal: bool },
}

/// Whom a request says it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NamedTenant<'a> {
    /// It does not say: the key's own tenant; for an operator's key the default tenant.
    Own,
    /// The tenant of this name.
    Name(&'a str),
    /// All tenants.
    All,
}

/// What comes of a request at the door.
pub struct Admission {
    /// What is left of the key's quota, or of its tenant's, if that ends first, also when the request is refused; without
    /// a valid key, of what all such requests of the client have together.
    pub quota: Quota,
    /// Who is calling, or why they are refused.
    pub caller: Result<Caller, AccessError>,
}

impl Access {
    /// Lets a request in that shows this, and comes from a client at this address.
    pub fn admit(
        &self,
        shown: Credential<'_>,
        tenant: NamedTenant<'_>,
        client: Option<IpAddr>,
        now: Timestamp,
    ) -> Admission {
        let (holder, session) = match self.find(shown, now) {
            Ok(found) => found,
            Err(reason) => return self.failure(reason, client, now),
        };
        holder.last_use.now(now);
        let quota = self.count(&holder, now);
        let caller = match quota.allowed {
            true => self.caller(holder, tenant).map(|caller| Caller { session, address: client, ..caller }),
            false => {
                let retry_after = quota.retry_after_seconds();
                Err(AccessError::RateLimited { whose: quota.whose, rate: quota.rate, retry_after })
            }
        };
        Admission { quota, caller }
    }

    /// Whose it is that a request shows, and the session that it belongs to.
    pub(super) fn find(
        &self,
        shown: Credential<'_>,
        now: Timestamp,
    ) -> Result<(Arc<Holder>, Option<Arc<Session>>), AccessError> {
        match shown {
            Credential::Nothing => Err(AccessError::UnknownKey),
            Credential::Key(text) => {
                let holder = self.holder(text).ok_or(AccessError::UnknownKey)?;
                match holder.key.expires_at.is_some_and(|until| until <= now) {
                    true => {
                        self.was_refused(&holder);
                        Err(AccessError::Expired)
                    }
                    false => Ok((holder, None)),
                }
            }
            Credential::Session { text, of_portal } => {
                let (holder, session) = self.signed_in(text, of_portal, now).ok_or(AccessError::SignedOut)?;
                Ok((holder, Some(session)))
            }
        }
    }

    /// Whether somebody who was let in still would be, however often they called: for what goes on for long.
    pub fn still_admits(&self, caller: &Caller, now: Timestamp) -> bool {
        let (key, store) = (caller.key(), &self.0.store);
        let has_tenant = caller.tenant == TenantKey::ALL || store.tenants().get(caller.tenant).is_some();
        let has_key = store.api_keys().get(key.id).is_some() && key.expires_at.is_none_or(|until| until > now);
        let is_signed_in = |session: &Session| {
            session.expires_at > now && store.sessions().get(session.id).is_some_and(|now| now.hash == session.hash)
        };
        has_tenant && has_key && caller.session().is_none_or(is_signed_in)
    }

    /// Lets a request in that needs no key and shows none, but costs as much as others: all of a client count together with those
    /// whose key is wrong.
    /// The second is an error if there are too many.
    pub fn admit_without_key(&self, client: Option<IpAddr>, now: Timestamp) -> (Quota, Result<(), AccessError>) {
        let quota = self.0.strangers.take(client, now);
        let admitted = match quota.allowed {
            true => Ok(()),
            false => Err(AccessError::TooManyFailures { retry_after: quota.retry_after_seconds() }),
        };
        (quota, admitted)
    }

    /// Counts a request of this key. What the key's own quota refuses costs the tenant nothing.
    fn count(&self, holder: &Holder, now: Timestamp) -> Quota {
        let quota = holder.bucket.take(now);
        match holder.key.tenant.and_then(|tenant| self.tenant_bucket(tenant)) {
            Some(bucket) if quota.allowed => quota.nearer(bucket.take(now)),
            _ => quota,
        }
    }

    pub(super) fn holder(&self, text: &[u8]) -> Option<Arc<Holder>> {
        let hash = key_text::hash(text);
        let holders = self.holders();
        let holder = holders.by_hash.get(&hash)?;
        bool::from(holder.key.hash.ct_eq(&hash)).then(|| holder.clone())
    }

    /// A request without a valid key, for this reason. Too many of them learn no reason.
    fn failure(&self, reason: AccessError, client: Option<IpAddr>, now: Timestamp) -> Admission {
        let (quota, admitted) = self.admit_without_key(client, now);
        Admission { quota, caller: Err(admitted.err().unwrap_or(reason)) }
    }

    pub(super) fn caller(&self, holder: Arc<Holder>, named: NamedTenant<'_>) -> Result<Caller, AccessError> {
        let tenant = match (named, holder.key.tenant) {
            (NamedTenant::Own, Some(own)) => own,
            (NamedTenant::Own, None) => self.existing(TenantId::DEFAULT)?,
            (NamedTenant::All, None) => TenantKey::ALL,
            (NamedTenant::All, Some(_)) => return Err(AccessError::AllTenantsNeedOperator),
            (NamedTenant::Name(name), None) => self.existing(name)?,
            (NamedTenant::Name(name), Some(own)) => {
                // The same answer whether the other tenant exists or not.
                let found = self.find_tenant(name).map(|tenant| tenant.key);
                found.filter(|found| *found == own).ok_or(AccessError::OtherTenant)?
            }
        };
        Ok(Caller { holder, tenant, tenant_named: named != NamedTenant::Own, address: None, session: None })
    }

    fn existing(&self, name: &str) -> Result<TenantKey, AccessError> {
        let found = self.find_tenant(name).map(|tenant| tenant.key);
        found.ok_or_else(|| AccessError::UnknownTenant(name.to_owned()))
    }
}

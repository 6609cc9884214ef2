//! Who is calling, and what their key permits.

use std::{net::IpAddr, sync::Arc};

use super::{error::AccessError, holder::Holder};
use crate::model::{Actor, ApiKey, EventType, Scope, Session, TenantKey};

/// Who is calling, for which tenant.
#[derive(Clone)]
pub struct Caller {
    pub(super) holder: Arc<Holder>,
    pub(super) tenant: TenantKey,
    pub(super) tenant_named: bool,
    pub(super) address: Option<IpAddr>,
    pub(super) session: Option<Arc<Session>>,
}

impl Caller {
    /// The tenant whose things the request is about, if the key has this scope.
    pub fn tenant(&self, scope: Scope) -> Result<TenantKey, AccessError> {
        self.permits(scope)?;
        self.one_tenant()
    }

    /// The same, whatever the key permits.
    pub fn one_tenant(&self) -> Result<TenantKey, AccessError> {
        match self.tenant {
            TenantKey::ALL => Err(AccessError::OneTenantOnly),
            tenant => Ok(tenant),
        }
    }

    /// The tenant whose things the request is about, whatever the key permits; or [`TenantKey::ALL`].
    pub fn concerned_tenant(&self) -> TenantKey {
        self.tenant
    }

    /// Whether the key has this scope, for what belongs to no tenant.
    pub fn permits(&self, scope: Scope) -> Result<(), AccessError> {
        match self.key().scopes.contains(&scope) {
            true => Ok(()),
            false => Err(AccessError::MissingScope(scope)),
        }
    }

    /// That the key is an operator's.
    pub fn operator(&self) -> Result<(), AccessError> {
        if self.is_operator() { Ok(()) } else { Err(AccessError::OperatorOnly) }
    }

    /// Whether the key is an operator's.
    pub fn is_operator(&self) -> bool {
        self.key().tenant.is_none()
    }

    /// Whether the request named its tenant.
    pub fn tenant_named(&self) -> bool {
        self.tenant_named
    }

    /// Who makes the changes that the request asks for.
    pub fn actor(&self) -> Actor {
        let key = self.key().id;
        let actor = match self.session() {
            None => Actor::key(key),
            Some(session) if session.portal.is_some() => Actor::portal(session.id, key),
            Some(session) => Actor::session(session.id, key),
        };
        actor.at(self.address)
    }

    /// The session that the request belongs to, if somebody is signed in.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// Whether it is a customer who came by a portal link.
    pub fn is_portal(&self) -> bool {
        self.session().is_some_and(|session| session.portal.is_some())
    }

    /// Whether the caller may see what is of events of this type. Our own notices are for operators and the tenant's own people: they
    /// tell of keys and quotas, and customers in the portal see none.
    pub fn sees(&self, event_type: &EventType) -> bool {
        !(self.is_portal() && event_type.is_reserved())
    }

    /// The key that was sent, or that the session came from; of a portal, what that permits.
    pub fn key(&self) -> &ApiKey {
        &self.holder.key
    }
}

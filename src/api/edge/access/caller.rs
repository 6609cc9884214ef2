//! Who is calling, and what their key permits.

use std::sync::Arc;

use super::{Holder, Problem};
use crate::{
    api::edge::problem::Code,
    model::{ApiKey, Scope, TenantKey},
};

/// Who is calling, for which tenant.
#[derive(Clone)]
pub struct Caller {
    pub(super) holder: Arc<Holder>,
    pub(super) tenant: TenantKey,
    pub(super) tenant_named: bool,
}

impl Caller {
    /// The tenant whose things the request is about, if the key has this scope.
    pub fn tenant(&self, scope: Scope) -> Result<TenantKey, Problem> {
        match self.tenant_or_all(scope)? {
            TenantKey::ALL => {
                let detail = "`Tenant: *` stands for all tenants, and is possible for publishing only; name one tenant";
                Err(Problem::new(Code::OneTenantOnly, detail))
            }
            tenant => Ok(tenant),
        }
    }

    /// The same, or [`TenantKey::ALL`].
    pub fn tenant_or_all(&self, scope: Scope) -> Result<TenantKey, Problem> {
        self.check(scope)?;
        Ok(self.tenant)
    }

    /// Whether the key has this scope, for what belongs to no tenant.
    pub fn permits(&self, scope: Scope) -> Result<(), Problem> {
        self.check(scope)
    }

    /// Whether the key is an operator's and has this scope.
    pub fn operator(&self, scope: Scope) -> Result<(), Problem> {
        if !self.is_operator() {
            let detail = "this needs an operator's key; the one you sent belongs to a tenant";
            return Err(Problem::new(Code::OperatorOnly, detail));
        }
        self.check(scope)
    }

    /// Whether the key is an operator's.
    pub fn is_operator(&self) -> bool {
        self.holder.key.tenant.is_none()
    }

    /// Whether the request named its tenant in the header.
    pub fn tenant_named(&self) -> bool {
        self.tenant_named
    }

    /// The key that was sent.
    pub fn key(&self) -> &ApiKey {
        &self.holder.key
    }

    fn check(&self, scope: Scope) -> Result<(), Problem> {
        if self.holder.key.scopes.contains(&scope) {
            return Ok(());
        }
        let detail = format!("this needs the scope `{}`, which the API key does not have", scope.as_str());
        Err(Problem::new(Code::MissingScope, detail))
    }
}

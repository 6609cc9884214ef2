//! Where a tenant's notices are mailed to.

use std::sync::Arc;

use crate::{
    access::{Access, MailTo},
    model::{MailAddress, TenantId, TenantKey},
};

/// Who gets mail. Cheap to clone.
#[derive(Clone)]
pub struct Recipients {
    access: Access,
    /// Those of the default tenant, if it names none itself.
    operators: Arc<[MailAddress]>,
}

impl Recipients {
    /// The tenants' own, and these for operators.
    pub fn new(access: Access, operators: Vec<MailAddress>) -> Recipients {
        Recipients { access, operators: operators.into() }
    }

    /// Those of a tenant; none if no mail is sent.
    pub fn of(&self, tenant: TenantKey) -> Vec<MailAddress> {
        if self.access.mail_to() == MailTo::Nobody {
            return Vec::new();
        }
        // Of settings that cannot be read nobody knows the addresses.
        let own = self.access.settings(tenant).map(|settings| settings.notices.mail_to.clone()).unwrap_or_default();
        let is_operator = || self.access.tenant_name(tenant).is_some_and(|id| id.as_str() == TenantId::DEFAULT);
        if own.is_empty() && is_operator() { self.operators.to_vec() } else { own }
    }

    /// A tenant's name.
    pub fn name_of(&self, tenant: TenantKey) -> Option<TenantId> {
        self.access.tenant_name(tenant)
    }
}

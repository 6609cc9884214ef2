//! When a tenant is told of what happens to it, and where: set by its own keys as far as it may.

use super::{
    caller::Caller,
    error::AccessError,
    state::{Access, MailTo},
    tenants::{NO_MAIL, TenantChange},
};
use crate::model::{NoticeSettings, Tenant, TenantKey, TenantSettings, Thresholds};

impl Access {
    /// From when on a tenant is told of what happens to it: as the server says where it says nothing, or is gone.
    pub fn thresholds_of(&self, key: Option<TenantKey>) -> Thresholds {
        let default = &self.0.limits.thresholds;
        let tenant = key.and_then(|key| self.0.store.tenants().get(key));
        tenant.map_or(*default, |tenant| tenant.settings.notices.or(default))
    }

    /// Who may say where notices are mailed to.
    pub fn mail_to(&self) -> MailTo {
        self.0.limits.mail
    }

    /// Changes when the request's tenant is told to what `change` makes of it. Returns what is set then.
    pub async fn change_notices<E: From<AccessError>>(
        &self,
        by: &Caller,
        tenant: TenantKey,
        change: impl Fn(&NoticeSettings) -> Result<NoticeSettings, E>,
    ) -> Result<NoticeSettings, E> {
        let id = self.tenant_name(tenant).ok_or(AccessError::NotFound("tenant"))?;
        let changed = |tenant: &Tenant| -> Result<TenantChange, E> {
            let (before, notices) = (&tenant.settings.notices, change(&tenant.settings.notices)?);
            let has_new = notices.mail_to != before.mail_to;
            if has_new && !notices.mail_to.is_empty() && self.mail_to() == MailTo::Nobody {
                return Err(AccessError::field("/mail_to", NO_MAIL).into());
            }
            let may_mail = by.is_operator() || self.mail_to() == MailTo::Everybody;
            if !may_mail && has_new {
                let message = "is set by an operator's key only: this server permits tenants no addresses of their own \
                     (`smtp.tenants`)";
                return Err(AccessError::field("/mail_to", message).into());
            }
            let settings = TenantSettings { notices, ..TenantSettings::clone(&tenant.settings) };
            Ok(TenantChange { name: tenant.name.clone(), settings })
        };
        let tenant = self.change_tenant(id.as_str(), &by.actor(), changed).await?;
        Ok(tenant.settings.notices.clone())
    }
}

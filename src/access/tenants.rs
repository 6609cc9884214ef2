//! Tenants: the operator's list of whose webhooks and events there are.

use std::sync::Arc;

use super::{
    error::AccessError,
    name::check_name,
    state::{Access, MailTo},
};
use crate::{
    model::{Actor, FieldError, NoticeSettings, Tenant, TenantId, TenantKey, TenantSettings},
    store::{StoreError, TenantUsage, uncancelled},
    template,
};

/// How often a change is made again because someone else was faster.
const TRIES: usize = 8;

/// What becomes of a tenant.
#[derive(Clone, PartialEq, Debug)]
pub struct TenantChange {
    /// Its name for people from now on.
    pub name: String,
    /// What it sets for its events from now on.
    pub settings: TenantSettings,
}

impl Access {
    /// A tenant by its id.
    pub fn find_tenant(&self, id: &str) -> Option<Tenant> {
        let id = TenantId::parse(id).ok()?;
        self.0.store.tenants().find(&id).map(|tenant| Tenant::clone(&tenant))
    }

    /// What a tenant has set; the defaults for one that is gone.
    ///
    /// # Errors
    /// It cannot be read. Then nobody knows which events the tenant wants refused.
    pub fn settings(&self, key: TenantKey) -> Result<Arc<TenantSettings>, StoreError> {
        let Some(tenant) = self.0.store.tenants().get(key) else { return Ok(Arc::default()) };
        match &tenant.unreadable {
            None => Ok(tenant.settings.clone()),
            Some(reason) => Err(StoreError::Corrupt(format!("the settings of tenant {}: {reason}", tenant.id))),
        }
    }

    /// What a tenant has of what has a quota, and how much it may have.
    pub fn usage(&self, key: TenantKey) -> TenantUsage {
        self.0.store.usage(key)
    }

    /// The id of a tenant.
    pub fn tenant_name(&self, key: TenantKey) -> Option<TenantId> {
        self.0.store.tenants().get(key).map(|tenant| tenant.id.clone())
    }

    /// Every tenant, by id.
    pub fn tenants(&self) -> Vec<Tenant> {
        self.0.store.tenants().all().iter().map(|tenant| Tenant::clone(tenant)).collect()
    }

    /// Makes a tenant, named like its id if no name is given.
    pub async fn create_tenant(&self, id: TenantId, name: Option<String>, by: &Actor) -> Result<Tenant, AccessError> {
        let name = name.unwrap_or_else(|| id.to_string());
        check_name(&name).map_err(wrong_name)?;
        Ok(Tenant::clone(&*self.0.store.create_tenant(id, name, by).await?))
    }

    /// Changes a tenant to what `change` makes of it; its next event finds it changed. Where someone else is faster,
    /// `change` is asked again about what they left, so that no change is lost. It may also refuse the tenant it is given.
    pub async fn change_tenant<E: From<AccessError>>(
        &self,
        id: &str,
        by: &Actor,
        change: impl Fn(&Tenant) -> Result<TenantChange, E>,
    ) -> Result<Tenant, E> {
        for _ in 0..TRIES {
            let tenant = self.find_tenant(id).ok_or(NO_TENANT)?;
            let TenantChange { name, settings } = change(&tenant)?;
            let wrong = check_name(&name).map_err(wrong_name).err().into_iter().chain(wrong_expressions(&settings));
            let no_mail = wrong_address(&tenant.settings.notices, &settings.notices, self.mail_to());
            let wrong: Vec<FieldError> = wrong.chain(no_mail).collect();
            if !wrong.is_empty() {
                return Err(AccessError::from(wrong).into());
            }
            // What cannot be read is written anew, whatever it is.
            let is_known = tenant.unreadable.is_none();
            if is_known && name == tenant.name && settings == *tenant.settings {
                return Ok(tenant);
            }
            match self.0.store.update_tenant(tenant.key, tenant.version, name, settings, by).await {
                Err(StoreError::Conflict) => {}
                changed => return Ok(Tenant::clone(&*changed.map_err(AccessError::from)?)),
            }
        }
        Err(AccessError::from(StoreError::Conflict).into())
    }

    /// Deletes a tenant with its keys, which are refused from now on, and its webhooks; unless `check` refuses it as it is
    /// then.
    pub async fn delete_tenant<E: From<AccessError>>(
        &self,
        id: &str,
        by: &Actor,
        check: impl Fn(&Tenant) -> Result<(), E>,
    ) -> Result<(), E> {
        for _ in 0..TRIES {
            let tenant = self.find_tenant(id).ok_or(NO_TENANT)?;
            check(&tenant)?;
            if tenant.id.as_str() == TenantId::DEFAULT {
                return Err(AccessError::DefaultTenant.into());
            }
            let (store, by) = (self.0.store.clone(), by.clone());
            // To its end also when the caller goes away.
            let delete = async move { store.delete_tenant(tenant.key, Some(tenant.version), &by).await };
            match uncancelled(delete).await {
                Err(StoreError::Conflict) => {}
                deleted => return Ok(deleted.map_err(AccessError::from)?),
            }
        }
        Err(AccessError::from(StoreError::Conflict).into())
    }
}

pub(super) const NO_MAIL: &str = "cannot be set: this server sends no mail, since its setting `smtp.host` is not set";

const NO_TENANT: AccessError = AccessError::NotFound("tenant");

/// Every expression by which fields are added to events has to compile.
fn wrong_expressions(settings: &TenantSettings) -> impl Iterator<Item = FieldError> {
    settings.enrichment.iter().enumerate().filter_map(|(place, field)| {
        let check = |text| template::engine().expression(text)?.check_names(&template::EVENT_NAMES, template::DATA);
        let error = check(field.expression.as_deref()?).err()?;
        Some(FieldError::at(format!("/enrichment/{place}/expression"), error.to_string()))
    })
}

/// Where no mail is sent, no address is kept that waits for it.
fn wrong_address(before: &NoticeSettings, after: &NoticeSettings, mail: MailTo) -> Option<FieldError> {
    let is_new = !after.mail_to.is_empty() && after.mail_to != before.mail_to;
    (is_new && mail == MailTo::Nobody).then(|| FieldError::at("/notices/mail_to", NO_MAIL))
}

fn wrong_name(message: String) -> FieldError {
    FieldError::at("/name", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_that_does_not_compile_is_refused_with_its_place() {
        let settings = json!({"enrichment": [{"field": "a", "value": 1}, {"field": "a", "expression": "data. +"}]});
        let settings = serde_json::from_value(settings).unwrap();
        let wrong: Vec<String> = wrong_expressions(&settings).map(|error| error.pointer).collect();
        assert_eq!(wrong, ["/enrichment/1/expression"]);
    }
}

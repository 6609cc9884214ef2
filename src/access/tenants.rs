//! Tenants: the operator's list of whose webhooks and events there are.

use std::sync::Arc;

use super::{Access, AccessError, Known, check_name};
use crate::{
    model::{FieldError, Tenant, TenantId, TenantKey, TenantSettings},
    store::{StoreError, uncancelled},
    template,
};

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
        self.read().tenants.get(&id).cloned()
    }

    /// What a tenant has set; the defaults for one that is gone.
    pub fn settings(&self, key: TenantKey) -> Arc<TenantSettings> {
        let known = self.read();
        let tenant = known.names.get(&key).and_then(|name| known.tenants.get(name));
        tenant.map(|tenant| tenant.settings.clone()).unwrap_or_default()
    }

    /// The id of a tenant.
    pub fn tenant_name(&self, key: TenantKey) -> Option<TenantId> {
        self.read().names.get(&key).cloned()
    }

    /// Every tenant, by id.
    pub fn tenants(&self) -> Vec<Tenant> {
        let mut tenants: Vec<_> = self.read().tenants.values().cloned().collect();
        tenants.sort_by(|a, b| a.id.cmp(&b.id));
        tenants
    }

    /// Makes a tenant, named like its id if no name is given.
    pub async fn create_tenant(&self, id: TenantId, name: Option<String>) -> Result<Tenant, AccessError> {
        let name = name.unwrap_or_else(|| id.to_string());
        check_name(&name)?;
        let access = self.clone();
        let made = uncancelled(async move {
            let tenant = access.0.store.create_tenant(id, name).await?;
            access.write().add_tenant(tenant.clone());
            Ok(tenant)
        });
        Ok(made.await?)
    }

    /// Changes a tenant to what `change` makes of it; its next event finds it changed. Changes at one time are made one
    /// after another, so that none is lost.
    pub async fn change_tenant(
        &self,
        id: &str,
        change: impl FnOnce(&Tenant) -> Result<TenantChange, FieldError>,
    ) -> Result<Tenant, AccessError> {
        let turn = self.0.tenant_changes.clone().lock_owned().await;
        let tenant = self.find_tenant(id).ok_or(NO_TENANT)?;
        let TenantChange { name, settings } = change(&tenant)?;
        check_name(&name)?;
        check_expressions(&settings)?;
        let access = self.clone();
        let changed = uncancelled(async move {
            let _turn = turn;
            let tenant = access.0.store.update_tenant(tenant.key, name, settings).await?;
            access.write().add_tenant(tenant.clone());
            Ok(tenant)
        });
        changed.await.map_err(gone)
    }

    /// Deletes a tenant with its keys, which are refused from now on, and its webhooks.
    pub async fn delete_tenant(&self, id: &str) -> Result<(), AccessError> {
        let Tenant { key, id, .. } = self.find_tenant(id).ok_or(NO_TENANT)?;
        if id.as_str() == TenantId::DEFAULT {
            return Err(AccessError::DefaultTenant);
        }
        let access = self.clone();
        let deleted = uncancelled(async move {
            let _turn = access.0.tenant_changes.lock().await;
            access.0.store.delete_tenant(key).await?;
            let mut known = access.write();
            known.keys.retain(|_, holder| holder.key.tenant != Some(key));
            if let Some(name) = known.names.remove(&key) {
                known.tenants.remove(&name);
            }
            Ok(())
        });
        deleted.await.map_err(gone)
    }
}

impl Known {
    pub(super) fn add_tenant(&mut self, tenant: Tenant) {
        self.names.insert(tenant.key, tenant.id.clone());
        self.tenants.insert(tenant.id.clone(), tenant);
    }
}

const NO_TENANT: AccessError = AccessError::NotFound("tenant");

/// What is changed or deleted was deleted by someone else first.
fn gone(error: StoreError) -> AccessError {
    match error {
        StoreError::Conflict => NO_TENANT,
        error => error.into(),
    }
}

/// Every expression by which fields are added to events has to compile.
fn check_expressions(settings: &TenantSettings) -> Result<(), AccessError> {
    for (place, field) in settings.enrichment.iter().enumerate() {
        if let Some(Err(error)) = field.expression.as_deref().map(|text| template::engine().expression(text)) {
            return Err(AccessError::field(format!("/enrichment/{place}/expression"), error.to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_that_does_not_compile_is_refused_with_its_place() {
        let settings = json!({"enrichment": [{"field": "a", "value": 1}, {"field": "a", "expression": "data. +"}]});
        let error = check_expressions(&serde_json::from_value(settings).unwrap()).unwrap_err();
        assert!(matches!(error, AccessError::Field(error) if error.pointer == "/enrichment/1/expression"));
    }
}

//! Finding a webhook by what the path says.

use std::sync::Arc;

use crate::{
    api::{
        app::Shared,
        edge::problem::{Code, Problem},
    },
    model::{TenantKey, WebhookId},
    store::SetAside,
    webhook::Webhook,
};

/// A tenant's webhook. Someone else's is not there.
pub fn find(app: &Shared, tenant: TenantKey, id: &str) -> Result<Arc<Webhook>, Problem> {
    let id = WebhookId::parse(id).map_err(|_| Problem::not_found("webhook"))?;
    if let Some(webhook) = app.store.webhooks().find(tenant, &id) {
        return Ok(webhook);
    }
    not_set_aside(app, |one| one.tenant == tenant && one.id == id)?;
    Err(Problem::not_found("webhook"))
}

/// A tenant's webhook that cannot be read.
pub fn find_set_aside(app: &Shared, tenant: TenantKey, id: &str) -> Option<SetAside> {
    app.store.set_aside().into_iter().find(|one| one.tenant == tenant && one.id.as_str() == id)
}

/// One that cannot be read is there all the same: its id is taken, and it waits for a version that can.
pub fn not_set_aside(app: &Shared, is_it: impl Fn(&SetAside) -> bool) -> Result<(), Problem> {
    match app.store.set_aside().into_iter().find(is_it) {
        None => Ok(()),
        Some(SetAside { reason, .. }) => Err(Problem::new(
            Code::WebhookSetAside,
            format!(
                "the webhook is kept as it is, and what it is owed is held, because this version cannot read it: {reason}; \
                 run the version that wrote it, or delete it with DELETE"
            ),
        )),
    }
}

//! Saving a webhook: its settings are checked by everyone who will have to do with them, its receiver is asked where the
//! webhook wants that, and it is written under the version that was read; all of it again when someone else was faster.

use std::sync::Arc;

use super::{find::find, handshake};
use crate::{
    api::{
        app::{App, Shared},
        edge::{etag::Expected, problem::Problem},
    },
    deliver::Sender,
    model::{Actor, TenantKey, WebhookId},
    store::{NewWebhook, StoreError},
    webhook::{Draft, Webhook, WebhookSettings},
};

/// How often a change is made again because someone else was faster.
pub const TRIES: usize = 8;

/// The draft, if it may be kept: checked, and permitted by the receiver where it has to be asked.
pub async fn approved(app: &App, tenant: TenantKey, draft: Draft, before: Option<&Webhook>) -> Result<Draft, Problem> {
    let draft = check(app, tenant, draft, before).await?;
    handshake::ask(app, tenant, draft, before).await
}

/// Whether the operator, the renderer and the signing dialects allow it. What has not changed is not judged again.
pub async fn check(app: &App, tenant: TenantKey, draft: Draft, before: Option<&Webhook>) -> Result<Draft, Problem> {
    let old = before.map(|webhook| &webhook.settings);
    check_request(&app.courier.sender, old, &draft.settings)?;
    if old.is_none_or(|old| !old.sends_like(&draft.settings)) {
        app.courier.check(tenant, &draft.settings).await?;
    }
    let suits = draft.secrets.suit(&draft.settings.signing, app.clock.now());
    suits.map_err(|message| Problem::field(draft.secret_pointer, message))?;
    Ok(draft)
}

/// Whether requests can be made. The settings are put together one by one, so that the first with which they cannot is
/// the one to blame.
fn check_request(sender: &Sender, old: Option<&WebhookSettings>, new: &WebhookSettings) -> Result<(), Problem> {
    let request = |settings: &WebhookSettings| WebhookSettings {
        verify_tls: settings.verify_tls,
        signing: settings.signing.clone(),
        auth: settings.auth.clone(),
        headers: settings.headers.clone(),
        ..WebhookSettings::new(settings.url.clone())
    };
    if old.is_some_and(|old| request(old) == request(new)) {
        return Ok(());
    }
    let check = |pointer: &'static str, settings: &WebhookSettings| {
        sender.check(settings).map_err(|message| Problem::field(pointer, message))
    };
    let mut growing = WebhookSettings::new(new.url.clone());
    check("/url", &growing)?;
    growing.verify_tls = new.verify_tls;
    check("/verify_tls", &growing)?;
    growing.signing = new.signing.clone();
    check("/signing/dialects", &growing)?;
    growing.auth = new.auth.clone();
    check("/auth", &growing)?;
    growing.headers = new.headers.clone();
    check("/headers", &growing)
}

/// Reads, changes and writes a webhook, again if someone else was faster.
pub async fn update(
    app: &Shared,
    tenant: TenantKey,
    id: &str,
    expected: &Expected,
    by: &Actor,
    change: impl Fn(&Webhook) -> Result<Draft, Problem>,
) -> Result<Arc<Webhook>, Problem> {
    for _ in 0..TRIES {
        let before = find(app, tenant, id)?;
        expected.check(Some(&before))?;
        let draft = approved(app, tenant, change(&before)?, Some(&before)).await?;
        match save(app, &before, draft, by).await {
            Err(StoreError::Conflict) => continue,
            saved => return Ok(saved?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Writes a webhook as the draft has it, if it is still as it was read.
pub async fn save(app: &Shared, before: &Webhook, draft: Draft, by: &Actor) -> Result<Arc<Webhook>, StoreError> {
    let webhook = Webhook {
        settings: draft.settings,
        secrets: draft.secrets,
        disabled: draft.disabled,
        version: before.version + 1,
        updated_at: app.clock.now(),
        ..before.clone()
    };
    app.store.update_webhook(webhook, before.version, by).await
}

/// A webhook to be made.
pub fn new(tenant: TenantKey, id: Option<WebhookId>, draft: Draft) -> NewWebhook {
    NewWebhook { tenant, id, settings: draft.settings, secrets: draft.secrets, disabled: draft.disabled }
}

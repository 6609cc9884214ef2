//! Whether a webhook may be as it is wanted: its settings are checked by everyone who will have to do with them, and its
//! receiver is asked where the webhook wants that.

use super::error::ManageError;
use crate::{
    clock::Clock,
    courier::HttpCourier,
    deliver::Sender,
    model::{FieldError, TenantKey},
    webhook::{Draft, Webhook, WebhookSettings, handshake},
};

/// The draft, if it may be kept: checked, and permitted by the receiver where it has to be asked.
pub(super) async fn approved(
    courier: &HttpCourier,
    clock: &Clock,
    tenant: TenantKey,
    draft: Draft,
    before: Option<&Webhook>,
) -> Result<Draft, ManageError> {
    let draft = checked(courier, clock, tenant, draft, before).await?;
    permitted(courier, tenant, draft, before).await
}

/// The draft, if the operator, the renderer and the signing dialects allow it. What has not changed is not judged again.
pub(super) async fn checked(
    courier: &HttpCourier,
    clock: &Clock,
    tenant: TenantKey,
    draft: Draft,
    before: Option<&Webhook>,
) -> Result<Draft, ManageError> {
    let old = before.map(|webhook| &webhook.settings);
    check_request(&courier.sender, tenant, old, &draft.settings)?;
    if old.is_none_or(|old| !old.sends_like(&draft.settings)) {
        courier.check(tenant, &draft.settings).await??;
    }
    let suits = draft.secrets.suit(&draft.settings.signing, clock.now());
    suits.map_err(|message| ManageError::field(draft.secret_pointer, message))?;
    Ok(draft)
}

/// Whether requests can be made. The settings are put together one by one, so that the first with which they cannot is
/// the one to blame.
fn check_request(
    sender: &Sender,
    tenant: TenantKey,
    old: Option<&WebhookSettings>,
    new: &WebhookSettings,
) -> Result<(), FieldError> {
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
        sender.check(tenant, settings).map_err(|message| FieldError::at(pointer, message))
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

/// The draft, once its receiver has permitted it where it has to be asked; held to the rate that is granted.
async fn permitted(
    courier: &HttpCourier,
    tenant: TenantKey,
    mut draft: Draft,
    before: Option<&Webhook>,
) -> Result<Draft, ManageError> {
    let Some(origin) = handshake::needed(&draft.settings, before.map(|before| &before.settings)) else {
        return Ok(draft);
    };
    let (settings, secrets) = (draft.settings.clone(), draft.secrets.clone());
    let outcome = courier.ask(tenant, settings, secrets, handshake::request(&origin)).await?;
    let kept = handshake::keep_to_granted(&mut draft.settings, &outcome, &origin);
    kept.map_err(|message| ManageError::field("/payload/handshake", message))?;
    Ok(draft)
}

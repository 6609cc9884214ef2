//! Disabling a webhook that does nothing but fail.

use std::sync::Arc;

use crate::{
    model::{Actor, WebhookKey},
    store::{StoreError, Webhooks},
    webhook::{DisableReason, Status, Webhook},
};

/// Who disables a failing webhook.
const LANES: Actor = Actor::system("lanes");

/// Disables a webhook for a reason of ours, unless its tenant has just done so, too.
pub(super) async fn disable(store: Arc<dyn Webhooks>, key: WebhookKey, reason: DisableReason) {
    loop {
        let Some(current) = store.webhooks().get(key) else { return };
        if current.settings.status == Status::Disabled {
            return;
        }
        let mut webhook = Webhook::clone(&current);
        webhook.settings.status = Status::Disabled;
        webhook.disabled = Some(reason);
        match store.update_webhook(webhook, current.version, &LANES).await {
            Ok(webhook) => return tracing::warn!(webhook = %webhook.id, ?reason, "webhook disabled"),
            Err(StoreError::Conflict) => continue,
            // The next failure asks for the same.
            Err(error) => return tracing::warn!(webhook = %current.id, %error, "a failing webhook was not disabled"),
        }
    }
}

//! Disabling a webhook that does nothing but fail.

use std::sync::Arc;

use super::CANCEL_SLICE;
use crate::{
    model::{DisableReason, Status, Webhook, WebhookKey},
    store::{Store, StoreError},
};

/// Disables a webhook for a reason of ours, unless its tenant has just done so, too.
pub(super) async fn disable(store: Arc<dyn Store>, key: WebhookKey, reason: DisableReason) {
    loop {
        let Some(current) = store.webhooks().get(key) else { return };
        if current.settings.status == Status::Disabled {
            return;
        }
        let mut webhook = Webhook::clone(&current);
        webhook.settings.status = Status::Disabled;
        webhook.disabled = Some(reason);
        match store.update_webhook(webhook, current.version).await {
            Ok(webhook) => return tracing::warn!(webhook = %webhook.id, ?reason, "webhook disabled"),
            Err(StoreError::Conflict) => continue,
            // The next failure asks for the same.
            Err(error) => return tracing::warn!(webhook = %current.id, %error, "a failing webhook was not disabled"),
        }
    }
}

/// Gives up whatever a deleted webhook is owed.
pub(super) async fn give_up_all(store: Arc<dyn Store>, webhook: WebhookKey) {
    // An error ends it early; the next start, or the next wake-up, goes on.
    while matches!(store.cancel_owed(webhook, CANCEL_SLICE).await, Ok(CANCEL_SLICE)) {}
}

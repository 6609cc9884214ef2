//! Disabling a webhook that does nothing but fail.

use std::sync::Arc;

use crate::{
    model::{Actor, Timestamp},
    store::{StoreError, Webhooks},
    webhook::{DisableReason, Status, Webhook},
};

/// Who disables a failing webhook.
const LANES: Actor = Actor::system("lanes");

/// Disables a webhook for a reason of ours, if it still sends like the one that gave it: whoever has changed it since may have
/// mended it. Returns the version that is disabled, if one is.
pub(super) async fn disable(
    store: Arc<dyn Webhooks>,
    judged: Arc<Webhook>,
    reason: DisableReason,
    now: Timestamp,
) -> Option<u64> {
    loop {
        let current = store.webhooks().get(judged.key)?;
        if current.settings.status == Status::Disabled {
            return Some(current.version);
        }
        if current.settings.may_mend(&judged.settings) {
            return None;
        }
        let mut webhook = Webhook::clone(&current);
        webhook.settings.status = Status::Disabled;
        webhook.disabled = Some(reason);
        webhook.updated_at = now;
        match store.update_webhook(webhook, current.version, &LANES).await {
            Ok(webhook) => {
                tracing::warn!(webhook = %webhook.id, ?reason, "webhook disabled");
                return Some(webhook.version);
            }
            Err(StoreError::Conflict) => continue,
            Err(error) => {
                tracing::warn!(webhook = %current.id, %error, "a failing webhook was not disabled; its next failure asks for it again");
                return None;
            }
        }
    }
}

//! Disabling a webhook that does nothing but fail.

use std::sync::Arc;

use crate::{
    model::Actor,
    store::{StoreError, Webhooks},
    webhook::{DisableReason, Status, Webhook},
};

/// Who disables a failing webhook.
const LANES: Actor = Actor::system("lanes");

/// Disables a webhook for a reason of ours, if it still sends like the one that gave it: whoever has changed it since may have
/// mended it. Whether it is disabled now.
pub(super) async fn disable(store: Arc<dyn Webhooks>, judged: Arc<Webhook>, reason: DisableReason) -> bool {
    loop {
        let Some(current) = store.webhooks().get(judged.key) else { return false };
        let (was, is) = (&judged.settings, &current.settings);
        if is.status == Status::Disabled || is.status != was.status || !is.sends_like(was) {
            return is.status == Status::Disabled;
        }
        let mut webhook = Webhook::clone(&current);
        webhook.settings.status = Status::Disabled;
        webhook.disabled = Some(reason);
        match store.update_webhook(webhook, current.version, &LANES).await {
            Ok(webhook) => {
                tracing::warn!(webhook = %webhook.id, ?reason, "webhook disabled");
                return true;
            }
            Err(StoreError::Conflict) => continue,
            Err(error) => {
                tracing::warn!(webhook = %current.id, %error, "a failing webhook was not disabled; its next failure asks for it again");
                return false;
            }
        }
    }
}

//! What the scheduler has done outside its own task: an attempt, and changes that go through the store.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;

use super::{CANCEL_SLICE, Courier, Part};
use crate::{
    clock::Clock,
    model::{
        Cohesion, DisableReason, DueBatch, DueDelivery, FailureKind, Ordering, Outcome, Owed, Status, Timestamp,
        Webhook, WebhookKey,
    },
    store::{Result, Store, StoreError},
};

/// Makes an attempt, and says what came of it, also if it panics; nothing if an event could not be read.
pub(super) async fn make_attempt(
    store: &dyn Store,
    courier: &dyn Courier,
    clock: &Clock,
    webhook: &Arc<Webhook>,
    parcel: &[Owed],
) -> Option<Vec<Part>> {
    match AssertUnwindSafe(attempt(store, courier, clock, webhook, parcel)).catch_unwind().await {
        Ok(Ok(parts)) => Some(parts),
        Ok(Err(error)) => {
            let delivery = parcel.first().map(|owed| owed.id.to_string()).unwrap_or_default();
            tracing::warn!(%error, delivery, "an event could not be read; its delivery waits");
            None
        }
        Err(_) => {
            let message = "the request could not be made; the server's log says why";
            let deliveries = parcel.iter().map(|owed| owed.id).collect();
            Some(vec![Part { deliveries, outcome: not_sent(webhook, clock.now(), message) }])
        }
    }
}

async fn attempt(
    store: &dyn Store,
    courier: &dyn Courier,
    clock: &Clock,
    webhook: &Arc<Webhook>,
    parcel: &[Owed],
) -> Result<Vec<Part>> {
    let cohesion = cohesion(webhook, parcel);
    let (mut due, mut gone) = (Vec::with_capacity(parcel.len()), Vec::new());
    for owed in parcel {
        if cohesion != Cohesion::Whole && !due.is_empty() && !courier.has_room(webhook, &due) {
            break;
        }
        let event = match store.recent_event(owed.event) {
            Some(event) => Some(event),
            None => store.event(owed.event).await?,
        };
        let Some(event) = event else {
            if cohesion != Cohesion::Loose && !due.is_empty() {
                break;
            }
            gone.push(owed.id);
            if cohesion != Cohesion::Loose {
                break;
            }
            continue;
        };
        due.push(DueDelivery { id: owed.id, event });
    }
    let mut parts = Vec::new();
    if !due.is_empty() {
        // Settings that changed since the lane gave the turn apply already.
        let latest = store.webhooks().get(webhook.key);
        parts = courier.deliver(latest.as_ref().unwrap_or(webhook), DueBatch { deliveries: due, cohesion }).await;
    }
    if !gone.is_empty() {
        let outcome = not_sent(webhook, clock.now(), "the event is not stored any more");
        parts.push(Part { deliveries: gone, outcome });
    }
    Ok(parts)
}

/// What of these may be parted. Where order is kept, what was tried together is tried together again.
fn cohesion(webhook: &Webhook, parcel: &[Owed]) -> Cohesion {
    match webhook.settings.ordering {
        Ordering::None => Cohesion::Loose,
        _ if parcel.iter().any(|owed| owed.attempts > 0) => Cohesion::Whole,
        _ => Cohesion::InOrder,
    }
}

/// An attempt that ended before anything was sent.
fn not_sent(webhook: &Webhook, now: Timestamp, message: &str) -> Outcome {
    Outcome::unsent(webhook, now, FailureKind::Settings, message.to_owned())
}

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

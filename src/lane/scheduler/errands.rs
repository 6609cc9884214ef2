//! What the scheduler has done outside its own task: an attempt, and changes that go through the store.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;

use super::{CANCEL_SLICE, Courier, Report};
use crate::{
    clock::Clock,
    model::{
        DisableReason, Failure, FailureKind, Outcome, Owed, Sent, Status, Timestamp, Timings, Webhook, WebhookKey,
    },
    store::{Result, Store, StoreError},
};

/// Makes an attempt, and always has something to report.
pub(super) async fn make_attempt(
    store: Arc<dyn Store>,
    courier: Arc<dyn Courier>,
    clock: Clock,
    webhook: Arc<Webhook>,
    owed: Owed,
) -> Report {
    let (key, delivery) = (webhook.key, owed.id);
    let attempt = AssertUnwindSafe(attempt(store.as_ref(), courier.as_ref(), &clock, &webhook, &owed));
    match attempt.catch_unwind().await {
        Ok(Ok(outcome)) => Report::Finished { webhook: key, delivery, outcome: Box::new(outcome) },
        Ok(Err(error)) => {
            tracing::warn!(%error, %delivery, "an event could not be read; its delivery waits");
            Report::Unsent { webhook: key, delivery }
        }
        Err(_) => {
            let message = "the request could not be made; the server's log says why";
            let outcome = not_sent(&webhook, clock.now(), message);
            Report::Finished { webhook: key, delivery, outcome: Box::new(outcome) }
        }
    }
}

async fn attempt(
    store: &dyn Store,
    courier: &dyn Courier,
    clock: &Clock,
    webhook: &Arc<Webhook>,
    owed: &Owed,
) -> Result<Outcome> {
    let event = match store.recent_event(owed.event) {
        Some(event) => Some(event),
        None => store.event(owed.event).await?,
    };
    let Some(event) = event else {
        return Ok(not_sent(webhook, clock.now(), "the event is not stored any more"));
    };
    // Settings that changed since the lane gave the turn apply already.
    let latest = store.webhooks().get(webhook.key);
    Ok(courier.deliver(latest.as_ref().unwrap_or(webhook), &event, owed.id).await)
}

fn not_sent(webhook: &Webhook, now: Timestamp, message: &str) -> Outcome {
    Outcome {
        started_at: now,
        sent: Sent { url: webhook.settings.url.redacted(), ..Sent::default() },
        answer: None,
        remote: None,
        timings: Timings::default(),
        result: Err(Failure { kind: FailureKind::Settings, message: message.to_owned(), retry_after: None }),
    }
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

//! Webhooks that were disabled for failing and asked to heal by themselves: one probe an hour, and when it arrives the
//! webhook is active again. After a restart the hour begins anew.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    courier::HttpCourier,
    lane::Courier,
    model::{DeliveryId, DisableReason, DueBatch, Status, Timestamp, Webhook, WebhookKey},
    publish::sample,
    store::{Store, WebhookChange},
};

/// Between two probes of one webhook, and after it was disabled.
const EVERY: Duration = Duration::from_secs(3600);
/// How often it is looked whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const PROBES_AT_A_TIME: usize = 8;

/// Runs until `stop`.
pub(super) async fn heal(store: Arc<dyn Store>, courier: HttpCourier, clock: Clock, stop: CancellationToken) {
    let mut failing: HashMap<WebhookKey, Timestamp> = HashMap::new();
    let mut revision = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(LOOK_EVERY) => {}
        }
        let (now, changes) = (clock.now(), store.webhooks().changed_since(revision));
        revision = changes.0;
        for change in changes.1 {
            match change {
                WebhookChange::Saved(webhook) if wants_healing(&webhook) => {
                    failing.insert(webhook.key, webhook.updated_at + EVERY);
                }
                WebhookChange::Saved(webhook) => drop(failing.remove(&webhook.key)),
                WebhookChange::Deleted(key) => drop(failing.remove(&key)),
            }
        }
        let due: Vec<WebhookKey> = failing.iter().filter(|&(_, &at)| at <= now).map(|(&key, _)| key).collect();
        for key in &due {
            failing.insert(*key, now + EVERY);
        }
        let probes = stream::iter(due).map(|key| probe(store.as_ref(), &courier, key, now));
        tokio::select! {
            () = stop.cancelled() => return,
            () = probes.buffer_unordered(PROBES_AT_A_TIME).for_each(|()| std::future::ready(())) => {}
        }
    }
}

fn wants_healing(webhook: &Webhook) -> bool {
    let failing = [DisableReason::ConsecutiveFailures, DisableReason::FailingForDays];
    webhook.settings.self_heal && webhook.disabled.is_some_and(|reason| failing.contains(&reason))
}

async fn probe(store: &dyn Store, courier: &HttpCourier, key: WebhookKey, now: Timestamp) {
    let Some(webhook) = store.webhooks().get(key).filter(|webhook| wants_healing(webhook)) else { return };
    let event = Arc::new(sample::probe(&webhook, now, rand::random()));
    let batch = DueBatch::single(DeliveryId(event.key.0), event);
    let parts = courier.deliver(&webhook, batch).await;
    if !parts.iter().any(|part| part.outcome.result.is_ok()) {
        return;
    }
    let mut healed = Webhook::clone(&webhook);
    healed.settings.status = Status::Active;
    healed.disabled = None;
    match store.update_webhook(healed, webhook.version).await {
        Ok(webhook) => tracing::info!(webhook = %webhook.id, "a failing webhook answers again and is active"),
        // Its tenant was faster, or the store cannot write: the next probe tells.
        Err(error) => tracing::warn!(webhook = %webhook.id, %error, "a webhook that answers again was not made active"),
    }
}

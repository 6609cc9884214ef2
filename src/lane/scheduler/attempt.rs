//! An attempt: reads the events of a batch, as far as there is room for them, and hands them to the courier.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;

use crate::{
    budget::Room,
    clock::Clock,
    lane::{BatchOutcome, Courier, OwedBatch, no_room},
    model::{AttemptId, Cohesion, DeliveryId, DueBatch, DueDelivery, FailureKind, LocalFailure, Outcome, Timestamp},
    store::{LaneStore, StoreError},
    webhook::Webhook,
};

/// Why a batch that was given its turn is not sent. All but the last wait.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    #[error(transparent)]
    Unread(#[from] StoreError),
    #[error(transparent)]
    Local(#[from] LocalFailure),
    #[error(
        "the events of the batch have {0} bytes; with what is made of them that is more than a tenant may have in memory at one \
             time, and none can be left for another request"
    )]
    TooLarge(usize),
}

/// Makes an attempt, and says what came of it, also if it panics; nothing if none could be made for reasons of our own.
pub(super) async fn make_attempt(
    store: &dyn LaneStore,
    courier: &dyn Courier,
    clock: &Clock,
    webhook: &Arc<Webhook>,
    batch: &OwedBatch,
) -> Option<Vec<BatchOutcome>> {
    // Named before it begins, so that whatever tells of it meanwhile can name it.
    let id = store.begin_attempt();
    match AssertUnwindSafe(attempt(store, courier, clock, webhook, batch, id)).catch_unwind().await {
        Ok(Ok(outcomes)) => Some(outcomes),
        Ok(Err(Unsent::Local(failure))) => {
            let (webhook, kind) = (&webhook.id, failure.kind.as_str());
            tracing::debug!(%webhook, kind, "a batch could not be sent from here; it waits");
            None
        }
        Ok(Err(Unsent::Unread(error))) => {
            let delivery = batch.owed.first().map(|owed| owed.id.to_string()).unwrap_or_default();
            tracing::warn!(%error, delivery, "an event could not be read; its delivery waits");
            None
        }
        Ok(Err(error @ Unsent::TooLarge(_))) => {
            let outcome = Outcome::unsent(webhook, clock.now(), FailureKind::Render, error.to_string());
            Some(vec![BatchOutcome { attempt: None, deliveries: all(batch), outcome }])
        }
        Err(_) => {
            let message = "the request could not be made; the server's log says why";
            let outcome = not_sent(webhook, clock.now(), message);
            Some(vec![BatchOutcome { attempt: Some(id), deliveries: all(batch), outcome }])
        }
    }
}

fn all(batch: &OwedBatch) -> Vec<DeliveryId> {
    batch.owed.iter().map(|owed| owed.id).collect()
}

async fn attempt(
    store: &dyn LaneStore,
    courier: &dyn Courier,
    clock: &Clock,
    webhook: &Arc<Webhook>,
    batch: &OwedBatch,
    id: AttemptId,
) -> Result<Vec<BatchOutcome>, Unsent> {
    let mut room = courier.room(webhook);
    let (due, gone) = read_events(store, courier, webhook, batch, &mut room).await?;
    let mut outcomes = Vec::new();
    if !due.is_empty() {
        // Settings that changed since the lane gave the turn apply already.
        let latest = store.webhooks().get(webhook.key);
        let due = DueBatch { deliveries: due, cohesion: batch.cohesion, attempt: Some(id) };
        outcomes = courier.deliver(latest.as_ref().unwrap_or(webhook), due, room).await?;
    }
    if !gone.is_empty() {
        let outcome = not_sent(webhook, clock.now(), "the event is not stored any more");
        outcomes.push(BatchOutcome { attempt: None, deliveries: gone, outcome });
    }
    Ok(outcomes)
}

/// The deliveries with their events, as many as one request may carry and as there is room for; and those that cannot be
/// sent, because their event is gone, or that of another without which they are not sent.
///
/// # Errors
/// An event cannot be read; or there is no room for the first, or for one without which the others are not sent.
pub(super) async fn read_events(
    store: &dyn LaneStore,
    courier: &dyn Courier,
    webhook: &Webhook,
    batch: &OwedBatch,
    room: &mut Room,
) -> Result<(Vec<DueDelivery>, Vec<DeliveryId>), Unsent> {
    let (mut due, mut gone) = (Vec::with_capacity(batch.owed.len()), Vec::new());
    let mut gathered_bytes = 0;
    for owed in &batch.owed {
        if batch.cohesion != Cohesion::Whole && !due.is_empty() && !courier.has_room(webhook, gathered_bytes) {
            break;
        }
        let event = match store.recent_event(owed.event) {
            Some(event) => Some(event),
            None => store.owed_event(owed.webhook, owed.event).await?,
        };
        let Some(event) = event else {
            match batch.cohesion {
                Cohesion::Loose => {
                    gone.push(owed.id);
                    continue;
                }
                Cohesion::InOrder if due.is_empty() => gone.push(owed.id),
                Cohesion::InOrder => {}
                Cohesion::Whole => {
                    due.clear();
                    gone = all(batch);
                }
            }
            break;
        };
        gathered_bytes += event.data.len();
        // The events, and as much for the message.
        match room.grow_to(2 * (gathered_bytes + (due.len() + 1) * DueDelivery::OVERHEAD)) {
            Ok(()) => {}
            Err(_) if batch.cohesion != Cohesion::Whole && !due.is_empty() => break,
            Err(exhausted) if exhausted.for_ever => return Err(Unsent::TooLarge(gathered_bytes)),
            Err(exhausted) => return Err(no_room(exhausted).into()),
        }
        let event = if owed.own_id { Arc::new(event.under_id_of(owed.id)) } else { event };
        due.push(DueDelivery { id: owed.id, event });
    }
    Ok((due, gone))
}

/// An attempt that ended before anything was sent.
fn not_sent(webhook: &Webhook, now: Timestamp, message: &str) -> Outcome {
    Outcome::unsent(webhook, now, FailureKind::Settings, message.to_owned())
}

//! Runs all lanes: hears what changed, gives out send slots in turn, hands outcomes to the store.
//!
//! One task owns every lane, so that lanes need no locks. Whatever takes time (sending, reading, recording) is a task
//! of its own that reports back with a [`Report`]; a hint that gets lost there costs delay, never a delivery.

mod attempt;
mod disable;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use rand::{SeedableRng, rngs::StdRng};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use self::{
    attempt::make_attempt,
    disable::{disable, give_up_all},
};
use super::{BatchOutcome, Lane, Load, Next, OwedBatch, ReadyQueue, Settled, SlotClass, Slots, timers::Timers};
use crate::{
    clock::Clock,
    model::{DeliveryId, DisableReason, DueBatch, DueDelivery, Health, Owed, Timestamp, Webhook, WebhookKey},
    store::{Fresh, Result, Settlement, Store, StoreError, Wake, WebhookChange},
};

/// Fresh deliveries held in memory by all lanes together; when lanes are many, each has a smaller window, down to this.
const MOST_HELD: usize = 262_144;
const LEAST_WINDOW: usize = 8;
/// How long the store may take, when time is up, to record the last outcomes.
const LAST_RECORDS: Duration = Duration::from_secs(2);
/// Deliveries given up in one transaction when a webhook is disabled or deleted.
const CANCEL_SLICE: usize = 1000;

/// Makes one attempt. The next stages (render, deliver) behind one door.
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    /// Sends what fits into one request, and says what came of the deliveries: those that share a fate, in one outcome.
    /// What is in no outcome found no room. The batch's [`Cohesion`](crate::model::Cohesion) says what may be left out.
    async fn deliver(&self, webhook: &Arc<Webhook>, batch: DueBatch) -> Vec<BatchOutcome>;

    /// Whether a request that carries these may have room for one more. Asked before an event is read, so that a batch of
    /// large ones is not read to its end in vain; `deliver` still leaves out what finds no room.
    fn has_room(&self, _webhook: &Webhook, _gathered: &[DueDelivery]) -> bool {
        true
    }
}

/// Bounds over all lanes together.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Requests in flight at one time: the send slots. [`Slots`] says who gets how many.
    pub in_flight: usize,
    /// Outcomes not yet durable, after which nothing is sent until the store has caught up.
    pub unrecorded: usize,
}

impl Default for LaneLimits {
    fn default() -> LaneLimits {
        LaneLimits { in_flight: 2048, unrecorded: 16_384 }
    }
}

/// Runs the lanes of one store.
pub struct Scheduler {
    store: Arc<dyn Store>,
    courier: Arc<dyn Courier>,
    clock: Clock,
    rng: StdRng,
    limits: LaneLimits,
    lanes: HashMap<WebhookKey, Lane>,
    ready_queue: ReadyQueue,
    timers: Timers,
    slots: Slots,
    unrecorded: usize,
    settled: Vec<Settlement>,
    to_disable: Vec<(WebhookKey, DisableReason)>,
    webhooks_revision: u64,
    reports: mpsc::UnboundedReceiver<Report>,
    /// Not bounded by itself: each message answers something that this task started and counts.
    reporter: mpsc::UnboundedSender<Report>,
    sends: JoinSet<()>,
}

/// What a task started by the scheduler says at its end.
enum Report {
    /// A request, which held this slot; without outcomes if it was not made.
    CameBack {
        webhook: WebhookKey,
        slot: SlotClass,
        batch: Vec<DeliveryId>,
        outcomes: Option<Vec<BatchOutcome>>,
    },
    Loaded {
        webhook: WebhookKey,
        load: Load,
        loaded: Result<Loaded>,
    },
    Cancelled {
        webhook: WebhookKey,
        count: Result<usize>,
    },
    Recorded(Vec<(WebhookKey, DeliveryId)>),
}

enum Loaded {
    Fresh(Fresh),
    Retrying(Vec<(Timestamp, Owed)>),
}

impl Scheduler {
    /// Over this store; `seed` drives the jitter of retries.
    pub fn new(
        store: Arc<dyn Store>,
        courier: Arc<dyn Courier>,
        clock: Clock,
        limits: LaneLimits,
        seed: u64,
    ) -> Scheduler {
        let (reporter, reports) = mpsc::unbounded_channel();
        Scheduler {
            store,
            courier,
            clock,
            rng: StdRng::seed_from_u64(seed),
            limits,
            lanes: HashMap::new(),
            ready_queue: ReadyQueue::default(),
            timers: Timers::default(),
            slots: Slots::new(limits.in_flight),
            unrecorded: 0,
            settled: Vec::new(),
            to_disable: Vec::new(),
            webhooks_revision: 0,
            reports,
            reporter,
            sends: JoinSet::new(),
        }
    }

    /// Runs until `stop`; then sends nothing more, and returns when what was in flight is recorded, or at `give_up`.
    pub async fn run(mut self, stop: CancellationToken, give_up: CancellationToken) -> Result<()> {
        let store = self.store.clone();
        self.webhooks_revision = store.webhooks().revision();
        for backlog in store.backlogs().await? {
            self.open_lane(backlog.webhook, backlog.health);
            if let (Some(lane), Some(at)) = (self.lanes.get_mut(&backlog.webhook), backlog.next_retry) {
                lane.retries_at(at);
            }
        }
        let mut reports = Vec::new();
        loop {
            let stopping = stop.is_cancelled();
            if !stopping {
                self.dispatch();
            }
            self.record_settled();
            if stopping && self.slots.taken() == 0 && self.unrecorded == 0 {
                return Ok(());
            }
            tokio::select! {
                () = stop.cancelled(), if !stopping => {}
                () = give_up.cancelled(), if stopping => {
                    self.give_up().await;
                    return Ok(());
                }
                () = store.changed().notified() => {}
                _ = self.reports.recv_many(&mut reports, 256) => {}
                () = wait_until(&self.clock, self.timers.next_at()), if !stopping => {}
            }
            for report in reports.drain(..) {
                self.hear(report);
            }
            self.look();
        }
    }

    /// What changed in the store, and which timers are due.
    fn look(&mut self) {
        let store = self.store.clone();
        if store.webhooks().revision() != self.webhooks_revision {
            let (revision, changes) = store.webhooks().changed_since(self.webhooks_revision);
            self.webhooks_revision = revision;
            changes.into_iter().for_each(|change| self.webhook_changed(change));
        }
        for wake in store.take_woken() {
            let (Wake::Fresh(webhook) | Wake::Retry(webhook) | Wake::Cancelled(webhook, _)) = wake;
            self.open_lane(webhook, Health::default());
            let Some(lane) = self.lanes.get_mut(&webhook) else { continue };
            match wake {
                Wake::Fresh(_) => lane.woken(),
                Wake::Retry(_) => lane.retried(),
                Wake::Cancelled(_, delivery) => lane.forget(delivery),
            }
        }
        let now = self.clock.now();
        while let Some(webhook) = self.timers.due(now) {
            self.give_turn(webhook);
        }
    }

    /// Makes sure that the lane is there, and gives it a turn. What a webhook without settings is owed, because it was
    /// deleted, is given up.
    fn open_lane(&mut self, webhook: WebhookKey, health: Health) {
        if !self.lanes.contains_key(&webhook) {
            match self.store.webhooks().get(webhook) {
                Some(settings) => self.lanes.insert(webhook, Lane::new(settings, health)),
                None => {
                    tokio::spawn(give_up_all(self.store.clone(), webhook));
                    return;
                }
            };
        }
        self.give_turn(webhook);
    }

    fn give_turn(&mut self, webhook: WebhookKey) {
        if let Some(lane) = self.lanes.get(&webhook) {
            self.ready_queue.push(lane.slot_class(), webhook);
        }
    }

    fn webhook_changed(&mut self, change: WebhookChange) {
        let key = match change {
            WebhookChange::Saved(webhook) => {
                let key = webhook.key;
                if let Some(lane) = self.lanes.get_mut(&key) {
                    lane.changed(webhook);
                }
                key
            }
            WebhookChange::Deleted(key) => {
                if let Some(lane) = self.lanes.get_mut(&key) {
                    lane.deleted();
                }
                key
            }
        };
        self.give_turn(key);
    }

    // ── giving out turns ────────────────────────────────────────────────────────────────────────────────────────

    fn dispatch(&mut self) {
        let now = self.clock.now();
        self.ready_queue.ask_again();
        while self.unrecorded < self.limits.unrecorded {
            let Some((slot, webhook)) = self.ready_queue.pop(&self.slots) else { return };
            let Some(lane) = self.lanes.get_mut(&webhook) else { continue };
            match lane.next(now, self.slots.scarce_for(slot)) {
                Next::Send(batch) => {
                    let settings = lane.webhook().clone();
                    self.send(settings, slot, batch);
                    self.give_turn(webhook);
                }
                Next::Load(load) => self.load(webhook, load),
                Next::Cancel => self.cancel(webhook),
                Next::Wait(Some(until)) => self.timers.set(webhook, until),
                Next::Wait(None) if lane.is_over() => {
                    self.lanes.remove(&webhook);
                }
                Next::Wait(None) => {}
            }
        }
    }

    fn send(&mut self, webhook: Arc<Webhook>, slot: SlotClass, batch: OwedBatch) {
        self.slots.take(slot);
        let (store, courier, clock, reporter) =
            (self.store.clone(), self.courier.clone(), self.clock.clone(), self.reporter.clone());
        while self.sends.try_join_next().is_some() {}
        self.sends.spawn(async move {
            let outcomes = make_attempt(store.as_ref(), courier.as_ref(), &clock, &webhook, &batch).await;
            let batch = batch.owed.iter().map(|owed| owed.id).collect();
            // The scheduler is gone only when the process ends.
            let _ = reporter.send(Report::CameBack { webhook: webhook.key, slot, batch, outcomes });
        });
    }

    fn load(&mut self, webhook: WebhookKey, mut load: Load) {
        if let Load::Fresh { limit, .. } = &mut load {
            *limit = (*limit).min(MOST_HELD / self.lanes.len().max(1)).max(LEAST_WINDOW);
        }
        if let Load::Fresh { after, limit } = load
            && let Some(fresh) = self.store.recent_fresh(webhook, after, limit)
        {
            if let Some(lane) = self.lanes.get_mut(&webhook) {
                lane.loaded_fresh(fresh);
            }
            return self.give_turn(webhook);
        }
        let (store, reporter) = (self.store.clone(), self.reporter.clone());
        tokio::spawn(async move {
            let loaded = match load.clone() {
                Load::Fresh { after, limit } => store.fresh(webhook, after, None, limit).await.map(Loaded::Fresh),
                Load::Key { key, after, limit } => {
                    store.fresh(webhook, after, Some(key), limit).await.map(Loaded::Fresh)
                }
                Load::Retrying { limit } => store.retrying(webhook, limit).await.map(Loaded::Retrying),
            };
            let _ = reporter.send(Report::Loaded { webhook, load, loaded });
        });
    }

    fn cancel(&mut self, webhook: WebhookKey) {
        let (store, reporter) = (self.store.clone(), self.reporter.clone());
        tokio::spawn(async move {
            let count = store.cancel_owed(webhook, CANCEL_SLICE).await;
            let _ = reporter.send(Report::Cancelled { webhook, count });
        });
    }

    // ── hearing reports ─────────────────────────────────────────────────────────────────────────────────────────

    fn hear(&mut self, report: Report) {
        let now = self.clock.now();
        match report {
            Report::CameBack { webhook, slot, batch, outcomes } => {
                self.slots.give_back(slot);
                let Some(lane) = self.lanes.get_mut(&webhook) else { return };
                match outcomes {
                    Some(outcomes) => {
                        let all_settled = lane.finished(&batch, outcomes, now, &mut self.rng);
                        let settings = lane.webhook().clone();
                        all_settled.into_iter().for_each(|settled| self.settle(&settings, settled));
                    }
                    None => lane.unsent(&batch, now),
                }
                self.give_turn(webhook);
            }
            Report::Loaded { webhook, load, loaded } => {
                if let Some(lane) = self.lanes.get_mut(&webhook) {
                    hear_loaded(lane, load, loaded, now);
                }
                self.give_turn(webhook);
            }
            Report::Cancelled { webhook, count } => {
                let Some(lane) = self.lanes.get_mut(&webhook) else { return };
                match count {
                    Ok(count) => lane.cancelled(count == CANCEL_SLICE),
                    Err(_) => lane.cancel_failed(now),
                }
                self.give_turn(webhook);
            }
            Report::Recorded(recorded) => {
                self.unrecorded -= recorded.len();
                for (webhook, delivery) in recorded {
                    if let Some(lane) = self.lanes.get_mut(&webhook)
                        && lane.recorded(delivery)
                    {
                        self.give_turn(webhook);
                    }
                }
            }
        }
    }

    fn settle(&mut self, webhook: &Webhook, settled: Settled) {
        self.unrecorded += settled.settlement.owed.len();
        if let (Err(failure), Some(first)) = (&settled.settlement.outcome.result, settled.settlement.owed.first()) {
            let delivery = first.id;
            tracing::debug!(webhook = %webhook.id, %delivery, kind = failure.kind.as_str(), "attempt failed");
        }
        self.settled.push(settled.settlement);
        if let Some(reason) = settled.disable {
            self.to_disable.push((webhook.key, reason));
        }
    }

    fn record_settled(&mut self) {
        if self.settled.is_empty() {
            return;
        }
        let (settlements, to_disable) = (std::mem::take(&mut self.settled), std::mem::take(&mut self.to_disable));
        let (store, reporter) = (self.store.clone(), self.reporter.clone());
        tokio::spawn(async move {
            let recorded = settlements.iter().flat_map(|one| &one.owed).map(|owed| (owed.webhook, owed.id)).collect();
            store.record(settlements).await;
            let _ = reporter.send(Report::Recorded(recorded));
            // Not before: disabling cancels what is owed, and what has just failed for good is owed until recorded.
            for (webhook, reason) in to_disable {
                disable(store.clone(), webhook, reason).await;
            }
        });
    }

    /// Time is up: what has not answered by now is sent again after the restart, and so is what cannot be recorded soon.
    async fn give_up(&mut self) {
        self.sends.shutdown().await;
        // What has answered has said so by now.
        while let Ok(report) = self.reports.try_recv() {
            self.hear(report);
        }
        let in_flight = self.slots.taken();
        tracing::warn!(in_flight, "stopped waiting for receivers; their deliveries are sent again");
        let clock = self.clock.clone();
        tokio::select! {
            () = self.recorded() => {}
            () = clock.sleep(LAST_RECORDS) => {
                tracing::warn!(unrecorded = self.unrecorded, "outcomes cannot be recorded; their deliveries are sent again");
            }
        }
    }

    /// Returns when every outcome heard of is durable.
    async fn recorded(&mut self) {
        self.record_settled();
        while self.unrecorded > 0 {
            // The channel cannot end while `self` holds a sender of it.
            let Some(report) = self.reports.recv().await else { return };
            self.hear(report);
        }
    }
}

/// Returns at that time, if ever. Cancel-safe.
async fn wait_until(clock: &Clock, time: Option<Timestamp>) {
    match time {
        Some(time) => clock.sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn hear_loaded(lane: &mut Lane, load: Load, loaded: Result<Loaded>, now: Timestamp) {
    match (load, loaded) {
        (Load::Fresh { .. }, Ok(Loaded::Fresh(fresh))) => lane.loaded_fresh(fresh),
        (Load::Key { key, .. }, Ok(Loaded::Fresh(fresh))) => lane.loaded_key(&key, fresh),
        (Load::Retrying { limit }, Ok(Loaded::Retrying(retries))) => {
            let all = retries.len() < limit;
            lane.loaded_retrying(retries, all, now);
        }
        (load, Err(error)) => {
            if !matches!(error, StoreError::Closed) {
                tracing::warn!(%error, "a lane could not read what is owed; it tries again");
            }
            lane.load_failed(load, now);
        }
        (load, Ok(_)) => lane.load_failed(load, now),
    }
}

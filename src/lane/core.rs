//! All lanes together, as a pure state machine: whose turn it is, who holds which send slots, when to look again.
//!
//! In go reports of what has ended ([`Report`]) and news from the store; out come actions ([`Action`]), one at a time. It
//! knows no store, no clock and no task: the [`Scheduler`](super::Scheduler) performs the actions in the server, and the
//! simulation performs them in its worlds.

mod shown;

use std::{
    collections::{VecDeque, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use rand::Rng;

use super::{
    Action, Lane, Load, Loaded, Next, Report, Slots,
    lanes::Lanes,
    ready_queue::ReadyQueue,
    state::{Consequence, Disable, UNREADABLE_PAUSE},
    timers::Timers,
    unrecorded::Unrecorded,
};
use crate::{
    model::{DeliveryId, FailureRun, IdMap, TenantKey, Timestamp, WebhookKey},
    store::{Backlog, Settlement, Wake, WebhookChange},
    webhook::Webhook,
};

/// A clock that shows so much less than before was set back.
const SET_BACK: Duration = Duration::from_secs(1);
/// What receivers answered is handed on for recording after so many other actions at most, however much there is to be sent: what
/// is not recorded is sent again after a crash. The store gathers what it is given into commits.
const BEFORE_RECORDING: usize = 32;

/// Bounds over all lanes together.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Requests in flight at one time: the send slots. [`Slots`] says who gets how many.
    pub in_flight: usize,
    /// Bytes that outcomes which are not durable yet take up (see [`Settlement::bytes`]), after which nothing is sent until the
    /// store has caught up; of what is left a tenant takes no more than it leaves. Those of requests under way come on top.
    pub unrecorded: usize,
    /// Deliveries that all lanes together know, where a key that waits for a retry counts as 4, as long as each lane can have 8. Of
    /// what is left a tenant's lanes take no more than they leave.
    pub held: usize,
    /// Deliveries given up in one transaction when a webhook is disabled or deleted.
    pub cancel_slice: usize,
}

impl Default for LaneLimits {
    fn default() -> LaneLimits {
        LaneLimits { in_flight: 2048, unrecorded: 64 << 20, held: 262_144, cancel_slice: 100 }
    }
}

/// All lanes of one store.
#[derive(Debug)]
pub struct LaneCore {
    limits: LaneLimits,
    lanes: Lanes,
    ready_queue: ReadyQueue,
    timers: Timers,
    slots: Slots,
    /// Outcomes that are not durable yet.
    unrecorded: Unrecorded,
    /// Outcomes that were not handed on for recording yet, each with its tenant: in the order in which these had their first.
    settled: VecDeque<(TenantKey, Vec<Settlement>)>,
    /// Actions since outcomes were handed on.
    since_recording: usize,
    /// What to disable once the outcome of this delivery is durable: disabling cancels what is owed, and what has just failed
    /// for good is owed until then.
    to_disable: IdMap<DeliveryId, Disable>,
    /// Webhooks that are being disabled.
    disabling: usize,
    /// Deleted webhooks without a lane, of which what they are owed is being given up; `true`: there may be more meanwhile.
    orphans: IdMap<WebhookKey, bool>,
    /// Actions that need neither a send slot nor a turn; they come first.
    waiting_actions: VecDeque<Action>,
    /// How often a lane was asked so far what it wants.
    turns: u64,
    stopping: bool,
    /// The time at which it was called last.
    now: Timestamp,
}

impl LaneCore {
    /// Without lanes: whoever is owed something gets one, as soon as that is known.
    pub fn new(limits: LaneLimits) -> LaneCore {
        LaneCore {
            limits,
            lanes: Lanes::default(),
            ready_queue: ReadyQueue::default(),
            timers: Timers::default(),
            slots: Slots::new(limits.in_flight),
            unrecorded: Unrecorded::new(limits.unrecorded),
            settled: VecDeque::new(),
            since_recording: 0,
            to_disable: IdMap::default(),
            disabling: 0,
            orphans: IdMap::default(),
            waiting_actions: VecDeque::new(),
            turns: 0,
            stopping: false,
            now: Timestamp::default(),
        }
    }

    /// A webhook's lane, if it has one.
    pub fn lane(&self, webhook: WebhookKey) -> Option<&Lane> {
        self.lanes.get(webhook)
    }

    /// The webhooks that have lanes.
    pub fn webhooks(&self) -> impl Iterator<Item = WebhookKey> {
        self.lanes.webhooks()
    }

    /// Requests under way.
    pub fn in_flight(&self) -> usize {
        self.slots.taken()
    }

    /// Outcomes that are not durable yet.
    pub fn unrecorded(&self) -> usize {
        self.unrecorded.deliveries()
    }

    /// Bytes of memory that they take up.
    pub fn unrecorded_bytes(&self) -> usize {
        self.unrecorded.bytes()
    }

    /// Lanes that there are.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Deliveries that lanes hold in memory.
    pub fn held(&self) -> usize {
        self.lanes.held()
    }

    /// How much of their backlogs lanes know: deliveries, and keys at four times as much.
    pub fn known(&self) -> usize {
        self.lanes.known()
    }

    /// Webhooks that are being disabled.
    pub fn disabling(&self) -> usize {
        self.disabling
    }

    /// Whether nothing is under way that has begun: no request, no outcome that is not durable, no webhook that is being disabled.
    pub fn is_at_rest(&self) -> bool {
        self.slots.taken() == 0 && self.is_recorded()
    }

    /// Whether every outcome that was heard of is durable, and what follows from it is done.
    pub fn is_recorded(&self) -> bool {
        self.unrecorded() == 0 && self.disabling == 0
    }

    /// What has come back and was not handed on for recording yet; of each tenant in the order in which it came.
    pub fn settled(&self) -> impl Iterator<Item = &Settlement> {
        self.settled.iter().flat_map(|(_, settlements)| settlements)
    }

    /// Lanes that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.ready_queue.len()
    }

    /// How often a lane was asked so far what it wants.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// When [`LaneCore::step`] is to be called if nothing is heard before; `None`: not before something is heard.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.timers.next_at().filter(|_| !self.stopping)
    }

    /// From now on nothing is sent or loaded; what comes back is still recorded.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    // ── what is to be done ──────────────────────────────────────────────────────────────────────────────────────

    /// The next action; `None` if there is nothing to do before something is heard, or before [`LaneCore::wakes_at`].
    /// Outcomes are handed on last, so that they are many, but after `BEFORE_RECORDING` other actions at most.
    pub fn step(&mut self, now: Timestamp) -> Option<Action> {
        self.follow_clock(now);
        let overdue = self.record_if(self.since_recording >= BEFORE_RECORDING);
        let action = overdue.or_else(|| self.next_action(now)).or_else(|| self.record_if(true));
        self.since_recording = match action {
            _ if self.settled.is_empty() => 0,
            // Another tenant's are handed on after one action more, so that many tenants' hold nothing else up.
            Some(Action::Record { .. }) => BEFORE_RECORDING - 1,
            _ => self.since_recording.saturating_add(1),
        };
        action
    }

    /// Hands on what was settled of one tenant, if it is time to.
    fn record_if(&mut self, it_is_time: bool) -> Option<Action> {
        let (tenant, settlements) = self.settled.pop_front_if(|_| it_is_time)?;
        Some(Action::Record { tenant, settlements })
    }

    /// What is to be done beside recording.
    fn next_action(&mut self, now: Timestamp) -> Option<Action> {
        while let Some(webhook) = self.timers.due(now) {
            self.give_turn(webhook);
            if self.orphans.remove(&webhook).is_some() {
                self.give_up(webhook);
            }
        }
        if let Some(action) = self.waiting_actions.pop_front() {
            return Some(action);
        }
        if self.stopping { None } else { self.next_turn(now) }
    }

    /// If the clock was set back since it was looked at last, all times that were told by it move along.
    fn follow_clock(&mut self, now: Timestamp) {
        let by = self.now.since(now);
        self.now = now;
        // What NTP corrects every now and then makes no wait worth mending.
        if by >= SET_BACK {
            self.timers.clock_set_back(by);
            self.lanes.clock_set_back(by);
        }
    }

    /// Asks lanes in turn what they want, until one wants something.
    fn next_turn(&mut self, now: Timestamp) -> Option<Action> {
        loop {
            let (slot, webhook) = self.ready_queue.pop(&self.slots, |tenant| self.unrecorded.has_room_for(tenant))?;
            let scarce = self.slots.scarce_for(slot);
            let room = self.lanes.room(slot.tenant, self.limits.held);
            let asked = |lane: &mut Lane| (lane.next(now, scarce, room), lane.webhook().clone());
            let Some((next, settings)) = self.lanes.change(webhook, asked) else { continue };
            self.turns += 1;
            match next {
                Next::Send(batch) => {
                    self.slots.take(slot);
                    self.give_turn(webhook);
                    return Some(Action::Send { webhook: settings, slot, batch });
                }
                Next::Load(load) => return Some(Action::Load { webhook, load }),
                Next::Cancel => return Some(Action::Cancel { webhook, limit: self.limits.cancel_slice }),
                Next::Wait(Some(until)) => self.timers.set(webhook, until),
                Next::Wait(None) => self.drop_if_done(webhook, now),
            }
        }
    }

    /// Drops a lane that has ended, or has rested for so long that nothing is lost with it: whoever is owed something again
    /// gets another one.
    fn drop_if_done(&mut self, webhook: WebhookKey, now: Timestamp) {
        match self.lanes.change(webhook, |lane| lane.kept_until(now)).flatten() {
            Some(until) if until <= now => self.lanes.remove(webhook),
            Some(until) => self.timers.set(webhook, until),
            None => {}
        }
    }

    fn give_turn(&mut self, webhook: WebhookKey) {
        if let Some(lane) = self.lanes.get(webhook) {
            self.ready_queue.push(lane.slot_class(), webhook);
        }
    }

    // ── what is heard ───────────────────────────────────────────────────────────────────────────────────────────

    /// At the start: what a webhook is owed. `settings`: the webhook's, if it is not deleted.
    pub fn owes(&mut self, backlog: Backlog, settings: Option<Arc<Webhook>>) {
        self.open_lane(backlog.webhook, backlog.failure_run, || settings);
        if let Some(at) = backlog.next_retry {
            self.lanes.change(backlog.webhook, |lane| lane.retries_at(at));
        }
    }

    /// Something happened to what a webhook is owed. `settings`: the webhook's, if it is not deleted; asked for only if it
    /// has no lane.
    pub fn woken(&mut self, wake: Wake, settings: impl FnOnce(WebhookKey) -> Option<Arc<Webhook>>) {
        let (Wake::Pending(webhook) | Wake::Retry(webhook) | Wake::ByHand(webhook, _) | Wake::Cancelled(webhook, _)) =
            wake;
        self.open_lane(webhook, FailureRun::default(), || settings(webhook));
        self.lanes.change(webhook, |lane| match wake {
            Wake::Pending(_) => lane.woken(),
            Wake::Retry(_) => lane.retried(),
            Wake::ByHand(_, delivery) => lane.wanted_now(delivery),
            Wake::Cancelled(_, delivery) => lane.forget(delivery),
        });
    }

    /// A test has shown that a webhook's receiver works. Whether its breaker was open.
    pub fn receiver_works(&mut self, webhook: WebhookKey) -> bool {
        let was_open = self.lanes.change(webhook, Lane::receiver_works) == Some(true);
        self.give_turn(webhook);
        was_open
    }

    /// A webhook has other settings, or is deleted.
    pub fn webhook_changed(&mut self, change: WebhookChange) {
        let webhook = match &change {
            WebhookChange::Saved(webhook) => webhook.key,
            WebhookChange::Deleted(webhook) => *webhook,
        };
        self.lanes.change(webhook, |lane| match change {
            WebhookChange::Saved(settings) => lane.changed(settings),
            WebhookChange::Deleted(_) => lane.deleted(),
        });
        self.give_turn(webhook);
    }

    /// An action has ended. `rng` drives the jitter of retries.
    pub fn hear(&mut self, report: Report, now: Timestamp, rng: &mut impl Rng) {
        self.follow_clock(now);
        match report {
            Report::CameBack { webhook, slot, batch, outcomes } => {
                self.slots.give_back(slot);
                self.ready_queue.ask_again();
                let settled = self.lanes.change(webhook, |lane| match outcomes {
                    Some(outcomes) => lane.finished(&batch, outcomes, now, rng),
                    None => {
                        lane.unsent(&batch, now, rng);
                        Vec::new()
                    }
                });
                settled.into_iter().flatten().for_each(|settled| self.settle(slot.tenant, settled));
                self.give_turn(webhook);
            }
            Report::Loaded { webhook, load, loaded } => {
                self.lanes.change(webhook, |lane| hear_loaded(lane, load, loaded, now));
                self.give_turn(webhook);
            }
            Report::Cancelled { webhook, count } => self.cancelled(webhook, count, now),
            Report::Recorded(recorded) => {
                self.ready_queue.ask_again();
                for (webhook, delivery) in recorded {
                    self.unrecorded.recorded(delivery);
                    self.recorded(webhook, delivery);
                }
            }
            Report::Disabled { webhook, judged, off_at } => {
                self.disabling -= 1;
                self.lanes.change(webhook, |lane| lane.disabling_ended(judged, off_at, now));
                self.give_turn(webhook);
            }
        }
    }

    /// Makes sure that the lane is there, and gives it a turn. What a webhook without settings is owed, because it was
    /// deleted, is given up.
    fn open_lane(
        &mut self,
        webhook: WebhookKey,
        failure_run: FailureRun,
        settings: impl FnOnce() -> Option<Arc<Webhook>>,
    ) {
        if self.lanes.get(webhook).is_none() {
            let Some(settings) = settings() else { return self.give_up(webhook) };
            self.lanes.insert(webhook, Lane::new(settings, failure_run));
        }
        self.give_turn(webhook);
    }

    fn give_up(&mut self, webhook: WebhookKey) {
        match self.orphans.entry(webhook) {
            Entry::Vacant(entry) => {
                entry.insert(false);
                self.waiting_actions.push_back(Action::Cancel { webhook, limit: self.limits.cancel_slice });
            }
            Entry::Occupied(mut entry) => *entry.get_mut() = true,
        }
    }

    fn settle(&mut self, tenant: TenantKey, settled: Consequence) {
        let Consequence { settlement, disable } = settled;
        self.unrecorded.add(tenant, &settlement);
        if let (Some(disable), Some(last)) = (disable, settlement.owed.last()) {
            self.to_disable.insert(last.id, disable);
        }
        match self.settled.iter_mut().find(|(other, _)| *other == tenant) {
            Some((_, settlements)) => settlements.push(settlement),
            None => self.settled.push_back((tenant, vec![settlement])),
        }
    }

    fn recorded(&mut self, webhook: WebhookKey, delivery: DeliveryId) {
        if !self.to_disable.is_empty()
            && let Some(Disable { webhook, reason }) = self.to_disable.remove(&delivery)
        {
            self.disabling += 1;
            self.waiting_actions.push_back(Action::Disable { webhook, reason });
        }
        match self.lanes.change(webhook, |lane| lane.recorded(delivery)) {
            Some(true) => self.give_turn(webhook),
            Some(false) => self.drop_if_done(webhook, self.now),
            None => {}
        }
    }

    fn cancelled(&mut self, webhook: WebhookKey, count: Option<usize>, now: Timestamp) {
        let more = count == Some(self.limits.cancel_slice);
        let heard = self.lanes.change(webhook, |lane| match count {
            Some(_) => lane.cancelled(more),
            None => lane.cancel_failed(now),
        });
        match (heard, count) {
            (Some(()), _) => self.give_turn(webhook),
            (None, None) => self.timers.set(webhook, now + UNREADABLE_PAUSE),
            (None, Some(_)) if self.orphans.remove(&webhook) == Some(true) || more => self.give_up(webhook),
            (None, Some(_)) => {}
        }
    }
}

fn hear_loaded(lane: &mut Lane, load: Load, loaded: Option<Loaded>, now: Timestamp) {
    match (load, loaded) {
        (Load::Pending { .. }, Some(Loaded::Pending(pending))) => lane.loaded_pending(pending),
        (Load::Key { key, .. }, Some(Loaded::Pending(pending))) => lane.loaded_key(&key, pending),
        (Load::Retrying { limit }, Some(Loaded::Retrying(retries))) => {
            let all = retries.len() < limit;
            lane.loaded_retrying(retries, all, now);
        }
        (Load::One(id), Some(Loaded::One(found))) => lane.loaded_one(id, found, now),
        (load, _) => lane.load_failed(load, now),
    }
}

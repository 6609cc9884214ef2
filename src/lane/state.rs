//! A lane: one webhook's queue, as a pure state machine.
//!
//! In go deliveries from the store, outcomes of attempts, changed settings and the time; out comes the next thing to do
//! ([`Next`]). The lane holds a window of its backlog; the store holds all of it, and what a lane forgets it can load
//! again. So that nothing is sent twice at the same time, a delivery stays *in hand* from the moment it may be sent
//! until what became of it is durable.

mod backlog;
mod batch;
mod by_hand;
mod clock;
mod outcome;
mod passage;
mod picture;
mod rest;
mod room;

pub use self::{
    batch::OwedBatch,
    outcome::BatchOutcome,
    picture::{BreakerState, LanePicture, RatePicture},
};

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    gates::{Breaker, Concurrency, Halvings, Rate},
    key_queues::{KeyQueues, Release},
    latency::LatencyHistory,
    slots::SlotClass,
};
use crate::{
    model::{DeliveryId, FailureRun, IdMap, IdSet, OrderingKey, Owed, Serial, Timestamp, WaitReason},
    store::Settlement,
    webhook::{DisableReason, Ordering, Status, Webhook},
};

/// As many deliveries as a lane holds in memory, give or take those in flight.
pub const WINDOW: usize = 256;
/// A window this empty is filled up again.
const LOW_WATER: usize = 64;
/// An ordered lane knows the keys of so many deliveries that wait for a retry; while there are more, or no room for them, it takes
/// nothing new.
const MOST_KEYS: usize = 10_000;
/// How long a lane rests when the store could not tell it something.
pub(super) const UNREADABLE_PAUSE: Duration = Duration::from_secs(1);
/// A lane that waits for room looks again after this long, unless something of its own ends before: then at once.
const NO_ROOM_PAUSE: Duration = Duration::from_secs(30);
/// How long a lane leaves retries alone that all wait for others of their keys.
const PASSED_OVER_PAUSE: Duration = Duration::from_secs(5);

/// A webhook's queue.
#[derive(Debug)]
pub struct Lane {
    webhook: Arc<Webhook>,
    deleted: bool,
    failure_run: FailureRun,
    concurrency: Concurrency,
    rate: Option<Rate>,
    breaker: Breaker,
    /// The receiver asked to be left alone until then.
    paused_until: Timestamp,
    /// The store could not be read; it is left alone until then.
    rests_until: Timestamp,
    /// How often in a row nothing could be sent for reasons of our own.
    unsent: u32,
    /// Whether its requests hold their slots for long.
    history: LatencyHistory,
    /// How long its last requests took, from their turns to their ends: an average in which each weighs less than those after it.
    usual_request: Option<Duration>,

    /// May go as soon as the gates permit, in this order.
    ready: VecDeque<Owed>,
    /// Those held in `ready` or behind their keys that were attempted before; the store lists them as retrying until they
    /// are recorded again.
    ready_retries: IdSet<DeliveryId>,
    in_flight: BTreeMap<DeliveryId, Owed>,
    /// Each carries one of those in flight, or a batch of them: by its first.
    requests: IdMap<DeliveryId, Request>,
    /// The outcome is known, but not durable yet; with the time of the next attempt, if there will be one.
    settling: IdMap<DeliveryId, Option<Timestamp>>,
    /// Somebody wants these to go now, one after the other.
    by_hand: VecDeque<DeliveryId>,
    /// In flight, but given up in the store by hand or with the webhook: if the attempt fails, it was the last.
    given_up: IdSet<DeliveryId>,
    key_queues: KeyQueues,

    /// Every pending delivery up to here was taken from the store.
    cursor: DeliveryId,
    /// The store may have pending deliveries behind the cursor.
    more_pending: bool,
    /// When to look for retries.
    next_retry: Option<Timestamp>,
    /// An ordered lane sends nothing pending before it knows what waits for a retry.
    retries_known: bool,
    /// How many of them the last answer had that wait still.
    retries_read: usize,
    /// A load is under way, or the backlog is being given up. Whatever happens meanwhile notes anew what this was about, so
    /// that no wake-up is lost.
    loading: bool,
    /// How much the load under way may bring.
    expected: usize,
    /// It would load more, if there were room.
    lacks_room: bool,
    /// What was recorded or given up while a load is under way: its answer may be older and is not believed.
    overtaken: IdSet<DeliveryId>,
    /// The load under way was asked for before the lane began again; its answer fits no more.
    load_is_stale: bool,
    /// Disabled or deleted, and the store may still owe it something.
    to_cancel: bool,
    /// Its webhook is being disabled: until that is known to have ended, or the tenant has mended it, nothing is sent.
    disabling: Option<Disabling>,
    /// Until when the batch waits for more that begins with this delivery.
    growing: Option<(DeliveryId, Timestamp)>,
    /// Since when it has wanted nothing.
    rests_since: Option<Timestamp>,
}

/// What is noted of a request when it is sent.
#[derive(Clone, Copy, Debug)]
struct Request {
    /// When its turn was.
    sent_at: Timestamp,
    /// What the lane's concurrency had gone through.
    halvings: Halvings,
    /// Whether its tenant has changed meanwhile what decides about success.
    before_repair: bool,
    /// The delivery for which it went, if somebody wanted that.
    by_hand: Option<DeliveryId>,
}

/// What a lane wants.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// Send these in one request.
    Send(OwedBatch),
    /// Get this from the store.
    Load(Load),
    /// Give up what the store owes it, a slice at a time.
    Cancel,
    /// Nothing, before this time or until something happens.
    Wait(Option<Timestamp>),
}

/// What to get from the store.
#[derive(Clone, PartialEq, Debug)]
pub enum Load {
    /// Deliveries never attempted, after this one.
    Pending { after: DeliveryId, limit: usize },
    /// The same, of one ordering key.
    Key { key: OrderingKey, after: DeliveryId, limit: usize },
    /// Those that wait for a retry, soonest first.
    Retrying { limit: usize },
    /// This one, if it is owed.
    One(DeliveryId),
}

/// What follows from an outcome.
#[derive(Clone, Debug)]
pub struct Consequence {
    /// What is to be recorded.
    pub settlement: Settlement,
    /// How the webhook is to be disabled, if it is.
    pub disable: Option<Disable>,
}

/// How far disabling a webhook has come.
#[derive(Clone, Copy, Debug)]
enum Disabling {
    /// It was asked for when the webhook had this version.
    Asked { judged: u64 },
    /// It is done, or somebody else has done it: this version is disabled.
    Done { off_at: u64 },
}

impl Disabling {
    /// Whether who knows this version of the webhook knows what has come of it.
    fn is_known_at(self, version: u64) -> bool {
        matches!(self, Disabling::Done { off_at } if off_at <= version)
    }
}

/// How a webhook is to be disabled.
#[derive(Clone, Debug)]
pub struct Disable {
    /// As it was when that was decided.
    pub webhook: Arc<Webhook>,
    /// Why.
    pub reason: DisableReason,
}

impl Lane {
    /// A lane that knows nothing of its backlog yet.
    pub fn new(webhook: Arc<Webhook>, failure_run: FailureRun) -> Lane {
        let settings = &webhook.settings;
        Lane {
            concurrency: Concurrency::new(settings.max_concurrency),
            rate: settings.rate_limit.map(Rate::new),
            breaker: Breaker::default(),
            paused_until: Timestamp::default(),
            rests_until: Timestamp::default(),
            unsent: 0,
            // Until it shows what it does now, who failed may hang.
            history: if failure_run.consecutive_failures > 0 {
                LatencyHistory::SLOW
            } else {
                LatencyHistory::default()
            },
            usual_request: None,
            deleted: false,
            failure_run,
            ready: VecDeque::new(),
            ready_retries: IdSet::default(),
            in_flight: BTreeMap::new(),
            requests: IdMap::default(),
            settling: IdMap::default(),
            by_hand: VecDeque::new(),
            given_up: IdSet::default(),
            key_queues: KeyQueues::default(),
            cursor: DeliveryId(Serial::FIRST),
            more_pending: true,
            next_retry: (settings.ordering != Ordering::None).then(Timestamp::default),
            retries_known: settings.ordering == Ordering::None,
            retries_read: 0,
            loading: false,
            expected: 0,
            lacks_room: false,
            overtaken: IdSet::default(),
            load_is_stale: false,
            to_cancel: true,
            disabling: None,
            growing: None,
            rests_since: None,
            webhook,
        }
    }

    /// The settings in force.
    pub fn webhook(&self) -> &Arc<Webhook> {
        &self.webhook
    }

    /// Requests that are under way.
    pub fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// The class of lanes with which it shares send slots now.
    pub fn slot_class(&self) -> SlotClass {
        SlotClass { tenant: self.webhook.tenant, latency: self.history.class() }
    }

    /// Deliveries held in memory, in any state.
    pub fn held(&self) -> usize {
        self.ready.len() + self.in_flight.len() + self.settling.len() + self.key_queues.waiting()
    }

    /// What to do now. `scarce`: how many send slots are left for lanes like this one, when they are short: who is not known
    /// to be quick then gets one at a time, and no lane more than are left for the others. `room`: how much more of its backlog
    /// it may get to [know](Lane::known).
    pub fn next(&mut self, now: Timestamp, scarce: Option<usize>, room: usize) -> Next {
        let next = self.wanted(now, scarce, room);
        if next != Next::Wait(None) {
            self.rests_since = None;
        }
        next
    }

    fn wanted(&mut self, now: Timestamp, scarce: Option<usize>, room: usize) -> Next {
        if let Some(wait) = self.shut(now) {
            // What has come to its end already is not to be cancelled.
            let cancels = self.to_cancel && !self.loading && self.settling.is_empty();
            if wait.reason == WaitReason::WebhookDisabled && cancels {
                self.loading = true;
                self.to_cancel = false;
                return Next::Cancel;
            }
            return Next::Wait(wait.until);
        }
        if !self.loading
            && let Some(load) = self.wanted_load(now, room)
        {
            self.loading = true;
            return Next::Load(load);
        }
        if self.ready.is_empty() {
            // While a load is under way, its end wakes the lane.
            let look_for_room = self.lacks_room.then_some(now + NO_ROOM_PAUSE);
            return Next::Wait(self.next_retry.into_iter().chain(look_for_room).min().filter(|_| !self.loading));
        }
        let by_hand = self.bring_forward();
        if !by_hand && let Some(until) = self.batch_grows_until(now) {
            let retry = self.next_retry.filter(|_| !self.loading);
            return Next::Wait(Some(retry.map_or(until, |retry| until.min(retry))));
        }
        match self.gates(now, scarce, by_hand) {
            Ok(probe) => self.send(now, probe),
            Err(wait) => Next::Wait(wait.until),
        }
    }

    fn send(&mut self, now: Timestamp, probe: bool) -> Next {
        let Some(batch) = self.take_batch() else { return Next::Wait(None) };
        let first = batch.owed[0].id;
        if probe {
            self.breaker.probe_sent(first);
        }
        for owed in &batch.owed {
            self.ready_retries.remove(&owed.id);
            self.in_flight.insert(owed.id, owed.clone());
        }
        let by_hand = self.taken_by_hand(&batch.owed);
        let halvings = self.concurrency.halvings();
        self.requests.insert(first, Request { sent_at: now, halvings, before_repair: false, by_hand });
        if let Some(rate) = &mut self.rate {
            rate.sent(now);
        }
        Next::Send(batch)
    }

    /// The webhook's settings are different now.
    pub fn changed(&mut self, webhook: Arc<Webhook>) {
        let was_off = self.is_off();
        let (old, new) = (&self.webhook.settings, &webhook.settings);
        let (reordered, regrouped) = (old.ordering != new.ordering, old.batch != new.batch);
        self.concurrency.set_most(new.max_concurrency);
        self.rate = match (self.rate.take(), new.rate_limit) {
            (Some(rate), Some(limit)) if rate.configured() == limit => Some(rate),
            (Some(rate), Some(limit)) => Some(rate.changed(limit)),
            (None, Some(limit)) => Some(Rate::new(limit)),
            (_, None) => None,
        };
        if new.may_mend(old) {
            // What was changed may be what was wrong, and who resumes a webhook wants to see it go.
            self.requests.values_mut().for_each(|request| request.before_repair = true);
            self.breaker = Breaker::default();
            self.paused_until = Timestamp::default();
            self.disabling = None;
        }
        // Perhaps it was enabled again before anything was heard of it.
        self.disabling = self.disabling.filter(|disabling| !disabling.is_known_at(webhook.version));
        if was_off && webhook.settings.status != Status::Disabled {
            self.failure_run = FailureRun::default();
        }
        self.webhook = webhook;
        if reordered || was_off != self.is_off() {
            self.begin_again();
        } else if regrouped {
            self.load_again();
        }
    }

    /// The webhook is gone.
    pub fn deleted(&mut self) {
        self.deleted = true;
        self.disabling = None;
        self.begin_again();
    }

    /// Lets go of the window and of what it knew of keys, which may mean something else now.
    fn begin_again(&mut self) {
        self.key_queues = KeyQueues::default();
        self.load_again();
    }

    /// Lets go of the window. What is in flight stays so, and so does the place of what is to be retried but not recorded yet;
    /// everything else is in the store.
    fn load_again(&mut self) {
        self.ready.clear();
        self.ready_retries.clear();
        self.key_queues.keep_retrying(|id| self.settling.contains_key(&id));
        for owed in self.in_flight.values() {
            if let Some(key) = self.key_of(owed) {
                self.key_queues.begun(key, owed.id);
            }
        }
        if self.is_off() {
            self.given_up.extend(self.in_flight.keys());
            self.by_hand.clear();
        }
        self.growing = None;
        self.cursor = DeliveryId(Serial::FIRST);
        self.more_pending = true;
        self.load_is_stale = self.loading;
        self.retries_known = self.webhook.settings.ordering == Ordering::None;
        self.retries_read = 0;
        self.next_retry = Some(Timestamp::default());
        self.to_cancel = self.is_off();
    }

    fn keeps_order(&self) -> bool {
        self.webhook.settings.ordering != Ordering::None
    }

    fn in_hand(&self, id: DeliveryId) -> bool {
        self.ready_retries.contains(&id) || self.in_flight.contains_key(&id) || self.settling.contains_key(&id)
    }

    /// Under which key a delivery waits for its turn. A strict lane is one with a single key.
    fn key_of(&self, owed: &Owed) -> Option<OrderingKey> {
        self.key_for(owed.ordering_key.as_ref())
    }

    /// The same, by the event's ordering key.
    fn key_for(&self, key: Option<&OrderingKey>) -> Option<OrderingKey> {
        match self.webhook.settings.ordering {
            Ordering::None => None,
            Ordering::Key => key.cloned(),
            Ordering::Strict => Some(OrderingKey::whole_lane()),
        }
    }

    fn admit(&mut self, owed: Owed) {
        let spill = self.webhook.settings.ordering == Ordering::Key && self.key_queues.waiting() >= self.water().1 / 2;
        let turn = match self.key_of(&owed) {
            None => Some(owed),
            Some(key) => self.key_queues.admit(key, owed, spill),
        };
        turn.into_iter().for_each(|owed| self.goes_last(owed));
    }

    fn follow(&mut self, release: Release) {
        release.next.into_iter().for_each(|owed| self.goes_last(owed));
        if release.look_for_retries {
            self.retries_at(Timestamp::default());
        }
    }
}

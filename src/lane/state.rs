//! A lane: one webhook's queue, as a pure state machine.
//!
//! In go deliveries from the store, outcomes of attempts, changed settings and the time; out comes the next thing to do
//! ([`Next`]). The lane holds a window of its backlog; the store holds all of it, and what a lane forgets it can load
//! again. So that nothing is sent twice at the same time, a delivery stays *in hand* from the moment it may be sent
//! until what became of it is durable.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use rand::Rng;

use super::{
    gates::{Breaker, Concurrency, Passage, Rate},
    judge::judge,
    order::{Keys, Release},
};
use crate::{
    model::{
        DeliveryId, DisableReason, FailureKind, Health, Ordering, OrderingKey, Outcome, Owed, Serial, Status,
        Timestamp, Webhook,
    },
    store::{Fresh, Settlement, Verdict},
};

/// As many deliveries as a lane holds in memory, give or take those in flight.
pub const WINDOW: usize = 256;
/// A window this empty is filled up again.
const LOW_WATER: usize = 64;
/// An ordered lane knows every key that waits for a retry, up to so many; then it takes nothing new.
const MOST_KEYS: usize = 10_000;
/// How long a lane rests when the store could not tell it something.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(1);
/// A lane sends nothing while its webhook is being disabled. If that does not succeed, it goes on after this long, and
/// the next failure asks for the same.
const DISABLING_PAUSE: Duration = Duration::from_secs(1);
/// How long a lane leaves retries alone that all wait for others of their keys.
const PASSED_OVER_PAUSE: Duration = Duration::from_secs(5);

/// A webhook's queue.
#[derive(Debug)]
pub struct Lane {
    webhook: Arc<Webhook>,
    deleted: bool,
    health: Health,
    concurrency: Concurrency,
    rate: Option<Rate>,
    breaker: Breaker,
    /// The receiver asked to be left alone until then.
    paused_until: Timestamp,
    /// The store could not be read; it is left alone until then.
    rests_until: Timestamp,
    /// The last thing we know of the receiver is that it answered in time.
    proven: bool,

    /// May go as soon as the gates permit, in this order.
    ready: VecDeque<Owed>,
    /// Those of `ready` that were attempted before; the store lists them as retrying until they are recorded again.
    ready_retries: HashSet<DeliveryId>,
    in_flight: BTreeMap<DeliveryId, Owed>,
    /// The outcome is known, but not durable yet; with the time of the next attempt, if there will be one.
    settling: HashMap<DeliveryId, Option<Timestamp>>,
    /// In flight, but given up in the store by hand or with the webhook: if the attempt fails, it was the last.
    given_up: HashSet<DeliveryId>,
    keys: Keys,

    /// Every fresh delivery up to here was taken from the store.
    cursor: DeliveryId,
    /// The store may have fresh deliveries behind the cursor.
    more_fresh: bool,
    /// When to look for retries.
    next_retry: Option<Timestamp>,
    /// An ordered lane sends nothing fresh before it knows what waits for a retry.
    retries_known: bool,
    /// What it was about is noted anew by whatever happens meanwhile, so that no wake-up is lost.
    loading: bool,
    /// What was recorded or given up while a load is under way: its answer may be older and is not believed.
    overtaken: HashSet<DeliveryId>,
    /// The load under way was asked for before the lane began again; its answer fits no more.
    load_is_stale: bool,
    /// Disabled or deleted, and the store may still owe it something.
    to_cancel: bool,
}

/// What a lane wants.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// Send this one.
    Send(Owed),
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
    Fresh { after: DeliveryId, limit: usize },
    /// The same, of one ordering key.
    Key { key: OrderingKey, after: DeliveryId, limit: usize },
    /// Those that wait for a retry, soonest first.
    Retrying { limit: usize },
}

/// What follows from an outcome.
#[derive(Clone, Debug)]
pub struct Settled {
    /// To be recorded.
    pub settlement: Settlement,
    /// If the webhook is to be disabled.
    pub disable: Option<DisableReason>,
}

impl Lane {
    /// A lane that knows nothing of its backlog yet.
    pub fn new(webhook: Arc<Webhook>, health: Health) -> Lane {
        let settings = &webhook.settings;
        Lane {
            concurrency: Concurrency::new(settings.max_concurrency),
            rate: settings.rate_limit.map(Rate::new),
            breaker: Breaker::default(),
            paused_until: Timestamp::default(),
            rests_until: Timestamp::default(),
            proven: false,
            deleted: false,
            health,
            ready: VecDeque::new(),
            ready_retries: HashSet::new(),
            in_flight: BTreeMap::new(),
            settling: HashMap::new(),
            given_up: HashSet::new(),
            keys: Keys::default(),
            cursor: DeliveryId(Serial(0)),
            more_fresh: true,
            next_retry: (settings.ordering != Ordering::None).then(Timestamp::default),
            retries_known: settings.ordering == Ordering::None,
            loading: false,
            overtaken: HashSet::new(),
            load_is_stale: false,
            to_cancel: true,
            webhook,
        }
    }

    /// The settings in force.
    pub fn webhook(&self) -> &Arc<Webhook> {
        &self.webhook
    }

    /// Requests that are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Deliveries held in memory, in any state.
    pub fn held(&self) -> usize {
        self.ready.len() + self.in_flight.len() + self.settling.len() + self.keys.waiting()
    }

    /// What to do now. `scarce`: send slots are short, so that a receiver not known to answer gets one at a time.
    pub fn next(&mut self, now: Timestamp, scarce: bool) -> Next {
        if now < self.rests_until {
            return Next::Wait(Some(self.rests_until));
        }
        if self.is_off() {
            if self.to_cancel && !self.loading {
                self.loading = true;
                self.to_cancel = false;
                return Next::Cancel;
            }
            return Next::Wait(None);
        }
        if self.webhook.settings.status == Status::Paused {
            return Next::Wait(None);
        }
        if !self.loading
            && let Some(load) = self.wanted_load(now)
        {
            self.loading = true;
            return Next::Load(load);
        }
        if self.ready.is_empty() {
            // While a load is under way, its end wakes the lane.
            return Next::Wait(self.next_retry.filter(|_| !self.loading));
        }
        match self.gates(now, scarce) {
            Ok(probe) => self.send(now, probe),
            Err(until) => Next::Wait(until),
        }
    }

    fn is_off(&self) -> bool {
        self.deleted || self.webhook.settings.status == Status::Disabled
    }

    fn wanted_load(&mut self, now: Timestamp) -> Option<Load> {
        if self.next_retry.is_some_and(|at| at <= now) && self.ready.len() < WINDOW {
            self.next_retry = None;
            // The store may still list those in hand as retrying.
            let in_hand = self.ready_retries.len() + self.in_flight.len() + self.settling.len();
            let limit = in_hand + if self.retries_known { WINDOW } else { MOST_KEYS };
            return Some(Load::Retrying { limit });
        }
        if let Some((key, after)) = self.keys.wanted_load() {
            let limit = (WINDOW / 2).saturating_sub(self.keys.waiting()).max(1);
            return Some(Load::Key { key, after, limit });
        }
        // What waits for its key must not keep other keys waiting.
        let all_one_key = self.webhook.settings.ordering == Ordering::Strict;
        let held = self.ready.len() + if all_one_key { self.keys.waiting() } else { 0 };
        let room = held <= LOW_WATER && self.keys.len() < MOST_KEYS;
        if !(self.more_fresh && self.retries_known && room) {
            return None;
        }
        self.more_fresh = false;
        Some(Load::Fresh { after: self.cursor, limit: WINDOW - held })
    }

    /// Whether one may go, as a probe or not; otherwise when to ask again.
    fn gates(&self, now: Timestamp, scarce: bool) -> Result<bool, Option<Timestamp>> {
        if now < self.paused_until {
            return Err(Some(self.paused_until));
        }
        let probe = match self.breaker.passage(now) {
            Passage::Free => false,
            Passage::Probe => true,
            Passage::Closed(until) => return Err(until),
        };
        let limit = if scarce && !self.proven { 1 } else { self.concurrency.limit() };
        if self.in_flight.len() >= limit {
            return Err(None);
        }
        match self.rate.as_ref().map_or(now, |rate| rate.next_at(now)) {
            at if at > now => Err(Some(at)),
            _ => Ok(probe),
        }
    }

    fn send(&mut self, now: Timestamp, probe: bool) -> Next {
        let Some(owed) = self.ready.pop_front() else { return Next::Wait(None) };
        self.ready_retries.remove(&owed.id);
        self.in_flight.insert(owed.id, owed.clone());
        if probe {
            self.breaker.probe_sent(owed.id);
        }
        if let Some(rate) = &mut self.rate {
            rate.sent(now);
        }
        Next::Send(owed)
    }

    // ── what the store says ─────────────────────────────────────────────────────────────────────────────────────

    /// Something fresh was committed.
    pub fn woken(&mut self) {
        self.more_fresh = true;
        self.to_cancel |= self.is_off();
    }

    /// Retries are due then.
    pub fn retries_at(&mut self, at: Timestamp) {
        self.next_retry = Some(self.next_retry.map_or(at, |known| known.min(at)));
        self.to_cancel |= self.is_off();
    }

    /// A delivery was made due by hand.
    pub fn retried(&mut self) {
        // It may be one of those whose end is durable, but was not heard of here yet.
        for retry_at in self.settling.values_mut() {
            retry_at.get_or_insert_default();
        }
        self.retries_at(Timestamp::default());
    }

    /// The answer to [`Load::Fresh`].
    pub fn loaded_fresh(&mut self, fresh: Fresh) {
        let Some(overtaken) = self.load_ended() else { return };
        self.more_fresh |= fresh.more;
        self.cursor = self.cursor.max(fresh.upto);
        for owed in fresh.deliveries {
            if !self.in_hand(owed.id) && !overtaken.contains(&owed.id) {
                self.admit(owed);
            }
        }
    }

    /// The answer to [`Load::Key`].
    pub fn loaded_key(&mut self, key: &OrderingKey, mut fresh: Fresh) {
        let Some(overtaken) = self.load_ended() else { return };
        // What is behind the cursor will come by the other way.
        let before = fresh.deliveries.len();
        fresh.deliveries.retain(|owed| owed.id <= self.cursor);
        let more = fresh.more && fresh.deliveries.len() == before;
        fresh.deliveries.retain(|owed| !self.in_hand(owed.id) && !overtaken.contains(&owed.id));
        let release = self.keys.loaded(key, fresh.deliveries, more.then_some(fresh.upto));
        self.follow(release);
    }

    /// The answer to [`Load::Retrying`]; `all`: there are no others.
    pub fn loaded_retrying(&mut self, retries: Vec<(Timestamp, Owed)>, all: bool, now: Timestamp) {
        let Some(overtaken) = self.load_ended() else { return };
        self.retries_known |= all;
        let mut progress = false;
        for (at, owed) in retries {
            if self.in_hand(owed.id) || overtaken.contains(&owed.id) {
                continue;
            }
            let due = at <= now && self.ready.len() < 2 * WINDOW;
            if !due {
                self.retries_at(at.max(now));
                if let Some(key) = self.key_of(&owed) {
                    self.keys.waits(key, owed.id);
                }
                continue;
            }
            match self.key_of(&owed).map(|key| self.keys.retry(key, owed.id)) {
                None | Some(true) => {
                    self.ready_retries.insert(owed.id);
                    self.ready.push_back(owed);
                    progress = true;
                }
                Some(false) => {}
            }
        }
        if !all && self.next_retry.is_none() {
            // Others are behind these. If all of these have to wait for their keys, so do we.
            self.next_retry = Some(if progress { now } else { now + PASSED_OVER_PAUSE });
        }
    }

    /// What of the answer not to believe; `None`: nothing of it fits any more.
    fn load_ended(&mut self) -> Option<HashSet<DeliveryId>> {
        self.loading = false;
        let overtaken = std::mem::take(&mut self.overtaken);
        (!std::mem::take(&mut self.load_is_stale)).then_some(overtaken)
    }

    fn overtakes_load(&mut self, id: DeliveryId) {
        if self.loading {
            self.overtaken.insert(id);
        }
    }

    /// The store could not be read; the lane asks again after a moment.
    pub fn load_failed(&mut self, load: Load, now: Timestamp) {
        self.rests_until = now + UNREADABLE_PAUSE;
        if self.load_ended().is_none() {
            return;
        }
        match load {
            Load::Fresh { .. } => self.more_fresh = true,
            Load::Key { key, .. } => self.keys.load_failed(key),
            Load::Retrying { .. } => self.retries_at(now),
        }
    }

    /// A slice of the backlog was given up; `more`: there may be more.
    pub fn cancelled(&mut self, more: bool) {
        if self.load_ended().is_none() {
            return;
        }
        self.to_cancel |= more;
    }

    /// The backlog could not be given up; the lane asks again after a moment.
    pub fn cancel_failed(&mut self, now: Timestamp) {
        self.rests_until = now + UNREADABLE_PAUSE;
        self.cancelled(true);
    }

    // ── what became of a delivery ───────────────────────────────────────────────────────────────────────────────

    /// An attempt has ended. `None` if it was none of this lane's.
    pub fn finished(
        &mut self,
        id: DeliveryId,
        outcome: Outcome,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Option<Settled> {
        let owed = self.in_flight.remove(&id)?;
        let judgement = judge(&self.webhook, &owed, &outcome, self.health, now, rng);
        self.adjust_gates(id, &outcome, now);
        self.health = judgement.health;
        if let Some(until) = judgement.pause_until {
            self.paused_until = self.paused_until.max(until);
        }
        if judgement.disable.is_some() {
            self.paused_until = self.paused_until.max(now + DISABLING_PAUSE);
        }
        let retry_at = match judgement.verdict {
            Verdict::Retry { at, .. } => Some(at),
            Verdict::Delivered | Verdict::Failed => None,
        };
        self.settling.insert(id, retry_at);
        let last = self.given_up.remove(&id) || retry_at.is_none();
        if let Some(key) = self.key_of(&owed) {
            let release = if last { self.keys.release(&key, id) } else { self.keys.waits(key, id) };
            self.follow(release);
        }
        let settlement = Settlement { owed, outcome, verdict: judgement.verdict, health: judgement.health };
        Some(Settled { settlement, disable: judgement.disable })
    }

    fn adjust_gates(&mut self, id: DeliveryId, outcome: &Outcome, now: Timestamp) {
        let probe = self.breaker.came_back(id);
        let Err(failure) = &outcome.result else {
            self.concurrency.succeeded();
            self.breaker.succeeded();
            self.proven = true;
            return;
        };
        let broken = outcome.answer.as_ref().is_none_or(|answer| answer.status >= 500);
        match failure.kind {
            FailureKind::Throttled | FailureKind::Gone => self.breaker.answered(probe),
            FailureKind::Http if !broken => self.breaker.answered(probe),
            _ => self.breaker.failed(probe, now),
        }
        self.proven &= failure.kind != FailureKind::Timeout;
        if broken || failure.kind == FailureKind::Throttled {
            self.concurrency.troubled(outcome.started_at, now);
        }
    }

    /// The attempt could not be made for reasons of our own: once more, after a moment.
    pub fn unsent(&mut self, id: DeliveryId, now: Timestamp) {
        let Some(owed) = self.in_flight.remove(&id) else { return };
        self.breaker.came_back(id);
        self.rests_until = now + UNREADABLE_PAUSE;
        if self.given_up.remove(&id) {
            // Whether it is still owed, the store knows.
            return self.begin_again();
        }
        if owed.attempts > 0 {
            self.ready_retries.insert(id);
        }
        self.ready.push_front(owed);
    }

    /// What became of it is durable.
    /// Tells whether that gives the lane something to wait for.
    pub fn recorded(&mut self, id: DeliveryId) -> bool {
        self.overtakes_load(id);
        let retry_at = self.settling.remove(&id).flatten();
        if let Some(at) = retry_at {
            self.retries_at(at);
        }
        retry_at.is_some()
    }

    /// Someone gave it up by hand. If it is in flight, its outcome still counts.
    pub fn forget(&mut self, id: DeliveryId) {
        self.overtakes_load(id);
        if self.in_flight.contains_key(&id) {
            self.given_up.insert(id);
        }
        let place = self.ready.iter().position(|owed| owed.id == id);
        let release = match place.and_then(|place| self.ready.remove(place)) {
            Some(owed) => {
                self.ready_retries.remove(&id);
                self.key_of(&owed).map(|key| self.keys.release(&key, id)).unwrap_or_default()
            }
            None => self.keys.forget(id),
        };
        self.follow(release);
    }

    // ── what the tenant says ────────────────────────────────────────────────────────────────────────────────────

    /// The webhook's settings are different now.
    pub fn changed(&mut self, webhook: Arc<Webhook>) {
        let was_off = self.is_off();
        let (old, new) = (&self.webhook.settings, &webhook.settings);
        let reordered = old.ordering != new.ordering;
        self.concurrency.set_most(new.max_concurrency);
        self.rate = match (self.rate.take(), new.rate_limit) {
            (Some(rate), Some(limit)) if rate.configured() == limit => Some(rate),
            (Some(rate), Some(limit)) => Some(rate.changed(limit)),
            (None, Some(limit)) => Some(Rate::new(limit)),
            (_, None) => None,
        };
        // What was changed may be what was wrong.
        self.breaker = Breaker::default();
        self.paused_until = Timestamp::default();
        if was_off && webhook.settings.status != Status::Disabled {
            self.health = Health::default();
        }
        self.webhook = webhook;
        if reordered || was_off != self.is_off() {
            self.begin_again();
        }
    }

    /// The webhook is gone.
    pub fn deleted(&mut self) {
        self.deleted = true;
        self.begin_again();
    }

    /// Lets go of the window. What is in flight stays so; everything else is in the store.
    fn begin_again(&mut self) {
        self.ready.clear();
        self.ready_retries.clear();
        self.keys = Keys::default();
        for owed in self.in_flight.values() {
            if let Some(key) = self.key_of(owed) {
                self.keys.begun(key, owed.id);
            }
        }
        if self.is_off() {
            self.given_up.extend(self.in_flight.keys());
        }
        self.cursor = DeliveryId(Serial(0));
        self.more_fresh = true;
        self.load_is_stale = self.loading;
        self.retries_known = self.webhook.settings.ordering == Ordering::None;
        self.next_retry = Some(Timestamp::default());
        self.to_cancel = self.is_off();
    }

    // ── order ───────────────────────────────────────────────────────────────────────────────────────────────────

    fn in_hand(&self, id: DeliveryId) -> bool {
        self.ready_retries.contains(&id) || self.in_flight.contains_key(&id) || self.settling.contains_key(&id)
    }

    /// Under which key a delivery waits for its turn. A strict lane is one with a single key.
    fn key_of(&self, owed: &Owed) -> Option<OrderingKey> {
        match self.webhook.settings.ordering {
            Ordering::None => None,
            Ordering::Key => owed.ordering_key.clone(),
            Ordering::Strict => Some(OrderingKey::whole_lane()),
        }
    }

    fn admit(&mut self, owed: Owed) {
        let spill = self.webhook.settings.ordering == Ordering::Key && self.keys.waiting() >= WINDOW / 2;
        let turn = match self.key_of(&owed) {
            None => Some(owed),
            Some(key) => self.keys.admit(key, owed, spill),
        };
        self.ready.extend(turn);
    }

    fn follow(&mut self, release: Release) {
        self.ready.extend(release.next);
        if release.look_for_retries {
            self.retries_at(Timestamp::default());
        }
    }
}

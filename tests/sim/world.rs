//! A world without threads, sockets or disk: lanes, a store and receivers, and a clock that jumps to the next thing
//! that happens. What takes time in the scheduler (sending, reading, committing, hearing of it) takes random time here.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::Arc,
    time::Duration,
};

use lanehook::{
    lane::{Lane, Load, Next, Ring},
    model::{
        DeliveryId, DisableReason, Health, OrderingKey, Outcome, Owed, Status, TenantKey, Timestamp, Webhook,
        WebhookKey,
    },
    store::{Fresh, Settlement, Wake},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    invariants::Watch,
    plan::{Action, Plan, START},
    receivers::Receiver,
    store::Model,
};

const CANCEL_SLICE: usize = 7;
const UNREADABLE_PAUSE: Duration = Duration::from_secs(1);
/// Far more than any seed needs; a world that does more goes round in circles.
const MOST_STEPS: u64 = 400_000;

/// Lanes with everything around them.
pub struct World {
    pub now: Timestamp,
    pub model: Model,
    pub lanes: BTreeMap<WebhookKey, Lane>,
    watches: BTreeMap<WebhookKey, Watch>,
    receivers: BTreeMap<WebhookKey, Receiver>,
    tenants: BTreeMap<WebhookKey, TenantKey>,
    rng: StdRng,
    slots: usize,
    failing_loads: u32,
    unsent: u32,
    calm: bool,
    resume: bool,
    agenda: BinaryHeap<Reverse<(Timestamp, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    next_number: u64,
    /// Grows with every crash; what was begun before one never ends.
    life: u32,
    ring: Ring,
    timers: BTreeMap<WebhookKey, Timestamp>,
    look_planned: bool,
    in_flight: usize,
    unrecorded: usize,
    last_commit: Timestamp,
    settled: Vec<Settlement>,
    steps: u64,
    turns: u64,
    pub sends: u64,
    pub finished_at: BTreeMap<DeliveryId, Timestamp>,
    trace: bool,
}

#[derive(Debug)]
enum Happening {
    Outside(Action),
    Calm,
    Disable(WebhookKey, DisableReason),
    /// Everything below belongs to a process's life and ends with it.
    Inside(u32, Inside),
}

#[derive(Debug)]
enum Inside {
    Look,
    Timer(WebhookKey, Timestamp),
    Finished(WebhookKey, DeliveryId, Box<Outcome>),
    Unsent(WebhookKey, DeliveryId),
    Read(WebhookKey, Load),
    Loaded(WebhookKey, Load, Option<Loaded>),
    CancelSlice(WebhookKey),
    Cancelled(WebhookKey, Option<usize>),
    Commit(Vec<Settlement>),
    Recorded(Vec<(WebhookKey, DeliveryId)>),
}

#[derive(Debug)]
enum Loaded {
    Fresh(Fresh),
    Retrying(Vec<(Timestamp, Owed)>),
}

impl World {
    pub fn new(plan: Plan, seed: u64, trace: bool) -> World {
        let mut world = World {
            now: START,
            model: Model::default(),
            lanes: BTreeMap::new(),
            watches: BTreeMap::new(),
            receivers: BTreeMap::new(),
            tenants: BTreeMap::new(),
            rng: StdRng::seed_from_u64(seed),
            slots: plan.slots,
            failing_loads: plan.failing_loads,
            unsent: plan.unsent,
            calm: false,
            resume: plan.resume,
            agenda: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            next_number: 0,
            life: 0,
            ring: Ring::default(),
            timers: BTreeMap::new(),
            look_planned: false,
            in_flight: 0,
            unrecorded: 0,
            last_commit: START,
            settled: Vec::new(),
            steps: 0,
            turns: 0,
            sends: 0,
            finished_at: BTreeMap::new(),
            trace,
        };
        for (webhook, receiver) in plan.webhooks {
            let key = webhook.key;
            let mut watch = Watch::default();
            watch.changed(None, Some(&webhook));
            world.watches.insert(key, watch);
            world.tenants.insert(key, webhook.tenant);
            world.model.webhooks.insert(key, Arc::new(webhook));
            world.receivers.insert(key, receiver);
        }
        for (time, action) in plan.actions {
            world.plan_at(time, Happening::Outside(action));
        }
        world.plan_at(plan.calm_at, Happening::Calm);
        world
    }

    /// Runs until nothing happens any more.
    pub fn run(&mut self) {
        while let Some(Reverse((time, number))) = self.agenda.pop() {
            let Some(happening) = self.happenings.remove(&number) else { continue };
            self.now = time;
            self.steps += 1;
            assert!(self.steps < MOST_STEPS, "the world does not come to rest");
            match happening {
                Happening::Inside(life, _) if life != self.life => continue,
                happening => self.happens(happening),
            }
            self.after_step();
        }
        self.check_rest();
    }

    fn happens(&mut self, happening: Happening) {
        if self.trace {
            eprintln!("{} {happening:?}", self.now.since(START).as_millis());
        }
        match happening {
            Happening::Outside(action) => self.act(action),
            Happening::Calm => self.calm_down(),
            Happening::Disable(webhook, reason) => self.set_status(webhook, Status::Disabled, Some(reason)),
            Happening::Inside(_, inside) => self.inside(inside),
        }
    }

    /// What the scheduler does in each round of its loop.
    fn after_step(&mut self) {
        if !self.look_planned && !(self.model.woken.is_empty() && self.model.changed.is_empty()) {
            self.look_planned = true;
            self.soon(Inside::Look, 3);
        }
        self.dispatch();
        if !self.settled.is_empty() {
            let settled = std::mem::take(&mut self.settled);
            let longest = if self.rng.random_bool(0.02) { 3_000 } else { 20 };
            let commit_at = self.now + Duration::from_millis(self.rng.random_range(0..longest));
            // The store commits in the order in which it was asked to.
            self.last_commit = self.last_commit.max(commit_at);
            self.plan_at(self.last_commit, Happening::Inside(self.life, Inside::Commit(settled)));
        }
        for (key, lane) in &self.lanes {
            self.watches[key].check_memory(lane);
        }
    }

    // ── from outside ────────────────────────────────────────────────────────────────────────────────────────────

    fn act(&mut self, action: Action) {
        match action {
            Action::Publish { tenant, key } => {
                let wants =
                    |webhook: &&Arc<Webhook>| webhook.tenant == tenant && webhook.settings.status != Status::Disabled;
                let webhooks: Vec<_> = self.model.webhooks.values().filter(wants).map(|webhook| webhook.key).collect();
                self.model.append(&webhooks, key.map(|key| OrderingKey::parse(&format!("k{key}")).unwrap()));
            }
            Action::Status(webhook, status) => self.set_status(webhook, status, Some(DisableReason::ByRequest)),
            Action::Reorder(key, ordering) => self.model.change(key, |webhook| webhook.settings.ordering = ordering),
            Action::Rerate(key, rate) => self.model.change(key, |webhook| webhook.settings.rate_limit = rate),
            Action::Concurrency(key, most) => self.model.change(key, |webhook| webhook.settings.max_concurrency = most),
            Action::Move(key, receiver) => {
                self.receivers.insert(key, receiver);
                self.model.change(key, |_| {});
            }
            Action::Delete(key) => self.model.delete(key),
            Action::CancelOne(number) => {
                let owed: Vec<DeliveryId> = self.model.owed().map(|row| row.owed.id).collect();
                if !owed.is_empty() {
                    self.model.cancel(owed[number % owed.len()]);
                }
            }
            Action::RetryOne(number) => {
                if let Some(id) = self.any_delivery(number) {
                    self.model.retry(id, self.now);
                }
            }
            Action::CancelAndRetry(number) => {
                if let Some(id) = self.any_delivery(number) {
                    self.model.cancel(id);
                    self.model.retry(id, self.now);
                }
            }
            Action::Crash => self.crash(),
        }
    }

    fn any_delivery(&self, number: usize) -> Option<DeliveryId> {
        let count = self.model.rows.len();
        self.model.rows.keys().nth(number.checked_rem(count)?).copied()
    }

    fn set_status(&mut self, key: WebhookKey, status: Status, reason: Option<DisableReason>) {
        if self.model.webhooks.get(&key).is_some_and(|webhook| webhook.settings.status != status) {
            self.model.change(key, |webhook| {
                webhook.settings.status = status;
                webhook.disabled = reason.filter(|_| status == Status::Disabled);
            });
        }
    }

    fn calm_down(&mut self) {
        self.calm = true;
        self.failing_loads = 0;
        if self.resume {
            let paused = self.model.webhooks.values().filter(|webhook| webhook.settings.status == Status::Paused);
            for key in paused.map(|webhook| webhook.key).collect::<Vec<_>>() {
                self.set_status(key, Status::Active, None);
            }
        }
    }

    fn crash(&mut self) {
        self.life += 1;
        self.lanes.clear();
        self.ring = Ring::default();
        self.timers.clear();
        (self.in_flight, self.unrecorded, self.look_planned) = (0, 0, false);
        self.settled.clear();
        self.model.crash();
        for (key, watch) in &mut self.watches {
            watch.crashed();
            watch.changed(None, self.model.webhooks.get(key).map(Arc::as_ref));
        }
        for owing in self.model.owing() {
            self.open_lane(owing.webhook, owing.health);
            if let (Some(lane), Some(at)) = (self.lanes.get_mut(&owing.webhook), owing.next_retry) {
                lane.retries_at(at);
            }
        }
    }

    // ── the scheduler ───────────────────────────────────────────────────────────────────────────────────────────

    fn open_lane(&mut self, key: WebhookKey, health: Health) {
        if !self.lanes.contains_key(&key) {
            match self.model.webhooks.get(&key) {
                Some(webhook) => self.lanes.insert(key, Lane::new(webhook.clone(), health)),
                None => {
                    while self.model.cancel_owed(key, CANCEL_SLICE) == CANCEL_SLICE {}
                    return;
                }
            };
        }
        self.give_turn(key);
    }

    fn give_turn(&mut self, key: WebhookKey) {
        self.ring.push(self.tenants[&key], key);
    }

    fn dispatch(&mut self) {
        while self.in_flight < self.slots && self.unrecorded < 16 * self.slots {
            let Some(key) = self.ring.pop() else { return };
            let scarce = self.in_flight * 2 >= self.slots;
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            self.turns += 1;
            let allowed = 1000 + 8 * self.steps + 3 * self.sends;
            assert!(self.turns < allowed, "{} turns after {} steps: a busy loop", self.turns, self.steps);
            let next = lane.next(self.now, scarce);
            if self.trace {
                eprintln!("    {key} {next:?}");
            }
            match next {
                Next::Send(owed) => self.send(key, owed),
                Next::Load(load) => self.load(key, load),
                Next::Cancel => {
                    self.watches[&key].loads(self.now);
                    self.soon(Inside::CancelSlice(key), 10);
                }
                Next::Wait(Some(until)) => self.set_timer(key, until),
                Next::Wait(None) => {}
            }
        }
    }

    fn set_timer(&mut self, key: WebhookKey, at: Timestamp) {
        if self.timers.get(&key).is_none_or(|&known| at < known) {
            self.timers.insert(key, at);
            self.plan_at(at, Happening::Inside(self.life, Inside::Timer(key, at)));
        }
    }

    fn send(&mut self, key: WebhookKey, owed: Owed) {
        let watch = self.watches.get_mut(&key).unwrap();
        watch.sends(&owed, self.lanes[&key].webhook(), self.now, &self.model);
        (self.sends, self.in_flight) = (self.sends + 1, self.in_flight + 1);
        self.give_turn(key);
        if self.rng.random_range(0..1000) < self.unsent {
            return self.soon(Inside::Unsent(key, owed.id), 20);
        }
        let receiver = if self.calm { Receiver::Well } else { self.receivers[&key] };
        let (takes, outcome) = receiver.answer(owed.id, self.now, &mut self.rng);
        let finished = Inside::Finished(key, owed.id, Box::new(outcome));
        self.plan_at(self.now + takes, Happening::Inside(self.life, finished));
    }

    fn load(&mut self, key: WebhookKey, load: Load) {
        self.watches[&key].loads(self.now);
        if let Load::Fresh { after, limit } = load
            && let Some(fresh) = self.model.recent_fresh(key, after, limit)
        {
            self.lanes.get_mut(&key).unwrap().loaded_fresh(fresh);
            return self.give_turn(key);
        }
        self.soon(Inside::Read(key, load), 10);
    }

    fn inside(&mut self, inside: Inside) {
        match inside {
            Inside::Look => self.look(),
            Inside::Timer(key, at) => {
                if self.timers.get(&key) == Some(&at) {
                    self.timers.remove(&key);
                    self.give_turn(key);
                }
            }
            Inside::Finished(key, id, outcome) => self.finished(key, id, *outcome),
            Inside::Unsent(key, id) => {
                self.in_flight -= 1;
                self.watches.get_mut(&key).unwrap().unsent(id);
                self.lanes.get_mut(&key).unwrap().unsent(id, self.now);
                self.give_turn(key);
            }
            Inside::Read(key, load) => {
                let loaded = self.read(key, &load);
                self.soon(Inside::Loaded(key, load, loaded), 30);
            }
            Inside::Loaded(key, load, loaded) => self.loaded(key, load, loaded),
            Inside::CancelSlice(key) => {
                let fails = self.rng.random_range(0..1000) < self.failing_loads;
                let count = (!fails).then(|| self.model.cancel_owed(key, CANCEL_SLICE));
                self.soon(Inside::Cancelled(key, count), 10);
            }
            Inside::Cancelled(key, count) => {
                let lane = self.lanes.get_mut(&key).unwrap();
                match count {
                    Some(count) => lane.cancelled(count == CANCEL_SLICE),
                    None => {
                        lane.cancel_failed(self.now);
                        self.watches.get_mut(&key).unwrap().refused(self.now + UNREADABLE_PAUSE);
                    }
                }
                self.give_turn(key);
            }
            Inside::Commit(settlements) => {
                for settlement in &settlements {
                    self.model.record(settlement);
                }
                let recorded = settlements.iter().map(|one| (one.owed.webhook, one.owed.id)).collect();
                self.soon(Inside::Recorded(recorded), 5);
            }
            Inside::Recorded(recorded) => {
                self.unrecorded -= recorded.len();
                for (key, id) in recorded {
                    self.watches.get_mut(&key).unwrap().recorded(id);
                    if self.lanes.get_mut(&key).unwrap().recorded(id) {
                        self.give_turn(key);
                    }
                }
            }
        }
    }

    fn look(&mut self) {
        self.look_planned = false;
        for key in std::mem::take(&mut self.model.changed).into_iter().collect::<BTreeSet<_>>() {
            let new = self.model.webhooks.get(&key).cloned();
            if let Some(lane) = self.lanes.get_mut(&key) {
                let old = lane.webhook().clone();
                let watch = self.watches.get_mut(&key).unwrap();
                let was_off = old.settings.status == Status::Disabled;
                if new.as_ref().is_some_and(|new| was_off || new.settings.ordering != old.settings.ordering) {
                    self.model.loosen(key, |id| watch.in_hand(id));
                }
                watch.changed(Some(&old), new.as_deref());
                match new {
                    Some(new) => lane.changed(new),
                    None => lane.deleted(),
                }
            } else {
                self.watches.get_mut(&key).unwrap().changed(None, new.as_deref());
            }
            self.give_turn(key);
        }
        for wake in std::mem::take(&mut self.model.woken) {
            let (Wake::Fresh(key) | Wake::Retry(key) | Wake::Cancelled(key, _)) = wake;
            self.open_lane(key, Health::default());
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            match wake {
                Wake::Fresh(_) => lane.woken(),
                Wake::Retry(_) => lane.retried(),
                Wake::Cancelled(_, id) => {
                    self.watches.get_mut(&key).unwrap().cancelled(&self.model.rows[&id]);
                    lane.forget(id);
                }
            }
        }
    }

    fn finished(&mut self, key: WebhookKey, id: DeliveryId, outcome: Outcome) {
        self.in_flight -= 1;
        let lane = self.lanes.get_mut(&key).unwrap();
        let settled = lane.finished(id, outcome.clone(), self.now, &mut self.rng).expect("it was sent by this lane");
        self.watches.get_mut(&key).unwrap().finished(id, &outcome, &settled, lane.webhook(), self.now);
        self.finished_at.insert(id, self.now);
        self.unrecorded += 1;
        self.settled.push(settled.settlement);
        if let Some(reason) = settled.disable {
            let later = self.now + Duration::from_millis(self.rng.random_range(0..10));
            self.plan_at(later, Happening::Disable(key, reason));
        }
        self.give_turn(key);
    }

    fn read(&mut self, key: WebhookKey, load: &Load) -> Option<Loaded> {
        if self.rng.random_range(0..1000) < self.failing_loads {
            return None;
        }
        Some(match load {
            Load::Fresh { after, limit } => Loaded::Fresh(self.model.fresh(key, *after, None, *limit)),
            Load::Key { key: of, after, limit } => Loaded::Fresh(self.model.fresh(key, *after, Some(of), *limit)),
            Load::Retrying { limit } => Loaded::Retrying(self.model.retrying(key, *limit)),
        })
    }

    fn loaded(&mut self, key: WebhookKey, load: Load, loaded: Option<Loaded>) {
        let lane = self.lanes.get_mut(&key).unwrap();
        match (load, loaded) {
            (Load::Key { key, .. }, Some(Loaded::Fresh(fresh))) => lane.loaded_key(&key, fresh),
            (_, Some(Loaded::Fresh(fresh))) => lane.loaded_fresh(fresh),
            (Load::Retrying { limit }, Some(Loaded::Retrying(retries))) => {
                let all = retries.len() < limit;
                lane.loaded_retrying(retries, all, self.now);
            }
            (load, _) => {
                self.watches.get_mut(&key).unwrap().refused(self.now + UNREADABLE_PAUSE);
                lane.load_failed(load, self.now);
            }
        }
        self.give_turn(key);
    }

    // ── time ────────────────────────────────────────────────────────────────────────────────────────────────────

    fn soon(&mut self, inside: Inside, most_ms: u64) {
        let later = self.now + Duration::from_millis(self.rng.random_range(0..most_ms));
        self.plan_at(later, Happening::Inside(self.life, inside));
    }

    fn plan_at(&mut self, time: Timestamp, happening: Happening) {
        self.next_number += 1;
        self.agenda.push(Reverse((time.max(self.now), self.next_number)));
        self.happenings.insert(self.next_number, happening);
    }

    /// Nothing happens any more: then nothing may be owed, except to webhooks that are paused.
    fn check_rest(&self) {
        for row in self.model.owed() {
            let webhook = self.model.webhooks.get(&row.owed.webhook);
            let paused = webhook.is_some_and(|webhook| webhook.settings.status == Status::Paused);
            assert!(paused, "{} was forgotten: {row:?}", row.owed.id);
        }
        assert_eq!((self.in_flight, self.unrecorded, self.ring.len()), (0, 0, 0), "something was left over");
        for (key, lane) in &self.lanes {
            let active = lane.webhook().settings.status == Status::Active && self.model.webhooks.contains_key(key);
            assert!(!active || lane.held() == 0, "{key} still holds {} deliveries", lane.held());
        }
    }
}

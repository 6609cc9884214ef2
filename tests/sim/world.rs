//! A world without threads, sockets or disk: lanes, a store and receivers, and a clock that jumps to the next thing
//! that happens.

mod performing;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::Arc,
    time::Duration,
};

use lanehook::{
    lane::{Action as LaneAction, BatchOutcome, LaneCore, LaneLimits, Load, Loaded, OwedBatch, Report, SlotClass},
    model::{
        DeliveryId, DeliveryStatus, FailureKind, OrderingKey, TenantKey, Timestamp, Wait, WaitReason, WaitingDelivery,
        WebhookKey,
    },
    store::{CLOCK_AHEAD, Settlement, Wake},
    webhook::{DisableReason, Status, Webhook},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    invariants::Watch,
    plan::{Action, Plan, START},
    receivers::Receiver,
    store::{Model, Row},
};

const CANCEL_SLICE: usize = 7;
const UNREADABLE_PAUSE: Duration = Duration::from_secs(1);
/// Far more than any seed needs; a world that does more goes round in circles.
const MOST_STEPS: u64 = 400_000;

/// Lanes with everything around them.
pub struct World {
    /// As time has passed.
    pub now: Timestamp,
    /// How much the clock is ahead of that, in milliseconds, or behind.
    clock_ahead: i64,
    /// How much the clock was set ahead in all: for what goes by it, that has passed as well.
    skipped: Duration,
    pub model: Model,
    core: LaneCore,
    limits: LaneLimits,
    watches: BTreeMap<WebhookKey, Watch>,
    /// Each webhook as the lanes were last told of it.
    told: BTreeMap<WebhookKey, Arc<Webhook>>,
    receivers: BTreeMap<WebhookKey, Receiver>,
    rng: StdRng,
    failing_loads: u32,
    forgetful: u32,
    unsent: u32,
    rejected: u32,
    large: u32,
    /// What is not durable yet of what was to be recorded: whose each settlement is, and how large, by its last delivery.
    unrecorded: BTreeMap<DeliveryId, (TenantKey, usize)>,
    tenants: BTreeMap<WebhookKey, TenantKey>,
    calm: bool,
    resume: bool,
    agenda: BinaryHeap<Reverse<(Timestamp, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    next_number: u64,
    /// Grows with every crash; what was begun before one never ends.
    life: u32,
    /// When the lanes want to be woken, as far as it is planned.
    wakes_at: Option<Timestamp>,
    look_planned: bool,
    /// Actions that are performed before something is heard again.
    at_once: usize,
    go_on_planned: bool,
    /// Actions performed since outcomes were there to be recorded.
    recording_waits: BTreeMap<DeliveryId, usize>,
    last_commit: Timestamp,
    steps: u64,
    largest_request: usize,
    pub sends: u64,
    pub finished_at: BTreeMap<DeliveryId, Timestamp>,
    trace: bool,
}

#[derive(Debug)]
enum Happening {
    Outside(Action),
    Calm,
    /// For the lanes of this life.
    Disable(u32, Arc<Webhook>, DisableReason),
    /// Everything below belongs to a process's life and ends with it.
    Inside(u32, Inside),
}

#[derive(Debug)]
enum Inside {
    Look,
    Wake,
    /// There was more to be done.
    GoOn,
    Read(WebhookKey, Load),
    CancelSlice(WebhookKey, usize),
    Commit(Vec<Settlement>),
    Ended(Report),
}

impl World {
    pub fn new(plan: Plan, seed: u64, trace: bool) -> World {
        let limits = LaneLimits {
            in_flight: plan.slots,
            unrecorded: 16 * plan.slots * Settlement::LEAST_BYTES,
            held: plan.held,
            cancel_slice: CANCEL_SLICE,
        };
        let mut world = World {
            now: START,
            clock_ahead: 0,
            skipped: Duration::ZERO,
            model: Model::default(),
            core: LaneCore::new(limits),
            limits,
            watches: BTreeMap::new(),
            told: BTreeMap::new(),
            receivers: BTreeMap::new(),
            rng: StdRng::seed_from_u64(seed),
            failing_loads: plan.failing_loads,
            forgetful: plan.forgetful,
            unsent: plan.unsent,
            rejected: plan.rejected,
            large: plan.large,
            unrecorded: BTreeMap::new(),
            tenants: BTreeMap::new(),
            calm: false,
            resume: plan.resume,
            agenda: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            next_number: 0,
            life: 0,
            wakes_at: None,
            look_planned: false,
            at_once: plan.at_once,
            go_on_planned: false,
            recording_waits: BTreeMap::new(),
            last_commit: START,
            steps: 0,
            largest_request: 0,
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
            world.told = world.model.webhooks.clone();
            world.receivers.insert(key, receiver);
        }
        for (time, action) in plan.actions {
            world.plan_at(time, Happening::Outside(action));
        }
        world.plan_at(plan.calm_at, Happening::Calm);
        world
    }

    /// Runs until nothing happens any more. Returns how many deliveries the largest request carried.
    pub fn run(&mut self) -> usize {
        while let Some(Reverse((time, number))) = self.agenda.pop() {
            let Some(happening) = self.happenings.remove(&number) else { continue };
            self.now = time;
            // To go on with what was to be done is no new step.
            self.steps += u64::from(!matches!(happening, Happening::Inside(_, Inside::GoOn)));
            assert!(self.steps < MOST_STEPS, "the world does not come to rest");
            match happening {
                Happening::Inside(life, _) if life != self.life => continue,
                happening => self.happens(happening),
            }
            self.after_step();
        }
        self.check_rest();
        self.largest_request
    }

    fn happens(&mut self, happening: Happening) {
        if self.trace {
            eprintln!("{} {happening:?}", self.now.since(START).as_millis());
        }
        match happening {
            Happening::Outside(action) => self.act(action),
            Happening::Calm => self.calm_down(),
            Happening::Disable(life, judged, reason) => self.disable(life, &judged, reason),
            Happening::Inside(_, inside) => self.inside(inside),
        }
    }

    /// What the scheduler does in each round of its loop.
    fn after_step(&mut self) {
        let news = !self.model.woken.is_empty() || !self.model.changed.is_empty();
        if news && !self.look_planned {
            self.look_planned = true;
            self.soon(Inside::Look, 3);
        }
        self.perform_some();
        let (mut held, mut known) = (0, 0);
        for (key, watch) in &self.watches {
            if !self.go_on_planned {
                watch.check_disabled();
            }
            if let Some(lane) = self.core.lane(*key) {
                watch.check_memory(lane);
                held += lane.held();
                known += lane.known();
            }
        }
        let sums = (self.core.held(), self.core.known());
        assert_eq!(sums, (held, known), "what all lanes hold and know together is added up as it changes");
    }

    // ── from outside ────────────────────────────────────────────────────────────────────────────────────────────

    fn act(&mut self, action: Action) {
        match action {
            Action::Publish { tenant, key } => {
                let wants =
                    |webhook: &&Arc<Webhook>| webhook.tenant == tenant && webhook.settings.status != Status::Disabled;
                let webhooks: Vec<_> = self.model.webhooks.values().filter(wants).map(|webhook| webhook.key).collect();
                self.model.append(
                    &webhooks,
                    key.map(|key| OrderingKey::parse(&format!("k{key}")).unwrap()),
                    self.clock(),
                    self.passed(),
                );
            }
            Action::Status(webhook, status) => self.set_status(webhook, status, Some(DisableReason::ByRequest)),
            Action::Reorder(key, ordering) => self.model.change(key, |webhook| webhook.settings.ordering = ordering),
            Action::Rerate(key, rate) => self.model.change(key, |webhook| webhook.settings.rate_limit = rate),
            Action::Rebatch(key, batch) => self.model.change(key, |webhook| webhook.settings.batch = batch),
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
                    self.model.retry(id, self.clock());
                }
            }
            Action::Probe(key) => {
                let watch = &self.watches[&key];
                let idle = |row: &&Row| !watch.in_hand(row.owed.id);
                let first = |retrying| {
                    let fits = |row: &&Row| (row.status == DeliveryStatus::Retrying) == retrying;
                    self.model.owed_to(key).filter(idle).find(fits).map(|row| row.owed.id)
                };
                if let Some(id) = first(true).or_else(|| first(false)) {
                    self.model.retry(id, self.clock());
                }
            }
            Action::Works(key) => {
                self.core.receiver_works(key);
                self.watches.get_mut(&key).unwrap().receiver_works();
            }
            Action::CancelAndRetry(number) => {
                if let Some(id) = self.any_delivery(number) {
                    self.model.cancel(id);
                    self.model.retry(id, self.clock());
                }
            }
            Action::Crash => self.crash(),
            Action::SetClock(by) => self.set_clock(by),
        }
    }

    fn any_delivery(&self, number: usize) -> Option<DeliveryId> {
        let count = self.model.rows.len();
        self.model.rows.keys().nth(number.checked_rem(count)?).copied()
    }

    /// What the scheduler does to disable a webhook, for lanes that may not live any more.
    fn disable(&mut self, life: u32, judged: &Webhook, reason: DisableReason) {
        let fails = self.rng.random_range(0..1000) < self.failing_loads;
        let is_as_judged = |webhook: &Arc<Webhook>| !webhook.settings.may_mend(&judged.settings);
        if !fails && self.model.webhooks.get(&judged.key).is_some_and(is_as_judged) {
            self.set_status(judged.key, Status::Disabled, Some(reason));
        }
        let off = self.model.webhooks.get(&judged.key).filter(|webhook| webhook.settings.status == Status::Disabled);
        let off_at = off.filter(|_| !fails).map(|webhook| webhook.version);
        if life == self.life {
            self.soon(Inside::Ended(Report::Disabled { webhook: judged.key, judged: judged.version, off_at }), 10);
        }
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
        (self.failing_loads, self.rejected) = (0, 0);
        if self.resume {
            let paused = self.model.webhooks.values().filter(|webhook| webhook.settings.status == Status::Paused);
            for key in paused.map(|webhook| webhook.key).collect::<Vec<_>>() {
                self.set_status(key, Status::Active, None);
            }
        }
    }

    fn set_clock(&mut self, by: i64) {
        // The lanes have just looked at it.
        self.perform_some();
        self.clock_ahead += by;
        self.skipped += Duration::from_millis(by.max(0).unsigned_abs());
        if Duration::from_millis(by.min(0).unsigned_abs()) > CLOCK_AHEAD {
            self.model.bring_back(self.clock());
        }
        // Another moment has the time at which they wanted to be woken.
        self.wakes_at = None;
    }

    fn crash(&mut self) {
        self.life += 1;
        self.core = LaneCore::new(self.limits);
        self.unrecorded.clear();
        (self.wakes_at, self.look_planned, self.go_on_planned) = (None, false, false);
        self.recording_waits.clear();
        self.model.crash();
        self.told = self.model.webhooks.clone();
        if self.model.is_ahead_by(self.clock()) > CLOCK_AHEAD {
            self.model.bring_back(self.clock());
        }
        for (key, watch) in &mut self.watches {
            watch.crashed();
            watch.changed(None, self.model.webhooks.get(key).map(Arc::as_ref));
        }
        for backlog in self.model.backlogs() {
            self.core.owes(backlog, self.model.webhooks.get(&backlog.webhook).cloned());
        }
    }

    /// What the clock shows.
    fn clock(&self) -> Timestamp {
        Timestamp::from_millis(self.now.millis() + self.clock_ahead)
    }

    /// How late it is for what goes by a clock that never went back.
    fn passed(&self) -> Timestamp {
        self.now + self.skipped
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
            assert_eq!(self.wait_of(row).reason, WaitReason::WebhookPaused, "{row:?}");
        }
        assert!(self.core.is_at_rest() && self.core.waiting() == 0, "something was left over");
        for key in self.watches.keys() {
            let Some(lane) = self.core.lane(*key) else { continue };
            assert!(self.model.webhooks.contains_key(key), "{key} was deleted, and its lane is still there");
            let active = lane.webhook().settings.status == Status::Active && self.model.webhooks.contains_key(key);
            assert!(!active || lane.held() == 0, "{key} still holds {} deliveries", lane.held());
        }
    }
}

//! Performs the actions of the lanes. What takes time in the server (sending, reading, committing, hearing of it) takes
//! random time here, and fails now and then.

use bytes::Bytes;

use super::*;
use crate::{invariants::Now, receivers::unanswered};
use lanehook::{
    model::{Cohesion, Owed},
    store::WebhookChange,
};

impl World {
    /// Performs what is to be done now, but no more than is heard of in between.
    pub(super) fn perform_some(&mut self) {
        for _ in 0..self.at_once {
            let waits = self.some_waits();
            let Some(action) = self.core.step(self.clock()) else {
                self.check_idle(&waits);
                return self.plan_to_wake();
            };
            if let LaneAction::Send { webhook, batch, .. } = &action {
                self.check_waited(webhook.key, batch, &waits);
            }
            self.check_recording_goes_on();
            // Each event wakes all its webhooks in one step.
            let allowed = 1000 + 8 * self.steps + 3 * self.sends + 2 * self.model.rows.len() as u64;
            assert!(self.core.turns() < allowed, "{} turns in {} steps: a busy loop", self.core.turns(), self.steps);
            if self.trace {
                eprintln!("    {action:?}");
            }
            match action {
                LaneAction::Send { webhook, slot, batch } => self.send(&webhook, slot, batch),
                LaneAction::Load { webhook, load } => self.load(webhook, load),
                LaneAction::Cancel { webhook, limit } => {
                    self.watches[&webhook].loads(self.passed());
                    self.soon(Inside::CancelSlice(webhook, limit), 10);
                }
                LaneAction::Record { tenant, settlements } => {
                    for settlement in &settlements {
                        assert_eq!(self.tenants[&settlement.owed[0].webhook], tenant, "an outcome of another tenant");
                        self.unrecorded.extend([self.weighed(settlement)]);
                    }
                    let longest = if self.rng.random_bool(0.02) { 3_000 } else { 20 };
                    let commit_at = self.now + Duration::from_millis(self.rng.random_range(0..longest));
                    // The store commits in the order in which it was asked to.
                    self.last_commit = self.last_commit.max(commit_at);
                    self.plan_at(self.last_commit, Happening::Inside(self.life, Inside::Commit(settlements)));
                }
                LaneAction::Disable { webhook, reason } => {
                    self.watch(webhook.key).disables();
                    let longest = if self.rng.random_bool(0.1) { 3_000 } else { 10 };
                    let later = self.now + Duration::from_millis(self.rng.random_range(0..longest));
                    self.plan_at(later, Happening::Disable(self.life, webhook, reason));
                }
            }
        }
        if !self.go_on_planned {
            self.go_on_planned = true;
            self.plan_at(self.now, Happening::Inside(self.life, Inside::GoOn));
        }
    }

    /// After 32 actions what has settled is handed on, a tenant's after every other action.
    fn check_recording_goes_on(&mut self) {
        let tenants: BTreeSet<TenantKey> = self.tenants.values().copied().collect();
        let waiting: BTreeSet<DeliveryId> = self.core.settled().map(|one| one.owed[0].id).collect();
        self.recording_waits.retain(|id, _| waiting.contains(id));
        for id in waiting {
            let waits = self.recording_waits.entry(id).or_default();
            *waits += 1;
            assert!(*waits <= 32 + 2 * tenants.len(), "the outcome of {id} is not recorded while others are sent");
        }
    }

    /// Now and then: what all that are owed wait for, as it is shown.
    fn some_waits(&mut self) -> BTreeMap<DeliveryId, Wait> {
        match self.model.rows.len() < 200 && self.rng.random_bool(0.1) {
            true => self.model.owed().map(|row| (row.owed.id, self.wait_of(row))).collect(),
            false => BTreeMap::new(),
        }
    }

    /// What a delivery waits for, as it is shown.
    pub(super) fn wait_of(&self, row: &Row) -> Wait {
        let Owed { id, webhook, attempts, ordering_key, .. } = row.owed.clone();
        let due = (row.status == DeliveryStatus::Retrying).then_some(row.due);
        self.core.wait_of(&WaitingDelivery { id, webhook, attempts, due, ordering_key }, self.clock())
    }

    /// What was sent had waited for nothing but its turn, or for what went with it; where one of them was wanted by hand, the others
    /// went with that.
    fn check_waited(&self, webhook: WebhookKey, batch: &OwedBatch, waits: &BTreeMap<DeliveryId, Wait>) {
        let by_hand = batch.owed.iter().any(|owed| self.watches[&webhook].is_wanted_now(owed.id));
        let together = |id: Option<DeliveryId>| batch.owed.iter().any(|owed| Some(owed.id) == id);
        let clock_was_set = self.clock_ahead != 0 || self.skipped > Duration::ZERO;
        for owed in &batch.owed {
            let Some(wait) = waits.get(&owed.id) else { continue };
            let fits = match wait.reason {
                // A slot is waited for by those that are not asked before a request of theirs comes back, or their time.
                WaitReason::Turn | WaitReason::Store | WaitReason::Slot => true,
                WaitReason::Order => together(wait.behind),
                WaitReason::Time => clock_was_set || by_hand,
                WaitReason::Breaker | WaitReason::Pause | WaitReason::Batch => by_hand,
                _ => false,
            };
            assert!(fits, "{} is sent, and it was shown to wait for {wait:?}", owed.id);
        }
    }

    /// Where there is nothing to do, and nothing that was not heard of, nobody waits for its turn.
    fn check_idle(&self, waits: &BTreeMap<DeliveryId, Wait>) {
        let news = self.look_planned || !self.model.woken.is_empty() || !self.model.changed.is_empty();
        if news || self.limits.held < 1000 {
            return;
        }
        for (id, wait) in waits.iter().filter(|(id, _)| self.core.lane(self.model.rows[id].owed.webhook).is_some()) {
            assert!(wait.reason != WaitReason::Turn, "{id} is shown to wait for its turn, and nothing goes");
        }
    }

    /// Everything is done until something is heard, or the lanes want to be woken.
    fn plan_to_wake(&mut self) {
        let wakes_at = self.core.wakes_at();
        if wakes_at != self.wakes_at {
            self.wakes_at = wakes_at;
            if let Some(at) = wakes_at {
                let then = self.now + at.since(self.clock());
                self.plan_at(then, Happening::Inside(self.life, Inside::Wake));
            }
        }
    }

    fn send(&mut self, webhook: &Webhook, slot: SlotClass, batch: OwedBatch) {
        let key = webhook.key;
        let OwedBatch { owed, cohesion } = batch;
        let (clock, passed) = (self.clock(), self.passed());
        let watch = self.watches.get_mut(&key).unwrap();
        self.largest_request = self.largest_request.max(owed.len());
        watch.sends(&owed, webhook, passed, &self.model);
        let batch: Vec<DeliveryId> = owed.iter().map(|owed| owed.id).collect();
        self.sends += 1;
        assert!(self.core.in_flight() <= self.limits.in_flight, "more requests than send slots");
        self.check_unrecorded(webhook.tenant);
        if self.rng.random_range(0..1000) < self.unsent {
            return self.soon(Inside::Ended(Report::CameBack { webhook: key, slot, batch, outcomes: None }), 20);
        }
        let receiver = if self.calm { Receiver::Well } else { self.receivers[&key] };
        let (takes, mut outcome) = receiver.answer(batch[0], clock, &mut self.rng);
        if self.rng.random_range(0..1000) < self.large {
            static LARGEST: [u8; 256 << 10] = [0; 256 << 10];
            outcome.sent.body = Some(Bytes::from_static(&LARGEST[..self.rng.random_range(0..LARGEST.len())]));
        }
        let (sent, mut outcomes) = match cohesion {
            Cohesion::Whole => (batch.clone(), vec![]),
            _ => self.reject_some(&batch, cohesion),
        };
        if !sent.is_empty() {
            outcomes.push(BatchOutcome { attempt: None, deliveries: sent, outcome });
        }
        let report = Report::CameBack { webhook: key, slot, batch, outcomes: Some(outcomes) };
        self.plan_at(self.now + takes, Happening::Inside(self.life, Inside::Ended(report)));
    }

    fn weighed(&self, settlement: &Settlement) -> (DeliveryId, (TenantKey, usize)) {
        let last = settlement.owed.last().unwrap();
        (last.id, (self.tenants[&last.webhook], settlement.bytes()))
    }

    /// A tenant sends only while the outcomes that are not durable yet leave room, and its own leave as much for others.
    fn check_unrecorded(&self, tenant: TenantKey) {
        let settled: Vec<_> = self.core.settled().map(|one| self.weighed(one).1).collect();
        let all = || self.unrecorded.values().chain(&settled);
        let taken: usize = all().map(|(_, bytes)| bytes).sum();
        let own: usize = all().filter(|(of, _)| *of == tenant).map(|(_, bytes)| bytes).sum();
        assert_eq!(taken, self.core.unrecorded_bytes());
        assert!(
            taken + own < self.limits.unrecorded,
            "{own} of {taken} bytes of outcomes are not durable to send more"
        );
    }

    /// What a renderer does now and then: leaves some out, for a reason or for want of room. The rest is sent.
    fn reject_some(&mut self, ids: &[DeliveryId], cohesion: Cohesion) -> (Vec<DeliveryId>, Vec<BatchOutcome>) {
        let (mut sent, mut outcomes) = (Vec::new(), Vec::new());
        for (place, &id) in ids.iter().enumerate() {
            if self.rng.random_range(0..1000) >= self.rejected {
                sent.push(id);
                continue;
            }
            if place > 0 && self.rng.random_bool(0.3) {
                break;
            }
            let kinds = [FailureKind::Render, FailureKind::Skipped, FailureKind::Collapsed];
            let kind = kinds[self.rng.random_range(0..3)];
            let holds = cohesion == Cohesion::InOrder && kind == FailureKind::Render;
            if holds && !sent.is_empty() {
                break;
            }
            outcomes.push(BatchOutcome {
                attempt: None,
                deliveries: vec![id],
                outcome: unanswered(self.clock(), kind),
            });
            if holds {
                break;
            }
        }
        (sent, outcomes)
    }

    fn load(&mut self, webhook: WebhookKey, load: Load) {
        self.watches[&webhook].loads(self.passed());
        if let Load::Pending { limit, .. } = load {
            let tenant = self.tenants[&webhook];
            let of_tenant = |key: &&WebhookKey| self.tenants[*key] == tenant && self.core.lane(**key).is_some();
            let lanes = self.watches.keys().filter(of_tenant).count();
            assert!(limit <= (self.limits.held / lanes).max(8), "{limit} is more than its part of what may be held");
        }
        if let Load::Pending { after, limit } = load
            && self.rng.random_range(0..100) >= self.forgetful
            && let Some(pending) = self.model.recent_pending(webhook, after, limit)
        {
            let loaded = Some(Loaded::Pending(pending));
            return self.core.hear(Report::Loaded { webhook, load, loaded }, self.clock(), &mut self.rng);
        }
        self.soon(Inside::Read(webhook, load), 10);
    }

    pub(super) fn inside(&mut self, inside: Inside) {
        match inside {
            Inside::Look => self.look(),
            Inside::Wake => {}
            Inside::GoOn => self.go_on_planned = false,
            Inside::Read(webhook, load) => {
                let loaded = self.read(webhook, &load);
                self.soon(Inside::Ended(Report::Loaded { webhook, load, loaded }), 30);
            }
            Inside::CancelSlice(webhook, limit) => {
                let fails = self.rng.random_range(0..1000) < self.failing_loads;
                let count = (!fails).then(|| self.model.cancel_owed(webhook, limit));
                self.soon(Inside::Ended(Report::Cancelled { webhook, count }), 10);
            }
            Inside::Commit(settlements) => {
                let now = self.clock();
                for settlement in &settlements {
                    self.model.record(settlement, now);
                }
                let recorded =
                    settlements.iter().flat_map(|one| &one.owed).map(|owed| (owed.webhook, owed.id)).collect();
                self.soon(Inside::Ended(Report::Recorded(recorded)), 5);
            }
            Inside::Ended(report) => self.hear(report),
        }
    }

    /// Tells the bystanders and the lanes that an action has ended.
    fn hear(&mut self, report: Report) {
        let mut came_back = None;
        match &report {
            Report::CameBack { webhook, batch, outcomes: None, .. } => self.watch(*webhook).unsent(batch),
            Report::CameBack { webhook, batch, outcomes: Some(outcomes), .. } => {
                came_back = Some((*webhook, batch.clone(), outcomes.clone()));
            }
            Report::Loaded { webhook, loaded: None, .. } | Report::Cancelled { webhook, count: None } => {
                let again = self.passed() + UNREADABLE_PAUSE;
                self.watch(*webhook).refused(again);
            }
            Report::Recorded(recorded) => {
                for (webhook, id) in recorded {
                    self.unrecorded.remove(id);
                    self.watch(*webhook).recorded(*id);
                }
            }
            Report::Disabled { webhook, judged, off_at } => {
                let known = self.told.get(webhook).map_or(u64::MAX, |webhook| webhook.version);
                self.watch(*webhook).disabling_ended(*judged, *off_at, known);
            }
            Report::Loaded { .. } | Report::Cancelled { .. } => {}
        }
        let (clock, passed) = (self.clock(), self.passed());
        let of_webhook = |core: &LaneCore, webhook| -> Vec<Settlement> {
            core.settled().filter(|one| one.owed[0].webhook == webhook).cloned().collect()
        };
        let settled_before = came_back.as_ref().map_or(0, |(webhook, ..)| of_webhook(&self.core, *webhook).len());
        self.core.hear(report, clock, &mut self.rng);
        let Some((webhook, batch, outcomes)) = came_back else { return };
        let settled = &of_webhook(&self.core, webhook)[settled_before..];
        self.finished_at.extend(settled.iter().flat_map(|one| &one.owed).map(|owed| (owed.id, self.now)));
        let settings = self.core.lane(webhook).expect("a lane with a request under way").webhook();
        self.watches.get_mut(&webhook).unwrap().finished(&batch, &outcomes, settled, settings, Now { clock, passed });
    }

    fn look(&mut self) {
        self.look_planned = false;
        for key in std::mem::take(&mut self.model.changed).into_iter().collect::<BTreeSet<_>>() {
            let new = self.model.webhooks.get(&key).cloned();
            // The lanes may have dropped the one that knew it.
            let old = self.told.remove(&key);
            self.told.extend(new.clone().map(|new| (key, new)));
            let watch = self.watches.get_mut(&key).unwrap();
            if let (Some(old), Some(new)) = (&old, &new) {
                let kept = |webhook: &Webhook| (webhook.settings.ordering, webhook.settings.batch.clone());
                if old.settings.status == Status::Disabled || kept(old) != kept(new) {
                    self.model.loosen(key, |id| watch.in_hand(id));
                }
            }
            watch.changed(old.as_deref(), new.as_deref());
            self.core.webhook_changed(new.map_or(WebhookChange::Deleted(key), WebhookChange::Saved));
        }
        for wake in std::mem::take(&mut self.model.woken) {
            self.core.woken(wake, |key| self.model.webhooks.get(&key).cloned());
            if let Wake::ByHand(key, id) = wake {
                self.watches.get_mut(&key).unwrap().wanted_now(id);
            }
            if let Wake::Cancelled(key, id) = wake
                && self.core.lane(key).is_some()
            {
                self.watches.get_mut(&key).unwrap().cancelled(&self.model.rows[&id]);
            }
        }
    }

    fn read(&mut self, webhook: WebhookKey, load: &Load) -> Option<Loaded> {
        if self.rng.random_range(0..1000) < self.failing_loads {
            return None;
        }
        Some(match load {
            Load::Pending { after, limit } => Loaded::Pending(self.model.pending(webhook, *after, None, *limit)),
            Load::Key { key, after, limit } => Loaded::Pending(self.model.pending(webhook, *after, Some(key), *limit)),
            Load::Retrying { limit } => Loaded::Retrying(self.model.retrying(webhook, *limit)),
            Load::One(id) => Loaded::One(self.model.owed_one(*id)),
        })
    }

    fn watch(&mut self, webhook: WebhookKey) -> &mut Watch {
        self.watches.get_mut(&webhook).expect("each webhook is watched")
    }
}

//! What the scheduler does with lanes. What takes time there (sending, reading, committing, hearing of it) takes random
//! time here.

use super::*;
use crate::receivers::unanswered;
use lanehook::model::Cohesion;

impl World {
    pub(super) fn open_lane(&mut self, key: WebhookKey, health: Health) {
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
        if let Some(lane) = self.lanes.get(&key) {
            self.ready_queue.push(lane.slot_class(), key);
        }
    }

    pub(super) fn dispatch(&mut self) {
        self.ready_queue.ask_again();
        while self.unrecorded < 16 * self.most_slots {
            let Some((slot, key)) = self.ready_queue.pop(&self.slots) else { return };
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            self.turns += 1;
            // Each event wakes all its webhooks in one step.
            let allowed = 1000 + 8 * self.steps + 3 * self.sends + 2 * self.model.rows.len() as u64;
            assert!(self.turns < allowed, "{} turns after {} steps: a busy loop", self.turns, self.steps);
            let next = lane.next(self.now, self.slots.scarce_for(slot));
            if self.trace {
                eprintln!("    {key} {next:?}");
            }
            match next {
                Next::Send(batch) => self.send(key, slot, batch),
                Next::Load(load) => self.load(key, load),
                Next::Cancel => {
                    self.watches[&key].loads(self.now);
                    self.soon(Inside::CancelSlice(key), 10);
                }
                Next::Wait(Some(until)) => self.set_timer(key, until),
                Next::Wait(None) if lane.is_over() => {
                    self.lanes.remove(&key);
                }
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

    fn send(&mut self, key: WebhookKey, slot: SlotClass, batch: OwedBatch) {
        let OwedBatch { owed: batch, cohesion } = batch;
        let watch = self.watches.get_mut(&key).unwrap();
        self.largest_request = self.largest_request.max(batch.len());
        watch.sends(&batch, self.lanes[&key].webhook(), self.now, &self.model);
        let ids: Vec<DeliveryId> = batch.iter().map(|owed| owed.id).collect();
        self.sends += 1;
        self.slots.take(slot);
        self.give_turn(key);
        if self.rng.random_range(0..1000) < self.unsent {
            return self.soon(Inside::Unsent(key, slot, ids), 20);
        }
        let receiver = if self.calm { Receiver::Well } else { self.receivers[&key] };
        let (takes, outcome) = receiver.answer(ids[0], self.now, &mut self.rng);
        let (sent, mut outcomes) = match cohesion {
            Cohesion::Whole => (ids.clone(), vec![]),
            _ => self.reject_some(&ids, cohesion),
        };
        if !sent.is_empty() {
            outcomes.push(BatchOutcome { deliveries: sent, outcome });
        }
        let finished = Inside::Finished(key, slot, ids, outcomes);
        self.plan_at(self.now + takes, Happening::Inside(self.life, finished));
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
            outcomes.push(BatchOutcome { deliveries: vec![id], outcome: unanswered(self.now, kind) });
            if holds {
                break;
            }
        }
        (sent, outcomes)
    }

    fn load(&mut self, key: WebhookKey, load: Load) {
        self.watches[&key].loads(self.now);
        if let Load::Fresh { after, limit } = load
            && self.rng.random_range(0..100) >= self.forgetful
            && let Some(fresh) = self.model.recent_fresh(key, after, limit)
        {
            self.lanes.get_mut(&key).unwrap().loaded_fresh(fresh);
            return self.give_turn(key);
        }
        self.soon(Inside::Read(key, load), 10);
    }

    pub(super) fn inside(&mut self, inside: Inside) {
        match inside {
            Inside::Look => self.look(),
            Inside::Timer(key, at) => {
                if self.timers.get(&key) == Some(&at) {
                    self.timers.remove(&key);
                    self.give_turn(key);
                }
            }
            Inside::Finished(key, slot, ids, outcomes) => {
                self.slots.give_back(slot);
                self.finished(key, &ids, outcomes);
            }
            Inside::Unsent(key, slot, ids) => {
                self.slots.give_back(slot);
                self.watches.get_mut(&key).unwrap().unsent(&ids);
                self.lanes.get_mut(&key).unwrap().unsent(&ids, self.now);
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
                let recorded =
                    settlements.iter().flat_map(|one| &one.owed).map(|owed| (owed.webhook, owed.id)).collect();
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
                let reordered = |new: &Arc<Webhook>| {
                    (new.settings.ordering, &new.settings.batch) != (old.settings.ordering, &old.settings.batch)
                };
                if new.as_ref().is_some_and(|new| was_off || reordered(new)) {
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

    fn finished(&mut self, key: WebhookKey, ids: &[DeliveryId], outcomes: Vec<BatchOutcome>) {
        let lane = self.lanes.get_mut(&key).unwrap();
        let all_settled = lane.finished(ids, outcomes.clone(), self.now, &mut self.rng);
        assert_eq!(all_settled.len(), outcomes.len(), "each part was sent by this lane");
        self.watches.get_mut(&key).unwrap().finished(ids, &outcomes, &all_settled, lane.webhook(), self.now);
        for settled in all_settled {
            self.finished_at.extend(settled.settlement.owed.iter().map(|owed| (owed.id, self.now)));
            self.unrecorded += settled.settlement.owed.len();
            self.settled.push(settled.settlement);
            if let Some(reason) = settled.disable {
                let later = self.now + Duration::from_millis(self.rng.random_range(0..10));
                self.plan_at(later, Happening::Disable(key, reason));
            }
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
}

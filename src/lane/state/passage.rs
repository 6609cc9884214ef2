//! Whether something may go now, and otherwise what it waits for: one set of rules, by which the lane acts and is shown.

use super::Lane;
use crate::{
    lane::{gates::Passage, latency::LatencyClass},
    model::{Timestamp, Wait, WaitReason, WaitingDelivery},
    webhook::Status,
};

impl Lane {
    pub(super) fn is_off(&self) -> bool {
        self.deleted || self.webhook.settings.status == Status::Disabled
    }

    /// What keeps the lane from doing anything at all, if something does.
    pub(super) fn shut(&self, now: Timestamp) -> Option<Wait> {
        if now < self.rests_until {
            return Some(Wait::until(WaitReason::Machine, self.rests_until));
        }
        if self.is_off() {
            return Some(Wait::of(WaitReason::WebhookDisabled));
        }
        let paused = self.webhook.settings.status == Status::Paused;
        paused.then_some(Wait::of(WaitReason::WebhookPaused))
    }

    /// Whether one may go, as a probe or not; otherwise what it waits for. `scarce`: see [`Lane::next`]. `by_hand`: somebody wants it
    /// to go now.
    pub(super) fn gates(&self, now: Timestamp, scarce: Option<usize>, by_hand: bool) -> Result<bool, Wait> {
        if self.disabling.is_some() {
            return Err(Wait::of(WaitReason::WebhookDisabled));
        }
        if now < self.paused_until && !by_hand {
            return Err(Wait::until(WaitReason::Pause, self.paused_until));
        }
        let probe = match self.breaker.passage(now, by_hand) {
            Passage::Free => false,
            Passage::Probe => true,
            Passage::Closed(until) => return Err(Wait { until, ..Wait::of(WaitReason::Breaker) }),
        };
        if self.requests.len() >= self.most_at_once(scarce) {
            return Err(Wait::of(WaitReason::Slot));
        }
        match self.rate.as_ref().map_or(now, |rate| rate.next_at(now)) {
            at if at > now => Err(Wait::until(WaitReason::Rate, at)),
            _ => Ok(probe),
        }
    }

    /// How many requests may be under way at one time.
    pub(super) fn most_at_once(&self, scarce: Option<usize>) -> usize {
        // One batch after another keeps any order there is.
        if self.is_batching() && self.keeps_order() {
            return 1;
        }
        match scarce {
            None => self.concurrency.limit(),
            Some(_) if self.history.class() != LatencyClass::Quick => 1,
            // As many as are left for the others: however many lanes do so, some are always left.
            Some(free) => self.concurrency.limit().min(free),
        }
    }

    /// What keeps the next from going: a batch that grows, or a gate, whichever lasts longer.
    pub(super) fn next_wait(&self, now: Timestamp, scarce: Option<usize>) -> Option<Wait> {
        let batch = self.grows(now).filter(|&(_, until)| now < until);
        match (self.gates(now, scarce, false).err(), batch) {
            (Some(gate), Some((_, until))) if gate.until.is_none_or(|at| at >= until) => Some(gate),
            (_, Some((_, until))) => Some(Wait::until(WaitReason::Batch, until)),
            (gate, None) => gate,
        }
    }

    /// Where nothing keeps the next from going. While the store is read for it, a lane gets no other turn.
    pub(super) fn turn(&self) -> Wait {
        Wait::of(if self.loading { WaitReason::Store } else { WaitReason::Turn })
    }

    /// What a delivery waits for that the store lists as owed.
    pub fn wait_of(&self, one: &WaitingDelivery, now: Timestamp, scarce: Option<usize>) -> Wait {
        if self.in_flight.contains_key(&one.id) {
            return Wait::of(WaitReason::Answer);
        }
        if self.settling.contains_key(&one.id) {
            return later(Wait::of(WaitReason::Store), one, now);
        }
        if let Some(wait) = self.shut(now) {
            return later(wait, one, now);
        }
        if let Some(before) =
            self.key_for(one.ordering_key.as_ref()).and_then(|key| self.key_queues.before(&key, one.id))
        {
            return Wait::behind(before);
        }
        let wait = match one.attempts {
            _ if self.by_hand.front() == Some(&one.id) => self.gates(now, scarce, true).err(),
            0 => self.next_wait(now, scarce),
            // What is tried again waits for no others.
            _ => self.gates(now, scarce, false).err(),
        };
        later(wait.unwrap_or(self.turn()), one, now)
    }
}

/// Its own time, if that is later than what its lane waits for.
fn later(of_lane: Wait, one: &WaitingDelivery, now: Timestamp) -> Wait {
    let is_somebodys = matches!(of_lane.reason, WaitReason::WebhookPaused | WaitReason::WebhookDisabled);
    match one.due {
        Some(due) if !is_somebodys && due > of_lane.until.unwrap_or(now) => Wait::until(WaitReason::Time, due),
        _ => of_lane,
    }
}

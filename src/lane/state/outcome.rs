//! What became of a delivery, and what follows for its lane.

use std::time::Duration;

use rand::Rng;

use super::{Lane, Settled, UNREADABLE_PAUSE};
use crate::{
    lane::judge,
    model::{DeliveryId, FailureKind, Outcome, Timestamp},
    store::{Settlement, Verdict},
};

/// A lane sends nothing while its webhook is being disabled. If that does not succeed, it goes on after this long, and
/// the next failure asks for the same.
const DISABLING_PAUSE: Duration = Duration::from_secs(1);

impl Lane {
    /// An attempt has ended. `None` if it was none of this lane's.
    pub fn finished(
        &mut self,
        id: DeliveryId,
        outcome: Outcome,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Option<Settled> {
        let owed = self.in_flight.remove(&id)?;
        let mut judgement = judge(&self.webhook, &owed, &outcome, self.health, now, rng);
        if outcome.started_at < self.repaired_at && outcome.result.is_err() {
            // It tells how the webhook was before its tenant mended it, and is not held against it.
            judgement.disable = None;
            judgement.health = self.health;
        }
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

    /// What became of it is durable. Tells whether that gives the lane something to do.
    pub fn recorded(&mut self, id: DeliveryId) -> bool {
        self.overtakes_load(id);
        let retry_at = self.settling.remove(&id).flatten();
        if let Some(at) = retry_at {
            self.retries_at(at);
        }
        retry_at.is_some() || self.is_off()
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
}

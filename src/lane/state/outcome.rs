//! What became of a delivery, and what follows for its lane.

use std::time::Duration;

use rand::{Rng, RngExt as _};

use super::{Consequence, Disable, Disabling, Lane, Request, UNREADABLE_PAUSE};
use crate::{
    lane::{Judgement, gates::Halvings, judge, slots::LONG},
    model::{AttemptId, DeliveryId, FailureKind, Outcome, Owed, Timestamp},
    store::{Settlement, Verdict},
};

/// The longest a lane rests, give or take a fifth, while this machine cannot send.
const LONGEST_UNSENT_PAUSE: Duration = Duration::from_secs(30);

/// What came of some of the deliveries of a batch, or of all.
#[derive(Clone, PartialEq, Debug)]
pub struct BatchOutcome {
    /// The attempt that the request was; none if no request was made.
    pub attempt: Option<AttemptId>,
    /// In order. The batch's, each in one outcome at most.
    pub deliveries: Vec<DeliveryId>,
    /// Of the request that carried them, or why none did.
    pub outcome: Outcome,
}

impl Lane {
    /// What was sent has come back ([`Courier`](crate::lane::Courier) says what can). Deliveries of the batch that are in
    /// no outcome found no room in the request: they go next. Nothing comes of what is not this lane's.
    pub fn finished(
        &mut self,
        batch: &[DeliveryId],
        outcomes: Vec<BatchOutcome>,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Vec<Consequence> {
        let (probe, request) = self.came_back(batch);
        if let Some(request) = request {
            // Those that are still under way tell as much.
            let oldest = self.requests.values().fold(request.sent_at, |oldest, other| oldest.min(other.sent_at));
            self.history = self.history.after(now.since(oldest) > LONG);
            let took = now.since(request.sent_at);
            self.usual_request = Some(self.usual_request.map_or(took, |usual| (usual * 7 + took) / 8));
        }
        let at_send = request.map(|request| request.halvings);
        self.unsent = 0;
        let mut settled = Vec::with_capacity(outcomes.len());
        for BatchOutcome { attempt, deliveries, outcome } in outcomes {
            let owed: Vec<Owed> = deliveries.iter().filter_map(|id| self.in_flight.remove(id)).collect();
            let Some(first) = owed.first() else { continue };
            let mut judgement = judge(&self.webhook, first, &outcome, self.failure_run, now, rng);
            if request.is_some_and(|request| request.before_repair) && outcome.result.is_err() {
                // It tells how the webhook was before its tenant mended it, and is not held against it.
                judgement.disable = None;
                judgement.failure_run = self.failure_run;
            }
            self.adjust_gates(probe, at_send, &outcome, now, rng);
            if outcome.result.is_ok() && request.is_some_and(|request| request.by_hand.is_some()) {
                // It was sent to see whether the receiver takes more.
                self.paused_until = Timestamp::default();
            }
            self.failure_run = judgement.failure_run;
            if let Some(until) = judgement.pause_until {
                self.paused_until = self.paused_until.max(until);
            }
            owed.iter().for_each(|owed| self.settle(owed, judgement.verdict));
            let Judgement { verdict, failure_run, disable, .. } = judgement;
            // One at a time: what else comes back meanwhile tells nothing new.
            let disable = disable.filter(|_| self.disabling.is_none());
            let disable = disable.map(|reason| Disable { webhook: self.webhook.clone(), reason });
            if disable.is_some() {
                self.disabling = Some(Disabling::Asked { judged: self.webhook.version });
            }
            let settlement = Settlement { attempt, owed, outcome, verdict, failure_run, judged_at: now };
            settled.push(Consequence { settlement, disable });
        }
        self.put_back(batch);
        settled
    }

    /// A request is under way no more. Tells whether it was the breaker's probe, and what was noted of it.
    fn came_back(&mut self, batch: &[DeliveryId]) -> (bool, Option<Request>) {
        let request = batch.first().and_then(|first| self.requests.remove(first));
        (batch.iter().any(|&id| self.breaker.came_back(id)), request)
    }

    /// It is known what became of a delivery. From now on it is in hand until that is durable.
    fn settle(&mut self, owed: &Owed, verdict: Verdict) {
        let retry_at = match verdict {
            Verdict::Retry { at, .. } => Some(at),
            Verdict::Delivered | Verdict::Dropped | Verdict::Failed => None,
        };
        self.settling.insert(owed.id, retry_at);
        let last = self.given_up.remove(&owed.id) || retry_at.is_none();
        if let Some(key) = self.key_of(owed) {
            let release =
                if last { self.key_queues.release(&key, owed.id) } else { self.key_queues.waits(key, owed.id) };
            self.follow(release);
        }
    }

    fn adjust_gates(
        &mut self,
        probe: bool,
        at_send: Option<Halvings>,
        outcome: &Outcome,
        now: Timestamp,
        rng: &mut impl Rng,
    ) {
        let Err(failure) = &outcome.result else {
            self.concurrency.succeeded();
            self.breaker.succeeded();
            return;
        };
        if failure.kind == FailureKind::Render {
            // Of the receiver it says nothing, but to try all that is owed costs more than to send it.
            return self.breaker.failed(probe, now, rng);
        }
        if !failure.kind.is_of_receiver() {
            return;
        }
        // 101 is as little of an answer as 500: what has switched to another protocol takes no event.
        let broken = outcome.answer.as_ref().is_none_or(|answer| !(200..500).contains(&answer.status));
        match failure.kind {
            FailureKind::Throttled | FailureKind::Gone | FailureKind::Refused => self.breaker.answered(probe),
            FailureKind::Http if !broken => self.breaker.answered(probe),
            _ => self.breaker.failed(probe, now, rng),
        }
        if broken || failure.kind == FailureKind::Throttled {
            at_send.into_iter().for_each(|at_send| self.concurrency.troubled(at_send));
        }
    }

    /// The disabling has ended that was asked for at this version of the webhook, if it is still asked for. Where it could not be
    /// done, the lane goes on after a moment, and the next failure asks for the same. Where it was, the lane sends nothing until it
    /// hears of the version that is disabled, or a later one.
    pub fn disabling_ended(&mut self, judged: u64, off_at: Option<u64>, now: Timestamp) {
        if !matches!(self.disabling, Some(Disabling::Asked { judged: asked }) if asked == judged) {
            return;
        }
        let ended = off_at.map(|off_at| Disabling::Done { off_at });
        self.disabling = ended.filter(|ended| !ended.is_known_at(self.webhook.version));
        if off_at.is_none() {
            self.rests_until = self.rests_until.max(now + UNREADABLE_PAUSE);
        }
    }

    /// The attempt could not be made for reasons of our own: once more, after a moment, which grows while that goes on.
    /// Nothing of it counts for or against the webhook.
    pub fn unsent(&mut self, batch: &[DeliveryId], now: Timestamp, rng: &mut impl Rng) {
        let (_, request) = self.came_back(batch);
        if let (Some(rate), Some(request)) = (&mut self.rate, request) {
            rate.unsent(request.sent_at);
        }
        if let Some(id) = request.and_then(|request| request.by_hand) {
            self.by_hand.push_front(id);
        }
        let pause = (UNREADABLE_PAUSE * 2u32.pow(self.unsent.min(10))).min(LONGEST_UNSENT_PAUSE);
        self.unsent = self.unsent.saturating_add(1);
        // Lanes that were held up together come again one by one.
        self.rests_until = self.rests_until.max(now + pause.mul_f64(rng.random_range(0.8..1.2)));
        self.put_back(batch);
    }

    /// Those of the batch that are still in flight go next.
    fn put_back(&mut self, batch: &[DeliveryId]) {
        let mut given_up = false;
        for owed in batch.iter().rev().filter_map(|id| self.in_flight.remove(id)).collect::<Vec<_>>() {
            given_up |= self.given_up.remove(&owed.id);
            // The store may list it as one that waits for a retry, also if it was never attempted.
            self.ready_retries.insert(owed.id);
            match self.key_of(&owed).is_some_and(|key| self.key_queues.put_back(&key, &owed)) {
                // What it waits for may be due.
                true => self.retries_at(Timestamp::default()),
                false => self.goes_first(owed),
            }
        }
        if given_up {
            // Whether it is still owed, the store knows.
            self.load_again();
        }
    }

    /// What became of it is durable. Tells whether that gives the lane something to do.
    pub fn recorded(&mut self, id: DeliveryId) -> bool {
        self.overtakes_load(id);
        let retry_at = self.settling.remove(&id).flatten();
        if let Some(at) = retry_at {
            self.retries_at(at);
        }
        retry_at.is_some() || self.is_off() || self.lacks_room
    }

    /// Someone gave it up by hand. If it is in flight, its outcome still counts.
    pub fn forget(&mut self, id: DeliveryId) {
        self.overtakes_load(id);
        if self.in_flight.contains_key(&id) {
            self.given_up.insert(id);
        }
        self.ready_retries.remove(&id);
        self.by_hand.retain(|&wanted| wanted != id);
        let place = self.ready.iter().position(|owed| owed.id == id);
        let release = match place.and_then(|place| self.ready.remove(place)) {
            Some(owed) => self.key_of(&owed).map(|key| self.key_queues.release(&key, id)).unwrap_or_default(),
            None => self.key_queues.forget(id),
        };
        self.follow(release);
    }
}

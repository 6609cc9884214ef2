//! A lane as it is shown.

use std::time::Duration;

use super::Lane;
use crate::{
    lane::gates::Rate,
    model::{FailureRun, Owed, RateLimit, Timestamp, Wait, WaitReason},
    observe::Vitals,
};

/// How a lane stands.
#[derive(Clone, PartialEq, Debug)]
pub struct LanePicture {
    /// What its next delivery waits for; none if nothing is known that it is owed.
    pub waits_for: Option<Wait>,
    /// Whether it sends to a receiver that fails.
    pub breaker: BreakerState,
    /// Requests under way.
    pub in_flight: usize,
    /// How many there may be at one time now.
    pub concurrency_limit: usize,
    /// What is left of its rate limit, if it has one.
    pub rate: Option<RatePicture>,
    /// Until when the receiver asked to be left alone.
    pub paused_until: Option<Timestamp>,
    /// Failed attempts since the last success.
    pub failure_run: FailureRun,
    /// How long its last requests took on average.
    pub usual_request: Option<Duration>,
}

/// Whether a lane sends to a receiver that fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BreakerState {
    /// Everything goes.
    Closed,
    /// Nothing goes until then.
    Open { until: Timestamp },
    /// One request at a time goes, to see whether the receiver works again.
    HalfOpen,
}

/// What is left of a rate limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RatePicture {
    /// As the webhook has it.
    pub limit: RateLimit,
    /// Requests that may go now.
    pub left: usize,
    /// When the next may go.
    pub next_at: Timestamp,
}

impl Lane {
    /// Since its breaker opened: until when nothing goes.
    pub fn breaker_open_until(&self) -> Option<Timestamp> {
        self.breaker.open_until()
    }

    /// How it stands. `scarce`: see [`Lane::next`].
    pub fn picture(&self, now: Timestamp, scarce: Option<usize>) -> LanePicture {
        let rate =
            |rate: &Rate| RatePicture { limit: rate.configured(), left: rate.left(now), next_at: rate.next_at(now) };
        LanePicture {
            waits_for: self.next_waits_for(now, scarce),
            breaker: match self.breaker.open_until() {
                None => BreakerState::Closed,
                Some(until) if now < until => BreakerState::Open { until },
                Some(_) => BreakerState::HalfOpen,
            },
            in_flight: self.requests.len(),
            concurrency_limit: self.most_at_once(scarce),
            rate: self.rate.as_ref().map(rate),
            paused_until: Some(self.paused_until).filter(|&until| now < until),
            failure_run: self.failure_run,
            usual_request: self.usual_request,
        }
    }

    /// What it tells of its webhook's health. `scarce`: see [`Lane::next`].
    pub fn vitals(&self, now: Timestamp, scarce: Option<usize>) -> Vitals {
        Vitals {
            failure_run: self.failure_run,
            is_stopped: self.breaker.open_until().is_some(),
            is_throttled: now < self.paused_until,
            oldest_due: self.oldest_due(now, scarce),
        }
    }

    /// Since when the oldest delivery is due that could go. What is under way is not asked: it ends within the webhook's timeout, and
    /// where it holds others up, they are; but where order is kept, these are not ready before it has ended.
    fn oldest_due(&self, now: Timestamp, scarce: Option<usize>) -> Option<Timestamp> {
        if self.shut(now).is_some() || !self.goes_now(now, scarce) {
            return None;
        }
        // Since when one is due that was tried before is not noted.
        let is_untried = |owed: &&Owed| owed.attempts == 0;
        let ahead = self.in_flight.values().find(is_untried).filter(|_| self.keeps_order());
        let untried = self.ready.iter().find(is_untried).or(ahead)?;
        let waited = self.webhook.settings.batch.as_ref().map_or(Duration::ZERO, |batch| batch.max_wait.0);
        // Nothing is due before the receiver's pause is over, nor before somebody has resumed the webhook, or mended it.
        let from = self.paused_until.max(self.webhook.updated_at);
        // A serial may be of a clock that was ahead.
        Some((untried.id.0.time() + waited).max(from).min(now))
    }

    /// Whether what is ready waits for nothing that was ordered: a batch, a rate, a pause.
    fn goes_now(&self, now: Timestamp, scarce: Option<usize>) -> bool {
        // What a rate limit has held back until a moment ago is not late.
        let is_free = self.rate.as_ref().is_none_or(|rate| rate.remembers_until() <= now);
        let reason = self.next_wait(now, scarce).map(|wait| wait.reason);
        is_free && matches!(reason, None | Some(WaitReason::Slot | WaitReason::Breaker))
    }

    /// What the next delivery waits for.
    fn next_waits_for(&self, now: Timestamp, scarce: Option<usize>) -> Option<Wait> {
        let shut = self.shut(now);
        if shut.is_some() {
            return shut;
        }
        if !self.ready.is_empty() {
            return Some(self.next_wait(now, scarce).unwrap_or(self.turn()));
        }
        if self.loading {
            return Some(Wait::of(WaitReason::Store));
        }
        if !self.in_flight.is_empty() {
            return Some(Wait::of(WaitReason::Answer));
        }
        if !self.settling.is_empty() {
            return Some(Wait::of(WaitReason::Store));
        }
        let retry = self.next_retry.map(|at| match at > now {
            true => Wait::until(WaitReason::Time, at),
            false => Wait::of(WaitReason::Turn),
        });
        retry.or((self.more_pending || self.key_queues.len() > 0).then_some(Wait::of(WaitReason::Turn)))
    }
}

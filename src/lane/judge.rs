//! What becomes of a delivery and its webhook after an attempt: a pure function of what was seen.

use std::time::Duration;

use rand::Rng;

use crate::{
    model::{FailureKind, FailureRun, Outcome, Owed, Timestamp},
    store::Verdict,
    webhook::{DisableReason, Webhook},
};

/// A webhook that has done nothing but fail for this long is disabled.
const FAILING_TOO_LONG: Duration = Duration::from_secs(5 * 86_400);
/// Attempts that the receiver's throttling called for do not use up the schedule, but they end somewhere.
const MOST_ATTEMPTS: u32 = 200;
/// How long to leave a receiver alone that says 429 and not for how long.
const THROTTLED_PAUSE: Duration = Duration::from_secs(5);
/// `Retry-After: 0` does not mean at once and for ever.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// `Retry-After` is believed up to here.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// What follows from an attempt.
#[derive(Clone, PartialEq, Debug)]
pub struct Judgement {
    /// What becomes of the delivery.
    pub verdict: Verdict,
    /// The webhook's run of failures from now on.
    pub failure_run: FailureRun,
    /// Why the webhook is to be disabled now, if it is.
    pub disable: Option<DisableReason>,
    /// Until when the receiver asked to be left alone, if it did.
    pub pause_until: Option<Timestamp>,
}

/// Judges an attempt that ended at `now`.
pub fn judge(
    webhook: &Webhook,
    owed: &Owed,
    outcome: &Outcome,
    failure_run: FailureRun,
    now: Timestamp,
    rng: &mut impl Rng,
) -> Judgement {
    let failure = match &outcome.result {
        Ok(()) => {
            let failure_run = FailureRun::default();
            return Judgement { verdict: Verdict::Delivered, failure_run, disable: None, pause_until: None };
        }
        Err(failure) => failure,
    };
    if matches!(failure.kind, FailureKind::Skipped | FailureKind::Collapsed) {
        return Judgement { verdict: Verdict::Dropped, failure_run, disable: None, pause_until: None };
    }
    let retry_after = failure.retry_after.map(|wait| wait.min(LONGEST_PAUSE));
    let throttled = failure.kind == FailureKind::Throttled;
    let pause_until = throttled.then(|| now + retry_after.unwrap_or(THROTTLED_PAUSE).max(SHORTEST_PAUSE));
    if let Some(until) = pause_until
        && owed.attempts + 1 < MOST_ATTEMPTS
    {
        let verdict = Verdict::Retry { at: until, counted: false };
        return Judgement { verdict, failure_run, disable: None, pause_until };
    }
    let of_receiver = failure.kind.is_of_receiver();
    let failure_run = match of_receiver {
        true => FailureRun {
            consecutive_failures: failure_run.consecutive_failures.saturating_add(1),
            // Not later than now: it may be of a clock that was ahead, and would never be five days ago.
            failing_since: Some(failure_run.failing_since.unwrap_or(outcome.started_at).min(now)),
        },
        // A template that is wrong can be mended while the webhook goes on.
        false => failure_run,
    };
    if failure.kind == FailureKind::Gone {
        let disable = Some(DisableReason::Gone);
        return Judgement { verdict: Verdict::Failed, failure_run, disable, pause_until };
    }
    if failure.kind == FailureKind::Refused {
        return Judgement {
            verdict: Verdict::Failed,
            failure_run,
            disable: disable_reason(webhook, failure_run, now),
            pause_until,
        };
    }
    let wait = webhook.settings.retry.wait_after(owed.failed + 1, retry_after, rng);
    let verdict = match wait {
        Some(wait) => Verdict::Retry { at: now + wait, counted: true },
        None => Verdict::Failed,
    };
    let disable = disable_reason(webhook, failure_run, now).filter(|_| of_receiver);
    Judgement { verdict, failure_run, disable, pause_until }
}

fn disable_reason(webhook: &Webhook, failure_run: FailureRun, now: Timestamp) -> Option<DisableReason> {
    if webhook.settings.disable_after.is_some_and(|most| failure_run.consecutive_failures >= most) {
        return Some(DisableReason::ConsecutiveFailures);
    }
    let too_long = failure_run.failing_since.is_some_and(|since| now.since(since) >= FAILING_TOO_LONG);
    too_long.then_some(DisableReason::FailingForDays)
}

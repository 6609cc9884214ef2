//! What is to be told of a webhook, by what was told last and how it does now. Pure.

use std::time::Duration;

use crate::{
    model::{Thresholds, Timestamp},
    observe::{Cause, Health, Trouble},
    store::{Incident, Told},
    webhook::{DisableReason, Status, Webhook},
};

/// How a webhook does, as far as notices tell of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Standing {
    /// Nothing arrives any more.
    Failing(Trouble),
    /// It was disabled because of that.
    Disabled(DisableReason, Timestamp),
    /// Something arrives.
    Well,
    /// Whether it does well is not known: somebody has paused it, or nothing has arrived since it failed; or it is failing for too short a
    /// time to be told of.
    Held,
    /// Somebody has disabled it, or it is gone, or subscribes to notices itself: there is nothing to tell.
    Untold,
}

/// What is to be done about a webhook's incident.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Step {
    /// Keep a new one, that began then.
    Open(Timestamp),
    /// Tell that it is failing.
    TellFailing(Trouble),
    /// Tell that it was disabled.
    TellDisabled(DisableReason),
    /// Tell that it has recovered, and forget it.
    TellRecovered,
    /// Forget it.
    Forget,
}

impl Standing {
    /// Of this webhook, if it is there, whose health is this while it is delivered to.
    pub fn of(webhook: Option<&Webhook>, health: Health, thresholds: &Thresholds, now: Timestamp) -> Standing {
        let Some(webhook) = webhook.filter(|webhook| !webhook.settings.hears_notices()) else {
            return Standing::Untold;
        };
        match (webhook.settings.status, webhook.disabled, health) {
            (Status::Paused, _, _) => Standing::Held,
            (Status::Disabled, None | Some(DisableReason::ByRequest), _) => Standing::Untold,
            (Status::Disabled, Some(reason), _) => {
                Standing::Disabled(reason, webhook.status_since.unwrap_or(webhook.updated_at))
            }
            (Status::Active, _, Health::Failing(trouble)) => {
                let is_told = has_passed(trouble.since, thresholds.failing_after.0, now);
                if is_told { Standing::Failing(trouble) } else { Standing::Held }
            }
            (Status::Active, _, Health::Degraded(trouble)) if has_failed_only(trouble.cause) => Standing::Held,
            (Status::Active, _, Health::Degraded(_) | Health::Healthy) => Standing::Well,
        }
    }
}

/// Whether nothing has arrived lately: one that is tried again, after a restart or because a probe was answered by another failure, is not
/// stopped any more, and has not recovered.
fn has_failed_only(cause: Cause) -> bool {
    match cause {
        Cause::Failures(tries) => tries.succeeded == 0,
        Cause::LastFailed { .. } => true,
        Cause::Stopped { .. } | Cause::StandsStill | Cause::Throttled | Cause::Late(_) => false,
    }
}

/// What is to be done next. `well_since`: since when it does well, if it does; `pause`: how long it does so before it has recovered, and
/// how long after that nothing else is told of it.
pub(super) fn next(
    incident: Option<&Incident>,
    standing: Standing,
    well_since: Option<Timestamp>,
    pause: Duration,
    now: Timestamp,
) -> Option<Step> {
    let Some(incident) = incident else {
        return match standing {
            Standing::Failing(Trouble { since, .. }) | Standing::Disabled(_, since) => Some(Step::Open(since.min(now))),
            Standing::Well | Standing::Held | Standing::Untold => None,
        };
    };
    match (standing, incident.told) {
        (Standing::Untold, _) => Some(Step::Forget),
        (_, Told::Recovered) if !has_passed(incident.told_at, pause, now) => None,
        // Its notices are not those of the one before.
        (Standing::Failing(Trouble { since, .. }) | Standing::Disabled(_, since), Told::Recovered) => {
            Some(Step::Open(since.max(incident.told_at).min(now)))
        }
        (Standing::Well | Standing::Held, Told::Recovered) => Some(Step::Forget),
        (Standing::Failing(trouble), Told::Nothing) => Some(Step::TellFailing(trouble)),
        (Standing::Disabled(reason, _), Told::Nothing | Told::Failing) => Some(Step::TellDisabled(reason)),
        (Standing::Well, Told::Nothing) => Some(Step::Forget),
        (Standing::Well, Told::Failing | Told::Disabled) => {
            let is_sure = well_since.is_some_and(|since| has_passed(since, pause, now));
            is_sure.then_some(Step::TellRecovered)
        }
        (Standing::Failing(_), Told::Failing | Told::Disabled)
        | (Standing::Disabled(..), Told::Disabled)
        | (Standing::Held, Told::Nothing | Told::Failing | Told::Disabled) => None,
    }
}

/// Whether so much time has passed since then. A time to come is of a clock that was set back since: nothing waits for it.
pub(super) fn has_passed(since: Timestamp, time: Duration, now: Timestamp) -> bool {
    since > now || now.since(since) >= time
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Serial, TenantKey, WebhookKey},
        observe::Tries,
    };

    const SINCE: Timestamp = at(7);
    const TROUBLE: Trouble = Trouble { since: SINCE, cause: Cause::StandsStill };
    const PAUSE: Duration = Thresholds::LEAST_PAUSE;
    const TOLD: Timestamp = at(100);

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn incident(told: Told) -> Incident {
        Incident { webhook: WebhookKey(Serial::nth(1)), tenant: TenantKey(1), since: SINCE, told, told_at: TOLD }
    }

    #[test]
    fn an_incident_is_told_once_at_its_begin_and_once_at_its_end() {
        let disabled = Standing::Disabled(DisableReason::Gone, SINCE);
        for (told, standing, step) in [
            (None, Standing::Failing(TROUBLE), Some(Step::Open(SINCE))),
            (None, disabled, Some(Step::Open(SINCE))),
            (None, Standing::Well, None),
            (None, Standing::Held, None),
            (None, Standing::Untold, None),
            (Some(Told::Nothing), Standing::Failing(TROUBLE), Some(Step::TellFailing(TROUBLE))),
            (Some(Told::Nothing), Standing::Well, Some(Step::Forget)),
            (Some(Told::Nothing), disabled, Some(Step::TellDisabled(DisableReason::Gone))),
            (Some(Told::Failing), Standing::Failing(TROUBLE), None),
            (Some(Told::Failing), Standing::Held, None),
            (Some(Told::Failing), disabled, Some(Step::TellDisabled(DisableReason::Gone))),
            (Some(Told::Failing), Standing::Well, Some(Step::TellRecovered)),
            (Some(Told::Disabled), disabled, None),
            (Some(Told::Disabled), Standing::Failing(TROUBLE), None),
            (Some(Told::Disabled), Standing::Well, Some(Step::TellRecovered)),
            (Some(Told::Failing), Standing::Untold, Some(Step::Forget)),
            (Some(Told::Recovered), Standing::Well, Some(Step::Forget)),
            (Some(Told::Recovered), Standing::Held, Some(Step::Forget)),
            (Some(Told::Recovered), Standing::Failing(TROUBLE), Some(Step::Open(TOLD))),
            (Some(Told::Recovered), disabled, Some(Step::Open(TOLD))),
        ] {
            let next = next(told.map(incident).as_ref(), standing, Some(TOLD), PAUSE, at(160));
            assert_eq!(next, step, "{told:?} {standing:?}");
        }
    }

    #[test]
    fn what_is_tried_again_and_fails_has_not_recovered() {
        let tries = |succeeded| Tries { succeeded, throttled: 1, failed: 9 };
        for (cause, failed_only) in [
            (Cause::Failures(tries(0)), true),
            (Cause::Failures(tries(1)), false),
            (Cause::LastFailed { failures: 10 }, true),
            (Cause::Throttled, false),
        ] {
            assert_eq!(has_failed_only(cause), failed_only, "{cause:?}");
        }
    }

    #[test]
    fn what_flaps_is_not_told_of_twice_a_minute() {
        let next = |told, standing, seconds| next(Some(&incident(told)), standing, Some(TOLD), PAUSE, at(seconds));
        assert_eq!(next(Told::Failing, Standing::Well, 159), None, "it may fail again at once");
        assert_eq!(next(Told::Recovered, Standing::Failing(TROUBLE), 159), None, "it has only just recovered");
        assert_eq!(next(Told::Recovered, Standing::Well, 159), None);
        assert!(next(Told::Recovered, Standing::Well, 99).is_some(), "the clock was set back");
    }
}

//! What is to be told of a webhook, by what was told last and how it does now. Pure.

use crate::{
    model::{Timestamp, TypePattern},
    observe::{Health, Trouble},
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
    /// Somebody has paused it: whether it would do well is not known.
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
    pub fn of(webhook: Option<&Webhook>, health: Health) -> Standing {
        let Some(webhook) = webhook.filter(|webhook| !subscribes_to_notices(webhook)) else { return Standing::Untold };
        match (webhook.settings.status, webhook.disabled, health) {
            (Status::Paused, _, _) => Standing::Held,
            (Status::Disabled, None | Some(DisableReason::ByRequest), _) => Standing::Untold,
            (Status::Disabled, Some(reason), _) => {
                Standing::Disabled(reason, webhook.status_since.unwrap_or(webhook.updated_at))
            }
            (Status::Active, _, Health::Failing(trouble)) => Standing::Failing(trouble),
            (Status::Active, _, Health::Degraded(_) | Health::Healthy) => Standing::Well,
        }
    }
}

/// What is to be done next. `is_fresh`: whether it does well for no time yet, and may fail again at once.
pub(super) fn next(incident: Option<&Incident>, standing: Standing, is_fresh: bool) -> Option<Step> {
    let Some(incident) = incident else {
        return match standing {
            Standing::Failing(Trouble { since, .. }) | Standing::Disabled(_, since) => Some(Step::Open(since)),
            Standing::Well | Standing::Held | Standing::Untold => None,
        };
    };
    match (standing, incident.told) {
        (Standing::Failing(trouble), Told::Nothing) => Some(Step::TellFailing(trouble)),
        (Standing::Disabled(reason, _), Told::Nothing | Told::Failing) => Some(Step::TellDisabled(reason)),
        (Standing::Well, Told::Nothing) => Some(Step::Forget),
        (Standing::Well, Told::Failing | Told::Disabled) => (!is_fresh).then_some(Step::TellRecovered),
        (Standing::Untold, _) => Some(Step::Forget),
        (Standing::Failing(_), Told::Failing | Told::Disabled)
        | (Standing::Disabled(..), Told::Disabled)
        | (Standing::Held, _) => None,
    }
}

fn subscribes_to_notices(webhook: &Webhook) -> bool {
    webhook.settings.event_types.iter().any(TypePattern::is_reserved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Serial, TenantKey, WebhookKey},
        observe::Cause,
    };

    const SINCE: Timestamp = Timestamp::from_millis(7);
    const TROUBLE: Trouble = Trouble { since: SINCE, cause: Cause::StandsStill };

    #[test]
    fn an_incident_is_told_once_at_its_begin_and_once_at_its_end() {
        let incident =
            |told| Incident { webhook: WebhookKey(Serial::nth(1)), tenant: TenantKey(1), since: SINCE, told };
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
        ] {
            assert_eq!(next(told.map(incident).as_ref(), standing, false), step, "{told:?} {standing:?}");
        }
        assert_eq!(next(Some(&incident(Told::Failing)), Standing::Well, true), None, "it may fail again at once");
    }
}

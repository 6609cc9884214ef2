//! How a webhook's receiver does, in words.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::Timestamp,
    observe::{Cause, Health, HealthState, Tries},
    webhook::{DisableReason, Status, Webhook},
};

/// How a webhook's receiver does. That is found out anew every few seconds, from what its lane waits for and how the tries of the
/// last 15 minutes came out.
#[derive(Serialize, ToSchema, PartialEq, Debug)]
#[schema(as = Health)]
pub struct HealthView {
    /// *failing*: stopped by failures, or nothing was delivered for 5 minutes though something was due. *degraded*: the receiver asks
    /// to wait, or more than 2 % of the tries of the last 15 minutes failed, or the last try failed before that, or something is due for over a minute.
    state: HealthState,
    /// Since when it is in trouble, paused or disabled. After a restart, trouble can be told to have begun later than it did. Null if it
    /// is healthy, and where it was paused or disabled before that was noted.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// What is the matter, in words; null if nothing is.
    #[schema(example = "12 attempts in a row failed; now and then one is sent to see whether it works again")]
    reason: Option<String>,
}

impl HealthView {
    /// Of a webhook whose health is this while it is delivered to.
    pub fn of(webhook: &Webhook, health: Health) -> HealthView {
        HealthView::in_status(webhook.settings.status, webhook.status_since, webhook.disabled, health)
    }

    /// The same of one that is in this status since then.
    pub fn in_status(
        status: Status,
        status_since: Option<Timestamp>,
        disabled: Option<DisableReason>,
        health: Health,
    ) -> HealthView {
        let state = HealthState::of(status, health);
        match status {
            Status::Active => HealthView {
                state,
                since: health.trouble().map(|trouble| trouble.since),
                reason: health.trouble().map(|trouble| in_words(trouble.cause)),
            },
            Status::Paused => HealthView { state, since: status_since, reason: Some("it is paused".to_owned()) },
            Status::Disabled => HealthView { state, since: status_since, reason: disabled.map(why_disabled) },
        }
    }
}

fn why_disabled(reason: DisableReason) -> String {
    match reason {
        DisableReason::ByRequest => "it was disabled through the API",
        DisableReason::Gone => "its receiver answered 410 Gone: it wants nothing more",
        DisableReason::ConsecutiveFailures => "as many attempts in a row failed as `disable_after` says",
        DisableReason::FailingForDays => "it did nothing but fail for five days",
    }
    .to_owned()
}

fn in_words(cause: Cause) -> String {
    match cause {
        Cause::Stopped { failures: 0 } => {
            "no payloads could be made of its last events: mend its template or script; now and then one is tried"
                .to_owned()
        }
        Cause::Stopped { failures } => {
            format!("{failures} attempts in a row failed; now and then one is sent to see whether it works again")
        }
        Cause::StandsStill => "nothing was delivered in the last 5 minutes, though something was due".to_owned(),
        Cause::Throttled => "its receiver asks to wait (429, or 503 with Retry-After)".to_owned(),
        Cause::Failures(tries @ Tries { failed, .. }) => {
            format!("{failed} of the {} tries of the last 15 minutes failed", tries.all())
        }
        Cause::LastFailed { failures: 1 } => "its last attempt failed, and nothing was tried since".to_owned(),
        Cause::LastFailed { failures } => format!("its last {failures} attempts failed, and nothing was tried since"),
        Cause::Late => "something that is due waits for over a minute".to_owned(),
    }
}

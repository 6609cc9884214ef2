//! How a webhook's receiver does, in words.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::Timestamp,
    observe::{Health, HealthState},
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
                reason: health.trouble().map(|trouble| trouble.cause.to_string()),
            },
            Status::Paused => HealthView { state, since: status_since, reason: Some("it is paused".to_owned()) },
            Status::Disabled => {
                HealthView { state, since: status_since, reason: disabled.map(|reason| reason.in_words().to_owned()) }
            }
        }
    }
}

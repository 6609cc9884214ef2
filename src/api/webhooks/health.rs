//! How a webhook's receiver does, in words.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::Timestamp,
    observe::{Health, HealthState},
    webhook::{Status, Webhook},
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
        let state = HealthState::of(webhook.settings.status, health);
        match webhook.settings.status {
            Status::Active => HealthView {
                state,
                since: health.trouble().map(|trouble| trouble.since),
                reason: health.trouble().map(|trouble| trouble.cause.to_string()),
            },
            Status::Paused => {
                HealthView { state, since: webhook.status_since, reason: Some("it is paused".to_owned()) }
            }
            Status::Disabled => HealthView {
                state,
                since: webhook.status_since,
                reason: webhook.disabled.map(|reason| reason.in_words().to_owned()),
            },
        }
    }
}

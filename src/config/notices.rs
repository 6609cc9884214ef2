//! From when on something is told.

use std::{fmt::Display, ops::RangeInclusive};

use clap::Args;
use serde::Deserialize;

use super::error::ConfigError;
use crate::model::{Span, Thresholds};

/// The table `[notices]` of the file. A tenant can say otherwise for itself.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct NoticesSettings {
    /// A webhook that is failing is told of when it has been so for this long [default: 0s]
    #[arg(
        id = "notices.failing_after",
        long = "notices-failing-after",
        env = "LANEHOOK_NOTICES_FAILING_AFTER",
        value_name = "TIME"
    )]
    pub failing_after: Option<Span>,

    /// A webhook is failing, too, when so many hundredths of its tries of the last 15 minutes failed
    #[arg(
        id = "notices.failure_share",
        long = "notices-failure-share",
        env = "LANEHOOK_NOTICES_FAILURE_SHARE",
        value_name = "PERCENT"
    )]
    pub failure_share: Option<u8>,

    /// A webhook is failing, too, when something that is due has waited for so long
    #[arg(
        id = "notices.oldest_due",
        long = "notices-oldest-due",
        env = "LANEHOOK_NOTICES_OLDEST_DUE",
        value_name = "TIME"
    )]
    pub oldest_due: Option<Span>,

    /// A tenant is told that it is near a quota from so many hundredths of it on [default: 80]
    #[arg(
        id = "notices.quota_near",
        long = "notices-quota-near",
        env = "LANEHOOK_NOTICES_QUOTA_NEAR",
        value_name = "PERCENT"
    )]
    pub quota_near: Option<u8>,

    /// An API key is told of so long before it expires [default: 7d]
    #[arg(
        id = "notices.key_expires",
        long = "notices-key-expires",
        env = "LANEHOOK_NOTICES_KEY_EXPIRES",
        value_name = "TIME"
    )]
    pub key_expires: Option<Span>,
}

impl NoticesSettings {
    /// These, and where they say nothing, what `weaker` says.
    pub(super) fn or(self, weaker: NoticesSettings) -> NoticesSettings {
        NoticesSettings {
            failing_after: self.failing_after.or(weaker.failing_after),
            failure_share: self.failure_share.or(weaker.failure_share),
            oldest_due: self.oldest_due.or(weaker.oldest_due),
            quota_near: self.quota_near.or(weaker.quota_near),
            key_expires: self.key_expires.or(weaker.key_expires),
        }
    }

    /// With the defaults where they say nothing.
    pub(super) fn thresholds(&self) -> Thresholds {
        let default = Thresholds::default();
        Thresholds {
            failing_after: self.failing_after.unwrap_or(default.failing_after),
            failure_share: self.failure_share,
            oldest_due: self.oldest_due,
            quota_near: self.quota_near.unwrap_or(default.quota_near),
            key_expires: self.key_expires.unwrap_or(default.key_expires),
        }
    }
}

/// Whether all are within what a tenant could set, too.
pub(super) fn check(thresholds: &Thresholds) -> Result<(), ConfigError> {
    let Thresholds { failing_after, failure_share, oldest_due, quota_near, key_expires } = thresholds;
    within("notices.failing_after", Some(failing_after), &Thresholds::FAILING_AFTER)?;
    within("notices.failure_share", failure_share.as_ref(), &Thresholds::FAILURE_SHARE)?;
    within("notices.oldest_due", oldest_due.as_ref(), &Thresholds::OLDEST_DUE)?;
    within("notices.quota_near", Some(quota_near), &Thresholds::QUOTA_NEAR)?;
    within("notices.key_expires", Some(key_expires), &Thresholds::KEY_EXPIRES)
}

fn within<T: PartialOrd + Display>(
    name: &'static str,
    value: Option<&T>,
    range: &RangeInclusive<T>,
) -> Result<(), ConfigError> {
    match value.filter(|value| !range.contains(value)) {
        None => Ok(()),
        Some(value) => {
            let problem = format!("from {} to {} is possible, not {value}", range.start(), range.end());
            Err(ConfigError::Value { name, problem })
        }
    }
}

/// A threshold that may be none.
pub(super) fn shown<T: Display>(value: Option<&T>) -> String {
    value.map_or_else(String::new, T::to_string)
}

//! Whether a webhook is delivered to, and if not, why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a webhook is delivered to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Delivered to.
    #[default]
    Active,
    /// Deliveries are held, and sent on resume.
    Paused,
    /// Nothing is matched; what was owed is cancelled.
    Disabled,
}

/// Why a webhook is disabled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// Through the API.
    ByRequest,
    /// The receiver answered 410.
    Gone,
    /// `disable_after` failed attempts in a row.
    ConsecutiveFailures,
    /// Nothing but failures for 5 days.
    FailingForDays,
}

impl DisableReason {
    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            DisableReason::ByRequest => "it was disabled through the API",
            DisableReason::Gone => "its receiver answered 410 Gone: it wants nothing more",
            DisableReason::ConsecutiveFailures => "as many attempts in a row failed as `disable_after` says",
            DisableReason::FailingForDays => "it did nothing but fail for five days",
        }
    }
}

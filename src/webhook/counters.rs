//! What became of a webhook's deliveries, in numbers.

use crate::model::Timestamp;

/// What happened to a webhook's deliveries so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Deliveries that the receiver has.
    pub delivered: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// When the run of failures began.
    pub failing_since: Option<Timestamp>,
    /// The last attempt.
    pub last_attempt_at: Option<Timestamp>,
    /// The last attempt that succeeded.
    pub last_success_at: Option<Timestamp>,
    /// The last attempt that failed.
    pub last_failure_at: Option<Timestamp>,
}

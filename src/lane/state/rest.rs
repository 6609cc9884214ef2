//! The end of a lane: it is dropped when it has nothing to do and knows nothing that the store does not know.

use std::time::Duration;

use super::Lane;
use crate::model::{FailureRun, Timestamp};

/// A lane that rests is kept for so long: the next event is sent without a look at the disk, with as many requests at a time as
/// the receiver was found to take, and from the slots of those that are known to be quick.
const KEPT: Duration = Duration::from_secs(600);

impl Lane {
    /// It wants nothing. Until when it is kept: not at all, if the webhook is deleted. None if it is to be kept for something that
    /// it still does, waits for, or alone knows.
    pub fn kept_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        let under_way =
            self.loading || self.disabling.is_some() || !self.in_flight.is_empty() || !self.settling.is_empty();
        if under_way || self.is_off() && self.to_cancel {
            return None;
        }
        if self.deleted {
            return Some(now);
        }
        // Who is enabled again begins without failures and by asking for what it is owed.
        if !self.is_off() && (self.is_owed_something() || self.remembers_failures()) {
            return None;
        }
        let since = *self.rests_since.get_or_insert(now);
        let of_rate = self.rate.as_ref().map_or(since, |rate| rate.remembers_until());
        Some((since + KEPT).max(self.paused_until).max(self.rests_until).max(of_rate))
    }

    fn is_owed_something(&self) -> bool {
        self.held() > 0
            || self.key_queues.len() > 0
            || self.more_pending
            || !self.retries_known
            || self.next_retry.is_some()
    }

    fn remembers_failures(&self) -> bool {
        self.failure_run != FailureRun::default() || !self.breaker.is_untouched() || self.unsent > 0
    }
}

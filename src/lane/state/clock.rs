//! A clock that is set back: what is waited for is as far away as before.

use std::time::Duration;

use super::Lane;
use crate::model::Timestamp;

impl Lane {
    /// The clock shows so much less than it would. Every time that the lane holds was told by it, so each moves along: waits stay
    /// as long as they were. What the store holds, the store mends itself.
    pub fn clock_set_back(&mut self, by: Duration) {
        let moved = |time: &mut Timestamp| *time = *time - by;
        [&mut self.paused_until, &mut self.rests_until].into_iter().for_each(moved);
        self.next_retry.iter_mut().for_each(moved);
        self.rests_since.iter_mut().for_each(moved);
        self.settling.values_mut().flatten().for_each(moved);
        self.requests.values_mut().for_each(|request| moved(&mut request.sent_at));
        self.breaker.clock_set_back(by);
        self.rate.iter_mut().for_each(|rate| rate.clock_set_back(by));
    }
}

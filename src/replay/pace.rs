//! How many may be done by now, where a plan says how fast.

use std::time::Duration;

use crate::model::RateLimit;

/// So long, at least, it waits for several that can be done together.
const TOGETHER: Duration = Duration::from_millis(100);
/// What could not be done in time is caught up with for so long; what is older than that is lost.
const CATCHES_UP: Duration = Duration::from_secs(1);

/// A pace: even, so that a minute's worth never goes in its first second.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rate: RateLimit,
    began: Duration,
    done: u64,
}

impl Pace {
    /// Begins `now`; the first may go at once.
    pub fn new(rate: RateLimit, now: Duration) -> Pace {
        Pace { rate, began: now, done: 0 }
    }

    /// How many may be done now.
    pub fn room(&mut self, now: Duration) -> u64 {
        let most = self.in_time(CATCHES_UP).max(1);
        let due = self.due(now);
        if due > most {
            // As if it had begun later.
            (self.began, self.done) = (now, 0);
            self.began = now.saturating_sub(self.time_of(most - 1));
        }
        self.due(now).min(most)
    }

    /// So many were done.
    pub fn did(&mut self, count: u64) {
        self.done += count;
    }

    /// So many that were to be done were not.
    pub fn did_not(&mut self, count: u64) {
        self.done = self.done.saturating_sub(count);
    }

    /// When some more may be done, all of them together.
    pub fn next(&self) -> Duration {
        let together = self.in_time(TOGETHER).max(1);
        self.began + self.time_of(self.done + together - 1)
    }

    fn due(&self, now: Duration) -> u64 {
        (self.in_time(now.saturating_sub(self.began)) + 1).saturating_sub(self.done)
    }

    /// How many go in so much time.
    fn in_time(&self, time: Duration) -> u64 {
        let all = time.as_micros() * u128::from(self.rate.limit) / self.per_micros();
        u64::try_from(all).unwrap_or(u64::MAX)
    }

    /// In how much time so many go, rounded up: then they may.
    fn time_of(&self, count: u64) -> Duration {
        let micros = (u128::from(count) * self.per_micros()).div_ceil(u128::from(self.rate.limit.max(1)));
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    fn per_micros(&self) -> u128 {
        u128::from(self.rate.per.millis()) * 1_000
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::RateUnit;

    const UNITS: [RateUnit; 4] = [RateUnit::Second, RateUnit::Minute, RateUnit::Hour, RateUnit::Day];

    fn pace(limit: u32, per: RateUnit) -> Pace {
        Pace::new(RateLimit { limit, per }, Duration::from_secs(7))
    }

    /// Does all there is room for whenever that is due, for so long. How many that are.
    fn done_in(mut pace: Pace, time: Duration) -> u64 {
        let (mut now, mut done) = (Duration::from_secs(7), 0);
        let end = now + time;
        while now <= end {
            let room = pace.room(now);
            pace.did(room);
            done += room;
            now = now.max(pace.next());
        }
        done
    }

    #[test]
    fn the_first_goes_at_once_and_the_others_evenly() {
        let mut slow = pace(60, RateUnit::Minute);
        assert_eq!(slow.room(Duration::from_secs(7)), 1);
        slow.did(1);
        assert_eq!((slow.room(Duration::from_millis(7_999)), slow.next()), (0, Duration::from_secs(8)));
        assert_eq!(slow.room(Duration::from_secs(8)), 1);
    }

    #[test]
    fn what_was_held_up_is_caught_up_with_for_a_second() {
        let mut held_up = pace(50, RateUnit::Second);
        assert_eq!(held_up.room(Duration::from_secs(600)), 50);
        held_up.did(50);
        assert_eq!(held_up.room(Duration::from_secs(600)), 0);
        assert_eq!(held_up.room(Duration::from_millis(600_100)), 5);
    }

    proptest! {
        #[test]
        fn it_is_kept_to_within_a_fiftieth(limit in 1u32..=1_000_000, unit in 0usize..4) {
            let pace = pace(limit, UNITS[unit]);
            // As long as 500 take, at least.
            let time = pace.time_of(500).max(Duration::from_secs(10));
            let wanted = time.as_secs_f64() * f64::from(limit) / UNITS[unit].millis() as f64 * 1_000.0;
            let done = done_in(pace, time) as f64;
            prop_assert!((done - wanted).abs() <= (wanted / 50.0).max(1.0), "{done} of {wanted}");
        }
    }
}

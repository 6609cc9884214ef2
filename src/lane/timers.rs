//! When to look at which lane again.

use std::{collections::BTreeSet, time::Duration};

use crate::model::{IdMap, Timestamp, WebhookKey};

/// A lane has at most one timer, its earliest.
#[derive(Debug, Default)]
pub(super) struct Timers {
    order: BTreeSet<(Timestamp, WebhookKey)>,
    set: IdMap<WebhookKey, Timestamp>,
}

impl Timers {
    /// The lane is to be looked at then, unless it is to be sooner.
    pub fn set(&mut self, webhook: WebhookKey, at: Timestamp) {
        let known = self.set.get(&webhook).copied();
        if known.is_none_or(|known| at < known) {
            if let Some(known) = known {
                self.order.remove(&(known, webhook));
            }
            self.set.insert(webhook, at);
            self.order.insert((at, webhook));
        }
    }

    /// A lane whose time has come; its timer is used up.
    pub fn due(&mut self, now: Timestamp) -> Option<WebhookKey> {
        let (at, webhook) = self.order.first().copied()?;
        if at > now {
            return None;
        }
        self.order.pop_first();
        self.set.remove(&webhook);
        Some(webhook)
    }

    /// The clock shows so much less than it would.
    pub fn clock_set_back(&mut self, by: Duration) {
        self.set.values_mut().for_each(|at| *at = *at - by);
        self.order = self.set.iter().map(|(&webhook, &at)| (at, webhook)).collect();
    }

    /// When the first timer is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    #[test]
    fn a_lane_keeps_one_timer_however_often_it_is_set() {
        let (mut timers, lane) = (Timers::default(), WebhookKey(Serial::nth(1)));
        let at = Timestamp::from_millis;
        for soon in 0..100 {
            timers.set(lane, at(86_400_000));
            timers.set(lane, at(soon));
            assert_eq!(timers.due(at(soon)), Some(lane));
            assert_eq!(timers.due(at(soon)), None);
        }
        assert!(timers.order.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_takes_all_timers_along() {
        let mut timers = Timers::default();
        let (lane, other) = (WebhookKey(Serial::nth(1)), WebhookKey(Serial::nth(2)));
        timers.set(lane, Timestamp::from_millis(3_700_000));
        timers.set(other, Timestamp::from_millis(3_600_001));
        timers.clock_set_back(Duration::from_secs(3600));
        assert_eq!(timers.due(Timestamp::from_millis(1)), Some(other));
        assert_eq!(timers.next_at(), Some(Timestamp::from_millis(100_000)));
        timers.set(lane, Timestamp::from_millis(5));
        assert_eq!((timers.order.len(), timers.due(Timestamp::from_millis(5))), (1, Some(lane)));
    }

    #[test]
    fn a_lane_is_looked_at_at_the_earliest_time_that_was_set() {
        let (mut timers, lane) = (Timers::default(), WebhookKey(Serial::nth(1)));
        for ms in [20, 10, 30] {
            timers.set(lane, Timestamp::from_millis(ms));
        }
        assert_eq!(timers.due(Timestamp::from_millis(10)), Some(lane));
        assert_eq!(timers.next_at(), None);
    }
}

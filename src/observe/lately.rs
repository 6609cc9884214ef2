//! How the tries of the last minutes came out, by webhook: what its health follows from, besides its lane.

use std::{collections::BTreeMap, ops::Bound};

use super::{
    measures::{Measures, Tries},
    scope::{Bucket, Grain},
};
use crate::model::{Timestamp, WebhookKey};

const MINUTE: i64 = 60_000;
/// How many minutes are looked at, the present one included.
const MINUTES: usize = 15;

/// The tries of one webhook in the last quarter of an hour.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Quarter {
    pub tries: Tries,
    /// The minute of the last try that succeeded, of the first that was throttled after that, and of the first that failed.
    pub last_success: Option<Bucket>,
    /// The last minute in which tries were throttled and none succeeded, if none has succeeded since.
    pub only_throttled: Option<Bucket>,
    pub first_throttled: Option<Bucket>,
    pub first_failure: Option<Bucket>,
}

/// The tries of the last quarter of an hour by webhook. Those of minutes that are over are let go when they are passed by.
#[derive(Default, Debug)]
pub struct Lately(BTreeMap<WebhookKey, BTreeMap<Bucket, Tries>>);

impl Lately {
    /// The first minute that is looked at.
    pub fn from(now: Timestamp) -> Bucket {
        Bucket(Grain::Minute.bucket(now).0 - (MINUTES as i64 - 1) * MINUTE)
    }

    /// So much was counted for a webhook in this minute.
    pub fn add(&mut self, webhook: WebhookKey, minute: Bucket, measures: &Measures) {
        let tries = measures.tries();
        if tries != Tries::default() {
            self.0.entry(webhook).or_default().entry(minute).or_default().add(tries);
        }
    }

    /// Webhooks with something to tell, so many at most from behind `after` on. Nobody needs what is older than it looks back, so
    /// that goes.
    pub fn quarters(&mut self, after: Option<WebhookKey>, limit: usize, now: Timestamp) -> Vec<(WebhookKey, Quarter)> {
        let (from, present) = (Lately::from(now), Grain::Minute.bucket(now));
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let passed = self.0.range_mut((begin, Bound::Unbounded)).take(limit).map(|(&webhook, minutes)| {
            *minutes = minutes.split_off(&from);
            // Of a clock that was ahead and was set back.
            minutes.split_off(&Bucket(present.0 + 1));
            (webhook, quarter(minutes))
        });
        let passed: Vec<_> = passed.collect();
        for (webhook, _) in passed.iter().filter(|(_, quarter)| quarter.tries == Tries::default()) {
            self.0.remove(webhook);
        }
        passed
    }
}

fn quarter(minutes: &BTreeMap<Bucket, Tries>) -> Quarter {
    let mut quarter = Quarter::default();
    for (&minute, &tries) in minutes {
        quarter.tries.add(tries);
        if tries.succeeded > 0 {
            quarter.last_success = Some(minute);
            (quarter.only_throttled, quarter.first_throttled) = (None, None);
        } else if tries.throttled > 0 {
            quarter.only_throttled = Some(minute);
        }
        if tries.throttled > 0 {
            quarter.first_throttled.get_or_insert(minute);
        }
        if tries.failed > 0 {
            quarter.first_failure.get_or_insert(minute);
        }
    }
    quarter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailureKind, Serial};

    fn key(number: i64) -> WebhookKey {
        WebhookKey(Serial::nth(number))
    }

    fn tried(failure: Option<FailureKind>) -> Measures {
        let mut measures = Measures::default();
        measures.tried(failure, None);
        measures
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * MINUTE + 1)
    }

    #[test]
    fn a_pause_is_over_with_the_next_success_and_minutes_to_come_are_let_go() {
        let mut lately = Lately::default();
        let throttled = Some(FailureKind::Throttled);
        for (minute, failure) in [(1, None), (2, throttled), (3, throttled), (5, None)] {
            lately.add(key(1), Bucket(minute * MINUTE), &tried(failure));
        }
        let mut of = |minute| lately.quarters(None, 9, at(minute))[0].1;
        let after = of(5);
        assert_eq!((after.first_throttled, after.only_throttled, after.tries.all()), (None, None, 4));
        // The clock was set back.
        let before = of(4);
        let bucket = |minute| Some(Bucket(minute * MINUTE));
        assert_eq!((before.first_throttled, before.only_throttled, before.tries.all()), (bucket(2), bucket(3), 3));
        assert_eq!(of(5), before);
    }

    #[test]
    fn a_quarter_tells_how_tries_came_out_and_forgets_what_is_older() {
        let mut lately = Lately::default();
        let kinds = [
            (1, None),
            (1, Some(FailureKind::Dns)),
            (2, Some(FailureKind::Throttled)),
            (4, None),
            (9, Some(FailureKind::Tls)),
        ];
        for (minute, failure) in kinds {
            lately.add(key(1), Bucket(minute * MINUTE), &tried(failure));
        }
        lately.add(key(2), Bucket(0), &tried(None));
        lately.add(key(3), Bucket(0), &Measures::default());
        let bucket = |minute| Some(Bucket(minute * MINUTE));
        let whole = Quarter {
            tries: Tries { succeeded: 2, throttled: 1, failed: 2 },
            last_success: bucket(4),
            only_throttled: None,
            first_throttled: None,
            first_failure: bucket(1),
        };
        let second = Quarter {
            tries: Tries { succeeded: 1, ..Tries::default() },
            last_success: bucket(0),
            ..Quarter::default()
        };
        assert_eq!(lately.quarters(None, 9, at(14)), [(key(1), whole), (key(2), second)]);
        assert_eq!(lately.quarters(None, 1, at(14)), [(key(1), whole)]);
        assert_eq!(lately.quarters(Some(key(1)), 1, at(14)), [(key(2), second)]);
        let later =
            Quarter { tries: Tries { failed: 1, ..Tries::default() }, first_failure: bucket(9), ..Quarter::default() };
        assert_eq!(lately.quarters(None, 9, at(19)), [(key(1), later), (key(2), Quarter::default())], "told once more");
        assert_eq!(lately.0.len(), 1, "and then let go");
    }
}

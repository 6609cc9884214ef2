//! What this machine was short of lately, for those who look whether it is ready.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::{LocalFailure, Timestamp};

/// A failure that is older than this is over.
const LATELY: Duration = Duration::from_secs(30);
/// Between two lines of the log, however often something fails.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Remembers the last local failure.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    last: Option<(Timestamp, LocalFailure)>,
    logged_at: Option<Timestamp>,
}

impl Trouble {
    /// It has just happened.
    pub fn note(&self, failure: &LocalFailure, now: Timestamp) {
        let mut seen = self.locked();
        if seen.logged_at.is_none_or(|at| now < at || now.since(at) >= BETWEEN_LINES) {
            seen.logged_at = Some(now);
            tracing::warn!(kind = failure.kind.as_str(), reason = %failure, "requests cannot be sent; they wait");
        }
        seen.last = Some((now, failure.clone()));
    }

    /// What happened in the last half minute.
    pub fn lately(&self, now: Timestamp) -> Option<LocalFailure> {
        let seen = self.locked();
        // What is in the future happened before the clock was set back.
        let is_lately = |at: Timestamp| at <= now && now.since(at) < LATELY;
        seen.last.as_ref().filter(|(at, _)| is_lately(*at)).map(|(_, failure)| failure.clone())
    }

    fn locked(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LocalKind;

    #[test]
    fn it_is_over_half_a_minute_after_the_last_failure() {
        let (trouble, begin) = (Trouble::default(), Timestamp::from_millis(1_000_000));
        assert_eq!(trouble.lately(begin), None);
        let failure = LocalFailure { kind: LocalKind::Files, detail: "none left".into() };
        for seconds in [0, 20] {
            trouble.note(&failure, begin + Duration::from_secs(seconds));
        }
        assert_eq!(trouble.lately(begin + Duration::from_secs(49)), Some(failure));
        assert_eq!(trouble.lately(begin + Duration::from_secs(50)), None);
        assert_eq!(trouble.lately(begin), None, "and when the clock was set back");
    }
}

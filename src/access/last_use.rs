//! When a key was last used, in memory.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::Timestamp;

/// Of a key that nobody has used.
const NEVER: i64 = i64::MIN;

/// When a key was last used, in milliseconds.
#[derive(Debug)]
pub(super) struct LastUse {
    at: AtomicI64,
    /// As the store has it.
    kept: AtomicI64,
}

impl LastUse {
    pub fn kept(at: Option<Timestamp>) -> LastUse {
        let at = at.map_or(NEVER, |at| at.millis());
        LastUse { at: AtomicI64::new(at), kept: AtomicI64::new(at) }
    }

    pub fn now(&self, now: Timestamp) {
        self.at.fetch_max(now.millis(), Ordering::Relaxed);
    }

    pub fn at(&self) -> Option<Timestamp> {
        Some(self.at.load(Ordering::Relaxed)).filter(|&at| at != NEVER).map(Timestamp::from_millis)
    }

    /// What the store does not have yet.
    pub fn news(&self) -> Option<Timestamp> {
        self.at().filter(|at| at.millis() > self.kept.load(Ordering::Relaxed))
    }

    /// The store has it up to this time.
    pub fn was_kept(&self, at: Timestamp) {
        self.kept.fetch_max(at.millis(), Ordering::Relaxed);
    }
}

//! Names of attempts, given out when they begin.
//!
//! They are serials of a source of their own: nothing but attempts is compared with them, so they need not stand in the
//! writer's order, and beginning an attempt waits for no commit. Rows of attempts are therefore inserted out of order, by up to
//! a request's length. That breaks nothing: lanes' cursors are moved by deliveries alone, a delivery's chain points from each
//! attempt to the one before, which has ended before the next begins, and retention walks over all ids again and again.
//!
//! Like the writer's, the source continues after the greatest serial of the file. An attempt that a crash cut off leaves no row;
//! if the clock was set back meanwhile, the source continues after all names that can have been given out before (`clock.rs`).

use std::sync::{Mutex, PoisonError};

use crate::{
    clock::Clock,
    model::{AttemptId, Serial, SerialSource},
};

/// Gives out names of attempts.
#[derive(Debug)]
pub(super) struct AttemptIds {
    clock: Clock,
    source: Mutex<SerialSource>,
}

impl AttemptIds {
    pub fn new(clock: Clock, source: SerialSource) -> AttemptIds {
        AttemptIds { clock, source: Mutex::new(source) }
    }

    /// The last one that was given out, or more.
    pub fn last(&self) -> Serial {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).last()
    }

    /// Each is greater than all before it.
    pub fn take(&self) -> AttemptId {
        let now = self.clock.now();
        // A number that is moved on: a panic leaves nothing half done.
        AttemptId(self.source.lock().unwrap_or_else(PoisonError::into_inner).take(now))
    }
}

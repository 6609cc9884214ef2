//! Names that are given out before it is the writer's turn: of attempts when they begin, and of webhooks, which are sealed under
//! their keys.
//!
//! Each kind has a source of its own: nothing but attempts is compared with attempts, and nothing but webhooks with webhooks, so
//! they need not stand in the writer's order, and nobody waits for a commit to get one. A webhook's key that was given out for
//! nothing has been seen by nobody.
//!
//! Rows are therefore inserted out of order, those of attempts by up to a request's length. That breaks nothing: lanes' cursors
//! are moved by deliveries alone, a delivery's chain points from each attempt to the one before, which has ended before the next
//! begins, and retention walks over all ids again and again.
//!
//! Like the writer's, the sources continue after the greatest serial of the file. An attempt that a crash cut off leaves no row;
//! if the clock was set back meanwhile, attempts continue after all names that can have been given out before (`clock.rs`).

use std::sync::{Mutex, PoisonError};

use crate::{
    clock::Clock,
    model::{Serial, SerialSource},
};

/// Gives out names of one kind.
#[derive(Debug)]
pub(super) struct EarlyIds {
    clock: Clock,
    source: Mutex<SerialSource>,
}

impl EarlyIds {
    pub fn new(clock: Clock, source: SerialSource) -> EarlyIds {
        EarlyIds { clock, source: Mutex::new(source) }
    }

    /// The last one that was given out, or more.
    pub fn last(&self) -> Serial {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).last()
    }

    /// Each is greater than all before it.
    pub fn take(&self) -> Serial {
        let now = self.clock.now();
        // A number that is moved on: a panic leaves nothing half done.
        self.source.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }
}

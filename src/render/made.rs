//! Memory for what is made of events. It is held before anything made is kept: batches that are made at one time, slice by
//! slice, take up together no more than their tenant may have, however much longer than their events payloads are.

use super::failure::cannot;
use crate::{
    budget::{Exhausted, Room},
    model::{Cohesion, DueBatch, Failure},
};

/// Besides its bytes: what a payload takes up.
const OF_PAYLOAD: usize = 128;
/// Bytes of payloads of a batch that may not be parted, twice what settings allow a body: they may have been changed since it
/// went together first, but not every change can be followed.
const LARGEST_WHOLE: usize = 16 << 20;

/// How much is made of a batch and kept.
#[derive(Debug)]
pub struct Made {
    /// What its events take up.
    events: usize,
    bytes: usize,
    /// Whether its payloads are bounded together, since none can be left for the next request.
    is_whole: bool,
}

/// Why something that was made is not kept.
#[derive(Debug)]
pub enum NoRoom {
    /// There is too little left at the moment.
    Yet(Exhausted),
    /// There never will be enough: the payload is too large.
    Ever(Failure),
}

impl NoRoom {
    /// The failure of what never will have room.
    ///
    /// # Errors
    /// There may be room later.
    pub fn ever(self) -> Result<Failure, Exhausted> {
        match self {
            NoRoom::Ever(failure) => Ok(failure),
            NoRoom::Yet(exhausted) => Err(exhausted),
        }
    }
}

impl Made {
    /// Nothing yet.
    pub fn of(batch: &DueBatch) -> Made {
        let is_whole = batch.cohesion == Cohesion::Whole && batch.deliveries.len() > 1;
        Made { events: batch.bytes(), bytes: 0, is_whole }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds room for so many bytes more, before they are kept.
    ///
    /// # Errors
    /// There is none. Then nothing more is held.
    pub fn keep(&mut self, bytes: usize, room: &mut Room) -> Result<(), NoRoom> {
        let made = self.bytes + bytes + OF_PAYLOAD;
        if self.is_whole && made > LARGEST_WHOLE {
            return Err(NoRoom::Ever(cannot(format!(
                "the payloads of the batch have more than {LARGEST_WHOLE} bytes together, and since it was sent before it goes \
                 whole or not at all; make them shorter"
            ))));
        }
        match room.grow_to(self.events + made) {
            Ok(()) => {
                self.bytes = made;
                Ok(())
            }
            Err(exhausted) if exhausted.for_ever => Err(NoRoom::Ever(cannot(format!(
                "the payload has {bytes} bytes; with the events that it is made of and what goes with it, that is more than a \
                 tenant may have in memory at one time; make it shorter"
            )))),
            Err(exhausted) => Err(NoRoom::Yet(exhausted)),
        }
    }

    /// So many bytes that were kept are not any more. The room stays for what comes next.
    pub fn forget(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes + OF_PAYLOAD);
    }
}

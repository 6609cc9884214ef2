//! What the writer is given to do: jobs and settlements, one by one and as a group.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{file::PAGE, transaction::Tx};
use crate::{
    model::Outcome,
    store::{Result, Settlement},
};

/// Something to be done inside the group's transaction. It returns what to do when the commit's result is known.
pub(super) type WriteJob = Box<dyn FnOnce(&mut Tx<'_>) -> Finish + Send>;
/// Tells whoever waits. `Err` if the group could not be committed.
pub(super) type Finish = Box<dyn FnOnce(Result<()>) + Send>;

/// Settlements to be recorded, and whom to tell.
pub(super) struct Settled {
    pub settlements: Vec<Settlement>,
    pub done: oneshot::Sender<()>,
}

impl Settled {
    /// How much work these are, in rows.
    pub fn weight(&self) -> usize {
        self.settlements.iter().map(weight).sum()
    }
}

/// How much work it is to record a settlement, in rows: one for each delivery, and for each page of what was sent and
/// answered.
pub(super) fn weight(settlement: &Settlement) -> usize {
    let Outcome { sent, answer, .. } = &settlement.outcome;
    let bytes = sent.body.as_ref().map_or(0, Bytes::len) + answer.as_ref().map_or(0, |answer| answer.body.len());
    settlement.owed.len() + bytes / PAGE
}

/// One group.
#[derive(Default)]
pub(super) struct Group {
    pub jobs: Vec<WriteJob>,
    pub settled: Vec<Settled>,
    /// Nothing more is taken in.
    pub closing: bool,
    /// Nothing will come after this group.
    pub last: bool,
}

impl Group {
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.settled.is_empty()
    }
}

//! What the writer is given to do: jobs and settlements, one by one and as a group.

use tokio::sync::oneshot;

use super::transaction::Tx;
use crate::store::{Result, Settlement};

/// Something to be done inside the group's transaction. It returns what to do when the commit's result is known.
pub(super) type Job = Box<dyn FnOnce(&mut Tx<'_>) -> Finish + Send>;
/// Tells whoever waits. `Err` if the group could not be committed.
pub(super) type Finish = Box<dyn FnOnce(Result<()>) + Send>;

/// Settlements to be recorded, and whom to tell.
pub(super) struct Settled {
    pub settlements: Vec<Settlement>,
    pub done: oneshot::Sender<()>,
}

impl Settled {
    /// Of how many deliveries these are outcomes.
    pub fn deliveries(&self) -> usize {
        self.settlements.iter().map(|settlement| settlement.owed.len()).sum()
    }
}

/// One group.
#[derive(Default)]
pub(super) struct Group {
    pub jobs: Vec<Job>,
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

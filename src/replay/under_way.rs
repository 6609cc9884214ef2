//! Which replays have a task, and how such a task hears that its replay is to go on no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use crate::model::ReplayId;

/// The replays that are under way.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<BTreeMap<ReplayId, CancellationToken>>);

impl UnderWay {
    /// How many tasks there are.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// One gets a task, unless it has one: that task ends when this is cancelled.
    pub fn begin(&self, id: ReplayId) -> Option<CancellationToken> {
        let mut tasks = self.lock();
        (!tasks.contains_key(&id)).then(|| tasks.entry(id).or_default().clone())
    }

    /// One goes on no more: its task ends, wherever it waits.
    pub fn end(&self, id: ReplayId) {
        self.lock().get(&id).inspect(|ended| ended.cancel());
    }

    /// The same of all but these.
    pub fn end_all_but(&self, running: &BTreeSet<ReplayId>) {
        self.lock().iter().filter(|(id, _)| !running.contains(id)).for_each(|(_, ended)| ended.cancel());
    }

    /// The task of one has ended.
    pub fn forget(&self, id: ReplayId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReplayId, CancellationToken>> {
        // Single steps: a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

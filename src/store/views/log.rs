//! Which items changed, in the order of their changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::Hash,
};

use crate::model::IdMap;

/// Each item at its last change only, also those that are gone and remembered.
#[derive(Debug)]
pub(super) struct Log<K> {
    changes: BTreeMap<u64, K>,
    /// Where those are that are gone.
    gone: IdMap<K, u64>,
    /// The same places in their order.
    gone_at: BTreeSet<u64>,
    /// The last place of one that is gone and forgotten.
    pub forgotten: u64,
}

impl<K> Default for Log<K> {
    fn default() -> Log<K> {
        Log { changes: BTreeMap::new(), gone: IdMap::default(), gone_at: BTreeSet::new(), forgotten: 0 }
    }
}

impl<K: Clone + Eq + Hash> Log<K> {
    /// Notes a change of an item in place of the one before.
    pub fn saved(&mut self, key: &K, before: Option<u64>, revision: u64) {
        if let Some(before) = before.or_else(|| self.gone.remove(key)) {
            self.changes.remove(&before);
            self.gone_at.remove(&before);
        }
        self.changes.insert(revision, key.clone());
    }

    /// Notes that an item is gone. What came and went is not kept for ever: of what is gone the last `most` are remembered.
    pub fn deleted(&mut self, key: &K, before: Option<u64>, revision: u64, most: usize) {
        self.saved(key, before, revision);
        self.gone.insert(key.clone(), revision);
        self.gone_at.insert(revision);
        while self.gone.len() > most
            && let Some(oldest) = self.gone_at.pop_first()
        {
            self.forgotten = oldest;
            if let Some(key) = self.changes.remove(&oldest) {
                self.gone.remove(&key);
            }
        }
    }

    /// What changed after `revision`, in order.
    pub fn since(&self, revision: u64) -> impl Iterator<Item = (u64, &K)> {
        self.changes.range(revision + 1..).map(|(&at, key)| (at, key))
    }

    /// How many that are gone are remembered, and how many changes there are.
    #[cfg(test)]
    pub fn sizes(&self) -> (usize, usize) {
        assert_eq!(self.gone.len(), self.gone_at.len());
        (self.gone.len(), self.changes.len())
    }
}

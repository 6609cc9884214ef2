//! All things of one kind, in memory, with a log of what changed.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    hash::Hash,
    ops::Bound,
    sync::{
        Arc, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::model::IdMap;

/// Something that has a view.
pub trait Item: Debug + Send + Sync + 'static {
    /// What it has as long as it is there.
    type Key: Clone + Eq + Hash + Debug + Send + Sync;
    /// What it is found by, and listed in the order of.
    type Name: Clone + Ord + Debug + Send + Sync;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// Its name. No other item has it at the same time.
    fn name(&self) -> Self::Name;

    /// Grows with every change; always 0 for what has no versions.
    fn version(&self) -> u64;
}

/// An item that changed.
#[derive(Debug)]
pub enum Change<T: Item> {
    /// It is now so.
    Saved(Arc<T>),
    /// It is gone.
    Deleted(T::Key),
}

/// What changed of a view's items.
#[derive(Debug)]
pub struct Changes<T: Item> {
    /// The revision reached.
    pub revision: u64,
    /// Whatever was known before is to be forgotten: of what is gone since then, not all is remembered. The changes are then all
    /// that there is.
    pub anew: bool,
    /// In order of change, each item once.
    pub changes: Vec<Change<T>>,
}

/// So many items that are gone are remembered for those who follow the changes, or as many as there are, if they are more.
const GONE: usize = 10_000;

/// A complete, current view of all items of one kind.
#[derive(Debug)]
pub struct View<T: Item> {
    state: RwLock<State<T>>,
    /// That of the state, for those who only want to know whether they have seen everything.
    revision: AtomicU64,
}

#[derive(Debug)]
struct State<T: Item> {
    by_key: IdMap<T::Key, Entry<T>>,
    by_name: BTreeMap<T::Name, T::Key>,
    /// Each item at its last change only, also those that are gone and remembered.
    log: BTreeMap<u64, T::Key>,
    /// Where in the log those are that are gone.
    gone: IdMap<T::Key, u64>,
    /// The same places in their order.
    gone_at: BTreeSet<u64>,
    /// The last place of one that is gone and forgotten.
    forgotten: u64,
    revision: u64,
}

#[derive(Debug)]
struct Entry<T> {
    item: Arc<T>,
    revision: u64,
}

impl<T: Item> Default for View<T> {
    fn default() -> View<T> {
        let state = State {
            by_key: IdMap::default(),
            by_name: BTreeMap::new(),
            log: BTreeMap::new(),
            gone: IdMap::default(),
            gone_at: BTreeSet::new(),
            forgotten: 0,
            revision: 0,
        };
        View { state: RwLock::new(state), revision: AtomicU64::new(0) }
    }
}

impl<T: Item> View<T> {
    /// One item by its key.
    pub fn get(&self, key: impl Borrow<T::Key>) -> Option<Arc<T>> {
        self.read().by_key.get(key.borrow()).map(|entry| entry.item.clone())
    }

    /// One item by its name.
    pub fn named(&self, name: &T::Name) -> Option<Arc<T>> {
        let state = self.read();
        let key = state.by_name.get(name)?;
        state.by_key.get(key).map(|entry| entry.item.clone())
    }

    /// Every item, by name.
    pub fn all(&self) -> Vec<Arc<T>> {
        self.walk(Bound::Unbounded, |_| true, usize::MAX)
    }

    /// Items by name, beginning at `from`, as long as `goes_on`, at most `limit`.
    pub fn walk(&self, from: Bound<T::Name>, goes_on: impl Fn(&T::Name) -> bool, limit: usize) -> Vec<Arc<T>> {
        let state = self.read();
        let names = state.by_name.range((from, Bound::Unbounded)).take_while(|(name, _)| goes_on(name));
        names.filter_map(|(_, key)| state.by_key.get(key)).map(|entry| entry.item.clone()).take(limit).collect()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.read().by_key.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// What changed after `revision`. From 0: everything there is.
    pub fn changed_since(&self, revision: u64) -> Changes<T> {
        let state = self.read();
        let anew = revision < state.forgotten;
        let from = if anew { 0 } else { revision };
        let changes = state.log.range(from + 1..).filter_map(|(_, key)| match state.by_key.get(key) {
            Some(entry) => Some(Change::Saved(entry.item.clone())),
            None => (!anew).then(|| Change::Deleted(key.clone())),
        });
        Changes { revision: state.revision, anew, changes: changes.collect() }
    }

    /// Puts in what is there when the store is opened.
    pub(in crate::store) fn fill(&self, items: Vec<T>) {
        for item in items {
            self.apply(Change::Saved(Arc::new(item)));
        }
    }

    /// Puts a committed change in. An older version than the one that is there changes nothing.
    pub(in crate::store) fn apply(&self, change: Change<T>) {
        let mut state = self.write();
        match change {
            Change::Saved(item) => state.save(item),
            Change::Deleted(key) => state.delete(&key),
        }
        self.revision.store(state.revision, Ordering::Release);
    }

    fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        // Writers only insert and remove; a panic in between cannot leave what readers would misread.
        self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T: Item> State<T> {
    fn save(&mut self, item: Arc<T>) {
        let (key, name) = (item.key(), item.name());
        if let Some(before) = self.by_key.get(&key) {
            if before.item.version() > item.version() {
                return;
            }
            let old_name = before.item.name();
            if old_name != name {
                self.forget_name(&old_name, &key);
            }
        }
        let revision = self.log(&key);
        self.by_name.insert(name, key.clone());
        self.by_key.insert(key, Entry { item, revision });
    }

    fn delete(&mut self, key: &T::Key) {
        if !self.by_key.contains_key(key) {
            return;
        }
        let revision = self.log(key);
        self.gone.insert(key.clone(), revision);
        self.gone_at.insert(revision);
        if let Some(entry) = self.by_key.remove(key) {
            self.forget_name(&entry.item.name(), key);
        }
        self.forget_gone();
    }

    /// What came and went is not kept for ever, only for those who follow.
    fn forget_gone(&mut self) {
        while self.gone.len() > self.by_key.len().max(GONE)
            && let Some(oldest) = self.gone_at.pop_first()
        {
            self.forgotten = oldest;
            if let Some(key) = self.log.remove(&oldest) {
                self.gone.remove(&key);
            }
        }
    }

    /// Unless another item has the name by now.
    fn forget_name(&mut self, name: &T::Name, key: &T::Key) {
        if self.by_name.get(name) == Some(key) {
            self.by_name.remove(name);
        }
    }

    /// Notes a change of this item, in place of the one before.
    fn log(&mut self, key: &T::Key) -> u64 {
        let before = self.by_key.get(key).map(|entry| entry.revision);
        if let Some(before) = before.or_else(|| self.gone.remove(key)) {
            self.log.remove(&before);
            self.gone_at.remove(&before);
        }
        self.revision += 1;
        self.log.insert(self.revision, key.clone());
        self.revision
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A thing whose name can change.
    #[derive(PartialEq, Debug)]
    struct Thing {
        key: u8,
        name: u8,
        version: u64,
    }

    impl Item for Thing {
        type Key = u8;
        type Name = u8;
        fn key(&self) -> u8 {
            self.key
        }
        fn name(&self) -> u8 {
            self.name
        }
        fn version(&self) -> u64 {
            self.version
        }
    }

    fn saved(key: u8, name: u8, version: u64) -> Change<Thing> {
        Change::Saved(Arc::new(Thing { key, name, version }))
    }

    #[test]
    fn an_older_version_that_comes_late_changes_nothing() {
        let view = View::default();
        view.apply(saved(1, 1, 2));
        let revision = view.revision();
        view.apply(saved(1, 1, 1));
        assert_eq!((view.revision(), view.get(1).unwrap().version), (revision, 2));
    }

    #[test]
    fn a_name_that_was_given_up_finds_nothing_and_one_that_was_taken_over_finds_the_new_item() {
        let view = View::default();
        view.apply(saved(1, 7, 1));
        view.apply(saved(1, 8, 2));
        assert_eq!((view.named(&7), view.named(&8).unwrap().key), (None, 1));
        view.apply(saved(2, 8, 1));
        view.apply(Change::Deleted(1));
        assert_eq!(view.named(&8).unwrap().key, 2);
    }

    #[test]
    fn an_item_that_comes_and_goes_is_in_the_log_once() {
        let view = View::default();
        for version in 1..100 {
            view.apply(saved(1, 1, version));
            view.apply(Change::Deleted(1));
        }
        assert!(matches!(view.changed_since(0).changes[..], [Change::Deleted(1)]));
        view.apply(saved(1, 1, 100));
        assert!(matches!(&view.changed_since(0).changes[..], [Change::Saved(thing)] if thing.version == 100));
        assert!(view.read().gone.is_empty() && view.read().gone_at.is_empty());
    }

    /// One of very many.
    #[derive(Debug)]
    struct Many(u64);

    impl Item for Many {
        type Key = u64;
        type Name = u64;
        fn key(&self) -> u64 {
            self.0
        }
        fn name(&self) -> u64 {
            self.0
        }
        fn version(&self) -> u64 {
            0
        }
    }

    #[test]
    fn of_what_came_and_went_so_much_is_remembered_and_who_is_behind_it_begins_anew() {
        let view = View::default();
        view.apply(Change::Saved(Arc::new(Many(0))));
        let mut behind = Vec::new();
        for key in 1..=3 * GONE as u64 {
            view.apply(Change::Saved(Arc::new(Many(key))));
            behind.push(view.revision());
            view.apply(Change::Deleted(key));
        }
        {
            let state = view.read();
            assert_eq!((state.gone.len(), state.gone_at.len(), state.log.len()), (GONE, GONE, GONE + 1));
        }
        let recent = view.changed_since(behind[2 * GONE + 5]);
        assert!(!recent.anew && recent.changes.len() == GONE - 5, "{}", recent.changes.len());
        for revision in [0, behind[5], behind[2 * GONE - 1]] {
            let all = view.changed_since(revision);
            assert!(all.anew && matches!(&all.changes[..], [Change::Saved(item)] if item.0 == 0), "{all:?}");
        }
    }

    proptest! {
        /// Who follows the changes, however often it looks, has what the view has.
        #[test]
        fn who_follows_the_changes_has_what_is_there(steps in prop::collection::vec((0u8..6, any::<bool>(), any::<bool>()), 0..60)) {
            let view = View::default();
            let (mut followed, mut reached) = (BTreeMap::new(), 0);
            for (place, (key, save, look)) in steps.into_iter().enumerate() {
                view.apply(if save { saved(key, key, place as u64) } else { Change::Deleted(key) });
                if look {
                    let Changes { revision, changes, .. } = view.changed_since(reached);
                    reached = revision;
                    for change in changes {
                        match change {
                            Change::Saved(thing) => drop(followed.insert(thing.key, thing)),
                            Change::Deleted(key) => drop(followed.remove(&key)),
                        }
                    }
                    prop_assert_eq!(followed.values().cloned().collect::<Vec<_>>(), view.all());
                }
            }
        }
    }
}

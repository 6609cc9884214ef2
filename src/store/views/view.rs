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

use super::log::Log;
use crate::model::IdMap;

/// Something that has a view.
pub trait Item: Debug + Send + Sync + 'static {
    /// What it has as long as it is there.
    type Key: Clone + Ord + Hash + Debug + Send + Sync;
    /// What it is found by, and all are listed in the order of.
    type Name: Clone + Ord + Debug + Send + Sync;
    /// Whose it is, for those who follow one owner's only; `()` where nobody does.
    type Group: Copy + Ord + Hash + Debug + Send + Sync;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// Its name. No other item has it at the same time.
    fn name(&self) -> Self::Name;

    /// Its group, always the same.
    fn group(&self) -> Self::Group;

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
    /// Of what is gone since then, not all is remembered and among the changes: whoever keeps something of items drops that of
    /// those which are not in the view.
    pub more_is_gone: bool,
    /// In order of change, each item once.
    pub changes: Vec<Change<T>>,
}

/// What the log of a group has next.
#[derive(Debug)]
pub(super) struct Next<T: Item> {
    /// Of what was gone by this revision, not all is remembered.
    pub forgotten: u64,
    /// The next change, and the revision reached with it; none after the last.
    pub change: Option<(u64, Change<T>)>,
    /// The group's revision.
    pub revision: u64,
}

/// Up to where the changes of a group go. Looking at it takes no lock, whatever changes in other groups.
#[derive(Clone, Debug, Default)]
pub struct GroupRevision(Arc<AtomicU64>);

impl GroupRevision {
    /// Grows with every change in the group.
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// A complete, current view of all items of one kind.
#[derive(Debug)]
pub struct View<T: Item> {
    state: RwLock<State<T>>,
    /// That of the state, for those who only want to know whether they have seen everything.
    revision: AtomicU64,
}

/// So many items that are gone are remembered for those who follow the changes, or as many as there are, if they are more.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    of_all: usize,
    of_group: usize,
}

/// A group's owner looks through what it has left when more is gone, which is less than what is gone.
const REMEMBERED: Remembered = Remembered { of_all: 10_000, of_group: 100 };

#[derive(Debug)]
struct State<T: Item> {
    by_key: IdMap<T::Key, Entry<T>>,
    by_name: BTreeMap<T::Name, T::Key>,
    log: Log<T::Key>,
    groups: BTreeMap<T::Group, Group<T::Key>>,
    revision: u64,
    remembered: Remembered,
}

#[derive(Debug)]
struct Entry<T> {
    item: Arc<T>,
    revision: u64,
}

/// The same of one group: what happens in others changes nothing in it.
#[derive(Debug)]
struct Group<K> {
    /// Of its items.
    keys: BTreeSet<K>,
    log: Log<K>,
    revision: GroupRevision,
}

impl<K> Default for Group<K> {
    fn default() -> Group<K> {
        Group { keys: BTreeSet::new(), log: Log::default(), revision: GroupRevision::default() }
    }
}

impl<T: Item> Default for View<T> {
    fn default() -> View<T> {
        View::remembering(REMEMBERED)
    }
}

impl<T: Item> View<T> {
    fn remembering(remembered: Remembered) -> View<T> {
        let state = State {
            by_key: IdMap::default(),
            by_name: BTreeMap::new(),
            log: Log::default(),
            groups: BTreeMap::new(),
            revision: 0,
            remembered,
        };
        View { state: RwLock::new(state), revision: AtomicU64::new(0) }
    }

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

    /// The items from this name on, by name, at most `limit`.
    pub fn from_name(&self, name: &T::Name, limit: usize) -> Vec<Arc<T>> {
        let state = self.read();
        let keys = state.by_name.range(name..).map(|(_, key)| key);
        keys.filter_map(|key| state.by_key.get(key)).map(|entry| entry.item.clone()).take(limit).collect()
    }

    /// Every item, by name.
    pub fn all(&self) -> Vec<Arc<T>> {
        let state = self.read();
        state.by_name.values().filter_map(|key| state.by_key.get(key)).map(|entry| entry.item.clone()).collect()
    }

    /// A group's items by key, the greatest first: those below `before` only, at most `limit`.
    pub fn last_of(&self, group: T::Group, before: Option<&T::Key>, limit: usize) -> Vec<Arc<T>> {
        let state = self.read();
        let Some(group) = state.groups.get(&group) else { return Vec::new() };
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let keys = group.keys.range((Bound::Unbounded, end)).rev();
        keys.filter_map(|key| state.by_key.get(key)).map(|entry| entry.item.clone()).take(limit).collect()
    }

    /// The same from the least on: those above `after` only.
    pub fn first_of(&self, group: T::Group, after: Option<&T::Key>, limit: usize) -> Vec<Arc<T>> {
        let state = self.read();
        let Some(group) = state.groups.get(&group) else { return Vec::new() };
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let keys = group.keys.range((begin, Bound::Unbounded));
        keys.filter_map(|key| state.by_key.get(key)).map(|entry| entry.item.clone()).take(limit).collect()
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
        let changes = state.log.since(revision).map(|(_, key)| state.change(key)).collect();
        Changes { revision: state.revision, more_is_gone: revision < state.log.forgotten, changes }
    }

    /// The groups that have items.
    pub fn groups(&self) -> Vec<T::Group> {
        let state = self.read();
        state.groups.iter().filter(|(_, group)| !group.keys.is_empty()).map(|(&group, _)| group).collect()
    }

    /// Whether a group has items.
    pub fn has_items(&self, group: T::Group) -> bool {
        self.read().groups.get(&group).is_some_and(|group| !group.keys.is_empty())
    }

    /// Up to where the changes of a group go, from now on.
    pub fn revision_of(&self, group: T::Group) -> GroupRevision {
        self.write().groups.entry(group).or_default().revision.clone()
    }

    /// The next change in a group after `revision`, as far as it is remembered.
    pub(super) fn next_change(&self, group: T::Group, revision: u64) -> Next<T> {
        let state = self.read();
        let Some(group) = state.groups.get(&group) else { return Next { forgotten: 0, change: None, revision: 0 } };
        let change = group.log.since(revision).next().map(|(at, key)| (at, state.change(key)));
        Next { forgotten: group.log.forgotten, change, revision: group.revision.now() }
    }

    /// Forgets the groups that have no items and that nobody follows.
    pub fn forget_empty_groups(&self) {
        let is_used = |group: &Group<T::Key>| !group.keys.is_empty() || Arc::strong_count(&group.revision.0) > 1;
        // All are looked at while others read; only those to forget, of which some may be used again, while nobody does.
        let unused: Vec<T::Group> =
            self.read().groups.iter().filter(|(_, group)| !is_used(group)).map(|(&key, _)| key).collect();
        if unused.is_empty() {
            return;
        }
        let groups = &mut self.write().groups;
        for key in unused {
            if groups.get(&key).is_some_and(|group| !is_used(group)) {
                groups.remove(&key);
            }
        }
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
        let replaced = match change {
            Change::Saved(item) => state.save(item),
            Change::Deleted(key) => state.delete(&key),
        };
        self.revision.store(state.revision, Ordering::Release);
        drop(state);
        // It can be large, and nobody waits for it to be taken apart.
        drop(replaced);
    }

    fn read(&self) -> RwLockReadGuard<'_, State<T>> {
        // Writers only insert and remove; a panic in between cannot leave what readers would misread.
        self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
impl<T: Item> View<T> {
    /// How many changes of a group are remembered.
    pub fn changes_of(&self, group: T::Group) -> usize {
        self.read().groups.get(&group).map_or(0, |group| group.log.sizes().1)
    }
}

impl<T: Item> State<T> {
    /// Returns the item that was there before.
    fn save(&mut self, item: Arc<T>) -> Option<Arc<T>> {
        let (key, name) = (item.key(), item.name());
        let before = self.by_key.get(&key).map(|entry| entry.revision);
        if let Some(before) = self.by_key.get(&key) {
            if before.item.version() > item.version() {
                return None;
            }
            let old_name = before.item.name();
            if old_name != name {
                self.forget_name(&old_name, &key);
            }
        }
        self.revision += 1;
        let revision = self.revision;
        self.log.saved(&key, before, revision);
        let group = self.groups.entry(item.group()).or_default();
        if before.is_none() {
            group.keys.insert(key.clone());
        }
        group.log.saved(&key, before, revision);
        let of_group = group.revision.clone();
        self.by_name.insert(name, key.clone());
        let replaced = self.by_key.insert(key, Entry { item, revision });
        of_group.0.store(revision, Ordering::Release);
        replaced.map(|before| before.item)
    }

    /// Returns the item that is gone.
    fn delete(&mut self, key: &T::Key) -> Option<Arc<T>> {
        let Entry { item, revision: before } = self.by_key.remove(key)?;
        self.forget_name(&item.name(), key);
        self.revision += 1;
        let Remembered { of_all, of_group } = self.remembered;
        self.log.deleted(key, Some(before), self.revision, of_all.max(self.by_key.len()));
        let group = self.groups.entry(item.group()).or_default();
        group.keys.remove(key);
        group.log.deleted(key, Some(before), self.revision, of_group.max(group.keys.len()));
        group.revision.0.store(self.revision, Ordering::Release);
        Some(item)
    }

    /// Unless another item has the name by now.
    fn forget_name(&mut self, name: &T::Name, key: &T::Key) {
        if self.by_name.get(name) == Some(key) {
            self.by_name.remove(name);
        }
    }

    fn change(&self, key: &T::Key) -> Change<T> {
        match self.by_key.get(key) {
            Some(entry) => Change::Saved(entry.item.clone()),
            None => Change::Deleted(key.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::{Followed, Step};

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
        /// Two groups.
        type Group = bool;
        fn key(&self) -> u8 {
            self.key
        }
        fn name(&self) -> u8 {
            self.name
        }
        fn group(&self) -> bool {
            self.key.is_multiple_of(2)
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
        assert_eq!(view.read().log.sizes(), (0, 1));
    }

    /// Remembers three of all that are gone, and one of each group.
    fn forgetful() -> View<Thing> {
        View::remembering(Remembered { of_all: 3, of_group: 1 })
    }

    #[test]
    fn of_what_came_and_went_so_much_is_remembered_and_who_is_behind_it_is_told() {
        let view = forgetful();
        view.apply(saved(0, 0, 0));
        let mut behind = Vec::new();
        for key in 1..=9 {
            view.apply(saved(key, key, 0));
            behind.push(view.revision());
            view.apply(Change::Deleted(key));
        }
        assert_eq!(view.read().log.sizes(), (3, 4));
        let recent = view.changed_since(behind[6]);
        assert!(!recent.more_is_gone && recent.changes.len() == 3, "{recent:?}");
        for revision in [1, behind[0], behind[5]] {
            let changes = view.changed_since(revision);
            assert!(changes.more_is_gone && matches!(changes.changes[..], [Change::Deleted(7), ..]), "{changes:?}");
        }
    }

    #[test]
    fn what_is_gone_of_one_group_is_forgotten_in_no_other() {
        let view = forgetful();
        for key in [0, 2, 4] {
            view.apply(saved(key, key, 0));
        }
        let (even, reached) = (view.revision_of(true), view.revision_of(true).now());
        view.apply(Change::Deleted(2));
        for key in [1, 3, 5, 7, 9, 1, 3, 5, 7, 9] {
            view.apply(saved(key, key, 0));
            view.apply(Change::Deleted(key));
        }
        let next = view.next_change(true, reached);
        assert!(next.forgotten == 0 && matches!(next.change, Some((_, Change::Deleted(2)))), "{next:?}");
        assert_eq!((next.revision, next.change.map(|(at, _)| at)), (even.now(), Some(reached + 1)));
        assert!(view.next_change(false, 0).forgotten > reached && view.changed_since(reached).more_is_gone);
    }

    #[test]
    fn a_group_without_items_is_forgotten_when_nobody_follows_it() {
        let view = View::default();
        let even = view.revision_of(true);
        for key in [1, 2] {
            view.apply(saved(key, key, 0));
        }
        for key in [1, 2] {
            view.apply(Change::Deleted(key));
        }
        view.forget_empty_groups();
        assert_eq!(view.read().groups.keys().collect::<Vec<_>>(), [&true]);
        let reached = even.now();
        view.apply(saved(4, 4, 0));
        assert!(even.now() > reached && view.groups() == [true]);
    }

    proptest! {
        /// Who follows the changes, however often it looks, has what the view has.
        #[test]
        fn who_follows_the_changes_has_what_is_there(
            steps in prop::collection::vec((0u8..9, any::<bool>(), any::<bool>()), 0..60), forgets in any::<bool>(),
        ) {
            let view = if forgets { forgetful() } else { View::default() };
            let (mut followed, mut reached) = (BTreeMap::new(), 0);
            for (place, (key, save, look)) in steps.into_iter().enumerate() {
                view.apply(if save { saved(key, key, place as u64) } else { Change::Deleted(key) });
                if look {
                    let Changes { revision, more_is_gone, changes } = view.changed_since(reached);
                    reached = revision;
                    if more_is_gone {
                        followed.retain(|key: &u8, _| view.get(key).is_some());
                    }
                    changes.into_iter().for_each(|change| follow(&mut followed, change));
                    prop_assert_eq!(followed.values().cloned().collect::<Vec<_>>(), view.all());
                }
            }
        }

        /// Step by step, with changes between any two of them, and whatever happens in the other group.
        #[test]
        fn who_follows_a_group_has_what_is_in_it(
            steps in prop::collection::vec((0u8..24, prop::bool::weighted(0.1), 0..2usize), 0..60), forgets in any::<bool>(),
        ) {
            let view = if forgets { forgetful() } else { View::default() };
            // All are there at first, so that more goes than is remembered of what few are left.
            (0..24).for_each(|key| view.apply(saved(key, key, 0)));
            let (mut held, mut followed) = (BTreeMap::new(), Followed::default());
            let mut step = |view: &View<Thing>| {
                let after = |key: Option<&u8>| {
                    let from = key.map_or(Bound::Unbounded, |&key| Bound::Excluded(key));
                    held.range((from, Bound::Unbounded)).next().map(|(&key, _)| key)
                };
                let Step { change, then } = view.next_step(true, &followed, after);
                change.into_iter().for_each(|change| follow(&mut held, change));
                followed = then;
                (followed.revision(), held.clone())
            };
            while step(&view).0 < view.revision_of(true).now() {}
            for (place, (key, save, most)) in steps.into_iter().enumerate() {
                view.apply(if save { saved(key, key, place as u64) } else { Change::Deleted(key) });
                for _ in 0..most {
                    step(&view);
                }
            }
            let all = view.revision_of(true).now();
            let held = loop {
                let (revision, held) = step(&view);
                if revision >= all {
                    break held;
                }
            };
            let in_group = view.all().into_iter().filter(|thing| thing.group()).collect::<Vec<_>>();
            prop_assert_eq!(held.values().cloned().collect::<Vec<_>>(), in_group);
        }
    }

    fn follow(followed: &mut BTreeMap<u8, Arc<Thing>>, change: Change<Thing>) {
        match change {
            Change::Saved(thing) => drop(followed.insert(thing.key, thing)),
            Change::Deleted(key) => drop(followed.remove(&key)),
        }
    }
}

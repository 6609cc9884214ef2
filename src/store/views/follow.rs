//! Following the changes of one group in small steps, with anything between two of them: other tenants' turns, whole requests,
//! and more changes.
//!
//! What the log remembers comes change by change. Of what it does not remember any more, the follower goes through all that it
//! holds, one item a step. Such a pass proves that what was gone when it *began* is taken out, and nothing of what went since:
//! an item may be deleted, and that be forgotten, when the pass is past it.

use super::view::{Change, Item, Next, View};

/// How far somebody has followed the changes of a group.
#[derive(Clone, Debug)]
pub struct Followed<K> {
    /// All that changed up to here has come, but for deletions that were forgotten by then.
    revision: u64,
    /// All that was gone by here is taken out, also what was forgotten.
    rid_of_gone_by: u64,
    pass: Option<Pass<K>>,
}

/// Going through all that the follower holds.
#[derive(Clone, Debug)]
struct Pass<K> {
    /// The group's revision when the pass began.
    began_at: u64,
    /// The last item that was looked at.
    reached: Option<K>,
}

/// What a follower does next.
#[derive(Debug)]
pub struct Step<T: Item> {
    /// What it takes in; nothing where only the place moves on.
    pub change: Option<Change<T>>,
    /// Where it is once that is taken in.
    pub then: Followed<T::Key>,
}

impl<K> Followed<K> {
    /// Up to where changes have come.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

impl<K> Default for Followed<K> {
    fn default() -> Followed<K> {
        Followed { revision: 0, rid_of_gone_by: 0, pass: None }
    }
}

impl<T: Item> View<T> {
    /// The next step of one who has followed a group so far. `held_after`: the first item that the follower holds after this
    /// one, in an order of its own that does not change.
    pub fn next_step(
        &self,
        group: T::Group,
        followed: &Followed<T::Key>,
        held_after: impl FnOnce(Option<&T::Key>) -> Option<T::Key>,
    ) -> Step<T> {
        let Next { forgotten, change, revision } = self.next_change(group, followed.revision);
        if followed.revision.max(followed.rid_of_gone_by) >= forgotten {
            let (revision, change) = change.map_or((revision, None), |(at, change)| (at, Some(change)));
            return Step { change, then: Followed { revision, ..followed.clone() } };
        }
        let Pass { began_at, reached } = followed.pass.clone().unwrap_or(Pass { began_at: revision, reached: None });
        let Some(key) = held_after(reached.as_ref()) else {
            return Step { change: None, then: Followed { rid_of_gone_by: began_at, pass: None, ..followed.clone() } };
        };
        let change = self.get(&key).is_none().then(|| Change::Deleted(key.clone()));
        Step { change, then: Followed { pass: Some(Pass { began_at, reached: Some(key) }), ..followed.clone() } }
    }
}

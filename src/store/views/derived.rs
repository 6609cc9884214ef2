//! What is made of a view's items and kept beside it: an index, compiled schemas, quotas.

use std::{
    ops::Deref,
    sync::{RwLock, RwLockReadGuard},
};

use super::{Change, Item, View};

/// Something made of a view's items. Each look at it brings it up to date first, so that it follows every change that
/// was committed, whoever made it.
#[derive(Default, Debug)]
pub struct Derived<D>(RwLock<Followed<D>>);

#[derive(Default, Debug)]
struct Followed<D> {
    /// Up to where in the view's changes it goes.
    revision: u64,
    made: D,
}

/// A look at a [`Derived`]. Not to be held across an `.await`.
pub struct Look<'a, D>(RwLockReadGuard<'a, Followed<D>>);

impl<D> Deref for Look<'_, D> {
    type Target = D;
    fn deref(&self) -> &D {
        &self.0.made
    }
}

impl<D: Default> Derived<D> {
    /// Looks at it as it is after every change of `view` that was committed before. `follow` is what a change means; it
    /// hears of each item at its last change only.
    pub fn look<T: Item>(&self, view: &View<T>, mut follow: impl FnMut(&mut D, Change<T>)) -> Look<'_, D> {
        let current = self.read();
        if current.revision == view.revision() {
            return Look(current);
        }
        drop(current);
        let mut state = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut changed = view.changed_since(state.revision);
        if changed.more_is_gone {
            state.made = D::default();
            changed = view.changed_since(0);
        }
        changed.changes.into_iter().for_each(|change| follow(&mut state.made, change));
        state.revision = changed.revision;
        drop(state);
        Look(self.read())
    }

    fn read(&self) -> RwLockReadGuard<'_, Followed<D>> {
        // A panic in `follow` leaves the revision where it was, so that the changes are followed again.
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

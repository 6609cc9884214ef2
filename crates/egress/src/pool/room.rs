//! How many idle connections are kept, and of whom.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How many idle connections an owner may keep: of what is left, no more than it leaves for others.
pub(super) struct Room {
    held: AtomicUsize,
    all: Arc<AtomicUsize>,
    most: usize,
}

impl Room {
    /// An owner's, of those that all keep together, `most` of them.
    pub fn new(all: Arc<AtomicUsize>, most: usize) -> Room {
        Room { held: AtomicUsize::new(0), all, most }
    }

    /// Room for one more, if its owner may keep it.
    pub fn take(&self) -> bool {
        let left = self.most.saturating_sub(self.all.load(Ordering::Relaxed));
        if self.held.load(Ordering::Relaxed) >= left {
            return false;
        }
        self.held.fetch_add(1, Ordering::Relaxed);
        self.all.fetch_add(1, Ordering::Relaxed);
        true
    }

    pub fn give_back(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_keeps_no_more_than_it_leaves_and_gets_back_what_it_gave() {
        let all = Arc::new(AtomicUsize::new(0));
        let (greedy, other) = (Room::new(all.clone(), 8), Room::new(all.clone(), 8));
        let fill = |room: &Room| std::iter::from_fn(|| room.take().then_some(())).count();
        assert_eq!((fill(&greedy), fill(&other)), (4, 2));
        greedy.give_back();
        assert_eq!((fill(&other), fill(&greedy), all.load(Ordering::Relaxed)), (1, 0, 6));
        (0..3).for_each(|_| other.give_back());
        assert_eq!(fill(&greedy), 1);
    }
}

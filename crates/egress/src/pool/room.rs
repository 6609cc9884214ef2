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
        // Taken before it is known whether it may be: of threads that come at one time, the one that is last in counting for all
        // sees what each of the others has taken.
        self.held.fetch_add(1, Ordering::Relaxed);
        let all = self.all.fetch_add(1, Ordering::AcqRel);
        let held = self.held.load(Ordering::Relaxed).saturating_sub(1);
        let may = held < self.most.saturating_sub(all);
        if !may {
            self.give_back();
        }
        may
    }

    pub fn give_back(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

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

    #[test]
    fn threads_that_come_at_one_time_do_not_pass_the_bound_together() {
        let room = Room::new(Arc::new(AtomicUsize::new(0)), 2);
        let holders = AtomicUsize::new(0);
        let most = thread::scope(|scope| {
            let comes_and_goes = || {
                let mut most = 0;
                for _ in 0..2_000_000 {
                    if room.take() {
                        most = most.max(holders.fetch_add(1, Ordering::SeqCst) + 1);
                        holders.fetch_sub(1, Ordering::SeqCst);
                        room.give_back();
                    }
                }
                most
            };
            let threads = [(); 3].map(|()| scope.spawn(comes_and_goes));
            threads.into_iter().map(|thread| thread.join().unwrap()).max()
        });
        assert_eq!((most, room.all.load(Ordering::Relaxed)), (Some(1), 0));
    }
}

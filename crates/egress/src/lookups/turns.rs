//! Whose look-up goes next.
//!
//! There are only so many places for look-ups, and one whose name is never answered holds its place for long. So all names
//! that were slow before hold half of the places at most; and of what the names of one kind may hold, those of one owner hold
//! no more than they leave for all others. What becomes free goes round those that wait and may have it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::owner::Owner;

/// All places for look-ups. Clones share them.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Mutex<Places>>);

struct Places {
    most: usize,
    free: usize,
    /// How many of those that are not free are for slow names.
    slow: usize,
    /// Nobody who holds none.
    held: HashMap<Asker, usize>,
    /// Nobody who waits for none.
    waiting: HashMap<Asker, VecDeque<Waiter>>,
    /// Those that wait, in the order of their turns.
    round: VecDeque<Asker>,
    /// Of the next waiter.
    number: u64,
}

/// Look-ups that share places: those of an owner, of names that were slow before, or of all others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Asker {
    pub owner: Owner,
    pub is_slow: bool,
}

struct Waiter {
    number: u64,
    turn: oneshot::Sender<Turn>,
}

/// A place for one look-up, until it is dropped.
pub(crate) struct Turn {
    turns: Turns,
    asker: Asker,
}

/// Leaves the queue when it is dropped.
struct Waiting<'t> {
    turns: &'t Turns,
    asker: Asker,
    number: u64,
}

impl Turns {
    /// This many places.
    pub fn new(places: usize) -> Turns {
        let (held, waiting, round) = (HashMap::new(), HashMap::new(), VecDeque::new());
        let most = places.max(1);
        Turns(Arc::new(Mutex::new(Places { most, free: most, slow: 0, held, waiting, round, number: 0 })))
    }

    /// A place for one more look-up, when it may have one. Cancel-safe: who gives up waits no more.
    pub async fn take(&self, asker: Asker) -> Turn {
        let (waiting, turn) = {
            let mut places = self.locked();
            if places.may_take(asker) && !places.waiting.contains_key(&asker) {
                places.take(asker);
                return Turn { turns: self.clone(), asker };
            }
            let (sender, turn) = oneshot::channel();
            (Waiting { turns: self, asker, number: places.enqueue(asker, sender) }, turn)
        };
        let turn = turn.await;
        drop(waiting);
        // A waiter is taken out of the queue to be given its turn, or by itself.
        turn.unwrap_or_else(|_| unreachable!("nobody but the waiter drops its place in the queue"))
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.locked().waiting.values().map(VecDeque::len).sum()
    }

    fn give_back(&self, asker: Asker) {
        let mut given = Vec::new();
        {
            let mut places = self.locked();
            places.give_back(asker);
            while let Some((asker, waiter)) = places.next() {
                places.take(asker);
                given.push((Turn { turns: self.clone(), asker }, waiter));
            }
        }
        for (turn, waiter) in given {
            // Who has given up in this moment gives it back, by dropping it.
            drop(waiter.turn.send(turn));
        }
    }

    fn locked(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// Each that it takes is one more for it, and one less for all others.
    fn may_take(&self, asker: Asker) -> bool {
        let left = match asker.is_slow {
            true => self.free.min((self.most / 2).max(1).saturating_sub(self.slow)),
            false => self.free,
        };
        self.held.get(&asker).copied().unwrap_or_default() < left
    }

    fn take(&mut self, asker: Asker) {
        self.free -= 1;
        self.slow += usize::from(asker.is_slow);
        *self.held.entry(asker).or_default() += 1;
    }

    fn give_back(&mut self, asker: Asker) {
        self.free += 1;
        self.slow -= usize::from(asker.is_slow);
        if let Some(held) = self.held.get_mut(&asker) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&asker);
            }
        }
    }

    fn enqueue(&mut self, asker: Asker, turn: oneshot::Sender<Turn>) -> u64 {
        self.number += 1;
        let queue = self.waiting.entry(asker).or_default();
        if queue.is_empty() {
            self.round.push_back(asker);
        }
        queue.push_back(Waiter { number: self.number, turn });
        self.number
    }

    /// The waiter whose turn it is, of the owner that has waited longest of those that may have a place.
    fn next(&mut self) -> Option<(Asker, Waiter)> {
        let place = self.round.iter().position(|&asker| self.may_take(asker))?;
        let asker = self.round.remove(place)?;
        let queue = self.waiting.get_mut(&asker)?;
        let waiter = queue.pop_front()?;
        match queue.is_empty() {
            true => drop(self.waiting.remove(&asker)),
            false => self.round.push_back(asker),
        }
        Some((asker, waiter))
    }

    fn leave(&mut self, asker: Asker, number: u64) {
        let Some(queue) = self.waiting.get_mut(&asker) else { return };
        queue.retain(|waiter| waiter.number != number);
        if queue.is_empty() {
            self.waiting.remove(&asker);
            self.round.retain(|&other| other != asker);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.give_back(self.asker);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.locked().leave(self.asker, self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    fn quick(owner: u64) -> Asker {
        Asker { owner: Owner(owner), is_slow: false }
    }

    fn slow(owner: u64) -> Asker {
        Asker { owner: Owner(owner), is_slow: true }
    }

    fn taken(turns: &Turns, asker: Asker) -> Option<Turn> {
        turns.take(asker).now_or_never()
    }

    fn takes_all_it_may(turns: &Turns, asker: Asker) -> Vec<Turn> {
        std::iter::from_fn(|| taken(turns, asker)).collect()
    }

    #[test]
    fn an_owner_takes_no_more_than_it_leaves() {
        let turns = Turns::new(64);
        let (first, second) = (takes_all_it_may(&turns, quick(1)), takes_all_it_may(&turns, quick(2)));
        assert_eq!((first.len(), second.len()), (32, 16));
        assert!(taken(&turns, quick(3)).is_some());
        assert_eq!(turns.waiting(), 0, "who gave up waits no more");
    }

    #[test]
    fn names_that_were_slow_before_leave_half_of_the_places_to_others() {
        let turns = Turns::new(64);
        let (first, second) = (takes_all_it_may(&turns, slow(1)), takes_all_it_may(&turns, slow(2)));
        assert_eq!((first.len(), second.len()), (16, 8));
        let _rest: Vec<_> = (3..20).flat_map(|owner| takes_all_it_may(&turns, slow(owner))).collect();
        assert!(taken(&turns, slow(99)).is_none());
        assert_eq!(takes_all_it_may(&turns, quick(1)).len(), 16, "also of the owner whose names are slow");
    }

    #[test]
    fn what_is_given_back_goes_round_those_that_wait_and_may_have_it() {
        let turns = Turns::new(8);
        let (mut hanging, others) = (takes_all_it_may(&turns, quick(1)), takes_all_it_may(&turns, quick(2)));
        assert_eq!((hanging.len(), others.len()), (4, 2));
        let mut more = Box::pin(turns.take(quick(1)));
        let mut other = Box::pin(turns.take(quick(2)));
        assert!((&mut more).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        assert_eq!(turns.waiting(), 2);
        drop(hanging.pop());
        assert!((&mut more).now_or_never().is_none(), "it would hold four and leave two");
        assert!((&mut other).now_or_never().is_some(), "it comes after the first in the queue, but may have one");
        drop(others);
        assert!((&mut more).now_or_never().is_some());
    }

    #[test]
    fn a_turn_that_its_waiter_does_not_take_up_goes_to_the_next() {
        let turns = Turns::new(1);
        let held = taken(&turns, quick(1)).unwrap();
        let mut gives_up = Box::pin(turns.take(quick(2)));
        let mut next = Box::pin(turns.take(quick(3)));
        assert!((&mut gives_up).now_or_never().is_none() && (&mut next).now_or_never().is_none());
        drop(held);
        drop(gives_up);
        assert!(next.now_or_never().is_some());
    }

    proptest! {
        #[test]
        fn a_newcomer_finds_a_place_while_any_is_left_and_nothing_is_kept(places in 1usize..40, asks: Vec<(u64, bool)>) {
            let turns = Turns::new(places);
            let mut held: Vec<Turn> = Vec::new();
            for (owner, gives_back) in asks {
                if gives_back && !held.is_empty() {
                    held.swap_remove(owner as usize % held.len());
                } else {
                    held.extend(taken(&turns, Asker { owner: Owner(owner % 5), is_slow: owner % 2 == 0 }));
                }
                prop_assert_eq!(turns.locked().free, places - held.len());
                prop_assert_eq!(taken(&turns, quick(99)).is_some(), held.len() < places);
                let of_slow = held.iter().filter(|turn| turn.asker.is_slow).count();
                let left = held.len() < places && of_slow < (places / 2).max(1);
                prop_assert_eq!(taken(&turns, slow(99)).is_some(), left);
            }
            held.clear();
            let left = turns.locked();
            prop_assert!(left.held.is_empty() && left.waiting.is_empty() && left.round.is_empty() && left.free == places && left.slow == 0);
        }
    }
}

//! Whose look-up goes next.
//!
//! There are only so many places for look-ups, and one whose name is never answered holds its place for long. So an owner
//! holds no more places than it leaves for all others, and what becomes free goes round those that wait and may have it.

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
    free: usize,
    /// Nobody who holds none.
    held: HashMap<Owner, usize>,
    /// Nobody who waits for none.
    waiting: HashMap<Owner, VecDeque<Waiter>>,
    /// Those that wait, in the order of their turns.
    round: VecDeque<Owner>,
    /// Of the next waiter.
    number: u64,
}

struct Waiter {
    number: u64,
    turn: oneshot::Sender<Turn>,
}

/// A place for one look-up, until it is dropped.
pub(crate) struct Turn {
    turns: Turns,
    owner: Owner,
}

/// Leaves the queue when it is dropped.
struct Waiting<'t> {
    turns: &'t Turns,
    owner: Owner,
    number: u64,
}

impl Turns {
    /// This many places.
    pub fn new(places: usize) -> Turns {
        let (held, waiting, round) = (HashMap::new(), HashMap::new(), VecDeque::new());
        Turns(Arc::new(Mutex::new(Places { free: places.max(1), held, waiting, round, number: 0 })))
    }

    /// A place for a look-up of this owner, when it may have one. Cancel-safe: who gives up waits no more.
    pub async fn take(&self, owner: Owner) -> Turn {
        let (waiting, turn) = {
            let mut places = self.locked();
            if places.may_take(owner) && !places.waiting.contains_key(&owner) {
                places.take(owner);
                return Turn { turns: self.clone(), owner };
            }
            let (sender, turn) = oneshot::channel();
            (Waiting { turns: self, owner, number: places.enqueue(owner, sender) }, turn)
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

    fn give_back(&self, owner: Owner) {
        let mut given = Vec::new();
        {
            let mut places = self.locked();
            places.give_back(owner);
            while let Some((owner, waiter)) = places.next() {
                places.take(owner);
                given.push((Turn { turns: self.clone(), owner }, waiter));
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
    /// Each that an owner takes is one more for it, and one less for all others.
    fn may_take(&self, owner: Owner) -> bool {
        self.held.get(&owner).copied().unwrap_or_default() < self.free
    }

    fn take(&mut self, owner: Owner) {
        self.free -= 1;
        *self.held.entry(owner).or_default() += 1;
    }

    fn give_back(&mut self, owner: Owner) {
        self.free += 1;
        if let Some(held) = self.held.get_mut(&owner) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&owner);
            }
        }
    }

    fn enqueue(&mut self, owner: Owner, turn: oneshot::Sender<Turn>) -> u64 {
        self.number += 1;
        let queue = self.waiting.entry(owner).or_default();
        if queue.is_empty() {
            self.round.push_back(owner);
        }
        queue.push_back(Waiter { number: self.number, turn });
        self.number
    }

    /// The waiter whose turn it is, of the owner that has waited longest of those that may have a place.
    fn next(&mut self) -> Option<(Owner, Waiter)> {
        let place = self.round.iter().position(|&owner| self.may_take(owner))?;
        let owner = self.round.remove(place)?;
        let queue = self.waiting.get_mut(&owner)?;
        let waiter = queue.pop_front()?;
        match queue.is_empty() {
            true => drop(self.waiting.remove(&owner)),
            false => self.round.push_back(owner),
        }
        Some((owner, waiter))
    }

    fn leave(&mut self, owner: Owner, number: u64) {
        let Some(queue) = self.waiting.get_mut(&owner) else { return };
        queue.retain(|waiter| waiter.number != number);
        if queue.is_empty() {
            self.waiting.remove(&owner);
            self.round.retain(|&other| other != owner);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.give_back(self.owner);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.locked().leave(self.owner, self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    fn taken(turns: &Turns, owner: u64) -> Option<Turn> {
        turns.take(Owner(owner)).now_or_never()
    }

    fn takes_all_it_may(turns: &Turns, owner: u64) -> Vec<Turn> {
        std::iter::from_fn(|| taken(turns, owner)).collect()
    }

    #[test]
    fn an_owner_takes_no_more_than_it_leaves() {
        let turns = Turns::new(64);
        let (first, second) = (takes_all_it_may(&turns, 1), takes_all_it_may(&turns, 2));
        assert_eq!((first.len(), second.len()), (32, 16));
        assert!(taken(&turns, 3).is_some());
        assert_eq!(turns.waiting(), 0, "who gave up waits no more");
    }

    #[test]
    fn what_is_given_back_goes_round_those_that_wait_and_may_have_it() {
        let turns = Turns::new(8);
        let (mut hanging, others) = (takes_all_it_may(&turns, 1), takes_all_it_may(&turns, 2));
        assert_eq!((hanging.len(), others.len()), (4, 2));
        let mut more = Box::pin(turns.take(Owner(1)));
        let mut other = Box::pin(turns.take(Owner(2)));
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
        let held = taken(&turns, 1).unwrap();
        let mut gives_up = Box::pin(turns.take(Owner(2)));
        let mut next = Box::pin(turns.take(Owner(3)));
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
                    held.extend(taken(&turns, owner % 5));
                }
                prop_assert_eq!(turns.locked().free, places - held.len());
                prop_assert_eq!(taken(&turns, 99).is_some(), held.len() < places);
            }
            held.clear();
            let left = turns.locked();
            prop_assert!(left.held.is_empty() && left.waiting.is_empty() && left.round.is_empty() && left.free == places);
        }
    }
}

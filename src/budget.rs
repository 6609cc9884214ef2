//! What is short is shared: of what is left, each holder takes no more than it leaves for all others.
//!
//! One rule for whatever is counted: bytes of memory, places, send slots. Who comes first gets half at most, the next half of
//! what is left then; a newcomer finds something as long as anything is left, however much the others ask for. Nothing is
//! reserved for anybody, so who is alone is not held to a fixed part.

use std::{
    fmt::Debug,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::model::{IdMap, TenantKey};

/// How much more someone may take who holds `held`, when `left` is left: each that it takes is one more for it, and one
/// less for all others.
pub fn fair_part(left: usize, held: usize) -> usize {
    left.saturating_sub(held).div_ceil(2)
}

/// How much each holds; nobody who holds nothing is in it.
#[derive(Debug)]
pub struct Tally<K>(IdMap<K, usize>);

impl<K> Default for Tally<K> {
    fn default() -> Tally<K> {
        Tally(IdMap::default())
    }
}

impl<K: Eq + Hash + Copy> Tally<K> {
    /// How much it holds.
    pub fn of(&self, key: K) -> usize {
        self.0.get(&key).copied().unwrap_or_default()
    }

    /// It holds so much more.
    pub fn add(&mut self, key: K, amount: usize) {
        if amount > 0 {
            *self.0.entry(key).or_default() += amount;
        }
    }

    /// It holds so much less.
    pub fn subtract(&mut self, key: K, amount: usize) {
        if let Some(held) = self.0.get_mut(&key) {
            *held = held.saturating_sub(amount);
            if *held == 0 {
                self.0.remove(&key);
            }
        }
    }

    /// Whether nobody holds anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An amount that is shared. Cheap to clone; clones share it.
#[derive(Debug)]
pub struct Budget<K>(Arc<Mutex<Account<K>>>);

#[derive(Debug)]
struct Account<K> {
    most: usize,
    /// More than there is, if something was counted that could not be refused.
    taken: usize,
    held: Tally<K>,
}

/// Memory that is held for a message and what it is made of.
pub type Room = Held<TenantKey>;

impl<K> Clone for Budget<K> {
    fn clone(&self) -> Budget<K> {
        Budget(self.0.clone())
    }
}

/// There is not so much left for this holder at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too much is taken at the moment")]
pub struct Exhausted {
    /// Whether the holder itself holds some of it, and so can make room.
    pub holds_some: bool,
    /// Whether so much is more than anybody may hold, also when all others hold nothing. Waiting does not help.
    pub for_ever: bool,
}

/// What someone holds of a budget. It is given back when this is dropped.
#[derive(Debug)]
pub struct Held<K: Eq + Hash + Copy> {
    budget: Budget<K>,
    key: K,
    amount: usize,
}

impl<K: Eq + Hash + Copy> Budget<K> {
    /// So much, for all together.
    pub fn new(most: usize) -> Budget<K> {
        Budget(Arc::new(Mutex::new(Account { most, taken: 0, held: Tally::default() })))
    }

    /// Holds nothing yet.
    pub fn nothing(&self, key: K) -> Held<K> {
        Held { budget: self.clone(), key, amount: 0 }
    }

    /// Takes so much.
    ///
    /// # Errors
    /// There is less left for this holder.
    pub fn take(&self, key: K, amount: usize) -> Result<Held<K>, Exhausted> {
        let mut held = self.nothing(key);
        held.grow_to(amount)?;
        Ok(held)
    }

    /// How much all together hold.
    pub fn taken(&self) -> usize {
        self.locked().taken
    }

    fn locked(&self) -> MutexGuard<'_, Account<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Held<K> {
    /// Holds so much, if it does not already.
    ///
    /// # Errors
    /// There is less left for this holder. Then it holds what it held.
    pub fn grow_to(&mut self, amount: usize) -> Result<(), Exhausted> {
        let Some(more) = amount.checked_sub(self.amount).filter(|&more| more > 0) else { return Ok(()) };
        let mut account = self.budget.locked();
        let held = account.held.of(self.key);
        if more > fair_part(account.most.saturating_sub(account.taken), held) {
            let for_ever = amount > fair_part(account.most, 0);
            return Err(Exhausted { holds_some: held > 0, for_ever });
        }
        account.taken += more;
        account.held.add(self.key, more);
        drop(account);
        self.amount = amount;
        Ok(())
    }

    /// Holds so much, also if there is less left: of what is there already and cannot be refused. Until as much was given back,
    /// others find less, and this holder nothing.
    pub fn grow_anyway(&mut self, amount: usize) {
        let more = amount.saturating_sub(self.amount);
        if more > 0 {
            let mut account = self.budget.locked();
            account.taken += more;
            account.held.add(self.key, more);
            drop(account);
            self.amount = amount;
        }
    }

    /// All that it holds, which it holds no more.
    pub fn hand_over(&mut self) -> Held<K> {
        let nothing = self.budget.nothing(self.key);
        std::mem::replace(self, nothing)
    }

    /// Gives back what it holds beyond this.
    pub fn shrink_to(&mut self, amount: usize) {
        let less = self.amount.saturating_sub(amount);
        if less > 0 {
            let mut account = self.budget.locked();
            account.taken -= less;
            account.held.subtract(self.key, less);
            drop(account);
            self.amount = amount;
        }
    }

    /// Who holds it.
    pub fn key(&self) -> K {
        self.key
    }

    /// How much it holds.
    pub fn amount(&self) -> usize {
        self.amount
    }
}

impl<K: Eq + Hash + Copy> Drop for Held<K> {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn takes_all_it_may(budget: &Budget<u8>, key: u8) -> Vec<Held<u8>> {
        std::iter::from_fn(|| budget.take(key, 1).ok()).collect()
    }

    #[test]
    fn who_takes_all_it_may_leaves_as_much() {
        let budget = Budget::new(32);
        let (first, second) = (takes_all_it_may(&budget, 1), takes_all_it_may(&budget, 2));
        assert_eq!((first.len(), second.len(), budget.taken()), (16, 8, 24));
        drop(first);
        assert!(budget.take(1, 12).is_ok(), "what was given back is there again");
    }

    #[test]
    fn much_at_one_time_is_as_much_as_little_by_little() {
        for most in 1..40 {
            let budget = Budget::new(most);
            let little = takes_all_it_may(&budget, 1).len();
            assert!(budget.take(1, little + 1).is_err() && budget.take(1, little).is_ok(), "of {most}");
        }
    }

    #[test]
    fn what_cannot_grow_keeps_what_it_has() {
        let budget = Budget::new(100);
        let mut held = budget.take(1, 30).unwrap();
        assert_eq!(held.grow_to(60), Err(Exhausted { holds_some: true, for_ever: true }));
        assert_eq!(budget.take(2, 40).unwrap_err(), Exhausted { holds_some: false, for_ever: false });
        assert_eq!((held.amount(), budget.taken()), (30, 30));
        held.shrink_to(10);
        assert!(held.grow_to(50).is_ok() && held.grow_to(20).is_ok());
        assert_eq!((held.amount(), budget.taken()), (50, 50), "less than it has is nothing to do");
    }

    #[test]
    fn what_cannot_be_refused_is_counted_and_leaves_its_holder_nothing() {
        let budget = Budget::new(100);
        let mut owed = budget.nothing(1);
        owed.grow_anyway(60);
        assert!(budget.take(1, 1).is_err() && budget.take(2, 20).is_ok());
        owed.grow_anyway(130);
        assert_eq!((budget.taken(), budget.take(2, 1).unwrap_err().for_ever), (130, false));
        drop(owed);
        assert!(budget.take(2, 50).is_ok() && budget.take(2, 51).unwrap_err().for_ever);
    }

    #[test]
    fn what_is_handed_over_is_held_by_the_other() {
        let budget = Budget::new(100);
        let mut held = budget.take(1, 30).unwrap();
        let other = held.hand_over();
        assert_eq!((held.amount(), other.amount(), budget.taken()), (0, 30, 30));
        drop(held);
        assert_eq!(budget.taken(), 30);
    }

    proptest! {
        #[test]
        fn a_newcomer_finds_some_while_any_is_left(most in 1usize..200, asks: Vec<(u8, u8, bool)>) {
            let budget = Budget::new(most);
            let mut taken: Vec<Held<u8>> = Vec::new();
            for (key, amount, gives_back) in asks {
                if gives_back && !taken.is_empty() {
                    taken.swap_remove(usize::from(amount) % taken.len());
                } else {
                    taken.extend(budget.take(key % 5, usize::from(amount)));
                }
                let sum: usize = taken.iter().map(Held::amount).sum();
                prop_assert_eq!(budget.taken(), sum);
                prop_assert_eq!(budget.take(99, 1).is_ok(), sum < most);
            }
            taken.clear();
            prop_assert!(budget.locked().held.is_empty() && budget.taken() == 0, "nothing is kept of who holds none");
        }
    }
}

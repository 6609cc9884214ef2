//! Send slots: how many requests may be under way, and whose.
//!
//! A slot is held from the turn that a lane was given until its request has come back, whatever it waits for: its script's
//! turn, its receiver. Whoever holds many for long leaves few for others, so each tenant's quick and slow lanes have a
//! share of their own, no share may be larger than what is left for all others, and all slow lanes together get half.

use std::{collections::HashMap, time::Duration};

use crate::model::TenantKey;

/// Who holds a slot longer than this is slow.
const LONG: Duration = Duration::from_secs(1);

/// How long a lane's last request held its slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pace {
    /// Not long, or there was none yet.
    Quick,
    /// Over a second.
    Slow,
}

impl Pace {
    /// Of a request that took so long.
    pub fn of(held: Duration) -> Pace {
        if held > LONG { Pace::Slow } else { Pace::Quick }
    }
}

/// Lanes that share slots: those of a tenant that are as quick.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Share {
    /// Whose.
    pub tenant: TenantKey,
    /// Which of its lanes.
    pub pace: Pace,
}

/// Who holds how many.
#[derive(Debug)]
pub struct Slots {
    most: usize,
    taken: usize,
    slow: usize,
    held: HashMap<Share, usize>,
}

impl Slots {
    /// So many, all free.
    pub fn new(most: usize) -> Slots {
        Slots { most, taken: 0, slow: 0, held: HashMap::new() }
    }

    /// How many are held.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// How many are not.
    pub fn free(&self) -> usize {
        self.most.saturating_sub(self.taken)
    }

    /// How many more lanes of this pace could get, if all were one tenant's and it held none.
    pub fn left_at(&self, pace: Pace) -> usize {
        match pace {
            Pace::Quick => self.free(),
            Pace::Slow => self.free().min((self.most / 2).max(1).saturating_sub(self.slow)),
        }
    }

    /// How many more this share may take.
    pub fn left_for(&self, share: Share) -> usize {
        // Each that it takes is one more for it, and one less for all others.
        let until_as_many = self.free().saturating_sub(self.held_by(share)).div_ceil(2);
        until_as_many.min(self.left_at(share.pace))
    }

    /// How many are left for this share, once they are short: when it holds half of what it may.
    pub fn scarce_for(&self, share: Share) -> Option<usize> {
        let left = self.left_for(share);
        (left <= self.held_by(share)).then_some(left)
    }

    fn held_by(&self, share: Share) -> usize {
        self.held.get(&share).copied().unwrap_or_default()
    }

    /// One more is held.
    pub fn take(&mut self, share: Share) {
        self.taken += 1;
        self.slow += usize::from(share.pace == Pace::Slow);
        *self.held.entry(share).or_default() += 1;
    }

    /// One that was taken so is free again.
    pub fn give_back(&mut self, share: Share) {
        self.taken -= 1;
        self.slow -= usize::from(share.pace == Pace::Slow);
        if let Some(held) = self.held.get_mut(&share) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&share);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(tenant: i64, pace: Pace) -> Share {
        Share { tenant: TenantKey(tenant), pace }
    }

    fn takes_all_it_may(slots: &mut Slots, share: Share) -> usize {
        let left = slots.left_for(share);
        let taken = (0..)
            .take_while(|_| {
                slots.left_for(share) > 0 && {
                    slots.take(share);
                    true
                }
            })
            .count();
        assert_eq!(taken, left, "it says so before");
        taken
    }

    #[test]
    fn who_takes_all_it_may_leaves_as_many() {
        let mut slots = Slots::new(64);
        assert_eq!(takes_all_it_may(&mut slots, share(1, Pace::Slow)), 32);
        assert_eq!(takes_all_it_may(&mut slots, share(2, Pace::Slow)), 0, "half is for quick ones");
        assert_eq!(takes_all_it_may(&mut slots, share(1, Pace::Quick)), 16);
        assert_eq!(takes_all_it_may(&mut slots, share(2, Pace::Quick)), 8);
        slots.give_back(share(1, Pace::Slow));
        assert_eq!(slots.left_for(share(1, Pace::Slow)), 0, "it holds more than are left");
        assert_eq!(slots.left_for(share(2, Pace::Slow)), 1);
    }

    #[test]
    fn they_are_scarce_for_who_holds_half_of_what_it_may() {
        let mut slots = Slots::new(64);
        for _ in 0..16 {
            assert_eq!(slots.scarce_for(share(1, Pace::Quick)), None);
            slots.take(share(1, Pace::Quick));
        }
        assert_eq!(slots.scarce_for(share(1, Pace::Quick)), Some(16));
        assert_eq!(slots.scarce_for(share(2, Pace::Quick)), None);
    }

    proptest! {
        #[test]
        fn quick_newcomers_find_one_while_any_is_left(most in 1usize..40, asks: Vec<(i64, bool, bool)>) {
            let mut slots = Slots::new(most);
            let mut taken = Vec::new();
            for (tenant, is_slow, gives_back) in asks {
                let asking = share(tenant % 5, if is_slow { Pace::Slow } else { Pace::Quick });
                if gives_back && !taken.is_empty() {
                    slots.give_back(taken.remove(tenant.unsigned_abs() as usize % taken.len()));
                } else if slots.left_for(asking) > 0 {
                    slots.take(asking);
                    taken.push(asking);
                }
                prop_assert!(slots.free() + slots.taken() == most && slots.taken() == taken.len());
                prop_assert!(taken.iter().filter(|share| share.pace == Pace::Slow).count() <= (most / 2).max(1));
                prop_assert_eq!(slots.left_for(share(99, Pace::Quick)) > 0, slots.free() > 0);
                for share in &taken {
                    prop_assert!(!slots.held.is_empty() && slots.held[share] > 0);
                }
            }
            taken.into_iter().for_each(|share| slots.give_back(share));
            prop_assert!(slots.held.is_empty() && slots.free() == most, "nothing is kept of those who hold none");
        }
    }
}

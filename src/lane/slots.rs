//! Send slots: how many requests may be under way, and whose.
//!
//! A slot is held from the turn that a lane was given until its request has come back, whatever it waits for: its script's
//! turn, its receiver. Whoever holds many for long leaves few for others. So slow lanes together get half of all slots at
//! most, those of which nothing is known yet a quarter, and of what its lanes of one pace may get, a tenant holds no more
//! than it leaves for all others. Nothing survives a crash; then who failed before begins as slow, and the others as new.

use std::{collections::HashMap, time::Duration};

use super::pace::Pace;
use crate::model::TenantKey;

/// Who holds a slot longer than this is slow.
pub const LONG: Duration = Duration::from_secs(1);

/// The most slots that lanes of a pace hold together.
fn part_of(slots: usize, pace: Pace) -> usize {
    let part = match pace {
        Pace::New => slots / 4,
        Pace::Quick => slots,
        Pace::Slow => slots / 2,
    };
    part.max(1)
}

/// Lanes that share slots: those of a tenant that have one pace.
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
    /// By [`Pace`].
    taken: [usize; 3],
    held: HashMap<Share, usize>,
}

impl Slots {
    /// So many, all free.
    pub fn new(most: usize) -> Slots {
        Slots { most, taken: [0; 3], held: HashMap::new() }
    }

    /// How many are held.
    pub fn taken(&self) -> usize {
        self.taken.iter().sum()
    }

    /// How many more may be held by lanes of this pace, whoever's.
    pub fn left_at(&self, pace: Pace) -> usize {
        let of_pace = part_of(self.most, pace).saturating_sub(self.taken[pace as usize]);
        of_pace.min(self.most.saturating_sub(self.taken()))
    }

    /// How many more this share may hold.
    pub fn left_for(&self, share: Share) -> usize {
        // Each that it takes is one more for it, and one less for all others.
        self.left_at(share.pace).saturating_sub(self.held_by(share)).div_ceil(2)
    }

    /// The same, once they are short: when it holds half of what it may.
    pub fn scarce_for(&self, share: Share) -> Option<usize> {
        let left = self.left_for(share);
        (left <= self.held_by(share)).then_some(left)
    }

    fn held_by(&self, share: Share) -> usize {
        self.held.get(&share).copied().unwrap_or_default()
    }

    /// One more is held.
    pub fn take(&mut self, share: Share) {
        self.taken[share.pace as usize] += 1;
        *self.held.entry(share).or_default() += 1;
    }

    /// One that was taken so is free again.
    pub fn give_back(&mut self, share: Share) {
        self.taken[share.pace as usize] -= 1;
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
        for _ in 0..left {
            assert!(slots.left_for(share) > 0, "it may take what it was told");
            slots.take(share);
        }
        assert_eq!(slots.left_for(share), 0);
        left
    }

    #[test]
    fn who_takes_all_it_may_leaves_as_many() {
        let mut slots = Slots::new(64);
        let mut takes = |tenant, pace| takes_all_it_may(&mut slots, share(tenant, pace));
        assert_eq!((takes(1, Pace::Slow), takes(2, Pace::Slow)), (16, 8), "of half");
        assert_eq!((takes(1, Pace::New), takes(2, Pace::New)), (8, 4), "of a quarter");
        assert_eq!((takes(1, Pace::Quick), takes(2, Pace::Quick)), (14, 7), "of what is left");
    }

    #[test]
    fn what_is_given_back_is_for_who_holds_less() {
        let mut slots = Slots::new(64);
        takes_all_it_may(&mut slots, share(1, Pace::Quick));
        takes_all_it_may(&mut slots, share(2, Pace::Quick));
        slots.give_back(share(1, Pace::Quick));
        assert_eq!((slots.left_for(share(1, Pace::Quick)), slots.left_for(share(2, Pace::Quick))), (0, 1));
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
        fn a_newcomer_finds_one_while_any_is_left(most in 1usize..40, asks: Vec<(i64, usize, bool)>) {
            let mut slots = Slots::new(most);
            let mut taken: Vec<Share> = Vec::new();
            for (tenant, pace, gives_back) in asks {
                let asking = share(tenant % 5, Pace::ALL[pace % 3]);
                if gives_back && !taken.is_empty() {
                    slots.give_back(taken.remove(tenant.unsigned_abs() as usize % taken.len()));
                } else if slots.left_for(asking) > 0 {
                    slots.take(asking);
                    taken.push(asking);
                    let own = taken.iter().filter(|&&share| share == asking).count();
                    prop_assert!(own <= slots.left_at(asking.pace) + 1, "it leaves as many for others, or one less");
                }
                prop_assert!(slots.taken() == taken.len() && taken.len() <= most);
                for pace in Pace::ALL {
                    let of_pace = taken.iter().filter(|share| share.pace == pace).count();
                    let left = part_of(most, pace).saturating_sub(of_pace).min(most - taken.len());
                    prop_assert_eq!(slots.left_at(pace), left);
                    prop_assert_eq!(slots.left_for(share(99, pace)) > 0, left > 0);
                }
            }
            taken.into_iter().for_each(|share| slots.give_back(share));
            prop_assert!(slots.held.is_empty() && slots.left_at(Pace::Quick) == most, "nothing is kept of who holds none");
        }
    }
}

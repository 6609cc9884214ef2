//! Send slots: how many requests may be under way, and whose.
//!
//! A lane holds a slot from the turn that it was given until its request has come back, whatever the request waits for: the
//! turn of its script, its receiver. A lane that holds many for long leaves few for others. So the slow lanes together get
//! half of all slots at most, and those of which nothing is known yet a quarter. Of what the lanes of one latency class may
//! get, those of one tenant hold no more than they leave for all others. Nothing of this survives a crash: then lanes whose
//! webhooks failed before begin as slow, and the others as new.

use std::time::Duration;

use super::latency::LatencyClass;
use crate::{
    budget::{Tally, fair_part},
    model::TenantKey,
};

/// A lane whose request holds its slot longer than this is slow.
pub const LONG: Duration = Duration::from_secs(1);

/// The most slots that lanes of a latency class hold together.
fn part_of(slots: usize, latency: LatencyClass) -> usize {
    let part = match latency {
        LatencyClass::New => slots / 4,
        LatencyClass::Quick => slots,
        LatencyClass::Slow => slots / 2,
    };
    part.max(1)
}

/// Lanes that share slots: those of a tenant that have one latency class.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SlotClass {
    /// The tenant whose lanes they are.
    pub tenant: TenantKey,
    /// The latency class that they have.
    pub latency: LatencyClass,
}

/// The send slots of all lanes together, and which class holds how many of them.
#[derive(Debug)]
pub struct Slots {
    /// How many there are.
    most: usize,
    /// How many the lanes of each [`LatencyClass`] hold.
    taken: [usize; 3],
    /// How many each class holds.
    held: Tally<SlotClass>,
}

impl Slots {
    /// `most` slots, all of them free.
    pub fn new(most: usize) -> Slots {
        Slots { most, taken: [0; 3], held: Tally::default() }
    }

    /// How many slots are held.
    pub fn taken(&self) -> usize {
        self.taken.iter().sum()
    }

    /// How many more slots the lanes of this latency class may hold, those of all tenants together.
    pub fn left_at(&self, latency: LatencyClass) -> usize {
        let of_latency = part_of(self.most, latency).saturating_sub(self.taken[latency as usize]);
        of_latency.min(self.most.saturating_sub(self.taken()))
    }

    /// How many more slots this class may hold.
    pub fn left_for(&self, class: SlotClass) -> usize {
        fair_part(self.left_at(class.latency), self.held.of(class))
    }

    /// How many more slots this class may hold, if slots are short for it: it holds half of what it may, or more.
    pub fn scarce_for(&self, class: SlotClass) -> Option<usize> {
        let left = self.left_for(class);
        (left <= self.held.of(class)).then_some(left)
    }

    /// This class holds one more slot.
    pub fn take(&mut self, class: SlotClass) {
        self.taken[class.latency as usize] += 1;
        self.held.add(class, 1);
    }

    /// A slot that this class held is free again.
    pub fn give_back(&mut self, class: SlotClass) {
        self.taken[class.latency as usize] -= 1;
        self.held.subtract(class, 1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class(tenant: i64, latency: LatencyClass) -> SlotClass {
        SlotClass { tenant: TenantKey(tenant), latency }
    }

    fn takes_all_it_may(slots: &mut Slots, class: SlotClass) -> usize {
        let left = slots.left_for(class);
        for _ in 0..left {
            assert!(slots.left_for(class) > 0, "it may take what it was told");
            slots.take(class);
        }
        assert_eq!(slots.left_for(class), 0);
        left
    }

    #[test]
    fn who_takes_all_it_may_leaves_as_many() {
        let mut slots = Slots::new(64);
        let mut takes = |tenant, latency| takes_all_it_may(&mut slots, class(tenant, latency));
        assert_eq!((takes(1, LatencyClass::Slow), takes(2, LatencyClass::Slow)), (16, 8), "of half");
        assert_eq!((takes(1, LatencyClass::New), takes(2, LatencyClass::New)), (8, 4), "of a quarter");
        assert_eq!((takes(1, LatencyClass::Quick), takes(2, LatencyClass::Quick)), (14, 7), "of what is left");
    }

    #[test]
    fn what_is_given_back_is_for_who_holds_less() {
        let mut slots = Slots::new(64);
        takes_all_it_may(&mut slots, class(1, LatencyClass::Quick));
        takes_all_it_may(&mut slots, class(2, LatencyClass::Quick));
        slots.give_back(class(1, LatencyClass::Quick));
        assert_eq!(
            (slots.left_for(class(1, LatencyClass::Quick)), slots.left_for(class(2, LatencyClass::Quick))),
            (0, 1)
        );
    }

    #[test]
    fn they_are_scarce_for_who_holds_half_of_what_it_may() {
        let mut slots = Slots::new(64);
        for _ in 0..16 {
            assert_eq!(slots.scarce_for(class(1, LatencyClass::Quick)), None);
            slots.take(class(1, LatencyClass::Quick));
        }
        assert_eq!(slots.scarce_for(class(1, LatencyClass::Quick)), Some(16));
        assert_eq!(slots.scarce_for(class(2, LatencyClass::Quick)), None);
    }

    proptest! {
        #[test]
        fn a_newcomer_finds_one_while_any_is_left(most in 1usize..40, asks: Vec<(i64, usize, bool)>) {
            let mut slots = Slots::new(most);
            let mut taken: Vec<SlotClass> = Vec::new();
            for (tenant, latency, gives_back) in asks {
                let asking = class(tenant % 5, LatencyClass::ALL[latency % 3]);
                if gives_back && !taken.is_empty() {
                    slots.give_back(taken.remove(tenant.unsigned_abs() as usize % taken.len()));
                } else if slots.left_for(asking) > 0 {
                    slots.take(asking);
                    taken.push(asking);
                    let own = taken.iter().filter(|&&class| class == asking).count();
                    prop_assert!(own <= slots.left_at(asking.latency) + 1, "it leaves as many for others, or one less");
                }
                prop_assert!(slots.taken() == taken.len() && taken.len() <= most);
                for latency in LatencyClass::ALL {
                    let of_latency = taken.iter().filter(|class| class.latency == latency).count();
                    let left = part_of(most, latency).saturating_sub(of_latency).min(most - taken.len());
                    prop_assert_eq!(slots.left_at(latency), left);
                    prop_assert_eq!(slots.left_for(class(99, latency)) > 0, left > 0);
                }
            }
            taken.into_iter().for_each(|class| slots.give_back(class));
            prop_assert!(slots.held.is_empty() && slots.left_at(LatencyClass::Quick) == most, "nothing is kept of who holds none");
        }
    }
}

//! Whose turn it is: round the paces, round the tenants that have lanes of that pace, and round these lanes.

use std::collections::{HashMap, VecDeque};

use super::{
    pace::Pace,
    slots::{Share, Slots},
};
use crate::model::{TenantKey, WebhookKey};

/// Lanes that may have something to send.
#[derive(Debug, Default)]
pub struct Ring {
    /// By [`Pace`].
    rounds: [Round; 3],
    /// The pace that has waited longest.
    next: usize,
    waiting: HashMap<WebhookKey, Share>,
}

/// Lanes of one pace.
#[derive(Debug, Default)]
struct Round {
    /// Those with lanes.
    tenants: VecDeque<TenantKey>,
    /// The same, if there was no slot for them; they come before the others.
    passed_over: Vec<TenantKey>,
    lanes: HashMap<TenantKey, VecDeque<WebhookKey>>,
}

impl Ring {
    /// Takes a lane in, behind the others of its share; one that is in already keeps its place.
    pub fn push(&mut self, share: Share, lane: WebhookKey) {
        match self.waiting.insert(lane, share) {
            Some(before) if before == share => return,
            Some(before) => self.rounds[before.pace as usize].remove(before.tenant, lane),
            None => {}
        }
        self.rounds[share.pace as usize].push(share.tenant, lane);
    }

    /// Slots were given back: whoever was passed over is asked again.
    pub fn ask_again(&mut self) {
        for round in &mut self.rounds {
            while let Some(tenant) = round.passed_over.pop() {
                round.tenants.push_front(tenant);
            }
        }
    }

    /// The next lane that may have a slot, of the tenant that has waited longest, and the share that its slot is of. It is
    /// out until it is pushed again. A tenant for which there is no slot is passed over until [`Ring::ask_again`].
    pub fn pop(&mut self, slots: &Slots) -> Option<(Share, WebhookKey)> {
        for step in 0..Pace::ALL.len() {
            let turn = (self.next + step) % Pace::ALL.len();
            let pace = Pace::ALL[turn];
            if slots.left_at(pace) == 0 {
                continue;
            }
            let popped = self.rounds[turn].pop(|tenant| slots.left_for(Share { tenant, pace }) > 0);
            if let Some((tenant, lane)) = popped {
                self.next = turn + 1;
                self.waiting.remove(&lane);
                return Some((Share { tenant, pace }, lane));
            }
        }
        None
    }

    /// How many lanes are in.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none is in.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Round {
    fn push(&mut self, tenant: TenantKey, lane: WebhookKey) {
        let lanes = self.lanes.entry(tenant).or_default();
        if lanes.is_empty() {
            self.tenants.push_back(tenant);
        }
        lanes.push_back(lane);
    }

    fn pop(&mut self, may: impl Fn(TenantKey) -> bool) -> Option<(TenantKey, WebhookKey)> {
        let tenant = loop {
            let tenant = self.tenants.pop_front()?;
            if may(tenant) {
                break tenant;
            }
            self.passed_over.push(tenant);
        };
        let lanes = self.lanes.get_mut(&tenant)?;
        let lane = lanes.pop_front()?;
        match lanes.is_empty() {
            true => {
                self.lanes.remove(&tenant);
            }
            false => self.tenants.push_back(tenant),
        }
        Some((tenant, lane))
    }

    fn remove(&mut self, tenant: TenantKey, lane: WebhookKey) {
        let Some(lanes) = self.lanes.get_mut(&tenant) else { return };
        lanes.retain(|&other| other != lane);
        if lanes.is_empty() {
            self.lanes.remove(&tenant);
            self.tenants.retain(|&other| other != tenant);
            self.passed_over.retain(|&other| other != tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    fn lane(number: i64) -> WebhookKey {
        WebhookKey(Serial(number))
    }

    fn share(tenant: i64, pace: Pace) -> Share {
        Share { tenant: TenantKey(tenant), pace }
    }

    fn popped(ring: &mut Ring, slots: &Slots) -> Option<WebhookKey> {
        ring.pop(slots).map(|(_, lane)| lane)
    }

    #[test]
    fn a_tenant_with_many_lanes_gets_no_more_turns_than_one_with_few() {
        let (slots, mut ring) = (Slots::new(64), Ring::default());
        for number in 0..100 {
            ring.push(share(1, Pace::Quick), lane(number));
        }
        ring.push(share(2, Pace::Quick), lane(100));
        let mut turns_of_second = 0;
        for _ in 0..20 {
            let (share, next) = ring.pop(&slots).unwrap();
            turns_of_second += usize::from(share.tenant == TenantKey(2));
            ring.push(share, next);
        }
        assert_eq!(turns_of_second, 10);
    }

    #[test]
    fn lanes_of_one_pace_get_no_more_turns_than_those_of_another() {
        let (slots, mut ring) = (Slots::new(64), Ring::default());
        for number in 0..100 {
            ring.push(share(number, Pace::Slow), lane(number));
            ring.push(share(number, Pace::New), lane(1000 + number));
        }
        ring.push(share(100, Pace::Quick), lane(100));
        let turns: Vec<Pace> = (0..30)
            .map(|_| {
                let (share, next) = ring.pop(&slots).unwrap();
                ring.push(share, next);
                share.pace
            })
            .collect();
        for pace in Pace::ALL {
            assert_eq!(turns.iter().filter(|&&other| other == pace).count(), 10);
        }
    }

    #[test]
    fn who_may_have_no_slot_is_passed_over_and_keeps_its_place() {
        let (mut slots, mut ring) = (Slots::new(4), Ring::default());
        slots.take(share(1, Pace::Quick));
        slots.take(share(1, Pace::Quick));
        for (tenant, number) in [(1, 1), (1, 2), (2, 3)] {
            ring.push(share(tenant, Pace::Quick), lane(number));
        }
        assert_eq!(popped(&mut ring, &slots), Some(lane(3)));
        assert_eq!(popped(&mut ring, &slots), None);
        assert_eq!(ring.len(), 2);
        slots.give_back(share(1, Pace::Quick));
        ring.push(share(2, Pace::Quick), lane(3));
        ring.push(share(1, Pace::New), lane(2));
        ring.ask_again();
        let all: Vec<_> = std::iter::from_fn(|| popped(&mut ring, &slots)).collect();
        assert_eq!(all, [lane(2), lane(1), lane(3)], "after a quick lane come those of other paces");
    }

    #[test]
    fn who_was_passed_over_and_leaves_is_forgotten() {
        let (mut slots, mut ring) = (Slots::new(4), Ring::default());
        slots.take(share(1, Pace::Quick));
        slots.take(share(1, Pace::Quick));
        ring.push(share(1, Pace::Quick), lane(1));
        assert_eq!(popped(&mut ring, &slots), None);
        ring.push(share(1, Pace::New), lane(1));
        assert_eq!(popped(&mut ring, &slots), Some(lane(1)));
        ring.push(share(1, Pace::Quick), lane(1));
        slots.give_back(share(1, Pace::Quick));
        ring.ask_again();
        assert_eq!(popped(&mut ring, &slots), Some(lane(1)));
        assert_eq!(popped(&mut ring, &slots), None);
    }

    #[test]
    fn a_lane_is_in_once() {
        let (slots, mut ring) = (Slots::new(4), Ring::default());
        // The last says what it is.
        for pace in [Pace::Quick, Pace::Quick, Pace::Slow, Pace::Quick, Pace::Slow] {
            ring.push(share(1, pace), lane(1));
        }
        assert_eq!(ring.len(), 1);
        assert_eq!(ring.pop(&slots), Some((share(1, Pace::Slow), lane(1))));
        assert_eq!(ring.pop(&slots), None);
        ring.push(share(1, Pace::Quick), lane(1));
        assert_eq!(popped(&mut ring, &slots), Some(lane(1)));
        assert!(ring.is_empty());
    }
}

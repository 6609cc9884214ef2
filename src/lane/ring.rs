//! Whose turn it is: quick lanes and slow ones by turns, round their tenants, and within a tenant round its lanes.

use std::collections::{HashMap, VecDeque};

use super::slots::{Pace, Share, Slots};
use crate::model::{TenantKey, WebhookKey};

/// Lanes that may have something to send.
#[derive(Debug, Default)]
pub struct Ring {
    quick: Round,
    slow: Round,
    slow_is_next: bool,
    waiting: HashMap<WebhookKey, Share>,
}

/// Lanes of one pace.
#[derive(Debug, Default)]
struct Round {
    /// Those with lanes.
    tenants: VecDeque<TenantKey>,
    lanes: HashMap<TenantKey, VecDeque<WebhookKey>>,
}

impl Ring {
    /// Takes a lane in, behind the others of its share; one that is in already keeps its place.
    pub fn push(&mut self, share: Share, lane: WebhookKey) {
        match self.waiting.insert(lane, share) {
            Some(before) if before == share => return,
            Some(before) => self.round(before.pace).remove(before.tenant, lane),
            None => {}
        }
        self.round(share.pace).push(share.tenant, lane);
    }

    /// The next lane that may have a slot, of the tenant that has waited longest, and the share that its slot is of. It is
    /// out until it is pushed again.
    pub fn pop(&mut self, slots: &Slots) -> Option<(Share, WebhookKey)> {
        let paces = if self.slow_is_next { [Pace::Slow, Pace::Quick] } else { [Pace::Quick, Pace::Slow] };
        let (share, lane) = paces.into_iter().filter(|&pace| slots.left_at(pace) > 0).find_map(|pace| {
            let (tenant, lane) = self.round(pace).pop(|tenant| slots.left_for(Share { tenant, pace }) > 0)?;
            Some((Share { tenant, pace }, lane))
        })?;
        self.slow_is_next = share.pace == Pace::Quick;
        self.waiting.remove(&lane);
        Some((share, lane))
    }

    /// How many lanes are in.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none is in.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn round(&mut self, pace: Pace) -> &mut Round {
        match pace {
            Pace::Quick => &mut self.quick,
            Pace::Slow => &mut self.slow,
        }
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
        // Few are passed over: who may have no slot holds several.
        let place = self.tenants.iter().position(|&tenant| may(tenant))?;
        let tenant = self.tenants.remove(place)?;
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
    fn many_slow_lanes_get_no_more_turns_than_a_quick_one() {
        let (slots, mut ring) = (Slots::new(64), Ring::default());
        for number in 0..100 {
            ring.push(share(number, Pace::Slow), lane(number));
        }
        ring.push(share(100, Pace::Quick), lane(100));
        let turns: Vec<Pace> = (0..20)
            .map(|_| {
                let (share, next) = ring.pop(&slots).unwrap();
                ring.push(share, next);
                share.pace
            })
            .collect();
        assert_eq!(turns.iter().filter(|&&pace| pace == Pace::Quick).count(), 10);
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
        assert_eq!(popped(&mut ring, &slots), Some(lane(1)));
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

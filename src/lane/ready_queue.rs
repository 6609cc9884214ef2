//! Whose turn it is: round the latency classes, round the tenants that have lanes of that class, and round these lanes.

use std::collections::{BTreeMap, VecDeque};

use super::{
    latency::LatencyClass,
    slots::{SlotClass, Slots},
};
use crate::model::{IdMap, TenantKey, WebhookKey};

/// Lanes that may have something to send.
#[derive(Debug, Default)]
pub struct ReadyQueue {
    /// The lanes of each [`LatencyClass`].
    rounds: [Round; 3],
    /// The latency class that has waited longest.
    next: usize,
    /// In which class each waits, and at which place.
    waiting: IdMap<WebhookKey, (SlotClass, Place)>,
    last: Place,
}

/// Places are given in the order of coming.
type Place = u64;

/// Lanes of one latency class.
#[derive(Debug, Default)]
struct Round {
    /// Tenants that have lanes in here, in the order of their turns.
    tenants: VecDeque<TenantKey>,
    /// Tenants that have lanes in here, but had no slot left for them; once asked again they come before the others.
    passed_over: Vec<TenantKey>,
    /// Of each tenant that has its turns in here; one whose lanes have all left loses them when it is its turn.
    lanes: IdMap<TenantKey, BTreeMap<Place, WebhookKey>>,
}

impl ReadyQueue {
    /// Takes a lane in, behind the others of its class; one that is in already keeps its place.
    pub fn push(&mut self, class: SlotClass, lane: WebhookKey) {
        match self.waiting.get(&lane) {
            Some((before, _)) if *before == class => return,
            Some((before, place)) => self.rounds[before.latency as usize].remove(before.tenant, *place),
            None => {}
        }
        self.last += 1;
        self.waiting.insert(lane, (class, self.last));
        self.rounds[class.latency as usize].push(class.tenant, self.last, lane);
    }

    /// Slots were given back, or outcomes recorded: whoever was passed over is asked again.
    pub fn ask_again(&mut self) {
        for round in &mut self.rounds {
            while let Some(tenant) = round.passed_over.pop() {
                round.tenants.push_front(tenant);
            }
        }
    }

    /// The next lane that may have a slot, of the tenant that has waited longest, and the class that its slot is of. It is
    /// out until it is pushed again. A tenant for which there is no slot, or which may not send, is passed over until
    /// [`ReadyQueue::ask_again`].
    pub fn pop(&mut self, slots: &Slots, may: impl Fn(TenantKey) -> bool) -> Option<(SlotClass, WebhookKey)> {
        for step in 0..LatencyClass::ALL.len() {
            let turn = (self.next + step) % LatencyClass::ALL.len();
            let latency = LatencyClass::ALL[turn];
            if slots.left_at(latency) == 0 {
                continue;
            }
            let popped =
                self.rounds[turn].pop(|tenant| slots.left_for(SlotClass { tenant, latency }) > 0 && may(tenant));
            if let Some((tenant, lane)) = popped {
                self.next = turn + 1;
                self.waiting.remove(&lane);
                return Some((SlotClass { tenant, latency }, lane));
            }
        }
        None
    }

    /// Whether a lane waits for its turn.
    pub fn contains(&self, lane: WebhookKey) -> bool {
        self.waiting.contains_key(&lane)
    }

    /// How many lanes wait for their turn.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}

impl Round {
    fn push(&mut self, tenant: TenantKey, place: Place, lane: WebhookKey) {
        let lanes = self.lanes.entry(tenant).or_insert_with(|| {
            self.tenants.push_back(tenant);
            BTreeMap::new()
        });
        lanes.insert(place, lane);
    }

    fn pop(&mut self, may: impl Fn(TenantKey) -> bool) -> Option<(TenantKey, WebhookKey)> {
        loop {
            let tenant = self.tenants.pop_front()?;
            let Some(lane) = self.lanes.get(&tenant).and_then(|lanes| lanes.first_key_value()) else {
                self.lanes.remove(&tenant);
                continue;
            };
            if !may(tenant) {
                self.passed_over.push(tenant);
                continue;
            }
            let (&place, &lane) = lane;
            self.remove(tenant, place);
            self.tenants.push_back(tenant);
            return Some((tenant, lane));
        }
    }

    fn remove(&mut self, tenant: TenantKey, place: Place) {
        if let Some(lanes) = self.lanes.get_mut(&tenant) {
            lanes.remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    fn lane(number: i64) -> WebhookKey {
        WebhookKey(Serial::nth(number))
    }

    fn class(tenant: i64, latency: LatencyClass) -> SlotClass {
        SlotClass { tenant: TenantKey(tenant), latency }
    }

    fn popped(queue: &mut ReadyQueue, slots: &Slots) -> Option<WebhookKey> {
        queue.pop(slots, |_| true).map(|(_, lane)| lane)
    }

    #[test]
    fn a_tenant_with_many_lanes_gets_no_more_turns_than_one_with_few() {
        let (slots, mut queue) = (Slots::new(64), ReadyQueue::default());
        for number in 0..100 {
            queue.push(class(1, LatencyClass::Quick), lane(number));
        }
        queue.push(class(2, LatencyClass::Quick), lane(100));
        let mut turns_of_second = 0;
        for _ in 0..20 {
            let (class, next) = queue.pop(&slots, |_| true).unwrap();
            turns_of_second += usize::from(class.tenant == TenantKey(2));
            queue.push(class, next);
        }
        assert_eq!(turns_of_second, 10);
    }

    #[test]
    fn lanes_of_one_latency_get_no_more_turns_than_those_of_another() {
        let (slots, mut queue) = (Slots::new(64), ReadyQueue::default());
        for number in 0..100 {
            queue.push(class(number, LatencyClass::Slow), lane(number));
            queue.push(class(number, LatencyClass::New), lane(1000 + number));
        }
        queue.push(class(100, LatencyClass::Quick), lane(100));
        let turns: Vec<LatencyClass> = (0..30)
            .map(|_| {
                let (class, next) = queue.pop(&slots, |_| true).unwrap();
                queue.push(class, next);
                class.latency
            })
            .collect();
        for latency in LatencyClass::ALL {
            assert_eq!(turns.iter().filter(|&&other| other == latency).count(), 10);
        }
    }

    #[test]
    fn who_may_have_no_slot_is_passed_over_and_keeps_its_place() {
        let (mut slots, mut queue) = (Slots::new(4), ReadyQueue::default());
        slots.take(class(1, LatencyClass::Quick));
        slots.take(class(1, LatencyClass::Quick));
        for (tenant, number) in [(1, 1), (1, 2), (2, 3)] {
            queue.push(class(tenant, LatencyClass::Quick), lane(number));
        }
        assert_eq!(popped(&mut queue, &slots), Some(lane(3)));
        assert_eq!(popped(&mut queue, &slots), None);
        assert_eq!(queue.len(), 2);
        slots.give_back(class(1, LatencyClass::Quick));
        queue.push(class(2, LatencyClass::Quick), lane(3));
        queue.push(class(1, LatencyClass::New), lane(2));
        queue.ask_again();
        let all: Vec<_> = std::iter::from_fn(|| popped(&mut queue, &slots)).collect();
        assert_eq!(all, [lane(2), lane(1), lane(3)], "after a quick lane come those of other latency classes");
    }

    #[test]
    fn who_was_passed_over_and_leaves_is_forgotten() {
        let (mut slots, mut queue) = (Slots::new(4), ReadyQueue::default());
        slots.take(class(1, LatencyClass::Quick));
        slots.take(class(1, LatencyClass::Quick));
        queue.push(class(1, LatencyClass::Quick), lane(1));
        assert_eq!(popped(&mut queue, &slots), None);
        queue.push(class(1, LatencyClass::New), lane(1));
        assert_eq!(popped(&mut queue, &slots), Some(lane(1)));
        queue.push(class(1, LatencyClass::Quick), lane(1));
        slots.give_back(class(1, LatencyClass::Quick));
        queue.ask_again();
        assert_eq!(popped(&mut queue, &slots), Some(lane(1)));
        assert_eq!(popped(&mut queue, &slots), None);
    }

    #[test]
    fn a_lane_is_in_once() {
        let (slots, mut queue) = (Slots::new(4), ReadyQueue::default());
        // The last says what it is.
        for latency in
            [LatencyClass::Quick, LatencyClass::Quick, LatencyClass::Slow, LatencyClass::Quick, LatencyClass::Slow]
        {
            queue.push(class(1, latency), lane(1));
        }
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.pop(&slots, |_| true), Some((class(1, LatencyClass::Slow), lane(1))));
        assert_eq!(queue.pop(&slots, |_| true), None);
        queue.push(class(1, LatencyClass::Quick), lane(1));
        assert_eq!(popped(&mut queue, &slots), Some(lane(1)));
        assert_eq!(queue.len(), 0);
    }
}

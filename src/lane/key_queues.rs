//! Keeping order: of the deliveries with one key, one at a time is under way; the others wait behind it.
//!
//! Retries go before what was never attempted. Few deliveries wait in memory: when there are too many, those further back
//! are left in the store, and are loaded when their turn comes ([`KeyQueues::wanted_load`]).

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::model::{DeliveryId, OrderingKey, Owed};

/// The keys that have a delivery under way or waiting for a retry.
#[derive(Debug, Default)]
pub struct KeyQueues {
    queues: HashMap<OrderingKey, Queue>,
    /// How many deliveries wait in memory, in all queues together.
    waiting: usize,
    /// Keys that are free, and whose next deliveries are in the store.
    to_load: VecDeque<OrderingKey>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Ready or in flight: one, or several that were begun before the lane had to keep order.
    active: BTreeSet<DeliveryId>,
    /// Attempted before, and in the store until they are due; nothing pending goes before them.
    retrying: BTreeSet<DeliveryId>,
    /// Behind those, in the order in which they go.
    waiting: VecDeque<Owed>,
    /// If there are more that were left in the store: all of them come after this one.
    spilled_after: Option<DeliveryId>,
}

/// What follows when a key is free.
#[derive(Debug, Default, PartialEq)]
pub struct Release {
    /// The next delivery of the key, which may go now.
    pub next: Option<Owed>,
    /// A retry may be waiting for its turn in the store.
    pub look_for_retries: bool,
}

impl KeyQueues {
    /// How many keys are held.
    pub fn len(&self) -> usize {
        self.queues.len()
    }

    /// How many deliveries wait in memory behind others.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many of these could go together with the one of this key that is ready.
    pub fn behind(&self, key: &OrderingKey) -> usize {
        self.queues.get(key).filter(|queue| queue.retrying.is_empty()).map_or(0, |queue| queue.waiting.len())
    }

    /// The delivery of this key that comes before this one, as far as that is known here: one that is ready or under way, or one
    /// that waits for a retry.
    pub fn before(&self, key: &OrderingKey, id: DeliveryId) -> Option<DeliveryId> {
        let queue = self.queues.get(key)?;
        if queue.active.contains(&id) {
            return None;
        }
        let of_retries = queue.retrying.first().filter(|_| !queue.retrying.contains(&id));
        queue.active.first().or(of_retries).copied()
    }

    /// A pending delivery, in the order of the store: returned if it is its turn, otherwise it waits.
    /// `spill`: memory is full, leave it in the store if it must wait.
    pub fn admit(&mut self, key: OrderingKey, owed: Owed, spill: bool) -> Option<Owed> {
        let Some(queue) = self.queues.get_mut(&key) else {
            self.begun(key, owed.id);
            return Some(owed);
        };
        if spill || queue.spilled_after.is_some() {
            queue.spilled_after.get_or_insert(DeliveryId(owed.id.0.before()));
        } else {
            queue.waiting.push_back(owed);
            self.waiting += 1;
        }
        None
    }

    /// The next that waits behind deliveries of this key which are about to go, to go with them if it `fits`.
    pub fn join(&mut self, key: &OrderingKey, fits: impl Fn(&Owed) -> bool) -> Option<Owed> {
        let queue = self.queues.get_mut(key).filter(|queue| queue.retrying.is_empty())?;
        let next = queue.waiting.pop_front_if(|next| fits(next))?;
        queue.active.insert(next.id);
        self.waiting -= 1;
        Some(next)
    }

    /// One that was to go did not. If another of its key that went with it waits for a retry now, it waits behind that
    /// one, before all others; put back several last one first. Tells whether it waits.
    pub fn put_back(&mut self, key: &OrderingKey, owed: &Owed) -> bool {
        let Some(queue) = self.queues.get_mut(key).filter(|queue| !queue.retrying.is_empty()) else { return false };
        queue.active.remove(&owed.id);
        queue.waiting.push_front(owed.clone());
        self.waiting += 1;
        true
    }

    /// This delivery is under way.
    pub fn begun(&mut self, key: OrderingKey, id: DeliveryId) {
        let queue = self.queues.entry(key).or_default();
        queue.retrying.remove(&id);
        queue.active.insert(id);
    }

    /// A retry is due: whether it is its turn.
    pub fn retry(&mut self, key: OrderingKey, id: DeliveryId) -> bool {
        let queue = self.queues.entry(key).or_default();
        let free = queue.active.is_empty();
        if free {
            queue.retrying.remove(&id);
            queue.active.insert(id);
        } else {
            queue.retrying.insert(id);
        }
        free
    }

    /// This delivery waits for a retry. Others of its key may go in the meantime if they are retries, too.
    pub fn waits(&mut self, key: OrderingKey, id: DeliveryId) -> Release {
        let queue = self.queues.entry(key).or_default();
        let was_active = queue.active.remove(&id);
        queue.retrying.insert(id);
        let others = queue.active.is_empty() && queue.retrying.len() > 1;
        Release { next: None, look_for_retries: was_active && others }
    }

    /// This delivery has come to its end.
    pub fn release(&mut self, key: &OrderingKey, id: DeliveryId) -> Release {
        if let Some(queue) = self.queues.get_mut(key) {
            queue.active.remove(&id);
            queue.retrying.remove(&id);
        }
        self.go_on(key)
    }

    /// A delivery was given up by hand: it may wait for a retry, or behind another.
    pub fn forget(&mut self, id: DeliveryId) -> Release {
        for queue in self.queues.values_mut() {
            let before = queue.waiting.len();
            queue.waiting.retain(|owed| owed.id != id);
            self.waiting -= before - queue.waiting.len();
        }
        match self.queues.iter().find(|(_, queue)| queue.retrying.contains(&id)).map(|(key, _)| key.clone()) {
            Some(key) => self.release(&key, id),
            None => Release::default(),
        }
    }

    /// Forgets everything but those of the retries for which others wait that are to be kept.
    pub fn keep_retrying(&mut self, keep: impl Fn(DeliveryId) -> bool) {
        self.queues.retain(|_, queue| {
            let mut retrying = std::mem::take(&mut queue.retrying);
            retrying.retain(|&id| keep(id));
            *queue = Queue { retrying, ..Queue::default() };
            !queue.retrying.is_empty()
        });
        self.waiting = 0;
        self.to_load.clear();
    }

    /// A key whose next deliveries are in the store, and behind which one they come.
    pub fn wanted_load(&mut self) -> Option<(OrderingKey, DeliveryId)> {
        while let Some(key) = self.to_load.pop_front() {
            // A retry may have taken the key meanwhile; then the load is asked for again at its end.
            if let Some(queue) = self.queues.get(&key).filter(|queue| queue.is_free())
                && let Some(after) = queue.spilled_after
            {
                return Some((key, after));
            }
        }
        None
    }

    /// The store could not be asked for the next of this key; it is asked once more.
    pub fn load_failed(&mut self, key: OrderingKey) {
        self.to_load.push_back(key);
    }

    /// What the store had for a key, in order, and behind which one there is more.
    pub fn loaded(&mut self, key: &OrderingKey, deliveries: Vec<Owed>, more_after: Option<DeliveryId>) -> Release {
        let Some(queue) = self.queues.get_mut(key) else { return Release::default() };
        queue.spilled_after = more_after;
        self.waiting += deliveries.len();
        queue.waiting.extend(deliveries);
        self.go_on(key)
    }

    /// The next of a key, if it is free.
    fn go_on(&mut self, key: &OrderingKey) -> Release {
        let Some(queue) = self.queues.get_mut(key).filter(|queue| queue.active.is_empty()) else {
            return Release::default();
        };
        if !queue.retrying.is_empty() {
            return Release { next: None, look_for_retries: true };
        }
        let next = queue.waiting.pop_front();
        match &next {
            Some(next) => {
                queue.active.insert(next.id);
                self.waiting -= 1;
            }
            None if queue.spilled_after.is_some() => self.to_load.push_back(key.clone()),
            None => {
                self.queues.remove(key);
            }
        }
        Release { next, look_for_retries: false }
    }
}

impl Queue {
    fn is_free(&self) -> bool {
        self.active.is_empty() && self.retrying.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventKey, Serial, WebhookKey};

    fn key() -> OrderingKey {
        OrderingKey::whole_lane()
    }

    fn id(number: i64) -> DeliveryId {
        DeliveryId(Serial::nth(number))
    }

    fn owed(number: i64) -> Owed {
        let (webhook, event) = (WebhookKey(Serial::nth(1)), EventKey(Serial::nth(number)));
        Owed {
            id: id(number),
            webhook,
            event,
            attempts: 0,
            failed: 0,
            last_attempt: None,
            ordering_key: None,
            own_id: false,
        }
    }

    /// The first of these is under way, the others wait behind it.
    fn queues(numbers: std::ops::RangeInclusive<i64>) -> KeyQueues {
        let mut queues = KeyQueues::default();
        let first = *numbers.start();
        for number in numbers {
            assert_eq!(queues.admit(key(), owed(number), false).is_some(), number == first);
        }
        queues
    }

    fn next(release: Release) -> Option<DeliveryId> {
        release.next.map(|next| next.id)
    }

    #[test]
    fn when_a_retry_waits_again_one_that_was_passed_over_is_looked_for() {
        let mut queues = KeyQueues::default();
        assert!(queues.retry(key(), id(1)));
        assert!(!queues.waits(key(), id(1)).look_for_retries, "there is no other");
        assert!(queues.retry(key(), id(1)));
        assert!(!queues.retry(key(), id(2)), "one at a time");
        assert!(queues.waits(key(), id(1)).look_for_retries);
    }

    #[test]
    fn what_comes_after_a_delivery_left_in_the_store_is_left_there_too() {
        let mut queues = queues(1..=1);
        assert_eq!(queues.admit(key(), owed(2), true), None);
        assert_eq!(queues.admit(key(), owed(3), false), None);
        assert_eq!(queues.waiting(), 0);
        assert_eq!(next(queues.release(&key(), id(1))), None);
        assert_eq!(queues.wanted_load(), Some((key(), id(1))), "from the first that was left");
        assert_eq!(next(queues.loaded(&key(), vec![owed(2), owed(3)], None)), Some(id(2)));
    }

    #[test]
    fn once_all_that_was_left_in_the_store_is_loaded_nothing_is_asked_for() {
        let mut queues = queues(1..=1);
        queues.admit(key(), owed(2), true);
        queues.release(&key(), id(1));
        assert_eq!(queues.wanted_load(), Some((key(), id(1))));
        queues.loaded(&key(), vec![owed(2)], None);
        queues.release(&key(), id(2));
        assert_eq!((queues.wanted_load(), queues.len()), (None, 0));
    }

    #[test]
    fn while_one_waits_for_a_retry_nothing_untried_joins_what_is_about_to_go() {
        let mut queues = KeyQueues::default();
        assert!(queues.retry(key(), id(1)));
        assert_eq!(queues.admit(key(), owed(3), false), None);
        assert!(!queues.retry(key(), id(2)));
        assert_eq!(queues.join(&key(), |_| true), None);
        queues.release(&key(), id(2));
        assert_eq!(queues.join(&key(), |_| true), Some(owed(3)));
    }

    #[test]
    fn what_is_put_back_waits_behind_the_retry_of_what_it_went_with() {
        let mut queues = queues(1..=4);
        for number in [2, 3] {
            assert_eq!(queues.join(&key(), |_| true), Some(owed(number)));
        }
        assert!(!queues.put_back(&key(), &owed(3)), "no retry is before it");
        queues.waits(key(), id(1));
        for number in [3, 2] {
            assert!(queues.put_back(&key(), &owed(number)));
        }
        assert!(queues.retry(key(), id(1)), "it is its turn again");
        for number in 1..=3 {
            assert_eq!(next(queues.release(&key(), id(number))), Some(id(number + 1)));
        }
    }
}

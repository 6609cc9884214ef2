//! Deliveries that somebody wants to go now: each goes next, whatever the breaker, the receiver's pause or its own time say, and
//! tells whether the receiver works again. Order, rate and the number of requests at a time hold for it as for any other, and
//! while the breaker is open one probe goes at a time.

use super::{Lane, Load, batch::go_together};
use crate::model::{DeliveryId, Owed, Timestamp};

/// So many a lane remembers; others go when their turn comes.
const MOST_BY_HAND: usize = 16;

impl Lane {
    /// Somebody wants this delivery to go now. In the store it is due.
    pub fn wanted_now(&mut self, id: DeliveryId) {
        self.retried();
        if self.by_hand.len() < MOST_BY_HAND && !self.by_hand.contains(&id) && !self.is_off() {
            self.by_hand.push_back(id);
        }
    }

    /// A request of ours that is no delivery has shown that the receiver works. Whether the breaker was open.
    pub fn receiver_works(&mut self) -> bool {
        let was_open = self.breaker.open_until().is_some();
        self.breaker.succeeded();
        self.paused_until = Timestamp::default();
        was_open
    }

    /// What to ask the store for, so that the next of them can go.
    pub(super) fn wanted_by_hand(&mut self) -> Option<Load> {
        while self.by_hand.pop_front_if(|id| self.in_flight.contains_key(id)).is_some() {}
        let id = *self.by_hand.front()?;
        // What became of it is about to be durable; then the store knows whether it is still owed.
        let is_here = self.settling.contains_key(&id) || self.ready.iter().any(|owed| owed.id == id);
        if is_here {
            return None;
        }
        self.expects(1);
        Some(Load::One(id))
    }

    /// The answer to [`Load::One`]: the delivery, if it is owed, and when it is due if it was attempted before.
    pub fn loaded_one(&mut self, id: DeliveryId, found: Option<(Option<Timestamp>, Owed)>, now: Timestamp) {
        let Some(overtaken) = self.load_ended() else { return };
        if self.by_hand.front() != Some(&id) || overtaken.contains(&id) {
            return;
        }
        // What is due later was attempted once more since it was asked for.
        let found = found.filter(|(due, _)| due.is_none_or(|due| due <= now));
        let Some((due, owed)) = found.filter(|(_, owed)| !self.in_hand(owed.id)) else {
            self.by_hand.pop_front();
            return;
        };
        let turn = match (self.key_of(&owed), due) {
            (None, _) => true,
            (Some(key), Some(_)) => self.key_queues.retry(key, id),
            // That it comes before the others of its key is known only of what was loaded in its order.
            (Some(_), None) => false,
        };
        if turn {
            self.ready_retries.insert(id);
            self.ready.push_front(owed);
        } else {
            self.by_hand.pop_front();
        }
    }

    /// Brings the next of them to the front of what is ready, if it is there. What was tried together stays together. Tells
    /// whether it is in front now.
    pub(super) fn bring_forward(&mut self) -> bool {
        let Some(id) = self.by_hand.front() else { return false };
        let Some(place) = self.ready.iter().position(|owed| owed.id == *id) else { return false };
        let together = |other: usize| {
            let (one, other) = (&self.ready[place], self.ready.get(other));
            one.last_attempt.is_some() && other.is_some_and(|other| go_together(one, other))
        };
        let (mut from, mut end) = (place, place + 1);
        if self.is_batching() {
            while from > 0 && together(from - 1) {
                from -= 1;
            }
            while together(end) {
                end += 1;
            }
        }
        if end - from > self.most_in_batch() {
            // They do not fit into one request any more, so the first of them go first.
            self.by_hand.pop_front();
            return false;
        }
        let group: Vec<Owed> = self.ready.drain(from..end).collect();
        group.into_iter().rev().for_each(|owed| self.ready.push_front(owed));
        true
    }

    /// Which of these is the one that is to go now.
    pub(super) fn taken_by_hand(&mut self, batch: &[Owed]) -> Option<DeliveryId> {
        self.by_hand.pop_front_if(|id| batch.iter().any(|owed| owed.id == *id))
    }
}

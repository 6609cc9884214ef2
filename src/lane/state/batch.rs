//! What goes in one request: a batch of deliveries. A webhook that takes no batches gets batches of one.
//!
//! Here stands the one rule for what goes together. The deliveries of a batch share their last attempt: they were never
//! tried, or tried in one request and are tried in one again, under the same id to its receiver. So one chain of attempts
//! tells of all of them. What may be left out of the request is said by the batch's [`Cohesion`], and by nobody else:
//!
//! - Where order is kept, what was tried together goes whole or not at all.
//! - Where order is kept, nothing goes that comes after a delivery which does not.
//! - Where it is not, each stands for itself. A batch that is tried again is offered whole; what finds no room goes next.

use super::{LOW_WATER, Lane, WINDOW};
use crate::model::{Cohesion, DeliveryId, Owed, Timestamp};

/// Deliveries that go in one request.
#[derive(Clone, PartialEq, Debug)]
pub struct OwedBatch {
    /// In order; never none.
    pub owed: Vec<Owed>,
    /// What may be left out of the request.
    pub cohesion: Cohesion,
}

impl Lane {
    pub(super) fn is_batching(&self) -> bool {
        self.webhook.settings.batch.is_some()
    }

    /// As many as one request may carry.
    pub(super) fn most_in_batch(&self) -> usize {
        self.webhook.settings.batch.as_ref().map_or(1, |batch| batch.max_events as usize)
    }

    /// A window this empty is filled up, and to this size: a batch has to find room in it.
    pub(super) fn water(&self) -> (usize, usize) {
        let most = self.most_in_batch();
        (LOW_WATER.max(most - 1), WINDOW.max(2 * most))
    }

    /// Until when to wait for more that could go with what is ready; `None` if it is to go now. What is tried again has
    /// waited already. Nothing waits longer than the batch's `max_wait` from when it is first asked, whatever time its serial
    /// tells: that may be of a clock that was ahead.
    pub(super) fn batch_grows_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.growing = Some(self.grows(now)?);
        self.growing.map(|(_, until)| until).filter(|&until| now < until)
    }

    /// The oldest of the batch that waits for more, and until when it does; `None` if none is to wait.
    pub(super) fn grows(&self, now: Timestamp) -> Option<(DeliveryId, Timestamp)> {
        let batch = self.webhook.settings.batch.as_ref()?;
        let max_wait = batch.max_wait.0;
        let first = self.ready.front().filter(|first| first.last_attempt.is_none())?;
        let together = self.ready.iter().take_while(|other| go_together(first, other)).count();
        let most = batch.max_events as usize;
        // What waits behind a key that is not ready does not fill this batch; mostly there is not even enough of it.
        if together + self.key_queues.waiting() >= most {
            let keys = self.ready.iter().take(together).filter_map(|owed| self.key_of(owed));
            if together + keys.map(|key| self.key_queues.behind(&key)).sum::<usize>() >= most {
                return None;
            }
        }
        let oldest = self.ready.iter().take(together).map(|owed| owed.id).min()?;
        let until = match self.growing {
            Some((known, until)) if known == oldest => until.min(now + max_wait),
            _ => oldest.0.time().min(now) + max_wait,
        };
        Some((oldest, until))
    }

    /// It may go, after all others. Where batches grow, what is tried again goes before what waits for more.
    pub(super) fn goes_last(&mut self, owed: Owed) {
        let place = if owed.last_attempt.is_some() { self.growing_from() } else { self.ready.len() };
        self.ready.insert(place, owed);
    }

    /// It may go, before all others.
    pub(super) fn goes_first(&mut self, owed: Owed) {
        let place = if owed.last_attempt.is_some() || !self.is_batching() { 0 } else { self.growing_from() };
        self.ready.insert(place, owed);
    }

    /// Where in what is ready the batch begins that waits for more.
    fn growing_from(&self) -> usize {
        match self.is_batching() {
            true => self.ready.iter().take_while(|owed| owed.last_attempt.is_some()).count(),
            false => self.ready.len(),
        }
    }

    /// Takes the next batch out of what is ready, and of what waits behind it for its key. None if nothing is ready.
    pub(super) fn take_batch(&mut self) -> Option<OwedBatch> {
        let first = self.ready.pop_front()?;
        let cohesion = self.cohesion(&first);
        let most = self.most_in_batch();
        let mut owed = vec![first];
        while owed.len() < most
            && let Some(next) = self.ready.pop_front_if(|next| go_together(&owed[0], next))
        {
            owed.push(next);
        }
        if most > 1 {
            self.join_behind(&mut owed, most);
            owed.sort_unstable_by_key(|owed| owed.id);
        }
        Some(OwedBatch { owed, cohesion })
    }

    /// How far deliveries with this past depend on one another in a request.
    fn cohesion(&self, one: &Owed) -> Cohesion {
        match self.keeps_order() {
            false => Cohesion::Loose,
            true if one.attempts == 0 => Cohesion::InOrder,
            true => Cohesion::Whole,
        }
    }

    /// One request carries its deliveries in their order, so those of one key need not wait for each other.
    fn join_behind(&mut self, batch: &mut Vec<Owed>, most: usize) {
        // What is ready of the same keys stood next to it, and is in the batch already, unless that is full.
        let mut place = 0;
        while let Some(owed) = batch.get(place).filter(|_| batch.len() < most) {
            place += 1;
            let Some(key) = self.key_of(owed) else { continue };
            while batch.len() < most
                && let Some(behind) = self.key_queues.join(&key, |next| go_together(&batch[0], next))
            {
                batch.push(behind);
            }
        }
    }
}

/// Whether two deliveries can be tried together: they have a past in common, or none.
pub(super) fn go_together(one: &Owed, other: &Owed) -> bool {
    one.last_attempt == other.last_attempt && one.failed == other.failed
}

//! What goes in one request: one delivery, or a batch of them.
//!
//! A parcel holds deliveries that share their last attempt: those never tried, or those of a batch that failed. So what was
//! tried together is tried together again, under the same id to its receiver, and one chain of attempts tells of all of
//! them.

use std::collections::HashSet;

use super::{LOW_WATER, Lane, WINDOW};
use crate::model::{OrderingKey, Owed, Timestamp};

impl Lane {
    pub(super) fn is_batching(&self) -> bool {
        self.webhook.settings.batch.is_some()
    }

    /// As many as one request may carry.
    pub(super) fn most_in_parcel(&self) -> usize {
        self.webhook.settings.batch.as_ref().map_or(1, |batch| batch.max_events as usize)
    }

    /// A window this empty is filled up, and to this size: a batch has to find room in it.
    pub(super) fn water(&self) -> (usize, usize) {
        let most = self.most_in_parcel();
        (LOW_WATER.max(most - 1), WINDOW.max(2 * most))
    }

    /// Until when to wait for more that could go with what is ready; `None` if it is to go now. What is tried again has
    /// waited already.
    pub(super) fn batch_grows_until(&self, now: Timestamp) -> Option<Timestamp> {
        let batch = self.webhook.settings.batch.as_ref()?;
        let first = self.ready.front().filter(|first| first.last_attempt.is_none())?;
        let together = self.ready.iter().take_while(|other| go_together(first, other)).count();
        let most = batch.max_events as usize;
        // What waits behind a key that is not ready does not fill this batch; mostly there is not even enough of it.
        if together + self.keys.waiting() >= most {
            let keys = self.ready.iter().take(together).filter_map(|owed| self.key_of(owed));
            if together + keys.map(|key| self.keys.behind(&key)).sum::<usize>() >= most {
                return None;
            }
        }
        let oldest = self.ready.iter().take(together).map(|owed| owed.id).min()?;
        Some(oldest.0.time() + batch.max_wait.0).filter(|&until| now < until)
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

    /// Takes the next parcel out of what is ready, and of what waits behind it for its key.
    pub(super) fn take_parcel(&mut self) -> Vec<Owed> {
        let most = self.most_in_parcel();
        let mut parcel: Vec<Owed> = Vec::with_capacity(1);
        while parcel.len() < most
            && let Some(next) =
                self.ready.pop_front_if(|next| parcel.first().is_none_or(|first| go_together(first, next)))
        {
            parcel.push(next);
        }
        if most > 1 {
            self.join_behind(&mut parcel, most);
            parcel.sort_unstable_by_key(|owed| owed.id);
        }
        parcel
    }

    /// One request carries its deliveries in their order, so those of one key need not wait for each other.
    fn join_behind(&mut self, parcel: &mut Vec<Owed>, most: usize) {
        // What found no room before goes before what waits.
        let goes_before: HashSet<OrderingKey> = self.ready.iter().filter_map(|ready| self.key_of(ready)).collect();
        let mut place = 0;
        while let Some(owed) = parcel.get(place).filter(|_| parcel.len() < most) {
            place += 1;
            let Some(key) = self.key_of(owed) else { continue };
            if goes_before.contains(&key) {
                continue;
            }
            while parcel.len() < most
                && let Some(behind) = self.keys.join(&key, |next| go_together(&parcel[0], next))
            {
                parcel.push(behind);
            }
        }
    }
}

/// Whether two deliveries can be tried together: they have a past in common, or none.
fn go_together(one: &Owed, other: &Owed) -> bool {
    one.last_attempt == other.last_attempt && one.failed == other.failed
}

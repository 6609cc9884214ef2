//! What the store says: how a lane's window is filled.

use super::{Lane, Load, MOST_KEYS, PASSED_OVER_PAUSE, UNREADABLE_PAUSE};
use crate::{
    model::{DeliveryId, IdSet, OrderingKey, Owed, Timestamp},
    store::Pending,
    webhook::Ordering,
};

impl Lane {
    /// What to ask the store for, if anything.
    pub(super) fn wanted_load(&mut self, now: Timestamp, room: usize) -> Option<Load> {
        let (low_water, window) = self.water();
        let by_hand = self.wanted_by_hand();
        if by_hand.is_some() {
            return by_hand;
        }
        let may = self.may_load(room);
        self.lacks_room = false;
        let is_due = self.next_retry.is_some_and(|at| at <= now);
        if self.ready.len() < window && (is_due || self.more_retries_to_know() && may > 0) {
            self.next_retry = None;
            return Some(self.load_retries(window, may));
        }
        // What is due goes all the same, and nothing new before room was found to know the others.
        self.lacks_room = self.more_retries_to_know() && may == 0;
        if let Some((key, after)) = self.key_queues.wanted_load() {
            // One at least: its key has its turn.
            let limit = (window / 2).saturating_sub(self.key_queues.waiting()).min(may).max(1);
            self.expects(limit);
            return Some(Load::Key { key, after, limit });
        }
        // What waits for its key must not keep other keys waiting.
        let all_one_key = self.webhook.settings.ordering == Ordering::Strict;
        let held = self.ready.len() + if all_one_key { self.key_queues.waiting() } else { 0 };
        let in_window = held <= low_water && self.key_queues.len() < MOST_KEYS;
        if !(self.more_pending && self.retries_known && in_window) {
            return None;
        }
        if may == 0 {
            self.lacks_room = true;
            return None;
        }
        self.more_pending = false;
        let limit = window.saturating_sub(held).max(1).min(may);
        self.expects(limit);
        Some(Load::Pending { after: self.cursor, limit })
    }

    /// Asks for those that wait for a retry: the soonest come first, what is known of them and then what is not.
    fn load_retries(&mut self, window: usize, may: usize) -> Load {
        // The store may still list those in hand as retrying.
        let in_hand = self.ready_retries.len() + self.in_flight.len() + self.settling.len();
        let (read, most) = if self.retries_known { (0, window) } else { (self.retries_read, MOST_KEYS) };
        let limit = most.min(read.saturating_add(may)).max(self.least_retries());
        self.expects(limit.saturating_sub(read));
        Load::Retrying { limit: in_hand + limit }
    }

    /// Whether retries wait of which it has not asked for the keys yet, as it could not load them all at one time.
    fn more_retries_to_know(&self) -> bool {
        let some_are_read = (1..MOST_KEYS).contains(&self.retries_read);
        self.webhook.settings.ordering == Ordering::Key && !self.retries_known && some_are_read
    }

    /// Something pending was committed.
    pub fn woken(&mut self) {
        self.more_pending = true;
        self.to_cancel |= self.is_off();
    }

    /// Retries are due then.
    pub fn retries_at(&mut self, at: Timestamp) {
        self.next_retry = Some(self.next_retry.map_or(at, |known| known.min(at)));
        self.to_cancel |= self.is_off();
    }

    /// Deliveries were made due.
    pub fn retried(&mut self) {
        // It may be one of those whose end is durable, but was not heard of here yet.
        for retry_at in self.settling.values_mut() {
            retry_at.get_or_insert_default();
        }
        self.retries_at(Timestamp::default());
    }

    /// The answer to [`Load::Pending`].
    pub fn loaded_pending(&mut self, pending: Pending) {
        let Some(overtaken) = self.load_ended() else { return };
        self.more_pending |= pending.more;
        self.cursor = self.cursor.max(pending.upto);
        for owed in pending.deliveries {
            if !self.in_hand(owed.id) && !overtaken.contains(&owed.id) {
                self.admit(owed);
            }
        }
    }

    /// The answer to [`Load::Key`].
    pub fn loaded_key(&mut self, key: &OrderingKey, mut pending: Pending) {
        let Some(overtaken) = self.load_ended() else { return };
        // What is behind the cursor will come by the other way.
        let before = pending.deliveries.len();
        pending.deliveries.retain(|owed| owed.id <= self.cursor);
        let more = pending.more && pending.deliveries.len() == before;
        pending.deliveries.retain(|owed| !self.in_hand(owed.id) && !overtaken.contains(&owed.id));
        let release = self.key_queues.loaded(key, pending.deliveries, more.then_some(pending.upto));
        self.follow(release);
    }

    /// The answer to [`Load::Retrying`]; `all`: there are no others.
    pub fn loaded_retrying(&mut self, retries: Vec<(Timestamp, Owed)>, all: bool, now: Timestamp) {
        let Some(overtaken) = self.load_ended() else { return };
        self.retries_known |= all;
        self.retries_read = 0;
        let mut progress = false;
        let mut begun = IdSet::default();
        let (_, window) = self.water();
        for (at, owed) in retries {
            if self.in_hand(owed.id) || overtaken.contains(&owed.id) {
                continue;
            }
            self.retries_read += 1;
            let due = at <= now && self.ready.len() < 2 * window;
            if !due {
                self.retries_at(at.max(now));
                if let Some(key) = self.key_of(&owed) {
                    self.key_queues.waits(key, owed.id);
                }
                continue;
            }
            // Those of one batch go together, whatever their keys.
            let batch = owed.last_attempt.filter(|_| self.is_batching());
            let turn = self.key_of(&owed).is_none_or(|key| {
                let joins = batch.is_some_and(|batch| begun.contains(&(key.clone(), batch)));
                if joins {
                    self.key_queues.begun(key.clone(), owed.id);
                }
                let turn = joins || self.key_queues.retry(key.clone(), owed.id);
                begun.extend(batch.filter(|_| turn).map(|batch| (key, batch)));
                turn
            });
            if turn {
                self.retries_read -= 1;
                self.ready_retries.insert(owed.id);
                self.goes_last(owed);
                progress = true;
            }
        }
        if !all && self.next_retry.is_none() {
            // Others are behind these. If all of these have to wait for their keys, so do we.
            self.next_retry = Some(if progress { now } else { now + PASSED_OVER_PAUSE });
        }
    }

    /// A load has ended. Returns the deliveries about which its answer may be out of date; `None` if all of it is, because
    /// the lane has begun again since it asked.
    pub(super) fn load_ended(&mut self) -> Option<IdSet<DeliveryId>> {
        self.loading = false;
        self.expected = 0;
        let overtaken = std::mem::take(&mut self.overtaken);
        (!std::mem::take(&mut self.load_is_stale)).then_some(overtaken)
    }

    /// Something became of this delivery that the answer to a load under way may not know.
    pub(super) fn overtakes_load(&mut self, id: DeliveryId) {
        if self.loading {
            self.overtaken.insert(id);
        }
    }

    /// The store could not be read; the lane asks again after a moment.
    pub fn load_failed(&mut self, load: Load, now: Timestamp) {
        self.rests_until = self.rests_until.max(now + UNREADABLE_PAUSE);
        if self.load_ended().is_none() {
            return;
        }
        match load {
            Load::Pending { .. } => self.more_pending = true,
            Load::Key { key, .. } => self.key_queues.load_failed(key),
            Load::Retrying { .. } => self.retries_at(now),
            // It is still wanted.
            Load::One(_) => {}
        }
    }

    /// A slice of the backlog was given up; `more`: there may be more.
    pub fn cancelled(&mut self, more: bool) {
        if self.load_ended().is_none() {
            return;
        }
        self.to_cancel |= more;
    }

    /// The backlog could not be given up; the lane asks again after a moment.
    pub fn cancel_failed(&mut self, now: Timestamp) {
        self.rests_until = self.rests_until.max(now + UNREADABLE_PAUSE);
        self.cancelled(true);
    }
}

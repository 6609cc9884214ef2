//! How much a lane knows of its backlog, and how much more it may get to know: all lanes together have a bound, and of what is
//! left of it a tenant's lanes take no more than they leave.

use super::Lane;
use crate::webhook::Ordering;

/// A key with what is noted of it takes up about as much memory as so many deliveries.
const KEY_ROOM: usize = 4;
/// So many deliveries a lane may know, whatever the others do.
const LEAST: usize = 8;

impl Lane {
    /// How much of its backlog it knows or is about to: in deliveries, where a key counts as four.
    pub fn known(&self) -> usize {
        self.held() + KEY_ROOM * self.key_queues.len() + self.expected
    }

    /// What one more delivery may take: perhaps it is of a key that was not known.
    fn each(&self) -> usize {
        if self.webhook.settings.ordering == Ordering::Key { 1 + KEY_ROOM } else { 1 }
    }

    /// How many deliveries more it may load, where its tenant's lanes may know so much more.
    pub(super) fn may_load(&self, room: usize) -> usize {
        let least = (LEAST * self.each()).saturating_sub(self.known());
        room.max(least) / self.each()
    }

    /// A load brings so many at most.
    pub(super) fn expects(&mut self, deliveries: usize) {
        self.expected = deliveries.saturating_mul(self.each());
    }

    /// As many retries as are loaded whatever the others do: what was tried in one request is tried in one again.
    pub(super) fn least_retries(&self) -> usize {
        if self.is_batching() { 2 * self.most_in_batch() } else { LEAST }
    }
}

//! One who watches.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Entry, Live, LivePlace, Log, State, Told};
use crate::model::{Serial, TenantKey};

/// One who watches a tenant, or all.
#[derive(Debug)]
pub struct LiveReader {
    live: Live,
    tenant: TenantKey,
    /// The number of what it takes next.
    next: u64,
    upto: Serial,
    wake: watch::Receiver<()>,
}

/// What a reader has taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// How many things it was too slow for, before these.
    pub missed: u64,
    /// In order.
    pub items: Vec<LiveItem>,
}

/// Something that a reader is told.
#[derive(Clone, Debug)]
pub struct LiveItem {
    /// Where the reader is with it.
    pub place: LivePlace,
    /// What it is.
    pub told: Arc<Told>,
}

impl LiveReader {
    pub(super) fn new(live: Live, tenant: TenantKey, log: &Log) -> LiveReader {
        LiveReader { live, tenant, next: log.end(), upto: log.upto, wake: log.wake.subscribe() }
    }

    /// Goes back to a place, if its log is still there with all that came after it.
    pub fn goes_back_to(&mut self, place: &LivePlace) -> bool {
        let state = self.live.locked();
        let log = state.logs.get(&self.tenant);
        let is_held = log.is_some_and(|log| log.name == place.log && (log.first..=log.end()).contains(&place.number));
        if is_held {
            (self.next, self.upto) = (place.number, place.upto);
        }
        is_held
    }

    /// The next things, at most so many.
    pub fn take(&mut self, most: usize) -> Taken {
        let taken = self.look(most);
        self.next += taken.missed + taken.items.len() as u64;
        if let Some(last) = taken.items.last() {
            self.upto = last.place.upto;
        }
        taken
    }

    /// The same, without taking them.
    pub fn look(&self, most: usize) -> Taken {
        let state = self.live.locked();
        let Some(log) = state.logs.get(&self.tenant) else { return Taken::default() };
        let from = self.next.max(log.first);
        let entries = log.entries.range((from - log.first) as usize..).take(most);
        let item = |(number, entry): (u64, &Entry)| LiveItem {
            place: log.place(number + 1, entry.upto),
            told: entry.told.clone(),
        };
        Taken { missed: from - self.next, items: (from..).zip(entries).map(item).collect() }
    }

    /// Where it is.
    pub fn place(&self) -> LivePlace {
        let state = self.live.locked();
        state.logs.get(&self.tenant).map_or(LivePlace::upto(self.upto), |log| log.place(self.next, self.upto))
    }

    /// Waits until there is something to look at: something happened, or it may not read any more. Losing this future loses nothing.
    pub async fn wakes(&mut self) {
        // The sender is in the log, which is there as long as this is.
        let _ = self.wake.changed().await;
    }

    /// Whether all reading has ended.
    pub fn is_closed(&self) -> bool {
        self.live.locked().is_closed
    }
}

impl Drop for LiveReader {
    fn drop(&mut self) {
        let mut state = self.live.locked();
        let State { logs, readers, .. } = &mut *state;
        *readers -= 1;
        if let Some(log) = logs.get_mut(&self.tenant) {
            log.readers -= 1;
        }
    }
}

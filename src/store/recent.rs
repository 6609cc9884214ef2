//! What was just committed, in memory: the fast path.
//!
//! For each webhook the tail of its pending deliveries, and the events they carry. Bounded: a webhook whose tail
//! overflows is answered from disk until its lane has caught up, and events are dropped oldest first by size.
//! Everything here is also on disk; losing it costs a read.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::sync::watch;

use super::{
    Hints, Pending, Wake,
    hints::{HintLog, Place},
};
use crate::model::{DeliveryId, Event, EventKey, IdMap, Owed, WebhookKey};

const LONGEST_TAIL: usize = 16_384;
const MOST_TAILED: usize = 200_000;
const MOST_EVENT_BYTES: usize = 32 << 20;

/// The tails and events of the last commits, and who is told of them.
#[derive(Default, Debug)]
pub(super) struct Recent {
    state: Mutex<State>,
    /// Counts commits. It moves after what they made visible.
    commits: watch::Sender<u64>,
}

#[derive(Default, Debug)]
struct State {
    tails: IdMap<WebhookKey, Tail>,
    tailed: usize,
    events: IdMap<EventKey, Arc<Event>>,
    order: VecDeque<(EventKey, usize)>,
    event_bytes: usize,
    hints: HintLog,
}

/// Every pending delivery of one webhook after `from`.
#[derive(Debug)]
struct Tail {
    from: DeliveryId,
    deliveries: VecDeque<Owed>,
    /// Where subscribers were last told of the webhook.
    told: Place,
}

impl Recent {
    /// Takes in what a commit made durable. `deliveries` are in the order of their ids.
    pub fn committed(&self, events: impl IntoIterator<Item = Arc<Event>>, deliveries: impl IntoIterator<Item = Owed>) {
        let mut state = self.lock();
        for event in events {
            state.keep_event(event);
        }
        for owed in deliveries {
            state.keep_delivery(owed);
        }
    }

    /// Takes in events that were read from disk because they are about to be sent.
    pub fn prefetched(&self, events: Vec<Event>) {
        let mut state = self.lock();
        for event in events {
            state.keep_event(Arc::new(event));
        }
    }

    /// For what is not a pending delivery.
    pub fn wake(&self, woken: impl IntoIterator<Item = Wake>) {
        let mut state = self.lock();
        for wake in woken {
            state.hints.tell(wake);
        }
    }

    /// Says that something was committed, after everything about it was put in here.
    pub fn announce(&self) {
        self.commits.send_modify(|count| *count += 1);
    }

    /// A new subscriber: its number, and the counter that wakes it.
    pub fn enter_subscriber(&self) -> (u64, watch::Receiver<u64>) {
        // The counter first: a commit in between wakes for nothing, where it would otherwise be told without waking.
        let commits = self.commits.subscribe();
        (self.lock().hints.enter(), commits)
    }

    pub fn forget_subscriber(&self, id: u64) {
        self.lock().hints.leave(id);
    }

    pub fn take_hints(&self, id: u64) -> Hints {
        self.lock().hints.take(id)
    }

    pub fn event(&self, key: EventKey) -> Option<Arc<Event>> {
        self.lock().events.get(&key).cloned()
    }

    /// What an event says is gone on disk, and so here.
    pub fn forget_event(&self, key: EventKey) {
        // Its place among the others is given up when it is its turn.
        self.lock().events.remove(&key);
    }

    /// The tail after `after`, if it is known to be complete; what is answered is forgotten here.
    pub fn pending(&self, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Option<Pending> {
        let mut state = self.lock();
        let tail = state.tails.get_mut(&webhook)?;
        if tail.from > after {
            return None;
        }
        let before = tail.deliveries.len();
        while tail.deliveries.front().is_some_and(|owed| owed.id <= after) {
            tail.deliveries.pop_front();
        }
        let count = limit.min(tail.deliveries.len());
        let deliveries: Vec<Owed> = tail.deliveries.drain(..count).collect();
        let upto = deliveries.last().map_or(after, |last| last.id);
        tail.from = tail.from.max(upto);
        let more = !tail.deliveries.is_empty();
        let gone = before - tail.deliveries.len();
        state.tailed -= gone;
        Some(Pending { deliveries, more, upto })
    }

    /// These are not pending any more, though no lane has read them here: attempted out of turn, or cancelled.
    pub fn no_longer_pending(&self, deliveries: impl IntoIterator<Item = (WebhookKey, DeliveryId)>) {
        let mut state = self.lock();
        for (webhook, id) in deliveries {
            let Some(tail) = state.tails.get_mut(&webhook) else { continue };
            if let Ok(place) = tail.deliveries.binary_search_by_key(&id, |owed| owed.id) {
                tail.deliveries.remove(place);
                state.tailed -= 1;
            }
        }
    }

    /// A webhook is gone, or what it is owed was cancelled.
    pub fn forget(&self, webhook: WebhookKey) {
        let mut state = self.lock();
        if let Some(tail) = state.tails.remove(&webhook) {
            state.tailed -= tail.deliveries.len();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Held for moves of small values only, never across an await; a panic inside would be a bug of this file,
        // and what it left could at worst be re-read from disk.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    /// One whose deliveries come slice by slice comes with each of them.
    fn keep_event(&mut self, event: Arc<Event>) {
        if self.events.contains_key(&event.key) {
            return;
        }
        let size = event.bytes() + 256;
        self.event_bytes += size;
        self.order.push_back((event.key, size));
        self.events.insert(event.key, event);
        while self.event_bytes > MOST_EVENT_BYTES
            && let Some((oldest, size)) = self.order.pop_front()
        {
            self.events.remove(&oldest);
            self.event_bytes -= size;
        }
    }

    fn keep_delivery(&mut self, owed: Owed) {
        let full = self.tailed >= MOST_TAILED;
        // The delivery before this one may be on disk only, unless the tail says otherwise; ids only grow.
        let just_before = DeliveryId(owed.id.0.before());
        let tail = self.tails.entry(owed.webhook).or_insert_with(|| Tail {
            from: just_before,
            deliveries: VecDeque::new(),
            told: 0,
        });
        if !self.hints.is_ahead_of_all(tail.told) {
            tail.told = self.hints.tell(Wake::Pending(owed.webhook));
        }
        if full || tail.deliveries.len() >= LONGEST_TAIL {
            self.tailed -= tail.deliveries.len();
            tail.deliveries.clear();
            tail.from = owed.id;
            return;
        }
        tail.deliveries.push_back(owed);
        self.tailed += 1;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{EventType, Serial, TenantKey, Timestamp};

    #[test]
    fn an_event_that_comes_with_several_commits_is_held_once() {
        let event = Event {
            key: EventKey(Serial::nth(1)),
            tenant: TenantKey(1),
            caller_id: None,
            event_type: EventType::parse("x").unwrap(),
            timestamp: Timestamp::default(),
            version: None,
            ordering_key: None,
            correlation_id: None,
            traceparent: None,
            source: None,
            metadata: None,
            data: Bytes::from_static(b"[1,2]"),
            fan_out: 9,
            scrubbed_at: None,
            test: false,
        };
        let recent = Recent::default();
        for _ in 0..3 {
            recent.committed([Arc::new(event.clone())], []);
        }
        let state = recent.lock();
        assert_eq!((state.events.len(), state.order.len(), state.event_bytes), (1, 1, 5 + 256));
    }
}

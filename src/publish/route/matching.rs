//! Matching the events of a request, in slices: which webhooks want each.

use std::{
    mem,
    sync::{Arc, OnceLock},
    task::Poll,
    vec,
};

use serde_json::Value;

use super::{
    error::{MOST_DELIVERIES, MOST_MATCHING, TooMuch},
    index::Candidates,
    known::Known,
    tenant_index::TenantIndex,
};
use crate::{
    model::{NewEvent, OrderingKey, TenantKey, WebhookKey},
    platform::alert_key,
    store::Routed,
    work::{Cost, Slice},
};

/// Reading a byte of data, and looking up what is in it.
pub(super) const OF_READ_BYTE: Cost = 20;
/// Finding a webhook in the index.
pub(super) const OF_FOUND: Cost = 100;

/// How far the events of a request are matched.
pub(super) struct Matching {
    known: Arc<Known>,
    index: Arc<TenantIndex>,
    /// Changes of webhooks that were committed when the request began are entered; they go up to here.
    revision: u64,
    events: vec::IntoIter<NewEvent>,
    /// Of the first event, where others have read it, too.
    data: ReadData,
    /// Whether it is one event, which is matched however long that takes.
    is_single: bool,
    open: Option<Open>,
    routed: Routed,
    deliveries: usize,
    spent: Cost,
}

/// An event's data, once somebody has read it.
pub type ReadData = Arc<OnceLock<Option<Value>>>;

/// The event at hand.
struct Open {
    event: NewEvent,
    data: ReadData,
    /// Who is still to be asked; nothing until they are found.
    candidates: Option<Candidates>,
    wanting: Vec<WebhookKey>,
}

impl Matching {
    pub fn new(known: Arc<Known>, tenant: TenantKey, events: Vec<NewEvent>) -> Matching {
        Matching::of_read(known, tenant, events, ReadData::default())
    }

    /// The same, where the first event's data is or will be kept here.
    pub fn of_read(known: Arc<Known>, tenant: TenantKey, events: Vec<NewEvent>, data: ReadData) -> Matching {
        let index = known.of(tenant);
        let (is_single, routed) = (events.len() == 1, Vec::with_capacity(events.len()));
        let (revision, events) = (index.committed(), events.into_iter());
        Matching { known, index, revision, events, data, is_single, open: None, routed, deliveries: 0, spent: 0 }
    }

    /// Goes on as far as the slice allows.
    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<Result<Routed, TooMuch>> {
        loop {
            if slice.is_over() {
                return Poll::Pending;
            }
            if self.open.is_none() {
                let Some(event) = self.events.next() else { return Poll::Ready(Ok(mem::take(&mut self.routed))) };
                let data = mem::take(&mut self.data);
                self.open = Some(Open { event, data, candidates: None, wanting: Vec::new() });
            }
            let Some(open) = self.open.as_mut() else { continue };
            if open.candidates.is_none() && !self.index.catch_up(self.revision, slice) {
                return Poll::Pending;
            }
            let before = slice.spent();
            let done = open.go_on(&self.known, &self.index, slice);
            self.spent = self.spent.saturating_add(slice.spent() - before);
            if let Some(error) = self.too_much() {
                return Poll::Ready(Err(error));
            }
            if !done {
                return Poll::Pending;
            }
            if let Some(Open { event, wanting, .. }) = self.open.take() {
                self.deliveries += wanting.len();
                self.routed.push((event, wanting));
            }
        }
    }

    fn too_much(&self) -> Option<TooMuch> {
        let deliveries = self.deliveries + self.open.as_ref().map_or(0, |open| open.wanting.len());
        if deliveries > MOST_DELIVERIES {
            return Some(TooMuch::Deliveries { deliveries, most: MOST_DELIVERIES });
        }
        (!self.is_single && self.spent > MOST_MATCHING).then_some(TooMuch::Matching { most: MOST_MATCHING })
    }
}

impl Open {
    /// Finds who may want the event and asks them. Whether all are asked.
    fn go_on(&mut self, known: &Known, index: &TenantIndex, slice: &mut Slice) -> bool {
        let facts = known.facts(&self.event).kept_in(&self.data);
        let candidates = match &mut self.candidates {
            Some(candidates) => candidates,
            none => {
                let Some(entered) = index.read(slice) else { return false };
                let is_to_be_read = entered.index.reads_data() && self.data.get().is_none();
                let to_read = if is_to_be_read { self.event.data.len() as Cost } else { 0 };
                if !slice.affords(OF_READ_BYTE * to_read) {
                    return false;
                }
                let most = usize::try_from(slice.allows() / OF_FOUND).unwrap_or(usize::MAX);
                let Some(found) = entered.index.candidates(&facts, most) else { return false };
                none.insert(found)
            }
        };
        if !candidates.ask(&facts, slice, |webhook| self.wanting.push(webhook)) {
            return false;
        }
        if self.event.ordering_key.is_none() && !self.wanting.is_empty() {
            let Some(entered) = index.read(slice) else { return false };
            if entered.any_orders_alerts(&self.wanting) {
                let to_read = if self.data.get().is_none() { self.event.data.len() as Cost } else { 0 };
                if !slice.affords(OF_READ_BYTE * to_read) {
                    return false;
                }
                let key = facts.data().and_then(alert_key);
                self.event.alert_key = key.map(|key| OrderingKey::of_alert(&key));
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        clock::Clock,
        model::{EventType, Timestamp},
        store::{seal::MasterKey, sqlite::SqliteStore},
    };

    fn matching(events: usize) -> (tempfile::TempDir, Matching) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_millis(0));
        let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
        let store = SqliteStore::open(&folder.path().join("test.db"), &master_key, clock.clone()).unwrap();
        let known = Arc::new(Known::new(Arc::new(store), clock));
        let event = NewEvent::new(EventType::parse("a").unwrap(), Bytes::from_static(b"1"));
        (folder, Matching::new(known, TenantKey(1), vec![event; events]))
    }

    #[test]
    fn matching_gives_up_on_many_events_and_never_on_one() {
        let (_folder, mut many) = matching(2);
        many.spent = MOST_MATCHING + 1;
        assert!(matches!(many.go_on(&mut Slice::turn()), Poll::Ready(Err(TooMuch::Matching { .. }))));
        let (_folder, mut one) = matching(1);
        one.spent = MOST_MATCHING + 1;
        assert!(matches!(one.go_on(&mut Slice::turn()), Poll::Ready(Ok(_))));
    }
}

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
};
use crate::{
    model::{NewEvent, TenantKey, WebhookKey},
    store::Routed,
    work::{Cost, Slice},
};

/// Reading a byte of data, and looking up what is in it.
const OF_READ_BYTE: Cost = 20;
/// Finding a webhook in the index.
const OF_FOUND: Cost = 100;

/// How far the events of a request are matched.
pub(super) struct Matching {
    known: Arc<Known>,
    tenant: TenantKey,
    /// Changes of webhooks that were committed when the request began are entered.
    is_current: bool,
    events: vec::IntoIter<NewEvent>,
    /// Whether it is one event, which is matched however long that takes.
    is_single: bool,
    open: Option<Open>,
    routed: Routed,
    deliveries: usize,
    spent: Cost,
}

/// The event at hand.
struct Open {
    event: NewEvent,
    data: OnceLock<Option<Value>>,
    /// Who is still to be asked; nothing until they are found.
    candidates: Option<Candidates>,
    wanting: Vec<WebhookKey>,
}

impl Matching {
    pub fn new(known: Arc<Known>, tenant: TenantKey, events: Vec<NewEvent>) -> Matching {
        let (is_single, routed) = (events.len() == 1, Vec::with_capacity(events.len()));
        let events = events.into_iter();
        Matching { known, tenant, is_current: false, events, is_single, open: None, routed, deliveries: 0, spent: 0 }
    }

    /// Goes on as far as the slice allows.
    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<Result<Routed, TooMuch>> {
        if !self.is_current {
            if self.known.current().is_none() {
                if slice.allows() < Cost::MAX {
                    return Poll::Pending;
                }
                self.known.catch_up();
            }
            self.is_current = true;
        }
        loop {
            if slice.is_over() {
                return Poll::Pending;
            }
            if self.open.is_none() {
                let Some(event) = self.events.next() else { return Poll::Ready(Ok(mem::take(&mut self.routed))) };
                self.open = Some(Open { event, data: OnceLock::new(), candidates: None, wanting: Vec::new() });
            }
            let Some(open) = self.open.as_mut() else { continue };
            let before = slice.spent();
            let done = open.go_on(&self.known, self.tenant, slice);
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
    fn go_on(&mut self, known: &Known, tenant: TenantKey, slice: &mut Slice) -> bool {
        let facts = known.facts(&self.event).kept_in(&self.data);
        let candidates = match &mut self.candidates {
            Some(candidates) => candidates,
            none => {
                let strict = slice.allows() < Cost::MAX;
                // Those who are changing the index may take a while, so a thread that others wait for does not wait for them.
                let entered = if strict { known.current() } else { Some(known.read()) };
                let Some(index) = entered.as_ref().map(|entered| &entered.index) else { return false };
                let to_read = if index.reads_data(tenant) { self.event.data.len() as Cost } else { 0 };
                if !slice.affords(OF_READ_BYTE * to_read) {
                    return false;
                }
                let most = usize::try_from(slice.allows() / OF_FOUND).unwrap_or(usize::MAX);
                let Some(found) = index.candidates(Some(tenant), &facts, most) else { return false };
                none.insert(found)
            }
        };
        candidates.ask(&facts, slice, |webhook| self.wanting.push(webhook))
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

    #[test]
    fn nobody_waits_for_changes_to_be_entered() {
        let (_folder, mut matching) = matching(1);
        let known = matching.known.clone();
        let entering = known.entered.write().unwrap();
        assert!(matching.go_on(&mut Slice::in_place()).is_pending(), "and it does not hang");
        drop(entering);
        assert!(matching.go_on(&mut Slice::turn()).is_ready());
    }
}

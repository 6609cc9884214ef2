//! What would have matched: terms that are still being written, asked about the last events that were kept.
//!
//! Events come in by pages, the newest first, and are asked piece by piece. It ends with the events that were asked for, or when it has
//! taken as much of its tenant's time as a person waits for.

use std::{task::Poll, vec};

use super::{matching::ReadData, verdicts::judge};
use crate::{
    model::{Event, EventKey, EventType, Timestamp},
    store::EventQuery,
    webhook::{Mismatch, Terms},
    work::{Cost, Slice},
};

/// What one trial may take, as far as it can be told beforehand; the first event is always asked about.
const MOST: Cost = 1_000_000_000;
/// Reading an event that is passed over.
const OF_TEST: Cost = 50_000;
/// Of a page of events.
const PAGE: usize = 100;
const PAGE_BYTES: usize = 1 << 20;
/// Events that are shown of those that match, and of those that do not.
const SAMPLES: usize = 10;

/// Terms, and what was found so far.
pub struct Trial {
    terms: Terms,
    /// How many events are still to be asked about.
    left: usize,
    before: Option<EventKey>,
    page: vec::IntoIter<Event>,
    data: ReadData,
    spent: Cost,
    ended: bool,
    tried: Tried,
}

/// What a trial has found.
#[derive(Debug, Default)]
pub struct Tried {
    /// How many events it has asked about: the newest.
    pub looked_at: usize,
    /// How many of them match.
    pub matched: usize,
    /// Of each whether it matches, the newest first.
    pub verdicts: Vec<bool>,
    /// Whether it has asked about all that it was to: those that there are, or as many as were wanted.
    pub complete: bool,
    /// When the oldest and the newest of them were accepted.
    pub times: Option<(Timestamp, Timestamp)>,
    /// The newest of those that match.
    pub matching: Vec<TriedEvent>,
    /// The newest of those that do not, with the reason.
    pub not_matching: Vec<(TriedEvent, Mismatch)>,
}

/// An event that was asked about.
#[derive(Clone, Debug)]
pub struct TriedEvent {
    /// As the API shows it.
    pub id: String,
    /// What happened.
    pub event_type: EventType,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

impl Trial {
    /// Of the last so many events.
    pub fn new(terms: Terms, last: usize) -> Trial {
        Trial {
            terms,
            left: last,
            before: None,
            page: Vec::new().into_iter(),
            data: ReadData::default(),
            spent: 0,
            ended: false,
            tried: Tried::default(),
        }
    }

    /// The events that it needs next; none at its end.
    pub fn next_page(&self) -> Option<EventQuery> {
        let is_over = self.ended || self.left == 0;
        (!is_over).then(|| EventQuery {
            before: self.before,
            limit: self.left.min(PAGE),
            bytes: Some(PAGE_BYTES),
            ..EventQuery::default()
        })
    }

    /// Takes that page in, but for events that were made for tests, and those that whoever tries it does not see.
    pub fn take(&mut self, page: Vec<Event>, is_seen: impl Fn(&Event) -> bool) {
        match page.last() {
            Some(last) => self.before = Some(last.key),
            None => (self.ended, self.left) = (true, 0),
        }
        let read = page.len();
        let published: Vec<Event> = page.into_iter().filter(|event| !event.test && is_seen(event)).collect();
        // However many tests there are among them, it ends.
        self.spent = self.spent.saturating_add(OF_TEST * (read - published.len()) as Cost);
        self.ended |= self.spent > MOST;
        self.page = published.into_iter();
    }

    /// Asks about the page's events, as far as the slice allows.
    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<()> {
        while let Some(event) = self.page.as_slice().first() {
            if self.spent > MOST {
                self.ended = true;
                self.page = Vec::new().into_iter();
                break;
            }
            let before = slice.spent();
            let judged = judge(&self.terms, event, &self.data, slice);
            self.spent = self.spent.saturating_add(slice.spent() - before);
            let Some(judged) = judged else { return Poll::Pending };
            self.data = ReadData::default();
            self.tried.add(event, judged);
            self.left = self.left.saturating_sub(1);
            self.page.next();
        }
        Poll::Ready(())
    }

    /// What was found.
    pub fn end(self) -> Tried {
        Tried { complete: self.left == 0, ..self.tried }
    }
}

impl Tried {
    fn add(&mut self, event: &Event, judged: Result<(), Mismatch>) {
        let accepted_at = event.key.0.time();
        let shown = || TriedEvent { id: event.public_id(), event_type: event.event_type.clone(), accepted_at };
        self.looked_at += 1;
        self.times = Some((accepted_at, self.times.map_or(accepted_at, |(_, newest)| newest)));
        self.verdicts.push(judged.is_ok());
        match judged {
            Ok(()) => {
                self.matched += 1;
                if self.matching.len() < SAMPLES {
                    self.matching.push(shown());
                }
            }
            Err(mismatch) if self.not_matching.len() < SAMPLES => self.not_matching.push((shown(), mismatch)),
            Err(_) => {}
        }
    }
}

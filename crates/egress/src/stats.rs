//! What is counted: a picture of the client at one moment, and the counters it is taken from.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use crate::resolve::ResolveError;

/// A client at one moment. What is counted is counted from its making.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Names that were asked for.
    pub lookups: u64,
    /// Of these, those that were answered from memory.
    pub lookups_remembered: u64,
    /// Look-ups that failed: the name has no address.
    pub lookups_no_address: u64,
    /// Nobody answered.
    pub lookups_no_answer: u64,
    /// Another failure of whoever was asked.
    pub lookups_failed: u64,
    /// This machine could not ask.
    pub lookups_local: u64,
    /// Look-ups under way.
    pub lookups_running: usize,
    /// Look-ups that wait for their turn.
    pub lookups_waiting: usize,
    /// Connections that are open, idle or in use.
    pub connections_open: usize,
    /// Of these, those that are kept for a next request.
    pub connections_idle: usize,
    /// Connections that the policy did not permit.
    pub refused: u64,
}

/// The counters of look-ups.
#[derive(Default)]
pub(crate) struct LookupCounts {
    asked: AtomicU64,
    remembered: AtomicU64,
    no_address: AtomicU64,
    no_answer: AtomicU64,
    failed: AtomicU64,
    local: AtomicU64,
    running: Gauge,
}

impl LookupCounts {
    pub fn asked(&self) {
        self.asked.fetch_add(1, Relaxed);
    }

    pub fn answered_from_memory(&self) {
        self.remembered.fetch_add(1, Relaxed);
    }

    pub fn failed(&self, error: &ResolveError) {
        let counter = match error {
            ResolveError::NoAddress => &self.no_address,
            ResolveError::NoAnswer => &self.no_answer,
            ResolveError::Failed(_) => &self.failed,
            ResolveError::Local(_) => &self.local,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub fn begins(&self) -> Counted {
        self.running.one_more()
    }

    pub fn read(&self) -> Stats {
        Stats {
            lookups: self.asked.load(Relaxed),
            lookups_remembered: self.remembered.load(Relaxed),
            lookups_no_address: self.no_address.load(Relaxed),
            lookups_no_answer: self.no_answer.load(Relaxed),
            lookups_failed: self.failed.load(Relaxed),
            lookups_local: self.local.load(Relaxed),
            lookups_running: self.running.read(),
            ..Stats::default()
        }
    }
}

/// How many there are now. Clones are one.
#[derive(Clone, Default)]
pub(crate) struct Gauge(Arc<AtomicUsize>);

/// One that is counted, until it is dropped.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Gauge {
    pub fn one_more(&self) -> Counted {
        self.0.fetch_add(1, Relaxed);
        Counted(self.0.clone())
    }

    pub fn read(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

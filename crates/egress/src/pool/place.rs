//! How many connections speak HTTP/2: a place is taken before one is made, and given back when it is gone.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A place among an owner's HTTP/2 connections to an origin, until it is dropped.
pub(crate) struct Http2Place(Arc<AtomicUsize>);

impl Http2Place {
    /// One of `most` places of which so many are taken.
    pub(super) fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Http2Place> {
        let more = |taken: usize| (taken < most).then_some(taken + 1);
        taken.try_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Http2Place(taken.clone()))
    }
}

impl Drop for Http2Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

//! Who is told that something was committed, and what to look at.
//!
//! Whoever wants to know subscribes, any number of them, and each hears of everything: a counter of commits wakes it, and
//! hints say which webhooks to look at. The order is *register before you look*: subscribe, then read what there is.
//! What is committed before the subscription is seen by reading, what comes after it is told, so nothing falls in
//! between. Hints carry no data and are no promise: one that is lost costs delay, never a delivery.
//! The log of hints that they share is in [`hints`](super::hints).

use std::sync::Arc;

use tokio::sync::watch;

use super::{Hints, recent::Recent};
use crate::observe::Live;

/// Tells of commits.
pub trait Commits: Send + Sync + 'static {
    /// Tells of every commit from now on.
    fn subscribe(&self) -> Subscription;

    /// Where those read who watch what is committed.
    fn live(&self) -> &Live;
}

/// One subscriber's ear. It hears of everything that is committed after it was made.
#[derive(Debug)]
pub struct Subscription {
    recent: Arc<Recent>,
    id: u64,
    commits: watch::Receiver<u64>,
}

impl Subscription {
    pub(super) fn new(recent: Arc<Recent>) -> Subscription {
        let (id, commits) = recent.enter_subscriber();
        Subscription { recent, id, commits }
    }

    /// Waits for a commit that was not waited for yet. Views and hints tell what it was. Losing this future loses nothing.
    pub async fn changed(&mut self) {
        // The sender is in `recent`, which lives as long as this does.
        let _ = self.commits.changed().await;
    }

    /// The hints since the last call.
    pub fn take(&mut self) -> Hints {
        self.recent.take_hints(self.id)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.recent.forget_subscriber(self.id);
    }
}

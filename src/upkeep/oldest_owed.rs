//! Counts, each minute, since when webhooks are owed something: what time alone changes, and no commit tells.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Job;
use crate::{
    model::{Timestamp, WebhookKey},
    observe::Board,
    store::Statistics,
};

/// Webhooks that one transaction counts for.
const SLICE: usize = 500;

/// Writes how old the oldest is of what each webhook is owed, as the look at the webhooks' health has found it.
pub struct OldestOwed {
    store: Arc<dyn Statistics>,
    board: Board,
}

impl OldestOwed {
    /// Once in every minute that is told apart.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// What is on this board.
    pub fn new(store: Arc<dyn Statistics>, board: Board) -> OldestOwed {
        OldestOwed { store, board }
    }
}

#[async_trait]
impl Job for OldestOwed {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        let owed: Vec<(WebhookKey, Timestamp)> =
            self.board.owed_since().iter().map(|(&webhook, &since)| (webhook, since)).collect();
        for some in owed.chunks(SLICE) {
            self.store.count_owed(some.to_vec(), now).await.map_err(|error| error.to_string())?;
        }
        Ok(format!("counted since when {} webhooks are owed something", owed.len()))
    }
}

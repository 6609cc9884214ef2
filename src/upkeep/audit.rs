//! Deletes lines of the audit trail that are older than the operator keeps them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Job;
use crate::{clock::Clock, model::Timestamp, store::Upkeep};

/// Lines that one transaction deletes at most: each is a row and up to four places in indexes.
const SLICE: usize = 100;

/// Cuts the old end of the trail, in slices.
pub struct AuditRetention {
    store: Arc<dyn Upkeep>,
    clock: Clock,
    keep: Duration,
}

impl AuditRetention {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(600);

    /// `keep`: how long lines are kept.
    pub fn new(store: Arc<dyn Upkeep>, clock: Clock, keep: Duration) -> AuditRetention {
        AuditRetention { store, clock, keep }
    }
}

#[async_trait]
impl Job for AuditRetention {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let before = self.clock.now() - self.keep;
        let mut slices = 1;
        while self.store.delete_audit_lines(before, SLICE).await.map_err(|error| error.to_string())? {
            slices += 1;
        }
        let noun = if slices == 1 { "slice" } else { "slices" };
        Ok(format!("deleted lines of the audit trail from before {before}, in {slices} {noun}"))
    }
}

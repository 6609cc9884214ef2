//! Deletes what has been finished for longer than the operator keeps it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Job;
use crate::{clock::Clock, model::Timestamp, store::Upkeep};

/// Rows of each kind that one transaction deletes at most, so that nothing waits long behind it.
const SLICE: usize = 500;

/// Deletes finished deliveries, their attempts and their events, in slices, until nothing is left that is old enough.
pub struct Retention {
    store: Arc<dyn Upkeep>,
    clock: Clock,
    keep: Duration,
}

impl Retention {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// `keep`: how long what is finished is kept.
    pub fn new(store: Arc<dyn Upkeep>, clock: Clock, keep: Duration) -> Retention {
        Retention { store, clock, keep }
    }
}

#[async_trait]
impl Job for Retention {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let mut slices = 0;
        loop {
            // The time anew for each slice: a long run reaches what has become old meanwhile.
            let before = self.clock.now() - self.keep;
            let more = self.store.delete_finished(before, SLICE).await.map_err(|error| error.to_string())?;
            slices += 1;
            if !more {
                let noun = if slices == 1 { "slice" } else { "slices" };
                return Ok(format!("deleted what was finished before {before}, in {slices} {noun}"));
            }
        }
    }
}

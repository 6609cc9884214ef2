//! Has replays go on that were begun: after they are asked for, after a restart, after a defect.

use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{model::Timestamp, replay::ReplayRuns};

/// Sets replays under way.
pub struct ReplayStarts {
    runs: ReplayRuns,
}

impl ReplayStarts {
    /// How long one waits for its start at most.
    pub const EVERY: Duration = Duration::from_millis(500);

    /// In these runs.
    pub fn new(runs: ReplayRuns) -> ReplayStarts {
        ReplayStarts { runs }
    }
}

#[async_trait]
impl Job for ReplayStarts {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let count = self.runs.set_under_way().await.map_err(|error| error.to_string())?;
        Ok(format!("{count} replays are under way"))
    }
}

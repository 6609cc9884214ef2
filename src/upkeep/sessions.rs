//! Keeps when people who are signed in were last seen, and forgets sessions that are over.

use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{access::Access, model::Timestamp};

/// Writes what requests note in memory, and deletes what nobody can use any more.
pub struct TidySessions(Access);

impl TidySessions {
    /// How often: after a crash people seem to have been away for so much longer.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// Of these sessions.
    pub fn new(access: Access) -> TidySessions {
        TidySessions(access)
    }
}

#[async_trait]
impl Job for TidySessions {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        let (used, forgotten) = self.0.tidy_sessions(now).await.map_err(|error| error.to_string())?;
        Ok(format!("kept when {used} sessions were used, and forgot {forgotten}"))
    }
}

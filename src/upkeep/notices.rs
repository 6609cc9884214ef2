//! Tells what happens to webhooks, every few seconds.

use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{model::Timestamp, notice::Notifier};

/// Has notices told.
pub struct Notices {
    notifier: Notifier,
}

impl Notices {
    /// How often: as it is found out how webhooks do.
    pub const EVERY: Duration = Duration::from_secs(5);

    /// By this notifier.
    pub fn new(notifier: Notifier) -> Notices {
        Notices { notifier }
    }
}

#[async_trait]
impl Job for Notices {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        let count = self.notifier.run(now).await.map_err(|error| error.to_string())?;
        Ok(format!("told {count} notices"))
    }
}

//! Tells what happens, every few seconds.

use std::time::Duration;

use async_trait::async_trait;

use super::{Job, Troubles};
use crate::{model::Timestamp, notice::Notifier};

/// Has notices told.
pub struct Notices {
    notifier: Notifier,
    troubles: Troubles,
}

impl Notices {
    /// How often: as it is found out how webhooks do.
    pub const EVERY: Duration = Duration::from_secs(5);

    /// By this notifier, also of these troubles.
    pub fn new(notifier: Notifier, troubles: Troubles) -> Notices {
        Notices { notifier, troubles }
    }
}

#[async_trait]
impl Job for Notices {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        let troubles = self.troubles.now(now).await;
        let count = self.notifier.run(troubles, now).await.map_err(|error| error.to_string())?;
        Ok(format!("told {count} notices"))
    }
}

//! Keeps when API keys were last used.

use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{access::Access, model::Timestamp};

/// Writes it for the keys that were used since: what requests note in memory.
pub struct KeyUses(Access);

impl KeyUses {
    /// How often: after a crash it is known to so much.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// Of these keys.
    pub fn new(access: Access) -> KeyUses {
        KeyUses(access)
    }
}

#[async_trait]
impl Job for KeyUses {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let used = self.0.keep_uses().await.map_err(|error| error.to_string())?;
        Ok(format!("kept when {used} API keys were used"))
    }
}

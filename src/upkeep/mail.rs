//! Sends what is to be mailed, every few seconds. A mail server that hangs costs this job its time, and nobody else.

use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{mail::Mailing, model::Timestamp};

/// Has mails sent.
pub struct Mail(Mailing);

impl Mail {
    /// How often it looks what is due.
    pub const EVERY: Duration = Duration::from_secs(5);

    /// By this.
    pub fn new(mailing: Mailing) -> Mail {
        Mail(mailing)
    }
}

#[async_trait]
impl Job for Mail {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        let sent = self.0.run(now).await?;
        Ok(format!("sent {sent} mails"))
    }
}

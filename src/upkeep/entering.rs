//! Enters webhooks that were changed into the indexes by which events find them, where no event of their tenant has done it.

use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{model::Timestamp, publish::Publisher};

/// Brings all tenants' indexes up to date, so that what a tenant has deleted takes no memory until it publishes again, and the
/// first event after a start finds its tenant's webhooks.
pub struct Entering(Publisher);

impl Entering {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(30);

    /// In the indexes of this publisher.
    pub fn new(publisher: Publisher) -> Entering {
        Entering(publisher)
    }
}

#[async_trait]
impl Job for Entering {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let behind = self.0.enter_all().await;
        Ok(format!("brought the webhooks of {behind} tenants up to date"))
    }
}

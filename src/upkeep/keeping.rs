//! What tenants keep for a shorter time than the server does, and scrubs that did not come to their end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Job;
use crate::{
    clock::Clock,
    model::{RetentionSettings, Tenant, Timestamp},
    store::{KeepingStore, Result as StoreResult},
};

/// Deliveries that one transaction deletes at most, so that nothing waits long behind it.
const SLICE: usize = 200;

/// Deletes what is older than its tenant keeps it, or more than that keeps of a webhook.
pub struct TenantsRetention {
    store: Arc<dyn KeepingStore>,
    clock: Clock,
}

impl TenantsRetention {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// In this store.
    pub fn new(store: Arc<dyn KeepingStore>, clock: Clock) -> TenantsRetention {
        TenantsRetention { store, clock }
    }

    /// Returns in how many slices.
    async fn keep(&self, tenant: &Tenant) -> StoreResult<usize> {
        let RetentionSettings { ended, newest_per_webhook } = tenant.settings.retention;
        let mut slices = 0;
        if let Some(keep) = ended {
            // The time anew for each slice: a long run reaches what has become old meanwhile.
            while self.store.delete_finished_of(tenant.key, self.clock.now() - keep.0, SLICE).await? {
                slices += 1;
            }
        }
        if let Some(newest) = newest_per_webhook {
            let of_tenant = self.store.webhooks().all().into_iter().filter(|webhook| webhook.tenant == tenant.key);
            for webhook in of_tenant.collect::<Vec<_>>() {
                while self.store.delete_all_but_newest(webhook.key, newest as usize, SLICE).await? {
                    slices += 1;
                }
            }
        }
        Ok(slices)
    }
}

#[async_trait]
impl Job for TenantsRetention {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let (mut tenants, mut slices) = (0, 0);
        for tenant in self.store.tenants().all() {
            if tenant.settings.retention != RetentionSettings::default() {
                tenants += 1;
                slices += self.keep(&tenant).await.map_err(|error| error.to_string())?;
            }
        }
        Ok(format!("looked after {tenants} tenants that keep less, in {slices} slices"))
    }
}

/// Goes on with scrubs that a crash has interrupted, and empties the log where a backup kept it from being so.
pub struct Scrubs(Arc<dyn KeepingStore>);

impl Scrubs {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// In this store.
    pub fn new(store: Arc<dyn KeepingStore>) -> Scrubs {
        Scrubs(store)
    }
}

#[async_trait]
impl Job for Scrubs {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        let scrubbed = self.0.go_on_scrubbing().await.map_err(|error| error.to_string())?;
        Ok(format!("scrubbed {scrubbed} events that were left"))
    }
}

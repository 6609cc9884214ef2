//! The copies of an event for all tenants.

use super::{PublishError, Publisher, route::TooMuch};
use crate::{
    model::{NewEvent, TenantKey},
    store::Broadcast,
    work::Slice,
};

impl Publisher {
    /// A copy for each tenant with webhooks that want the event, with the fields that the tenant adds.
    pub(super) async fn copies_for_all(&self, event: NewEvent) -> Result<Broadcast, PublishError> {
        let publisher = self.clone();
        let copies = self.0.work.ask_once(TenantKey::ALL, Slice::UNKNOWN, move || publisher.copies(event));
        Ok(copies.await??)
    }

    fn copies(&self, event: NewEvent) -> Result<Broadcast, TooMuch> {
        let mut tenants = self.0.access.tenants();
        // A tenant whose settings cannot be read gets no copy: nobody knows what it adds.
        tenants.retain(|tenant| tenant.unreadable.is_some() || !tenant.settings.enrichment.is_empty());
        let others = tenants.iter().map(|tenant| tenant.key).collect();
        let original = event.clone();
        let enriched = tenants.iter().filter(|tenant| tenant.unreadable.is_none()).map(|tenant| {
            let mut copy = original.clone();
            self.0.preparer.enrich(tenant.key, &tenant.settings, &mut copy);
            (tenant.key, copy)
        });
        self.0.router.for_all(event, &others, enriched)
    }
}

//! The copies of an event for all tenants, each made by the work of its tenant.

use std::task::Poll;

use futures_util::{StreamExt, stream};

use super::{
    PublishError, Publisher,
    route::{MOST_COPIED, MOST_DELIVERIES, ReadData, TooMuch},
};
use crate::{
    model::{NewEvent, TenantKey},
    store::{Broadcast, Difference, Routed, TenantCopy},
    work::Slice,
};

/// Tenants of which one waits for its turn at one time: whoever has much work holds the others up no longer than that.
const AT_A_TIME: usize = 256;

impl Publisher {
    /// A copy for each tenant with webhooks that want the event, with the fields that the tenant adds.
    pub(super) async fn copies_for_all(&self, event: NewEvent) -> Result<Broadcast, PublishError> {
        let data = ReadData::default();
        let copies = stream::iter(self.0.router.tenants()).map(|tenant| self.copy_for(tenant, &event, &data));
        let mut copies = copies.buffer_unordered(AT_A_TIME);
        let (mut made, mut deliveries, mut bytes) = (Vec::new(), 0, 0);
        while let Some(copy) = copies.next().await {
            let Some(copy) = copy? else { continue };
            deliveries += copy.webhooks.len();
            bytes += copy.difference.as_ref().map_or(event.data.len(), Difference::text_length);
            if deliveries > MOST_DELIVERIES {
                return Err(TooMuch::Deliveries { deliveries, most: MOST_DELIVERIES }.into());
            }
            if bytes > MOST_COPIED {
                return Err(TooMuch::Data { most: MOST_COPIED }.into());
            }
            made.push(copy);
        }
        drop(copies);
        made.sort_unstable_by_key(|copy| copy.tenant);
        Ok(Broadcast { event, copies: made })
    }

    /// A tenant's copy, if one of its webhooks wants the event. `data`: what is read of it once for all who add nothing.
    async fn copy_for(
        &self,
        tenant: TenantKey,
        event: &NewEvent,
        data: &ReadData,
    ) -> Result<Option<TenantCopy>, TooMuch> {
        // What is short is done in place: between two of them others have their turn.
        tokio::task::yield_now().await;
        let Ok(settings) = self.0.access.settings(tenant) else {
            // A tenant whose settings cannot be read gets no copy: nobody knows what it adds.
            return Ok(None);
        };
        let work = &self.0.work;
        if settings.enrichment.is_empty() {
            let mut matching = self.0.router.matching(tenant, event.clone(), data.clone());
            return work
                .run_first(tenant, move |slice| matching(slice).map_ok(|routed| copy_of(tenant, routed, None)))
                .await;
        }
        let (publisher, original) = (self.clone(), event.clone());
        let mut matching = None;
        let enriched = move |slice: &mut Slice| {
            if matching.is_none() {
                if !slice.affords(Slice::UNKNOWN) {
                    return Poll::Pending;
                }
                let mut copy = original.clone();
                publisher.0.preparer.enrich(tenant, &settings, &mut copy);
                matching = Some(publisher.0.router.matching(tenant, copy, ReadData::default()));
            }
            let Some(matching) = &mut matching else { return Poll::Pending };
            matching(slice).map_ok(|routed| copy_of(tenant, routed, Some(&original)))
        };
        work.run_first(tenant, enriched).await
    }
}

/// `original`: where what was matched is another one.
fn copy_of(tenant: TenantKey, routed: Routed, original: Option<&NewEvent>) -> Option<TenantCopy> {
    let (copy, webhooks) = routed.into_iter().next().filter(|(_, webhooks)| !webhooks.is_empty())?;
    let difference = original.map(|original| Difference::between(&original.data, &copy.data));
    Some(TenantCopy { tenant, difference, webhooks })
}

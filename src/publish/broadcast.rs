//! The copies of an event for all tenants, each made by the work of its tenant.

use std::{panic::resume_unwind, task::Poll};

use tokio::task::{JoinError, JoinSet};

use super::{
    PublishError, Publisher,
    route::{MOST_COPIED, MOST_DELIVERIES, ReadData, TooMuch},
};
use crate::{
    model::{NewEvent, OrderingKey, TenantKey},
    store::{Difference, Routed, TenantCopy},
    work::Slice,
};

/// Copies that are made or wait for their tenants' turns at one time: one whose tenant has much work holds no others up.
const AT_A_TIME: usize = 256;

impl Publisher {
    /// A copy for each tenant with webhooks that want the event, with the fields that the tenant adds;
    /// and the key by which receivers keep it in order, if some tenant's does.
    pub(super) async fn copies_for_all(
        &self,
        event: &NewEvent,
    ) -> Result<(Vec<TenantCopy>, Option<OrderingKey>), PublishError> {
        let (mut made, alert_key) = self.made_copies(event).await?;
        made.sort_unstable_by_key(|copy| copy.tenant);
        Ok((made, alert_key))
    }

    async fn made_copies(&self, event: &NewEvent) -> Result<(Vec<TenantCopy>, Option<OrderingKey>), PublishError> {
        let (data, mut tenants, mut under_way) =
            (ReadData::default(), self.0.router.tenants().into_iter(), JoinSet::new());
        let (mut made, mut alert_key, mut deliveries, mut bytes) = (Vec::new(), None, 0, 0);
        loop {
            while under_way.len() < AT_A_TIME
                && let Some(tenant) = tenants.next()
            {
                under_way.spawn(self.clone().copy_for(tenant, event.clone(), data.clone()));
            }
            let Some(ended) = under_way.join_next().await else { return Ok((made, alert_key)) };
            let copy = match ended.map_err(JoinError::try_into_panic) {
                Ok(copy) => copy?,
                Err(Ok(panic)) => resume_unwind(panic),
                Err(Err(error)) => return Err(PublishError::Defect(error.to_string())),
            };
            let Some((copy, key)) = copy else { continue };
            alert_key = alert_key.or(key);
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
    }

    /// A tenant's copy, if one of its webhooks wants the event. `data`: what is read of it once for all who add nothing.
    async fn copy_for(self, tenant: TenantKey, event: NewEvent, data: ReadData) -> Result<Option<Copy>, TooMuch> {
        let Ok(settings) = self.0.access.settings(tenant) else {
            // A tenant whose settings cannot be read gets no copy: nobody knows what it adds.
            return Ok(None);
        };
        let work = self.0.work.clone();
        if settings.enrichment.is_empty() {
            let mut matching = self.0.router.matching(tenant, event, data);
            return work
                .run_for_others(tenant, move |slice| matching(slice).map_ok(|routed| copy_of(tenant, routed, None)))
                .await;
        }
        let mut matching = None;
        let enriched = move |slice: &mut Slice| {
            if matching.is_none() {
                if !slice.affords(Slice::UNKNOWN) {
                    return Poll::Pending;
                }
                let mut copy = event.clone();
                self.0.preparer.enrich(tenant, &settings, &mut copy);
                matching = Some(self.0.router.matching(tenant, copy, ReadData::default()));
            }
            let Some(matching) = &mut matching else { return Poll::Pending };
            matching(slice).map_ok(|routed| copy_of(tenant, routed, Some(&event)))
        };
        work.run_for_others(tenant, enriched).await
    }
}

/// A copy, and its [`NewEvent::alert_key`].
type Copy = (TenantCopy, Option<OrderingKey>);

/// `original`: where what was matched is another one.
fn copy_of(tenant: TenantKey, routed: Routed, original: Option<&NewEvent>) -> Option<Copy> {
    let (copy, webhooks) = routed.into_iter().next().filter(|(_, webhooks)| !webhooks.is_empty())?;
    let difference = original.map(|original| Difference::between(&original.data, &copy.data));
    Some((TenantCopy { tenant, difference, webhooks }, copy.alert_key))
}

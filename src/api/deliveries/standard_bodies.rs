//! Bodies that are not recorded, because they follow from their events: made again where an attempt is shown.

use std::collections::HashMap;

use bytes::Bytes;

use crate::{
    api::{app::Shared, edge::problem::Problem},
    model::{Delivery, DeliveryId, Sent, TenantKey},
    render::envelope,
};

/// Events of a batch that are read at one time.
const READ_AT_ONCE: usize = 8;

/// The bodies of one delivery's attempts.
pub struct StandardBodies<'a> {
    app: &'a Shared,
    tenant: TenantKey,
    delivery: &'a Delivery,
    /// By the batch, or none.
    made: HashMap<Vec<DeliveryId>, Option<Bytes>>,
}

impl<'a> StandardBodies<'a> {
    /// Of this delivery's attempts.
    pub fn new(app: &'a Shared, tenant: TenantKey, delivery: &'a Delivery) -> StandardBodies<'a> {
        StandardBodies { app, tenant, delivery, made: HashMap::new() }
    }

    /// `None` if an event has been deleted by retention in the meantime.
    pub async fn of(&mut self, batch: &[DeliveryId]) -> Result<Option<Bytes>, Problem> {
        if let Some(made) = self.made.get(batch) {
            return Ok(made.clone());
        }
        let body = match batch.last() {
            None => {
                let events = self.app.store.events_of(self.tenant, vec![self.delivery.id]).await?;
                events.first().map(|(_, event)| envelope::standard(event))
            }
            Some(&last) => {
                let payloads = self.first_of(batch).await?;
                payloads.map(|payloads| envelope::batch(&envelope::batch_id(batch), last, &payloads))
            }
        };
        // No more is shown, and that it goes on is all that is to be known of the rest.
        let shown = body.map(|body| Bytes::copy_from_slice(&body[..body.len().min(Sent::KEPT_BODY + 1)]));
        self.made.insert(batch.to_vec(), shown.clone());
        Ok(shown)
    }

    /// What the first events of a batch say, as many as are shown of it: all of them can be megabytes.
    async fn first_of(&self, batch: &[DeliveryId]) -> Result<Option<Vec<Bytes>>, Problem> {
        let mut payloads = Vec::new();
        for some in batch.chunks(READ_AT_ONCE) {
            let events = self.app.store.events_of(self.tenant, some.to_vec()).await?;
            if events.len() < some.len() {
                return Ok(None);
            }
            payloads.extend(events.iter().map(|(_, event)| envelope::standard(event)));
            if payloads.iter().map(Bytes::len).sum::<usize>() > Sent::KEPT_BODY {
                break;
            }
        }
        Ok(Some(payloads))
    }
}

//! What is sent beside the deliveries: tests, probes, handshakes. Each has a place of [`Outbound`], by its tenant.
//!
//! [`Outbound`]: crate::deliver::Outbound

use std::sync::Arc;

use super::HttpCourier;
use crate::{
    deliver::NoPlace,
    lane::Courier as _,
    model::{DeliveryId, DueBatch, Event, Message, Outcome, TenantKey},
    webhook::{Secrets, Webhook, WebhookSettings},
};

impl HttpCourier {
    /// Sends one event that no delivery is kept of, signed and with all of the webhook's settings. `None` if nothing came
    /// of it, which only a defect can cause.
    ///
    /// # Errors
    /// If there is no place for it.
    pub async fn try_event(&self, webhook: &Arc<Webhook>, event: Arc<Event>) -> Result<Option<Outcome>, NoPlace> {
        let (courier, tenant, webhook) = (self.clone(), webhook.tenant, webhook.clone());
        let batch = DueBatch::single(DeliveryId(event.key.0), event);
        let sending = async move { courier.deliver(&webhook, batch).await.into_iter().next() };
        Ok(self.outbound.run(tenant, sending).await?.map(|batch| batch.outcome))
    }

    /// Only connects to the webhook's receiver.
    ///
    /// # Errors
    /// If there is no place for it.
    pub async fn try_connection(&self, webhook: &Arc<Webhook>) -> Result<Outcome, NoPlace> {
        let (sender, tenant, webhook) = (self.sender.clone(), webhook.tenant, webhook.clone());
        self.outbound.run(tenant, async move { sender.connect(&webhook.settings).await }).await
    }

    /// Sends a message to where these settings say, before there is a webhook with them.
    ///
    /// # Errors
    /// If there is no place for it.
    pub async fn ask(
        &self,
        tenant: TenantKey,
        settings: WebhookSettings,
        secrets: Secrets,
        message: Message,
    ) -> Result<Outcome, NoPlace> {
        let sender = self.sender.clone();
        self.outbound.run(tenant, async move { sender.send_unsaved(&settings, &secrets, message).await }).await
    }
}

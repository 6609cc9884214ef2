//! What is sent beside the lanes: tests, probes, handshakes. Each has a place of [`Outbound`], by its tenant.
//!
//! [`Outbound`]: crate::deliver::Outbound

use std::sync::Arc;

use super::HttpCourier;
use crate::{
    deliver::NoPlace,
    lane::Courier as _,
    model::{DueBatch, LocalFailure, Message, Outcome, TenantKey},
    webhook::{Secrets, Webhook, WebhookSettings},
};

/// Why nothing was sent, by no fault of the receiver.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotSent {
    /// There was no place for it.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// This machine was short of something.
    #[error(transparent)]
    Local(#[from] LocalFailure),
}

impl HttpCourier {
    /// Sends one event beside the webhook's lane, signed and with all of the webhook's settings. `None` if nothing came of it, which only
    /// a defect can cause.
    ///
    /// # Errors
    /// If there is no place for it, or this machine is short of something.
    pub async fn try_event(&self, webhook: &Arc<Webhook>, single: DueBatch) -> Result<Option<Outcome>, NotSent> {
        let (courier, tenant, webhook) = (self.clone(), webhook.tenant, webhook.clone());
        let sending = async move {
            let room = courier.room(&webhook);
            courier.deliver(&webhook, single, room).await
        };
        Ok(self.outbound.run(tenant, sending).await??.into_iter().next().map(|batch| batch.outcome))
    }

    /// Only connects to the webhook's receiver.
    ///
    /// # Errors
    /// If there is no place for it, or this machine is short of something.
    pub async fn try_connection(&self, webhook: &Arc<Webhook>) -> Result<Outcome, NotSent> {
        let (courier, tenant, webhook) = (self.clone(), webhook.tenant, webhook.clone());
        let connecting = async move { courier.noted(courier.sender.connect(tenant, &webhook.settings).await) };
        Ok(self.outbound.run(tenant, connecting).await??)
    }

    /// Sends a message to where these settings say, before there is a webhook with them.
    ///
    /// # Errors
    /// If there is no place for it, or this machine is short of something.
    pub async fn ask(
        &self,
        tenant: TenantKey,
        settings: WebhookSettings,
        secrets: Secrets,
        message: Message,
    ) -> Result<Outcome, NotSent> {
        let courier = self.clone();
        let asking =
            async move { courier.noted(courier.sender.send_unsaved(tenant, &settings, &secrets, message).await) };
        Ok(self.outbound.run(tenant, asking).await??)
    }
}

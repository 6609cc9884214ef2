//! Deliveries: sending one again, giving one up.

use std::sync::Arc;

use super::{error::ManageError, testing::TestService, webhooks::not_set_aside};
use crate::{
    model::{Actor, Delivery, DeliveryId, DeliveryStatus, TenantKey},
    store::{History, Queue, StoreError, Webhooks},
    webhook::Status,
};

/// What people do to deliveries. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct DeliveryService {
    queue: Arc<dyn Queue>,
    history: Arc<dyn History>,
    webhooks: Arc<dyn Webhooks>,
    tests: TestService,
}

impl DeliveryService {
    /// Over these parts of one store. Tests are sent again by `tests`.
    pub fn new(
        queue: Arc<dyn Queue>,
        history: Arc<dyn History>,
        webhooks: Arc<dyn Webhooks>,
        tests: TestService,
    ) -> DeliveryService {
        DeliveryService { queue, history, webhooks, tests }
    }

    /// Makes a delivery due now, and has it go next. One that failed or was cancelled is sent again, with its retry schedule from the
    /// start. One that is delivered stays so: it can be replayed.
    pub async fn retry(&self, tenant: TenantKey, id: DeliveryId, by: &Actor) -> Result<Delivery, ManageError> {
        let (delivery, _) = self.history.delivery(tenant, id).await?.ok_or(NO_DELIVERY)?;
        if delivery.status == DeliveryStatus::Unknown {
            return Err(ManageError::OfNewerVersion);
        }
        if delivery.test {
            return Err(ManageError::IsTest(id));
        }
        self.can_be_sent(&delivery)?;
        match self.queue.retry(tenant, id, by).await?.ok_or(NO_DELIVERY)? {
            Delivery { status: DeliveryStatus::Delivered, .. } => Err(ManageError::Delivered(id)),
            Delivery { status: DeliveryStatus::Failed | DeliveryStatus::Cancelled, .. } => Err(ManageError::Scrubbed),
            retried => Ok(retried),
        }
    }

    /// Sends the event of a delivery that has come to its end once more, to the same webhook: by a new delivery, which points at this
    /// one and is sent under its own id if that is wanted. A test is sent again at once, as a test.
    pub async fn replay(
        &self,
        tenant: TenantKey,
        id: DeliveryId,
        own_id: bool,
        by: &Actor,
    ) -> Result<Delivery, ManageError> {
        let (delivery, _) = self.history.delivery(tenant, id).await?.ok_or(NO_DELIVERY)?;
        match delivery.status {
            DeliveryStatus::Unknown => return Err(ManageError::OfNewerVersion),
            DeliveryStatus::Pending | DeliveryStatus::Retrying => return Err(ManageError::StillOwed(id)),
            DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Cancelled => {}
        }
        if delivery.test {
            return self.tests.again(&delivery, own_id, by).await;
        }
        self.can_be_sent(&delivery)?;
        if self.history.is_scrubbed(tenant, delivery.event).await? {
            return Err(ManageError::Scrubbed);
        }
        // What was so a moment ago is not any more.
        self.queue.replay(tenant, id, own_id, by).await?.ok_or(StoreError::Conflict.into())
    }

    /// Gives up a delivery that is owed.
    pub async fn cancel(&self, tenant: TenantKey, id: DeliveryId, by: &Actor) -> Result<Delivery, ManageError> {
        let delivery = self.queue.cancel(tenant, id, by).await?.ok_or(NO_DELIVERY)?;
        match delivery.status {
            DeliveryStatus::Cancelled => Ok(delivery),
            finished @ (DeliveryStatus::Delivered | DeliveryStatus::Failed) => {
                Err(ManageError::AlreadyFinished(finished))
            }
            DeliveryStatus::Unknown => Err(ManageError::OfNewerVersion),
            DeliveryStatus::Pending | DeliveryStatus::Retrying => {
                Err(ManageError::Defect("cancel left it owed".into()))
            }
        }
    }

    fn can_be_sent(&self, delivery: &Delivery) -> Result<(), ManageError> {
        not_set_aside(&*self.webhooks, |one| one.key == delivery.webhook)?;
        match self.webhooks.webhooks().get(delivery.webhook) {
            None => Err(ManageError::WebhookDeleted(delivery.webhook_id.clone())),
            Some(webhook) if webhook.settings.status == Status::Disabled => {
                Err(ManageError::WebhookDisabled(delivery.webhook_id.clone()))
            }
            Some(_) => Ok(()),
        }
    }
}

const NO_DELIVERY: ManageError = ManageError::NotFound("delivery");

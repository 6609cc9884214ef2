//! Trying webhooks: a sample is sent at once, beside the webhook's lane, and kept as a delivery that is marked as a test.
//!
//! A test has no lane: its order, rate, breaker and schedule do not hold for it, and what comes of it says nothing about how the webhook
//! does, but that a receiver which takes it works. It is sent also where it cannot be kept: whoever tries a webhook wants to know what its
//! receiver says, and a full quota or disk is no reason not to tell.

use std::sync::Arc;

use super::{error::ManageError, lanes::LaneService, webhooks::not_set_aside};
use crate::{
    clock::Clock,
    courier::{HttpCourier, NotSent},
    model::{Actor, Delivery, DeliveryId, DueBatch, Event, Outcome, Span},
    store::{Events, Result as StoreResult, StoreError, Test, Tests, Webhooks, uncancelled},
    webhook::{Webhook, WebhookSettings},
};

/// Nobody who waits for an answer wants to wait for longer, unless they say so.
const LONGEST_WAIT: Span = Span::seconds(10);

/// Tries webhooks. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct TestService {
    tests: Arc<dyn Tests>,
    events: Arc<dyn Events>,
    webhooks: Arc<dyn Webhooks>,
    courier: HttpCourier,
    lanes: LaneService,
    clock: Clock,
}

/// What is to be sent as a test.
#[derive(Clone, Debug)]
pub struct TestOrder {
    /// An event of its own ([`Event::test`]), or one that is kept.
    pub event: Arc<Event>,
    /// How long it may take; none: the webhook's timeout, and 10 s at most.
    pub timeout: Option<Span>,
    /// The test that it repeats.
    pub repeats: Option<DeliveryId>,
    /// Whether it is sent under its delivery's id instead of its event's.
    pub own_id: bool,
}

/// A test that was sent.
#[derive(Debug)]
pub struct Tested {
    /// The event as it was sent.
    pub event: Arc<Event>,
    /// How long it could have taken.
    pub timeout: Span,
    /// What came of it.
    pub outcome: Outcome,
    /// The delivery that keeps it; or why it was not kept.
    pub kept: StoreResult<Delivery>,
}

impl TestOrder {
    /// Of this event.
    pub fn of(event: Arc<Event>) -> TestOrder {
        TestOrder { event, timeout: None, repeats: None, own_id: false }
    }
}

impl TestService {
    /// Over these parts of one store.
    pub fn new(
        tests: Arc<dyn Tests>,
        events: Arc<dyn Events>,
        webhooks: Arc<dyn Webhooks>,
        courier: HttpCourier,
        lanes: LaneService,
        clock: Clock,
    ) -> TestService {
        TestService { tests, events, webhooks, courier, lanes, clock }
    }

    /// Sends a test, whatever the webhook's status, and keeps what came of it, also when its caller has gone meanwhile.
    ///
    /// # Errors
    /// Nothing was sent, by no fault of the receiver.
    pub async fn send(&self, webhook: &Arc<Webhook>, order: TestOrder, by: &Actor) -> Result<Tested, ManageError> {
        let (service, webhook, by) = (self.clone(), webhook.clone(), by.clone());
        let sent = uncancelled(async move { Ok(service.send_and_keep(webhook, order, &by).await) }).await?;
        sent?.ok_or_else(|| ManageError::Defect("a test came to nothing".into()))
    }

    /// Sends a test once more: a new one, which points at the one that it repeats.
    ///
    /// # Errors
    /// Its webhook is gone, nothing was sent, or what was sent could not be kept.
    pub async fn again(&self, test: &Delivery, own_id: bool, by: &Actor) -> Result<Delivery, ManageError> {
        not_set_aside(&*self.webhooks, |one| one.key == test.webhook)?;
        let webhook = self.webhooks.webhooks().get(test.webhook);
        let webhook = webhook.ok_or_else(|| ManageError::WebhookDeleted(test.webhook_id.clone()))?;
        let event = self.events.event(webhook.tenant, test.event).await?.ok_or(ManageError::NotFound("delivery"))?;
        if event.scrubbed_at.is_some() {
            return Err(ManageError::Scrubbed);
        }
        let order = TestOrder { repeats: Some(test.id), own_id, ..TestOrder::of(event) };
        Ok(self.send(&webhook, order, by).await?.kept?)
    }

    async fn send_and_keep(
        &self,
        webhook: Arc<Webhook>,
        order: TestOrder,
        by: &Actor,
    ) -> Result<Option<Tested>, NotSent> {
        let TestOrder { event, timeout, repeats, own_id } = order;
        let timeout = timeout.unwrap_or_else(|| webhook.settings.timeout.min(LONGEST_WAIT));
        let ids = self.tests.begin_test(webhook.tenant).await;
        // One that repeats a test is of an event that is kept.
        let event = match &ids {
            Ok(ids) if event.test && repeats.is_none() => Arc::new(Event { key: ids.event, ..(*event).clone() }),
            _ => event,
        };
        let delivery = ids.as_ref().map_or(DeliveryId(event.key.0), |ids| ids.delivery);
        let sent = if own_id { Arc::new(event.under_id_of(delivery)) } else { event.clone() };
        let attempt = ids.as_ref().ok().map(|ids| ids.attempt);
        let batch = DueBatch { attempt, ..DueBatch::single(delivery, sent.clone()) };
        let Some(outcome) = self.courier.try_event(&limited(&webhook, timeout), batch).await? else { return Ok(None) };
        if outcome.result.is_ok() {
            self.lanes.receiver_works(&webhook).await;
        }
        let kept = match ids {
            Ok(ids) => {
                let (tenant, key, at) = (webhook.tenant, webhook.key, self.clock.now());
                let outcome = outcome.clone();
                let test = Test { tenant, webhook: key, ids, event, repeats, own_id, outcome, at };
                let kept = self.tests.keep_test(test, by).await;
                // Its webhook was deleted, or its event by retention.
                kept.and_then(|kept| kept.ok_or(StoreError::Conflict))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &kept {
            tracing::debug!(webhook = %webhook.id, %error, "a test was sent, and is not kept");
        }
        Ok(Some(Tested { event: sent, timeout, outcome, kept }))
    }
}

/// The webhook with this timeout.
pub fn limited(webhook: &Arc<Webhook>, timeout: Span) -> Arc<Webhook> {
    if webhook.settings.timeout == timeout {
        return webhook.clone();
    }
    let settings = WebhookSettings { timeout, ..webhook.settings.clone() };
    Arc::new(Webhook { settings, ..(**webhook).clone() })
}

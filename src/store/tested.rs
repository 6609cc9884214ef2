//! Tests of webhooks: deliveries that somebody had sent at once, and which are kept with what came of them.

use std::sync::Arc;

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Actor, AttemptId, Delivery, DeliveryId, Event, EventKey, Outcome, TenantKey, Timestamp, WebhookKey,
};

/// Keeps tests. No lane hears of them, and nothing counts them.
#[async_trait]
pub trait Tests: Send + Sync + 'static {
    /// Names what a test is made of before it is sent, since receivers are told these names. Nothing is kept of it yet.
    async fn begin_test(&self, tenant: TenantKey) -> Result<TestIds>;

    /// Keeps a test that was sent, as a delivery at its end with its one attempt. None if its webhook or its event is gone. It takes as much
    /// of its tenant's quota as other deliveries do, and is refused where there is none left.
    async fn keep_test(&self, test: Test, by: &Actor) -> Result<Option<Delivery>>;
}

/// The names of a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TestIds {
    /// Of the event, if one is made for it.
    pub event: EventKey,
    /// Of the delivery.
    pub delivery: DeliveryId,
    /// Of its attempt.
    pub attempt: AttemptId,
}

/// A test that was sent.
#[derive(Clone, Debug)]
pub struct Test {
    /// Whose it is.
    pub tenant: TenantKey,
    /// What was tried.
    pub webhook: WebhookKey,
    /// Its names.
    pub ids: TestIds,
    /// What was sent: an event that was made for it ([`Event::test`]) under the name that it has in `ids`, or one that is kept.
    pub event: Arc<Event>,
    /// The test that it repeats.
    pub repeats: Option<DeliveryId>,
    /// Whether it was sent under its own id instead of its event's.
    pub own_id: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// When that was.
    pub at: Timestamp,
}

impl Test {
    /// Whether its event was made for it, and is kept with it.
    pub fn is_of_new_event(&self) -> bool {
        self.event.test && self.event.key == self.ids.event
    }
}

//! Incidents: webhooks that are failing, and what was told of that.

use async_trait::async_trait;

use super::Result;
use crate::model::{TenantKey, Timestamp, WebhookKey};

/// The incidents there are, each until its end was told.
#[async_trait]
pub trait Incidents: Send + Sync + 'static {
    /// All of them.
    async fn incidents(&self) -> Result<Vec<Incident>>;

    /// Keeps new ones and what was told of others, and forgets those of webhooks in `over`.
    async fn keep_incidents(&self, changed: Vec<Incident>, over: Vec<WebhookKey>) -> Result<()>;
}

/// A webhook that is failing, or was disabled for it, until it has recovered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Incident {
    /// The webhook.
    pub webhook: WebhookKey,
    /// Whose it is.
    pub tenant: TenantKey,
    /// When it began; its notices are named by this.
    pub since: Timestamp,
    /// What was told of it last.
    pub told: Told,
}

/// What was told of an incident last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// Nothing yet.
    Nothing,
    /// That the webhook is failing.
    Failing,
    /// That it was disabled for it.
    Disabled,
}

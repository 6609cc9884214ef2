//! Webhooks: settings, kept sealed, and what happened to their deliveries.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Result, View};
use crate::{
    model::{Actor, TenantKey, WebhookId, WebhookKey},
    webhook::{Counters, DisableReason, Secrets, Webhook, WebhookSettings},
};

/// The webhooks there are.
#[async_trait]
pub trait Webhooks: Send + Sync + 'static {
    /// All webhooks as last committed, in memory.
    fn webhooks(&self) -> &View<Webhook>;

    /// Those that this version cannot read. Their ids are taken and what they are owed is held, until a version that can read
    /// them opens the store; nothing of them is changed.
    fn set_aside(&self) -> Vec<SetAside>;

    /// Keeps a new webhook under a new key, visible to everyone when this returns.
    async fn create_webhook(&self, webhook: NewWebhook, by: &Actor) -> Result<Arc<Webhook>>;

    /// Replaces a webhook, also its id, if its version is still `expected`.
    async fn update_webhook(&self, webhook: Webhook, expected: u64, by: &Actor) -> Result<Arc<Webhook>>;

    /// Deletes a webhook, if its version is still `expected` where one is. What it is owed is cancelled by its lane.
    async fn delete_webhook(&self, key: WebhookKey, expected: Option<u64>, by: &Actor) -> Result<()>;

    /// What happened to these webhooks' deliveries, in the same order.
    async fn counters(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<Counters>>;
}

/// A webhook that is there and cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAside {
    /// Its place in the store.
    pub key: WebhookKey,
    /// Whose it is.
    pub tenant: TenantKey,
    /// Its name in the API.
    pub id: WebhookId,
    /// Counts its changes, as [`Webhook::version`] does.
    pub version: u64,
    /// Why, for the operator; without anything that was sealed.
    pub reason: String,
}

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// The tenant that orders it.
    pub tenant: TenantKey,
    /// The id the caller chose; otherwise one is generated.
    pub id: Option<WebhookId>,
    /// What it shall do.
    pub settings: WebhookSettings,
    /// What it shall sign with.
    pub secrets: Secrets,
    /// Why it begins disabled, if it does.
    pub disabled: Option<DisableReason>,
}

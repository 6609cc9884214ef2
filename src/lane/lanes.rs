//! The lanes by their webhooks. How much they hold together is known without a look at each.

use std::time::Duration;

use super::Lane;
use crate::model::{IdMap, WebhookKey};

/// All lanes there are.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    by_webhook: IdMap<WebhookKey, Lane>,
    /// Deliveries that they hold in memory.
    held: usize,
}

impl Lanes {
    pub fn get(&self, webhook: WebhookKey) -> Option<&Lane> {
        self.by_webhook.get(&webhook)
    }

    pub fn len(&self) -> usize {
        self.by_webhook.len()
    }

    /// Deliveries that they hold in memory.
    pub fn held(&self) -> usize {
        self.held
    }

    pub fn webhooks(&self) -> impl Iterator<Item = WebhookKey> {
        self.by_webhook.keys().copied()
    }

    /// A lane that holds nothing yet.
    pub fn insert(&mut self, webhook: WebhookKey, lane: Lane) {
        self.by_webhook.insert(webhook, lane);
    }

    /// Does this to a lane, if it is there.
    pub fn change<T>(&mut self, webhook: WebhookKey, change: impl FnOnce(&mut Lane) -> T) -> Option<T> {
        let lane = self.by_webhook.get_mut(&webhook)?;
        let before = lane.held();
        let done = change(lane);
        self.held = self.held - before + lane.held();
        Some(done)
    }

    /// Drops a lane that holds nothing any more, with its memory where that is much.
    pub fn remove(&mut self, webhook: WebhookKey) {
        if let Some(lane) = self.by_webhook.remove(&webhook) {
            self.held -= lane.held();
        }
        if self.by_webhook.capacity() > 4 * self.by_webhook.len().max(1024) {
            self.by_webhook.shrink_to(2 * self.by_webhook.len());
        }
    }

    /// The clock shows so much less than it would.
    pub fn clock_set_back(&mut self, by: Duration) {
        self.by_webhook.values_mut().for_each(|lane| lane.clock_set_back(by));
    }
}

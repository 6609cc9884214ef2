//! The lanes by their webhooks. How much they hold and know together, and a tenant's, is known without a look at each.

use std::time::Duration;

use super::Lane;
use crate::{
    budget::{Tally, fair_part},
    model::{IdMap, TenantKey, WebhookKey},
};

/// All lanes there are.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    by_webhook: IdMap<WebhookKey, Lane>,
    /// Deliveries that they hold in memory.
    held: usize,
    /// How much they [know](Lane::known).
    known: usize,
    known_of: Tally<TenantKey>,
    lanes_of: Tally<TenantKey>,
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

    /// How much they know of their backlogs.
    pub fn known(&self) -> usize {
        self.known
    }

    /// How much more a lane of this tenant's may get to know, where all lanes may know so much: its lanes know no more than they
    /// leave for others, and each gets no more than an equal part at one time.
    pub fn room(&self, tenant: TenantKey, most: usize) -> usize {
        let equal = most / self.lanes_of.of(tenant).max(1);
        fair_part(most.saturating_sub(self.known), self.known_of.of(tenant)).min(equal)
    }

    pub fn webhooks(&self) -> impl Iterator<Item = WebhookKey> {
        self.by_webhook.keys().copied()
    }

    /// A lane that holds nothing yet.
    pub fn insert(&mut self, webhook: WebhookKey, lane: Lane) {
        self.lanes_of.add(lane.webhook().tenant, 1);
        self.by_webhook.insert(webhook, lane);
    }

    /// Does this to a lane, if it is there.
    pub fn change<T>(&mut self, webhook: WebhookKey, change: impl FnOnce(&mut Lane) -> T) -> Option<T> {
        let lane = self.by_webhook.get_mut(&webhook)?;
        let (held, known) = (lane.held(), lane.known());
        let done = change(lane);
        let (tenant, now_known) = (lane.webhook().tenant, lane.known());
        self.held = self.held - held + lane.held();
        self.known = self.known - known + now_known;
        self.known_of.add(tenant, now_known.saturating_sub(known));
        self.known_of.subtract(tenant, known.saturating_sub(now_known));
        Some(done)
    }

    /// Drops a lane that holds nothing any more, with its memory where that is much.
    pub fn remove(&mut self, webhook: WebhookKey) {
        if let Some(lane) = self.by_webhook.remove(&webhook) {
            self.held -= lane.held();
            self.known -= lane.known();
            self.lanes_of.subtract(lane.webhook().tenant, 1);
            self.known_of.subtract(lane.webhook().tenant, lane.known());
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

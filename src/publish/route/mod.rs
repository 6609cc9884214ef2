//! Which webhooks of a tenant want an event.
//!
//! In go events, out they come with the webhooks that are owed them. Nothing here survives a crash or needs to: the index is
//! derived from the store's view of all webhooks, and brought up to date before each use, so that a webhook whose creation was
//! answered matches the very next event. Cost follows the number of matches, not the number of webhooks.

mod compiled;
mod error;
mod index;
mod known;
mod matching;

use std::{collections::HashSet, sync::Arc};

pub use self::{
    compiled::CompiledPatterns,
    error::{RouteError, TooMuch},
    index::Index,
    known::asks_for,
};
use self::{
    error::{MOST_COPIED, MOST_DELIVERIES},
    known::Known,
    matching::Matching,
};
use crate::{
    clock::Clock,
    model::{NewEvent, TenantKey, WebhookKey},
    store::{Broadcast, Difference, Routed, TenantCopy, Webhooks},
    work::Work,
};

/// Finds the webhooks that asked for an event. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Router {
    known: Arc<Known>,
    work: Work,
}

impl Router {
    /// Over the webhooks of this store; enters all that there are.
    pub fn new(store: Arc<dyn Webhooks>, clock: Clock, work: Work) -> Router {
        let known = Known::new(store, clock);
        known.catch_up();
        Router { known: Arc::new(known), work }
    }

    /// Each event with the webhooks that want it.
    ///
    /// # Errors
    /// They would cause more than can be kept at one time, or much work of the tenant is waiting.
    pub async fn route(&self, tenant: TenantKey, events: Vec<NewEvent>) -> Result<Routed, RouteError> {
        let mut matching = Matching::new(self.known.clone(), tenant, events);
        Ok(self.work.ask(tenant, move |slice| matching.go_on(slice)).await??)
    }

    /// An event for all tenants: a copy for each that has webhooks which want it. `enriched`: what it is for tenants that
    /// add fields to it, which are `others`; made one after another, and of each only what is different is held.
    pub fn for_all(
        &self,
        event: NewEvent,
        others: &HashSet<TenantKey>,
        enriched: impl Iterator<Item = (TenantKey, NewEvent)>,
    ) -> Result<Broadcast, TooMuch> {
        let mut all: Vec<(TenantKey, Vec<WebhookKey>)> = Vec::new();
        for (tenant, webhook) in self.known.matching_everywhere(&self.known.facts(&event)) {
            match all.last_mut() {
                _ if others.contains(&tenant) => {}
                Some((last, webhooks)) if *last == tenant => webhooks.push(webhook),
                _ => all.push((tenant, vec![webhook])),
            }
        }
        let plain = all.into_iter().map(|(tenant, webhooks)| TenantCopy { tenant, difference: None, webhooks });
        let changed = enriched.map(|(tenant, copy)| {
            let webhooks = self.known.matching(tenant, &self.known.facts(&copy));
            let difference = (!webhooks.is_empty()).then(|| Difference::between(&event.data, &copy.data));
            TenantCopy { tenant, difference, webhooks }
        });
        let (mut copies, mut deliveries, mut bytes) = (Vec::new(), 0, 0);
        for copy in plain.chain(changed).filter(|copy| !copy.webhooks.is_empty()) {
            deliveries += copy.webhooks.len();
            bytes += copy.difference.as_ref().map_or(event.data.len(), Difference::text_length);
            if deliveries > MOST_DELIVERIES {
                return Err(TooMuch::Deliveries { deliveries, most: MOST_DELIVERIES });
            }
            if bytes > MOST_COPIED {
                return Err(TooMuch::Data { most: MOST_COPIED });
            }
            copies.push(copy);
        }
        Ok(Broadcast { event, copies })
    }
}

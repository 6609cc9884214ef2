//! The way of a replay: stride by stride through its deliveries, or through the events of a rematch. The same for whoever counts and
//! for whoever does it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::ReplayError;
use crate::{
    model::{
        DeliveryId, Event, EventKey, ReplayAction, ReplayPlace, ReplayPlan, ReplayTargets, Serial, TenantKey,
        WebhookKey,
    },
    publish::{Publisher, route::RouteError},
    store::{Found, FoundEvents, Range, Store},
    webhook::Status,
};

/// Rows of one status that a stride looks at, at most.
const LOOKS: usize = 5_000;
/// Events that a stride of a rematch reads, at most.
const EVENTS: usize = 50;

/// A plan of a tenant's, and where it ends.
pub(super) struct Walk {
    pub store: Arc<dyn Store>,
    pub publisher: Publisher,
    pub tenant: TenantKey,
    pub plan: ReplayPlan,
    pub upto: Serial,
    /// The last event that was matched, with the webhooks that want it: it can take many strides to owe it to all of them.
    matched: Mutex<Option<(EventKey, Vec<WebhookKey>)>>,
}

/// What comes next.
#[derive(Debug)]
pub(super) struct Stride {
    pub targets: ReplayTargets,
    /// Those with which it cannot be done.
    pub skipped: u64,
    /// Where it leads.
    pub to: ReplayPlace,
    pub is_last: bool,
}

impl Walk {
    /// Of this plan of a tenant's, up to here.
    pub fn new(store: Arc<dyn Store>, publisher: Publisher, tenant: TenantKey, plan: ReplayPlan, upto: Serial) -> Walk {
        Walk { store, publisher, tenant, plan, upto, matched: Mutex::default() }
    }

    /// The stride from here, with at most so many targets.
    pub async fn stride(&self, from: ReplayPlace, limit: usize) -> Result<Stride, ReplayError> {
        match self.plan.action {
            ReplayAction::Rematch => self.events(from, limit).await,
            ReplayAction::Replay | ReplayAction::Retry | ReplayAction::Cancel => self.deliveries(from, limit).await,
        }
    }

    async fn deliveries(&self, from: ReplayPlace, limit: usize) -> Result<Stride, ReplayError> {
        let range = Range { after: from.after, upto: self.upto, limit, looks: LOOKS };
        let Found { deliveries, upto } = self.store.replayable(self.tenant, self.plan.query.clone(), range).await?;
        let all = deliveries.len();
        let possible = deliveries.into_iter().filter(|(_, webhook)| !self.plan.action.sends() || self.takes(*webhook));
        let possible: Vec<DeliveryId> = possible.map(|(id, _)| id).collect();
        Ok(Stride {
            skipped: (all - possible.len()) as u64,
            targets: ReplayTargets::Deliveries(possible),
            to: ReplayPlace::after(upto),
            is_last: upto >= self.upto,
        })
    }

    /// Whether something can be owed to this webhook: it is there and not disabled.
    fn takes(&self, webhook: WebhookKey) -> bool {
        self.store.webhooks().get(webhook).is_some_and(|webhook| webhook.settings.status != Status::Disabled)
    }

    async fn events(&self, from: ReplayPlace, limit: usize) -> Result<Stride, ReplayError> {
        let range = Range { after: from.after, upto: self.upto, limit: EVENTS, looks: LOOKS };
        let FoundEvents { events, upto } = self.store.rematchable(self.tenant, self.plan.query.clone(), range).await?;
        let (mut owed, mut skipped, mut left, mut before) = (Vec::new(), 0, limit, from);
        for event in events {
            let mut webhooks = match self.wanting(&event, before.within, left + 1).await {
                Ok(webhooks) => webhooks,
                // No event can be owed to so many at one time. They are told of among those with which it is not done.
                Err(RouteError::TooMuch(too_much)) => {
                    skipped += too_much.deliveries();
                    Vec::new()
                }
                Err(RouteError::TooMuchWork(error)) => return Err(error.into()),
            };
            if webhooks.len() > left {
                // The others of this event are the next stride's.
                webhooks.truncate(left);
                let within = webhooks.last().copied().or(before.within);
                owed.push((event.key, webhooks));
                let to = ReplayPlace { within, ..before };
                return Ok(Stride { targets: ReplayTargets::Owed(owed), skipped, to, is_last: false });
            }
            left -= webhooks.len();
            before = ReplayPlace::after(event.key.0);
            if !webhooks.is_empty() {
                owed.push((event.key, webhooks));
            }
        }
        let is_last = upto >= self.upto;
        Ok(Stride { targets: ReplayTargets::Owed(owed), skipped, to: ReplayPlace::after(upto), is_last })
    }

    /// The webhooks that want an event by today's types and filters, in the order of their keys, behind `after`: the first of them, at
    /// most so many.
    async fn wanting(
        &self,
        event: &Event,
        after: Option<WebhookKey>,
        most: usize,
    ) -> Result<Vec<WebhookKey>, RouteError> {
        if let Some((asked, _)) = &self.plan.query.webhook {
            let found = self.store.webhooks().get(*asked).filter(|webhook| webhook.settings.status != Status::Disabled);
            let Some(webhook) = found else { return Ok(Vec::new()) };
            return Ok(if self.publisher.wants(event, webhook).await? { vec![*asked] } else { Vec::new() });
        }
        let known = self.lock().take().filter(|(key, _)| *key == event.key);
        let wanting = match known {
            Some((_, wanting)) => wanting,
            None => {
                let mut wanting = self.publisher.wanting(event).await?;
                wanting.sort_unstable();
                wanting
            }
        };
        let first = after.map_or(0, |after| wanting.partition_point(|webhook| *webhook <= after));
        let rest: Vec<WebhookKey> = wanting.iter().skip(first).take(most).copied().collect();
        *self.lock() = Some((event.key, wanting));
        Ok(rest)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(EventKey, Vec<WebhookKey>)>> {
        self.matched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Which webhooks of a tenant want an event.
//!
//! In go events, out they come with the webhooks that are owed them. Nothing here survives a crash or needs to: the index is
//! derived from the store's view of all webhooks, and brought up to date before each use, so that a webhook whose creation was
//! answered matches the very next event. Cost follows the number of matches, not the number of webhooks.

mod index;
mod matching;

use std::{
    collections::HashSet,
    sync::{Arc, RwLock, RwLockReadGuard, TryLockError},
};

pub use self::index::Index;
use self::matching::Matching;
use crate::{
    clock::Clock,
    model::{Event, NewEvent, TenantKey, WebhookKey},
    store::{Broadcast, Routed, TenantCopy, WebhookChange, Webhooks},
    webhook::{Assets, Facts, Filter, Status, Webhook},
    work::{Cost, TooMuchWork, Work},
};

/// The most deliveries that one request can cause: whom they go to is committed together, and others wait for that commit.
const MOST_DELIVERIES: usize = 200_000;
/// What matching the events of one request may take together. One event alone is always matched, however long it takes.
const MOST_MATCHING: Cost = 10_000_000_000;
/// Bytes of data that are written at one time for one event to all tenants.
const MOST_COPIED: usize = 256 << 20;

/// More at one time than can be kept together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooMuch {
    /// So many deliveries would be caused, or more.
    #[error("{deliveries} deliveries at one time, of which {most} are possible")]
    Deliveries {
        /// As far as they were counted.
        deliveries: usize,
        /// How many are possible.
        most: usize,
    },
    /// Matching several events with the tenant's filters would take longer than this.
    #[error("matching takes longer than {} s", most / 1_000_000_000)]
    Matching {
        /// In nanoseconds, as far as they can be told beforehand.
        most: Cost,
    },
    /// All tenants' copies of an event have more bytes than this.
    #[error("more data at one time than {most} bytes")]
    Data {
        /// How many bytes are possible.
        most: usize,
    },
}

/// Why events were not matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RouteError {
    /// It would be more at one time than can be kept together.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// Other work of the tenant comes first.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
}

/// Finds the webhooks that asked for an event. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Router {
    known: Arc<Known>,
    work: Work,
}

/// The webhooks, as far as they are entered.
struct Known {
    store: Arc<dyn Webhooks>,
    clock: Clock,
    entered: RwLock<Entered>,
}

/// The index, and up to which revision of the webhooks it is made.
#[derive(Default)]
struct Entered {
    revision: u64,
    index: Index,
}

impl Router {
    /// Over the webhooks of this store; enters all that there are.
    pub fn new(store: Arc<dyn Webhooks>, clock: Clock, work: Work) -> Router {
        let known = Known { store, clock, entered: RwLock::default() };
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
    /// add fields to it, which are `others`; made one after another, and those that nobody wants are not held.
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
        let plain = all.into_iter().map(|(tenant, webhooks)| TenantCopy { tenant, data: None, webhooks });
        let changed = enriched.map(|(tenant, copy)| {
            let webhooks = self.known.matching(tenant, &self.known.facts(&copy));
            TenantCopy { tenant, data: Some(copy.data), webhooks }
        });
        let (mut copies, mut deliveries, mut bytes) = (Vec::new(), 0, 0);
        for copy in plain.chain(changed).filter(|copy| !copy.webhooks.is_empty()) {
            deliveries += copy.webhooks.len();
            bytes += copy.data.as_ref().unwrap_or(&event.data).len();
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

impl Known {
    /// What filters can ask about; an event that does not say when it happened, happens now.
    fn facts<'a>(&self, event: &'a NewEvent) -> Facts<'a> {
        match event.timestamp {
            Some(_) => Facts::of(event),
            None => Facts::of(event).timestamp(self.clock.now()),
        }
    }

    /// The tenant's webhooks that want the event, oldest first, each once.
    fn matching(&self, tenant: TenantKey, event: &Facts<'_>) -> Vec<WebhookKey> {
        self.catch_up();
        let candidates = self.read().index.candidates(Some(tenant), event, usize::MAX);
        candidates.into_iter().flat_map(|all| all.wanting(event)).map(|(_, webhook)| webhook).collect()
    }

    /// Every tenant's webhooks that want the event, tenant by tenant, each once.
    fn matching_everywhere(&self, event: &Facts<'_>) -> Vec<(TenantKey, WebhookKey)> {
        self.catch_up();
        let candidates = self.read().index.candidates(None, event, usize::MAX);
        candidates.into_iter().flat_map(|all| all.wanting(event)).collect()
    }

    /// The index with every change that was committed before, if that takes no waiting: nobody is changing it, and there
    /// is nothing to enter.
    fn current(&self) -> Option<RwLockReadGuard<'_, Entered>> {
        let entered = match self.entered.try_read() {
            Ok(entered) => entered,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        (entered.revision == self.store.webhooks().revision()).then_some(entered)
    }

    fn catch_up(&self) {
        if self.store.webhooks().revision() == self.read().revision {
            return;
        }
        let mut entered = self.entered.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (revision, changes) = self.store.webhooks().changed_since(entered.revision);
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) => entered.enter(&webhook),
                WebhookChange::Deleted(key) => entered.index.remove(key),
            }
        }
        entered.revision = revision;
    }

    fn read(&self) -> RwLockReadGuard<'_, Entered> {
        self.entered.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Entered {
    fn enter(&mut self, webhook: &Webhook) {
        match webhook.settings.status {
            Status::Disabled => self.index.remove(webhook.key),
            Status::Active | Status::Paused => {
                self.index.enter(webhook.key, webhook.tenant, &webhook.settings.event_types, condition(webhook));
            }
        }
    }
}

/// Whether a webhook asks for an event, by type and filter, whatever its status.
pub fn asks_for(webhook: &Webhook, event: &Event) -> bool {
    let facts = Facts::of_event(event);
    webhook.settings.asks_for_type(&event.event_type) && condition(webhook).is_none_or(|filter| filter.matches(&facts))
}

/// What a webhook asks of an event besides its type.
fn condition(webhook: &Webhook) -> Option<Filter> {
    let assets = webhook.settings.assets.as_ref().and_then(Assets::filter);
    Filter::all(assets.into_iter().chain(webhook.settings.filter.clone()))
}

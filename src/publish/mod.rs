//! How an event enters: validated, enriched, routed, kept; the answer is a receipt for each.
//!
//! [`Publisher`] is the one verb for it, whoever publishes. In go events as [`read`] or another part of the server makes
//! them; an event is checked against the catalogue and gets the fields that its tenant adds ([`mod@enrich`]), is matched
//! with webhooks ([`route`]), and is handed to the store with the deliveries that it causes. Out come [`Receipt`]s when
//! all of that is durable. What was not answered may or may not have been kept, and can be published again under its id.

mod broadcast;
pub mod enrich;
mod error;
mod i_json;
mod known_types;
mod prepare;
mod reading;
pub mod route;
pub mod sample;
mod splice;

use std::sync::Arc;

use bytes::Bytes;

pub use self::{
    enrich::Enricher,
    error::{Conflict, ConflictWith, PublishError},
    reading::{EventInput, EventsInput, Publication, RESERVED, check_data, read},
};
use self::{
    known_types::KnownTypes,
    prepare::{Prepared, Preparer},
    route::{RouteError, Router},
};
use crate::{
    access::Access,
    clock::Clock,
    model::{
        CallerId, Event, EventKey, EventType, FieldError, IdempotencyKey, NewEvent, TenantId, TenantKey,
        TenantSettings, Timestamp, WebhookKey,
    },
    store::{Accepted, Append, Broadcast, Clash, Events, PublishStore, StoreError},
    webhook::Webhook,
    work::{Cost, Slice, TooMuchWork, Work},
};

/// The most bytes of an event's data, where the operator says nothing else.
pub const DEFAULT_MAX_EVENT_BYTES: usize = 256 << 10;

/// Webhooks that a notice goes to, at most: a tenant can have very many, and what tells of them does not need room for all.
pub const MOST_HEARERS: usize = 100;

/// Reading and checking a byte of a request.
const OF_BYTE: Cost = 20;

/// Takes events in. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Publisher(Arc<Inner>);

struct Inner {
    events: Arc<dyn Events>,
    clock: Clock,
    access: Access,
    preparer: Preparer,
    router: Router,
    work: Work,
    max_event_bytes: usize,
}

/// What became of one event.
#[derive(Clone, PartialEq, Debug)]
pub struct Receipt {
    /// Its place in the store.
    pub key: EventKey,
    /// The publisher's own id for it, if it has one.
    pub caller_id: Option<CallerId>,
    /// What happened.
    pub event_type: EventType,
    /// When it happened.
    pub timestamp: Timestamp,
    /// How many webhooks are owed it.
    pub deliveries: u32,
    /// Whether it had been accepted before; then this is the first answer.
    pub duplicate: bool,
    /// What is wrong with it by the catalogue, where its tenant wants to be told and have it kept. Pointers are into the
    /// event.
    pub warnings: Vec<FieldError>,
}

impl Publisher {
    /// Over this store, with what is known of its tenants. Data longer than `max_event_bytes` is refused.
    pub fn new(
        store: Arc<dyn PublishStore>,
        clock: Clock,
        access: Access,
        work: Work,
        max_event_bytes: usize,
    ) -> Publisher {
        let router = Router::new(store.clone(), clock.clone(), work.clone());
        let known_types = KnownTypes::new(store.clone());
        let preparer = Preparer { known_types, enricher: Enricher::default(), clock: clock.clone(), max_event_bytes };
        Publisher(Arc::new(Inner { events: store, clock, access, preparer, router, work, max_event_bytes }))
    }

    /// Reads the body of a tenant's request. See [`read`].
    ///
    /// # Errors
    /// What is wrong with it, or much work of the tenant is waiting.
    pub async fn read(
        &self,
        tenant: TenantKey,
        body: Bytes,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Result<Publication, PublishError> {
        let max_event_bytes = self.0.max_event_bytes;
        let cost = OF_BYTE * body.len() as Cost;
        let reading = move || read(&body, idempotency_key.as_ref(), max_event_bytes);
        self.0.work.ask_once(tenant, cost, reading).await?.map_err(PublishError::Unreadable)
    }

    /// Keeps a tenant's events with the deliveries that they cause. If one of them may not be kept, none is. Returns when they are
    /// durable, with a receipt for each, in order. What fails while they are written may have kept the first of them.
    ///
    /// # Errors
    /// The first event that may not be kept, by its place; or why none could be.
    pub async fn publish(&self, tenant: TenantKey, events: Vec<NewEvent>) -> Result<Vec<Receipt>, PublishError> {
        let settings = self.0.access.settings(tenant)?;
        let (pending, events) = self.prepare(events, settings, Some(tenant)).await?;
        let events = self.0.router.route(tenant, events).await?;
        match self.0.events.append(Append { tenant, events }).await {
            Err(StoreError::Clash(clash)) => Err(self.conflict(tenant, &pending, clash).await),
            accepted => self.receipts(tenant, pending, &accepted?).await,
        }
    }

    /// Keeps an event for all tenants: each gets a copy of its own, with the deliveries that its webhooks ask for. The
    /// default tenant's settings decide how strictly it is checked.
    pub async fn broadcast(&self, mut event: NewEvent) -> Result<Receipt, PublishError> {
        // Every tenant knows it by its id.
        let is_named = event.caller_id.is_some();
        if !is_named {
            let id = format!("all_{:032x}", rand::random::<u128>());
            event.caller_id = Some(CallerId::parse(&id).map_err(PublishError::Defect)?);
        }
        let decides = self.0.access.find_tenant(TenantId::DEFAULT);
        let decides = decides.ok_or_else(|| PublishError::Defect("there is a default tenant".into()))?;
        let settings = self.0.access.settings(decides.key)?;
        let (pending, mut events) = self.prepare(vec![event], settings, None).await?;
        let mut event = events.pop().ok_or_else(|| PublishError::Defect("there is one event".into()))?;
        let (copies, alert_key) = self.copies_for_all(&event).await?;
        event.alert_key = alert_key;
        let receipts = match self.0.events.broadcast(Broadcast { event, is_named, copies }).await {
            Err(StoreError::Clash(clash)) => return Err(self.conflict(TenantKey::ALL, &pending, clash).await),
            accepted => self.receipts(TenantKey::ALL, pending, &[accepted?]).await?,
        };
        receipts.into_iter().next().ok_or_else(|| PublishError::Defect("there is one receipt".into()))
    }

    /// Keeps one of our own notices, of a type that nobody else can publish, for a tenant. It is not checked, and nothing is added. It
    /// goes to the first [`MOST_HEARERS`] webhooks that ask for it.
    ///
    /// # Errors
    /// It could not be kept; or its id was used for another one, see [`PublishError::Conflict`].
    pub async fn notify(&self, tenant: TenantKey, notice: NewEvent) -> Result<(), PublishError> {
        let pending = [PendingReceipt::of(&notice)];
        let mut events = self.0.router.route(tenant, vec![notice]).await?;
        let mut asked = 0;
        for (_, webhooks) in &mut events {
            webhooks.sort_unstable();
            webhooks.truncate(MOST_HEARERS);
            asked += webhooks.len();
        }
        match self.0.events.append(Append { tenant, events }).await {
            Ok(accepted) => {
                let is_sent_to_nobody = |one: &Accepted| matches!(one, Accepted::Kept { deliveries: 0, .. });
                if asked > 0 && accepted.iter().any(is_sent_to_nobody) {
                    let tenant = self.0.access.tenant_name(tenant).map(|id| id.to_string());
                    tracing::warn!(
                        tenant,
                        "a notice is kept and sent to nobody, since its tenant is owed as much as it may"
                    );
                }
                Ok(())
            }
            Err(StoreError::Clash(clash)) => Err(self.conflict(tenant, &pending, clash).await),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether this webhook wants an event of its tenant's now.
    ///
    /// # Errors
    /// Much work of the tenant is waiting.
    pub async fn wants(&self, event: &Event, webhook: Arc<Webhook>) -> Result<bool, TooMuchWork> {
        let (tenant, event) = (event.tenant, event.clone());
        self.0.work.ask_once(tenant, Slice::UNKNOWN, move || route::mismatch(&webhook, &event).is_none()).await
    }

    /// The webhooks of an event's tenant that want it now, by today's types and filters.
    ///
    /// # Errors
    /// They are more than one event can be owed to, or much work of the tenant is waiting.
    pub async fn wanting(&self, event: &Event) -> Result<Vec<WebhookKey>, RouteError> {
        let routed = self.0.router.route(event.tenant, vec![event.published()]).await?;
        Ok(routed.into_iter().flat_map(|(_, webhooks)| webhooks).collect())
    }

    /// Brings what is known of all tenants' webhooks up to date, see [`Router::enter_all`].
    pub async fn enter_all(&self) -> usize {
        self.0.router.enter_all().await
    }

    /// Checks events against the catalogue as `settings` say. `enriched`: adds the fields of this tenant.
    async fn prepare(
        &self,
        events: Vec<NewEvent>,
        settings: Arc<TenantSettings>,
        enriched: Option<TenantKey>,
    ) -> Result<(Vec<PendingReceipt>, Vec<NewEvent>), PublishError> {
        if prepare::is_idle(&settings) {
            return Ok((events.iter().map(PendingReceipt::of).collect(), events));
        }
        let mut preparing = self.0.preparer.clone().prepare(events, settings, enriched);
        let whose = enriched.unwrap_or(TenantKey::ALL);
        let prepared = self.0.work.ask(whose, move |slice| preparing.go_on(slice)).await??;
        Ok(prepared
            .into_iter()
            .map(|Prepared { event, warnings }| (PendingReceipt { warnings, ..PendingReceipt::of(&event) }, event))
            .unzip())
    }

    /// What is said of events that are durable now. `tenant`: whose they are.
    async fn receipts(
        &self,
        tenant: TenantKey,
        pending: Vec<PendingReceipt>,
        accepted: &[Accepted],
    ) -> Result<Vec<Receipt>, PublishError> {
        let any_kept = accepted.iter().any(|one| matches!(one, Accepted::Kept { .. }));
        let mut receipts = Vec::with_capacity(accepted.len());
        for (pending, accepted) in pending.into_iter().zip(accepted) {
            receipts.push(match *accepted {
                Accepted::Kept { key, deliveries } => pending.receipt(key, deliveries, false),
                Accepted::Duplicate { key, deliveries } => {
                    let first = match self.0.events.event(tenant, key).await {
                        // What was kept is not said to have failed: it would be sent again, perhaps without an id.
                        Err(_) if any_kept => None,
                        first => first?,
                    };
                    let first = first.map(|event| PendingReceipt {
                        caller_id: event.caller_id.clone(),
                        event_type: event.event_type.clone(),
                        timestamp: Some(event.timestamp),
                        warnings: Vec::new(),
                    });
                    first.unwrap_or(pending).receipt(key, deliveries, true)
                }
            });
        }
        Ok(receipts)
    }

    /// One id for two events, of which nothing was kept.
    async fn conflict(&self, tenant: TenantKey, pending: &[PendingReceipt], clash: Clash) -> PublishError {
        let place = clash.place;
        let Some(earlier) = clash.earlier else {
            return PublishError::Conflict(Conflict { place, with: ConflictWith::SameRequest });
        };
        let first = match self.0.events.event(tenant, earlier).await {
            Ok(Some(event)) => event.public_id(),
            _ => earlier.to_string(),
        };
        let by_id = pending.get(place).and_then(|one| one.caller_id.as_ref()).is_some_and(|id| id.as_str() == first);
        let with = if by_id { ConflictWith::Id(first) } else { ConflictWith::IdempotencyKey { first } };
        PublishError::Conflict(Conflict { place, with })
    }
}

/// What a receipt needs of an event that was handed to the store.
struct PendingReceipt {
    caller_id: Option<CallerId>,
    event_type: EventType,
    timestamp: Option<Timestamp>,
    warnings: Vec<FieldError>,
}

impl PendingReceipt {
    fn of(event: &NewEvent) -> PendingReceipt {
        PendingReceipt {
            caller_id: event.caller_id.clone(),
            event_type: event.event_type.clone(),
            timestamp: event.timestamp,
            warnings: Vec::new(),
        }
    }

    fn receipt(self, key: EventKey, deliveries: u32, duplicate: bool) -> Receipt {
        let PendingReceipt { caller_id, event_type, timestamp, warnings } = self;
        // An event that does not say when it happened, happened when it was accepted.
        let timestamp = timestamp.unwrap_or(key.0.time());
        Receipt { key, caller_id, event_type, timestamp, deliveries, duplicate, warnings }
    }
}

//! Events: looking at what was published.

use axum::{Json, extract::State};
use bytes::Bytes;
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::Caller,
    api::{
        app::{App, Shared},
        deliveries::{
            handlers::{DeliveryFilter, page},
            view::DeliveryView,
        },
        edge::{
            extract::{FromQuery, Id, NoParams, Params, Query, time},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead, EventsRead, InPortal},
            written::written,
        },
    },
    model::{
        CallerId, CorrelationId, Event, EventKey, EventMetadata, EventSource, EventType, OrderingKey, TenantKey,
        Timestamp, TraceParent,
    },
    store::{ANSWER_BYTES, EventQuery},
    work::{Cost, Slice},
};

/// Writing a byte of an event's data, which is read once more for that.
const OF_BYTE: Cost = 10;

/// An event.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// The caller's id, or a generated one.
    #[schema(value_type = CallerId)]
    id: String,
    /// What happened.
    #[schema(example = "price.alert")]
    r#type: EventType,
    /// Version of the type's schema that `data` follows, if the caller named one.
    version: Option<u32>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    accepted_at: Timestamp,
    /// What keeps it in order.
    ordering_key: Option<OrderingKey>,
    /// The publisher's id for what belongs together.
    correlation_id: Option<CorrelationId>,
    /// The trace that it is part of.
    traceparent: Option<TraceParent>,
    /// Where it comes from.
    source: Option<EventSource>,
    /// What its publisher wants to know of it again.
    metadata: Option<EventMetadata>,
    /// How many webhooks it was owed to.
    deliveries: u32,
    /// How many of these are not listed yet: the deliveries of a large fan-out are made one slice after another, in the
    /// order of events.
    deliveries_to_come: u64,
    /// Whether it was made for a test of a webhook, and never published.
    test: bool,
    /// When what it says was deleted by `POST /events/{id}/scrub`, if it was: `data` is null since.
    #[schema(value_type = Option<String>, format = DateTime)]
    scrubbed_at: Option<Timestamp>,
    /// The caller's JSON, byte for byte, with the fields that the tenant adds.
    #[schema(value_type = Value)]
    #[serde(serialize_with = "as_it_is")]
    data: Bytes,
}

/// JSON as it was kept. It is read once more on its way, which takes as long as it is.
pub(in crate::api) fn as_it_is<S: Serializer>(data: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_slice::<&RawValue>(data).map_err(S::Error::custom)?.serialize(serializer)
}

impl EventView {
    fn of(event: &Event, deliveries_to_come: u64) -> EventView {
        EventView {
            id: event.public_id(),
            r#type: event.event_type.clone(),
            version: event.version,
            timestamp: event.timestamp,
            accepted_at: event.key.0.time(),
            ordering_key: event.ordering_key.clone(),
            correlation_id: event.correlation_id.clone(),
            traceparent: event.traceparent.clone(),
            source: event.source.clone(),
            metadata: event.metadata.clone(),
            deliveries: event.fan_out,
            deliveries_to_come,
            test: event.test,
            scrubbed_at: event.scrubbed_at,
            data: event.data.clone(),
        }
    }
}

/// Which events to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Only events of this type; several times: of one of these.
    #[param(rename = "type", value_type = Option<Vec<EventType>>)]
    event_type: Vec<EventType>,
    /// Only those accepted at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those accepted before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    #[param(ignore)]
    page: Page,
}

impl FromQuery for EventFilter {
    fn read(query: &mut Query<'_>) -> Result<EventFilter, Problem> {
        Ok(EventFilter {
            event_type: query.take_all_of_either("type", "event_type", EventType::parse)?,
            from: query.take("from", time)?,
            to: query.take("to", time)?,
            page: Page::read(query)?,
        })
    }
}

/// List events
///
/// Newest first. A page holds about 4 MiB of `data`; where events are large, it has fewer than `limit`.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", operation_id = "listEvents",
    params(EventFilter, PageParams),
    responses((status = 200, description = "A page of events", body = List<EventView>))
)]
pub async fn list(
    Allowed { tenant, caller, .. }: Allowed<InPortal<EventsRead>>,
    State(app): State<Shared>,
    Params(filter): Params<EventFilter>,
) -> Result<Json<Box<RawValue>>, Problem> {
    let EventFilter { event_type, from, to, mut page } = filter;
    let Between { after, before } = page.between(EventKey::parse)?;
    let all = EventQuery { event_types: event_type, from, to, ..EventQuery::default() };
    if page.counts() {
        page.counted(app.store.count_events(tenant, all.clone()).await?);
    }
    // What comes after another in the list is older.
    let mut query = EventQuery {
        before: after,
        after: before,
        limit: page.limit + 1,
        oldest: page.is_from_end(),
        bytes: Some(ANSWER_BYTES),
        ..all
    };
    if !query.event_types.is_empty()
        && let Some(reach) = app.store.reach_of_events(tenant, query.clone()).await?
    {
        query.up_to(reach);
        page.reaches(reach.to_string());
    }
    let mut events = app.store.events(tenant, query).await?;
    page.leave_out(&mut events, |event| event.key.to_string(), |event| !caller.sees(&event.event_type));
    let to_come = app.store.deliveries_to_come(tenant, events.iter().map(|event| event.key).collect()).await?;
    let events: Vec<_> = events.into_iter().zip(to_come).collect();
    // Megabytes are read and written beside the threads that serve everybody.
    let written_page = move || {
        let size = |(event, _): &(Event, u64)| event.bytes();
        let id = |(last, _): &(Event, u64)| last.key.to_string();
        let view = |(event, to_come): (Event, u64)| EventView::of(&event, to_come);
        page.of_sized(events, ANSWER_BYTES, size, id, view)
    };
    written(&app.work, tenant, Slice::UNKNOWN, written_page).await
}

/// Read an event
#[utoipa::path(
    get, path = "/api/v1/events/{id}", tag = "events", operation_id = "readEvent",
    params(("id" = String, Path, description = "The event's id")),
    responses((status = 200, description = "The event", body = EventView))
)]
pub async fn read(
    Allowed { tenant, caller, .. }: Allowed<InPortal<EventsRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let event = find(&app, &caller, tenant, &id).await?;
    let to_come = app.store.deliveries_to_come(tenant, vec![event.key]).await?;
    let cost = OF_BYTE * event.data.len() as Cost;
    written(&app.work, tenant, cost, move || EventView::of(&event, to_come.into_iter().sum())).await
}

/// List an event's deliveries
///
/// Newest first. The event says how many are still to come.
#[utoipa::path(
    get, path = "/api/v1/events/{id}/deliveries", tag = "events", operation_id = "listDeliveriesOfEvent",
    params(("id" = String, Path, description = "The event's id"), DeliveryFilter, PageParams),
    responses((status = 200, description = "A page of deliveries", body = List<DeliveryView>))
)]
pub async fn deliveries(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    Params(filter): Params<DeliveryFilter>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let event = find(&app, &caller, tenant, &id).await?;
    page(&app, &caller, tenant, None, Some(event.public_id()), filter).await
}

impl FromQuery for Page {
    fn read(query: &mut Query<'_>) -> Result<Page, Problem> {
        Page::read(query)
    }
}

/// An event of a tenant's that the caller may see.
pub(crate) async fn find(app: &App, caller: &Caller, tenant: TenantKey, id: &str) -> Result<Event, Problem> {
    let found = app.store.find_event(tenant, id).await?.filter(|event| caller.sees(&event.event_type));
    found.ok_or_else(|| Problem::not_found("event"))
}

/// The same, of which it is still known what it says.
pub(crate) async fn find_whole(app: &App, caller: &Caller, tenant: TenantKey, id: &str) -> Result<Event, Problem> {
    let event = find(app, caller, tenant, id).await?;
    if event.scrubbed_at.is_some() { Err(Problem::scrubbed()) } else { Ok(event) }
}

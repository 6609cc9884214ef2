//! Saved events: samples under names, to publish again and to try webhooks with.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    access::Caller,
    api::{
        app::{App, Shared},
        edge::{
            extract::{Body, Id, NoParams, Params, given_json},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            refusals,
            room::{no_room, of_tree},
            scopes::{Allowed, EventsRead, EventsWrite},
            written::written,
        },
        events::{
            handlers::{self, as_it_is},
            publish::{idempotency_key, traceparent},
            receipts::{self, PublishedEvent},
        },
    },
    model::{
        CallerId, CorrelationId, EventMetadata, EventSource, EventType, FieldError, IdempotencyKey, NewEvent,
        OrderingKey, Saved, SavedEvent, SavedKind, SavedName, SavedWhat, Scope, TenantKey, Timestamp, TraceParent,
    },
    publish::{Publisher, RESERVED},
    store::{SavedPage, SavedQuery},
    work::{Cost, Slice},
};

const LONGEST_DESCRIPTION: usize = 500;

/// What to save: an event that is kept, or one of your own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedEventInput {
    /// A stored event's id: what it says is saved, with the fields that the tenant added. Then only a `description` can be given.
    #[schema(nullable = false, required = false)]
    event: Option<CallerId>,
    /// For people: up to 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    /// What happened. Types that begin with `lanehook.` are the server's own.
    #[serde(rename = "type", alias = "event_type")]
    #[schema(example = "price_alert", nullable = false, required = false)]
    event_type: Option<EventType>,
    /// Any JSON that an event can have.
    #[serde(default, deserialize_with = "given_json")]
    #[schema(value_type = Option<Value>)]
    data: Option<Box<RawValue>>,
    /// Version of the type's schema that `data` follows.
    version: Option<u32>,
    /// Events with the same key reach a webhook with `ordering: key` one after another.
    ordering_key: Option<OrderingKey>,
    /// Your id for what belongs together.
    correlation_id: Option<CorrelationId>,
    /// Where it comes from.
    source: Option<EventSource>,
    /// What you want to know of it again.
    metadata: Option<EventMetadata>,
}

/// A saved event.
#[derive(Serialize, ToSchema)]
#[schema(as = SavedEvent)]
pub struct SavedEventView {
    name: SavedName,
    /// For people.
    description: String,
    /// What happened.
    #[schema(example = "price_alert")]
    r#type: EventType,
    version: Option<u32>,
    ordering_key: Option<OrderingKey>,
    correlation_id: Option<CorrelationId>,
    source: Option<EventSource>,
    metadata: Option<EventMetadata>,
    /// The JSON, byte for byte.
    #[schema(value_type = Value)]
    #[serde(serialize_with = "as_it_is")]
    data: Bytes,
    /// When something was first saved under this name.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last saved.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl SavedEventView {
    fn of(saved: &Saved, event: &SavedEvent) -> SavedEventView {
        SavedEventView {
            name: saved.name.clone(),
            description: event.description.clone(),
            r#type: event.event_type.clone(),
            version: event.version,
            ordering_key: event.ordering_key.clone(),
            correlation_id: event.correlation_id.clone(),
            source: event.source.clone(),
            metadata: event.metadata.clone(),
            data: event.data.clone(),
            created_at: saved.created_at,
            updated_at: saved.updated_at,
        }
    }
}

/// List saved events
///
/// By name. A page holds about 4 MiB of `data`; where events are large, it has fewer than `limit`.
#[utoipa::path(
    get, path = "/api/v1/saved-events", tag = "saved events", operation_id = "listSavedEvents",
    params(PageParams),
    responses((status = 200, description = "A page of saved events", body = List<SavedEventView>))
)]
pub async fn list(
    Allowed { tenant, .. }: Allowed<EventsRead>,
    State(app): State<Shared>,
    Params(mut page): Params<Page>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let Between { after, before } = page.between(|name| SavedName::parse(name).ok())?;
    if page.counts() {
        page.counted(app.store.count_saved(tenant, SavedKind::Event).await?);
    }
    let query = SavedQuery { after, before, limit: page.limit + 1, is_from_end: page.is_from_end() };
    let SavedPage { found, reach } = app.store.list_saved(tenant, SavedKind::Event, query).await?;
    if let Some(reach) = reach {
        page.reaches(reach.to_string());
    }
    let found: Vec<_> = found.into_iter().filter_map(of_event).collect();
    let name = |(saved, _): &(Saved, SavedEvent)| saved.name.to_string();
    page.written(&app.work, tenant, found, name, |(saved, event)| SavedEventView::of(&saved, &event)).await
}

/// Save an event
///
/// Keeps what an event says under a name, in the place of what was saved under it before: one of your own, or one that is stored. It is
/// published again by `POST /saved-events/{name}/send`, and webhooks are tried with it (`saved_event` of `POST /webhooks/{id}/test` and
/// `POST /render`). It stays until it is deleted, and counts in the quotas `saved` and `event_bytes`.
#[utoipa::path(
    put, path = "/api/v1/saved-events/{name}", tag = "saved events", operation_id = "putSavedEvent",
    params(("name" = String, Path, description = "Its name")),
    request_body = SavedEventInput,
    responses(
        (status = 200, description = "Replaced", body = SavedEventView),
        (status = 201, description = "Saved under a new name", body = SavedEventView),
        (status = 409, description = "The tenant has saved as much as it may (`quota_reached`)"),
        (status = 507, description = "The disk is nearly full (`disk_full`): nothing was saved"),
    )
)]
pub async fn put(
    Allowed { tenant, caller, .. }: Allowed<EventsWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
    Body(input, body): Body<SavedEventInput>,
) -> Result<Response, Problem> {
    let name = SavedName::parse(&name).map_err(|message| Problem::parameter("name", message))?;
    let event = input.read(&app, tenant, &caller).await?;
    let (saved, is_new) = app.store.save(tenant, name, SavedWhat::Event(event.clone()), &caller.actor()).await?;
    drop(body);
    let view = written(&app.work, tenant, Slice::UNKNOWN, move || SavedEventView::of(&saved, &event)).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, view).into_response())
}

/// Read a saved event
#[utoipa::path(
    get, path = "/api/v1/saved-events/{name}", tag = "saved events", operation_id = "readSavedEvent",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The saved event", body = SavedEventView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<EventsRead>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let (saved, event) = find(&app, tenant, parse(&name)?).await?;
    written(&app.work, tenant, Slice::UNKNOWN, move || SavedEventView::of(&saved, &event)).await
}

/// Delete a saved event
///
/// What was published from it stays.
#[utoipa::path(
    delete, path = "/api/v1/saved-events/{name}", tag = "saved events", operation_id = "deleteSavedEvent",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(
    Allowed { tenant, caller, .. }: Allowed<EventsWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    match app.store.forget_saved(tenant, SavedKind::Event, parse(&name)?, &caller.actor()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(none()),
    }
}

/// Publish a saved event
///
/// As a new event, with an id and a time of its own: it is checked, gets the tenant's fields and goes to whoever asks for it, like any other.
/// The header `Idempotency-Key` makes it safe to send again within 24 hours.
#[utoipa::path(
    post, path = "/api/v1/saved-events/{name}/send", tag = "saved events", operation_id = "sendSavedEvent",
    params(
        ("name" = String, Path, description = "Its name"),
        ("Idempotency-Key" = Option<IdempotencyKey>, Header, description = "Makes the request safe to repeat for 24 hours"),
        ("traceparent" = Option<TraceParent>, Header, description = "The trace that the event is part of (W3C Trace Context)"),
    ),
    responses(
        (status = 202, description = "Kept", body = PublishedEvent),
        (status = 409, description = "The idempotency key belongs to a different event"),
        (status = 429, description = "Too many requests, or the tenant has as much as its quota allows"),
        (status = 507, description = "The disk is nearly full (`disk_full`): nothing was kept"),
    )
)]
pub async fn send(
    Allowed { tenant, .. }: Allowed<EventsWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (idempotency_key, traceparent) = (idempotency_key(&headers)?, traceparent(&headers));
    let (_, event) = find(&app, tenant, parse(&name)?).await?;
    let data = event.data.clone();
    let tree = app.work.ask_once(tenant, data.len() as Cost, move || of_tree(&data)).await?;
    // Filters, schemas and expressions read it.
    let room = app.bodies.take(tenant, tree).map_err(no_room)?;
    let event = NewEvent { idempotency_key, traceparent, ..event.published() };
    let receipts = app.publisher.publish(tenant, vec![event]).await;
    drop(room);
    let mut receipts = receipts.map_err(|error| refusals::publishing(error, |_| String::new()))?;
    let receipt = receipts.pop().ok_or_else(|| Problem::internal("a saved event came to nothing"))?;
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((StatusCode::ACCEPTED, json, receipts::one(receipt)).into_response())
}

/// A tenant's saved event.
pub async fn find(app: &App, tenant: TenantKey, name: SavedName) -> Result<(Saved, SavedEvent), Problem> {
    app.store.saved(tenant, SavedKind::Event, name).await?.and_then(of_event).ok_or_else(none)
}

/// With the event that it is; none, if it is something else.
fn of_event(saved: Saved) -> Option<(Saved, SavedEvent)> {
    match &saved.what {
        SavedWhat::Event(event) => {
            let event = event.clone();
            Some((saved, event))
        }
        SavedWhat::Report(_) | SavedWhat::Theme(_) => None,
    }
}

/// What nothing can be called is the name of nothing.
fn parse(name: &str) -> Result<SavedName, Problem> {
    SavedName::parse(name).map_err(|_| none())
}

fn none() -> Problem {
    Problem::not_found("saved event")
}

impl SavedEventInput {
    /// What is to be saved.
    async fn read(self, app: &App, tenant: TenantKey, caller: &Caller) -> Result<SavedEvent, Problem> {
        let mut errors = Vec::new();
        if self.description.chars().count() > LONGEST_DESCRIPTION {
            let message = format!("has at most {LONGEST_DESCRIPTION} characters");
            errors.push(FieldError::at("/description", message));
        }
        let Some(id) = &self.event else {
            let publisher = app.publisher.clone();
            return Ok(app.work.ask_once(tenant, Slice::UNKNOWN, move || self.own(&publisher, errors)).await??);
        };
        // The answer shows it.
        caller.permits(Scope::EventsRead)?;
        errors.extend(self.beside_event().map(|name| {
            FieldError::at(format!("/{name}"), "is said by the event that `event` names; leave one of them out")
        }));
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let event = handlers::find_whole(app, caller, tenant, id.as_str()).await.map_err(|problem| {
            match problem.is_about_nothing() {
                true => Problem::field("/event", "there is no event with this id"),
                false => problem,
            }
        })?;
        if event.event_type.is_reserved() {
            return Err(Problem::field("/event", RESERVED));
        }
        Ok(SavedEvent { description: self.description, ..SavedEvent::of(&event) })
    }

    /// Members that say something of an event of one's own.
    fn beside_event(&self) -> impl Iterator<Item = &'static str> + use<> {
        [
            ("type", self.event_type.is_some()),
            ("data", self.data.as_ref().is_some_and(|data| data.get() != "null")),
            ("version", self.version.is_some()),
            ("ordering_key", self.ordering_key.is_some()),
            ("correlation_id", self.correlation_id.is_some()),
            ("source", self.source.is_some()),
            ("metadata", self.metadata.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
    }

    fn own(self, publisher: &Publisher, mut errors: Vec<FieldError>) -> Result<SavedEvent, Vec<FieldError>> {
        let SavedEventInput {
            description,
            event_type,
            data,
            version,
            ordering_key,
            correlation_id,
            source,
            metadata,
            ..
        } = self;
        match &event_type {
            None => {
                errors.push(FieldError::at("/type", "missing field `type`, or `event` with the id of a stored event"))
            }
            Some(event_type) if event_type.is_reserved() => errors.push(FieldError::at("/type", RESERVED)),
            Some(_) => {}
        }
        match &data {
            None => {
                errors.push(FieldError::at("/data", "missing field `data`, or `event` with the id of a stored event"))
            }
            Some(data) => errors.extend(publisher.check_data(data.get()).err()),
        }
        let (Some(event_type), Some(data), true) = (event_type, data, errors.is_empty()) else { return Err(errors) };
        let data = Bytes::copy_from_slice(data.get().as_bytes());
        Ok(SavedEvent { description, event_type, version, ordering_key, correlation_id, source, metadata, data })
    }
}

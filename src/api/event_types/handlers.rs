//! The catalogue of event types: what each means, its schemas by version, and examples. Shared by all tenants: an operator's
//! keys change it, everyone's read it.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{ETAG, LOCATION},
};
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        app::Shared,
        edge::{
            etag::{NamesAll, etag_of, expected},
            extract::{Body, FromQuery, Id, NoParams, Params, Query, one_of},
            page::{List, Page, PageParams},
            problem::Problem,
            scopes::{CatalogueRead, CatalogueWrite, InPortal, Operator, Permitted},
            written::written,
        },
    },
    catalogue::{Breakage, EntryStatus, EventTypeEntry, EventTypeInput, SchemaVersionInput},
    manage,
    model::{EventType, Timestamp, read_json_fully},
    store::CatalogueEntry,
    work::Slice,
};

/// An event type of the catalogue.
#[derive(Serialize, ToSchema)]
#[schema(as = EventType)]
pub struct EventTypeView {
    #[serde(flatten)]
    event_type: EventTypeEntry,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Grows with every change.
    revision: u64,
}

impl EventTypeView {
    fn of(entry: &CatalogueEntry) -> EventTypeView {
        EventTypeView { event_type: entry.event_type.clone(), updated_at: entry.updated_at, revision: entry.version }
    }
}

/// An event type after a change, and what the change means for receivers.
#[derive(Serialize, ToSchema)]
pub struct ChangedEventType {
    #[serde(flatten)]
    event_type: EventTypeView,
    /// What data of the newest version can hold that data of the version before could not, so that receivers who know
    /// only that one may fail. Empty: nothing breaks.
    breaks: Vec<Breakage>,
}

impl ChangedEventType {
    fn of(changed: manage::ChangedEventType) -> ChangedEventType {
        ChangedEventType { event_type: EventTypeView::of(&changed.entry), breaks: changed.breaks }
    }
}

/// Which event types to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventTypeFilter {
    /// Only those in this status.
    status: Option<EntryStatus>,
    /// Only those of this group.
    group: Option<String>,
    #[param(ignore)]
    page: Page,
}

impl FromQuery for EventTypeFilter {
    fn read(query: &mut Query<'_>) -> Result<EventTypeFilter, Problem> {
        Ok(EventTypeFilter {
            status: query.take("status", one_of("active, deprecated, archived"))?,
            group: query.take("group", |text| Ok(text.to_owned()))?,
            page: Page::read(query)?,
        })
    }
}

/// List event types
///
/// By name.
#[utoipa::path(
    get, path = "/api/v1/event-types", tag = "event types", operation_id = "listEventTypes",
    params(EventTypeFilter, PageParams),
    responses((status = 200, description = "A page of event types", body = List<EventTypeView>))
)]
pub async fn list(
    Permitted { caller, .. }: Permitted<InPortal<CatalogueRead>>,
    State(app): State<Shared>,
    Params(filter): Params<EventTypeFilter>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let EventTypeFilter { status, group, mut page } = filter;
    let mut found = app.event_types.all();
    found.retain(|entry| {
        let event_type = &entry.event_type;
        status.is_none_or(|status| event_type.status == status)
            && group.as_ref().is_none_or(|group| event_type.group == *group)
    });
    page.cut(&mut found, |entry| &entry.event_type.name, |name| EventType::parse(name).ok())?;
    let id = |last: &Arc<CatalogueEntry>| last.event_type.name.to_string();
    let tenant = caller.concerned_tenant();
    page.written(&app.work, tenant, found, id, |entry| EventTypeView::of(&entry)).await
}

/// Read an event type
#[utoipa::path(
    get, path = "/api/v1/event-types/{name}", tag = "event types", operation_id = "readEventType",
    params(("name" = String, Path, description = "The event type's name")),
    responses(
        (status = 200, description = "The event type", body = EventTypeView, headers(
            ("ETag" = String, description = "Names its revision"),
        )),
        (status = 304, description = "You have this revision", headers(
            ("ETag" = String, description = "Names its revision"),
        )),
    )
)]
pub async fn read(
    Permitted { caller, .. }: Permitted<InPortal<CatalogueRead>>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<Response, Problem> {
    let entry = app.event_types.find(&name)?;
    let etag = etag_of(entry.version);
    // Schemas can be long.
    let view = written(&app.work, caller.concerned_tenant(), Slice::UNKNOWN, move || EventTypeView::of(&entry)).await?;
    Ok((Extension(NamesAll), [(ETAG, etag)], view).into_response())
}

/// Create or replace an event type
///
/// Everything is replaced; what is left out gets its default. The answer says what the newest version breaks for
/// receivers who know the one before.
#[utoipa::path(
    put, path = "/api/v1/event-types/{name}", tag = "event types", operation_id = "putEventType",
    params(
        ("name" = String, Path, description = "Letters, digits, `_` and `-`, in parts separated by dots"),
        ("If-Match" = Option<String>, Header, description = "Replace only this revision (ETag)"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only create"),
    ),
    request_body = EventTypeInput,
    responses(
        (status = 200, description = "Replaced", body = ChangedEventType),
        (status = 201, description = "Made", body = ChangedEventType),
        (status = 409, description = "It was changed at the same time"),
        (status = 412, description = "It is not the revision you expect"),
    )
)]
pub async fn put(
    Operator { caller, .. }: Operator<CatalogueWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
    headers: HeaderMap,
    Body(mut fields, _): Body<Map<String, Value>>,
) -> Result<Response, Problem> {
    let name = EventType::parse(&name).map_err(|message| Problem::parameter("name", message))?;
    // The path says it already.
    if fields.get("name").is_some_and(|given| !given.is_null() && given.as_str() != Some(name.as_str())) {
        return Err(Problem::field("/name", "is another than the one in the path; leave it out"));
    }
    fields.insert("name".into(), name.as_str().into());
    let text = serde_json::to_vec(&fields).map_err(Problem::internal)?;
    let input: EventTypeInput = read_json_fully(&text)?;
    Ok(changed(app.event_types.put(input, &expected(&headers)?, &caller.actor()).await?))
}

/// Change an event type
///
/// A JSON merge patch (RFC 7396): deprecate it with `{"status": "deprecated"}`, archive it with `{"status": "archived"}`.
#[utoipa::path(
    patch, path = "/api/v1/event-types/{name}", tag = "event types", operation_id = "changeEventType",
    params(
        ("name" = String, Path, description = "The event type's name"),
        ("If-Match" = Option<String>, Header, description = "Change only this revision (ETag)"),
    ),
    request_body(content = Object, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Changed", body = ChangedEventType),
        (status = 409, description = "It was changed at the same time"),
        (status = 412, description = "It is not the revision you expect"),
    )
)]
pub async fn change(
    Operator { caller, .. }: Operator<CatalogueWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
    headers: HeaderMap,
    Body(patch, _): Body<Map<String, Value>>,
) -> Result<Response, Problem> {
    Ok(changed(app.event_types.change(&name, &patch, &expected(&headers)?, &caller.actor()).await?))
}

/// Whether to keep what is sent.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DryRun {
    /// Only say what would happen.
    dry_run: Option<bool>,
}

impl FromQuery for DryRun {
    fn read(query: &mut Query<'_>) -> Result<DryRun, Problem> {
        let dry_run = query.take("dry_run", |text| text.parse().map_err(|_| "is true or false".to_owned()))?;
        Ok(DryRun { dry_run })
    }
}

/// Add a version to an event type
///
/// Its number is the next if it names none. The answer says what it breaks for receivers who know the version before;
/// with `dry_run=true` nothing else happens.
#[utoipa::path(
    post, path = "/api/v1/event-types/{name}/versions", tag = "event types", operation_id = "addEventTypeVersion",
    params(("name" = String, Path, description = "The event type's name"), DryRun),
    request_body = SchemaVersionInput,
    responses(
        (status = 200, description = "What it would be", body = ChangedEventType),
        (status = 201, description = "Added", body = ChangedEventType),
        (status = 409, description = "It was changed at the same time"),
    )
)]
pub async fn add_version(
    Operator { caller, .. }: Operator<CatalogueWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    Params(DryRun { dry_run }): Params<DryRun>,
    Body(version, _): Body<Map<String, Value>>,
) -> Result<Response, Problem> {
    let dry_run = dry_run == Some(true);
    let added = app.event_types.add_version(&name, version, dry_run, &caller.actor()).await?;
    Ok(match dry_run {
        true => Json(ChangedEventType::of(added)).into_response(),
        false => (StatusCode::CREATED, changed(added)).into_response(),
    })
}

/// Delete an event type
///
/// Events of the type stay. Better archive it, so that old events can be understood.
#[utoipa::path(
    delete, path = "/api/v1/event-types/{name}", tag = "event types", operation_id = "deleteEventType",
    params(("name" = String, Path, description = "The event type's name")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(
    Operator { caller, .. }: Operator<CatalogueWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    app.event_types.delete(&name, &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which sample to make.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SampleChoice {
    /// Of this version; otherwise the newest that is not deprecated.
    version: Option<u32>,
    /// The same number makes the same sample; otherwise the version's example is answered.
    seed: Option<u64>,
}

impl FromQuery for SampleChoice {
    fn read(query: &mut Query<'_>) -> Result<SampleChoice, Problem> {
        let number = |text: &str| text.parse().map_err(|_| "is a number".to_owned());
        let version = query.take("version", |text| text.parse().map_err(|_| "is a number".to_owned()))?;
        Ok(SampleChoice { version, seed: query.take("seed", number)? })
    }
}

/// An event as it could be published.
#[derive(Serialize, ToSchema)]
pub struct SampleEvent {
    r#type: EventType,
    version: u32,
    /// Fits the version's schema.
    data: Value,
}

/// Make a sample event
///
/// One that fits the schema, ready to be published, or to be tried on a webhook.
#[utoipa::path(
    get, path = "/api/v1/event-types/{name}/sample", tag = "event types", operation_id = "sampleEvent",
    params(("name" = String, Path, description = "The event type's name"), SampleChoice),
    responses((status = 200, description = "The event", body = SampleEvent))
)]
pub async fn sample(
    _: Permitted<InPortal<CatalogueRead>>,
    State(app): State<Shared>,
    Id(name): Id,
    Params(choice): Params<SampleChoice>,
) -> Result<Json<SampleEvent>, Problem> {
    let sample = app.event_types.sample(&name, choice.version, choice.seed).await?;
    let manage::SampleOfType { event_type, version, data } = sample;
    Ok(Json(SampleEvent { r#type: event_type, version, data }))
}

fn changed(changed: manage::ChangedEventType) -> Response {
    let (tag, is_new) = (etag_of(changed.entry.version), changed.is_new);
    let place = format!("/api/v1/event-types/{}", changed.entry.event_type.name);
    let body = Json(ChangedEventType::of(changed));
    match is_new {
        true => (StatusCode::CREATED, [(LOCATION, place)], [(ETAG, tag)], body).into_response(),
        false => ([(ETAG, tag)], body).into_response(),
    }
}

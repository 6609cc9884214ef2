//! Event types in bulk: from packs, OpenAPI documents and lists.

use axum::{
    Json,
    extract::{Request, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            body,
            extract::{NoParams, require_json},
            problem::Problem,
            scopes::{CatalogueWrite, Operator},
        },
    },
    catalogue::{EventTypeInput, EventTypeSource},
    manage,
    model::{EventType, FieldError, TenantKey, read_json_fully},
    work::Slice,
};

/// OpenAPI documents can be long.
const LARGEST_IMPORT: usize = 8 << 20;

/// Where event types come from: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The name of a pack that comes with lanehook: `market`, `portfolio`, `benchmark`, `memory`.
    #[schema(value_type = String, nullable = false, required = false)]
    pack: Option<String>,
    /// An OpenAPI document with `webhooks` (3.1) or `x-webhooks`.
    #[schema(value_type = Object, nullable = false, required = false)]
    openapi: Option<Value>,
    /// Event types as PUT takes them, each with its `name`.
    #[schema(value_type = Vec<EventTypeInput>, nullable = false, required = false)]
    event_types: Option<Vec<Value>>,
    /// Replace event types that are there already; otherwise they stay.
    #[serde(default)]
    replace: bool,
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    /// These are new.
    created: Vec<EventType>,
    /// These were replaced.
    replaced: Vec<EventType>,
    /// These were there, and stayed as they were.
    unchanged: Vec<EventType>,
}

/// Import event types
///
/// From a pack, from an OpenAPI document's webhooks, or from a list.
#[utoipa::path(
    post, path = "/api/v1/event-types", tag = "event types", operation_id = "importEventTypes",
    request_body = Import,
    responses((status = 200, description = "What was imported", body = Imported))
)]
pub async fn import(
    Operator { caller, .. }: Operator<CatalogueWrite>,
    State(app): State<Shared>,
    _: NoParams,
    request: Request,
) -> Result<Json<Imported>, Problem> {
    require_json(&app, request.headers())?;
    let body = body::read(&app, request, LARGEST_IMPORT).await?;
    let read = move || {
        let input: Import = read_json_fully(&body)?;
        Ok::<_, Vec<FieldError>>((input.replace, input.source()?))
    };
    let (replace, source) = app.work.ask_once(TenantKey::ALL, Slice::UNKNOWN, read).await??;
    let manage::Imported { created, replaced, unchanged } =
        app.event_types.import(source, replace, &caller.actor()).await?;
    Ok(Json(Imported { created, replaced, unchanged }))
}

impl Import {
    fn source(self) -> Result<EventTypeSource, FieldError> {
        match (self.pack, self.openapi, self.event_types) {
            (Some(name), None, None) => Ok(EventTypeSource::Pack(name)),
            (None, Some(document), None) => Ok(EventTypeSource::OpenApi(document)),
            (None, None, Some(list)) => Ok(EventTypeSource::List(list)),
            _ => Err(FieldError::at("", "give exactly one of `pack`, `openapi` and `event_types`")),
        }
    }
}

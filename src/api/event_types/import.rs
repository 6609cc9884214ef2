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
            extract::{NoParams, read_body, require_json},
            problem::Problem,
            scopes::{CatalogueWrite, Operator},
        },
        event_types::handlers::{elsewhere, invalid},
    },
    catalogue::{EventTypeEntry, EventTypeInput, from_openapi, packs},
    model::{EventType, FieldError, read_json},
};

/// OpenAPI documents can be long.
const LARGEST_IMPORT: usize = 8 << 20;

/// Where event types come from: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The name of a pack that comes with lanehook: `market`, `portfolio`, `benchmark`, `memory`.
    pack: Option<String>,
    /// An OpenAPI document with `webhooks` (3.1) or `x-webhooks`.
    #[schema(value_type = Option<Object>)]
    openapi: Option<Value>,
    /// Event types as PUT takes them, each with its `name`.
    #[schema(value_type = Option<Vec<EventTypeInput>>)]
    event_types: Option<Vec<Value>>,
    /// Replace event types that are there already; otherwise they stay.
    #[serde(default)]
    replace: bool,
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    /// These are new.
    #[schema(value_type = Vec<String>)]
    created: Vec<EventType>,
    /// These were replaced.
    #[schema(value_type = Vec<String>)]
    replaced: Vec<EventType>,
    /// These were there, and stayed as they were.
    #[schema(value_type = Vec<String>)]
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
    let (parts, body) = request.into_parts();
    require_json(&parts.headers)?;
    let input: Import = read_json(&read_body(body, LARGEST_IMPORT).await?)?;
    let (now, by) = (app.clock.now(), caller.actor());
    let mut imported = Imported { created: Vec::new(), replaced: Vec::new(), unchanged: Vec::new() };
    let replace = input.replace;
    for mut event_type in elsewhere(move || event_types_of(&input)).await?? {
        let before = app.catalogue.find(&event_type.name);
        let name = event_type.name.clone();
        if before.is_some() && !replace {
            imported.unchanged.push(name);
            continue;
        }
        event_type.stamp(before.as_ref().map(|entry| &entry.event_type), now);
        app.catalogue.put(event_type, before.as_ref().map_or(0, |entry| entry.version), &by).await?;
        if before.is_some() { imported.replaced.push(name) } else { imported.created.push(name) }
    }
    Ok(Json(imported))
}

fn event_types_of(input: &Import) -> Result<Vec<EventTypeEntry>, Problem> {
    match (&input.pack, &input.openapi, &input.event_types) {
        (Some(name), None, None) => {
            let names = || packs().iter().map(|pack| pack.name.as_str()).collect::<Vec<_>>().join(", ");
            let pack = packs().iter().find(|pack| pack.name == *name);
            let pack = pack.ok_or_else(|| Problem::field("/pack", format!("is one of {}", names())))?;
            Ok(pack.event_types.clone())
        }
        (None, Some(document), None) => {
            let below = |error: FieldError| Problem::field(format!("/openapi{}", error.pointer), error.message);
            from_openapi(document).map_err(below)
        }
        (None, None, Some(list)) => {
            let one = |(place, value): (usize, &Value)| {
                let below =
                    |error: FieldError| FieldError::at(format!("/event_types/{place}{}", error.pointer), error.message);
                let text = serde_json::to_vec(value).map_err(Problem::internal)?;
                let input: EventTypeInput = read_json(&text).map_err(below)?;
                let entry = EventTypeEntry::try_from(input);
                entry.map_err(|errors| invalid(errors.into_iter().map(below).collect()))
            };
            list.iter().enumerate().map(one).collect()
        }
        _ => Err(Problem::field("", "give exactly one of `pack`, `openapi` and `event_types`")),
    }
}

//! Scrubs: what was published, sent or answered is deleted before its time, and that it was there stays.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{Id, NoParams},
            problem::{Code, Problem},
            scopes::{Allowed, DeliveriesWrite, EventsWrite},
        },
        events::handlers,
    },
    model::{AttemptId, Timestamp},
    store::{Scrub, uncancelled},
};

/// What was scrubbed.
#[derive(Serialize, ToSchema)]
#[schema(as = Scrubbed)]
pub struct ScrubbedView {
    /// When that was asked for first.
    #[schema(value_type = String, format = DateTime)]
    scrubbed_at: Timestamp,
    /// Whether the write-ahead log may still hold it, since something reads for long, like a backup. It is emptied within a minute after
    /// that has ended.
    in_log: bool,
}

/// Scrub an event
///
/// Deletes its `data` and `metadata`, and of all of its attempts what was sent and answered: URLs, headers, bodies and sentences. That it
/// was published, to whom it was delivered and how that came out stays, and each says `scrubbed_at`. It cannot be sent again. When this is
/// answered, the bytes are in no file of the server any more, unless `in_log` says otherwise; a server that is ended meanwhile goes on when
/// it is started. Copies that a broadcast made for other tenants, saved events and backups are others.
#[utoipa::path(
    post, path = "/api/v1/events/{id}/scrub", tag = "events", operation_id = "scrubEvent",
    params(("id" = String, Path, description = "The event's id")),
    responses(
        (status = 200, description = "It is scrubbed", body = ScrubbedView),
        (status = 409, description = "A delivery of it is still owed: wait, or cancel it"),
    )
)]
pub async fn event(
    Allowed { tenant, caller, .. }: Allowed<EventsWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<ScrubbedView>, Problem> {
    let key = handlers::find(&app, &caller, tenant, &id).await?.key;
    let (store, by) = (app.store.clone(), caller.actor());
    // Begun, it comes to its end.
    answered("event", uncancelled(async move { store.scrub_event(tenant, key, &by).await }).await?)
}

/// Scrub an attempt
///
/// Deletes what was sent in it and what was answered: URL, headers, bodies and the sentence about it. When it was, how it came out and how
/// long it took stays, and it says `scrubbed_at`. The event stays as it is.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/scrub", tag = "deliveries", operation_id = "scrubAttempt",
    params(("id" = String, Path, description = "The attempt's id")),
    responses((status = 200, description = "It is scrubbed", body = ScrubbedView))
)]
pub async fn attempt(
    Allowed { tenant, caller, .. }: Allowed<DeliveriesWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<ScrubbedView>, Problem> {
    let attempt = AttemptId::parse(&id).ok_or_else(|| Problem::not_found("attempt"))?;
    let (store, by) = (app.store.clone(), caller.actor());
    answered("attempt", uncancelled(async move { store.scrub_attempt(tenant, attempt, &by).await }).await?)
}

fn answered(what: &'static str, scrub: Scrub) -> Result<Json<ScrubbedView>, Problem> {
    match scrub {
        Scrub::Done { at, in_log } => Ok(Json(ScrubbedView { scrubbed_at: at, in_log })),
        Scrub::NotFound => Err(Problem::not_found(what)),
        Scrub::Owed => {
            let detail = "a delivery of the event is still to be sent, and needs what it says; wait until it has come to its end, or \
                          cancel it with POST /api/v1/deliveries/{id}/cancel";
            Err(Problem::new(Code::StillOwed, detail))
        }
    }
}

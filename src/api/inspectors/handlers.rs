//! Making inspectors, changing what they answer, and reading what came to them.

use std::{cmp::Reverse, collections::BTreeMap};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::view::{InspectorView, Outside, ReceivedView};
use crate::{
    access::Caller,
    api::{
        app::{App, Shared},
        edge::{
            extract::{Body, Id, NoParams, OptionalBody, Params},
            page::{List, Page, PageParams},
            problem::{Code, Problem},
            scopes::{Allowed, DeliveriesRead, WebhooksRead, WebhooksWrite},
        },
    },
    inspect::{AnsweringInput, Inspector, NotMade},
    model::{
        InspectorId, Span, TenantKey,
        audit::{AuditAction, AuditDraft},
    },
    random,
};

/// What an inspector is to answer. What is left out is as before; of a new one: 200 at once, without a body.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectorInput {
    /// For people: up to 100 characters.
    #[schema(nullable = false, required = false, max_length = 100, example = "slow one")]
    name: Option<String>,
    /// The status that it answers.
    #[schema(nullable = false, required = false, minimum = 200, maximum = 599, example = 503)]
    status: Option<u16>,
    /// How long it waits before it answers: at most `2m`. What is longer than a webhook's `timeout` fails as that.
    #[schema(nullable = false, required = false, example = "3s")]
    delay: Option<Span>,
    /// Headers of the answer, all of them: at most 16, of 4 KiB in all.
    #[schema(nullable = false, required = false, example = json!({"Retry-After": "30"}))]
    headers: Option<BTreeMap<String, String>>,
    /// The answer's body: at most 16 KiB. Without a `content-type` it is text.
    #[schema(nullable = false, required = false, max_length = 16384, example = "ok")]
    body: Option<String>,
}

impl From<InspectorInput> for AnsweringInput {
    fn from(input: InspectorInput) -> AnsweringInput {
        let InspectorInput { name, status, delay, headers, body } = input;
        AnsweringInput { name, status, delay, headers, body }
    }
}

impl From<NotMade> for Problem {
    fn from(error: NotMade) -> Problem {
        match error {
            NotMade::Invalid(errors) => errors.into(),
            NotMade::TooMany(_) | NotMade::NoRoom => Problem::new(Code::QuotaReached, error.to_string()),
        }
    }
}

/// Create an inspector
///
/// A receiver of your own, in the server: set its `url` as that of a webhook of the same tenant, and what that sends is kept here and
/// answered as you say. Nothing leaves the server, and all else is as for any receiver: lane, signature, timeout, retries, records of
/// attempts. It is in memory: a restart forgets it, and so does a day in which nobody uses it. A tenant has 20 at most.
#[utoipa::path(
    post, path = "/api/v1/inspectors", tag = "inspectors", operation_id = "createInspector",
    request_body = Option<InspectorInput>,
    responses(
        (status = 201, description = "Made", body = InspectorView),
        (status = 409, description = "The tenant has as many as it may (`quota_reached`)"),
    )
)]
pub async fn create(
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    _: NoParams,
    OptionalBody(input): OptionalBody<InspectorInput>,
) -> Result<Response, Problem> {
    let made = app.inspectors.make(tenant, InspectorId::of(random::bytes()), input.into())?;
    tell(&app, &caller, tenant, AuditAction::InspectorCreated, made.id).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, &made))).into_response())
}

/// List inspectors
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/inspectors", tag = "inspectors", operation_id = "listInspectors",
    params(PageParams),
    responses((status = 200, description = "A page of inspectors", body = List<InspectorView>))
)]
pub async fn list(
    Allowed { tenant, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    Params(mut page): Params<Page>,
) -> Result<Json<List<InspectorView>>, Problem> {
    let all = app.inspectors.list(tenant);
    let mut found: Vec<(Reverse<u64>, Inspector)> = all.into_iter().map(|one| (Reverse(one.nth), one)).collect();
    page.cut(&mut found, |(nth, _)| nth, place)?;
    Ok(Json(page.of(found, |(nth, _)| nth.0.to_string(), |(_, inspector)| shown(&app, &inspector))))
}

/// Read an inspector
#[utoipa::path(
    get, path = "/api/v1/inspectors/{id}", tag = "inspectors", operation_id = "readInspector",
    params(("id" = String, Path, description = "The inspector's id")),
    responses((status = 200, description = "The inspector", body = InspectorView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<InspectorView>, Problem> {
    let inspector = app.inspectors.find(tenant, parse(&id)?).ok_or_else(none)?;
    Ok(Json(shown(&app, &inspector)))
}

/// Change what an inspector answers
///
/// Only what is named; `headers` are replaced as a whole. Requests that it has got and not answered yet are answered as before.
#[utoipa::path(
    patch, path = "/api/v1/inspectors/{id}", tag = "inspectors", operation_id = "changeInspector",
    params(("id" = String, Path, description = "The inspector's id")),
    request_body(content(
        (InspectorInput = "application/merge-patch+json"),
        (InspectorInput = "application/json"),
    )),
    responses(
        (status = 200, description = "Changed", body = InspectorView),
        (status = 409, description = "There is no memory left for it (`quota_reached`)"),
    )
)]
pub async fn change(
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    Body(input, _): Body<InspectorInput>,
) -> Result<Json<InspectorView>, Problem> {
    let changed = app.inspectors.change(tenant, parse(&id)?, input.into())?.ok_or_else(none)?;
    tell(&app, &caller, tenant, AuditAction::InspectorChanged, changed.id).await?;
    Ok(Json(shown(&app, &changed)))
}

/// Delete an inspector
///
/// With what came to it. A webhook whose URL leads to it fails from now on.
#[utoipa::path(
    delete, path = "/api/v1/inspectors/{id}", tag = "inspectors", operation_id = "deleteInspector",
    params(("id" = String, Path, description = "The inspector's id")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let id = parse(&id)?;
    if !app.inspectors.delete(tenant, id) {
        return Err(none());
    }
    tell(&app, &caller, tenant, AuditAction::InspectorDeleted, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what an inspector got
///
/// Newest first: the last 100 requests, as far as there is memory for them. Credentials are left out, as in the records of attempts. The
/// signature is checked when a request comes, with the secrets that the webhook has then. `GET /live?kind=inspector` tells of each as
/// it comes.
#[utoipa::path(
    get, path = "/api/v1/inspectors/{id}/requests", tag = "inspectors", operation_id = "listInspectedRequests",
    params(("id" = String, Path, description = "The inspector's id"), PageParams),
    responses((status = 200, description = "A page of requests", body = List<ReceivedView>))
)]
pub async fn requests(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Id(id): Id,
    Params(mut page): Params<Page>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let all = app.inspectors.requests(tenant, parse(&id)?).ok_or_else(none)?;
    let mut found: Vec<_> = all.into_iter().map(|received| (Reverse(received.number), received)).collect();
    page.cut(&mut found, |(number, _)| number, place)?;
    page.written(
        &app.work,
        tenant,
        found,
        |(number, _)| number.0.to_string(),
        |(_, received)| ReceivedView::of(&received),
    )
    .await
}

/// Empty an inspector
///
/// Forgets what came to it.
#[utoipa::path(
    delete, path = "/api/v1/inspectors/{id}/requests", tag = "inspectors", operation_id = "deleteInspectedRequests",
    params(("id" = String, Path, description = "The inspector's id")),
    responses((status = 204, description = "Emptied"))
)]
pub async fn empty(
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let id = parse(&id)?;
    app.inspectors.empty(tenant, id).ok_or_else(none)?;
    tell(&app, &caller, tenant, AuditAction::InspectorEmptied, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the audit trail what was done. What inspectors answer is not told: they are for trying, and gone with a restart.
async fn tell(
    app: &App,
    caller: &Caller,
    tenant: TenantKey,
    action: AuditAction,
    id: InspectorId,
) -> Result<(), Problem> {
    Ok(app.store.tell(AuditDraft::new(action, id, Some(tenant)), &caller.actor()).await?)
}

fn shown(app: &App, inspector: &Inspector) -> InspectorView {
    InspectorView::of(inspector, Outside { is_open: app.inspect_public, public_url: app.public_url.as_deref() })
}

fn place(text: &str) -> Option<Reverse<u64>> {
    text.parse().ok().map(Reverse)
}

/// What no inspector can be called is the name of none.
fn parse(id: &str) -> Result<InspectorId, Problem> {
    InspectorId::parse(id).ok_or_else(none)
}

fn none() -> Problem {
    Problem::not_found("inspector")
}

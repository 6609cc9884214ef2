//! Replays: begun, looked at, stopped.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::LOCATION};
use serde_json::value::RawValue;

use super::{
    input::{ManyInput, ReplayInput, Wish},
    view::{EstimateView, ReplayView},
};
use crate::{
    access::Caller,
    api::{
        app::{App, Shared},
        edge::{
            body::NothingChanged,
            extract::{Body, Id, NoParams, OptionalBody, Params},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead, DeliveriesWrite, InPortal},
        },
    },
    model::{Replay, ReplayAction, ReplayId, TenantKey},
    store::{Counted, ReplaysQuery},
};

/// Replay deliveries
///
/// Sends again what was sent, in the order in which it was accepted: each by a new delivery, which points at the one that it repeats and
/// leaves it as it is. With `rematch`, sends what should have been sent: each event goes to the webhooks that want it by today's types
/// and filters. It goes on after a restart, keeps to its `rate`, leaves half of the tenant's `owed_deliveries` for what is published
/// meanwhile, and ends with what was there when it was begun. `dry_run` tells how many there are.
#[utoipa::path(
    post, path = "/api/v1/replays", tag = "replays", operation_id = "beginReplay",
    request_body = ReplayInput,
    responses(
        (status = 200, description = "How many there are, for a dry run", body = EstimateView),
        (status = 202, description = "It goes on by itself", body = ReplayView),
        (status = 409, description = "As many are running as a tenant may have"),
    )
)]
pub async fn begin(
    Allowed { tenant, caller, .. }: Allowed<DeliveriesWrite>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _): Body<ReplayInput>,
) -> Result<Response, Problem> {
    let wish = input.read(&app, tenant)?;
    do_or_count(&app, tenant, &caller, wish).await
}

/// Retry many deliveries
///
/// Makes deliveries due now that failed, were cancelled or wait for a retry: the same deliveries, with their schedules from the start where
/// they had been given up. Their lanes keep to order, rate and breaker. Like a replay it goes on by itself and is found in
/// `GET /api/v1/replays`.
#[utoipa::path(
    post, path = "/api/v1/deliveries/retry", tag = "replays", operation_id = "retryDeliveries",
    request_body = ManyInput,
    responses(
        (status = 200, description = "How many there are, for a dry run", body = EstimateView),
        (status = 202, description = "It goes on by itself", body = ReplayView),
        (status = 409, description = "As many are running as a tenant may have"),
    )
)]
pub async fn retry(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesWrite>>,
    State(app): State<Shared>,
    _: NoParams,
    OptionalBody(input): OptionalBody<ManyInput>,
) -> Result<Response, Problem> {
    let wish = input.read(&app, tenant, ReplayAction::Retry, false)?;
    do_or_count(&app, tenant, &caller, wish).await
}

/// Cancel many deliveries
///
/// Gives up deliveries that are owed. A request already on its way is not called back. Like a replay it goes on by itself and is found in
/// `GET /api/v1/replays`.
#[utoipa::path(
    post, path = "/api/v1/deliveries/cancel", tag = "replays", operation_id = "cancelDeliveries",
    request_body = ManyInput,
    responses(
        (status = 200, description = "How many there are, for a dry run", body = EstimateView),
        (status = 202, description = "It goes on by itself", body = ReplayView),
        (status = 409, description = "As many are running as a tenant may have"),
    )
)]
pub async fn cancel(
    Allowed { tenant, caller, .. }: Allowed<DeliveriesWrite>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _): Body<ManyInput>,
) -> Result<Response, Problem> {
    let wish = input.read(&app, tenant, ReplayAction::Cancel, false)?;
    do_or_count(&app, tenant, &caller, wish).await
}

async fn do_or_count(app: &App, tenant: TenantKey, caller: &Caller, wish: Wish) -> Result<Response, Problem> {
    let Wish { dry_run, plan } = wish;
    if dry_run {
        let counted = app.replays.count(tenant, &plan).await?;
        let mut answer = Json(EstimateView::of(&plan, counted)).into_response();
        answer.extensions_mut().insert(NothingChanged);
        return Ok(answer);
    }
    let replay = app.replays.begin(tenant, plan, &caller.actor()).await?;
    let place = HeaderValue::try_from(format!("/api/v1/replays/{}", replay.id)).map_err(Problem::internal)?;
    Ok((StatusCode::ACCEPTED, [(LOCATION, place)], Json(shown(app, &replay))).into_response())
}

fn shown(app: &App, replay: &Replay) -> ReplayView {
    ReplayView::of(replay, app.replays.waits_for(replay))
}

/// List replays
///
/// Newest first, with the retries and cancellations of many deliveries. The last thousand are kept.
#[utoipa::path(
    get, path = "/api/v1/replays", tag = "replays", operation_id = "listReplays",
    params(PageParams),
    responses((status = 200, description = "A page of replays", body = List<ReplayView>))
)]
pub async fn list(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Params(mut page): Params<Page>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let Between { after, before } = page.between(ReplayId::parse)?;
    if page.counts() {
        page.counted(Counted::of(app.replays.count_kept(tenant).await? as usize));
    }
    // What comes after another in the list is older.
    let query = ReplaysQuery { before: after, after: before, limit: page.limit + 1, oldest: page.is_from_end() };
    let (found, work) = (app.replays.list(tenant, query).await?, app.work.clone());
    page.written(&work, tenant, found, |replay| replay.id.to_string(), move |replay| shown(&app, &replay)).await
}

/// Read a replay
#[utoipa::path(
    get, path = "/api/v1/replays/{id}", tag = "replays", operation_id = "readReplay",
    params(("id" = String, Path, description = "The replay's id (`rpl_…`)")),
    responses((status = 200, description = "The replay", body = ReplayView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<ReplayView>, Problem> {
    let replay = app.replays.find(tenant, replay_id(&id)?).await?.ok_or_else(none)?;
    Ok(Json(shown(&app, &replay)))
}

/// Stop a replay
///
/// What it has done stays done, and nothing comes after the answer. One that has come to its end stays as it is.
#[utoipa::path(
    delete, path = "/api/v1/replays/{id}", tag = "replays", operation_id = "stopReplay",
    params(("id" = String, Path, description = "The replay's id (`rpl_…`)")),
    responses((status = 200, description = "The replay, which goes on no more", body = ReplayView))
)]
pub async fn stop(
    Allowed { tenant, caller, .. }: Allowed<DeliveriesWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<ReplayView>, Problem> {
    let replay = app.replays.stop(tenant, replay_id(&id)?, &caller.actor()).await?.ok_or_else(none)?;
    Ok(Json(shown(&app, &replay)))
}

fn replay_id(text: &str) -> Result<ReplayId, Problem> {
    ReplayId::parse(text).ok_or_else(none)
}

fn none() -> Problem {
    Problem::not_found("replay")
}

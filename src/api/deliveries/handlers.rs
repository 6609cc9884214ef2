//! Deliveries: what became of them, trying again, giving up.

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use crate::{
    access::Caller,
    api::{
        app::Shared,
        deliveries::{
            outlook::{planned, same_cause, usual},
            standard_bodies::StandardBodies,
            view::{AttemptView, DeliveryDetail, DeliveryView},
        },
        edge::{
            extract::{FromQuery, Id, NoParams, Params, Query, one_of, switch, time},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead, DeliveriesWrite, InPortal},
            written::written,
        },
    },
    model::{Delivery, DeliveryId, DeliveryStatus, EventType, Outcome, Sent, TenantKey, Timestamp, Wait, WebhookId},
    store::{ANSWER_BYTES, DeliveryQuery},
    work::Slice,
};

/// Which deliveries to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Only in this status; several times: in one of these.
    #[param(value_type = Option<Vec<DeliveryStatus>>)]
    status: Vec<DeliveryStatus>,
    /// Only of events of this type; several times: of one of these.
    #[param(value_type = Option<Vec<EventType>>)]
    event_type: Vec<EventType>,
    /// Only tests of webhooks (`POST /webhooks/{id}/test`), or with `false` only what is none.
    test: Option<bool>,
    /// Only of events accepted at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only of events accepted before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    #[param(ignore)]
    page: Page,
}

impl FromQuery for DeliveryFilter {
    fn read(query: &mut Query<'_>) -> Result<DeliveryFilter, Problem> {
        Ok(DeliveryFilter {
            status: query.take_all("status", one_of("pending, retrying, delivered, failed, cancelled, unknown"))?,
            event_type: query.take_all_of_either("event_type", "type", EventType::parse)?,
            test: query.take("test", switch)?,
            from: query.take("from", time)?,
            to: query.take("to", time)?,
            page: Page::read(query)?,
        })
    }
}

/// The same, and of which webhook and event.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TenantDeliveryFilter {
    /// Only of the webhook with this id, also if it was deleted, and of those that had it before.
    webhook: Option<WebhookId>,
    /// Only of the event with this id.
    event: Option<String>,
    #[param(ignore)]
    rest: DeliveryFilter,
}

impl FromQuery for TenantDeliveryFilter {
    fn read(query: &mut Query<'_>) -> Result<TenantDeliveryFilter, Problem> {
        let webhook = query.take("webhook", WebhookId::parse)?;
        let event = query.take("event", |id| Ok(id.to_owned()))?;
        Ok(TenantDeliveryFilter { webhook, event, rest: DeliveryFilter::read(query)? })
    }
}

/// List deliveries
///
/// Newest first, tests included. `status=failed&test=false` is the dead-letter list.
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "deliveries", operation_id = "listDeliveries",
    params(TenantDeliveryFilter, DeliveryFilter, PageParams),
    responses((status = 200, description = "A page of deliveries", body = List<DeliveryView>))
)]
pub async fn list(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Params(filter): Params<TenantDeliveryFilter>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let TenantDeliveryFilter { webhook, event, rest } = filter;
    page(&app, &caller, tenant, webhook, event, rest).await
}

/// List a webhook's deliveries
///
/// Newest first. Also those of a deleted webhook, and of those that had the id before: as long as retention keeps them.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "deliveries", operation_id = "listDeliveriesOfWebhook",
    params(("id" = String, Path, description = "The webhook's id"), DeliveryFilter, PageParams),
    responses((status = 200, description = "A page of deliveries", body = List<DeliveryView>))
)]
pub async fn of_webhook(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    Params(filter): Params<DeliveryFilter>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let webhook = WebhookId::parse(&id).map_err(|_| Problem::not_found("webhook"))?;
    let live = app.webhooks.find(tenant, &id);
    let found = page(&app, &caller, tenant, Some(webhook.clone()), None, filter).await?;
    if live.is_err() && found.data.is_empty() {
        // Of a deleted one something may be kept that was not asked for.
        let any = DeliveryQuery { webhook: Some(webhook), limit: 1, ..DeliveryQuery::default() };
        if app.store.deliveries(tenant, any).await?.is_empty() {
            live?;
        }
    }
    Ok(found)
}

pub(in crate::api) async fn page(
    app: &Shared,
    caller: &Caller,
    tenant: TenantKey,
    webhook: Option<WebhookId>,
    event: Option<String>,
    filter: DeliveryFilter,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let DeliveryFilter { status, event_type, test, from, to, mut page } = filter;
    let Between { after, before } = page.between(DeliveryId::parse)?;
    let all = DeliveryQuery {
        webhook,
        event,
        statuses: status,
        event_types: event_type,
        test,
        from,
        to,
        ..DeliveryQuery::default()
    };
    if page.counts() {
        page.counted(app.store.count_deliveries(tenant, all.clone()).await?);
    }
    // What comes after another in the list is older.
    let mut query =
        DeliveryQuery { before: after, after: before, limit: page.limit + 1, oldest: page.is_from_end(), ..all };
    if query.is_choosy()
        && let Some(reach) = app.store.reach_of_deliveries(tenant, query.clone()).await?
    {
        query.up_to(reach);
        page.reaches(reach.to_string());
    }
    let mut found = app.store.deliveries(tenant, query).await?;
    page.leave_out(&mut found, |delivery| delivery.id.to_string(), |delivery| !caller.sees(&delivery.event_type));
    listed(app, tenant, page, found).await
}

/// A page of these. All lanes that they are in are asked at once.
async fn listed(
    app: &Shared,
    tenant: TenantKey,
    page: Page,
    found: Vec<Delivery>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let (waits, now) = (app.lanes.waits(&found).await, app.clock.now());
    let found: Vec<_> = found.into_iter().zip(waits).collect();
    let store = app.store.clone();
    let view = move |(delivery, wait): (Delivery, Option<Wait>)| {
        DeliveryView::of(&delivery, store.webhooks().get(delivery.webhook).as_deref(), wait.as_ref(), now)
    };
    page.written(&app.work, tenant, found, |(last, _)| last.id.to_string(), view).await
}

/// One of them.
pub async fn one(app: &Shared, delivery: &Delivery) -> DeliveryView {
    let wait = app.lanes.waits(std::slice::from_ref(delivery)).await.pop().flatten();
    let webhook = app.store.webhooks().get(delivery.webhook);
    DeliveryView::of(delivery, webhook.as_deref(), wait.as_ref(), app.clock.now())
}

/// Read a delivery
///
/// With every request made for it (what was sent, what came back, how long it took), those that are planned, and how it goes to others.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = "deliveries", operation_id = "readDelivery",
    params(("id" = String, Path, description = "The delivery's id")),
    responses((status = 200, description = "The delivery", body = DeliveryDetail))
)]
pub async fn read(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let found = app.store.delivery(tenant, delivery_id(&app, &caller, tenant, &id).await?).await?;
    let (delivery, attempts) = found.ok_or_else(|| Problem::not_found("delivery"))?;
    let mut bodies = StandardBodies::new(&app, tenant, &delivery);
    let (mut views, mut room) = (Vec::with_capacity(attempts.len()), ANSWER_BYTES);
    // The newest first: they have the room for their bodies.
    for attempt in attempts.iter().rev() {
        let Outcome { sent, answer, .. } = &attempt.outcome;
        // An attempt without headers ended before there was a request.
        let unrecorded = sent.body.is_none() && !sent.headers.is_empty() && !attempt.bodies_left_out;
        let standard = if unrecorded && room > 0 { bodies.of(&attempt.batch).await? } else { None };
        let shown = standard.as_ref().or(sent.body.as_ref()).map_or(0, |body| body.len().min(Sent::KEPT_BODY));
        let bytes = shown + answer.as_ref().map_or(0, |answer| answer.body.len());
        let left_out = attempt.bodies_left_out || bytes > room || unrecorded && room == 0;
        room = if left_out { 0 } else { room - bytes };
        views.push(if left_out {
            AttemptView::without_bodies(attempt)
        } else {
            AttemptView::of(attempt, standard.as_ref())
        });
    }
    views.reverse();
    let (wait, now) = (app.lanes.waits(std::slice::from_ref(&delivery)).await.pop().flatten(), app.clock.now());
    let webhook = app.store.webhooks().get(delivery.webhook);
    let planned_attempts = match (&webhook, &wait) {
        (Some(webhook), Some(wait)) => planned(&delivery, webhook, wait, now),
        _ => Vec::new(),
    };
    let detail = DeliveryDetail {
        delivery: DeliveryView::of(&delivery, webhook.as_deref(), wait.as_ref(), now),
        attempts: views,
        planned_attempts,
        same_cause: same_cause(&app, tenant, &delivery, &attempts, now).await?,
        usual: usual(&app, tenant, &delivery, now).await?,
    };
    // Bodies can be long.
    written(&app.work, tenant, Slice::UNKNOWN, move || detail).await
}

/// Retry a delivery
///
/// Has it sent next: past an open breaker, a pause that the receiver asked for and its own retry time; order and `rate_limit` hold. One
/// that failed or was cancelled is owed again, with its retry schedule from the start. One that is delivered stays so, and so does a
/// test: replay it.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/retry", tag = "deliveries", operation_id = "retryDelivery",
    params(("id" = String, Path, description = "The delivery's id")),
    responses(
        (status = 202, description = "It is due now", body = DeliveryView),
        (status = 409, description = "It is delivered, or a test, or the webhook was deleted or is disabled"),
    )
)]
pub async fn retry(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<(StatusCode, Json<DeliveryView>), Problem> {
    let delivery =
        app.deliveries.retry(tenant, delivery_id(&app, &caller, tenant, &id).await?, &caller.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(one(&app, &delivery).await)))
}

/// How a delivery is sent again.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReplayOne {
    /// Sends it under the new delivery's id instead of the event's.
    #[param(value_type = Option<bool>)]
    new_id: bool,
}

impl FromQuery for ReplayOne {
    fn read(query: &mut Query<'_>) -> Result<ReplayOne, Problem> {
        let new_id = query.take("new_id", switch)?;
        Ok(ReplayOne { new_id: new_id.unwrap_or_default() })
    }
}

/// Replay a delivery
///
/// Sends the event of a delivery that has come to its end once more, to the same webhook: by a new delivery, which points at this one
/// (`replay_of`), waits like any other and counts as owed. The one that is repeated stays as it is. The receiver sees the same
/// `webhook-id`, so one that remembers ids takes it for a duplicate; with `new_id` it sees the new delivery's. A test is sent again at
/// once, as a test, also to a webhook that is disabled: what came of it is in the answer.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/replay", tag = "deliveries", operation_id = "replayDelivery",
    params(("id" = String, Path, description = "The delivery's id"), ReplayOne),
    responses(
        (status = 202, description = "The new delivery", body = DeliveryView),
        (status = 409, description = "It is still owed, or the webhook was deleted or is disabled"),
    )
)]
pub async fn replay(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    Params(again): Params<ReplayOne>,
) -> Result<(StatusCode, Json<DeliveryView>), Problem> {
    let delivery = app
        .deliveries
        .replay(tenant, delivery_id(&app, &caller, tenant, &id).await?, again.new_id, &caller.actor())
        .await?;
    Ok((StatusCode::ACCEPTED, Json(one(&app, &delivery).await)))
}

/// Cancel a delivery
///
/// Gives up a delivery that is pending or retrying. A request already on its way is not called back.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/cancel", tag = "deliveries", operation_id = "cancelDelivery",
    params(("id" = String, Path, description = "The delivery's id")),
    responses(
        (status = 200, description = "It is cancelled", body = DeliveryView),
        (status = 409, description = "It is delivered or failed already"),
    )
)]
pub async fn cancel(
    Allowed { tenant, caller, .. }: Allowed<InPortal<DeliveriesWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<DeliveryView>, Problem> {
    let delivery =
        app.deliveries.cancel(tenant, delivery_id(&app, &caller, tenant, &id).await?, &caller.actor()).await?;
    Ok(Json(one(&app, &delivery).await))
}

/// The delivery that a path names. Customers in the portal name no other than those that they see.
async fn delivery_id(app: &Shared, caller: &Caller, tenant: TenantKey, text: &str) -> Result<DeliveryId, Problem> {
    let none = || Problem::not_found("delivery");
    let id = DeliveryId::parse(text).ok_or_else(none)?;
    if caller.is_portal() {
        let found = app.store.delivery(tenant, id).await?;
        found.filter(|(delivery, _)| caller.sees(&delivery.event_type)).ok_or_else(none)?;
    }
    Ok(id)
}

//! Webhooks: making, reading, changing and deleting them.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ETAG, LOCATION},
};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        app::Shared,
        edge::{
            etag::{etag, expected},
            extract::{Body, FromQuery, Id, NoParams, Params, Query, one_of, switch, time},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, InPortal, WebhooksRead, WebhooksWrite},
            written::written,
        },
        webhooks::{schema::WebhookPatch, view::WebhookView, warnings::warnings},
    },
    manage::{ListPlace, Listed, Saved, WebhookOrder, WebhookQuery},
    model::{EventType, FieldError, Timestamp, WebhookId},
    observe::HealthState,
    webhook::{Status, Webhook, WebhookInput, doubt_about},
    work::Slice,
};

/// Create a webhook
///
/// Answers with the webhook and, only this once, its secret. Events accepted after the answer match it. What is hardly meant, like
/// a pattern that matches no known event type or a secret that can be guessed, is kept and named in `warnings`.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "createWebhook",
    request_body = WebhookInput,
    responses(
        (status = 201, description = "Made", body = WebhookView, headers(
            ("Location" = String, description = "Where the webhook is"),
            ("ETag" = String, description = "Names the webhook's version, for `If-Match`"),
        )),
    )
)]
pub async fn create(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksWrite>>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _body): Body<WebhookInput>,
) -> Result<Response, Problem> {
    let webhook = app.webhooks.create(tenant, input, &caller).await?;
    created(&app, &webhook).await
}

/// Which webhooks to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookFilter {
    /// Only the one with this id; an empty list if there is none.
    id: Option<WebhookId>,
    /// Only those in this status; several times: in one of these.
    #[param(value_type = Option<Vec<Status>>)]
    status: Vec<Status>,
    /// Only those whose health is this; several times: one of these.
    #[param(inline, value_type = Option<Vec<HealthState>>)]
    health: Vec<HealthState>,
    /// Only those that ask for events of this type; several times: of one of these.
    #[param(value_type = Option<Vec<EventType>>)]
    event_type: Vec<EventType>,
    /// Only those that are marked as ones to look at first, or only the others.
    starred: Option<bool>,
    /// Only those made at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those made before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Which comes first: the newest, or the one that has been failing for the longest, then those that are degraded, paused, healthy
    /// and disabled. Without it, the newest.
    #[param(inline)]
    sort: Option<WebhookSort>,
    #[param(ignore)]
    page: Page,
}

/// Which webhook comes first.
#[derive(Clone, Copy, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookSort {
    Newest,
    Worst,
}

impl FromQuery for WebhookFilter {
    fn read(query: &mut Query<'_>) -> Result<WebhookFilter, Problem> {
        Ok(WebhookFilter {
            id: query.take("id", WebhookId::parse)?,
            status: query.take_all("status", one_of("active, paused, disabled"))?,
            health: query.take_all("health", one_of("failing, degraded, paused, healthy, disabled"))?,
            event_type: query.take_all_of_either("event_type", "type", EventType::parse)?,
            starred: query.take("starred", switch)?,
            from: query.take("from", time)?,
            to: query.take("to", time)?,
            sort: query.take("sort", one_of("newest, worst"))?,
            page: Page::read(query)?,
        })
    }
}

/// List webhooks
///
/// Newest first, or with `sort=worst` by how they do. That is found out anew every few seconds: one whose health changes between two pages
/// can be missed, or come twice.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    params(WebhookFilter, PageParams),
    responses((status = 200, description = "A page of webhooks", body = List<WebhookView>))
)]
pub async fn list(
    Allowed { tenant, .. }: Allowed<InPortal<WebhooksRead>>,
    State(app): State<Shared>,
    Params(filter): Params<WebhookFilter>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let WebhookFilter { id, status, health, event_type, starred, from, to, sort, mut page } = filter;
    let order = match sort {
        None | Some(WebhookSort::Newest) => WebhookOrder::Newest,
        Some(WebhookSort::Worst) => WebhookOrder::Worst,
    };
    let Between { after, before } = page.between(|text| ListPlace::parse(text, order))?;
    let all = WebhookQuery {
        id,
        statuses: status,
        states: health,
        event_types: event_type,
        starred,
        from,
        to,
        order,
        ..WebhookQuery::default()
    };
    if page.counts() {
        page.counted(app.webhooks.count(tenant, all.clone()).await?);
    }
    let query = WebhookQuery { after, before, limit: page.limit + 1, is_from_end: page.is_from_end(), ..all };
    let found = app.webhooks.list(tenant, query).await?;
    let place = move |one: &Listed| order.place(&one.webhook, one.health).to_text(order);
    page.written(&app.work, tenant, found, place, |one| WebhookView::of(&one.webhook, one.counters, one.health)).await
}

/// Read a webhook
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "readWebhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook", body = WebhookView, headers(
        ("ETag" = String, description = "Names the webhook's version, for `If-Match`"),
    )))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<InPortal<WebhooksRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Response, Problem> {
    let webhook = app.webhooks.find(tenant, &id)?;
    shown(&app, webhook).await
}

/// Create or replace a webhook under your own id
///
/// One webhook per user is one PUT. All settings are replaced, those left out by their defaults; the secret stays
/// unless one is given.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "putWebhook",
    params(
        ("id" = String, Path, description = "1 to 64 letters, digits, `_`, `-`, `.`, `:` and `@`"),
        ("If-Match" = Option<String>, Header, description = "Replace only this version (ETag)"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only create"),
    ),
    request_body = WebhookInput,
    responses(
        (status = 200, description = "Replaced", body = WebhookView, headers(
            ("ETag" = String, description = "Names the webhook's version, for `If-Match`"),
        )),
        (status = 201, description = "Made; shows its secret only this once", body = WebhookView, headers(
            ("Location" = String, description = "Where the webhook is"),
            ("ETag" = String, description = "Names the webhook's version, for `If-Match`"),
        )),
        (status = 409, description = "It was changed at the same time"),
        (status = 412, description = "It is not the version you expect"),
    )
)]
pub async fn put(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
    Body(input, _body): Body<WebhookInput>,
) -> Result<Response, Problem> {
    let id = WebhookId::parse(&id).map_err(|message| Problem::parameter("id", message))?;
    match app.webhooks.put(tenant, &id, input, &expected(&headers)?, &caller).await? {
        Saved::Created(webhook) => created(&app, &webhook).await,
        Saved::Replaced(webhook) => saved(&app, &webhook).await,
    }
}

/// Change a webhook
///
/// A JSON merge patch (RFC 7396): what is left out stays, null sets back to the default (`rate_limit`: to none). What excludes
/// another form takes its place: another `type` of `auth` or `payload`, another kind of `retry`, `batch.template` or `batch.script`. A new
/// `secret` takes effect at once; to let the old one sign for a while longer, rotate it.
#[utoipa::path(
    patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "changeWebhook",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("If-Match" = Option<String>, Header, description = "Change only this version (ETag)"),
    ),
    request_body(content(
        (WebhookPatch = "application/merge-patch+json"),
        (WebhookPatch = "application/json"),
    )),
    responses(
        (status = 200, description = "Changed", body = WebhookView, headers(
            ("ETag" = String, description = "Names the webhook's version, for `If-Match`"),
        )),
        (status = 409, description = "It was changed at the same time"),
        (status = 412, description = "It is not the version you expect"),
    )
)]
pub async fn change(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
    Body(patch, _body): Body<WebhookInput>,
) -> Result<Response, Problem> {
    let webhook = app.webhooks.change(tenant, &id, patch, &expected(&headers)?, &caller).await?;
    saved(&app, &webhook).await
}

/// Delete a webhook
///
/// Nothing more is sent to it; what it was owed is cancelled. Also one that this version cannot read can be deleted.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "deleteWebhook",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("If-Match" = Option<String>, Header, description = "Delete only this version (ETag)"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 412, description = "It is not the version you expect"),
    )
)]
pub async fn delete(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    app.webhooks.delete(tenant, &id, &expected(&headers)?, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn created(app: &Shared, webhook: &Arc<Webhook>) -> Result<Response, Problem> {
    let place = format!("/api/v1/webhooks/{}", webhook.id);
    // Ids are of characters that a path takes as they are.
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/api/v1/webhooks"));
    let headers: [(HeaderName, HeaderValue); 2] = [(LOCATION, place), (ETAG, etag(webhook))];
    let view = WebhookView::of_new(webhook).warning(doubtful(app, webhook).await);
    Ok((StatusCode::CREATED, headers, Json(view)).into_response())
}

async fn saved(app: &Shared, webhook: &Arc<Webhook>) -> Result<Response, Problem> {
    let counters = app.webhooks.counters(webhook).await?;
    let view = WebhookView::of(webhook, counters, app.webhooks.health(webhook)).warning(doubtful(app, webhook).await);
    Ok(([(ETAG, etag(webhook))], Json(view)).into_response())
}

/// It is kept by now, and the answer shows its secret: so a warning that cannot be worked out is left out.
async fn doubtful(app: &Shared, webhook: &Arc<Webhook>) -> Vec<FieldError> {
    let mut doubts = warnings(app, webhook.tenant, webhook.settings.clone()).await.unwrap_or_default();
    doubts.extend(webhook.secrets.current.as_ref().and_then(doubt_about));
    doubts
}

/// Settings can be long.
async fn shown(app: &Shared, webhook: Arc<Webhook>) -> Result<Response, Problem> {
    let counters = app.webhooks.counters(&webhook).await?;
    let (etag, tenant, health) = (etag(&webhook), webhook.tenant, app.webhooks.health(&webhook));
    let view = move || WebhookView::of(&webhook, counters, health);
    Ok(([(ETAG, etag)], written(&app.work, tenant, Slice::UNKNOWN, view).await?).into_response())
}

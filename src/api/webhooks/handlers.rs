//! Webhooks: making, reading, changing and deleting them.
//!
//! A change is read, made and written under the version that was read; when someone else was faster it is made again
//! on what they left, unless the caller named the version it must be.

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
use utoipa::IntoParams;

use crate::{
    api::{
        app::Shared,
        edge::{
            etag::{Expected, etag},
            extract::{FromQuery, Id, NoParams, Params, Query, RawBody, one_of},
            page::{List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, WebhooksRead, WebhooksWrite},
        },
        webhooks::{
            change::{TRIES, approved, new, save, update},
            find::{find, find_set_aside, not_set_aside},
            schema::{WebhookInput, WebhookPatch},
            view::WebhookView,
        },
    },
    model::{EventType, WebhookId},
    random,
    store::{ANSWER_BYTES, StoreError},
    webhook::{Change, Status, Webhook},
};

/// Create a webhook
///
/// Answers with the webhook and, only this once, its secret. Events accepted after the answer match it.
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
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    _: NoParams,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let draft = Change::read(&body)?.create(random::bytes())?;
    let draft = approved(&app, tenant, draft, None).await?;
    let webhook = app.store.create_webhook(new(tenant, None, draft), &caller.actor()).await?;
    Ok(created(&webhook))
}

/// Which webhooks to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookFilter {
    /// Only those in this status.
    status: Option<Status>,
    /// Only those that ask for events of this type.
    #[param(value_type = Option<String>)]
    event_type: Option<EventType>,
    #[param(ignore)]
    page: Page,
}

impl FromQuery for WebhookFilter {
    fn read(query: &mut Query<'_>) -> Result<WebhookFilter, Problem> {
        Ok(WebhookFilter {
            status: query.take("status", one_of("active, paused, disabled"))?,
            event_type: query.take("event_type", EventType::parse)?,
            page: Page::read(query)?,
        })
    }
}

impl WebhookFilter {
    fn lets_through(&self, webhook: &Webhook) -> bool {
        let asked = &webhook.settings.event_types;
        self.status.is_none_or(|status| webhook.settings.status == status)
            && self
                .event_type
                .as_ref()
                .is_none_or(|event_type| asked.is_empty() || asked.iter().any(|pattern| pattern.matches(event_type)))
    }
}

/// List webhooks
///
/// By id.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    params(WebhookFilter, PageParams),
    responses((status = 200, description = "A page of webhooks", body = List<WebhookView>))
)]
pub async fn list(
    Allowed { tenant, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    Params(filter): Params<WebhookFilter>,
) -> Result<Json<List<WebhookView>>, Problem> {
    let mut after = filter.page.after(|id| WebhookId::parse(id).ok())?;
    let mut found: Vec<Arc<Webhook>> = Vec::new();
    const STRIDE: usize = 500;
    loop {
        let some = app.store.webhooks().list(tenant, after.as_ref(), STRIDE);
        let last = some.len() < STRIDE;
        after = some.last().map(|webhook| webhook.id.clone());
        found.extend(some.into_iter().filter(|webhook| filter.lets_through(webhook)));
        if last || found.len() > filter.page.limit {
            break;
        }
    }
    found.truncate(filter.page.limit + 1);
    let counters = app.store.counters(found.iter().map(|webhook| webhook.key).collect()).await?;
    let found: Vec<_> = found.into_iter().zip(counters).collect();
    let view = |(webhook, counters): (Arc<Webhook>, _)| WebhookView::of(&webhook, counters);
    Ok(Json(filter.page.of_written(found, ANSWER_BYTES, |(last, _)| last.id.to_string(), view)))
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
    Allowed { tenant, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Response, Problem> {
    let webhook = find(&app, tenant, &id)?;
    shown(&app, &webhook).await
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
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let id = WebhookId::parse(&id).map_err(|message| Problem::parameter("id", message))?;
    let expected = Expected::read(&headers)?;
    let (input, by) = (Change::read(&body)?, caller.actor());
    for _ in 0..TRIES {
        let before = app.store.webhooks().find(tenant, &id);
        expected.check(before.as_deref())?;
        let saved = match before {
            Some(before) => {
                let draft = approved(&app, tenant, input.replace(&before)?, Some(&before)).await?;
                save(&app, &before, draft, &by).await.map(|saved| (saved, false))
            }
            None => {
                not_set_aside(&app, |one| one.tenant == tenant && one.id == id)?;
                let draft = approved(&app, tenant, input.create(random::bytes())?, None).await?;
                let new = new(tenant, Some(id.clone()), draft);
                app.store.create_webhook(new, &by).await.map(|saved| (saved, true))
            }
        };
        match saved {
            Ok((webhook, true)) => return Ok(created(&webhook)),
            Ok((webhook, false)) => return shown(&app, &webhook).await,
            Err(StoreError::Conflict | StoreError::Exists(_)) => continue,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Change a webhook
///
/// A JSON merge patch (RFC 7396): what is left out stays, null sets back to the default (`rate_limit`: to none). A new `secret` takes effect at
/// once; to let the old one sign for a while longer, rotate it.
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
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let patch = Change::read(&body)?;
    let expected = Expected::read(&headers)?;
    let webhook = update(&app, tenant, &id, &expected, &caller.actor(), |before| Ok(patch.patch(before)?)).await?;
    shown(&app, &webhook).await
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
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (expected, by) = (Expected::read(&headers)?, caller.actor());
    for _ in 0..TRIES {
        // One that cannot be read can still be deleted.
        let (key, version) = match find_set_aside(&app, tenant, &id) {
            Some(one) => {
                expected.check_set_aside(&one)?;
                (one.key, one.version)
            }
            None => {
                let webhook = find(&app, tenant, &id)?;
                expected.check(Some(&webhook))?;
                (webhook.key, webhook.version)
            }
        };
        let version = expected.names_versions().then_some(version);
        match app.store.delete_webhook(key, version, &by).await {
            // Someone else was faster: it is another version now, or gone.
            Err(StoreError::Conflict) if version.is_some() => continue,
            Err(StoreError::Conflict) => return Err(Problem::not_found("webhook")),
            deleted => return Ok(deleted.map(|()| StatusCode::NO_CONTENT)?),
        }
    }
    Err(StoreError::Conflict.into())
}

fn created(webhook: &Webhook) -> Response {
    let place = format!("/api/v1/webhooks/{}", webhook.id);
    // Ids are of characters that a path takes as they are.
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/api/v1/webhooks"));
    let headers: [(HeaderName, HeaderValue); 2] = [(LOCATION, place), (ETAG, etag(webhook))];
    (StatusCode::CREATED, headers, Json(WebhookView::of_new(webhook))).into_response()
}

async fn shown(app: &Shared, webhook: &Webhook) -> Result<Response, Problem> {
    let counters = app.store.counters(vec![webhook.key]).await?.into_iter().next().unwrap_or_default();
    Ok(([(ETAG, etag(webhook))], Json(WebhookView::of(webhook, counters))).into_response())
}

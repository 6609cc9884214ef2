//! What is shown of a webhook at one look.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::lately::{self, Lately};
use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{Id, NoParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead, InPortal},
            written::written,
        },
        webhooks::{health::HealthView, view::CountersView},
    },
    observe::Scope,
    work::Slice,
};

/// How a webhook did lately.
#[derive(Serialize, ToSchema)]
pub struct WebhookStats {
    /// Since it was made.
    #[serde(flatten)]
    counters: CountersView,
    /// How its receiver does.
    health: HealthView,
    #[serde(flatten)]
    lately: Lately,
}

/// Read how a webhook did lately
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/stats", tag = "statistics", operation_id = "readWebhookStats",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "How it did", body = WebhookStats))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let (webhook, now) = (app.webhooks.find(tenant, &id)?, app.clock.now());
    let query = lately::query(Scope::Webhook(webhook.key), Some(tenant), now);
    let points = app.store.series(tenant, query).await?.unwrap_or_default();
    let counters = app.webhooks.counters(&webhook).await?;
    let health = HealthView::of(&webhook, app.webhooks.health(&webhook));
    // A day has 1,440 minutes, and is summed up beside the threads that serve everybody.
    let stats =
        move || WebhookStats { counters: CountersView::of(&counters), health, lately: Lately::of(&points, now) };
    written(&app.work, tenant, Slice::UNKNOWN, stats).await
}

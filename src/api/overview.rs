//! What the first page shows, in one answer.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    api::{
        app::{App, Shared},
        edge::{
            extract::NoParams,
            problem::Problem,
            scopes::{AllowedForAll, DeliveriesRead, InPortal, WebhooksRead},
            written::written,
        },
        stats::{
            lately::{self, Lately},
            view::SumsView,
        },
        webhooks::health::HealthView,
    },
    manage::Standing,
    model::{QuotaKind, TenantId, TenantKey, Timestamp, WebhookId},
    observe::{Health, HealthState, Scope},
    store::SeriesPoint,
    webhook::Webhook,
    work::Slice,
};

/// How everything is at a look.
#[derive(Serialize, ToSchema)]
pub struct Overview {
    /// Of which moment.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How many webhooks are in which state.
    webhooks: WebhookCounts,
    /// What is owed: pending, or waiting for a retry.
    owed: OwedView,
    /// The webhooks in trouble, the worst first: ten at most.
    in_trouble: Vec<TroubledView>,
    /// What was counted in the last 60 minutes, the present one included.
    last_hour: SumsView,
    #[serde(flatten)]
    lately: Lately,
}

/// How many webhooks are in which state.
#[derive(Serialize, ToSchema)]
pub struct WebhookCounts {
    failing: u64,
    degraded: u64,
    paused: u64,
    healthy: u64,
    disabled: u64,
}

/// What is owed.
#[derive(Serialize, ToSchema)]
#[schema(as = OwedDeliveries)]
pub struct OwedView {
    /// Deliveries.
    count: u64,
    /// When the oldest was accepted that is owed to a webhook which is neither paused nor disabled, as it was some
    /// seconds ago; null if there was none.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_at: Option<Timestamp>,
    /// To which webhook it is owed.
    oldest_of: Option<NamedView>,
}

/// A webhook, by its names.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedWebhook)]
pub struct NamedView {
    /// Whose it is, where an operator asks for all tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    id: WebhookId,
    name: String,
    /// Where requests go. Where a platform has credentials in its URLs, they are shown as `…`.
    url: String,
}

/// A webhook in trouble.
#[derive(Serialize, ToSchema)]
#[schema(as = TroubledWebhook)]
pub struct TroubledView {
    #[serde(flatten)]
    webhook: NamedView,
    health: HealthView,
}

/// Read how everything is
///
/// How many webhooks do well, which of them do not, what is owed and since when, and what was counted lately: of the tenant, or with
/// `Tenant: *` for an operator's key of all tenants.
#[utoipa::path(
    get, path = "/api/v1/overview", tag = "statistics", operation_id = "readOverview",
    responses((status = 200, description = "How everything is", body = Overview))
)]
pub async fn read(
    AllowedForAll { tenant, .. }: AllowedForAll<InPortal<(WebhooksRead, DeliveriesRead)>>,
    State(app): State<Shared>,
    _: NoParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let is_of_all = tenant == TenantKey::ALL;
    let now = app.clock.now();
    let scope = if is_of_all { Scope::Node } else { Scope::Tenant(tenant) };
    let points =
        app.store.series(tenant, lately::query(scope, (!is_of_all).then_some(tenant), now)).await?.unwrap_or_default();
    let standing = app.webhooks.standing(tenant).await?;
    // A day has 1,440 minutes, and is summed up beside the threads that serve everybody.
    let work = app.work.clone();
    written(&work, tenant, Slice::UNKNOWN, move || overview(&app, tenant, standing, &points, now)).await
}

fn overview(app: &App, tenant: TenantKey, standing: Standing, points: &[SeriesPoint], now: Timestamp) -> Overview {
    let Standing { counts, worst, oldest_owed } = standing;
    let is_of_all = tenant == TenantKey::ALL;
    let tenants = if is_of_all { app.store.webhooks().groups() } else { vec![tenant] };
    let owed = tenants.into_iter().map(|tenant| app.access.usage(tenant).used.of(QuotaKind::OwedDeliveries)).sum();
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    let named = |webhook: &Webhook| NamedView {
        tenant: is_of_all.then(|| app.access.tenant_name(webhook.tenant)).flatten(),
        id: webhook.id.clone(),
        name: webhook.settings.name.clone(),
        url: webhook.settings.shown_url(),
    };
    let troubled = |(webhook, health): &(Arc<Webhook>, Health)| TroubledView {
        webhook: named(webhook),
        health: HealthView::of(webhook, *health),
    };
    Overview {
        at: now,
        webhooks: WebhookCounts {
            failing: count(HealthState::Failing),
            degraded: count(HealthState::Degraded),
            paused: count(HealthState::Paused),
            healthy: count(HealthState::Healthy),
            disabled: count(HealthState::Disabled),
        },
        owed: OwedView {
            count: owed,
            oldest_at: oldest_owed.as_ref().map(|(at, _)| *at),
            oldest_of: oldest_owed.as_ref().map(|(_, webhook)| named(webhook)),
        },
        in_trouble: worst.iter().map(troubled).collect(),
        last_hour: SumsView::of(&lately::sum(points, now, Duration::from_secs(3_600))),
        lately: Lately::of(points, now),
    }
}

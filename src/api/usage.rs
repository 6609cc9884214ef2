//! What a tenant has of what has a quota, beside what it may have.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            extract::NoParams,
            problem::Problem,
            scopes::{Allowed, WebhooksRead},
        },
    },
    model::QuotaKind,
    store::TenantUsage,
};

/// What a tenant has of what has a quota.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
pub struct UsageView {
    /// API keys, expired ones included.
    api_keys: Used,
    /// Webhooks in any status.
    webhooks: Used,
    /// Bytes of its webhooks' settings and secrets as they are kept, with half of what they take in memory besides.
    webhook_bytes: Used,
    /// Regular expressions in its webhooks' filters.
    patterns: Used,
    /// Deliveries that are pending or wait for a retry, and those of large fan-outs that are still to come. Copies of
    /// broadcasts count, also where that makes them more than `most`.
    owed_deliveries: Used,
    /// Bytes of its events that are kept: their data, 256 for each, and 256 for each of their deliveries. Copies of broadcasts
    /// count, too, and what is saved by name.
    event_bytes: Used,
    /// Events and reports that are saved by name.
    saved: Used,
}

/// How much there is, and how much there may be.
#[derive(Serialize, ToSchema)]
pub struct Used {
    used: u64,
    /// By the tenant's quotas, otherwise by the server's settings.
    most: u64,
}

impl UsageView {
    pub fn of(usage: &TenantUsage) -> UsageView {
        let of = |kind| Used { used: usage.used.of(kind), most: usage.most.of(kind) };
        UsageView {
            api_keys: of(QuotaKind::ApiKeys),
            webhooks: of(QuotaKind::Webhooks),
            webhook_bytes: of(QuotaKind::WebhookBytes),
            patterns: of(QuotaKind::Patterns),
            owed_deliveries: of(QuotaKind::OwedDeliveries),
            event_bytes: of(QuotaKind::EventBytes),
            saved: of(QuotaKind::Saved),
        }
    }
}

/// Read how much is used
///
/// What the request's tenant has of what has a quota, and may have.
#[utoipa::path(
    get, path = "/api/v1/usage", tag = "tenants", operation_id = "readUsage",
    responses((status = 200, description = "What is used", body = UsageView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    _: NoParams,
) -> Result<Json<UsageView>, Problem> {
    Ok(Json(UsageView::of(&app.access.usage(tenant))))
}

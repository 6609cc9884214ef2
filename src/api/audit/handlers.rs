//! Lists of lines.

use axum::{Json, extract::State};
use serde_json::value::RawValue;

use super::{
    filter::{AuditFilter, AuditList},
    view::{AuditLineView, Reader},
};
use crate::{
    api::{
        app::{App, Shared},
        edge::{
            extract::{Id, Params},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, AllowedForAll, AuditRead, InPortal, WebhooksRead},
        },
    },
    model::{AuditId, TenantKey},
    store::AuditQuery,
};

/// List the audit trail
///
/// Newest first: who changed what, tried what by hand or read a secret, from where. An operator's key sees the lines of the tenant that
/// it names, or with `Tenant: *` all, with those of what belongs to no tenant. Publishing events leaves no line. `GET /audit/export`
/// has whole texts, whose hashes can be checked.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "listAudit",
    params(AuditFilter, PageParams),
    responses((status = 200, description = "A page of lines", body = List<AuditLineView>))
)]
pub async fn list(
    AllowedForAll { tenant, caller, .. }: AllowedForAll<AuditRead>,
    State(app): State<Shared>,
    Params(list): Params<AuditList>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    page(&app, tenant, list.filter.query(tenant), list.page, Reader::of(&caller)).await
}

/// List a webhook's changes
///
/// Newest first: who changed, tested or probed it, or read its secret. A customer in a portal is told of all others that they are
/// operators.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/changes", tag = "audit", operation_id = "listWebhookChanges",
    params(("id" = String, Path, description = "The webhook's id"), PageParams),
    responses((status = 200, description = "A page of lines", body = List<AuditLineView>))
)]
pub async fn changes(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    Params(list): Params<Page>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let webhook = app.webhooks.find(tenant, &id)?;
    let query = AuditQuery { webhook: Some(webhook.key), ..AuditQuery::default() };
    page(&app, tenant, query, list, Reader::of(&caller)).await
}

async fn page(
    app: &App,
    tenant: TenantKey,
    all: AuditQuery,
    mut page: Page,
    reader: Reader,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let Between { after, before } = page.between(AuditId::parse)?;
    if page.counts() {
        page.counted(app.store.count_audit_lines(all.clone()).await?);
    }
    // What comes after another in the list is older.
    let mut query =
        AuditQuery { before: after, after: before, limit: page.limit + 1, oldest: page.is_from_end(), ..all };
    if let Some(reach) = app.store.reach_of_audit(query.clone()).await? {
        query.up_to(reach);
        page.reaches(reach.to_string());
    }
    let lines = app.store.audit_lines(query).await?;
    let lines: Vec<_> =
        lines.into_iter().filter_map(|line| AuditLineView::of(&line, reader).map(|view| (line.id, view))).collect();
    page.written(&app.work, tenant, lines, |(id, _)| id.to_string(), |(_, view)| view).await
}

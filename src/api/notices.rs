//! When a tenant is told of what happens to it, and where.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    access::{Access, MailTo},
    api::{
        app::Shared,
        edge::{
            extract::{Body, NoParams},
            problem::Problem,
            scopes::{Allowed, WebhooksRead, WebhooksWrite},
        },
    },
    merge_patch,
    model::{FieldError, MailAddress, NoticeSettings, Span, TenantKey, Thresholds, read_json_fully},
};

/// When a tenant is told of what happens to it, and where. What is null is as the server's settings say.
#[derive(Serialize, ToSchema)]
#[schema(as = NoticeSettingsInForce)]
pub struct NoticesView {
    #[schema(value_type = Option<String>, example = "5m")]
    failing_after: Option<Span>,
    failure_share: Option<u8>,
    #[schema(value_type = Option<String>, example = "10m")]
    oldest_due: Option<Span>,
    quota_near: Option<u8>,
    #[schema(value_type = Option<String>, example = "7d")]
    key_expires: Option<Span>,
    /// Where notices are mailed to.
    mail_to: Vec<MailAddress>,
    /// What holds: what the tenant says, otherwise what the server's settings say.
    in_force: ThresholdsView,
    /// Whether this server sends mail, and whether the tenant's own keys may say where to.
    mail: MailView,
}

/// From when on something is told.
#[derive(Serialize, ToSchema)]
#[schema(as = Thresholds)]
pub struct ThresholdsView {
    #[schema(value_type = String, example = "0s")]
    failing_after: Span,
    /// Null: no share of failures makes a webhook failing.
    failure_share: Option<u8>,
    /// Null: a webhook to which something arrives is not failing, however long others wait.
    #[schema(value_type = Option<String>, example = "10m")]
    oldest_due: Option<Span>,
    quota_near: u8,
    #[schema(value_type = String, example = "7d")]
    key_expires: Span,
}

/// Whether mail is sent, and who may say where to.
#[derive(Serialize, ToSchema)]
#[schema(as = MailPermission)]
#[serde(rename_all = "snake_case")]
pub enum MailView {
    /// No mail is sent.
    Off,
    /// Operators set `mail_to`.
    Operators,
    /// Tenants' keys set it, too.
    Everybody,
}

impl NoticesView {
    fn of(settings: NoticeSettings, tenant: TenantKey, access: &Access) -> NoticesView {
        let in_force = ThresholdsView::of(access.thresholds_of(Some(tenant)));
        let NoticeSettings { failing_after, failure_share, oldest_due, quota_near, key_expires, mail_to } = settings;
        let mail = match access.mail_to() {
            MailTo::Nobody => MailView::Off,
            MailTo::Operators => MailView::Operators,
            MailTo::Everybody => MailView::Everybody,
        };
        NoticesView { failing_after, failure_share, oldest_due, quota_near, key_expires, mail_to, in_force, mail }
    }
}

impl ThresholdsView {
    fn of(thresholds: Thresholds) -> ThresholdsView {
        let Thresholds { failing_after, failure_share, oldest_due, quota_near, key_expires } = thresholds;
        ThresholdsView { failing_after, failure_share, oldest_due, quota_near, key_expires }
    }
}

/// Read when notices are told
///
/// When the request's tenant is told of what happens to its webhooks, quotas and keys, and where besides its webhooks.
#[utoipa::path(
    get, path = "/api/v1/notice-settings", tag = "tenants", operation_id = "readNoticeSettings",
    responses((status = 200, description = "What is set, and what holds", body = NoticesView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    _: NoParams,
) -> Result<Json<NoticesView>, Problem> {
    let settings = app.access.settings(tenant)?.notices.clone();
    Ok(Json(NoticesView::of(settings, tenant, &app.access)))
}

/// Change when notices are told
///
/// A JSON merge patch (RFC 7396) of what is set. It holds within seconds, for webhooks' health, too: what is told as failing is shown as
/// failing. `mail_to` is set by operators' keys, and by tenants' own where the server permits it.
#[utoipa::path(
    patch, path = "/api/v1/notice-settings", tag = "tenants", operation_id = "changeNoticeSettings",
    request_body(content(
        (NoticeSettings = "application/merge-patch+json"),
        (NoticeSettings = "application/json"),
    )),
    responses(
        (status = 200, description = "Changed", body = NoticesView),
        (status = 409, description = "The tenant was changed at the same time"),
    )
)]
pub async fn change(
    Allowed { tenant, caller, .. }: Allowed<WebhooksWrite>,
    State(app): State<Shared>,
    _: NoParams,
    Body(patch, _): Body<Map<String, Value>>,
) -> Result<Json<NoticesView>, Problem> {
    let change = |settings: &NoticeSettings| Ok::<_, Problem>(patched(settings, &patch)?);
    let settings = app.access.change_notices(&caller, tenant, change).await?;
    Ok(Json(NoticesView::of(settings, tenant, &app.access)))
}

fn patched(settings: &NoticeSettings, patch: &Map<String, Value>) -> Result<NoticeSettings, Vec<FieldError>> {
    let unwritable = |error: serde_json::Error| vec![FieldError::at("", error.to_string())];
    let current = serde_json::to_value(settings).map_err(unwritable)?;
    read_json_fully(&serde_json::to_vec(&merge_patch::merged(current, patch)).map_err(unwritable)?)
}

//! Tenants: the operator's list of whose webhooks and events there are.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ETAG, LOCATION},
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

use crate::{
    access::{Access, TenantChange, check_name},
    api::{
        app::Shared,
        edge::{
            etag::{etag_of_tenant, expected},
            extract::{Body, Id, NoParams, Params},
            page::{List, Page, PageParams},
            problem::Problem,
            scopes::{Operator, Tenants},
        },
        usage::UsageView,
    },
    manage::ManageError,
    merge_patch,
    model::{
        Enrichment, FieldError, NoticeSettings, Quotas, RetentionSettings, Tenant, TenantId, TenantKey, TenantSettings,
        Timestamp, Validation, field_error::checked, read_json_fully,
    },
};

/// A tenant to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantInput {
    /// 1 to 64 lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit.
    #[schema(example = "acme")]
    id: TenantId,
    /// For people, at most 200 characters; otherwise the id.
    #[serde(default, deserialize_with = "named")]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\u0000-\u001F\u007F-\u009F]+$", example = "Acme Ltd.")]
    name: Option<String>,
}

fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |name: &Option<String>| name.as_deref().map_or(Ok(()), check_name))
}

/// A tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = Tenant)]
pub struct TenantView {
    #[schema(example = "acme")]
    id: TenantId,
    name: String,
    validation: Validation,
    enrichment: Vec<Enrichment>,
    quotas: Quotas,
    notices: NoticeSettings,
    retention: RetentionSettings,
    /// What it has of that which has a quota.
    usage: UsageView,
    /// Grows with each change.
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl TenantView {
    fn of(tenant: Tenant, access: &Access) -> TenantView {
        let usage = UsageView::of(&access.usage(tenant.key));
        let TenantSettings { validation, enrichment, quotas, notices, retention } =
            TenantSettings::clone(&tenant.settings);
        let Tenant { id, name, version, created_at, .. } = tenant;
        TenantView { id, name, validation, enrichment, quotas, notices, retention, usage, version, created_at }
    }
}

fn shown(tenant: Tenant, access: &Access) -> Response {
    ([(ETAG, etag_of_tenant(&tenant))], Json(TenantView::of(tenant, access))).into_response()
}

/// Create a tenant
#[utoipa::path(
    post, path = "/api/v1/tenants", tag = "tenants", operation_id = "createTenant",
    request_body = TenantInput,
    responses(
        (status = 201, description = "Made", body = TenantView, headers(
            ("Location" = String, description = "Where it is"),
            ("ETag" = String, description = "Names the tenant's version, for `If-Match`"),
        )),
        (status = 409, description = "The id is taken"),
    )
)]
pub async fn create(
    Operator { caller, .. }: Operator<Tenants>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _): Body<TenantInput>,
) -> Result<Response, Problem> {
    let tenant = app.access.create_tenant(input.id, input.name, &caller.actor()).await?;
    // Ids are of characters that a path takes as they are.
    let place = HeaderValue::try_from(format!("/api/v1/tenants/{}", tenant.id));
    let place = place.unwrap_or(HeaderValue::from_static("/api/v1/tenants"));
    Ok((StatusCode::CREATED, [(LOCATION, place)], shown(tenant, &app.access)).into_response())
}

/// List tenants
///
/// By id.
#[utoipa::path(
    get, path = "/api/v1/tenants", tag = "tenants", operation_id = "listTenants",
    params(PageParams),
    responses((status = 200, description = "A page of tenants", body = List<TenantView>))
)]
pub async fn list(
    _: Operator<Tenants>,
    State(app): State<Shared>,
    Params(mut page): Params<Page>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let mut tenants = app.access.tenants();
    page.cut(&mut tenants, |tenant| &tenant.id, |id| TenantId::parse(id).ok())?;
    let access = app.access.clone();
    let view = move |tenant| TenantView::of(tenant, &access);
    page.written(&app.work, TenantKey::ALL, tenants, |last| last.id.to_string(), view).await
}

/// Read a tenant
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "readTenant",
    params(("id" = String, Path, description = "The tenant's id")),
    responses((status = 200, description = "The tenant", body = TenantView, headers(
        ("ETag" = String, description = "Names the tenant's version, for `If-Match`"),
    )))
)]
pub async fn read(
    _: Operator<Tenants>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Response, Problem> {
    Ok(shown(app.access.find_tenant(&id).ok_or_else(|| Problem::not_found("tenant"))?, &app.access))
}

/// Change a tenant
///
/// A JSON merge patch (RFC 7396) of `name`, `validation`, `enrichment`, `quotas`, `notices` and `retention`. It applies to the next event or
/// request; of `retention` to what is there, within minutes.
#[utoipa::path(
    patch, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "changeTenant",
    params(
        ("id" = String, Path, description = "The tenant's id"),
        ("If-Match" = Option<String>, Header, description = "Change only this version (ETag)"),
    ),
    request_body(content(
        (TenantPatch = "application/merge-patch+json"),
        (TenantPatch = "application/json"),
    )),
    responses(
        (status = 200, description = "Changed", body = TenantView, headers(
            ("ETag" = String, description = "Names the tenant's version, for `If-Match`"),
        )),
        (status = 409, description = "It was changed at the same time"),
        (status = 412, description = "It is not the version you expect"),
    )
)]
pub async fn change(
    Operator { caller, .. }: Operator<Tenants>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
    Body(patch, _): Body<Map<String, Value>>,
) -> Result<Response, Problem> {
    let expected = expected(&headers)?;
    let change = |tenant: &Tenant| {
        expected.check_tenant(tenant).map_err(ManageError::from)?;
        Ok::<_, Problem>(patched(tenant, patch.clone())?)
    };
    Ok(shown(app.access.change_tenant(&id, &caller.actor(), change).await?, &app.access))
}

/// A tenant after a merge patch.
fn patched(tenant: &Tenant, mut patch: Map<String, Value>) -> Result<TenantChange, Vec<FieldError>> {
    let name = match patch.remove("name") {
        None => Ok(tenant.name.clone()),
        Some(Value::String(name)) => Ok(name),
        Some(_) => Err(FieldError::at("/name", "is a text")),
    };
    let unwritable = |error: serde_json::Error| FieldError::at("", error.to_string());
    let current = serde_json::to_value(&*tenant.settings).map_err(unwritable)?;
    let merged = serde_json::to_vec(&merge_patch::merged(current, &patch)).map_err(unwritable)?;
    match (name, read_json_fully(&merged)) {
        (Ok(name), Ok(settings)) => Ok(TenantChange { name, settings }),
        (name, settings) => Err(name.err().into_iter().chain(settings.err().into_iter().flatten()).collect()),
    }
}

/// What of a tenant can be changed.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `change` reads")]
pub struct TenantPatch {
    /// For people, at most 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\u0000-\u001F\u007F-\u009F]+$")]
    name: Option<String>,
    /// Whether events are checked against the catalogue.
    validation: Option<Validation>,
    /// Fields that are added to events, all of them anew.
    #[schema(max_items = 50)]
    enrichment: Option<Vec<Enrichment>>,
    /// How much it may ask for; null sets back to the server's.
    quotas: Option<Quotas>,
    /// When it is told of what happens to it, and where; null sets back to the server's.
    notices: Option<NoticeSettings>,
    /// What it keeps for a shorter time than the server does; null sets back to the server's.
    retention: Option<RetentionSettings>,
}

/// Delete a tenant
///
/// With its API keys and webhooks; what they were owed is cancelled. The default tenant cannot be deleted.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "deleteTenant",
    params(
        ("id" = String, Path, description = "The tenant's id"),
        ("If-Match" = Option<String>, Header, description = "Delete only this version (ETag)"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "It is the default tenant"),
        (status = 412, description = "It is not the version you expect"),
    )
)]
pub async fn delete(
    Operator { caller, .. }: Operator<Tenants>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = expected(&headers)?;
    let check = |tenant: &Tenant| Ok::<_, Problem>(expected.check_tenant(tenant).map_err(ManageError::from)?);
    app.access.delete_tenant(&id, &caller.actor(), check).await?;
    Ok(StatusCode::NO_CONTENT)
}

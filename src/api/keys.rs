//! API keys: made with at most the rights of the key that makes them, shown once, revoked at once.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{
    access::{Access, KeyOrder, NewKeyOf},
    api::{
        app::Shared,
        edge::{
            extract::{Body, Id, NoParams, Params},
            page::{List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, Keys},
        },
    },
    model::{ApiKey, ApiKeyId, RateLimit, Scope, TenantId, Timestamp},
};

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// For people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]+$",
        example = "trading backend"
    )]
    name: String,
    /// Whose key it is: by default the request's tenant; null makes an operator's key. Only an operator's key can say
    /// something else than its own tenant.
    #[serde(default, deserialize_with = "given")]
    tenant: Option<Option<TenantId>>,
    /// What it permits: at most what the key permits that makes it.
    #[schema(min_items = 1, max_items = 11, example = json!(["events:write"]))]
    scopes: Vec<Scope>,
    /// How often it may call; otherwise the server's default.
    rate_limit: Option<RateLimit>,
    /// After this it is refused.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<TenantId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A key, without its text.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    #[schema(value_type = ApiKeyId)]
    id: String,
    name: String,
    /// The key's first characters.
    #[schema(example = "lhk_3kQv")]
    hint: String,
    /// Whose key it is; null for an operator's.
    tenant: Option<TenantId>,
    scopes: Vec<Scope>,
    /// Null: the server's default.
    rate_limit: Option<RateLimit>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When a request last showed it; null: never, or not since this is kept. After a crash it can be a minute behind.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The key itself, in the answer that makes it and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl ApiKeyView {
    fn of(key: ApiKey, access: &Access) -> ApiKeyView {
        ApiKeyView {
            id: key.id.to_string(),
            last_used_at: access.last_used(&key),
            name: key.name,
            hint: key.hint,
            tenant: key.tenant.and_then(|tenant| access.tenant_name(tenant)),
            scopes: key.scopes,
            rate_limit: key.rate_limit,
            expires_at: key.expires_at,
            created_at: key.created_at,
            key: None,
        }
    }
}

/// Create an API key
///
/// The answer shows the key, only this once.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "api keys", operation_id = "createApiKey",
    request_body = ApiKeyInput,
    responses((status = 201, description = "Made", body = ApiKeyView))
)]
pub async fn create(
    Allowed { caller, .. }: Allowed<Keys>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _): Body<ApiKeyInput>,
) -> Result<Response, Problem> {
    let made = app.access.make_key(&caller, input.into(), app.clock.now()).await?;
    let view = ApiKeyView { key: Some(made.text), ..ApiKeyView::of(made.key, &app.access) };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

impl From<ApiKeyInput> for KeyOrder {
    fn from(input: ApiKeyInput) -> KeyOrder {
        let of = match input.tenant {
            None => NewKeyOf::RequestsTenant,
            Some(None) => NewKeyOf::Operator,
            Some(Some(tenant)) => NewKeyOf::Tenant(tenant),
        };
        let ApiKeyInput { name, scopes, rate_limit, expires_at, .. } = input;
        KeyOrder { name, of, scopes, rate_limit, expires_at }
    }
}

/// List API keys
///
/// Oldest first: the tenant's own. An operator's key that names no tenant sees all of them.
#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "api keys", operation_id = "listApiKeys",
    params(PageParams),
    responses((status = 200, description = "A page of keys", body = List<ApiKeyView>))
)]
pub async fn list(
    Allowed { caller, .. }: Allowed<Keys>,
    State(app): State<Shared>,
    Params(mut page): Params<Page>,
) -> Result<Json<List<ApiKeyView>>, Problem> {
    let mut keys = app.access.keys_seen_by(&caller)?;
    page.cut(&mut keys, |key| &key.id, ApiKeyId::parse)?;
    Ok(Json(page.of(keys, |last| last.id.to_string(), |key| ApiKeyView::of(key, &app.access))))
}

/// Revoke an API key
///
/// It is refused from the answer on.
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{id}", tag = "api keys", operation_id = "deleteApiKey",
    params(("id" = String, Path, description = "The key's id (`key_…`)")),
    responses((status = 204, description = "Revoked"))
)]
pub async fn delete(
    Allowed { caller, .. }: Allowed<Keys>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let id = ApiKeyId::parse(&id).ok_or_else(|| Problem::not_found("API key"))?;
    app.access.revoke_key(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_told_from_nothing() {
        let read = |tenant: &str| -> ApiKeyInput {
            serde_json::from_str(&format!(r#"{{"name":"n","scopes":["keys"]{tenant}}}"#)).unwrap()
        };
        assert!(read("").tenant.is_none());
        assert_eq!(read(r#","tenant":null"#).tenant, Some(None));
        assert!(matches!(read(r#","tenant":"acme""#).tenant, Some(Some(_))));
    }
}

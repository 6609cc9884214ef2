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
    api::{
        Shared,
        edge::{
            access::{self, Access, BOOTSTRAP_NAME, Caller},
            extract::{Body, Id, NoParams, Params},
            page::{List, Page, PageParams},
            problem::{Code, Problem},
        },
        tenants::check_name,
    },
    model::{ApiKey, ApiKeyId, RateLimit, Scope, TenantId, TenantKey, Timestamp},
    store::NewApiKey,
};

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// For people.
    #[schema(min_length = 1, max_length = 200, example = "trading backend")]
    name: String,
    /// Whose key it is: by default the request's tenant; null makes an operator's key. Only an operator's key can say
    /// something else than its own tenant.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    tenant: Option<Option<TenantId>>,
    /// What it permits: at most what the key permits that makes it.
    #[schema(min_items = 1, example = json!(["events:write"]))]
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
    #[schema(example = "key_06f3n1qk2v0g0")]
    id: String,
    name: String,
    /// The key's first characters.
    #[schema(example = "lhk_3kQv")]
    hint: String,
    /// Whose key it is; null for an operator's.
    #[schema(value_type = Option<String>)]
    tenant: Option<TenantId>,
    scopes: Vec<Scope>,
    /// Null: the server's default.
    rate_limit: Option<RateLimit>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
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
    State(app): State<Shared>,
    caller: Caller,
    _: NoParams,
    Body(input): Body<ApiKeyInput>,
) -> Result<Response, Problem> {
    let own_tenant = caller.tenant(Scope::Keys)?;
    let tenant = tenant_of_new_key(&app.access, &caller, own_tenant, &input.tenant)?;
    let scopes = check_rights(&app.access, &caller, tenant, &input, app.clock.now())?;
    let text = access::new_key_text().map_err(Problem::internal)?;
    let key = NewApiKey {
        hash: access::hash(&text),
        hint: access::hint(&text),
        name: input.name,
        tenant,
        scopes,
        // A slow key does not make a fast one by leaving this out.
        rate_limit: input.rate_limit.or(caller.key().rate_limit.filter(|_| !caller.is_operator())),
        expires_at: input.expires_at,
    };
    let key = app.access.create_key(key).await?;
    let view = ApiKeyView { key: Some(text), ..ApiKeyView::of(key, &app.access) };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

fn tenant_of_new_key(
    access: &Access,
    caller: &Caller,
    own: TenantKey,
    asked: &Option<Option<TenantId>>,
) -> Result<Option<TenantKey>, Problem> {
    let asked = match asked {
        None => return Ok(Some(own)),
        Some(None) => None,
        Some(Some(name)) => Some(access.find_tenant(name.as_str()).map(|tenant| tenant.key)),
    };
    match asked {
        Some(Some(tenant)) if caller.is_operator() || tenant == own => Ok(Some(tenant)),
        None if caller.is_operator() => Ok(None),
        Some(None) if caller.is_operator() => Err(Problem::field("/tenant", "there is no such tenant; make it first")),
        _ => {
            let detail = "a tenant's key makes keys for its own tenant only; leave `tenant` out";
            Err(Problem::new(Code::OtherTenant, detail).pointing_at("/tenant"))
        }
    }
}

/// Nobody gives rights that they do not have: not more scopes, not more requests, not a longer life.
fn check_rights(
    access: &Access,
    caller: &Caller,
    tenant: Option<TenantKey>,
    input: &ApiKeyInput,
    now: Timestamp,
) -> Result<Vec<Scope>, Problem> {
    check_name(&input.name)?;
    if tenant.is_none() && input.name == BOOTSTRAP_NAME {
        return Err(Problem::field("/name", "stands for the key that the server was started with; choose another"));
    }
    if input.scopes.is_empty() {
        return Err(Problem::field("/scopes", "names at least one scope"));
    }
    for (place, scope) in input.scopes.iter().enumerate() {
        if tenant.is_some() && matches!(scope, Scope::Tenants | Scope::CatalogueWrite) {
            let message = format!("`{}` is for operators' keys only", scope.as_str());
            return Err(Problem::field(format!("/scopes/{place}"), message));
        }
        if !caller.key().scopes.contains(scope) {
            let detail = format!("the key you use does not have the scope `{}` itself", scope.as_str());
            return Err(Problem::new(Code::MissingScope, detail).pointing_at(format!("/scopes/{place}")));
        }
    }
    if let Some(asked) = input.rate_limit
        && !caller.is_operator()
        && is_more(asked, access.rate_of(caller.key()))
    {
        return Err(Problem::field("/rate_limit", "is more than that of the key you use"));
    }
    if input.expires_at.is_some_and(|until| until <= now) {
        return Err(Problem::field("/expires_at", "is in the past"));
    }
    if let Some(own) = caller.key().expires_at
        && input.expires_at.is_none_or(|asked| asked > own)
    {
        return Err(Problem::field("/expires_at", format!("is at most {own}, when the key you use expires")));
    }
    let mut scopes = input.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

fn is_more(asked: RateLimit, own: RateLimit) -> bool {
    u64::from(asked.limit) * own.per.millis() > u64::from(own.limit) * asked.per.millis() || asked.limit > own.limit
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
    State(app): State<Shared>,
    caller: Caller,
    Params(page): Params<Page>,
) -> Result<Json<List<ApiKeyView>>, Problem> {
    let sees = sight(&caller)?;
    let after = page.after(ApiKeyId::parse)?;
    let mut keys = app.access.keys();
    keys.retain(|key| sees(key) && after.is_none_or(|after| key.id > after));
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
pub async fn delete(State(app): State<Shared>, caller: Caller, Id(id): Id, _: NoParams) -> Result<StatusCode, Problem> {
    let sees = sight(&caller)?;
    let id = ApiKeyId::parse(&id).filter(|id| app.access.keys().iter().any(|key| key.id == *id && sees(key)));
    match id {
        Some(id) if app.access.revoke(id).await? => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::not_found("API key")),
    }
}

/// Which keys the caller may see.
fn sight(caller: &Caller) -> Result<impl Fn(&ApiKey) -> bool, Problem> {
    let tenant = caller.tenant(Scope::Keys)?;
    let all = caller.is_operator() && !caller.tenant_named();
    Ok(move |key: &ApiKey| all || key.tenant == Some(tenant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateUnit;

    #[test]
    fn a_rate_is_more_if_its_speed_or_its_burst_is() {
        let rate = |limit, per| RateLimit { limit, per };
        let own = rate(600, RateUnit::Second);
        assert!(!is_more(rate(600, RateUnit::Second), own));
        assert!(!is_more(rate(10, RateUnit::Minute), own));
        assert!(is_more(rate(601, RateUnit::Second), own));
        assert!(is_more(rate(36_000, RateUnit::Minute), own), "the same speed in a larger burst");
    }

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

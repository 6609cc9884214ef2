//! Signing in and out: what the dashboard and the portal do before all else, and links that do it once.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::{Caller, MadeSession, csrf_token},
    api::{
        app::{App, Shared},
        edge::{
            auth::{link_code, session_cookie},
            cookie,
            cors::CorsOrigin,
            extract::{Body, FromQuery, NoParams, Params, Query, switch},
            problem::{Code, Problem},
            scopes::{Allowed, Anybody, DeliveriesRead, InPortal, Keys, Permitted, WebhooksRead},
        },
    },
    model::{ApiKeyId, FieldError, Portal, Scope, Session, Span, TenantId, TenantKey, Timestamp},
    random,
};

/// Who is calling, and until when they are signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    key: SessionKeyView,
    /// The tenant whose key it is; null for an operator's, who names a tenant with each request.
    tenant: Option<TenantId>,
    /// What is permitted.
    scopes: Vec<Scope>,
    /// Whether somebody is signed in by a portal link; null otherwise.
    portal: Option<SessionPortalView>,
    /// What the header `X-Lanehook-Csrf` has to say in each request of this session that changes something; null where the request
    /// shows an API key.
    csrf_token: Option<String>,
    /// When the session is over, or the key; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Seconds without a request after which the session is over earlier.
    idle_seconds: u64,
}

/// The API key behind it.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionKey)]
pub struct SessionKeyView {
    #[schema(value_type = ApiKeyId)]
    id: String,
    name: String,
}

/// What a customer may do.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionPortal)]
pub struct SessionPortalView {
    /// Whether webhooks can be changed, and deliveries be sent again.
    manage: bool,
}

impl SessionView {
    fn of(app: &App, caller: &Caller, session: Option<&Session>, csrf_token: Option<String>) -> SessionView {
        let key = caller.key();
        let portal = session.and_then(|session| session.portal.as_ref());
        SessionView {
            // Who made a portal's link is nothing that its customer is told.
            key: SessionKeyView {
                id: key.id.to_string(),
                name: if portal.is_some() { String::new() } else { key.name.clone() },
            },
            tenant: key.tenant.and_then(|tenant| app.access.tenant_name(tenant)),
            scopes: key.scopes.clone(),
            portal: portal.map(|portal| SessionPortalView { manage: portal.manage }),
            csrf_token,
            expires_at: session.map(|session| session.expires_at).or(key.expires_at),
            idle_seconds: app.access.session_limits().idle.as_secs(),
        }
    }
}

/// Sign in
///
/// For browsers: exchanges an API key, or the code of a link that signs in once, for a cookie that pages cannot read. Show either
/// as `Authorization: Bearer`. The session permits what the key does, or what the link says, and ends with the key. A portal's has a
/// cookie of its own: requests of the portal say `X-Lanehook-Portal: 1`, and belong to that or to none.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", operation_id = "signIn",
    responses(
        (status = 200, description = "Signed in: the answer sets the cookie", body = SessionView),
        (status = 401, description = "`used_link`: the link was used, or is too old"),
    )
)]
pub async fn sign_in(
    Anybody { caller }: Anybody,
    State(app): State<Shared>,
    headers: HeaderMap,
    _: NoParams,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let made = match (&caller, link_code(&headers)) {
        (Ok(caller), _) if caller.session().is_some() => {
            let detail =
                "somebody is signed in already; to sign in as somebody else, show a key: `Authorization: Bearer <key>`";
            return Err(Problem::new(Code::Unauthorized, detail));
        }
        (Ok(caller), _) => app.access.sign_in(caller, now).await?,
        (Err(stranger), Some(code)) => app.access.open_link(code, stranger.client, now).await?,
        (Err(_), None) => return Err(Problem::internal("a request without a key or a link reached the door")),
    };
    let caller = app.access.caller_of(&made, now)?;
    let MadeSession { session, text } = made;
    let view = SessionView::of(&app, &caller, Some(&session), Some(csrf_token(text.expose().as_bytes())));
    let cookie = cookie::set(&text, cookie::Kind::of(&session), app.secure, session.expires_at.since(now));
    Ok(([(SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Who is signed in
///
/// Of a session, or of the API key that the request shows: whose it is, and what it permits.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session", operation_id = "readSession",
    responses((status = 200, description = "Who is calling", body = SessionView))
)]
pub async fn read(
    Permitted { caller, .. }: Permitted<InPortal<()>>,
    State(app): State<Shared>,
    headers: HeaderMap,
    _: NoParams,
) -> Json<SessionView> {
    let csrf = caller.session().and(session_cookie(&headers, app.secure)).map(|(_, text)| csrf_token(text));
    Json(SessionView::of(&app, &caller, caller.session(), csrf))
}

/// Where somebody signs out.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SignOutParams {
    /// Every session of the same API key ends, and every link that was not used. Of a portal, only its own session does.
    #[param(default = false)]
    everywhere: bool,
}

impl FromQuery for SignOutParams {
    fn read(query: &mut Query<'_>) -> Result<SignOutParams, Problem> {
        Ok(SignOutParams { everywhere: query.take("everywhere", switch)?.unwrap_or_default() })
    }
}

/// Sign out
///
/// The session ends at once. With an API key in place of a session, `everywhere=true` ends all sessions that came from it.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "session", operation_id = "signOut",
    params(SignOutParams),
    responses((status = 204, description = "Signed out: the answer takes the cookie back"))
)]
pub async fn sign_out(
    Permitted { caller, .. }: Permitted<InPortal<()>>,
    State(app): State<Shared>,
    Params(params): Params<SignOutParams>,
) -> Result<Response, Problem> {
    app.access.sign_out(&caller, params.everywhere).await?;
    let kind = caller.session().map(cookie::Kind::of);
    let cookie = kind.map(|kind| (SET_COOKIE, cookie::taken_back(kind, app.secure)));
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookie)).into_response())
}

/// A link to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalLinkInput {
    /// Whether the customer may change webhooks and send deliveries again, or only look.
    #[serde(default)]
    access: PortalAccess,
    /// Origins of the pages that may show the portal in a frame, at most ten, like `https://app.example.com`. With none it opens in
    /// a tab of its own only.
    #[serde(default)]
    #[schema(max_items = 10, example = json!(["https://app.example.com"]))]
    origins: Vec<String>,
    /// For how long the link can be opened: at most `1d`.
    #[schema(default = "5m")]
    expires_in: Option<Span>,
    /// How long the session lasts that it begins: at most `30d`.
    #[schema(default = "1h")]
    session: Option<Span>,
}

/// What a customer may do in the portal.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PortalAccess {
    /// Look only.
    #[default]
    Read,
    /// Look and change.
    Manage,
}

/// A link that opens the portal once.
#[derive(Serialize, ToSchema)]
#[schema(as = PortalLink)]
pub struct PortalLinkView {
    /// Where to send the customer, or what to show in a frame. It works once.
    #[schema(example = "https://hooks.example.com/portal?link=ses_06f3n1qk2v0g0.5e884898da280471#lhl_…")]
    url: String,
    /// After this it cannot be opened.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// How long the session lasts.
    session_seconds: u64,
}

const LINK: Duration = Duration::from_secs(300);
const LONGEST_LINK: Duration = Duration::from_secs(86_400);
const PORTAL_SESSION: Duration = Duration::from_secs(3_600);
const LONGEST_PORTAL_SESSION: Duration = Duration::from_secs(30 * 86_400);
const MOST_ORIGINS: usize = 10;

/// Create a portal link
///
/// For a customer, who gets the tenant's webhooks and deliveries to see and, unless it is for reading, to change: the operations with
/// `x-in-portal`, and none of the notices (`lanehook.*`). Whoever opens it first is signed in. It permits no more than the key that made
/// it, and ends with that. An operator's key names the tenant (`Tenant`).
#[utoipa::path(
    post, path = "/api/v1/portal-links", tag = "session", operation_id = "createPortalLink",
    request_body = PortalLinkInput,
    responses((status = 201, description = "Made", body = PortalLinkView))
)]
pub async fn portal_link(
    Allowed { caller, tenant, .. }: Allowed<(Keys, WebhooksRead, DeliveriesRead)>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _): Body<PortalLinkInput>,
) -> Result<Response, Problem> {
    if caller.is_operator() && !caller.tenant_named() {
        // Forgotten, it would open the operators' own.
        return Err(Problem::header(
            "Tenant",
            "name the tenant whose portal the link opens; an operator's key has none of its own",
        ));
    }
    let (portal, within) = input.checked(tenant)?;
    let (now, lasts, mark) = (app.clock.now(), portal.lasts, portal.mark.clone());
    let MadeSession { session, text } = app.access.portal_link(&caller, portal, within, now).await?;
    let base = app.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let view = PortalLinkView {
        url: format!("{base}/portal?link={}.{mark}#{}", session.id, text.expose()),
        expires_at: session.expires_at,
        session_seconds: lasts / 1000,
    };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

impl PortalLinkInput {
    fn checked(self, tenant: TenantKey) -> Result<(Portal, Duration), Problem> {
        let mut wrong = Vec::new();
        let within = bounded("/expires_in", self.expires_in, LINK, LONGEST_LINK, &mut wrong);
        let lasts = bounded("/session", self.session, PORTAL_SESSION, LONGEST_PORTAL_SESSION, &mut wrong);
        wrong.extend(wrong_origins(&self.origins));
        if !wrong.is_empty() {
            return Err(Problem::fields(Code::InvalidBody, wrong));
        }
        let portal = Portal {
            tenant,
            manage: self.access == PortalAccess::Manage,
            origins: self.origins,
            lasts: lasts.as_millis() as u64,
            mark: format!("{:016x}", u64::from_le_bytes(random::bytes())),
        };
        Ok((portal, within))
    }
}

fn bounded(at: &str, asked: Option<Span>, usual: Duration, most: Duration, wrong: &mut Vec<FieldError>) -> Duration {
    let asked = asked.map_or(usual, |Span(asked)| asked);
    if asked.is_zero() || asked > most {
        wrong.push(FieldError::at(at, format!("is more than 0 and at most {}", Span(most))));
    }
    asked
}

fn wrong_origins(origins: &[String]) -> Vec<FieldError> {
    if origins.len() > MOST_ORIGINS {
        return vec![FieldError::at("/origins", format!("are at most {MOST_ORIGINS}"))];
    }
    let wrong = |(place, text): (usize, &String)| {
        let problem = match text.parse::<CorsOrigin>() {
            Ok(_) if text == "*" => "any page could show it then; name the pages' origins".to_owned(),
            // It becomes a part of the pages' Content-Security-Policy, where these would mean something else.
            Ok(_) if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-[]".contains(&byte)) => {
                "name a host without `*`, `;` and the like".to_owned()
            }
            Ok(_) => return None,
            Err(problem) => problem,
        };
        Some(FieldError::at(format!("/origins/{place}"), problem))
    };
    origins.iter().enumerate().filter_map(wrong).collect()
}

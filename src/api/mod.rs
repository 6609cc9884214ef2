//! The HTTP edge: parse, authorise, one domain call, answer.
//!
//! A request enters through [`edge::middleware`]: it gets an id, its key is looked up and counted. A handler then gets
//! its tenant from an argument that proves the scope ([`edge::scopes`]), reads what else it needs ([`edge::extract`]),
//! makes one call of the domain, and shows the result in a view. Whatever goes wrong is a [`Problem`], to which the edge
//! adds the request's id. Everything under `/api` needs a key, but for the description, and for what is asked of a handler
//! that takes [`Anybody`](edge::scopes::Anybody).
//!
//! Nothing here survives a crash or needs to: what was answered is in the store. What is held in memory here, the last
//! answer of `/readyz` and the counters of requests, is made anew at the start.

mod app;
mod audit;
mod deliveries;
pub mod edge;
mod event_types;
mod events;
mod filters;
pub mod health;
mod inspectors;
mod keys;
mod live;
pub mod metrics;
mod mismatch;
mod notices;
mod openapi;
mod overview;
mod platforms;
mod render;
mod replays;
mod reports;
mod saved_events;
mod scrub;
mod search;
mod session;
mod setting;
mod stats;
mod system;
mod tenants;
mod theme;
mod usage;
mod webhooks;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::any,
};
use http::Method;
use utoipa_axum::router::OpenApiRouter;

use self::app::Shared;
use crate::dashboard::Dashboard;
use edge::{
    problem::{Code, Problem},
    scopes::{OpenDoors, operation},
};

pub use app::{App, DEFAULT_MAX_BODY_BYTES};
pub use edge::{
    cors::CorsOrigin,
    metrics::HttpMetrics,
    middleware::Admitted,
    proxies::{Proxies, ProxyHeader},
};
pub use setting::SettingView;

/// The whole API.
pub fn router(app: App) -> axum::Router {
    let shared: Shared = Arc::new(app);
    let (router, document) = documented().split_for_parts();
    let dashboard = dashboard(&shared);
    let open = Arc::new(OpenDoors::of(&document));
    let document = openapi::complete(document, shared.public_url.as_deref());
    let router = if shared.inspect_public { router.merge(outside()) } else { router };
    router
        .route("/api/v1/openapi.json", axum::routing::get(move || openapi::answer(document.clone())))
        .merge(health::router(shared.clone()))
        .merge(metrics::router())
        .fallback(move |request: Request| {
            let page = page(&dashboard, &request);
            async move { page.unwrap_or_else(|| unknown_route(&request).into_response()) }
        })
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state((shared.clone(), open), edge::middleware::middleware))
        .with_state(shared)
}

fn documented() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::preamble())
        .routes(operation!(events::publish::publish))
        .routes(operation!(events::handlers::list))
        .routes(operation!(events::handlers::read))
        .routes(operation!(events::handlers::deliveries))
        .routes(operation!(events::webhooks::webhooks))
        .routes(operation!(scrub::event))
        .routes(operation!(scrub::attempt))
        .routes(operation!(saved_events::list))
        .routes(operation!(saved_events::put))
        .routes(operation!(saved_events::read))
        .routes(operation!(saved_events::delete))
        .routes(operation!(saved_events::send))
        .routes(operation!(event_types::handlers::list))
        .routes(operation!(event_types::handlers::read))
        .routes(operation!(event_types::handlers::put))
        .routes(operation!(event_types::handlers::change))
        .routes(operation!(event_types::handlers::delete))
        .routes(operation!(event_types::handlers::add_version))
        .routes(operation!(event_types::handlers::sample))
        .routes(operation!(event_types::import::import))
        .routes(operation!(webhooks::handlers::create))
        .routes(operation!(webhooks::handlers::list))
        .routes(operation!(webhooks::handlers::read))
        .routes(operation!(webhooks::handlers::put))
        .routes(operation!(webhooks::handlers::change))
        .routes(operation!(webhooks::handlers::delete))
        .routes(operation!(webhooks::secrets::read))
        .routes(operation!(webhooks::secrets::rotate))
        .routes(operation!(webhooks::test::test))
        .routes(operation!(webhooks::lane::read))
        .routes(operation!(webhooks::lane::probe))
        .routes(operation!(inspectors::handlers::create))
        .routes(operation!(inspectors::handlers::list))
        .routes(operation!(inspectors::handlers::read))
        .routes(operation!(inspectors::handlers::change))
        .routes(operation!(inspectors::handlers::delete))
        .routes(operation!(inspectors::handlers::requests))
        .routes(operation!(inspectors::handlers::empty))
        .routes(operation!(render::render))
        .routes(operation!(filters::try_out))
        .routes(operation!(search::search))
        .routes(operation!(platforms::list))
        .routes(operation!(platforms::read))
        .routes(operation!(deliveries::handlers::of_webhook))
        .routes(operation!(deliveries::handlers::list))
        .routes(operation!(deliveries::handlers::read))
        .routes(operation!(deliveries::groups::groups))
        .routes(operation!(deliveries::handlers::retry))
        .routes(operation!(deliveries::handlers::replay))
        .routes(operation!(deliveries::handlers::cancel))
        .routes(operation!(replays::handlers::retry))
        .routes(operation!(replays::handlers::cancel))
        .routes(operation!(replays::handlers::begin))
        .routes(operation!(replays::handlers::list))
        .routes(operation!(replays::handlers::read))
        .routes(operation!(replays::handlers::stop))
        .routes(operation!(live::handlers::watch))
        .routes(operation!(overview::read))
        .routes(operation!(stats::handlers::read))
        .routes(operation!(stats::failures::read))
        .routes(operation!(stats::webhook::read))
        .routes(operation!(reports::list))
        .routes(operation!(reports::put))
        .routes(operation!(reports::read))
        .routes(operation!(reports::delete))
        .routes(operation!(reports::run))
        .routes(operation!(theme::read))
        .routes(operation!(theme::put))
        .routes(operation!(theme::delete))
        .routes(operation!(system::read))
        .routes(operation!(session::sign_in))
        .routes(operation!(session::read))
        .routes(operation!(session::sign_out))
        .routes(operation!(session::portal_link))
        .routes(operation!(tenants::create))
        .routes(operation!(tenants::list))
        .routes(operation!(tenants::read))
        .routes(operation!(tenants::change))
        .routes(operation!(tenants::delete))
        .routes(operation!(usage::read))
        .routes(operation!(notices::read))
        .routes(operation!(notices::change))
        .routes(operation!(audit::list))
        .routes(operation!(audit::export))
        .routes(operation!(audit::changes))
        .routes(operation!(keys::create))
        .routes(operation!(keys::list))
        .routes(operation!(keys::delete))
}

/// Where anybody can send to inspectors.
fn outside() -> axum::Router<Shared> {
    let door = inspectors::public::Door::new();
    let receive = move |State(app): State<Shared>, request: Request| async move { door.receive(&app, request).await };
    let receive = any(receive);
    let below = format!("{}{{id}}/{{*rest}}", inspectors::public::PLACE);
    axum::Router::new().route(&format!("{}{{id}}", inspectors::public::PLACE), receive.clone()).route(&below, receive)
}

/// A page of the dashboard, or a file of it.
fn page(dashboard: &Dashboard, request: &Request) -> Option<Response> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    reads.then(|| dashboard.answer(request.uri(), request.headers())).flatten()
}

/// The dashboard, whose portal is shown in frames where its links say so.
fn dashboard(app: &App) -> Dashboard {
    let (access, secure) = (app.access.clone(), app.secure);
    Dashboard::new(Arc::new(move |link, headers| {
        access.portal_origins(link, edge::auth::portal_cookie(headers, secure))
    }))
}

fn unknown_route(request: &Request) -> Problem {
    let path: String = request.uri().path().chars().take(200).collect();
    let detail = format!("there is nothing at `{path}`; GET /api/v1/openapi.json describes what there is");
    Problem::new(Code::UnknownRoute, detail)
}

async fn method_not_allowed(request: Request) -> Problem {
    let detail = format!("{} is not possible here; the header `Allow` names what is", request.method());
    Problem::new(Code::MethodNotAllowed, detail)
}

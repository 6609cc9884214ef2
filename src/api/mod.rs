//! The HTTP edge: parse, authorise, one domain call, answer.
//!
//! A request enters through [`edge::middleware`]: it gets an id, its key is looked up ([`access`]) and counted
//! ([`edge::rate_limit`]); then a handler reads what it needs ([`edge::extract`]), asks the caller for the tenant, which it gets only with the right scope,
//! calls the store or a stage, and shows the result in a view. Whatever goes wrong is a [`Problem`], to which
//! the edge adds the request's id. Everything under `/api` needs a key unless it is named in [`edge::middleware`].
//!
//! Nothing here survives a crash or needs to: what was answered is in the store, and what is held in memory (keys,
//! tenants, rates, readiness) is read from it again at start.

mod deliveries;
pub mod edge;
mod event_types;
mod events;
mod health;
mod keys;
mod openapi;
mod platforms;
mod render;
mod tenants;
mod webhooks;

use std::sync::Arc;

use axum::{extract::Request, middleware::from_fn_with_state};
use utoipa_axum::{router::OpenApiRouter, routes};

use edge::problem::{Code, Problem};

pub use edge::access::{self, Access};
pub use webhooks::sample::sample_event;

use crate::{
    clock::Clock,
    model::{RateLimit, RateUnit},
    post::Post,
    publish::{Catalogue, Enricher, route},
    store::Store,
};

/// Everything that handlers use.
#[derive(Clone)]
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Takes events in.
    pub router: Arc<route::Router>,
    /// The time.
    pub clock: Clock,
    /// Keys and tenants.
    pub access: Access,
    /// The event types there are.
    pub catalogue: Catalogue,
    /// Adds tenants' fields to events.
    pub enricher: Enricher,
    /// How much a caller may ask for.
    pub limits: Limits,
    /// Says whether requests can be made from a webhook's settings, and sends samples.
    pub post: Post,
}

type Shared = Arc<App>;

/// How much a caller may ask for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most bytes of an event's data.
    pub max_event_bytes: usize,
    /// The most bytes of a request that publishes events.
    pub max_body_bytes: usize,
    /// How often a tenant's key may call, unless it says otherwise itself.
    pub tenant_key_rate: RateLimit,
    /// How often an operator's key may call, unless it says otherwise itself.
    pub operator_key_rate: RateLimit,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_event_bytes: 256 << 10,
            max_body_bytes: 8 << 20,
            tenant_key_rate: RateLimit { limit: 600, per: RateUnit::Second },
            operator_key_rate: RateLimit { limit: 100_000, per: RateUnit::Second },
        }
    }
}

/// The whole API.
pub fn router(app: App) -> axum::Router {
    let shared: Shared = Arc::new(app);
    let (router, document) = documented().split_for_parts();
    let document = openapi::complete(document);
    router
        .route("/api/v1/openapi.json", axum::routing::get(move || openapi::answer(document.clone())))
        .merge(health::router(shared.clone()))
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(shared.clone(), edge::middleware::middleware))
        .with_state(shared)
}

fn documented() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::preamble())
        .routes(routes!(events::publish::publish, events::handlers::list))
        .routes(routes!(events::handlers::read))
        .routes(routes!(events::handlers::deliveries))
        .routes(routes!(event_types::handlers::list))
        .routes(routes!(
            event_types::handlers::read,
            event_types::handlers::put,
            event_types::handlers::change,
            event_types::handlers::delete
        ))
        .routes(routes!(event_types::handlers::add_version))
        .routes(routes!(event_types::handlers::sample))
        .routes(routes!(event_types::import::import))
        .routes(routes!(webhooks::handlers::create, webhooks::handlers::list))
        .routes(routes!(
            webhooks::handlers::read,
            webhooks::handlers::put,
            webhooks::handlers::change,
            webhooks::handlers::delete
        ))
        .routes(routes!(webhooks::secrets::read))
        .routes(routes!(webhooks::secrets::rotate))
        .routes(routes!(webhooks::test::test))
        .routes(routes!(render::render))
        .routes(routes!(platforms::list))
        .routes(routes!(platforms::read))
        .routes(routes!(deliveries::handlers::of_webhook))
        .routes(routes!(deliveries::handlers::list))
        .routes(routes!(deliveries::handlers::read))
        .routes(routes!(deliveries::handlers::retry))
        .routes(routes!(deliveries::handlers::cancel))
        .routes(routes!(tenants::create, tenants::list))
        .routes(routes!(tenants::read, tenants::change, tenants::delete))
        .routes(routes!(keys::create, keys::list))
        .routes(routes!(keys::delete))
}

async fn unknown_route(request: Request) -> Problem {
    let path: String = request.uri().path().chars().take(200).collect();
    let detail = format!("there is nothing at `{path}`; GET /api/v1/openapi.json describes what there is");
    Problem::new(Code::UnknownRoute, detail)
}

async fn method_not_allowed(request: Request) -> Problem {
    let detail = format!("{} is not possible here; the header `Allow` names what is", request.method());
    Problem::new(Code::MethodNotAllowed, detail)
}

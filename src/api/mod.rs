//! The HTTP edge: parse, authorise, one domain call, answer.
//!
//! A request enters through [`edge`]: it gets an id, its key is looked up ([`access`]) and counted ([`limit`]); then a
//! handler reads what it needs ([`extract`]), asks the caller for the tenant, which it gets only with the right scope,
//! calls the store or a stage, and shows the result in a view. Whatever goes wrong is a [`problem::Problem`], to which
//! the edge adds the request's id. Everything under `/api` needs a key unless it is named in [`is_public`].
//!
//! Nothing here survives a crash or needs to: what was answered is in the store, and what is held in memory (keys,
//! tenants, rates, readiness) is read from it again at start.

pub mod access;
mod deliveries;
mod delivery_view;
mod event_import;
mod event_types;
mod events;
mod extract;
mod handshake;
mod health;
mod keys;
mod limit;
mod merge_patch;
mod openapi;
mod page;
mod platforms;
mod preview;
mod problem;
mod publish;
mod sample;
mod secrets;
mod tenants;
mod test_send;
mod version;
mod webhook_input;
mod webhook_schema;
mod webhook_view;
mod webhooks;

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, header::CACHE_CONTROL};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use access::Access;
pub use sample::sample_event;

use crate::{
    clock::Clock,
    ingest::{Catalogue, Enricher},
    model::{RateLimit, RateUnit},
    post::Post,
    route,
    store::Store,
};
use problem::{Code, Problem};

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
        .layer(middleware::from_fn_with_state(shared.clone(), edge))
        .with_state(shared)
}

fn documented() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::preamble())
        .routes(routes!(publish::publish, events::list))
        .routes(routes!(events::read))
        .routes(routes!(events::deliveries))
        .routes(routes!(event_types::list))
        .routes(routes!(event_types::read, event_types::put, event_types::change, event_types::delete))
        .routes(routes!(event_types::add_version))
        .routes(routes!(event_types::sample))
        .routes(routes!(event_import::import))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::read, webhooks::put, webhooks::change, webhooks::delete))
        .routes(routes!(secrets::read))
        .routes(routes!(secrets::rotate))
        .routes(routes!(test_send::test))
        .routes(routes!(preview::render))
        .routes(routes!(platforms::list))
        .routes(routes!(platforms::read))
        .routes(routes!(deliveries::of_webhook))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::read))
        .routes(routes!(deliveries::retry))
        .routes(routes!(deliveries::cancel))
        .routes(routes!(tenants::create, tenants::list))
        .routes(routes!(tenants::read, tenants::change, tenants::delete))
        .routes(routes!(keys::create, keys::list))
        .routes(routes!(keys::delete))
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around every request: id, key, quota, and the body of a problem.
async fn edge(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers());
    let mut quota = None;
    let admitted = if is_public(request.uri().path()) {
        Ok(())
    } else {
        let (counted, caller) = app.access.admit(request.headers(), app.clock.now());
        quota = counted;
        caller.map(|caller| drop(request.extensions_mut().insert(caller)))
    };
    let mut response = match admitted {
        Ok(()) => {
            // A bug in one handler costs one request, with an answer that names it.
            let handled = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            handled.unwrap_or_else(|_| Problem::internal("a handler panicked").into_response())
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.write(&mut response, request_id.to_str().unwrap_or_default());
    }
    let headers = response.headers_mut();
    if let Some(quota) = quota {
        quota.write(headers);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(REQUEST_ID, request_id);
    response
}

/// Paths that need no key. The router matches paths as they are written, and so does this.
fn is_public(path: &str) -> bool {
    !path.starts_with("/api/") || path == "/api/v1/openapi.json"
}

/// The caller's own id for the request if it is one, otherwise a new one.
fn request_id(headers: &http::HeaderMap) -> HeaderValue {
    let fits = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let own = headers.get(REQUEST_ID).filter(|id| (1..=64).contains(&id.len()) && id.as_bytes().iter().all(fits));
    own.cloned().unwrap_or_else(|| {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let random: u128 = rand::random();
        let mut text = *b"req_00000000000000000000";
        for (place, digit) in text[4..].iter_mut().enumerate() {
            *digit = DIGITS[(random >> (5 * place)) as usize & 31];
        }
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("req_0"))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_request_id_is_kept_if_it_is_harmless() {
        let id = |value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            let headers = http::HeaderMap::from_iter([(REQUEST_ID, value)]);
            request_id(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(id("trace-7_A"), "trace-7_A");
        for bad in ["", "a b", "<script>", "é"] {
            let made = id(bad);
            assert!(made.starts_with("req_") && made.len() == 24, "{made}");
        }
        assert_ne!(id(""), id(""));
    }

    #[test]
    fn only_the_description_is_public_under_api() {
        for path in ["/api/v1/openapi.json", "/healthz", "/"] {
            assert!(is_public(path), "{path}");
        }
        for path in ["/api/v1/events", "/api/", "/api/v1/openapi.json/", "/api/v1/openapi.jsonx"] {
            assert!(!is_public(path), "{path}");
        }
    }
}

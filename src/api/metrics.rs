//! `/metrics`: what is measured, for Prometheus. At the API's address it needs an operator's key; a listener of its own,
//! which the operator keeps off public networks, needs none.

use axum::{
    Extension, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header::CONTENT_TYPE;

use super::{
    app::Shared,
    edge::problem::{Code, Problem},
};
use crate::{
    access::Caller,
    metrics::{self, Metrics},
};

/// At the API's address.
pub fn router() -> Router<Shared> {
    Router::new().route("/metrics", get(for_operators))
}

/// At an address of its own.
pub fn open_router(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(async move || text(&metrics)))
}

async fn for_operators(State(app): State<Shared>, Extension(caller): Extension<Caller>) -> Result<Response, Problem> {
    if !caller.is_operator() {
        let detail = "what is measured is about all tenants, so it needs an operator's key";
        return Err(Problem::new(Code::OperatorOnly, detail));
    }
    Ok(text(&app.metrics))
}

fn text(metrics: &Metrics) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.text()).into_response()
}

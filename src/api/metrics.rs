//! `/metrics`: what is measured, for Prometheus. At the API's address it needs an operator's key; a listener of its own,
//! which the operator keeps off public networks, needs none.

use axum::{
    Extension, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderMap,
    header::{ACCEPT, CONTENT_TYPE, VARY},
};

use super::{
    app::Shared,
    edge::problem::{Code, Problem},
};
use crate::{
    access::Caller,
    metrics::{Format, Metrics},
};

/// At the API's address.
pub fn router() -> Router<Shared> {
    Router::new().route("/metrics", get(for_operators))
}

/// At an address of its own.
pub fn open_router(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(async move |headers: HeaderMap| text(&metrics, &headers)))
}

async fn for_operators(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !caller.is_operator() {
        let detail = "what is measured is about all tenants, so it needs an operator's key";
        return Err(Problem::new(Code::OperatorOnly, detail));
    }
    Ok(text(&app.metrics, &headers))
}

fn text(metrics: &Metrics, headers: &HeaderMap) -> Response {
    let format = wanted(headers);
    ([(CONTENT_TYPE, format.content_type()), (VARY, "accept")], metrics.text(format)).into_response()
}

/// OpenMetrics, unless the request prefers plain text.
fn wanted(headers: &HeaderMap) -> Format {
    let accepted: Vec<(&str, f32)> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
            (name, quality.unwrap_or(1.0))
        })
        .collect();
    // The most specific range counts (RFC 9110, section 12.5.1).
    let quality = |ranges: [&str; 3]| {
        let of = |wanted: &str| {
            let named = accepted.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            named.map(|(_, quality)| *quality).reduce(f32::max)
        };
        ranges.into_iter().find_map(of).unwrap_or(0.0)
    };
    let plain = quality(["text/plain", "text/*", "*/*"]);
    let open = quality(["application/openmetrics-text", "application/*", "*/*"]);
    if plain > open { Format::Prometheus } else { Format::OpenMetrics }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_format_is_the_one_that_is_preferred() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        let older = "application/openmetrics-text; version=1.0.0; q=0.3, text/plain; version=0.0.4; q=0.5";
        for (accept, format) in [
            ("*/*", Format::OpenMetrics),
            (prometheus, Format::OpenMetrics),
            (older, Format::Prometheus),
            ("text/plain", Format::Prometheus),
            ("Text/Plain;version=0.0.4", Format::Prometheus),
            ("text/*;q=0.1, */*;q=0", Format::Prometheus),
            ("text/plain;q=0.5, */*", Format::OpenMetrics),
            ("image/png", Format::OpenMetrics),
            ("text/plain;q=x", Format::Prometheus),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(wanted(&headers), format, "{accept}");
        }
        assert_eq!(wanted(&HeaderMap::new()), Format::OpenMetrics);
    }
}

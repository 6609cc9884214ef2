//! How often each route is called, what it answers, and how long that takes.

use std::{
    fmt,
    hash::{Hash, Hasher},
    time::Duration,
};

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
};

use crate::metrics::{Metrics, SECONDS};

/// The API's counters. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct HttpMetrics {
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: Pattern,
    status: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Route {
    route: Pattern,
}

/// The pattern that a path matched, of which there are as many as the API has routes; all paths that match none are one.
/// The router shares the pattern's text, so that counting a request copies none.
#[derive(Clone, Debug)]
struct Pattern(Option<MatchedPath>);

impl HttpMetrics {
    /// Counts from zero, and registers itself.
    pub fn new(metrics: &Metrics) -> HttpMetrics {
        let seconds: Family<Route, Histogram> = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let http = HttpMetrics { requests: Family::default(), seconds };
        metrics.register("http_requests", "Requests to the API that were answered", http.requests.clone());
        metrics.register("http_request_seconds", "How long requests to the API took", http.seconds.clone());
        http
    }

    /// Counts an answer to a request for the route that its path matched, if it matched one.
    pub fn answered(&self, method: &Method, route: Option<MatchedPath>, status: StatusCode, took: Duration) {
        let route = Pattern(route);
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method: known(method), route, status: class(status) }).inc();
    }
}

impl Pattern {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("unmatched", MatchedPath::as_str)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Pattern {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

/// Anybody can make up a method; the label has a handful.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

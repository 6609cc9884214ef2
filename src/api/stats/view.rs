//! Sums as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::{EventType, FailureKind, TenantId, Timestamp, WebhookId},
    observe::{Count, Histogram, Measures, Span},
};

/// What was counted in one span of time.
#[derive(Serialize, ToSchema)]
#[schema(as = StatsPoint)]
pub struct PointView {
    /// When the span begins: a whole minute, hour or day of UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// With `by=webhook`, of which webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookId>,
    /// With `by=tenant`, of which tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// With `by=event_type`, of which type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<EventType>,
    #[serde(flatten)]
    pub sums: SumsView,
}

/// Counts, and how long things took.
#[derive(Serialize, ToSchema)]
#[schema(as = Sums)]
pub struct SumsView {
    /// Events accepted. Of a webhook there are none: its deliveries are counted.
    #[schema(example = 120)]
    events: u64,
    /// Bytes of their data.
    event_bytes: u64,
    /// Deliveries that came to be owed.
    deliveries: u64,
    /// Tries of deliveries. A request that carries a batch is a try of each of its deliveries.
    attempts: u64,
    /// Requests sent: none where no connection came about, and more than one for a try where a kept connection was replaced or the receiver
    /// had not processed the first.
    requests: u64,
    /// Deliveries that the receiver took.
    delivered: u64,
    /// Deliveries that were given up. One that is retried by hand then can end again.
    failed: u64,
    /// Deliveries that were cancelled. One that is retried by hand then and cancelled again counts twice.
    cancelled: u64,
    /// Of the tries, the share that did not fail: 0 to 1, rounded down to four digits, so it is 1 only if none failed. Null without a
    /// try.
    #[schema(example = 0.9984)]
    success_rate: Option<f64>,
    /// Of the deliveries that were tried for the first time, the share that this delivered; null without one.
    #[schema(example = 0.9916)]
    first_try_success_rate: Option<f64>,
    /// Tries that failed, by kind.
    failures: BTreeMap<FailureKind, u64>,
    /// Tries by the class of the answer's status; `none` where there was no answer.
    #[schema(example = json!({"2xx": 118, "5xx": 2}))]
    statuses: BTreeMap<String, u64>,
    /// How long it took from accepted to delivered.
    delivered_in: Option<SpanView>,
    /// How long requests took, from their begin to the end of the answer.
    request_time: Option<SpanView>,
    /// The same by phases, of requests that had them: kept connections have no look-up and no handshake.
    phases: PhasesView,
}

/// Within how many milliseconds half of them were done, and so on. Read from a histogram: at most 10 % beside the truth.
#[derive(Serialize, ToSchema)]
#[schema(as = Percentiles)]
pub struct SpanView {
    /// How many were measured.
    count: u64,
    p50_ms: f64,
    p90_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

/// How long the phases of requests took.
#[derive(Serialize, ToSchema)]
#[schema(as = Phases)]
pub struct PhasesView {
    dns: Option<SpanView>,
    connect: Option<SpanView>,
    tls: Option<SpanView>,
    first_byte: Option<SpanView>,
}

impl SpanView {
    fn of(histogram: &Histogram) -> Option<SpanView> {
        let at = |share| histogram.quantile(share).map(|micros| micros as f64 / 1e3);
        Some(SpanView {
            count: histogram.count(),
            p50_ms: at(0.5)?,
            p90_ms: at(0.9)?,
            p95_ms: at(0.95)?,
            p99_ms: at(0.99)?,
        })
    }
}

impl SumsView {
    pub fn of(measures: &Measures) -> SumsView {
        let attempts = measures.count(Count::Attempts);
        let failures: BTreeMap<FailureKind, u64> = measures.failures().collect();
        let failed: u64 = failures.values().sum();
        let (first_tries, first_successes) = (measures.count(Count::FirstTries), measures.count(Count::FirstSuccesses));
        let class = |class: Option<u8>| class.map_or("none".to_owned(), |class| format!("{class}xx"));
        SumsView {
            events: measures.count(Count::Events),
            event_bytes: measures.count(Count::EventBytes),
            deliveries: measures.count(Count::Deliveries),
            attempts,
            requests: measures.count(Count::Requests),
            delivered: measures.count(Count::Delivered),
            failed: measures.count(Count::Failed),
            cancelled: measures.count(Count::Cancelled),
            success_rate: success_rate(attempts, failed),
            first_try_success_rate: success_rate(first_tries, first_tries.saturating_sub(first_successes)),
            failures,
            statuses: measures.classes().map(|(of, count)| (class(of), count)).collect(),
            delivered_in: SpanView::of(measures.span(Span::Waited)),
            request_time: SpanView::of(measures.span(Span::Total)),
            phases: PhasesView {
                dns: SpanView::of(measures.span(Span::Dns)),
                connect: SpanView::of(measures.span(Span::Connect)),
                tls: SpanView::of(measures.span(Span::Tls)),
                first_byte: SpanView::of(measures.span(Span::FirstByte)),
            },
        }
    }
}

/// The share of tries that did not fail.
fn success_rate(attempts: u64, failed: u64) -> Option<f64> {
    let succeeded = u128::from(attempts.saturating_sub(failed));
    (succeeded * 10_000).checked_div(u128::from(attempts)).map(|share| share as f64 / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_one_only_if_nothing_failed() {
        assert_eq!(success_rate(0, 0), None);
        assert_eq!(
            [(3, 0), (3, 1), (3, 3), (1_000_000, 1)].map(|(all, failed)| success_rate(all, failed).unwrap()),
            [1.0, 0.6666, 0.0, 0.9999]
        );
    }
}

//! What is shown of a webhook at one look.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::SumsView;
use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{Id, NoParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead},
        },
    },
    model::{FailureKind, Timestamp},
    observe::{Bucket, Count, Grain, Measures, Scope},
    store::{SeriesPoint, SeriesQuery, Types},
};

const MINUTE: i64 = 60_000;

/// How a webhook did lately.
#[derive(Serialize, ToSchema)]
pub struct WebhookStats {
    /// Deliveries that were delivered and given up since it was made.
    delivered: u64,
    failed: u64,
    /// When it was tried last, and how that came out.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_attempt_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_failure_at: Option<Timestamp>,
    /// The last 24 hours, this minute included.
    last_24h: SumsView,
    /// The last 60 minutes, one by one: the last is the present one.
    minutes: Strip,
    /// The last 24 hours in half-hours: the last is the present one.
    half_hours: Strip,
}

/// Spans of the same length, oldest first, also those in which nothing was counted: a number for each.
#[derive(Serialize, ToSchema, PartialEq, Debug)]
pub struct Strip {
    /// The begin of the first.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// How long each is, in seconds.
    seconds: u64,
    /// Tries that did not fail.
    succeeded: Vec<u64>,
    /// Tries that the receiver asked to put off.
    throttled: Vec<u64>,
    /// Tries that failed otherwise.
    failed: Vec<u64>,
    /// Deliveries that came to be owed.
    deliveries: Vec<u64>,
}

/// Read how a webhook did lately
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/stats", tag = "statistics", operation_id = "readWebhookStats",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "How it did", body = WebhookStats))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<WebhookStats>, Problem> {
    let webhook = app.webhooks.find(tenant, &id)?;
    let present = Grain::Minute.bucket(app.clock.now());
    let to = Bucket(present.0 + MINUTE);
    // Half-hours are whole ones, so the first may be a little more than a day ago.
    let from = Bucket((present.0 / (30 * MINUTE) - 47) * 30 * MINUTE);
    let query = SeriesQuery {
        scope: Scope::Webhook(webhook.key),
        tenant: Some(tenant),
        types: Types::Together,
        grain: Grain::Minute,
        from,
        to,
        limit: 48 * 30,
    };
    let points = app.store.series(tenant, query).await?;
    let counters = app.store.counters(vec![webhook.key]).await?.into_iter().next().unwrap_or_default();
    let mut day = Measures::default();
    points
        .iter()
        .filter(|point| point.at.0 > present.0 - 24 * 60 * MINUTE)
        .for_each(|point| day.merge(&point.measures));
    Ok(Json(WebhookStats {
        delivered: counters.delivered,
        failed: counters.failed,
        last_attempt_at: counters.last_attempt_at,
        last_success_at: counters.last_success_at,
        last_failure_at: counters.last_failure_at,
        last_24h: SumsView::of(&day),
        minutes: strip(&points, present.0 - 59 * MINUTE, 1, 60),
        half_hours: strip(&points, from.0, 30, 48),
    }))
}

/// So many spans of so many minutes.
fn strip(points: &[SeriesPoint], from: i64, minutes: i64, count: usize) -> Strip {
    let mut sums = vec![Measures::default(); count];
    for point in points {
        let place = usize::try_from((point.at.0 - from).div_euclid(minutes * MINUTE));
        if let Some(sum) = place.ok().and_then(|place| sums.get_mut(place)) {
            sum.merge(&point.measures);
        }
    }
    let length = Duration::from_millis((minutes * MINUTE).unsigned_abs());
    let parted: Vec<Tries> = sums.iter().map(Tries::of).collect();
    Strip {
        from: Timestamp::from_millis(from),
        seconds: length.as_secs(),
        succeeded: parted.iter().map(|tries| tries.succeeded).collect(),
        throttled: parted.iter().map(|tries| tries.throttled).collect(),
        failed: parted.iter().map(|tries| tries.failed).collect(),
        deliveries: sums.iter().map(|sum| sum.count(Count::Deliveries)).collect(),
    }
}

/// Tries by how they came out.
struct Tries {
    succeeded: u64,
    throttled: u64,
    failed: u64,
}

impl Tries {
    fn of(measures: &Measures) -> Tries {
        let (mut throttled, mut failed) = (0, 0);
        for (kind, count) in measures.failures() {
            match kind {
                FailureKind::Throttled => throttled += count,
                _ => failed += count,
            }
        }
        Tries { succeeded: measures.count(Count::Attempts).saturating_sub(throttled + failed), throttled, failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_has_every_span_and_what_is_beside_it_is_in_none() {
        let point = |minute: i64, failure| {
            let mut measures = Measures::default();
            measures.tried(failure, None);
            SeriesPoint { at: Bucket(minute * MINUTE), event_type: None, measures }
        };
        let throttled = Some(FailureKind::Throttled);
        let points =
            [point(9, None), point(10, None), point(39, throttled), point(40, Some(FailureKind::Dns)), point(70, None)];
        let expected = Strip {
            from: Timestamp::from_millis(10 * MINUTE),
            seconds: 1_800,
            succeeded: vec![1, 0],
            throttled: vec![1, 0],
            failed: vec![0, 1],
            deliveries: vec![0, 0],
        };
        assert_eq!(strip(&points, 10 * MINUTE, 30, 2), expected);
    }
}

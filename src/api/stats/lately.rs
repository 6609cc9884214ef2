//! How the last day was: its sums, and strips of it.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::view::SumsView;
use crate::{
    model::{TenantKey, Timestamp},
    observe::{Bucket, Count, Grain, Measures, Scope, Tries},
    store::{SeriesPoint, SeriesQuery, Types},
};

const MINUTE: i64 = 60_000;
const DAY: Duration = Duration::from_secs(86_400);

/// How the last day was.
#[derive(Serialize, ToSchema)]
pub struct Lately {
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

/// What is to be read for it.
pub fn query(scope: Scope, tenant: Option<TenantKey>, now: Timestamp) -> SeriesQuery {
    let to = Bucket(Grain::Minute.bucket(now).0 + MINUTE);
    SeriesQuery {
        scopes: vec![scope],
        tenant,
        types: Types::Together,
        grain: Grain::Minute,
        is_whole: false,
        from: first_half_hour(now).min(first_minute(now)),
        to,
        limit: 24 * 60,
    }
}

/// Of a day that ends with the present minute.
fn first_minute(now: Timestamp) -> Bucket {
    Bucket(Grain::Minute.bucket(now).0 - (24 * 60 - 1) * MINUTE)
}

/// Half-hours are whole ones, and the present one is the last of 48: they begin less than a day ago.
fn first_half_hour(now: Timestamp) -> Bucket {
    Bucket((now.millis().div_euclid(30 * MINUTE) - 47) * 30 * MINUTE)
}

/// All of so long a time, the present minute included.
pub fn sum(points: &[SeriesPoint], now: Timestamp, time: Duration) -> Measures {
    // The present minute is one of them.
    let from = Grain::Minute.bucket(now).begins() - time;
    let mut sum = Measures::default();
    points.iter().filter(|point| point.at.begins() > from).for_each(|point| sum.merge(&point.measures));
    sum
}

impl Lately {
    /// Of what was read.
    pub fn of(points: &[SeriesPoint], now: Timestamp) -> Lately {
        Lately {
            last_24h: SumsView::of(&sum(points, now, DAY)),
            minutes: strip(points, Grain::Minute.bucket(now).0 - 59 * MINUTE, 1, 60),
            half_hours: strip(points, first_half_hour(now).0, 30, 48),
        }
    }
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
    let parted: Vec<Tries> = sums.iter().map(Measures::tries).collect();
    Strip {
        from: Timestamp::from_millis(from),
        seconds: length.as_secs(),
        succeeded: parted.iter().map(|tries| tries.succeeded).collect(),
        throttled: parted.iter().map(|tries| tries.throttled).collect(),
        failed: parted.iter().map(|tries| tries.failed).collect(),
        deliveries: sums.iter().map(|sum| sum.count(Count::Deliveries)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;

    #[test]
    fn a_strip_has_every_span_and_what_is_beside_it_is_in_none() {
        let point = |minute: i64, failure| {
            let mut measures = Measures::default();
            measures.tried(failure, None);
            SeriesPoint { at: Bucket(minute * MINUTE), scope: Scope::Node, event_type: None, measures }
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

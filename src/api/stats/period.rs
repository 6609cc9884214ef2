//! Of which time, in spans of which length: what all statistics are asked for.

use std::time::Duration;

use utoipa::IntoParams;

use crate::{
    api::edge::{
        extract::{FromQuery, Query, one_of, time},
        problem::Problem,
    },
    model::{Granularity, Span, Timestamp},
    observe::{Bucket, Grain},
};

/// How long the spans are, for the store.
fn grain(granularity: Granularity) -> Grain {
    match granularity {
        Granularity::Minute => Grain::Minute,
        Granularity::Hour => Grain::Hour,
        Granularity::Day => Grain::Day,
    }
}

/// How much is shown where nothing else is asked for.
fn usual(granularity: Granularity) -> Duration {
    const DAY: u64 = 86_400;
    Duration::from_secs(match granularity {
        Granularity::Minute => 3_600,
        Granularity::Hour => DAY,
        Granularity::Day => 30 * DAY,
    })
}

/// Of which time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodParams {
    /// How long each span is, and so how exactly it is told when something was. Minutes are kept for 3 days, hours for 100, days for ever.
    #[param(inline, value_type = Option<Granularity>)]
    pub(super) granularity: Granularity,
    /// So long until now, the span that is under way included: `7d`. Instead of `from` and `to`.
    #[param(value_type = Option<Span>)]
    pub(super) last: Option<Span>,
    /// From the span in which this time is. Without it, an hour of minutes, a day of hours or thirty days.
    #[param(value_type = Option<String>, format = DateTime)]
    pub(super) from: Option<Timestamp>,
    /// Up to the span in which this time is, if it is not its begin. Without it, now.
    #[param(value_type = Option<String>, format = DateTime)]
    pub(super) to: Option<Timestamp>,
}

impl FromQuery for PeriodParams {
    fn read(query: &mut Query<'_>) -> Result<PeriodParams, Problem> {
        Ok(PeriodParams {
            granularity: query.take("granularity", one_of("minute, hour, day"))?.unwrap_or_default(),
            last: query.take("last", Span::parse)?,
            from: query.take("from", time)?,
            to: query.take("to", time)?,
        })
    }
}

impl PeriodParams {
    /// How long the spans are.
    pub(super) fn grain(&self) -> Grain {
        grain(self.granularity)
    }

    /// The first span, and the one after the last.
    pub(super) fn spans(&self, now: Timestamp) -> Result<(Bucket, Bucket), Problem> {
        let grain = self.grain();
        if let Some(last) = self.last {
            if self.from.is_some() || self.to.is_some() {
                return Err(Problem::parameter("last", "is a time by itself; leave it out, or `from` and `to`"));
            }
            if last.0.is_zero() {
                return Err(Problem::parameter("last", "is longer than nothing, like `24h` or `7d`"));
            }
        }
        let end = grain.bucket(self.to.unwrap_or(now));
        let end = if self.to == Some(end.begins()) { end } else { grain.bucket(end.begins() + grain.length()) };
        let length = self.last.map_or_else(|| usual(self.granularity), |last| last.0);
        let before_end = || grain.bucket(Timestamp::from_millis((end.begins() - length).millis().max(0)));
        let from = self.from.map_or_else(before_end, |from| grain.bucket(from));
        if from >= end {
            return Err(Problem::parameter("from", "is not before `to`"));
        }
        if from.0 < 0 {
            return Err(Problem::parameter("from", "is a time of which nothing can be known; the first is 1970"));
        }
        Ok((from, end))
    }
}

//! Of which time, in spans of which length: what all statistics are asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::edge::{
        extract::{FromQuery, Query, one_of, time},
        problem::Problem,
    },
    model::Timestamp,
    observe::{Bucket, Grain},
};

/// How long the spans are that are summed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    Minute,
    Hour,
    Day,
}

impl Granularity {
    /// The same for the store.
    pub(super) fn grain(self) -> Grain {
        match self {
            Granularity::Minute => Grain::Minute,
            Granularity::Hour => Grain::Hour,
            Granularity::Day => Grain::Day,
        }
    }

    /// How much is shown where nothing else is asked for.
    fn usual(self) -> Duration {
        const DAY: u64 = 86_400;
        Duration::from_secs(match self {
            Granularity::Minute => 3_600,
            Granularity::Hour => DAY,
            Granularity::Day => 30 * DAY,
        })
    }
}

/// Of which time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodParams {
    /// How long each span is, and so how exactly it is told when something was. Minutes are kept for 3 days, hours for 100, days for ever.
    #[param(inline, value_type = Option<Granularity>)]
    pub(super) granularity: Granularity,
    /// From the span in which this time is. Without it, an hour of minutes, a day of hours or thirty days.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Up to the span in which this time is, if it is not its begin. Without it, now.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

impl FromQuery for PeriodParams {
    fn read(query: &mut Query<'_>) -> Result<PeriodParams, Problem> {
        Ok(PeriodParams {
            granularity: query.take("granularity", one_of("minute, hour, day"))?.unwrap_or(Granularity::Hour),
            from: query.take("from", time)?,
            to: query.take("to", time)?,
        })
    }
}

impl PeriodParams {
    /// The first span, and the one after the last.
    pub(super) fn spans(&self, now: Timestamp) -> Result<(Bucket, Bucket), Problem> {
        let grain = self.granularity.grain();
        let end = grain.bucket(self.to.unwrap_or(now));
        let end = if self.to == Some(end.begins()) { end } else { grain.bucket(end.begins() + grain.length()) };
        let usual = || Bucket((end.begins() - self.granularity.usual()).millis().max(0));
        let from = self.from.map_or_else(usual, |from| grain.bucket(from));
        if from >= end {
            return Err(Problem::parameter("from", "is not before `to`"));
        }
        if from.0 < 0 {
            return Err(Problem::parameter("from", "is a time of which nothing can be known; the first is 1970"));
        }
        Ok((from, end))
    }
}

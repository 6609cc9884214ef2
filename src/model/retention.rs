//! What a tenant keeps for a shorter time than the server does.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

use super::Span;

/// The shortest time that can be set, and the most deliveries.
const SHORTEST: Duration = Duration::from_secs(60);
const MOST_NEWEST: u32 = 100_000;

/// How long what has ended is kept. The server's `retention` is the longest; what is owed, or what a replay has yet to come to, always
/// stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// For how long deliveries that have ended are kept, with their attempts and events, and events that nobody was owed: a minute at
    /// least. What is longer than the server's `retention` counts as that.
    #[serde(default, deserialize_with = "long_enough")]
    #[schema(value_type = Option<String>, example = "7d")]
    pub ended: Option<Span>,
    /// How many deliveries that have ended are kept of each webhook, the newest: 1 to 100,000. An event stays as long as one of its
    /// deliveries.
    #[serde(default, deserialize_with = "in_bounds")]
    #[schema(minimum = 1, maximum = 100_000, example = 1000)]
    pub newest_per_webhook: Option<u32>,
}

fn long_enough<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
    match Option::<Span>::deserialize(deserializer)? {
        Some(span) if span.0 < SHORTEST => Err(D::Error::custom("is a minute at least, like `1m`")),
        span => Ok(span),
    }
}

fn in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(count) if !(1..=MOST_NEWEST).contains(&count) => {
            Err(D::Error::custom(format!("is 1 to {MOST_NEWEST}, this is {count}")))
        }
        count => Ok(count),
    }
}

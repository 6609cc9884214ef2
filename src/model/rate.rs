//! How often something may be done.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// At most `limit` in each `per`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many: 1 to 10,000,000.
    #[serde(deserialize_with = "rate_in_bounds")]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub limit: u32,
    /// In which time.
    pub per: RateUnit,
}

impl RateLimit {
    /// The highest `limit`.
    pub const MOST: u32 = 10_000_000;
}

fn rate_in_bounds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let limit = u32::deserialize(deserializer)?;
    if (1..=RateLimit::MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(serde::de::Error::custom(format!("limit is from 1 to 10000000, not {limit}; to hold a webhook, pause it")))
}

/// The time a rate counts in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// 1 s
    Second,
    /// 60 s
    Minute,
    /// 3,600 s
    Hour,
    /// 86,400 s
    Day,
}

impl RateUnit {
    /// Its length in milliseconds.
    pub const fn millis(self) -> u64 {
        match self {
            RateUnit::Second => 1_000,
            RateUnit::Minute => 60_000,
            RateUnit::Hour => 3_600_000,
            RateUnit::Day => 86_400_000,
        }
    }
}

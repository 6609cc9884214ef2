//! Whose numbers they are, and of which time.

use std::time::Duration;

use crate::model::{EventType, TenantKey, Timestamp, WebhookKey};

/// Whose numbers these are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// Everybody's.
    Node,
    /// One tenant's.
    Tenant(TenantKey),
    /// One webhook's.
    Webhook(WebhookKey),
}

/// How long a bucket of time is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grain {
    Minute,
    Hour,
    Day,
}

impl Grain {
    /// From the shortest.
    pub const ALL: [Grain; 3] = [Grain::Minute, Grain::Hour, Grain::Day];

    pub fn length(self) -> Duration {
        Duration::from_secs(match self {
            Grain::Minute => 60,
            Grain::Hour => 3_600,
            Grain::Day => 86_400,
        })
    }

    /// The bucket in which this time is.
    pub fn bucket(self, at: Timestamp) -> Bucket {
        let length = self.length().as_millis() as i64;
        Bucket(at.millis().div_euclid(length) * length)
    }
}

/// When a bucket begins: a whole minute, hour or day of UTC, in milliseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bucket(pub i64);

impl Bucket {
    pub fn begins(self) -> Timestamp {
        Timestamp::from_millis(self.0)
    }
}

/// What one sum is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slot {
    pub scope: Scope,
    /// Of one type, or of all.
    pub event_type: Option<EventType>,
    pub minute: Bucket,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_begins_at_a_whole_minute_hour_or_day() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let begins = ["2026-11-30T23:59:00Z", "2026-11-30T23:00:00Z", "2026-11-30T00:00:00Z"].map(at);
        assert_eq!(Grain::ALL.map(|grain| grain.bucket(at("2026-11-30T23:59:59.999Z")).begins()), begins);
        // Before 1970, too.
        let begins = Grain::ALL.map(|grain| grain.bucket(Timestamp::from_millis(-1)).0);
        assert_eq!(begins, [-60_000, -3_600_000, -86_400_000]);
    }
}

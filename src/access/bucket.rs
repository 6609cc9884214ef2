//! How often a key or a tenant may call: a token bucket in one atomic number.
//!
//! The number is the instant at which the bucket will be full again (the "theoretical arrival time" of the generic
//! cell rate algorithm). Taking a token moves it on by the time that one token takes to come back; a request for which
//! it would lie more than a whole window ahead is refused. No lock, no timer, no allocation.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use crate::model::{RateLimit, Timestamp};

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// A bucket that is emptier than empty by so much tells that the clock was set back: it begins anew. Less is only another thread
/// that looked at the clock a moment ago.
const SET_BACK: i64 = NANOS_PER_SECOND;

/// A token bucket that holds `limit` tokens and fills within `per`.
#[derive(Debug)]
pub struct Bucket {
    /// Nanoseconds since 1970.
    full_at: AtomicI64,
    per_token: i64,
    window: i64,
    whose: Whose,
    rate: RateLimit,
}

/// Whose requests a bucket counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// One API key's.
    Key,
    /// All of a tenant's keys'.
    Tenant,
    /// Those without a valid key.
    Nobody,
}

/// What a bucket said to one request.
#[derive(Clone, Debug)]
pub struct Quota {
    /// Whose it is.
    pub whose: Whose,
    /// Whether there was a token.
    pub allowed: bool,
    /// How many are left.
    pub remaining: u32,
    /// How long until one comes back, if there was none.
    pub retry_after: Duration,
    /// How long until the bucket is full.
    pub reset_after: Duration,
    /// How many tokens the bucket holds, and how fast it fills.
    pub rate: RateLimit,
    /// When it was asked.
    pub at: Timestamp,
}

impl Bucket {
    /// A full bucket.
    pub fn new(whose: Whose, rate: RateLimit) -> Bucket {
        let limit = i64::from(rate.limit.max(1));
        let per_token = rate.per.millis() as i64 * NANOS_PER_MILLI / limit;
        Bucket { full_at: AtomicI64::new(0), per_token, window: per_token * limit, whose, rate }
    }

    /// How many tokens it holds, and how fast it fills.
    pub fn rate(&self) -> RateLimit {
        self.rate
    }

    /// Takes a token, if there is one.
    pub fn take(&self, now: Timestamp) -> Quota {
        let at = now.millis() * NANOS_PER_MILLI;
        let empty = at + self.window;
        let after = |full_at: i64| {
            let full_at = if full_at > empty + SET_BACK { at } else { full_at.clamp(at, empty) };
            let next = full_at + self.per_token;
            if next <= empty { (true, next) } else { (false, full_at) }
        };
        let before = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            let (_, next) = after(full_at);
            (next != full_at).then_some(next)
        });
        let (allowed, full_at) = after(before.unwrap_or_else(|unchanged| unchanged));
        let missing = full_at - at;
        let nanos = |nanos: i64| Duration::from_nanos(nanos.max(0) as u64);
        Quota {
            whose: self.whose,
            allowed,
            remaining: ((self.window - missing) / self.per_token) as u32,
            retry_after: if allowed { Duration::ZERO } else { nanos(missing + self.per_token - self.window) },
            reset_after: nanos(missing),
            rate: self.rate,
            at: now,
        }
    }
}

impl Quota {
    /// Whole seconds to wait, at least one.
    pub fn retry_after_seconds(&self) -> u64 {
        seconds_up(self.retry_after).max(1)
    }

    /// The one of two that ends first: that which refused, else that of which less is left.
    pub fn nearer(self, other: Quota) -> Quota {
        let ends_first = |quota: &Quota| (quota.allowed, quota.remaining);
        if ends_first(&other) < ends_first(&self) { other } else { self }
    }

    /// Whole seconds until the bucket is full.
    pub fn reset_after_seconds(&self) -> u64 {
        seconds_up(self.reset_after)
    }
}

fn seconds_up(span: Duration) -> u64 {
    (span.as_nanos() as u64).div_ceil(NANOS_PER_SECOND as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateUnit;

    fn bucket(limit: u32, per: RateUnit) -> Bucket {
        Bucket::new(Whose::Key, RateLimit { limit, per })
    }

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn a_bucket_empties_and_fills_evenly() {
        let bucket = bucket(3, RateUnit::Minute);
        let remaining: Vec<_> = (0..3).map(|_| bucket.take(NOW).remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        let refused = bucket.take(NOW);
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after_seconds(), 20);
        assert!(!bucket.take(NOW + Duration::from_millis(19_999)).allowed);
        assert!(bucket.take(NOW + Duration::from_secs(20)).allowed);
        assert!(!bucket.take(NOW + Duration::from_secs(20)).allowed);
        assert_eq!(bucket.take(NOW + Duration::from_secs(600)).remaining, 2, "it never holds more than its limit");
    }

    #[test]
    fn a_bucket_does_not_wait_for_a_clock_that_was_set_back_to_catch_up() {
        let bucket = bucket(10, RateUnit::Hour);
        let emptied = |now: Timestamp| (0..20).filter(|_| bucket.take(now).allowed).count();
        assert_eq!(emptied(NOW + Duration::from_secs(86_400)), 10);
        assert_eq!(emptied(NOW), 10);
        assert_eq!(emptied(NOW - Duration::from_millis(999)), 0, "another thread's clock may be a little behind");
    }

    #[test]
    fn requests_at_one_time_share_the_tokens_exactly() {
        let bucket = bucket(1000, RateUnit::Hour);
        let allowed = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..400 {
                        if bucket.take(NOW).allowed {
                            allowed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(allowed.into_inner(), 1000);
    }
}

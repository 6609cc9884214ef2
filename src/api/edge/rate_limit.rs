//! How often a key may call: a token bucket in one atomic number, and the headers that tell how full it is.
//!
//! The number is the instant at which the bucket will be full again (the "theoretical arrival time" of the generic
//! cell rate algorithm). Taking a token moves it on by the time that one token takes to come back; a request for which
//! it would lie more than a whole window ahead is refused. No lock, no timer, no allocation.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::model::{RateLimit, Timestamp};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A token bucket that holds `limit` tokens and fills within `per`.
#[derive(Debug)]
pub struct Bucket {
    /// Nanoseconds since 1970.
    full_at: AtomicI64,
    per_token: i64,
    window: i64,
    policy: HeaderValue,
    limit: HeaderValue,
}

/// What a bucket said to one request.
#[derive(Clone, Debug)]
pub struct Quota {
    /// Whether there was a token.
    pub allowed: bool,
    /// How many are left.
    pub remaining: u32,
    /// How long until one comes back, if there was none.
    pub retry_after: Duration,
    /// How long until the bucket is full.
    pub reset_after: Duration,
    now: Timestamp,
    policy: HeaderValue,
    limit: HeaderValue,
}

impl Bucket {
    /// A full bucket.
    pub fn new(rate: RateLimit) -> Bucket {
        let limit = i64::from(rate.limit.max(1));
        let per_token = rate.per.millis() as i64 * NANOS_PER_MILLI / limit;
        let policy = format!("\"default\";q={limit};w={}", rate.per.millis() / 1000);
        Bucket {
            full_at: AtomicI64::new(0),
            per_token,
            window: per_token * limit,
            policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("\"default\"")),
            limit: limit.into(),
        }
    }

    /// Takes a token, if there is one.
    pub fn take(&self, now: Timestamp) -> Quota {
        let at = now.millis() * NANOS_PER_MILLI;
        let empty = at + self.window;
        // A bucket cannot be emptier than empty, also after the clock went back.
        let after = |full_at: i64| {
            let next = full_at.clamp(at, empty) + self.per_token;
            if next <= empty { (true, next) } else { (false, full_at.clamp(at, empty)) }
        };
        let before = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            let (_, next) = after(full_at);
            (next != full_at).then_some(next)
        });
        let (allowed, full_at) = after(before.unwrap_or_else(|unchanged| unchanged));
        let missing = full_at - at;
        let nanos = |nanos: i64| Duration::from_nanos(nanos.max(0) as u64);
        Quota {
            allowed,
            remaining: ((self.window - missing) / self.per_token) as u32,
            retry_after: if allowed { Duration::ZERO } else { nanos(missing + self.per_token - self.window) },
            reset_after: nanos(missing),
            now,
            policy: self.policy.clone(),
            limit: self.limit.clone(),
        }
    }
}

impl Quota {
    /// Whole seconds to wait, at least one.
    pub fn retry_after_seconds(&self) -> u64 {
        seconds_up(self.retry_after).max(1)
    }

    /// Adds `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers: structured fields, `t` in seconds
    /// from now) and the older `X-RateLimit-*` (`Reset` in Unix seconds).
    pub fn write(self, headers: &mut HeaderMap) {
        let reset = seconds_up(self.reset_after);
        let state = short_value(format_args!("\"default\";r={};t={reset}", self.remaining));
        headers.insert(POLICY, self.policy);
        headers.insert(STATE, state);
        headers.insert(X_LIMIT, self.limit);
        headers.insert(X_REMAINING, self.remaining.into());
        headers.insert(X_RESET, (self.now.seconds() + reset as i64).into());
    }
}

/// Formats on the stack, so that the value's own bytes are the only allocation.
fn short_value(text: std::fmt::Arguments<'_>) -> HeaderValue {
    use std::io::Write;
    let mut buffer = [0u8; 64];
    let mut rest = &mut buffer[..];
    let fitted = rest.write_fmt(text).is_ok();
    let length = 64 - rest.len();
    HeaderValue::from_bytes(&buffer[..if fitted { length } else { 0 }]).unwrap_or(HeaderValue::from_static(""))
}

fn seconds_up(span: Duration) -> u64 {
    (span.as_nanos() as u64).div_ceil(NANOS_PER_SECOND as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateUnit;

    fn bucket(limit: u32, per: RateUnit) -> Bucket {
        Bucket::new(RateLimit { limit, per })
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
    fn a_clock_that_goes_back_costs_at_most_one_window() {
        let bucket = bucket(10, RateUnit::Second);
        for _ in 0..10 {
            assert!(bucket.take(NOW + Duration::from_secs(86_400)).allowed);
        }
        assert!(!bucket.take(NOW).allowed);
        assert!(bucket.take(NOW + Duration::from_secs(1)).allowed);
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

    #[test]
    fn headers_tell_the_state() {
        let bucket = bucket(600, RateUnit::Second);
        let mut headers = HeaderMap::new();
        bucket.take(NOW).write(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"default\";q=600;w=1");
        assert_eq!(headers["ratelimit"], "\"default\";r=599;t=1");
        assert_eq!(headers["x-ratelimit-limit"], "600");
        assert_eq!(headers["x-ratelimit-remaining"], "599");
        assert_eq!(headers["x-ratelimit-reset"], "1800000001");
    }
}

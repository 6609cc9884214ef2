//! The headers that tell a caller how much of its quota is left.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::access::{Quota, Whose};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Adds, of the quota that ends first, `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers: structured fields, `t` in seconds from
/// now) and the older `X-RateLimit-*` (`Reset` in Unix seconds). Of a request that it refused, `t` is what `Retry-After` says, so that
/// a client can follow either.
pub fn write(quota: &Quota, headers: &mut HeaderMap) {
    let name = match quota.whose {
        Whose::Key => "key",
        Whose::Nobody => "no_key",
        Whose::Tenant => "tenant",
    };
    let (limit, window) = (quota.rate.limit, quota.rate.per.millis() / 1000);
    let reset = if quota.allowed { quota.reset_after_seconds() } else { quota.retry_after_seconds() };
    headers.insert(POLICY, short_value(format_args!("\"{name}\";q={limit};w={window}")));
    headers.insert(STATE, short_value(format_args!("\"{name}\";r={};t={reset}", quota.remaining)));
    headers.insert(X_LIMIT, limit.into());
    headers.insert(X_REMAINING, quota.remaining.into());
    headers.insert(X_RESET, (quota.at.seconds() + reset as i64).into());
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{RateLimit, RateUnit, Timestamp};

    #[test]
    fn headers_tell_the_state() {
        let quota = Quota {
            whose: Whose::Tenant,
            allowed: true,
            remaining: 599,
            retry_after: Duration::ZERO,
            reset_after: Duration::from_millis(2),
            rate: RateLimit { limit: 600, per: RateUnit::Second },
            at: Timestamp::from_millis(1_800_000_000_000),
        };
        let mut headers = HeaderMap::new();
        write(&quota, &mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"tenant\";q=600;w=1");
        assert_eq!(headers["ratelimit"], "\"tenant\";r=599;t=1");
        assert_eq!(headers["x-ratelimit-limit"], "600");
        assert_eq!(headers["x-ratelimit-remaining"], "599");
        assert_eq!(headers["x-ratelimit-reset"], "1800000001");
    }
}

//! How long a receiver asks to be left alone: an answer's status and headers enter, and a time leaves. Pure; the time is passed in.
//!
//! RFC 9110 knows whole seconds and dates. Receivers of the world also write fractions, units, other dates and the time of day, and
//! they mean something by it.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::{civil::DateTime, fmt::rfc2822, tz::TimeZone};

use crate::model::Timestamp;

/// The longest wait that is read.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);
/// Who has no `Retry-After` may have one of these, in seconds from now: Discord's, and that of the drafts of RateLimit headers.
const BESIDES: [&str; 2] = ["x-ratelimit-reset-after", "ratelimit-reset"];
/// How seconds since 1970 look, and milliseconds: those from 2001 to 2286. Nobody asks to wait for thirty years.
const UNIX_SECONDS: std::ops::Range<f64> = 1e9..1e10;
const UNIX_MILLIS: std::ops::Range<f64> = 1e12..1e13;

/// How long the receiver asks to be left alone, if it does.
pub(super) fn asked_for(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    // Whoever says several, a proxy beside its server perhaps, is ready only after the longest.
    let longest = |name: &str| {
        let values = headers.get_all(name).iter();
        values.filter_map(|value| read(value.to_str().ok()?, now)).max()
    };
    let asked = longest(header::RETRY_AFTER.as_str());
    // Of other answers these headers say when there is more to be had, not that there is nothing now.
    let throttled = status == StatusCode::TOO_MANY_REQUESTS;
    asked.or_else(|| throttled.then(|| BESIDES.into_iter().filter_map(longest).max())?)
}

/// `Retry-After` (RFC 9110, 10.2.3), as it is meant.
fn read(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim().trim_matches('"').trim();
    let wait = match span(text, now) {
        Some(seconds) => Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(LONGEST),
        None => date(text)?.since(now),
    };
    Some(wait.min(LONGEST))
}

/// A number of seconds or of what is named, or a time since 1970; in seconds from now.
fn span(text: &str, now: Timestamp) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let from_now = |time: f64| (time - now.millis() as f64 / 1e3).max(0.0);
    Some(match unit.trim().to_ascii_lowercase().as_str() {
        "" if UNIX_SECONDS.contains(&number) => from_now(number),
        "" if UNIX_MILLIS.contains(&number) => from_now(number / 1e3),
        "" | "s" | "sec" | "secs" | "second" | "seconds" => number,
        "ms" | "millisecond" | "milliseconds" => number / 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => number * 60.0,
        "h" | "hour" | "hours" => number * 3600.0,
        _ => return None,
    })
}

/// RFC 9110, 5.6.7: the form in use and the two obsolete ones; then those of mail and of the internet.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix("UTC").map_or_else(|| text.to_owned(), |date| format!("{date}GMT"));
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let civil = forms.iter().find_map(|form| DateTime::strptime(form, &text).ok());
    let date = match civil {
        Some(civil) => civil.to_zoned(TimeZone::UTC).ok()?.timestamp(),
        None => rfc2822::parse(&text).map(|date| date.timestamp()).or_else(|_| text.parse()).ok()?,
    };
    Some(Timestamp::from_millis(date.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("1994-11-06T08:49:07Z").unwrap()
    }

    fn asked(status: u16, lines: &[(&'static str, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        asked_for(StatusCode::from_u16(status).unwrap(), &headers, now()).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_read_in_every_form_that_receivers_write() {
        for text in [
            "30",
            " 30 ",
            "\"30\"",
            "30.0",
            "29.01",
            "30s",
            "30 seconds",
            "30 Seconds",
            "0.5 min",
            "29500ms",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 09:49:37 +0100",
            "06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 UTC",
            "Sun Nov  6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(read(text, now()), Some(Duration::from_secs(30)), "{text}");
        }
        // The time of day, today.
        let today = Timestamp::parse("2027-01-15T08:00:00Z").unwrap();
        for (text, seconds) in [
            ("1800000030", 30),
            ("1800000029.5", 30),
            ("1800000030000", 30),
            ("1700000000", 0),
            ("999999999", 366 * 86_400),
        ] {
            assert_eq!(read(text, today), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT", now()), Some(Duration::ZERO));
        assert_eq!(read("99999999999999999999999", now()), Some(LONGEST));
        for text in ["", "-1", "soon", ".", "1.2.3", "30 apples", "1e3", "Sun, 06 Nov 1994"] {
            assert_eq!(read(text, now()), None, "{text}");
        }
    }

    #[test]
    fn of_several_waits_the_longest_is_taken_and_what_is_none_is_left_out() {
        let date = "Sun, 06 Nov 1994 08:50:07 GMT";
        for (waits, seconds) in [(["5", "30"], 30), (["30", "5"], 30), ([date, "7"], 60), (["soon", "7"], 7)] {
            assert_eq!(asked(429, &waits.map(|wait| ("retry-after", wait))), Some(seconds), "{waits:?}");
        }
    }

    #[test]
    fn where_there_is_nothing_else_other_headers_tell_who_is_throttled() {
        let besides = ("x-ratelimit-reset-after", "1.2");
        assert_eq!(asked(429, &[besides]), Some(2));
        assert_eq!(asked(429, &[besides, ("ratelimit-reset", "9")]), Some(9));
        assert_eq!(asked(429, &[besides, ("retry-after", "soon")]), Some(2));
        assert_eq!(asked(429, &[besides, ("retry-after", "1")]), Some(1));
        assert_eq!(asked(503, &[besides]), None, "it says nothing about whether the receiver works");
    }

    proptest! {
        #[test]
        fn any_wait_is_read_without_panic(text in "\\PC*", number: f64) {
            for text in [text, number.to_string()] {
                prop_assert!(read(&text, now()).is_none_or(|wait| wait <= LONGEST));
            }
        }
    }
}

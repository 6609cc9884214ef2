//! Points in time and spans of it, as the API writes them: RFC 3339 in UTC, and `30s`, `5m`, `1h`, `2d`.

use std::{fmt, ops, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time: milliseconds since 1970, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest instant that can be written as RFC 3339 (year 9999).
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999);

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, as signatures carry them.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long after `earlier`; zero if it is not after.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis((self.0 - earlier.0).max(0) as u64)
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Result<Timestamp, String> {
        let instant = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
        let millis = Some(text)
            .filter(|text| offset_is_within_a_day(text))
            .and_then(|_| instant().or_else(|| at_the_end(text)))
            .ok_or_else(|| format!("`{text}` is not an RFC 3339 time; write it like 2026-01-31T12:00:00Z"))?;
        if !(0..=Timestamp::MAX.0).contains(&millis) {
            return Err(format!("`{text}` is outside the years 1970 to 9999"));
        }
        Ok(Timestamp(millis))
    }
}

/// An offset is less than a day (RFC 3339, section 5.6: its `time-hour` is 00 to 23); jiff takes a little more.
fn offset_is_within_a_day(text: &str) -> bool {
    let signs = |c| matches!(c, '+' | '-');
    // Behind the time; before it there are the dashes of a date.
    let offset = text.get("2026-01-31T".len()..).and_then(|time| time.split_once(signs)).map(|(_, offset)| offset);
    let hours = offset.and_then(|offset| offset.get(..2)?.parse::<u8>().ok());
    hours.is_none_or(|hours| hours < 24)
}

/// The last hours of the year 9999, which jiff keeps for zones: they are read and written two days earlier.
const TWO_DAYS: i64 = 2 * 86_400_000;

fn at_the_end(text: &str) -> Option<i64> {
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let earlier = pieces.date().checked_sub(jiff::SignedDuration::from_millis(TWO_DAYS)).ok()?;
    let instant = pieces.to_numeric_offset()?.to_timestamp(earlier.to_datetime(pieces.time()?)).ok()?;
    Some(instant.as_millisecond() + TWO_DAYS)
}

fn written_at_the_end(millis: i64) -> Option<jiff::civil::DateTime> {
    let earlier = jiff::Timestamp::from_millisecond(millis - TWO_DAYS).ok()?;
    let earlier = jiff::tz::Offset::UTC.to_datetime(earlier);
    earlier.checked_add(jiff::SignedDuration::from_millis(TWO_DAYS)).ok()
}

impl ops::Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Duration) -> Timestamp {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(millis)).min(Timestamp::MAX)
    }
}

impl ops::Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Duration) -> Timestamp {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(millis).max(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => match written_at_the_end(self.0) {
                Some(time) => write!(f, "{time:.3}Z"),
                None => write!(f, "{} ms", self.0),
            },
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A length of time in the API: a number with a unit (`500ms`, `30s`, `5m`, `1h`, `2d`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span(pub Duration);

impl Span {
    /// This many seconds.
    pub const fn seconds(seconds: u64) -> Span {
        Span(Duration::from_secs(seconds))
    }

    /// Reads `30s`; at most 366 days.
    pub fn parse(text: &str) -> Result<Span, String> {
        let wrong = || format!("`{text}` is not a length of time; write a number and a unit: 500ms, 30s, 5m, 1h or 2d");
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let unit_ms: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let millis = number.checked_mul(unit_ms).filter(|&ms| ms <= 366 * 86_400_000);
        millis.map(|ms| Span(Duration::from_millis(ms))).ok_or_else(|| format!("`{text}` is longer than 366 days"))
    }
}

impl std::str::FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Span, String> {
        Span::parse(text)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis() as u64;
        match millis {
            0 => write!(f, "0s"),
            ms if ms % 86_400_000 == 0 => write!(f, "{}d", ms / 86_400_000),
            ms if ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            ms if ms % 60_000 == 0 => write!(f, "{}m", ms / 60_000),
            ms if ms % 1_000 == 0 => write!(f, "{}s", ms / 1_000),
            ms => write!(f, "{ms}ms"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl de::Visitor<'_> for SpanVisitor {
    type Value = Span;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time like \"30s\"")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        Span::parse(text).map_err(E::custom)
    }
    // A number is refused with the cure: which unit was meant, nobody knows.
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Span, E> {
        Err(E::custom(format_args!("{number} has no unit; write it like \"{number}s\", with ms, s, m, h or d")))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Span, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => self.visit_str(&number.to_string()),
        }
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Span, E> {
        self.visit_str(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        let time = Timestamp::parse("2026-03-01T10:00:00.5+02:00").unwrap();
        assert_eq!(time.to_string(), "2026-03-01T08:00:00.500Z");
    }

    #[test]
    fn the_last_instant_of_the_year_9999_is_a_time() {
        for (text, written) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T12:00:00+02:00", "9999-12-31T10:00:00.000Z"),
            ("9999-12-30T21:00:00Z", "9999-12-30T21:00:00.000Z"),
            ("9999-12-30T23:00:00Z", "9999-12-30T23:00:00.000Z"),
        ] {
            let time = Timestamp::parse(text).unwrap();
            assert_eq!(time.to_string(), written);
            assert_eq!(Timestamp::parse(written), Ok(time));
        }
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999Z"), Ok(Timestamp::MAX));
        for wrong in ["9999-12-31T23:59:59.999-01:00", "10000-01-01T00:00:00Z", "9999-12-31", "9999-12-31T10:00:00"] {
            assert!(Timestamp::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_offset_is_less_than_a_day() {
        for (text, written) in [
            ("2026-03-01T10:00:00+23:59", "2026-02-28T10:01:00.000Z"),
            ("2026-03-01T10:00:00-23:59", "2026-03-02T09:59:00.000Z"),
            ("9999-12-31T12:00:00+23:59", "9999-12-30T12:01:00.000Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), written);
        }
        for wrong in [
            "2026-03-01T10:00:00+24:00",
            "2026-03-01T10:00:00.5-25:59",
            "2026-03-01T10:00:00+99:00",
            "9999-12-31T12:00:00+24:00",
        ] {
            assert!(Timestamp::parse(wrong).is_err_and(|said| said.contains("RFC 3339")), "{wrong}");
        }
    }

    #[test]
    fn a_span_without_unit_is_refused_with_the_fix() {
        assert!(Span::parse("30").unwrap_err().contains("30s"));
        assert!(Span::parse("900d").unwrap_err().contains("366 days"));
        for (written, cure) in [("30", "like \"30s\""), ("-1", "a number and a unit"), ("1.5", "a number and a unit")] {
            let refused = serde_json::from_str::<Span>(written).unwrap_err().to_string();
            assert!(refused.contains(cure), "{written}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn spans_read_back(ms in 0u64..=366 * 86_400_000) {
            let span = Span(Duration::from_millis(ms));
            prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = Span::parse(&text);
            let _ = Timestamp::parse(&text);
        }
    }
}

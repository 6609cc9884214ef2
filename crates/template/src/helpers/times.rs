//! Times for people.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    fmt::strtime::BrokenDownTime,
    tz::{TimeZone, TimeZoneDatabase},
};
use minijinja::{Error, State, Value, value::Kwargs};

use super::errors::{kind, missing, wrong};
use crate::print;

const MAX_FORMAT: usize = 128;
const DEFAULT_FORMAT: &str = "%Y-%m-%d %H:%M UTC";
const WRONG_FORMAT: &str = "the format of `time` is not one of strftime; write it like \"%Y-%m-%d %H:%M\"";
/// All zones, as they were when the program was made.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
/// From here on a number is milliseconds: as seconds it would be after the year 5000.
const FIRST_MILLIS: f64 = 1e11;

/// `data.time|time` is `2026-01-31 12:00 UTC`: of RFC 3339, or of seconds or milliseconds since 1970. The format is that
/// of `strftime`; the zone is `UTC` or a distance from it (`+05:30`). Zones by name would need a database of them, and
/// would make what is sent depend on the machine.
pub fn time(
    state: &mut State,
    value: &Value,
    format: Option<&str>,
    zone: Option<&str>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let zone = zone.or(kwargs.get("zone")?).unwrap_or("UTC");
    let format = match format.or(kwargs.get("format")?) {
        Some(format) => format,
        None if zone == "UTC" => DEFAULT_FORMAT,
        None => "%Y-%m-%d %H:%M %:z",
    };
    kwargs.assert_all_used()?;
    print::charge(state, 2048)?;
    if format.len() > MAX_FORMAT {
        return Err(wrong(format!("the format of `time` has at most {MAX_FORMAT} characters")));
    }
    let time = instant(state, value)?.to_zoned(time_zone(zone).map_err(wrong)?);
    BrokenDownTime::from(&time).to_string(format).map_err(|_| wrong(WRONG_FORMAT))
}

fn instant(state: &mut State, value: &Value) -> Result<Timestamp, Error> {
    if let Some(text) = value.as_str() {
        return text.trim().parse().map_err(|_| wrong("`time` takes a time like 2026-01-31T12:00:00Z"));
    }
    if value.is_undefined() {
        return Err(missing(state, value));
    }
    if !value.is_number() {
        return Err(wrong(format!("`time` takes a time like 2026-01-31T12:00:00Z, not {}", kind(value))));
    }
    let number = f64::try_from(value.clone())?;
    let millis = if number.abs() < FIRST_MILLIS { number * 1000.0 } else { number };
    // A number that no time has is a time far away, which is refused.
    Timestamp::from_millisecond(millis as i64).map_err(|_| wrong("`time` takes seconds or milliseconds since 1970"))
}

const ZONES: &str = "UTC, a distance from it like +05:30, or a name like Europe/Berlin";

/// Whether there is such a zone.
pub fn check_zone(zone: &str) -> Result<(), String> {
    time_zone(zone).map(drop)
}

/// Whether this is a format.
pub fn check_format(format: &str) -> Result<(), String> {
    let time = BrokenDownTime::from(&Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC));
    time.to_string(format).map(drop).map_err(|_| WRONG_FORMAT.to_owned())
}

fn time_zone(zone: &str) -> Result<TimeZone, String> {
    if matches!(zone, "UTC" | "Z") {
        return Ok(TimeZone::UTC);
    }
    let offset = || {
        let (sign, rest) = match zone.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, zone.strip_prefix('+')?),
        };
        let (hours, minutes) = rest.split_once(':')?;
        let two = |part: &str| (part.len() == 2).then(|| part.parse::<i32>().ok()).flatten();
        let (hours, minutes) = (two(hours)?, two(minutes).filter(|minutes| *minutes < 60)?);
        jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
    };
    if let Some(offset) = offset() {
        return Ok(TimeZone::fixed(offset));
    }
    DATABASE.get(zone).map_err(|_| {
        let near = DATABASE.available().map(|known| known.to_string());
        let near = near.filter(|known| known.len().abs_diff(zone.len()) <= 2);
        let nearest = near.map(|known| (strsim::levenshtein(&known.to_lowercase(), &zone.to_lowercase()), known)).min();
        match nearest.filter(|(slips, _)| *slips <= 2) {
            Some((_, known)) => format!("there is no zone of this name; did you mean {known}?"),
            None => format!("the zone of `time` is {ZONES}"),
        }
    })
}

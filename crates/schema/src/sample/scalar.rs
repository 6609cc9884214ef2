//! Numbers and texts.

use rand::{Rng, RngExt};
use serde_json::{Value, json};

use crate::{
    pattern::Patterns,
    view::{Bound, View},
};

/// In characters.
const LONGEST_TEXT: u64 = 20_000;
/// `*` and `+` of a pattern repeat as often more than they must, unless a text has to be longer.
const USUAL_REPEATS: u32 = 6;

const WORDS: [&str; 16] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper", "kestrel", "lumen",
    "meadow", "nimbus", "orchid", "prairie",
];
/// Whole numbers up to here are exact in JavaScript and most other readers of JSON.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// A number within the view's bounds.
pub(super) fn number(rng: &mut impl Rng, view: &View<'_>, integer: bool) -> Result<Value, String> {
    let (lower, upper) = (view.lower(), view.upper());
    let (low, high) = range(lower, upper);
    if low > high {
        return Err(format!("no number is at least {low} and at most {high}"));
    }
    // Of several, the largest is a multiple of the others, if anything is.
    let step = view.all("multipleOf").filter_map(Value::as_f64).fold(0.0, f64::max);
    let inside = |value: f64| {
        lower.is_none_or(|bound| value > bound.at || (!bound.open && value == bound.at))
            && upper.is_none_or(|bound| value < bound.at || (!bound.open && value == bound.at))
    };
    for _ in 0..20 {
        let value = match (step > 0.0, integer) {
            (true, _) => stepped(rng, low, high, step),
            (false, true) => stepped(rng, low, high, 1.0),
            (false, false) => Some(rounded(rng, low, high)),
        };
        match value {
            Some(value) if value.is_finite() && inside(value) && !(integer && value.fract() != 0.0) => {
                return Ok(as_json(value));
            }
            Some(_) => {}
            None => break,
        }
    }
    let middle = low + (high - low) / 2.0;
    if step == 0.0 && !integer && inside(middle) {
        return Ok(as_json(middle));
    }
    Err("no number is within the bounds".into())
}

/// The range to choose from: as given, and of a size that people meet where it is open.
fn range(lower: Option<Bound>, upper: Option<Bound>) -> (f64, f64) {
    let span = |at: f64| at.abs().max(100.0) * 2.0;
    let (low, high) = match (lower, upper) {
        (Some(lower), Some(upper)) => (lower.at, upper.at),
        (Some(lower), None) => (lower.at, lower.at + span(lower.at)),
        (None, Some(upper)) => (if upper.at >= 0.0 { upper.at.min(0.0) } else { upper.at - span(upper.at) }, upper.at),
        (None, None) => (0.0, 1_000.0),
    };
    // Ranges over everything would only make numbers that nobody has seen, and beyond a double there are none.
    let low = if high > 0.0 { low.max(-EXACT) } else { low.max(f64::MIN) };
    let high = if low < EXACT { high.min(EXACT.max(low)) } else { high.min(f64::MAX) };
    (low, high)
}

/// A multiple of `step`, if there is one within.
fn stepped(rng: &mut impl Rng, low: f64, high: f64, step: f64) -> Option<f64> {
    // 0.07 ÷ 0.01 is a little more than 7.
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    // A tiny step in a large number is lost in what a double can say.
    if first > last || !first.is_finite() || !last.is_finite() {
        return None;
    }
    let count = between(rng, first, last).round().clamp(first, last);
    // 7 × 0.01 is not 0.07, but 7 ÷ 100 is.
    let parts = (1.0 / step).round();
    let exact = step < 1.0 && (parts * step - 1.0).abs() < 1e-12;
    Some(if exact { count / parts } else { count * step })
}

/// With as few decimals as the range allows.
fn rounded(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    let value = between(rng, low, high);
    let decimals = [100.0, 10_000.0, 1_000_000.0].into_iter().find(|scale| (high - low) * scale >= 20.0);
    decimals.map_or(value, |scale| (value * scale).round() / scale)
}

/// A number from `low` to `high`, which may be so far apart that no double tells the distance.
fn between(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    let part: f64 = rng.random();
    (low * (1.0 - part) + high * part).clamp(low, high)
}

fn as_json(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= EXACT { json!(value as i64) } else { json!(value) }
}

/// A text that fits the view's format, pattern and length.
pub(super) fn text<'a>(rng: &mut impl Rng, patterns: &mut Patterns<'a>, view: &View<'a>) -> Result<String, String> {
    let least = view.at_least("minLength");
    let most = view.at_most("maxLength").unwrap_or(LONGEST_TEXT.max(least));
    if least > LONGEST_TEXT {
        return Err(format!("a text of at least {least} characters is too long"));
    }
    if least > most {
        return Err(format!("no text has at least {least} and at most {most} characters"));
    }
    let fits = |text: &str| (least..=most).contains(&(text.chars().count() as u64));
    let format = view.texts("format").into_iter().next();
    let pattern = view.texts("pattern").into_iter().next();
    for attempt in 0..30 {
        let usual = if attempt < 10 { USUAL_REPEATS } else { USUAL_REPEATS.max(least as u32) };
        let made = match (pattern, format.and_then(|format| formatted(rng, format))) {
            (Some(pattern), None) => patterns.matching(rng, pattern, usual)?,
            (Some(pattern), Some(formatted)) => {
                if rng.random() {
                    formatted
                } else {
                    patterns.matching(rng, pattern, usual).unwrap_or(formatted)
                }
            }
            (None, Some(formatted)) => formatted,
            (None, None) if view.texts("contentEncoding").contains("base64") => "c2FtcGxl".into(),
            (None, None) => words(rng, least, most),
        };
        if fits(&made) {
            return Ok(made);
        }
    }
    Err(format!("no text of {least} to {most} characters fits its format or pattern"))
}

/// Words of at least and at most so many characters.
fn words(rng: &mut impl Rng, least: u64, most: u64) -> String {
    let mut text = String::new();
    let count = rng.random_range(1..=2);
    let mut written = 0;
    while written < count || (text.len() as u64) < least {
        if written > 0 {
            text.push(' ');
        }
        text.push_str(WORDS.get(rng.random_range(0..WORDS.len())).unwrap_or(&"word"));
        written += 1;
    }
    // The words are ASCII, so bytes are characters. A space at the end would be lost to the eye.
    text.truncate(most.min(text.len() as u64) as usize);
    if text.ends_with(' ') {
        text.pop();
        text.push('s');
    }
    text
}

/// A text of a known format.
fn formatted(rng: &mut impl Rng, format: &str) -> Option<String> {
    let mut below = |limit: u32| rng.random_range(0..limit);
    let (month, day) = (below(12) + 1, below(28) + 1);
    let (hour, minute, second) = (below(24), below(60), below(60));
    let word = WORDS.get(below(WORDS.len() as u32) as usize).copied().unwrap_or("word");
    Some(match format {
        "date-time" => format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        "date" => format!("2026-{month:02}-{day:02}"),
        "time" => format!("{hour:02}:{minute:02}:{second:02}Z"),
        "duration" => format!("PT{}M", minute + 1),
        "email" | "idn-email" => format!("{word}{}@example.com", below(100)),
        "hostname" | "idn-hostname" => format!("{word}.example.com"),
        "uri" | "uri-reference" | "iri" | "iri-reference" => format!("https://example.com/{word}/{}", below(1000)),
        "uri-template" => format!("https://example.com/{word}/{{id}}"),
        "uuid" => {
            let mut part = || (below(1 << 16), below(1 << 16));
            let ((a, b), (c, d), (e, f), (g, h)) = (part(), part(), part(), part());
            let (c, d) = (c & 0xfff, d & 0x3fff | 0x8000);
            format!("{a:04x}{b:04x}-{e:04x}-4{c:03x}-{d:04x}-{f:04x}{g:04x}{h:04x}")
        }
        "ipv4" => format!("192.0.2.{}", below(256)),
        "ipv6" => format!("2001:db8::{:x}", below(0xffff) + 1),
        "json-pointer" => format!("/{word}/{}", below(10)),
        "relative-json-pointer" => format!("{}/{word}", below(3)),
        "regex" => format!("^{word}$"),
        _ => return None,
    })
}

//! Values as people read them: a member and what its neighbours say of it enter (`231.45` beside `currency: USD`), a text
//! leaves (`$231.45`). Numbers keep their digits, times have a form for people, words of programs become words.

use lanehook_template::{Currency, Decimal};
use serde_json::{Map, Value};

use crate::{
    catalogue::{Meaning, Meanings},
    platform::{Markup, Unit},
    text::{ELLIPSIS, truncate},
};

/// Objects in which monitoring systems keep what an alert says of itself.
pub const LABELS: [&str; 3] = ["commonLabels", "labels", "tags"];
/// Digits that say something of a price; more are noise.
const SIGNIFICANT: usize = 6;
/// Of a price of which nobody knows in what.
const SIGNIFICANT_ALONE: usize = 8;
/// With more digits before the point, a whole amount has none behind it.
const MANY_DIGITS: usize = 6;
/// With more digits before the point, a whole amount of money is written in words if none of its digits is lost by that.
const BILLIONS: usize = 9;
/// What a `unit` beside them is of.
const IN_UNITS: [&str; 18] = [
    "actual",
    "average",
    "baseline",
    "consensus",
    "current",
    "estimate",
    "expected",
    "forecast",
    "high",
    "limit",
    "low",
    "max",
    "maximum",
    "min",
    "minimum",
    "previous",
    "threshold",
    "value",
];
/// Words of a name of money, beside a currency.
const MONEY: [&str; 38] = [
    "amount",
    "ask",
    "balance",
    "bid",
    "budget",
    "cap",
    "charge",
    "close",
    "contribution",
    "cost",
    "credit",
    "debit",
    "dividend",
    "eps",
    "fee",
    "fees",
    "funds",
    "gain",
    "high",
    "income",
    "limit",
    "loss",
    "low",
    "margin",
    "open",
    "payout",
    "pnl",
    "price",
    "profit",
    "proceeds",
    "revenue",
    "salary",
    "spend",
    "strike",
    "tax",
    "total",
    "value",
    "worth",
];
/// Money if the price is what they are about.
const LIKE_THE_PRICE: [&str; 6] = ["change", "level", "target", "threshold", "trigger", "previous"];
/// Numbers that are counted, whatever else the name says.
const COUNTED: [&str; 12] =
    ["average", "count", "quantity", "rank", "ratio", "score", "shares", "size", "units", "volume", "number", "items"];
/// Percentages of which the sign says something.
const SIGNED: [&str; 11] =
    ["change", "delta", "diff", "difference", "drift", "gain", "growth", "move", "performance", "return", "surprise"];
const PERCENT: [&str; 4] = ["percent", "pct", "percentage", "%"];
const AMOUNTS: [&str; 3] = ["value", "total_value", "balance"];
const PRICES: [&str; 6] = ["price", "current_price", "last_price", "price_usd", "close", "last"];
/// Numbers that are names: no commas.
const NAMES: [&str; 12] =
    ["id", "ids", "year", "code", "port", "zip", "number", "version", "build", "pid", "phone", "account"];

/// What the members beside a value say of it.
#[derive(Clone, Default)]
pub struct Beside {
    currency: Option<Currency>,
    /// There is a price, or an amount with its currency, and no condition in per cent.
    about_price: bool,
    /// In which the values are.
    unit: Option<String>,
}

impl Beside {
    /// What the catalogue says of all members.
    pub fn known(meanings: &Meanings) -> Beside {
        Beside { currency: meanings.currency.as_deref().and_then(Currency::of), ..Beside::default() }
    }

    /// Beside a member of which this is known.
    pub fn of_member(&self, meaning: Option<&Meaning>) -> Beside {
        let own = meaning.and_then(|meaning| Currency::of(meaning.currency.as_deref()?));
        Beside { currency: own.or_else(|| self.currency.clone()), ..self.clone() }
    }

    /// Of an object within one of which this is known.
    pub fn of(members: &Map<String, Value>, around: &Beside) -> Beside {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let own = text("currency").or_else(|| text("currency_code")).and_then(Currency::of);
        let has_one_of = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
        let in_percent = |name: &str| text(name).is_some_and(|text| text.contains("percent"));
        let unit = text("unit").map(str::trim).filter(|unit| (1..=16).contains(&unit.len()) && has_one_of(&IN_UNITS));
        Beside {
            about_price: (has_one_of(&PRICES) || own.is_some() && has_one_of(&AMOUNTS))
                && !["condition", "kind", "unit", "alert_type"].into_iter().any(in_percent),
            currency: own.or_else(|| around.currency.clone()),
            unit: unit.map(str::to_owned),
        }
    }

    /// Whether this member says in which unit the others are, and nothing else.
    pub fn is_unit(&self, name: &str) -> bool {
        name == "unit" && self.unit.is_some()
    }
}

/// The price among the members.
pub fn price(members: &Map<String, Value>, meanings: &Meanings) -> Option<String> {
    let beside = Beside::of(members, &Beside::known(meanings));
    let written = |name: &str| Some(money(&number(members.get(name)?)?, &beside.of_member(meanings.member(name))));
    PRICES.iter().find_map(|name| written(name))
}

/// A number, or a text that is one.
pub fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::parse(&number.to_string()),
        Value::String(text) if text.len() <= 64 => Decimal::parse(text),
        _ => None,
    }
}

fn money(number: &Decimal, beside: &Beside) -> String {
    if let Some(text) = beside.currency.as_ref().and_then(|currency| in_billions(number, currency)) {
        return text;
    }
    match &beside.currency {
        // Of a million nobody counts the cents.
        Some(currency) if number.is_whole() && number.is_beyond(MANY_DIGITS) => {
            currency.written(&number.with_decimals(0))
        }
        Some(currency) => currency.written(&number.rounded(currency.decimals, SIGNIFICANT)),
        None => signed(&number.rounded(0, SIGNIFICANT_ALONE)),
    }
}

/// `$124.3 billion`; none if digits would be lost.
fn in_billions(number: &Decimal, currency: &Currency) -> Option<String> {
    if !number.is_whole() || !number.is_beyond(BILLIONS) {
        return None;
    }
    let text = number.with_decimals(0).to_string();
    [(12, "trillion"), (9, "billion")].into_iter().find_map(|(zeros, word)| {
        let (whole, rest) = text.split_at_checked(text.len().checked_sub(zeros)?)?;
        let rest = rest.trim_end_matches('0');
        let number =
            Decimal::parse(&format!("{whole}.{rest}")).filter(|number| rest.len() <= 3 && !number.is_zero())?;
        (!whole.trim_start_matches('-').is_empty()).then(|| format!("{} {word}", currency.written(&number.trimmed())))
    })
}

/// With commas, and its sign if it is negative.
fn signed(number: &Decimal) -> String {
    format!("{}{}", if number.is_negative() { "-" } else { "" }, number.grouped())
}

/// `+2.36%`
pub fn percent(number: &Decimal, with_plus: bool) -> String {
    let number = number.rounded(0, 4).with_decimals(2);
    let number = if with_plus { number } else { number.trimmed() };
    let plus = if with_plus && !number.is_negative() && !number.is_zero() { "+" } else { "" };
    format!("{plus}{}%", signed(&number))
}

/// What a name says of its value, besides its meaning: whether the value is in per cent, in milliseconds, a name …
pub enum Measure {
    /// Nothing.
    None,
    /// It is in per cent; of some the sign says something.
    Percent { signed: bool },
    /// Money, if a currency is known; of some the sign says something.
    Money { signed: bool },
    /// A time that something took, in units of so many milliseconds.
    Duration(u64),
    /// A size, in this unit.
    Size(&'static str),
    /// A point in time, in seconds or milliseconds since 1970.
    Time,
    /// A number that is not counted with.
    Name,
    /// A number of these.
    Of(String),
}

impl Measure {
    /// Of a member of which the catalogue knows this, if it says how it is measured.
    pub fn known(words: &[String], meaning: &Meaning) -> Option<Measure> {
        let signed = words.iter().any(|word| SIGNED.contains(&word.as_str()));
        if meaning.currency.is_some() {
            return Some(Measure::Money { signed: false });
        }
        Some(Measure::in_unit(meaning.unit.as_deref()?, signed))
    }

    fn in_unit(unit: &str, signed: bool) -> Measure {
        match unit {
            unit if PERCENT.contains(&unit) => Measure::Percent { signed },
            "ms" => Measure::Duration(1),
            "s" | "seconds" => Measure::Duration(1_000),
            "min" | "minutes" => Measure::Duration(60_000),
            "h" | "hours" => Measure::Duration(3_600_000),
            "bytes" => Measure::Size("bytes"),
            unit => Measure::Of(unit.to_owned()),
        }
    }

    /// Of a name's words; and how many of these words say the measure and nothing else.
    pub fn of(words: &[String], beside: &Beside) -> (Measure, usize) {
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let last = words.last().map(String::as_str).unwrap_or_default();
        let alone = words.len() == 1;
        if let Some(unit) = beside.unit.as_deref().filter(|_| IN_UNITS.contains(&last)) {
            return (Measure::in_unit(unit, has(&SIGNED)), 0);
        }
        match last {
            last if PERCENT.contains(&last) => (Measure::Percent { signed: has(&SIGNED) }, usize::from(!alone)),
            "ms" | "millis" | "milliseconds" if !alone => (Measure::Duration(1), 1),
            "seconds" | "secs" | "sec" if !alone => (Measure::Duration(1_000), 1),
            "minutes" if !alone => (Measure::Duration(60_000), 1),
            "bytes" if !alone => (Measure::Size("bytes"), 1),
            "kb" if !alone => (Measure::Size("KB"), 1),
            "mb" if !alone => (Measure::Size("MB"), 1),
            "gb" if !alone => (Measure::Size("GB"), 1),
            "at" | "time" | "timestamp" | "ts" => (Measure::Time, 0),
            _ if has(&NAMES) => (Measure::Name, 0),
            _ if has(&COUNTED) && !has(&["price"]) && last != "value" => (Measure::None, 0),
            _ if has(&MONEY) || (beside.about_price && has(&LIKE_THE_PRICE)) => {
                (Measure::Money { signed: has(&["change", "gain", "contribution", "pnl"]) }, 0)
            }
            _ => (Measure::None, 0),
        }
    }
}

/// A value that is no list and no object as people read it; `None` if there is nothing to read.
pub fn shown(value: &Value, measure: &Measure, beside: &Beside, longest: usize) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => measured(&Decimal::parse(&number.to_string())?, measure, beside),
        Value::String(text) => match (number(value), measure) {
            // A text that is a number stays as it is written, unless it is known what it measures.
            (Some(number), Measure::Percent { .. } | Measure::Duration(_) | Measure::Size(_) | Measure::Of(_)) => {
                measured(&number, measure, beside)
            }
            (Some(number), Measure::Money { .. }) if beside.currency.is_some() => measured(&number, measure, beside),
            _ => time_of_text(text).or_else(|| words_of_program(text)).unwrap_or_else(|| cleaned(text, longest)),
        },
        Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then(|| shortened(&text, longest))
}

/// A value that is all there is.
pub fn alone(value: &Value, longest: usize) -> Option<String> {
    shown(value, &Measure::None, &Beside::default(), longest)
}

fn measured(number: &Decimal, measure: &Measure, beside: &Beside) -> String {
    let plus = |text: String| if number.is_negative() || number.is_zero() { text } else { format!("+{text}") };
    match measure {
        Measure::None => signed(number),
        Measure::Percent { signed } => percent(number, *signed),
        Measure::Money { signed: true } => plus(money(number, beside)),
        Measure::Money { signed: false } => money(number, beside),
        Measure::Duration(millis) => duration(number, *millis).unwrap_or_else(|| signed(number)),
        Measure::Size(unit) => large_size(number, unit).unwrap_or_else(|| format!("{} {unit}", signed(number))),
        Measure::Time => time_of_number(number).unwrap_or_else(|| signed(number)),
        Measure::Name => number.to_string(),
        Measure::Of(unit) => format!("{} {unit}", signed(number)),
    }
}

/// `48211900` bytes are "48.2 MB". Only of bytes: a size in megabytes can be one of 1,024 kilobytes each.
fn large_size(number: &Decimal, unit: &str) -> Option<String> {
    let bytes = number.to_string().parse::<f64>().ok().filter(|bytes| unit == "bytes" && *bytes >= 1e4)?;
    let (scale, unit) = match bytes {
        ..1e6 => (1e3, "kB"),
        ..1e9 => (1e6, "MB"),
        ..1e12 => (1e9, "GB"),
        _ => (1e12, "TB"),
    };
    Some(format!("{} {unit}", signed(&Decimal::parse(&(bytes / scale).to_string())?.rounded(0, 3))))
}

/// `742180` milliseconds are "12 min 22 s".
fn duration(number: &Decimal, unit: u64) -> Option<String> {
    let millis = number.to_string().parse::<f64>().ok()? * unit as f64;
    if !(0.0..1e15).contains(&millis) {
        return None;
    }
    let seconds = (millis / 1000.0) as u64;
    let two = |large: u64, name: &str, small: u64, small_name: &str| match small {
        0 => format!("{large} {name}"),
        small => format!("{large} {name} {small} {small_name}"),
    };
    Some(match seconds {
        0 => format!("{} ms", Decimal::parse(&millis.to_string())?.rounded(0, 3)),
        1..60 => format!("{} s", Decimal::parse(&(millis / 1000.0).to_string())?.rounded(0, 3)),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..172_800 => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "days", seconds / 3_600 % 24, "h"),
    })
}

/// "29 Jan 2026, 15:42 UTC", or "29 Jan 2026" of a date.
fn time_of_text(text: &str) -> Option<String> {
    let text = text.trim();
    // `2026-01-29` and what goes on like it.
    let looks = (10..=40).contains(&text.len())
        && text.as_bytes().get(4) == Some(&b'-')
        && text.as_bytes().get(7) == Some(&b'-');
    if !looks {
        return None;
    }
    if text.len() == 10 {
        return text.parse::<jiff::civil::Date>().ok().map(|date| date.strftime("%-d %b %Y").to_string());
    }
    text.parse::<jiff::Timestamp>().ok().map(time)
}

fn time_of_number(number: &Decimal) -> Option<String> {
    let number: f64 = number.to_string().parse().ok()?;
    // From 2001 on; as milliseconds what would be after the year 5000.
    match number {
        1e9..1e11 => jiff::Timestamp::from_second(number as i64).ok().map(time),
        1e11..1e14 => jiff::Timestamp::from_millisecond(number as i64).ok().map(time),
        _ => None,
    }
}

fn time(time: jiff::Timestamp) -> String {
    time.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// Whether a text is a word of a program: `not_reproducible`.
pub fn is_code_word(text: &str) -> bool {
    let is_part = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'_' | b'-' | b'.');
    (1..=40).contains(&text.len()) && text.bytes().all(is_part)
}

/// `crosses_above` is "crosses above".
fn words_of_program(text: &str) -> Option<String> {
    let is_one = text.len() <= 40
        && text.contains('_')
        && text.split('_').all(|word| word.bytes().all(|c| c.is_ascii_lowercase()) && !word.is_empty());
    is_one.then(|| text.replace('_', " "))
}

/// Without control characters (line breaks and tabs aside) and without marks that turn the direction of what follows;
/// at most so many characters.
pub fn cleaned(text: &str, longest: usize) -> String {
    let keep = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => false,
        c => !c.is_control(),
    };
    // One more, so that it shows that there was more.
    let text: String = text.trim().chars().filter(keep).take(longest + 1).collect();
    shortened(&text, longest)
}

/// At most so many characters.
pub fn shortened(text: &str, longest: usize) -> String {
    truncate(text, longest, Unit::Chars, Markup::Plain, ELLIPSIS)
}

/// On one line, at most so many characters.
pub fn one_line(text: &str, longest: usize) -> String {
    // Only as much is looked at as can matter.
    let words: Vec<&str> = text.split_whitespace().take(longest).collect();
    shortened(&words.join(" "), longest)
}

//! The headline of an event that nobody has written one for: "Price alert: AAPL $187.50 ▲ +2.36%".

use lanehook_template::Decimal;
use serde_json::{Map, Value};

use super::{
    values::{self, LABELS, one_line},
    words::{humanised, words},
};
use crate::catalogue::Meanings;

const LONGEST_SUBJECT: usize = 40;

/// Members that are a headline already.
pub const TITLES: [&str; 5] = ["title", "headline", "subject", "alert_name", "alertName"];
const SUBJECTS: [&str; 6] = ["symbol", "ticker", "asset", "pair", "coin", "instrument"];
const NAMES: [&str; 3] = ["name", "alertname", "display_name"];
const PERCENTS: [&str; 6] =
    ["change_percent", "percent_change", "change_pct", "changePercent", "price_change_percent", "change_percentage"];
const CHANGES: [&str; 3] = ["change", "price_change", "delta"];
const BEFORE: [&str; 4] = ["previous_price", "previous_value", "previous_close", "old_price"];
const NOW: [&str; 4] = ["price", "current_price", "last_price", "value"];
const CONDITIONS: [&str; 4] = ["condition", "direction", "trend", "movement"];

/// Which way something went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// It rose.
    Up,
    /// It fell.
    Down,
}

/// What happened to a price or a value.
pub struct Movement {
    /// Which way, if it is told.
    pub direction: Option<Direction>,
    /// By how much.
    percent: Option<Decimal>,
}

impl Movement {
    /// As the event tells it: in per cent, as a difference, by what it was before, or in words.
    pub fn of(event_type: &str, members: &Map<String, Value>) -> Movement {
        let first = |names: &[&str]| names.iter().find_map(|name| values::number(members.get(*name)?));
        let percent = first(&PERCENTS).or_else(|| percent_of(&first(&NOW)?, &first(&BEFORE)?));
        let said = percent.clone().or_else(|| first(&CHANGES));
        let direction = match said {
            Some(number) if number.is_zero() => None,
            Some(number) => Some(if number.is_negative() { Direction::Down } else { Direction::Up }),
            None => {
                let condition = CONDITIONS.iter().find_map(|name| in_words(members.get(*name)?.as_str()?));
                condition.or_else(|| in_words(event_type))
            }
        };
        Movement { direction, percent }
    }

    /// "▲ +2.36%"; empty if nothing is known.
    fn written(&self) -> String {
        let arrow = match self.direction {
            Some(Direction::Up) => "▲",
            Some(Direction::Down) => "▼",
            None => "",
        };
        let percent = self.percent.as_ref().map(|percent| values::percent(percent, true)).unwrap_or_default();
        [arrow, &percent].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// By how many per cent a number differs from what it was.
fn percent_of(now: &Decimal, before: &Decimal) -> Option<Decimal> {
    let (now, before): (f64, f64) = (now.to_string().parse().ok()?, before.to_string().parse().ok()?);
    let percent = (now - before) / before.abs() * 100.0;
    (percent.is_finite() && percent.abs() < 1e6).then(|| Decimal::parse(&format!("{percent:.2}")))?
}

fn in_words(text: &str) -> Option<Direction> {
    words(text).iter().find_map(|word| {
        Some(match word.as_str() {
            "above" | "up" | "rise" | "rises" | "rose" | "over" | "increase" | "increased" | "gain" | "bullish" => {
                Direction::Up
            }
            "below" | "down" | "fall" | "falls" | "fell" | "under" | "decrease" | "decreased" | "drop" | "dropped"
            | "loss" | "bearish" => Direction::Down,
            _ => return None,
        })
    })
}

/// The first of these members that names something, on a short line.
fn named(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| match members.get(*name)? {
        Value::String(text) => Some(one_line(&values::cleaned(text, LONGEST_SUBJECT * 2), LONGEST_SUBJECT)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    found.filter(|name| !name.is_empty())
}

/// What the type is about by its name: of `portfolio.change` the `portfolio_name`.
fn named_by_type(event_type: &str, members: &Map<String, Value>) -> Option<String> {
    let types = words(event_type);
    members.keys().find_map(|member| match words(member).as_slice() {
        [thing, name] if name == "name" && types.contains(thing) => named(members, &[member.as_str()]),
        _ => None,
    })
}

/// The headline.
pub fn of(event_type: &str, members: &Map<String, Value>, meanings: &Meanings, movement: &Movement) -> String {
    let title = humanised(event_type);
    let subject = named(members, &SUBJECTS);
    let is_priced = subject.is_some();
    let labelled = || LABELS.iter().find_map(|labels| named(members.get(*labels)?.as_object()?, &NAMES));
    let subject = subject.or_else(|| named(members, &NAMES)).or_else(labelled);
    let Some(subject) = subject.or_else(|| named_by_type(event_type, members)) else { return title };
    let mut headline = format!("{title}: {subject}");
    let price = values::price(members, meanings).filter(|_| is_priced).unwrap_or_default();
    let movement = if is_priced || movement.percent.is_some() { movement.written() } else { String::new() };
    for part in [price, movement].iter().filter(|part| !part.is_empty()) {
        headline.push(' ');
        headline.push_str(part);
    }
    headline
}

//! How grave an event is: from what it says of itself, else from its type's last word, else from which way it went. And
//! whether it says that something is over.

use serde_json::{Map, Value};

use super::{headline::Direction, values::LABELS};
use crate::model::Severity;

/// Members that name a severity, the first to be believed first.
const SAID: [&str; 8] =
    ["severity", "level", "priority", "urgency", "impact", "importance", "log_level", "severity_text"];
/// Members that tell how something is, which implies a severity.
const STATES: [&str; 4] = ["status", "state", "alert_state", "result"];

/// Whether this member is shown as the message's colour.
pub fn is_said_by(name: &str) -> bool {
    SAID.contains(&name)
}

/// How grave an event says it is, in any of the ways that are known.
pub fn said(event_type: &str, members: &Map<String, Value>) -> Option<Severity> {
    if is_resolved(event_type, members) {
        return Some(Severity::Success);
    }
    let first = |members: &Map<String, Value>, names: &[&str]| {
        names.iter().find_map(|name| Severity::parse(&word(members.get(*name)?)?))
    };
    let labelled = || LABELS.iter().find_map(|name| first(members.get(*name)?.as_object()?, &SAID));
    let said = first(members, &SAID).or_else(labelled).or_else(|| first(members, &STATES));
    said.or_else(|| of_type(event_type))
}

/// How grave it is if it does not say: what fell is worth a look.
pub fn of_direction(direction: Option<Direction>) -> Severity {
    match direction {
        Some(Direction::Up) => Severity::Success,
        Some(Direction::Down) => Severity::Warning,
        None => Severity::Info,
    }
}

/// The last word of the type: `import.failed`. An "alert" is any message here, not the gravest.
fn of_type(event_type: &str) -> Option<Severity> {
    let last = last_word(event_type);
    match last.as_str() {
        "alert" | "triggered" => None,
        last if last.bytes().all(|c| c.is_ascii_digit()) => None,
        last => Severity::parse(last),
    }
}

fn last_word(event_type: &str) -> String {
    event_type.rsplit(['.', '_', '-']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether the event says that what an earlier one reported is over.
pub fn is_resolved(event_type: &str, members: &Map<String, Value>) -> bool {
    let states =
        || STATES.iter().filter(|name| **name != "result").filter_map(|name| members.get(*name).and_then(word));
    matches!(last_word(event_type).as_str(), "resolved" | "recovered" | "closed" | "recovery" | "cleared")
        || members.get("resolved") == Some(&Value::Bool(true))
        || states().any(|state| Severity::is_over(&state))
}

/// A short text in small letters, or a whole number.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().len() <= 32 => Some(text.trim().to_ascii_lowercase().replace(' ', "_")),
        Value::Number(number) => Some(number.as_f64().filter(|number| number.fract() == 0.0)?.to_string()),
        _ => None,
    }
}

//! How grave an event is: from what it says of itself, else from its type's last word.

use serde_json::{Map, Value};

use crate::model::Severity;

/// Members that name a severity, the first to be believed first.
const SAID: [&str; 6] = ["severity", "level", "priority", "urgency", "impact", "importance"];
/// Members that tell how something went, which implies a severity.
const STATES: [&str; 3] = ["status", "state", "result"];

/// How grave an event is.
pub fn of(event_type: &str, members: &Map<String, Value>) -> Severity {
    let said = SAID.iter().find_map(|name| Severity::parse(&word(members.get(*name)?)?));
    let state = || STATES.iter().find_map(|name| Severity::parse(&word(members.get(*name)?)?));
    said.or_else(state).or_else(|| of_type(event_type)).unwrap_or(Severity::Info)
}

/// The last word of the type: `import.failed`. An "alert" is any message here, not the gravest.
fn of_type(event_type: &str) -> Option<Severity> {
    let last = last_word(event_type);
    if last == "alert" { None } else { Severity::parse(&last) }
}

fn last_word(event_type: &str) -> String {
    event_type.rsplit(['.', '_', '-']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether the event says that what an earlier one reported is over.
pub fn is_resolved(event_type: &str, members: &Map<String, Value>) -> bool {
    let over = |word: &str| matches!(word, "resolved" | "recovered" | "closed" | "recovery" | "cleared");
    over(&last_word(event_type))
        || members.get("resolved") == Some(&Value::Bool(true))
        || STATES.iter().any(|name| members.get(*name).and_then(word).is_some_and(|w| over(&w)))
}

fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (text.len() <= 32).then(|| text.to_ascii_lowercase())
}

//! How grave an event is: from what it says of itself, else from its type's last word.

use serde_json::{Map, Value};

/// From harmless to grave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// Something happened.
    Info,
    /// Something ended well.
    Success,
    /// Look at it some time.
    Warning,
    /// Something failed.
    Error,
    /// Look at it now.
    Critical,
}

impl Severity {
    /// As templates compare it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Success => "success",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Critical => "critical",
        }
    }

    /// `#rrggbb`, legible on light and dark.
    pub fn color(self) -> &'static str {
        match self {
            Severity::Info => "#3b82f6",
            Severity::Success => "#22a06b",
            Severity::Warning => "#e8a317",
            Severity::Error => "#e5484d",
            Severity::Critical => "#b3123a",
        }
    }

    /// The colour as a number, as Discord takes it.
    pub fn color_number(self) -> u32 {
        self.color().get(1..).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or_default()
    }

    /// For platforms without colours.
    pub fn emoji(self) -> &'static str {
        match self {
            Severity::Info => "🔵",
            Severity::Success => "✅",
            Severity::Warning => "⚠️",
            Severity::Error => "🔴",
            Severity::Critical => "🚨",
        }
    }

    fn parse(word: &str) -> Option<Severity> {
        Some(match word {
            "critical" | "crit" | "fatal" | "emergency" | "emerg" | "alert" | "urgent" | "severe" | "p1" | "sev1"
            | "disaster" | "breach" | "breached" => Severity::Critical,
            "error" | "err" | "failed" | "failure" | "failing" | "high" | "down" | "rejected" | "p2" | "sev2"
            | "declined" | "crashed" => Severity::Error,
            "warning" | "warn" | "medium" | "moderate" | "degraded" | "elevated" | "p3" | "sev3" | "expired"
            | "expiring" | "delayed" => Severity::Warning,
            "success" | "succeeded" | "successful" | "ok" | "resolved" | "recovered" | "completed" | "passed"
            | "healthy" | "up" | "fixed" | "closed" => Severity::Success,
            "info" | "information" | "informational" | "notice" | "low" | "debug" | "trace" | "normal" | "none"
            | "p4" | "p5" | "sev4" | "sev5" | "minor" => Severity::Info,
            _ => return None,
        })
    }
}

/// What is taken at its word, first to last.
const SAID: [&str; 6] = ["severity", "level", "priority", "urgency", "impact", "importance"];
/// What says it in passing.
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
        || STATES.iter().any(|name| members.get(*name).and_then(word).is_some_and(|w| over(&w)))
}

fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (text.len() <= 32).then(|| text.to_ascii_lowercase())
}

//! How grave something is, and the words that say so.

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

    /// What this word says, in small letters; `None` if it says nothing of the kind.
    pub fn parse(word: &str) -> Option<Severity> {
        Some(match word {
            "critical" | "crit" | "fatal" | "emergency" | "emerg" | "alert" | "urgent" | "severe" | "panic"
            | "disaster" | "breach" | "breached" | "p1" | "sev1" => Severity::Critical,
            "error" | "err" | "fail" | "failed" | "failure" | "failing" | "high" | "major" | "down" | "rejected"
            | "declined" | "crashed" | "red" | "p2" | "sev2" => Severity::Error,
            "warning" | "warn" | "medium" | "moderate" | "minor" | "degraded" | "elevated" | "expired" | "expiring"
            | "delayed" | "yellow" | "orange" | "p3" | "sev3" => Severity::Warning,
            "success" | "succeeded" | "successful" | "ok" | "okay" | "good" | "resolved" | "recovered"
            | "completed" | "passed" | "healthy" | "up" | "fixed" | "closed" | "green" => Severity::Success,
            "info" | "information" | "informational" | "notice" | "low" | "debug" | "trace" | "normal" | "none"
            | "p4" | "p5" | "sev4" | "sev5" => Severity::Info,
            _ => return None,
        })
    }
}

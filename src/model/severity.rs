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

    /// What this word or number says, in small letters; `None` if it says nothing of the kind. The one table of such words.
    ///
    /// Numbers up to 7 are priorities, as of incidents (1 is the gravest); from 10 on they are levels of logs (60 is fatal).
    pub fn parse(word: &str) -> Option<Severity> {
        Some(match word {
            "critical" | "crit" | "fatal" | "emergency" | "emerg" | "alert" | "urgent" | "severe" | "panic"
            | "disaster" | "breach" | "breached" | "blocker" | "highest" | "very_high" | "outage" | "page" | "p0"
            | "p1" | "sev0" | "sev1" | "sev-0" | "sev-1" | "s0" | "s1" | "0" | "1" | "60" => Severity::Critical,
            "error" | "err" | "fail" | "failed" | "failure" | "failing" | "high" | "major" | "down" | "rejected"
            | "declined" | "crashed" | "red" | "firing" | "alerting" | "triggered" | "problem" | "unhealthy"
            | "offline" | "unreachable" | "timed_out" | "timeout" | "p2" | "sev2" | "sev-2" | "s2" | "2" | "50" => {
                Severity::Error
            }
            "warning" | "warn" | "medium" | "moderate" | "minor" | "degraded" | "elevated" | "expired" | "expiring"
            | "delayed" | "yellow" | "orange" | "amber" | "average" | "pending" | "no_data" | "nodata" | "unknown"
            | "p3" | "sev3" | "sev-3" | "s3" | "3" | "40" => Severity::Warning,
            "success" | "succeeded" | "successful" | "ok" | "okay" | "good" | "resolved" | "recovered" | "recovery"
            | "cleared" | "completed" | "passed" | "healthy" | "up" | "online" | "fixed" | "closed" | "green" => {
                Severity::Success
            }
            "info" | "information" | "informational" | "notice" | "low" | "lowest" | "debug" | "trace" | "verbose"
            | "normal" | "none" | "trivial" | "p4" | "p5" | "sev4" | "sev5" | "sev-4" | "sev-5" | "s4" | "s5" | "4"
            | "5" | "6" | "7" | "10" | "20" | "30" => Severity::Info,
            _ => return None,
        })
    }

    /// Whether a state of this name, in small letters, is that what was wrong is over.
    pub fn is_over(state: &str) -> bool {
        matches!(
            state,
            "resolved"
                | "resolve"
                | "recovered"
                | "recovery"
                | "closed"
                | "cleared"
                | "ok"
                | "okay"
                | "healthy"
                | "up"
                | "online"
        )
    }
}

//! How stubborn a webhook is: after which failed attempt to wait how long.

use std::time::Duration;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::Span;

/// `Retry-After` is believed up to here.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);
const LONGEST_WAIT: Span = Span::seconds(7 * 86_400);
const MOST_ATTEMPTS: u32 = 50;

/// A webhook's retry schedule. One of: a preset, a list of waits, or exponential growth.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RetryInput", into = "RetryInput")]
pub enum RetryPolicy {
    /// A schedule with a name.
    Preset(Preset),
    /// One wait after each failed attempt; when they are used up, the delivery has failed.
    Schedule(Vec<Span>),
    /// `initial`, then `factor` times as long each time, at most `max`; `attempts` in all.
    Exponential { initial: Span, factor: f64, max: Span, attempts: u32 },
}

/// A schedule with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// `5s 30s 2m 10m 1h 3h 8h 24h 24h`: ten attempts over two and a half days.
    Default,
    /// `1s 2s 4s`
    Quick,
    /// `1m 5m 15m`
    Short,
    /// One attempt only.
    None,
}

impl Preset {
    fn waits(self) -> &'static [u64] {
        match self {
            Preset::Default => &[5, 30, 120, 600, 3600, 3 * 3600, 8 * 3600, 24 * 3600, 24 * 3600],
            Preset::Quick => &[1, 2, 4],
            Preset::Short => &[60, 300, 900],
            Preset::None => &[],
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy::Preset(Preset::Default)
    }
}

impl RetryPolicy {
    /// How long to wait after the `failed`th failed attempt (from 1), with ±20 % jitter; `None` when it was the last.
    ///
    /// The receiver's `Retry-After` can make the wait longer, up to 24 hours, never shorter.
    pub fn wait_after(&self, failed: u32, retry_after: Option<Duration>, rng: &mut impl Rng) -> Option<Duration> {
        let planned = self.planned_wait(failed)?;
        let jittered = planned.mul_f64(rng.random_range(0.8..=1.2));
        let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        Some(jittered.max(asked))
    }

    /// The wait as configured, before jitter.
    pub fn planned_wait(&self, failed: u32) -> Option<Duration> {
        let step = failed.max(1) as usize - 1;
        match self {
            RetryPolicy::Preset(preset) => preset.waits().get(step).map(|&s| Duration::from_secs(s)),
            RetryPolicy::Schedule(waits) => waits.get(step).map(|span| span.0),
            RetryPolicy::Exponential { initial, factor, max, attempts } => {
                if failed >= *attempts {
                    return None;
                }
                let grown = initial.0.as_secs_f64() * factor.powi(step as i32);
                Some(Duration::from_secs_f64(grown.min(max.0.as_secs_f64())))
            }
        }
    }
}

/// `{"preset":"quick"}`, `{"schedule":["5s","1m"]}` or `{"initial":"1s","factor":2,"max":"1h","attempts":8}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = RetryPolicy)]
#[serde(deny_unknown_fields)]
pub struct RetryInput {
    /// A schedule with a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preset: Option<Preset>,
    /// The wait after each failed attempt; at most 49, each at most 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<Vec<Span>>,
    /// The first wait of exponential growth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    initial: Option<Span>,
    /// By what each wait is longer than the one before: 1 to 10 (default 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    /// The longest wait (default 1h).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<Span>,
    /// Attempts in all: 1 to 50 (default 8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
}

impl TryFrom<RetryInput> for RetryPolicy {
    type Error = String;

    fn try_from(input: RetryInput) -> Result<RetryPolicy, String> {
        let growth = input.factor.is_some() || input.max.is_some() || input.attempts.is_some();
        match (input.preset, input.schedule, input.initial) {
            (Some(preset), None, None) if !growth => Ok(RetryPolicy::Preset(preset)),
            (None, Some(waits), None) if !growth => {
                if waits.len() >= MOST_ATTEMPTS as usize {
                    return Err(format!(
                        "a schedule has at most {} waits, this one has {}",
                        MOST_ATTEMPTS - 1,
                        waits.len()
                    ));
                }
                check_longest(waits.iter().copied())?;
                Ok(RetryPolicy::Schedule(waits))
            }
            (None, None, Some(initial)) => {
                let (factor, max) = (input.factor.unwrap_or(2.0), input.max.unwrap_or(Span::seconds(3600)));
                let attempts = input.attempts.unwrap_or(8);
                if !(1.0..=10.0).contains(&factor) {
                    return Err(format!("factor is from 1 to 10, not {factor}"));
                }
                if !(1..=MOST_ATTEMPTS).contains(&attempts) {
                    return Err(format!("attempts is from 1 to {MOST_ATTEMPTS}, not {attempts}"));
                }
                check_longest([initial, max])?;
                Ok(RetryPolicy::Exponential { initial, factor, max, attempts })
            }
            _ => Err("give exactly one of `preset` (default, quick, short, none), `schedule` ([\"5s\",\"1m\"]) \
                      or `initial` with `factor`, `max` and `attempts`"
                .into()),
        }
    }
}

fn check_longest(waits: impl IntoIterator<Item = Span>) -> Result<(), String> {
    match waits.into_iter().find(|&wait| wait > LONGEST_WAIT) {
        Some(wait) => Err(format!("a wait is at most {LONGEST_WAIT}, not {wait}")),
        None => Ok(()),
    }
}

impl From<RetryPolicy> for RetryInput {
    fn from(policy: RetryPolicy) -> RetryInput {
        match policy {
            RetryPolicy::Preset(preset) => RetryInput { preset: Some(preset), ..RetryInput::default() },
            RetryPolicy::Schedule(waits) => RetryInput { schedule: Some(waits), ..RetryInput::default() },
            RetryPolicy::Exponential { initial, factor, max, attempts } => RetryInput {
                initial: Some(initial),
                factor: Some(factor),
                max: Some(max),
                attempts: Some(attempts),
                ..RetryInput::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    fn parse(json: &str) -> Result<RetryPolicy, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn the_default_schedule_makes_ten_attempts() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = (1..).map_while(|n| policy.planned_wait(n)).map(|wait| Span(wait).to_string()).collect();
        assert_eq!(waits, ["5s", "30s", "2m", "10m", "1h", "3h", "8h", "1d", "1d"]);
    }

    #[test]
    fn exponential_growth_stops_at_its_maximum() {
        let policy = parse(r#"{"initial":"1s","factor":3,"max":"10s","attempts":5}"#).unwrap();
        let waits: Vec<_> = (1..).map_while(|n| policy.planned_wait(n)).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits, [1, 3, 9, 10]);
    }

    #[test]
    fn a_mixed_or_empty_policy_is_refused_with_the_choices() {
        for json in ["{}", r#"{"preset":"quick","schedule":["1s"]}"#, r#"{"preset":"quick","attempts":3}"#] {
            assert!(parse(json).unwrap_err().to_string().contains("exactly one of"), "{json}");
        }
        assert!(parse(r#"{"schedule":["8d"]}"#).is_err());
        assert!(parse(r#"{"initial":"1s","factor":0.5}"#).is_err());
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_fifth(seed: u64, failed in 1u32..=9) {
            let policy = RetryPolicy::default();
            let planned = policy.planned_wait(failed).unwrap();
            let wait = policy.wait_after(failed, None, &mut StdRng::seed_from_u64(seed)).unwrap();
            prop_assert!(wait >= planned.mul_f64(0.8) && wait <= planned.mul_f64(1.2));
        }

        #[test]
        fn retry_after_lengthens_and_never_shortens(seed: u64, failed in 1u32..=9, asked in 0u64..200_000) {
            let policy = RetryPolicy::default();
            let asked = Duration::from_secs(asked);
            let plain = policy.wait_after(failed, None, &mut StdRng::seed_from_u64(seed)).unwrap();
            let wait = policy.wait_after(failed, Some(asked), &mut StdRng::seed_from_u64(seed)).unwrap();
            prop_assert_eq!(wait, plain.max(asked.min(LONGEST_RETRY_AFTER)));
        }

        #[test]
        fn a_policy_reads_back(waits in proptest::collection::vec(0u64..600_000, 0..49)) {
            let policy = RetryPolicy::Schedule(waits.into_iter().map(Span::seconds).collect());
            let json = serde_json::to_string(&policy).unwrap();
            prop_assert_eq!(serde_json::from_str::<RetryPolicy>(&json).unwrap(), policy);
        }
    }
}

//! How stubborn a webhook is: after which failed attempt to wait how long.

use std::time::Duration;

use rand::{Rng, RngExt};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::model::{
    Span,
    field_error::{checked, in_part, within},
};

/// `Retry-After` is believed up to here.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);
const LONGEST_WAIT: Span = Span::seconds(7 * 86_400);
const MOST_ATTEMPTS: u32 = 50;

/// A jitter of more says little about when.
const MOST_JITTER: u32 = 50;

/// A webhook's retry schedule: how long it waits after each failed attempt.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RetryInput", into = "RetryInput")]
pub struct RetryPolicy {
    /// The waits, before anything is cut.
    pub waits: Waits,
    /// Attempts in all, where there are fewer than the waits allow.
    pub attempts: Option<u32>,
    /// By how many per cent a wait is longer or shorter.
    pub jitter: u8,
}

/// How long to wait after each failed attempt. One of: a preset, a list, or exponential growth.
#[derive(Clone, PartialEq, Debug)]
pub enum Waits {
    /// A schedule with a name.
    Preset(Preset),
    /// One wait after each failed attempt; when they are used up, the delivery has failed.
    Schedule(Vec<Span>),
    /// `initial`, then `factor` times as long each time, at most `max`.
    Exponential { initial: Span, factor: f64, max: Span },
}

/// What a retry schedule comes to.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub struct RetryPlan {
    /// Attempts in all, the first one among them.
    #[schema(example = 4)]
    pub attempts: u32,
    /// The wait after each attempt but the last, before jitter and what a receiver's `Retry-After` adds.
    #[schema(example = json!(["1s", "2s", "4s"]))]
    pub waits: Vec<Span>,
    /// All of them together: to the minute from two hours on, to the hour from two days on.
    #[schema(example = "7s")]
    pub total: Span,
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

impl Waits {
    /// The wait after the `failed`th failed attempt (from 1), if there is one.
    fn after(&self, failed: u32) -> Option<Duration> {
        let step = failed.max(1) as usize - 1;
        match self {
            Waits::Preset(preset) => preset.waits().get(step).map(|&s| Duration::from_secs(s)),
            Waits::Schedule(waits) => waits.get(step).map(|span| span.0),
            Waits::Exponential { initial, factor, max } => {
                let grown = initial.0.as_secs_f64() * factor.powi(step as i32);
                Some(Duration::from_secs_f64(grown.min(max.0.as_secs_f64())))
            }
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy { waits: Waits::Preset(Preset::Default), attempts: None, jitter: RetryPolicy::JITTER }
    }
}

impl RetryPolicy {
    /// By how many per cent a wait is longer or shorter where nothing is said.
    pub const JITTER: u8 = 20;

    /// How long to wait after the `failed`th failed attempt (from 1), with jitter; `None` when it was the last.
    ///
    /// The receiver's `Retry-After` can make the wait longer, up to 24 hours, never shorter.
    pub fn wait_after(&self, failed: u32, retry_after: Option<Duration>, rng: &mut impl Rng) -> Option<Duration> {
        let planned = self.planned_wait(failed)?;
        let jitter = f64::from(self.jitter.min(100)) / 100.0;
        let jittered = planned.mul_f64(rng.random_range(1.0 - jitter..=1.0 + jitter));
        let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        Some(jittered.max(asked))
    }

    /// The wait as configured, before jitter.
    pub fn planned_wait(&self, failed: u32) -> Option<Duration> {
        let is_last = self.attempts.is_some_and(|attempts| failed >= attempts);
        if is_last { None } else { self.waits.after(failed) }
    }

    /// What it comes to.
    pub fn plan(&self) -> RetryPlan {
        let waits = (1..MOST_ATTEMPTS).map_while(|failed| self.planned_wait(failed));
        let waits: Vec<Span> = waits.map(Span).collect();
        let total = waits.iter().map(|wait| wait.0).sum();
        RetryPlan { attempts: waits.len() as u32 + 1, waits, total: Span(rounded(total)) }
    }
}

/// As exact as a sum can be of which jitter changes each part by a fifth: so it is written in a unit that is read at a glance.
fn rounded(total: Duration) -> Duration {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    let unit = match total.as_secs() {
        seconds if seconds < 2 * HOUR => return total,
        seconds if seconds < 48 * HOUR => MINUTE,
        _ => HOUR,
    };
    Duration::from_secs((total.as_secs() + unit / 2) / unit * unit)
}

/// `{"preset":"quick"}`, `{"schedule":["5s","1m"]}` or `{"initial":"1s","factor":2,"max":"1h","attempts":8}`; each also with
/// `attempts` and `jitter`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryInput {
    /// A schedule with a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preset: Option<Preset>,
    /// The wait after each failed attempt; at most 49, each at most 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "waits_in_bounds")]
    schedule: Option<Vec<Span>>,
    /// The first wait of exponential growth.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "wait_in_bounds")]
    initial: Option<Span>,
    /// By what each wait is longer than the one before: 1 to 10 (default 2).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "factor_in_bounds")]
    factor: Option<f64>,
    /// The longest wait (default 1h).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "wait_in_bounds")]
    max: Option<Span>,
    /// Attempts in all, the first one among them. With `initial` 1 to 50 (default 8); a preset or a schedule is cut to so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// By how many per cent a wait is longer or shorter, at random: 0 to 50 (default 20). So receivers that were down are not met by
    /// all retries at one time.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "jitter_in_bounds")]
    jitter: Option<u32>,
}

impl TryFrom<RetryInput> for RetryPolicy {
    type Error = String;

    fn try_from(input: RetryInput) -> Result<RetryPolicy, String> {
        let grows = input.factor.is_some() || input.max.is_some();
        let (waits, attempts) = match (input.preset, input.schedule, input.initial) {
            (Some(preset), None, None) if !grows => (Waits::Preset(preset), input.attempts),
            (None, Some(waits), None) if !grows => (Waits::Schedule(waits), input.attempts),
            (None, None, Some(initial)) => {
                let (factor, max) = (input.factor.unwrap_or(2.0), input.max.unwrap_or(Span::seconds(3600)));
                (Waits::Exponential { initial, factor, max }, Some(input.attempts.unwrap_or(8)))
            }
            _ => {
                return Err(
                    "give exactly one of `preset` (default, quick, short, none), `schedule` ([\"5s\",\"1m\"]) \
                            or `initial` with `factor`, `max` and `attempts`"
                        .into(),
                );
            }
        };
        if let Some(attempts) = attempts {
            check_attempts(&waits, attempts).map_err(|message| in_part("attempts", message))?;
        }
        // It is in its bounds once it is read.
        let jitter = input.jitter.and_then(|jitter| u8::try_from(jitter).ok()).unwrap_or(RetryPolicy::JITTER);
        Ok(RetryPolicy { waits, attempts, jitter })
    }
}

fn waits_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Span>>, D::Error> {
    checked_if_given(deserializer, |waits: &Vec<Span>| {
        let most = MOST_ATTEMPTS as usize - 1;
        if waits.len() > most {
            return Err(format!("a schedule has at most {most} waits, this one has {}", waits.len()));
        }
        let check =
            |(place, wait): (usize, &Span)| check_wait(wait).map_err(|message| in_part(&place.to_string(), message));
        waits.iter().enumerate().try_for_each(check)
    })
}

fn wait_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
    checked_if_given(deserializer, check_wait)
}

fn check_wait(wait: &Span) -> Result<(), String> {
    if *wait > LONGEST_WAIT { Err(format!("a wait is at most {LONGEST_WAIT}, not {wait}")) } else { Ok(()) }
}

fn factor_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    checked_if_given(deserializer, |factor: &f64| within("factor", *factor, 1.0..=10.0))
}

fn jitter_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    checked_if_given(deserializer, |jitter: &u32| match jitter {
        0..=MOST_JITTER => Ok(()),
        _ => Err(format!("jitter is from 0 to {MOST_JITTER} per cent")),
    })
}

/// A value, if it is what it has to be; null is none.
fn checked_if_given<'de, D, T>(
    deserializer: D,
    check: impl FnOnce(&T) -> Result<(), String>,
) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    checked(deserializer, |value: &Option<T>| value.as_ref().map_or(Ok(()), check))
}

/// What has an end of its own can only be cut.
fn check_attempts(waits: &Waits, attempts: u32) -> Result<(), String> {
    let most = (1..MOST_ATTEMPTS).take_while(|&failed| waits.after(failed).is_some()).count() as u32 + 1;
    if (1..=most).contains(&attempts) {
        return Ok(());
    }
    let why = match waits {
        Waits::Exponential { .. } => "",
        Waits::Preset(_) | Waits::Schedule(_) => {
            ", since it only cuts what is there; for more, give a longer `schedule`, or `initial` with `factor` and `max`"
        }
    };
    Err(format!("attempts is from 1 to {most}, not {attempts}{why}"))
}

impl From<RetryPolicy> for RetryInput {
    fn from(RetryPolicy { waits, attempts, jitter }: RetryPolicy) -> RetryInput {
        let rest = RetryInput { attempts, jitter: Some(jitter.into()), ..RetryInput::default() };
        match waits {
            Waits::Preset(preset) => RetryInput { preset: Some(preset), ..rest },
            Waits::Schedule(waits) => RetryInput { schedule: Some(waits), ..rest },
            Waits::Exponential { initial, factor, max } => {
                RetryInput { initial: Some(initial), factor: Some(factor), max: Some(max), ..rest }
            }
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
        for json in ["{}", r#"{"preset":"quick","schedule":["1s"]}"#, r#"{"preset":"quick","factor":3}"#] {
            assert!(parse(json).unwrap_err().to_string().contains("exactly one of"), "{json}");
        }
        assert!(parse(r#"{"schedule":["8d"]}"#).is_err());
        assert!(parse(r#"{"initial":"1s","factor":0.5}"#).is_err());
    }

    #[test]
    fn each_part_is_told_at_its_own_place() {
        for (json, pointer) in [
            (r#"{"initial":"1s","factor":0.5}"#, "/factor"),
            (r#"{"initial":"8d"}"#, "/initial"),
            (r#"{"initial":"1s","max":"8d"}"#, "/max"),
            (r#"{"schedule":["1s","8d"]}"#, "/schedule/1"),
            (r#"{"preset":"quick","attempts":9}"#, "/attempts"),
            (r#"{"preset":"quick","jitter":51}"#, "/jitter"),
            (r#"{"preset":"quick","factor":3}"#, ""),
        ] {
            let error = crate::model::read_json::<RetryPolicy>(json.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, pointer, "{json}: {error:?}");
            assert!(!error.message.contains("in `"), "{error:?}");
        }
    }

    #[test]
    fn a_preset_or_a_schedule_can_be_cut_and_attempts_are_all() {
        let plan = |json: &str| {
            let RetryPlan { attempts, waits, total } = parse(json).unwrap().plan();
            (attempts, waits.iter().map(Span::to_string).collect::<Vec<_>>().join(" "), total.to_string())
        };
        for (json, attempts, waits, total) in [
            (r#"{"preset":"quick"}"#, 4, "1s 2s 4s", "7s"),
            (r#"{"preset":"quick","attempts":3}"#, 3, "1s 2s", "3s"),
            (r#"{"preset":"quick","attempts":4}"#, 4, "1s 2s 4s", "7s"),
            (r#"{"preset":"quick","attempts":1}"#, 1, "", "0s"),
            (r#"{"preset":"none"}"#, 1, "", "0s"),
            (r#"{"schedule":["5s","1m"],"attempts":2}"#, 2, "5s", "5s"),
            (r#"{"schedule":[]}"#, 1, "", "0s"),
            (r#"{"preset":"default","attempts":6}"#, 6, "5s 30s 2m 10m 1h", "4355s"),
            (r#"{"preset":"default","attempts":7}"#, 7, "5s 30s 2m 10m 1h 3h", "253m"),
            (r#"{"preset":"default"}"#, 10, "5s 30s 2m 10m 1h 3h 8h 1d 1d", "60h"),
            (r#"{"initial":"1s","factor":1.5,"attempts":4}"#, 4, "1s 1500ms 2250ms", "4750ms"),
        ] {
            assert_eq!(plan(json), (attempts, waits.into(), total.into()), "{json}");
        }
        assert_eq!(plan(r#"{"initial":"1s"}"#).0, 8);
        assert_eq!(plan(r#"{"initial":"1s","attempts":50}"#).0, 50);
        for (json, part) in [
            (r#"{"preset":"quick","attempts":5}"#, "attempts is from 1 to 4, not 5, since it only cuts"),
            (r#"{"preset":"none","attempts":2}"#, "from 1 to 1"),
            (r#"{"schedule":["5s"],"attempts":0}"#, "from 1 to 2, not 0"),
            (r#"{"initial":"1s","attempts":51}"#, "from 1 to 50, not 51"),
        ] {
            let error = parse(json).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn jitter_can_be_set() {
        let waits = |jitter: u32| {
            let policy = parse(&format!(r#"{{"schedule":["100s"],"jitter":{jitter}}}"#)).unwrap();
            let mut rng = StdRng::seed_from_u64(7);
            (0..1000).map(|_| policy.wait_after(1, None, &mut rng).unwrap().as_secs_f64()).collect::<Vec<_>>()
        };
        assert!(waits(0).iter().all(|&wait| wait == 100.0));
        let wide = waits(50);
        assert!(wide.iter().all(|wait| (50.0..=150.0).contains(wait)));
        assert!(wide.iter().any(|&wait| wait < 55.0) && wide.iter().any(|&wait| wait > 145.0));
        for (json, part) in [
            (r#"{"preset":"quick","jitter":51}"#, "jitter is from 0 to 50 per cent"),
            (r#"{"preset":"quick","jitter":300}"#, "jitter is from 0 to 50 per cent"),
            (r#"{"preset":"quick","jitter":0.2}"#, "expected u32"),
        ] {
            let error = parse(json).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let json = r#"{"preset":"quick","attempts":3,"jitter":0}"#;
        assert_eq!(serde_json::to_string(&parse(json).unwrap()).unwrap(), json);
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
            let waits = Waits::Schedule(waits.into_iter().map(Span::seconds).collect());
            let policy = RetryPolicy { waits, ..RetryPolicy::default() };
            let json = serde_json::to_string(&policy).unwrap();
            prop_assert_eq!(serde_json::from_str::<RetryPolicy>(&json).unwrap(), policy);
        }
    }
}

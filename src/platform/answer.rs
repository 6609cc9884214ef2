//! What a platform's answer means. Many answer 200 and say in the body that they did not take it.

use std::{ops::RangeInclusive, time::Duration};

use regex::Regex;
use serde_json::Value;

use super::prefix;

const LONGEST_REASON: usize = 300;
const LONGEST_CURE: usize = 100;
const LONGEST_DELAY: Duration = Duration::from_secs(24 * 3600);

/// A test of an answer's status and body.
#[derive(Clone, Debug)]
pub struct AnswerPattern {
    /// The status is in one of these.
    pub status: Vec<RangeInclusive<u16>>,
    /// What the body has to be, if that matters.
    pub body: Option<BodyPattern>,
}

/// A test of an answer's body.
#[derive(Clone, PartialEq, Debug)]
pub enum BodyPattern {
    /// It is this text, spaces around it aside.
    Is(String),
    /// This text is in it.
    Contains(String),
    /// It is JSON and has this value there.
    Has { pointer: String, value: Value },
}

impl AnswerPattern {
    fn fits(&self, status: u16, body: &[u8]) -> bool {
        self.status.iter().any(|range| range.contains(&status))
            && match &self.body {
                None => true,
                Some(BodyPattern::Is(text)) => body.trim_ascii() == text.as_bytes(),
                Some(BodyPattern::Contains(text)) => String::from_utf8_lossy(body).contains(text.as_str()),
                Some(BodyPattern::Has { pointer, value }) => prefix::find(body, pointer).as_ref() == Some(value),
            }
    }
}

/// How a platform says yes, no, never again and later.
#[derive(Clone, Debug)]
pub struct Answers {
    /// It took the message if one of these holds.
    pub success: Vec<AnswerPattern>,
    /// JSON pointers to its own words on what was wrong; the empty one is a body that is text.
    pub reason: Vec<String>,
    /// Refusals that another try does not change.
    pub last: Vec<(AnswerPattern, FailureAction)>,
    /// Where it says what helps: a JSON pointer, and a sentence with `{}` for what is there.
    pub cures: Vec<(String, String)>,
    /// Where it says how long to wait; the first that fits.
    pub delays: Vec<Delay>,
}

/// What follows from a refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureAction {
    /// Try again by the webhook's schedule.
    Retry,
    /// This message is never taken, others may be.
    GiveUp,
    /// Nothing is taken any more: the hook was deleted, the bot blocked.
    Disable,
}

/// An answer that is no success.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// A sentence for the webhook's owner, with the platform's own words.
    pub message: String,
    /// What becomes of the delivery and its webhook.
    pub action: FailureAction,
}

/// Where an answer's body says how long to wait.
#[derive(Clone, Debug)]
pub struct Delay {
    /// The answers that say it.
    pub pattern: AnswerPattern,
    /// JSON pointer to a number, or to text that is one.
    pub pointer: String,
    /// Its unit in milliseconds.
    pub millis: f64,
    /// Only for URLs that this is found in.
    pub url: Option<Regex>,
}

impl Answers {
    /// Whether the platform took the message. `body` may be cut short.
    pub fn judge(&self, name: &str, status: u16, body: &[u8]) -> Result<(), Refusal> {
        if self.success.iter().any(|pattern| pattern.fits(status, body)) {
            return Ok(());
        }
        let action = self
            .last
            .iter()
            .find(|(pattern, _)| pattern.fits(status, body))
            .map_or(FailureAction::Retry, |(_, action)| *action);
        let but = if (200..300).contains(&status) { ", but did not take the message" } else { "" };
        let mut message = format!("{name} answered {status}{but}");
        if let Some(reason) = self.reason(body) {
            message.push_str(": ");
            message.push_str(&reason);
        }
        message.extend(self.cure(body).map(|cure| format!("; {cure}")));
        Err(Refusal { message, action })
    }

    /// What helps, if the platform says it.
    fn cure(&self, body: &[u8]) -> Option<String> {
        self.cures.iter().find_map(|(pointer, sentence)| {
            let value = match prefix::find(body, pointer)? {
                Value::String(text) => text.chars().filter(|c| !c.is_control()).take(LONGEST_CURE).collect(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(sentence.replace("{}", &value))
        })
    }

    /// The platform's own words, on one line.
    fn reason(&self, body: &[u8]) -> Option<String> {
        let text = self.reason.iter().find_map(|pointer| match pointer.as_str() {
            "" => text_body(body),
            pointer => match prefix::find(body, pointer)? {
                Value::String(text) => Some(text),
                Value::Null | Value::Bool(_) => None,
                other => Some(other.to_string()),
            },
        })?;
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut reason: String = words.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
        if reason.len() < words.len() {
            reason.push('…');
        }
        (!reason.is_empty()).then_some(reason)
    }

    /// How long the platform asks to wait, at most a day.
    pub fn delay(&self, status: u16, url: &str, body: &[u8]) -> Option<Duration> {
        let fits = |delay: &&Delay| {
            delay.pattern.fits(status, body) && delay.url.as_ref().is_none_or(|part| part.is_match(url))
        };
        self.delays.iter().filter(fits).find_map(|delay| {
            let millis = delay.millis
                * match prefix::find(body, &delay.pointer)? {
                    Value::Number(number) => number.as_f64()?,
                    Value::String(text) => text.trim().parse().ok()?,
                    _ => return None,
                };
            let is_time = millis.is_finite() && millis >= 0.0;
            is_time.then(|| Duration::from_millis(millis.min(LONGEST_DELAY.as_millis() as f64).ceil() as u64))
        })
    }
}

/// A body that is a line of text, and neither JSON nor a page.
fn text_body(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body.get(..LONGEST_REASON * 4).unwrap_or(body));
    let text = text.trim();
    (!text.is_empty() && !text.starts_with(['{', '[', '<'])).then(|| text.to_owned())
}

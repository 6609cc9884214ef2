//! A lane as its owner sees it over the API: what it owes, and when it tries again.

use reqwest::Method;
use serde_json::{Value, json};

use super::screen::{Line, Tone};
use crate::cli::client::Client;

/// How many deliveries are counted.
const MOST_COUNTED: usize = 100;

/// Watches the lane of one webhook.
pub(super) struct LaneWatch {
    name: &'static str,
    webhook: String,
    shown: Owed,
}

/// What is owed, and when the next of it is tried again.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Owed {
    pending: usize,
    retrying: usize,
    next: Option<String>,
}

impl LaneWatch {
    pub fn of(name: &'static str, webhook: &str) -> LaneWatch {
        LaneWatch { name, webhook: webhook.to_owned(), shown: Owed::default() }
    }

    /// Asks how the lane is. A line, if there is anything new to tell.
    pub async fn look(&mut self, client: &Client) -> anyhow::Result<Option<Line>> {
        let of = |status| {
            let path = format!("/deliveries?webhook={}&status={status}&limit={MOST_COUNTED}", self.webhook);
            async move { client.call(Method::GET, &path, &json!({})).await }
        };
        let (pending, retrying) = (of("pending").await?, of("retrying").await?);
        let owed = Owed::of(list(&pending), list(&retrying));
        // What is pending for a moment is no trouble.
        let news = owed.trouble(&self.shown);
        if let Some((tone, text)) = news {
            self.shown = owed;
            return Ok(Some(Line { who: self.name, tone, text }));
        }
        Ok(None)
    }
}

fn list(page: &Value) -> &[Value] {
    page["data"].as_array().map_or(&[], Vec::as_slice)
}

impl Owed {
    fn of(pending: &[Value], retrying: &[Value]) -> Owed {
        let next = retrying.iter().filter_map(|delivery| delivery["next_attempt_at"].as_str()).min();
        Owed { pending: pending.len(), retrying: retrying.len(), next: next.map(str::to_owned) }
    }

    /// What there is to tell, if that was told before.
    fn trouble(&self, before: &Owed) -> Option<(Tone, String)> {
        match (self.retrying, before.retrying) {
            (0, 0) => None,
            (0, _) => Some((Tone::Good, "recovered: nothing waits for another try".into())),
            _ if self == before => None,
            (retrying, _) => {
                let time = self.next.as_deref().and_then(|next| next.get(11..19)).unwrap_or("once it may");
                let behind = match self.pending {
                    0 => String::new(),
                    pending => format!(", {pending} more wait behind"),
                };
                Some((Tone::Waiting, format!("{retrying} failed and will be tried again, the first at {time}{behind}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_and_its_end_are_told_once() {
        let delivery = |at: &str| json!({"next_attempt_at": at});
        let none = Owed::default();
        let some =
            Owed::of(&[json!({})], &[delivery("2026-01-31T12:00:09.000Z"), delivery("2026-01-31T12:00:07.500Z")]);
        let (tone, text) = some.trouble(&none).unwrap();
        assert_eq!(
            (tone, text.as_str()),
            (Tone::Waiting, "2 failed and will be tried again, the first at 12:00:07, 1 more wait behind")
        );
        assert_eq!(some.trouble(&some), None);
        assert_eq!(none.trouble(&some).unwrap().0, Tone::Good);
        assert_eq!(Owed::of(&[json!({})], &[]).trouble(&none), None, "what is pending for a moment is no trouble");
    }
}

//! Credentials, hidden in texts that repeat them: platforms and receivers answer with what they were sent, as it is or as
//! their own languages write it.
//!
//! A text is searched as it is, and as it reads with its escapes undone ([`decoded`]): those of one language, and those of all,
//! layer by layer; each also without white space, since who writes base64 or hex breaks its lines. What is searched for ([`needles`]) is each credential, its hex, and its base64 wherever in a larger base64 text it stands. What is found is
//! hidden where it stands in the text; the text's other bytes stay.

mod decoded;
mod needles;

use std::{collections::BTreeSet, ops::Range, sync::OnceLock};

use self::{
    decoded::{ALL, Decoded, EACH},
    needles::{Needles, SHORTEST},
};
use crate::model::REDACTED;

/// How often escapes are undone: JSON in a string of JSON, shown in HTML.
const LAYERS: usize = 3;

/// Credentials. What is searched for is made when there is a text to search, once. Has no `Debug`, so that it cannot be
/// logged.
#[derive(Default)]
pub struct Credentials {
    all: BTreeSet<String>,
    needles: OnceLock<Needles>,
}

impl Credentials {
    /// These. What is short stands in many a text that has nothing to do with it, and hiding it would tell it.
    pub fn new(all: impl IntoIterator<Item = String>) -> Credentials {
        let all = all.into_iter().filter(|credential| credential.len() >= SHORTEST).collect();
        Credentials { all, needles: OnceLock::new() }
    }

    /// Whether there is nothing to search for.
    pub fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    /// Bytes that they take at most, once they have been searched for.
    pub fn weight(&self) -> usize {
        self.all.iter().map(|credential| Needles::most_bytes(credential)).sum()
    }

    /// The text with all of them hidden; `None` if there are none in it.
    pub fn hidden(&self, text: &str) -> Option<String> {
        self.hidden_in_bytes(text.as_bytes()).map(|shown| String::from_utf8_lossy(&shown).into_owned())
    }

    /// Bytes, which need not be text, with all of them hidden, also one whose end was cut off with the text's; `None` if
    /// there are none in it.
    pub fn hidden_in_bytes(&self, text: &[u8]) -> Option<Vec<u8>> {
        if self.all.is_empty() || text.len() < SHORTEST {
            return None;
        }
        let needles = self.needles.get_or_init(|| Needles::of(&self.all));
        let mut found = needles.found_with_breaks_in(text);
        let mut search = |decoded: &Decoded| {
            let places = needles.found_with_breaks_in(decoded.bytes());
            found.extend(places.into_iter().map(|place| decoded.source(place)));
        };
        EACH.iter().filter_map(|escapes| Decoded::of(text, *escapes)).for_each(|decoded| search(&decoded));
        let mut layer = Decoded::of(text, ALL);
        for _ in 0..LAYERS {
            let Some(decoded) = layer else { break };
            search(&decoded);
            layer = decoded.again();
        }
        (!found.is_empty()).then(|| replaced(text, found))
    }
}

/// The text with these places hidden; those that overlap are one.
fn replaced(text: &[u8], mut places: Vec<Range<usize>>) -> Vec<u8> {
    places.sort_unstable_by_key(|place| place.start);
    let mut shown = Vec::with_capacity(text.len());
    let mut end = 0;
    for place in places {
        if place.start >= end {
            shown.extend_from_slice(&text[end..place.start]);
            shown.extend_from_slice(REDACTED.as_bytes());
        }
        end = end.max(place.end);
    }
    shown.extend_from_slice(&text[end..]);
    shown
}

#[cfg(test)]
mod tests;

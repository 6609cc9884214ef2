//! What a new version of a schema breaks for receivers who know the old one: in go two schemas, out come sentences.
//!
//! A receiver reads data that is valid under the new schema with code written for the old one. So everything that can
//! arrive now and could not before is named: a field that is gone or may be missing, a type, value or format that is
//! new (these *break*), a limit that was moved outwards (these *loosen*; few receivers mind). A field that is new breaks
//! nothing, as receivers ignore what they do not know, except where the old schema promised that there are no others.
//! If nothing is named, all data that fits the new schema fits the old one. In doubt something is named: rules that
//! cannot be compared (`not`, `if`, `patternProperties`, …) count as broken unless they stayed as they were; and `oneOf`
//! is read like `anyOf`: a receiver seldom minds that data fits two alternatives.

mod facts;
mod same;
mod words;

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use crate::view::{View, kind};

/// As many are named.
const MOST_BREAKAGES: usize = 100;
/// As many pairs of schemas are compared (of large ones fewer); enough for any that are not built to use them up.
const MOST_STEPS: usize = 8_000;
const DEEPEST: usize = 64;

/// One thing that a receiver of the old version may not expect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Breakage {
    /// JSON pointer into the data; `*` stands for any item or any field that is not described.
    #[cfg_attr(feature = "utoipa", schema(example = "/lines/*/price"))]
    pub pointer: String,
    /// What can happen now that could not before.
    pub message: String,
    /// How bad it is.
    pub impact: Impact,
}

/// How bad it is for a receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Code written for the old version can fail: a field is missing, or of another type, format or meaning.
    Breaks,
    /// Only a limit was moved outwards; it matters where a receiver relied on it, as with the width of a column.
    Loosens,
}

/// What data of `new` can hold that data of `old` could not. Empty: receivers of the old version need not change.
/// Takes schemas that [`Validator::new`](crate::Validator::new) accepts; of others it may say too much or too little.
pub fn compatibility(old: &Value, new: &Value) -> Vec<Breakage> {
    if old == new {
        return Vec::new();
    }
    let mut steps = MOST_STEPS;
    let mut comparison = Comparison { old, new, found: Vec::new(), open: HashSet::new(), steps: &mut steps, depth: 0 };
    comparison.compare(&View::of(old), &View::of(new), "");
    let mut found = comparison.found;
    found.truncate(MOST_BREAKAGES);
    found
}

type Pair = ((Vec<usize>, Vec<usize>, u8), (Vec<usize>, Vec<usize>, u8));

struct Comparison<'a, 'b> {
    old: &'a Value,
    new: &'a Value,
    found: Vec<Breakage>,
    /// Pairs that are being compared: meeting one again, in a schema that refers to itself, says nothing new.
    open: HashSet<Pair>,
    steps: &'b mut usize,
    depth: usize,
}

impl<'a> Comparison<'a, '_> {
    fn compare(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        if *self.steps == 0 || self.depth > DEEPEST {
            return self.breaks(at, "this part is too intricate to be compared");
        }
        *self.steps = self.steps.saturating_sub(1 + (old.parts.len() + new.parts.len()) / 8);
        let pair = (old.identity(), new.identity());
        if new.kinds() == 0 || !self.open.insert(pair.clone()) {
            return;
        }
        self.depth += 1;
        self.compare_cases(old, new, at);
        self.depth -= 1;
        self.open.remove(&pair);
    }

    /// Alternatives of the new version each have to fit into one of the old.
    fn compare_cases(&mut self, old: &View<'a>, new: &View<'a>, at: &str) {
        if let Some(branches) = new.choices.first() {
            for branch in *branches {
                self.compare(old, &new.choose(0, branch), at);
            }
            return;
        }
        let Some(branches) = old.choices.first() else { return self.compare_facts(old, new, at) };
        if let Some(values) = new.values().filter(|values| values.len() > 1) {
            for value in values {
                self.compare(old, &new.only_value(value), at);
            }
            return;
        }
        let kinds = new.kinds();
        if kinds.count_ones() > 1 {
            for kind in kind::EACH.into_iter().filter(|kind| kinds & kind != 0) {
                self.compare(old, &new.only(kind), at);
            }
            return;
        }
        let mut nearest: Option<Vec<Breakage>> = None;
        for branch in *branches {
            let found = self.trial(&old.choose(0, branch), new, at);
            if found.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|nearest| found.len() < nearest.len()) {
                nearest = Some(found);
            }
        }
        match nearest {
            Some(one) if one.len() == 1 && one.iter().all(|breakage| breakage.impact == Impact::Loosens) => {
                one.into_iter().for_each(|breakage| self.note(breakage));
            }
            _ => {
                let what = new.value.map_or_else(|| words::of_kinds(kinds), words::of_value);
                self.breaks(at, format!("it can now be {what} that fits none of the alternatives it had"));
            }
        }
    }

    /// What comparing these would find, without noting it.
    fn trial(&mut self, old: &View<'a>, new: &View<'a>, at: &str) -> Vec<Breakage> {
        let mut trial = Comparison {
            old: self.old,
            new: self.new,
            found: Vec::new(),
            open: self.open.clone(),
            steps: self.steps,
            depth: self.depth,
        };
        trial.compare(old, new, at);
        trial.found
    }

    fn breaks(&mut self, at: &str, message: impl Into<String>) {
        self.note(Breakage { pointer: at.into(), message: message.into(), impact: Impact::Breaks });
    }

    fn loosens(&mut self, at: &str, message: impl Into<String>) {
        self.note(Breakage { pointer: at.into(), message: message.into(), impact: Impact::Loosens });
    }

    fn note(&mut self, breakage: Breakage) {
        if self.found.len() < MOST_BREAKAGES && !self.found.contains(&breakage) {
            self.found.push(breakage);
        }
    }
}

#[cfg(test)]
mod tests;

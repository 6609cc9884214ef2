//! What must be in a document for a filter to hold: an index keeps the filter under it, and finds it by the document.

use crate::{
    condition::{Condition, Path, Test},
    scalar::Scalar,
};

/// Something that a document has or has not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IndexKey<'a> {
    /// In which field, by its place in [`Schema::FIELDS`](crate::Schema::FIELDS).
    pub field: usize,
    /// Under which member names, from the field down. Lists on the way stand for each of their elements.
    pub path: &'a [Box<str>],
    /// What is there.
    pub matching: Match<'a>,
}

/// What is found at a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Match<'a> {
    /// This value, or a list with this element.
    Value(Scalar<'a>),
    /// A text, not as a list's element.
    AnyText,
    /// Whatever it is.
    Anything,
}

/// A filter can hold only for a document that has at least one of these.
#[derive(PartialEq, Eq, Debug)]
pub struct IndexKeys<'a> {
    /// Without any, no document has what the filter asks for.
    pub any_of: Vec<IndexKey<'a>>,
    /// With one of them the filter holds for certain; it need not be evaluated.
    pub suffice: bool,
}

/// How keys are chosen.
#[derive(Clone, Copy)]
pub(crate) struct Choice<'c> {
    /// Instead of more keys than this, it is asked whether there is anything at their paths.
    pub most: usize,
    /// What it costs to have these.
    pub cost: &'c dyn Fn(&[IndexKey<'_>]) -> u64,
}

/// The keys of a condition, or of its opposite.
pub(crate) fn keys<'a>(condition: &'a Condition, opposite: bool, choice: Choice<'_>) -> Option<IndexKeys<'a>> {
    match (condition, opposite) {
        (Condition::Not(part), _) => keys(part, !opposite, choice),
        (Condition::Other(filter), _) => keys(&filter.condition, opposite, choice),
        (Condition::Test(path, test), false) => Some(test.index_keys(path, choice.most)),
        (Condition::Test(..), true) => None,
        (Condition::All(parts), false) | (Condition::Any(parts), true) => cheapest(parts, opposite, choice),
        (Condition::Any(parts), false) | (Condition::All(parts), true) => union(parts, opposite, choice),
    }
}

/// All parts must hold, so the keys of any one of them will do.
fn cheapest<'a>(parts: &'a [Condition], opposite: bool, choice: Choice<'_>) -> Option<IndexKeys<'a>> {
    let mut sets: Vec<IndexKeys<'a>> = parts.iter().filter_map(|part| keys(part, opposite, choice)).collect();
    let mut best = match sets.len() {
        0 | 1 => sets.pop()?,
        _ => sets.into_iter().min_by_key(|set| (choice.cost)(&set.any_of))?,
    };
    best.suffice &= parts.len() == 1;
    Some(best)
}

/// One part must hold, so without keys of all parts there are none.
fn union<'a>(parts: &'a [Condition], opposite: bool, choice: Choice<'_>) -> Option<IndexKeys<'a>> {
    let mut joined = IndexKeys { any_of: Vec::new(), suffice: true };
    for part in parts {
        let set = keys(part, opposite, choice)?;
        joined.any_of.extend(set.any_of);
        joined.suffice &= set.suffice;
        if joined.any_of.len() > choice.most {
            joined = joined.anything();
        }
    }
    // So many different paths are more than is worth keeping.
    (joined.any_of.len() <= choice.most).then_some(joined)
}

impl<'a> IndexKeys<'a> {
    /// Whatever is at their paths.
    fn anything(self) -> IndexKeys<'a> {
        let mut any_of = self.any_of;
        any_of.iter_mut().for_each(|key| key.matching = Match::Anything);
        any_of.sort_unstable_by_key(|key| (key.field, key.path));
        any_of.dedup();
        IndexKeys { any_of, suffice: false }
    }
}

/// Every key that could be chosen of a condition, whether or not it is needed.
pub(crate) fn each_key<'a>(condition: &'a Condition, most: usize, act: &mut dyn FnMut(IndexKey<'a>)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| each_key(part, most, act)),
        Condition::Not(part) => each_key(part, most, act),
        Condition::Other(filter) => each_key(&filter.condition, most, act),
        Condition::Test(path, test) => {
            let keys = test.index_keys(path, most).any_of;
            keys.into_iter().chain([path.key(Match::Anything)]).for_each(act);
        }
    }
}

impl Path {
    fn key<'a>(&'a self, matching: Match<'a>) -> IndexKey<'a> {
        IndexKey { field: self.field, path: &self.keys, matching }
    }
}

impl Test {
    fn index_keys<'a>(&'a self, path: &'a Path, most: usize) -> IndexKeys<'a> {
        let one = |matching, suffice| IndexKeys { any_of: vec![path.key(matching)], suffice };
        match self {
            Test::Equal(wanted) => one(Match::Value(wanted.get()), true),
            Test::OneOf(wanted) if wanted.len() > most => one(Match::Anything, false),
            Test::OneOf(wanted) => IndexKeys {
                any_of: wanted.iter().map(|wanted| path.key(Match::Value(wanted))).collect(),
                suffice: true,
            },
            Test::Exists => one(Match::Anything, true),
            Test::Contains(part) => match Scalar::of(part) {
                Some(text @ Scalar::Text(_)) => {
                    IndexKeys { any_of: vec![path.key(Match::Value(text)), path.key(Match::AnyText)], suffice: false }
                }
                Some(scalar) => one(Match::Value(scalar), false),
                None => one(Match::Anything, false),
            },
            Test::Same(_)
            | Test::Compare(..)
            | Test::StartsWith(_)
            | Test::EndsWith(_)
            | Test::Regex(_)
            | Test::Number(_) => one(Match::Anything, false),
        }
    }
}

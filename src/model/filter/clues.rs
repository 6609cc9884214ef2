//! What must be in an event for a filter to hold: the index files webhooks under it.

use super::{
    Field, Filter, Scalar,
    condition::{Condition, Path, Test},
};

/// More than these cost more to file under than they save.
const MOST_CLUES: usize = 4096;

/// Something that an event has or has not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Clue<'a> {
    /// In which field.
    pub field: Field,
    /// Under which keys, from the field down. Lists on the way stand for each of their elements.
    pub keys: &'a [Box<str>],
    /// What is there.
    pub sign: Sign<'a>,
}

/// What is found at a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sign<'a> {
    /// This value, or a list with this element.
    Value(Scalar<'a>),
    /// A text, not as a list's element.
    AnyText,
    /// Whatever it is.
    Anything,
}

/// A filter can hold only for an event that has at least one of these.
#[derive(PartialEq, Eq, Debug)]
pub struct Clues<'a> {
    /// None: no event has what the filter asks for.
    pub any_of: Vec<Clue<'a>>,
    /// With one of them the filter holds for certain; it need not be evaluated.
    pub suffice: bool,
}

impl Filter {
    /// The clues of this filter; `None` if it can hold without any. Where only one of several sets is needed, that for
    /// which `cost` is least.
    pub fn clues(&self, cost: &dyn Fn(&[Clue<'_>]) -> u64) -> Option<Clues<'_>> {
        clues(self.condition(), false, cost)
    }

    /// Every clue that [`Filter::clues`] could give, some perhaps more than once.
    pub fn each_clue<'a>(&'a self, act: &mut dyn FnMut(Clue<'a>)) {
        each_clue(self.condition(), act);
    }
}

/// The clues of a condition, or of its opposite.
fn clues<'a>(condition: &'a Condition, opposite: bool, cost: &dyn Fn(&[Clue<'_>]) -> u64) -> Option<Clues<'a>> {
    match (condition, opposite) {
        (Condition::Not(part), _) => clues(part, !opposite, cost),
        (Condition::Other(filter), _) => clues(filter.condition(), opposite, cost),
        (Condition::Test(path, test), false) => Some(test.clues(path)),
        (Condition::Test(..), true) => None,
        (Condition::All(parts), false) | (Condition::Any(parts), true) => cheapest(parts, opposite, cost),
        (Condition::Any(parts), false) | (Condition::All(parts), true) => union(parts, opposite, cost),
    }
}

/// All parts must hold, so the clues of any one of them will do.
fn cheapest<'a>(parts: &'a [Condition], opposite: bool, cost: &dyn Fn(&[Clue<'_>]) -> u64) -> Option<Clues<'a>> {
    let mut sets: Vec<Clues<'a>> = parts.iter().filter_map(|part| clues(part, opposite, cost)).collect();
    let mut best = match sets.len() {
        0 | 1 => sets.pop()?,
        _ => sets.into_iter().min_by_key(|set| cost(&set.any_of))?,
    };
    best.suffice &= parts.len() == 1;
    Some(best)
}

/// One part must hold, so without clues of all parts there are none.
fn union<'a>(parts: &'a [Condition], opposite: bool, cost: &dyn Fn(&[Clue<'_>]) -> u64) -> Option<Clues<'a>> {
    let mut joined = Clues { any_of: Vec::new(), suffice: true };
    for part in parts {
        let set = clues(part, opposite, cost)?;
        joined.any_of.extend(set.any_of);
        joined.suffice &= set.suffice;
        if joined.any_of.len() > MOST_CLUES {
            return None;
        }
    }
    Some(joined)
}

fn each_clue<'a>(condition: &'a Condition, act: &mut dyn FnMut(Clue<'a>)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| each_clue(part, act)),
        Condition::Not(part) => each_clue(part, act),
        Condition::Other(filter) => each_clue(filter.condition(), act),
        Condition::Test(path, test) => test.clues(path).any_of.into_iter().for_each(act),
    }
}

impl Test {
    fn clues<'a>(&'a self, path: &'a Path) -> Clues<'a> {
        let clue = |sign| Clue { field: path.field, keys: &path.keys, sign };
        let one = |sign, suffice| Clues { any_of: vec![clue(sign)], suffice };
        match self {
            Test::Equal(wanted) => one(Sign::Value(wanted.get()), true),
            Test::OneOf(wanted) => {
                Clues { any_of: wanted.iter().map(|wanted| clue(Sign::Value(wanted.get()))).collect(), suffice: true }
            }
            Test::Exists => one(Sign::Anything, true),
            Test::Contains(part) => match Scalar::of(part) {
                Some(text @ Scalar::Text(_)) => {
                    Clues { any_of: vec![clue(Sign::Value(text)), clue(Sign::AnyText)], suffice: false }
                }
                Some(scalar) => one(Sign::Value(scalar), false),
                None => one(Sign::Anything, false),
            },
            Test::Same(_) | Test::Compare(..) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Regex(_) => {
                one(Sign::Anything, false)
            }
        }
    }
}

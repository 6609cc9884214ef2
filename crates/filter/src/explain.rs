//! Why a document is not wanted: the clauses that said no, each with what was wanted and what is there.
//!
//! Nothing of this is done where only yes or no is asked. Here a condition is evaluated once more, in the same order, and remembers
//! what decided it: of conditions that must all hold, the first that does not; of alternatives all, since any would have done. A
//! negation is carried down to the clause that it denies, so that what is said is always about a value: `$not` of `$in` is `$nin`, and of
//! two conditions that both hold, either could have been otherwise.

use serde_json::{Map, Value};

use crate::{
    condition::{Comparison, Condition, Path, Test},
    document::{Document, Schema},
    error::escaped,
    excerpt::Excerpt,
    scalar::Scalar,
    scalar_set::ScalarSet,
    steps::Steps,
};

/// More alternatives are not told.
const MOST_ALTERNATIVES: usize = 8;
/// More values that are found at one path are not told.
const MOST_FOUND: usize = 8;

/// Whether a document is wanted, with the reason if it is not.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// It is.
    Wanted,
    /// It is not.
    Refused(Refusal),
}

/// Why a document is not wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct Refusal {
    /// The clause that said no; or several, of which one would have had to hold.
    pub clauses: Vec<Clause>,
    /// Whether there are more of these than are told.
    pub more: bool,
}

/// A clause that did not hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    /// Where it looked: a field, then keys of objects below. A list on the way stands for each of its elements. Empty of what asks
    /// about nothing: `{"$not":{}}`.
    pub path: Vec<String>,
    /// As filters write it.
    pub operator: &'static str,
    /// What the operator is given.
    pub wanted: Value,
    /// What is there, if anything is: several values, as they are found in a list on the way, are a list of them.
    pub found: Option<Value>,
    /// Whether more was wanted or found than is told.
    pub shortened: bool,
}

impl Clause {
    /// One that the program makes, of what it has decided itself.
    pub fn new(path: &[&str], operator: &'static str, wanted: &Value, found: Option<&Value>) -> Clause {
        let path = path.iter().map(|&name| name.to_owned()).collect();
        let (mut of_wanted, mut of_found) = (Excerpt::default(), Excerpt::default());
        let (wanted, found) = (of_wanted.of(wanted), found.map(|found| of_found.of(found)));
        Clause { path, operator, wanted, found, shortened: of_wanted.is_short || of_found.is_short }
    }

    /// Its path as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        self.path.iter().flat_map(|name| ["/".to_owned(), escaped(name)]).collect()
    }
}

/// See [`Filter::explain`](crate::Filter::explain).
pub(super) fn verdict<D: Document>(condition: &Condition, document: &D, steps: &mut Steps) -> Option<Verdict> {
    let Answer::Otherwise(reasons) = asked(condition, true, document, steps)? else { return Some(Verdict::Wanted) };
    let clauses = reasons.leaves.iter().map(|leaf| leaf.clause(document, steps)).collect::<Option<_>>()?;
    Some(Verdict::Refused(Refusal { clauses, more: reasons.more }))
}

/// Whether a condition is as it is wanted: that it holds, or that it does not.
enum Answer<'c> {
    AsWanted,
    Otherwise(Reasons<'c>),
}

/// The clauses of which one would have to be otherwise.
#[derive(Default)]
struct Reasons<'c> {
    leaves: Vec<Leaf<'c>>,
    /// Not all are named.
    more: bool,
}

/// One thing that was decided.
enum Leaf<'c> {
    /// A test that is to pass, or not to.
    Test { path: &'c Path, test: &'c Test, ought: bool },
    /// `{"$not":{}}`, which never holds.
    Never,
}

impl<'c> Reasons<'c> {
    fn add(&mut self, other: Reasons<'c>) {
        let room = MOST_ALTERNATIVES - self.leaves.len();
        self.more |= other.more || other.leaves.len() > room;
        self.leaves.extend(other.leaves.into_iter().take(room));
    }
}

/// `ought`: whether the condition is to hold. `None`: finding out takes more steps than there are.
fn asked<'c, D: Document>(
    condition: &'c Condition,
    ought: bool,
    document: &D,
    steps: &mut Steps,
) -> Option<Answer<'c>> {
    match (condition, ought) {
        (Condition::Not(part), _) => asked(part, !ought, document, steps),
        (Condition::Other(filter), _) => asked(&filter.condition, ought, document, steps),
        (Condition::Test(path, test), _) => {
            let passes = path.any(document, steps, |value, steps| test.passes(value, steps))?;
            let leaf = Leaf::Test { path, test, ought };
            Some(match passes == ought {
                true => Answer::AsWanted,
                false => Answer::Otherwise(Reasons { leaves: vec![leaf], more: false }),
            })
        }
        (Condition::All(parts), true) | (Condition::Any(parts), false) => {
            for part in parts {
                if let otherwise @ Answer::Otherwise(_) = asked(part, ought, document, steps)? {
                    return Some(otherwise);
                }
            }
            Some(Answer::AsWanted)
        }
        (Condition::Any(parts), true) | (Condition::All(parts), false) => {
            let mut reasons = Reasons::default();
            for part in parts {
                match asked(part, ought, document, steps)? {
                    Answer::AsWanted => return Some(Answer::AsWanted),
                    Answer::Otherwise(of_part) => reasons.add(of_part),
                }
            }
            if parts.is_empty() {
                reasons.leaves.push(Leaf::Never);
            }
            Some(Answer::Otherwise(reasons))
        }
    }
}

impl Leaf<'_> {
    fn clause<D: Document>(&self, document: &D, steps: &mut Steps) -> Option<Clause> {
        let Leaf::Test { path, test, ought } = *self else {
            return Some(Clause::new(&[], "$not", &Value::Object(Map::new()), None));
        };
        let field = <D::Schema as Schema>::FIELDS.get(path.field).map_or("", |field| field.name);
        let path_of = [field].into_iter().chain(path.keys.iter().map(|key| &**key)).map(str::to_owned).collect();
        let mut of_wanted = Excerpt::default();
        let (operator, wanted) = written(test, ought, &mut of_wanted);
        let (found, is_short) = path.found(document, steps)?;
        let shortened = of_wanted.is_short || is_short;
        Some(Clause { path: path_of, operator, wanted, found, shortened })
    }
}

impl Path {
    /// What is here, and whether there is more than is told.
    fn found(&self, document: &impl Document, steps: &mut Steps) -> Option<(Option<Value>, bool)> {
        let (mut found, mut excerpt) = (Vec::new(), Excerpt::default());
        let is_full = self.any(document, steps, |value, _| {
            let is_full = found.len() == MOST_FOUND;
            if !is_full {
                found.push(excerpt.of(value));
            }
            Some(is_full)
        })?;
        let is_short = excerpt.is_short || is_full;
        Some(match found.len() {
            0 | 1 => (found.pop(), is_short),
            _ => (Some(found.into()), is_short),
        })
    }
}

/// A test as filters write it: its operator, and what that is given.
fn written(test: &Test, ought: bool, excerpt: &mut Excerpt) -> (&'static str, Value) {
    let denied = |operator: &'static str, value: Value| match ought {
        true => (operator, value),
        false => ("$not", Value::Object(Map::from_iter([(operator.to_owned(), value)]))),
    };
    match test {
        Test::Equal(wanted) => (if ought { "$eq" } else { "$neq" }, excerpt.of(&value_of(wanted.get()))),
        Test::Same(wanted) => (if ought { "$eq" } else { "$neq" }, excerpt.of(wanted)),
        Test::OneOf(wanted) => (if ought { "$in" } else { "$nin" }, values_of(wanted, excerpt)),
        Test::Exists => ("$exists", ought.into()),
        Test::Number(test) => {
            // What denies a number holds also where there is none, here as in filters.
            let (operator, value) = written(test, ought || matches!(**test, Test::Compare(..)), excerpt);
            let inner = Value::Object(Map::from_iter([(operator.to_owned(), value)]));
            if matches!(**test, Test::Compare(..)) { denied("$number", inner) } else { ("$number", inner) }
        }
        Test::Compare(comparison, bound) => denied(comparison.name(), excerpt.of(&value_of(bound.get()))),
        Test::StartsWith(start) => denied("$startsWith", excerpt.text(start)),
        Test::EndsWith(end) => denied("$endsWith", excerpt.text(end)),
        Test::Regex(pattern) => denied("$regex", excerpt.text(pattern.text())),
        Test::Contains(part) => denied("$contains", excerpt.of(part)),
    }
}

fn value_of(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(bool) => bool.into(),
        Scalar::Number(number) => number.value(),
        Scalar::Text(text) => text.into(),
    }
}

fn values_of(set: &ScalarSet, excerpt: &mut Excerpt) -> Value {
    excerpt.list(set.iter(), |excerpt, scalar| match scalar {
        Scalar::Text(text) => excerpt.text(text),
        other => excerpt.of(&value_of(other)),
    })
}

impl Comparison {
    fn name(self) -> &'static str {
        match self {
            Comparison::Greater => "$gt",
            Comparison::GreaterOrEqual => "$gte",
            Comparison::Less => "$lt",
            Comparison::LessOrEqual => "$lte",
        }
    }
}

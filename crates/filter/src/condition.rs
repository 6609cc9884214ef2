//! A filter as it is evaluated: tests on what is found at paths, joined by and, or, not.

use std::{cmp::Ordering, sync::Arc};

use serde_json::Value;

use crate::{
    document::Document,
    number::Number,
    patterns::Pattern,
    scalar::{OwnedScalar, Scalar, same},
    scalar_set::ScalarSet,
    steps::{OF_MEMBER, OF_NUMBER_IN_TEXT, OF_SEARCHED_BYTE, OF_VALUE, Steps, of_text},
};

/// What a filter is made of.
pub(super) struct Compiled {
    /// As text, which is a tenth of what the tree takes; none of one that the program made itself.
    pub(super) json: Option<Box<str>>,
    pub(super) condition: Condition,
}

pub(super) enum Condition {
    All(Box<[Condition]>),
    Any(Box<[Condition]>),
    Not(Box<Condition>),
    /// Something at the path passes the test.
    Test(Arc<Path>, Test),
    /// Another filter's.
    Other(Arc<Compiled>),
}

/// Where a test looks: a field, by its place in the schema, and keys of objects below.
pub(super) struct Path {
    pub(super) field: usize,
    pub(super) keys: Box<[Box<str>]>,
}

pub(super) enum Test {
    Equal(OwnedScalar),
    OneOf(Arc<ScalarSet>),
    /// Equal to a list or an object.
    Same(Box<Value>),
    Compare(Comparison, OwnedScalar),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Regex(Box<Pattern>),
    Contains(Box<Value>),
    /// A number, or a text that is one, of which this holds: [`Test::Equal`], [`Test::OneOf`] or [`Test::Compare`].
    Number(Box<Test>),
    Exists,
}

#[derive(Clone, Copy)]
pub(super) enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Condition {
    /// All of these, those that are quickly decided first.
    pub(super) fn all(mut parts: Vec<Condition>) -> Condition {
        match parts.len() {
            1 => parts.remove(0),
            _ => {
                parts.sort_by_key(Condition::cost);
                Condition::All(parts.into())
            }
        }
    }

    pub(super) fn not(self) -> Condition {
        Condition::Not(Box::new(self))
    }

    /// Whether it holds; `None` if finding out takes more steps than there are.
    pub(super) fn holds(&self, document: &impl Document, steps: &mut Steps) -> Option<bool> {
        match self {
            Condition::All(parts) => {
                for part in parts {
                    if !part.holds(document, steps)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Condition::Any(parts) => any(parts, |part| part.holds(document, steps)),
            Condition::Not(part) => part.holds(document, steps).map(|holds| !holds),
            Condition::Test(path, test) => path.any(document, steps, |value, steps| test.passes(value, steps)),
            Condition::Other(filter) => filter.condition.holds(document, steps),
        }
    }

    /// How many clauses there are in it, each value of a list counted as one.
    pub(super) fn values(&self) -> usize {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().map(Condition::values).sum(),
            Condition::Not(part) => part.values(),
            Condition::Test(_, test) => test.values(),
            Condition::Other(filter) => filter.condition.values(),
        }
    }

    /// How many regular expressions there are in it.
    pub(super) fn patterns(&self) -> usize {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().map(Condition::patterns).sum(),
            Condition::Not(part) => part.patterns(),
            Condition::Test(_, test) => usize::from(matches!(test, Test::Regex(_))),
            Condition::Other(filter) => filter.condition.patterns(),
        }
    }

    /// Roughly, relative to comparing a number.
    fn cost(&self) -> usize {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().fold(1, |sum, part| part.cost().saturating_add(sum))
            }
            Condition::Not(part) => part.cost(),
            Condition::Test(path, test) => path.keys.len() + test.cost(),
            Condition::Other(filter) => filter.condition.cost(),
        }
    }
}

/// Whether one of these does; `None` as soon as that cannot be said of one.
fn any<T>(all: impl IntoIterator<Item = T>, mut holds: impl FnMut(T) -> Option<bool>) -> Option<bool> {
    for one in all {
        if holds(one)? {
            return Some(true);
        }
    }
    Some(false)
}

impl Path {
    /// Whether anything that is found here passes. Lists on the way stand for each of their elements.
    pub(super) fn any(
        &self,
        document: &impl Document,
        steps: &mut Steps,
        mut passes: impl FnMut(&Value, &mut Steps) -> Option<bool>,
    ) -> Option<bool> {
        steps.take(OF_VALUE)?;
        match document.field(self.field) {
            Some(value) => any_below(value, &self.keys, steps, &mut passes),
            None => Some(false),
        }
    }
}

fn any_below(
    value: &Value,
    keys: &[Box<str>],
    steps: &mut Steps,
    passes: &mut impl FnMut(&Value, &mut Steps) -> Option<bool>,
) -> Option<bool> {
    let Some((key, rest)) = keys.split_first() else { return passes(value, steps) };
    let mut below = |value: &Value| {
        steps.take(OF_MEMBER)?;
        match value.get(&**key) {
            Some(member) => any_below(member, rest, steps, passes),
            None => Some(false),
        }
    };
    match value {
        Value::Array(elements) => any(elements, below),
        _ => below(value),
    }
}

impl Test {
    pub(super) fn passes(&self, value: &Value, steps: &mut Steps) -> Option<bool> {
        match self {
            Test::Contains(part) => contains(value, part, steps),
            Test::Exists => Some(true),
            Test::Same(wanted) => self_or_element(value, |value| same(wanted, value, steps)),
            _ => self_or_element(value, |value| self.passes_alone(value, steps)),
        }
    }

    /// The same of a value without its elements, of what is compared with one scalar after another.
    fn passes_alone(&self, value: &Value, steps: &mut Steps) -> Option<bool> {
        let text = value.as_str();
        steps.take(OF_VALUE + of_text(text.map_or(0, str::len)))?;
        Some(match self {
            Test::Equal(_) | Test::OneOf(_) | Test::Compare(..) => match Scalar::of(value) {
                Some(scalar) => self.holds(scalar, steps)?,
                None => false,
            },
            Test::Number(test) => {
                steps.take(if text.is_some() { OF_NUMBER_IN_TEXT } else { 0 })?;
                match Number::of_value(value) {
                    Some(number) => test.holds(Scalar::Number(number), steps)?,
                    None => false,
                }
            }
            Test::StartsWith(start) => text.is_some_and(|text| text.starts_with(&**start)),
            Test::EndsWith(end) => text.is_some_and(|text| text.ends_with(&**end)),
            Test::Regex(pattern) => match text {
                Some(text) => pattern.is_in(text, steps)?,
                None => false,
            },
            Test::Same(_) | Test::Contains(_) | Test::Exists => false,
        })
    }

    /// Whether one scalar passes, of what compares scalars.
    fn holds(&self, scalar: Scalar<'_>, steps: &mut Steps) -> Option<bool> {
        Some(match self {
            Test::Equal(wanted) => scalar == wanted.get(),
            Test::OneOf(wanted) => {
                steps.take(wanted.len().max(1).ilog2().into())?;
                wanted.has(scalar)
            }
            Test::Compare(comparison, bound) => comparison.holds(scalar, bound),
            _ => false,
        })
    }

    /// Each value of a list counted as one.
    fn values(&self) -> usize {
        match self {
            Test::OneOf(wanted) => wanted.len(),
            Test::Number(test) => test.values(),
            _ => 1,
        }
    }

    fn cost(&self) -> usize {
        match self {
            Test::Equal(_) | Test::Compare(..) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Exists => 1,
            Test::OneOf(_) | Test::Number(_) => 3,
            Test::Same(_) | Test::Contains(_) => 10,
            Test::Regex(_) => 30,
        }
    }
}

fn self_or_element(value: &Value, mut passes: impl FnMut(&Value) -> Option<bool>) -> Option<bool> {
    match (passes(value)?, value) {
        (false, Value::Array(elements)) => any(elements, passes),
        (holds, _) => Some(holds),
    }
}

fn contains(value: &Value, part: &Value, steps: &mut Steps) -> Option<bool> {
    steps.take(OF_VALUE)?;
    match (value, part) {
        (Value::String(text), Value::String(part)) => {
            steps.take(OF_SEARCHED_BYTE * text.len() as u64)?;
            Some(text.contains(part.as_str()))
        }
        (Value::Array(elements), part) => any(elements, |element| same(part, element, steps)),
        _ => Some(false),
    }
}

impl Comparison {
    fn holds(self, value: Scalar<'_>, bound: &OwnedScalar) -> bool {
        let order = match (value, bound.get()) {
            (Scalar::Number(value), Scalar::Number(bound)) => value.cmp(&bound),
            (Scalar::Text(value), Scalar::Text(bound)) => value.cmp(bound),
            _ => return false,
        };
        match self {
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
        }
    }
}

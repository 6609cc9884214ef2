//! A filter as it is evaluated: tests on what is found at paths, joined by and, or, not.

use std::{cmp::Ordering, sync::Arc};

use regex::Regex;
use serde_json::Value;

use crate::{
    document::Document,
    scalar::{OwnedScalar, Scalar, same},
};

/// What a filter is made of.
pub(super) struct Compiled {
    /// As text, which is a tenth of what the tree takes.
    pub(super) json: Box<str>,
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
    /// Sorted.
    OneOf(Box<[OwnedScalar]>),
    /// Equal to a list or an object.
    Same(Box<Value>),
    Compare(Comparison, OwnedScalar),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Regex(Box<Regex>),
    Contains(Box<Value>),
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

    pub(super) fn holds(&self, document: &impl Document) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(document)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(document)),
            Condition::Not(part) => !part.holds(document),
            Condition::Test(path, test) => path.any(document, |value| test.passes(value)),
            Condition::Other(filter) => filter.condition.holds(document),
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

impl Path {
    /// Whether anything that is found here passes. Lists on the way stand for each of their elements.
    fn any(&self, document: &impl Document, passes: impl Fn(&Value) -> bool) -> bool {
        document.field(self.field).is_some_and(|value| any_below(value, &self.keys, &passes))
    }
}

fn any_below(value: &Value, keys: &[Box<str>], passes: &impl Fn(&Value) -> bool) -> bool {
    let Some((key, rest)) = keys.split_first() else { return passes(value) };
    let below = |value: &Value| value.get(&**key).is_some_and(|member| any_below(member, rest, passes));
    match value {
        Value::Array(elements) => elements.iter().any(below),
        _ => below(value),
    }
}

impl Test {
    fn passes(&self, value: &Value) -> bool {
        let text = |passes: &dyn Fn(&str) -> bool| self_or_element(value, |value| value.as_str().is_some_and(passes));
        match self {
            Test::Equal(wanted) => self_or_element(value, |value| Scalar::of(value) == Some(wanted.get())),
            Test::OneOf(wanted) => self_or_element(value, |value| is_one_of(value, wanted)),
            Test::Same(wanted) => self_or_element(value, |value| same(wanted, value)),
            Test::Compare(comparison, bound) => self_or_element(value, |value| comparison.holds(value, bound)),
            Test::StartsWith(start) => text(&|text| text.starts_with(&**start)),
            Test::EndsWith(end) => text(&|text| text.ends_with(&**end)),
            Test::Regex(regex) => text(&|text| regex.is_match(text)),
            Test::Contains(part) => match (value, &**part) {
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                (Value::Array(elements), part) => elements.iter().any(|element| same(part, element)),
                _ => false,
            },
            Test::Exists => true,
        }
    }

    fn cost(&self) -> usize {
        match self {
            Test::Equal(_) | Test::Compare(..) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Exists => 1,
            Test::OneOf(_) => 3,
            Test::Same(_) | Test::Contains(_) => 10,
            Test::Regex(_) => 30,
        }
    }
}

fn self_or_element(value: &Value, passes: impl Fn(&Value) -> bool) -> bool {
    passes(value) || value.as_array().is_some_and(|elements| elements.iter().any(passes))
}

fn is_one_of(value: &Value, wanted: &[OwnedScalar]) -> bool {
    Scalar::of(value).is_some_and(|scalar| wanted.binary_search_by(|one| one.get().cmp(&scalar)).is_ok())
}

impl Comparison {
    fn holds(self, value: &Value, bound: &OwnedScalar) -> bool {
        let order = match (Scalar::of(value), bound.get()) {
            (Some(Scalar::Number(value)), Scalar::Number(bound)) => value.cmp(&bound),
            (Some(Scalar::Text(value)), Scalar::Text(bound)) => value.cmp(bound),
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

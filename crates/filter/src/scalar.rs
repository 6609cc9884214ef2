//! Values of JSON that have no parts, and the equality of all values.

use serde_json::Value;

use crate::{
    number::Number,
    steps::{OF_MEMBER, OF_VALUE, Steps, of_text},
};

/// A value without parts, borrowed. Equality and order are those of filters, and the index's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// By its exact value.
    Number(Number),
    /// By its characters.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// None for lists and objects.
    pub fn of(value: &'a Value) -> Option<Scalar<'a>> {
        match value {
            Value::Null => Some(Scalar::Null),
            Value::Bool(bool) => Some(Scalar::Bool(*bool)),
            Value::Number(number) => Some(Scalar::Number(Number::of(number))),
            Value::String(text) => Some(Scalar::Text(text)),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(super) fn owned(self) -> OwnedScalar {
        match self {
            Scalar::Null => OwnedScalar::Null,
            Scalar::Bool(bool) => OwnedScalar::Bool(bool),
            Scalar::Number(number) => OwnedScalar::Number(number),
            Scalar::Text(text) => OwnedScalar::Text(text.into()),
        }
    }
}

/// A [`Scalar`] with its own text: a part of a compiled filter.
pub(super) enum OwnedScalar {
    Null,
    Bool(bool),
    Number(Number),
    Text(Box<str>),
}

impl OwnedScalar {
    pub(super) fn get(&self) -> Scalar<'_> {
        match self {
            OwnedScalar::Null => Scalar::Null,
            OwnedScalar::Bool(bool) => Scalar::Bool(*bool),
            OwnedScalar::Number(number) => Scalar::Number(*number),
            OwnedScalar::Text(text) => Scalar::Text(text),
        }
    }
}

/// Whether two values are equal: `$eq`. As deep as the shallower of the two. `None` if it takes more steps than there are.
pub(super) fn same(a: &Value, b: &Value, steps: &mut Steps) -> Option<bool> {
    steps.take(OF_VALUE)?;
    match (a, b) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (a, b) in a.iter().zip(b) {
                if !same(a, b, steps)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            for (key, a) in a {
                steps.take(OF_MEMBER)?;
                match b.get(key) {
                    Some(b) if same(a, b, steps)? => {}
                    _ => return Some(false),
                }
            }
            Some(true)
        }
        _ => {
            steps.take(of_text(b.as_str().map_or(0, str::len)))?;
            Some(Scalar::of(a).is_some_and(|a| Scalar::of(b) == Some(a)))
        }
    }
}

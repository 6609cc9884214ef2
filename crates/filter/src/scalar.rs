//! Values of JSON that have no parts, and the equality of all values.

use serde_json::Value;

use crate::number::Number;

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

    pub(super) fn kept(self) -> KeptScalar {
        match self {
            Scalar::Null => KeptScalar::Null,
            Scalar::Bool(bool) => KeptScalar::Bool(bool),
            Scalar::Number(number) => KeptScalar::Number(number),
            Scalar::Text(text) => KeptScalar::Text(text.into()),
        }
    }
}

/// A [`Scalar`] that a filter keeps.
pub(super) enum KeptScalar {
    Null,
    Bool(bool),
    Number(Number),
    Text(Box<str>),
}

impl KeptScalar {
    pub(super) fn get(&self) -> Scalar<'_> {
        match self {
            KeptScalar::Null => Scalar::Null,
            KeptScalar::Bool(bool) => Scalar::Bool(*bool),
            KeptScalar::Number(number) => Scalar::Number(*number),
            KeptScalar::Text(text) => Scalar::Text(text),
        }
    }
}

/// Whether two values are equal: `$eq`. As deep as the shallower of the two.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => Scalar::of(a).is_some_and(|a| Scalar::of(b) == Some(a)),
    }
}

//! What a filter takes in memory, by a rule that follows from what it says and takes every value for one that no other filter has.
//! Measured, a quota that counts half of it is exceeded 1.5 to 2.5 times.

use serde_json::Value;

use crate::{
    condition::{Condition, Path, Test},
    scalar::Scalar,
    scalar_set::ScalarSet,
};

/// A piece of memory of its own: what an allocator adds and rounds up to.
const OF_PIECE: usize = 16;
/// In an index: being in a list, in a tree that is two thirds full, and the list's length.
const OF_PLACE: usize = 26;
/// In an index: a text that has a list, in a table that is two thirds full, besides the text.
const OF_INDEXED_TEXT: usize = 40;
/// The same of a number.
const OF_INDEXED_NUMBER: usize = 40;
/// In an index: a member on the way to a value, with a table for what is below.
const OF_NODE: usize = 400;

/// A condition, compiled and filed in an index under at most `most` keys.
pub(crate) fn of(condition: &Condition, most: usize) -> usize {
    compiled(condition) + filed(condition, false, most)
}

fn compiled(condition: &Condition) -> usize {
    let own = size_of::<Condition>();
    match condition {
        Condition::All(parts) | Condition::Any(parts) => own + OF_PIECE + parts.iter().map(compiled).sum::<usize>(),
        Condition::Not(part) => own + OF_PIECE + compiled(part),
        Condition::Other(filter) => own + compiled(&filter.condition),
        Condition::Test(path, test) => own + compiled_path(path) + compiled_test(test),
    }
}

fn compiled_path(path: &Path) -> usize {
    let keys = path.keys.iter().map(|key| size_of::<Box<str>>() + OF_PIECE + key.len());
    2 * OF_PIECE + size_of::<Path>() + OF_PIECE + keys.sum::<usize>()
}

fn compiled_test(test: &Test) -> usize {
    match test {
        Test::Equal(scalar) | Test::Compare(_, scalar) => OF_PIECE + text_length(scalar.get()),
        Test::OneOf(wanted) => {
            let (bytes, texts, others) = wanted.sizes();
            4 * OF_PIECE + size_of::<ScalarSet>() + bytes + 4 * texts + 16 * others
        }
        Test::Same(value) | Test::Contains(value) => OF_PIECE + json(value),
        Test::StartsWith(text) | Test::EndsWith(text) => OF_PIECE + text.len(),
        Test::Number(test) => OF_PIECE + size_of::<Test>() + compiled_test(test),
        Test::Regex(pattern) => 8 * OF_PIECE + pattern.length(),
        Test::Exists => 0,
    }
}

fn json(value: &Value) -> usize {
    let below = match value {
        Value::String(text) => OF_PIECE + text.len(),
        Value::Array(elements) => OF_PIECE + elements.iter().map(json).sum::<usize>(),
        // A tree with a few members is as large as one with eleven.
        Value::Object(members) => {
            let one =
                |(name, value): (&String, &Value)| 2 * (size_of::<String>() + OF_PIECE + name.len()) + 2 * json(value);
            11 * (size_of::<String>() + size_of::<Value>()) + members.iter().map(one).sum::<usize>()
        }
        _ => 0,
    };
    size_of::<Value>() + below
}

/// As [`index_key`](crate::index_key) chooses keys: of all parts one, and of any part each.
fn filed(condition: &Condition, opposite: bool, most: usize) -> usize {
    match (condition, opposite) {
        (Condition::Not(part), _) => filed(part, !opposite, most),
        (Condition::Other(filter), _) => filed(&filter.condition, opposite, most),
        (Condition::Test(path, test), false) => filed_test(path, test, most),
        (Condition::Test(..), true) => OF_PLACE,
        (Condition::All(parts), false) | (Condition::Any(parts), true) => {
            parts.iter().map(|part| filed(part, opposite, most)).max().unwrap_or(OF_PLACE)
        }
        (Condition::Any(parts), false) | (Condition::All(parts), true) => {
            parts.iter().map(|part| filed(part, opposite, most)).sum()
        }
    }
}

fn filed_test(path: &Path, test: &Test, most: usize) -> usize {
    let nodes = OF_NODE + path.keys.iter().map(|key| OF_NODE + key.len()).sum::<usize>();
    let values = match test {
        Test::Equal(scalar) => OF_PLACE + indexed(scalar.get()),
        Test::OneOf(wanted) if wanted.len() > most => OF_PLACE,
        Test::OneOf(wanted) => {
            let (bytes, texts, others) = wanted.sizes();
            bytes + texts * (OF_PLACE + OF_INDEXED_TEXT) + others * (OF_PLACE + OF_INDEXED_NUMBER)
        }
        Test::Contains(part) => 2 * OF_PLACE + Scalar::of(part).map_or(0, indexed),
        _ => OF_PLACE,
    };
    nodes + values
}

fn indexed(scalar: Scalar<'_>) -> usize {
    match scalar {
        Scalar::Text(text) => OF_INDEXED_TEXT + text.len(),
        _ => OF_INDEXED_NUMBER,
    }
}

fn text_length(scalar: Scalar<'_>) -> usize {
    if let Scalar::Text(text) = scalar { text.len() } else { 0 }
}

//! A webhook's condition on events, in the field's syntax: `{"data":{"symbol":{"$in":["AAPL"]},"price":{"$gte":180}}}`.
//!
//! In goes the JSON that a tenant wrote, out comes whether an event is wanted. Pure; there is nothing to lose in a
//! crash. It is checked and compiled once, when the webhook is saved or read from the store.
//!
//! # What a filter says
//! - It is an object over `id`, `type`, `timestamp`, `version`, `ordering_key`, `correlation_id` and `data`. All
//!   members of an object must hold; `{}` holds for everything.
//! - Keys name members and nothing else: a dot in a key is a dot in the event's key, there are no paths. A key that
//!   begins with `$` is an operator; `$$type` stands for the event's key `$type`.
//! - A scalar means `$eq`. An object that is no operator goes down into the event's. A list alone is refused: it could
//!   mean one of these (`$in`) or exactly this list (`$eq`).
//! - `$and`, `$or` (lists that are not empty) and `$not` take conditions on whatever they stand under, at the top or
//!   below.
//!
//! # What an operator says
//! - `$eq`: equal, whatever the type; outside of `data`, what a field never has is refused. Numbers by value, exactly:
//!   `1` is `1.0`, `9007199254740993` is not `9007199254740992`. Texts by their characters. Lists in order, objects in any
//!   order of their members.
//! - `$in`: equal to one of these scalars.
//! - `$gt`, `$gte`, `$lt`, `$lte`: numbers with numbers, texts with texts (by code point); anything else does not hold.
//! - `$startsWith`, `$endsWith`, `$regex` (anywhere in the text, linear time): texts only.
//! - `$contains`: a list has this element, or a text has this part.
//! - `$exists`: the member is there, if only as `null`.
//! - `$neq` and `$nin` hold exactly where `$eq` and `$in` do not, `$not` where its condition does not.
//!
//! So on what is missing every operator is false but `$neq`, `$nin`, `$exists: false` and `$not` of what is false.
//!
//! # Lists in the event
//! An operator holds for a list if it holds for the list or for one of its elements, and going down into a list of
//! objects goes down into each of them: `{"items":{"sku":"X","count":{"$gt":5}}}` asks for a list in which something
//! has that `sku` and something, perhaps another, that `count`. Lists in lists are not searched. Because a condition on
//! a member is decided over everything that is found there, `{"a":{"$not":c}}` is always the same as
//! `{"$not":{"a":c}}`.
//!
//! # Data that cannot be read
//! What is JSON by its grammar but holds a number outside the range of doubles, half of a surrogate pair or more than
//! 100 levels is refused when it is published (`publish`). For filters it would be an event without `data`.

mod assets;
mod clues;
mod condition;
mod facts;
mod number;
mod parse;
#[cfg(test)]
pub(crate) mod samples;
mod scalar;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use self::{
    assets::Assets,
    clues::{Clue, Clues, Sign},
    facts::{Facts, Field},
    number::Number,
    scalar::Scalar,
};
use self::{condition::Condition, parse::Reader};
use super::FieldError;

/// A webhook's condition on an event; the module says what it can say. Keeps the JSON as it was given, compiled once.
/// Cloning shares; equal is what has the same JSON.
#[derive(Clone)]
pub struct Filter(Arc<Compiled>);

struct Compiled {
    /// As text, which is a tenth of what the tree takes.
    json: Box<str>,
    condition: Condition,
}

impl Filter {
    /// Checks and compiles a filter.
    ///
    /// # Errors
    /// The first thing that is wrong, with a pointer relative to the filter: `/data/price/$gtt`.
    pub fn parse(json: &Value) -> Result<Filter, FieldError> {
        let (json, condition) = Reader::read(json)?;
        Ok(Filter::new(json, condition))
    }

    /// As the store has it, where it was checked when it was taken in: without the bounds of [`Filter::parse`].
    ///
    /// # Errors
    /// It says something that this version does not know.
    pub fn kept(json: &Value) -> Result<Filter, FieldError> {
        let (json, condition) = Reader::kept(json)?;
        Ok(Filter::new(json, condition))
    }

    fn new(json: String, condition: Condition) -> Filter {
        Filter(Arc::new(Compiled { json: json.into(), condition }))
    }

    /// Whether the event is wanted.
    pub fn matches(&self, event: &Facts<'_>) -> bool {
        self.condition().holds(event)
    }

    /// The filter that holds where all of these do; none of none. Made for matching: it can be longer than one that
    /// [`Filter::parse`] takes.
    pub fn all(filters: impl IntoIterator<Item = Filter>) -> Option<Filter> {
        let mut filters: Vec<Filter> = filters.into_iter().collect();
        if filters.len() < 2 {
            return filters.pop();
        }
        let texts: Vec<&str> = filters.iter().map(Filter::json).collect();
        let json = format!(r#"{{"$and":[{}]}}"#, texts.join(","));
        Some(Filter::new(json, Condition::All(filters.into_iter().map(Condition::Other).collect())))
    }

    /// The JSON that it was made from, without white space.
    pub fn json(&self) -> &str {
        &self.0.json
    }

    fn condition(&self) -> &Condition {
        &self.0.condition
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Filter) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.json() == other.json()
    }
}

impl Eq for Filter {}

/// Without the JSON, in which there may be names and account numbers.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json: Value = serde_json::from_str(self.json()).map_err(serde::ser::Error::custom)?;
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Filter, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Filter::parse(&json).map_err(|FieldError { pointer, message }| {
            serde::de::Error::custom(if pointer.is_empty() { message } else { format!("at {pointer}: {message}") })
        })
    }
}

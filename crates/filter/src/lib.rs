//! Conditions on JSON documents, in the field's syntax: `{"data":{"symbol":{"$in":["AAPL"]},"price":{"$gte":180}}}`.
//!
//! In goes the JSON that a stranger wrote, out comes whether a document is wanted. A [`Filter`] is checked and compiled
//! once; matching cannot fail. Pure: no I/O, no clock, nothing to lose in a crash. What the documents have at the top, the
//! caller says with a [`Schema`]; how to get at it, with a [`Document`]. [`Filter::index_keys`] tells what a document must
//! have for the filter to hold, so that an index finds the few filters worth asking.
//!
//! # What a filter says
//! - It is an object over the fields of the [`Schema`]. All members of an object must hold; `{}` holds for everything.
//! - Keys name members and nothing else: a dot in a key is a dot in the document's key, there are no paths. A key that
//!   begins with `$` is an operator; `$$type` stands for the document's key `$type`.
//! - A scalar means `$eq`. An object that is no operator goes down into the document's. A list alone is refused: it could
//!   mean one of these (`$in`) or exactly this list (`$eq`).
//! - `$and`, `$or` (lists that are not empty) and `$not` take conditions on whatever they stand under, at the top or
//!   below.
//!
//! # What an operator says
//! - `$eq`: equal, whatever the type; what a field of text or number never has is refused. Numbers by value, exactly:
//!   `1` is `1.0`, `9007199254740993` is not `9007199254740992`. Texts by their characters. Lists in order, objects in any
//!   order of their members.
//! - `$in`: equal to one of these scalars.
//! - `$gt`, `$gte`, `$lt`, `$lte`: numbers with numbers, texts with texts (by code point); anything else does not hold.
//! - `$startsWith`, `$endsWith`, `$regex` (anywhere in the text, linear time): texts only.
//! - `$number`: a number, or a text that is one in JSON's form, passes these tests; `{"$number":{"$gte":180}}`. A number alone means
//!   `$eq`. Here `$eq $neq $gt $gte $lt $lte $in $nin` compare with numbers.
//! - `$contains`: a list has this element, or a text has this part.
//! - `$exists`: the member is there, if only as `null`.
//! - `$neq` and `$nin` hold exactly where `$eq` and `$in` do not, `$not` where its condition does not.
//!
//! So on what is missing every operator is false but `$neq`, `$nin`, `$exists: false` and `$not` of what is false.
//!
//! # Lists in the document
//! An operator holds for a list if it holds for the list or for one of its elements, and going down into a list of
//! objects goes down into each of them: `{"items":{"sku":"X","count":{"$gt":5}}}` asks for a list in which something
//! has that `sku` and something, perhaps another, that `count`. Lists in lists are not searched. Because a condition on
//! a member is decided over everything that is found there, `{"a":{"$not":c}}` is always the same as
//! `{"$not":{"a":c}}`.

mod condition;
mod document;
mod doubts;
mod error;
mod excerpt;
mod explain;
mod footprint;
mod index_key;
mod number;
mod operators;
mod parse;
mod pattern_cost;
mod patterns;
mod scalar;
mod scalar_set;
mod steps;
mod weigh;

use std::{fmt, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

use self::{
    condition::{Compiled, Condition, Path, Test},
    document::Layout,
    index_key::Choice,
    parse::Reader,
    scalar_set::ScalarSet,
    steps::Steps,
};
pub use self::{
    document::{Document, Field, Kind, Object, Schema},
    error::Error,
    explain::{Clause, Refusal, Verdict},
    index_key::{IndexKey, IndexKeys, Match},
    number::Number,
    patterns::{ROOM, compilations, compiled_bytes},
    scalar::Scalar,
    steps::Owner,
};

/// A condition on documents of a schema; the crate's page says what it can say. Keeps the JSON as it was given, compiled
/// once, but for its patterns: these are compiled while they are used (see [`ROOM`]). Cloning shares; equal is what has the same JSON.
pub struct Filter<S>(Arc<Compiled>, PhantomData<fn() -> S>);

impl<S: Schema> Filter<S> {
    /// Checks and compiles a filter.
    ///
    /// # Errors
    /// The first thing that is wrong, with a pointer relative to the filter: `/data/price/$gtt`. At most 64 KiB, 16
    /// levels, 1,000 clauses, 1,000 values in a list and 16 patterns are possible, and no more than could take 2,000 steps
    /// for each byte of a document: some hundred clauses, or patterns that [`Filter::decide`] finds in linear time however
    /// they are made, but not in a long time.
    pub fn parse(json: &Value) -> Result<Filter<S>, Error> {
        let (json, condition) = Reader::read(Layout::of::<S>(), json)?;
        Ok(Filter::new(Some(json), condition))
    }

    /// One that the program makes: at one of these paths, each a field and members below, there is one of these texts. It has no
    /// JSON, and as many texts as are given.
    pub fn has_one_of(paths: &[&[&str]], texts: &[String]) -> Option<Filter<S>> {
        let wanted = ScalarSet::new(texts.iter().map(|text| Scalar::Text(text)).collect());
        let wanted = Arc::new(wanted);
        let at = |path: &&[&str]| {
            let (field, keys) = path.split_first()?;
            let field = S::FIELDS.iter().position(|one| one.name == *field)?;
            let path = Path { field, keys: keys.iter().map(|&key| key.into()).collect() };
            Some(Condition::Test(Arc::new(path), Test::OneOf(wanted.clone())))
        };
        let parts: Option<Box<[Condition]>> = paths.iter().map(at).collect();
        Some(Filter::new(None, Condition::Any(parts?)))
    }

    /// The same for JSON that was checked when it was taken in, and kept: without the bounds of [`Filter::parse`], which
    /// may have been others then.
    ///
    /// # Errors
    /// It says something that this version does not know.
    pub fn kept(json: &Value) -> Result<Filter<S>, Error> {
        let condition = Reader::read_kept(Layout::of::<S>(), json)?;
        Ok(Filter::new(Some(json.to_string()), condition))
    }

    /// What it says and hardly means: a number as text, an empty list, an operator without its `$`. Pointers are relative to
    /// the filter.
    pub fn doubts(&self) -> Vec<Error> {
        let json = self.json().and_then(|json| serde_json::from_str(json).ok());
        json.map(|json: Value| doubts::of::<S>(&json)).unwrap_or_default()
    }

    /// Whether the document is wanted.
    pub fn matches(&self, document: &impl Document<Schema = S>) -> bool {
        self.decide(document, 0, &mut { u64::MAX }).unwrap_or(false)
    }

    /// Whether the document is wanted, if that can be found out within `steps`, of about a nanosecond each. Those that it
    /// took are taken off. `None`: it takes more, and was begun in vain. Patterns are compiled for it if they are not, in
    /// `owner`'s part of the [`ROOM`] for that.
    pub fn decide(&self, document: &impl Document<Schema = S>, owner: Owner, steps: &mut u64) -> Option<bool> {
        let mut counted = Steps::new(*steps, owner);
        let holds = self.condition().holds(document, &mut counted);
        *steps = counted.left();
        holds
    }

    /// The same, with the clause that said no where the document is not wanted. It takes about the same steps.
    pub fn explain(&self, document: &impl Document<Schema = S>, owner: Owner, steps: &mut u64) -> Option<Verdict> {
        let mut counted = Steps::new(*steps, owner);
        let verdict = explain::verdict(self.condition(), document, &mut counted);
        *steps = counted.left();
        verdict
    }
}

impl<S> Filter<S> {
    fn new(json: Option<String>, condition: Condition) -> Filter<S> {
        Filter(Arc::new(Compiled { json: json.map(Into::into), condition }), PhantomData)
    }

    /// The filter that holds where all of these do; none of none. Made for matching: of several it has no JSON.
    pub fn all(filters: impl IntoIterator<Item = Filter<S>>) -> Option<Filter<S>> {
        let mut filters: Vec<Filter<S>> = filters.into_iter().collect();
        if filters.len() < 2 {
            return filters.pop();
        }
        Some(Filter::new(None, Condition::All(filters.into_iter().map(|filter| Condition::Other(filter.0)).collect())))
    }

    /// What a document must have for this filter to hold; `None` if it can hold without any of it. Where only one of
    /// several sets is needed, that for which `cost` is least; instead of more than `most` keys, that there is anything at their
    /// paths.
    pub fn index_keys(&self, most: usize, cost: &dyn Fn(&[IndexKey<'_>]) -> u64) -> Option<IndexKeys<'_>> {
        index_key::keys(self.condition(), false, Choice { most, cost })
    }

    /// Every key that [`Filter::index_keys`] could give, some perhaps more than once.
    pub fn each_index_key<'a>(&'a self, most: usize, act: &mut dyn FnMut(IndexKey<'a>)) {
        index_key::each_key(self.condition(), most, act);
    }

    /// The bytes that it takes in memory besides its JSON, with what an index takes that files it under the
    /// keys of [`Filter::index_keys`] and has none of them already. Compiled patterns are apart, see [`ROOM`].
    pub fn footprint(&self, most: usize) -> usize {
        footprint::of(self.condition(), most)
    }

    /// How many clauses it has, each value of a list counted as one.
    pub fn values(&self) -> usize {
        self.condition().values()
    }

    /// How many regular expressions it has.
    pub fn patterns(&self) -> usize {
        self.condition().patterns()
    }

    /// The JSON that it was made from, without white space; none of one that the program made.
    pub fn json(&self) -> Option<&str> {
        self.0.json.as_deref()
    }

    fn condition(&self) -> &Condition {
        &self.0.condition
    }
}

impl<S> Clone for Filter<S> {
    fn clone(&self) -> Filter<S> {
        Filter(self.0.clone(), PhantomData)
    }
}

impl<S> PartialEq for Filter<S> {
    fn eq(&self, other: &Filter<S>) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.json().is_some() && self.json() == other.json()
    }
}

impl<S> Eq for Filter<S> {}

/// Without the JSON, in which there may be names and account numbers.
impl<S> fmt::Debug for Filter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

impl<S> Serialize for Filter<S> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        let json = self.json().ok_or_else(|| serde::ser::Error::custom("this filter was made for matching only"))?;
        // Copied as it is: a tree of it would take ten times as long.
        let json: &RawValue = serde_json::from_str(json).map_err(serde::ser::Error::custom)?;
        json.serialize(serializer)
    }
}

impl<'de, S: Schema> Deserialize<'de> for Filter<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Filter<S>, D::Error> {
        Filter::parse(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

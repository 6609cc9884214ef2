//! What filters are about: which fields documents have at the top, and how to get at them.

use std::{fmt, marker::PhantomData};

use serde_json::{Map, Value};

/// A kind of documents: the fields that they can have at the top, and the words for them in error messages.
pub trait Schema {
    /// The fields, in an order that [`Document::field`] and [`IndexKey::field`](crate::IndexKey::field) refer to.
    const FIELDS: &'static [Field];
    /// What a document is: `an event`.
    const NOUN: &'static str;
    /// A filter to imitate: `{"data":{"symbol":"AAPL"}}`.
    const EXAMPLE: &'static str;
}

/// A field at the top of documents.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in filters.
    pub name: &'static str,
    /// What its values are, if a document has it.
    pub kind: Kind,
}

/// What a field's values are. What a field can never have is refused when a filter is read.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Any JSON; only here filters go down to members.
    Json,
    /// A text.
    Text,
    /// A text in one canonical form, in which it compares rightly: a time, a version. Documents have that form;
    /// operands of filters are brought into it by `read`, which answers `None` for what is none.
    Canonical {
        /// What it is: `an RFC 3339 time`.
        what: &'static str,
        /// One to imitate.
        example: &'static str,
        /// Makes the canonical form.
        read: fn(&str) -> Option<String>,
    },
    /// A number.
    Number,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Json => "Json",
            Kind::Text => "Text",
            Kind::Canonical { .. } => "Canonical",
            Kind::Number => "Number",
        })
    }
}

/// A document, as filters see it.
pub trait Document {
    /// What it is one of.
    type Schema: Schema;

    /// The value of the field at this place in [`Schema::FIELDS`]; `None` if the document has none. It is called once for
    /// each clause that is decided, so what is costly to make is best made once and kept.
    fn field(&self, place: usize) -> Option<&Value>;
}

/// A JSON object as a document: its members are the fields.
pub struct Object<'a, S>(&'a Map<String, Value>, PhantomData<fn() -> S>);

impl<'a, S: Schema> Object<'a, S> {
    /// This one.
    pub fn new(members: &'a Map<String, Value>) -> Object<'a, S> {
        Object(members, PhantomData)
    }
}

impl<S: Schema> Document for Object<'_, S> {
    type Schema = S;

    fn field(&self, place: usize) -> Option<&Value> {
        self.0.get(S::FIELDS.get(place)?.name)
    }
}

/// A [`Schema`] as a value, so that the parser is compiled once for all schemas.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) fields: &'static [Field],
    pub(crate) noun: &'static str,
    pub(crate) example: &'static str,
}

impl Layout {
    pub(crate) fn of<S: Schema>() -> Layout {
        Layout { fields: S::FIELDS, noun: S::NOUN, example: S::EXAMPLE }
    }
}

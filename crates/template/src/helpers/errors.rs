//! What the filters say of a value that does not fit: the value or a message enters, the error or its words leave.

use minijinja::{Error, ErrorKind, State, Value, value::ValueKind};

/// The error for what a filter cannot take.
pub fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// The error for a value that is not there; it names it.
pub fn missing(state: &mut State, value: &Value) -> Error {
    state.format(value.clone()).err().unwrap_or_else(|| wrong("a value is not there"))
}

/// What a value is, in a sentence about what it should be.
pub fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::None => "null",
        ValueKind::Bool => "true or false",
        ValueKind::Number => "a number",
        ValueKind::String => "a text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a map",
        _ => "something else",
    }
}

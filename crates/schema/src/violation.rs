//! What is wrong with a document, and where.

use std::fmt;

/// One place in a schema or in data, and what is wrong there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the place; empty for the whole document.
    pub pointer: String,
    /// A sentence without its subject, which the pointer names: `must be at least 0`.
    pub message: String,
}

impl Violation {
    /// At this place.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Violation {
        Violation { pointer: pointer.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

impl std::error::Error for Violation {}

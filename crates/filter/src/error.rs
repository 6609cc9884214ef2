//! What is wrong with a filter.

use std::fmt;

/// The first thing that is wrong with a filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// JSON pointer (RFC 6901) into the filter; empty for the whole of it.
    pub pointer: String,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "at {pointer}: {}", self.message),
        }
    }
}

impl std::error::Error for Error {}

/// A name as a part of a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What can be shown of a stranger's text in a sentence.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut part: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        part.push('…');
    }
    part
}

//! Why a script cannot be compiled or run: a message enters, with a line where there is one, and leaves in words for the
//! script's author.

use std::fmt;

/// A script that cannot be compiled or run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptError {
    /// Line of the script, from 1; absent where the error has no one place.
    pub line: Option<u32>,
    /// What is wrong, and how to mend it.
    pub message: String,
    /// No process could be had to run the script in: nothing is wrong with it, and another time it may run.
    pub no_worker: bool,
}

impl ScriptError {
    pub(crate) fn new(message: impl Into<String>) -> ScriptError {
        ScriptError { line: None, message: message.into(), no_worker: false }
    }

    /// There was no process to run it in.
    pub(crate) fn no_worker(message: impl Into<String>) -> ScriptError {
        ScriptError { no_worker: true, ..ScriptError::new(message) }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ScriptError {}

#![doc = include_str!("../README.md")]
//!
//! # How it is kept safe
//!
//! Pure as far as a script can tell: no clock, no dice, no I/O, no other scripts, and nothing kept from run to run, for each
//! run has an engine of its own. What bounds a run: the engine's memory limit, its stack limit, and a deadline that the
//! engine asks about every few thousand steps. Between two questions a step can be a long one, so a script that means harm
//! can overrun its time by a multiple; whoever runs scripts of strangers gives them processes that can be ended
//! ([`Workers`]).

mod sandbox;
mod worker;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;

pub use worker::{Run, Workers, serve};

/// Bytes of a script's source.
pub const MAX_SOURCE: usize = 64 * 1024;

/// A script that defines a function `transform`. Cheap to clone; equal if the sources are.
#[derive(Clone, PartialEq, Eq)]
pub struct Script(Arc<str>);

/// What a run is given.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The argument of `transform`: JSON.
    pub json: &'a str,
    /// What the script sees as the time that is now, in milliseconds since 1970.
    pub now: i64,
}

/// What a script has returned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transformed {
    /// A value: JSON text.
    Json(Bytes),
    /// `null`.
    Null,
}

/// What one run may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunLimits {
    /// Of the processor, until the run is interrupted.
    pub time: Duration,
    /// Bytes of the engine's memory.
    pub memory: usize,
    /// Bytes of stack, which bound the depth of calls.
    pub stack: usize,
    /// Bytes of what is returned, as JSON.
    pub output: usize,
}

impl Default for RunLimits {
    fn default() -> RunLimits {
        RunLimits { time: Duration::from_millis(100), memory: 16 << 20, stack: 256 << 10, output: 1 << 20 }
    }
}

/// A script that cannot be compiled or run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptError {
    /// Line of the script, from 1; absent where the error has no one place.
    pub line: Option<u32>,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl ScriptError {
    fn new(message: impl Into<String>) -> ScriptError {
        ScriptError { line: None, message: message.into() }
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

impl Script {
    /// Checks that the source can be read, that what stands outside of functions runs, and that it defines a function
    /// `transform`, which is neither async, nor a generator, nor a class. What stands outside of functions is the
    /// script's own code: for scripts of strangers there is [`Workers::compile`].
    ///
    /// # Errors
    /// What is wrong, where, and how to mend it.
    pub fn compile(code: &str) -> Result<Script, ScriptError> {
        let script = Script::unchecked(code);
        script.check_length()?;
        sandbox::check(code, &RunLimits::default())?;
        Ok(script)
    }

    /// A script that was compiled before.
    pub fn unchecked(code: &str) -> Script {
        Script(code.into())
    }

    fn check_length(&self) -> Result<(), ScriptError> {
        let len = self.0.len();
        match len > MAX_SOURCE {
            true => Err(ScriptError::new(format!("a script has at most {MAX_SOURCE} bytes, this has {len}"))),
            false => Ok(()),
        }
    }

    /// Runs `transform` in this process, in an engine of its own. Blocks for up to the time limit, and needs the limit on
    /// the stack and 256 KiB more of the thread's.
    ///
    /// # Errors
    /// What the script threw, what is wrong with what it returned, or a limit that it ran into.
    pub fn run(&self, input: &Input<'_>, limits: &RunLimits) -> Result<Transformed, ScriptError> {
        sandbox::run(&self.0, input, limits)
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Script").field(&self.source()).finish()
    }
}

#[cfg(test)]
mod tests;

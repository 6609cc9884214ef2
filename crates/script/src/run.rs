//! What enters a run of a script (an input and limits), and what leaves it (a value, or why there is none).

use std::time::Duration;

use bytes::Bytes;

use crate::error::ScriptError;

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

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// What it has made.
    pub made: Result<Transformed, ScriptError>,
    /// The processor time that it took.
    pub used: Duration,
}

//! What enters a run of a script (an input and limits), and what leaves it (a value, or why there is none).

use std::time::Duration;

use bytes::Bytes;

use crate::error::ScriptError;

/// Bytes of an input that a worker takes.
pub const MAX_INPUT: usize = 64 << 20;

/// What a run is given.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The argument of `transform`: JSON. In a worker at most [`MAX_INPUT`] bytes.
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

/// What one run may use. By default 100 ms, 16 MiB of memory, 256 KiB of stack and 1 MiB of output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunLimits {
    /// Of the processor, until the run is interrupted. That includes compiling the script and reading its input.
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

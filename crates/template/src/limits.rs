//! How long a source may be, and what a rendering may use: numbers of bytes enter, minijinja's fuel leaves.

use crate::print;

/// Bytes of a template's source.
pub const MAX_SOURCE: usize = 64 * 1024;
/// Bytes of an expression's source.
pub const MAX_EXPRESSION: usize = 4 * 1024;

/// Nanoseconds that a unit of fuel pays for, about.
pub(crate) const STEPS_PER_FUEL: u64 = 100;

/// What one rendering may use. By default 16 MiB of memory and 1 MiB of output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RenderLimits {
    /// Bytes of memory. A bound on time as well, since each step is paid for in bytes: the default is some milliseconds.
    pub memory: usize,
    /// Bytes of output.
    pub output: usize,
}

impl Default for RenderLimits {
    fn default() -> RenderLimits {
        RenderLimits { memory: 16 << 20, output: 1 << 20 }
    }
}

impl RenderLimits {
    /// Measured: what a template makes takes at most this many times the bytes it is charged for, because buffers
    /// double and are copied.
    const HELD_PER_CHARGED: usize = 4;

    pub(crate) fn fuel(&self) -> u64 {
        (self.memory / Self::HELD_PER_CHARGED) as u64 / print::BYTES_PER_FUEL
    }
}

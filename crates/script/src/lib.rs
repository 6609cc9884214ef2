#![doc = include_str!("../README.md")]
//!
//! # How it is kept safe
//!
//! Pure as far as a script can tell: no clock, no dice, no I/O, no other scripts, and nothing kept from run to run, for each
//! run has an engine of its own. What bounds a run: the engine's memory limit, its stack limit, and a deadline that the
//! engine asks about every few thousand steps. Between two questions a step can be a long one, so a script that means harm
//! can overrun its time by a multiple; whoever runs scripts of strangers gives them processes that can be ended
//! ([`Workers`]).

mod error;
mod run;
mod sandbox;
mod script;
mod worker;

pub use error::ScriptError;
pub use run::{Input, Run, RunLimits, Transformed};
pub use script::{MAX_SOURCE, Script};
pub use worker::{Workers, serve};

#[cfg(test)]
mod tests;

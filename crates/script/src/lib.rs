#![doc = include_str!("../README.md")]
//!
//! # How it is kept safe
//!
//! Pure as far as a script can tell: no clock, no dice, no I/O, no other scripts, and nothing kept from run to run, for each
//! run has an engine of its own. What bounds a run: the engine's memory limit, its stack limit, and a deadline that the
//! engine asks about every few thousand steps. Between two questions a step can be a long one, so a script that means harm
//! can overrun its time by a multiple. And the engine is written in C: a script that finds a defect of it has the process.
//! So whoever runs scripts of strangers gives them processes that can be ended, that no two strangers share, and that may do
//! nothing but compute ([`Workers`], [`confine()`]).

mod confine;
mod error;
mod run;
mod sandbox;
mod script;
mod worker;

pub use confine::{Barrier, Confinement, confine};
pub use error::ScriptError;
pub use run::{Input, MAX_INPUT, Run, RunLimits, Transformed};
pub use script::{MAX_SOURCE, Script};
pub use worker::{Owner, Workers, serve};

#[cfg(test)]
mod tests;

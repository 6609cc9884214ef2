#![doc = include_str!("../README.md")]

mod compatibility;
mod pattern;
mod sample;
mod validator;
mod view;
mod violation;
pub mod walk;
mod weigh;

pub use compatibility::{Breakage, Impact, compatibility};
pub use sample::{SampleError, sample, sample_with};
pub use validator::{MAX_ERRORS, Validator};
pub use violation::Violation;
pub use weigh::{MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH, Weights, weigh};

#![doc = include_str!("../README.md")]
//!
//! # How it is kept safe
//!
//! ```text
//! source → scan, tokens (parts and tags) → rewrite (places, blocks) → guard (expressions) → minijinja → output
//! ```
//!
//! A template sees no clock, no dice, no files and no other templates. What it may make and visit is bounded by one number
//! of bytes, from which minijinja's fuel follows (see [`RenderLimits`]); and each `{{ … }}` of a template that writes JSON is
//! written for the place where it stands (see [`Escape::Json`]), so that values cannot change the shape of what is written.
//! Pure: what a template writes depends on nothing but the source, the fields, the limits and the filters that were added.

mod decimal;
mod engine;
mod error;
mod escape;
mod expression;
mod graphemes;
mod guard;
mod helpers;
mod limits;
mod names;
mod print;
mod rewrite;
mod run;
mod scan;
mod statement;
mod template;
mod tokens;

pub use decimal::{Currency, Decimal};
pub use engine::Engine;
pub use error::{TemplateError, check_json};
pub use escape::Escape;
pub use expression::Expression;
pub use limits::{MAX_EXPRESSION, MAX_SOURCE, RenderLimits};
pub use run::Context;
pub use template::Template;

#[cfg(test)]
mod tests;

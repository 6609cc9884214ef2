//! Inspectors: receivers of one's own, and what came to them.

pub mod handlers;
pub mod public;
mod view;

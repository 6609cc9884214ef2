//! The catalogue of event types.

pub mod handlers;
pub mod import;

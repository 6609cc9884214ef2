//! Statistics: sums over time, and what a webhook's first page shows of them.

pub mod failures;
pub mod handlers;
pub mod lately;
mod period;
pub mod view;
pub mod webhook;

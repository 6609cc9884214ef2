//! Statistics: sums over time, and what a webhook's first page shows of them.

pub mod handlers;
mod view;
pub mod webhook;

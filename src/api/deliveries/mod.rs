//! Deliveries: what became of each event for each webhook.

pub mod handlers;
pub mod view;

//! Deliveries: what became of each event for each webhook.

pub mod groups;
pub mod handlers;
pub mod outlook;
pub mod standard_bodies;
pub mod view;

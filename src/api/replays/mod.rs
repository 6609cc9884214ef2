//! Many deliveries at once: sent again, made due, given up.

pub mod handlers;
mod input;
mod view;

//! Webhooks: making, changing and trying them.

pub mod handlers;
pub mod health;
pub mod lane;
pub mod sample;
pub mod schema;
pub mod secrets;
pub mod test;
pub mod view;
pub mod warnings;

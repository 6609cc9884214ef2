//! Webhooks: making, changing and trying them.

pub mod change;
pub mod find;
pub mod handlers;
mod handshake;
pub mod sample;
pub mod schema;
pub mod secrets;
pub mod test;
mod view;

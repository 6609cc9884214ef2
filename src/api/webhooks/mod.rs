//! Webhooks: making, changing and trying them.

pub mod handlers;
pub mod handshake;
pub mod input;
pub mod sample;
pub mod schema;
pub mod secrets;
pub mod test;
pub mod view;

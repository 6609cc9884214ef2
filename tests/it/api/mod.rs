//! What callers of the API can rely on.

mod access;
mod deliveries;
mod events;
mod isolation;
mod openapi;
mod payloads;
mod preview;
mod requests;
mod webhooks;

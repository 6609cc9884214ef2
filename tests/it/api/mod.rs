//! What callers of the API can rely on.

mod access;
mod deliveries;
mod events;
mod isolation;
mod openapi;
mod requests;
mod webhooks;

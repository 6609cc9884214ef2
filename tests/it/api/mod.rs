//! What callers of the API can rely on.

mod access;
mod catalogue;
mod deliveries;
mod enrichment;
mod events;
mod isolation;
mod openapi;
mod platforms;
mod requests;
mod validation;
mod webhooks;

//! What callers of the API can rely on.

mod access;
mod catalogue;
mod deliveries;
mod documented;
mod enrichment;
mod events;
mod examples;
mod exposure;
mod isolation;
mod known;
mod openapi;
mod outbound;
mod payloads;
mod platforms;
mod preview;
mod quotas;
mod refused;
mod requests;
mod search;
mod stats;
mod trials;
mod validation;
mod verdicts;
mod views;
mod webhooks;
mod work;

//! How an event enters: read, checked, enriched, routed, kept.

mod catalogue;
pub mod enrich;
mod i_json;
mod reading;
pub mod route;
mod splice;

pub use self::{catalogue::Catalogue, enrich::Enricher, reading::*};

//! An entry of the catalogue, as it is kept.

use crate::{catalogue::EventTypeEntry, model::Timestamp};

/// An event type as it is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct CatalogueEntry {
    /// What is known of it.
    pub event_type: EventTypeEntry,
    /// Grows with every change.
    pub version: u64,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

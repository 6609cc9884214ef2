//! What is known of event types.

use async_trait::async_trait;

use super::Result;
use crate::model::{EventType, EventTypeEntry, Timestamp};

/// The event types there are.
#[async_trait]
pub trait Catalogue: Send + Sync + 'static {
    /// Every event type of the catalogue, by name.
    async fn event_types(&self) -> Result<Vec<CatalogueEntry>>;

    /// Keeps an event type if its version is still `expected`, 0 for one that is not there yet.
    async fn put_event_type(&self, event_type: EventTypeEntry, expected: u64) -> Result<CatalogueEntry>;

    /// Forgets an event type. Tells whether it was there.
    async fn delete_event_type(&self, name: EventType) -> Result<bool>;
}

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

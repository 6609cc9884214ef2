//! What is known of event types.

use std::sync::Arc;

use async_trait::async_trait;

use super::{CatalogueEntry, Result, View};
use crate::{
    catalogue::EventTypeEntry,
    model::{Actor, EventType},
};

/// The event types there are.
#[async_trait]
pub trait Catalogue: Send + Sync + 'static {
    /// All event types of the catalogue as last committed, in memory.
    fn event_types(&self) -> &View<CatalogueEntry>;

    /// Keeps an event type if its version is still `expected`, 0 for one that is not there yet.
    async fn put_event_type(
        &self,
        event_type: EventTypeEntry,
        expected: u64,
        by: &Actor,
    ) -> Result<Arc<CatalogueEntry>>;

    /// Forgets an event type. Tells whether it was there.
    async fn delete_event_type(&self, name: EventType, by: &Actor) -> Result<bool>;
}

//! What tenants save under names.

use async_trait::async_trait;

use super::{Counted, Result};
use crate::model::{Actor, Saved, SavedKind, SavedName, SavedWhat, TenantKey};

/// Things by name, each kind with names of its own.
#[async_trait]
pub trait SavedThings: Send + Sync + 'static {
    /// Saves something, in the place of what had its name. Tells whether the name is new. [`Full`](super::StoreError::Full) if its
    /// tenant has as many as it may, or as many bytes of events, in which these count.
    async fn save(&self, tenant: TenantKey, name: SavedName, what: SavedWhat, by: &Actor) -> Result<(Saved, bool)>;

    /// One of a tenant's.
    async fn saved(&self, tenant: TenantKey, kind: SavedKind, name: SavedName) -> Result<Option<Saved>>;

    /// A tenant's, by name. Ends early where they are more than [`ANSWER_BYTES`](super::ANSWER_BYTES) together, but has two at least.
    async fn list_saved(&self, tenant: TenantKey, kind: SavedKind, query: SavedQuery) -> Result<SavedPage>;

    /// How many a tenant has.
    async fn count_saved(&self, tenant: TenantKey, kind: SavedKind) -> Result<Counted>;

    /// Forgets one. Tells whether it was there.
    async fn forget_saved(&self, tenant: TenantKey, kind: SavedKind, name: SavedName, by: &Actor) -> Result<bool>;
}

/// Some of those that are saved.
#[derive(Clone, Debug)]
pub struct SavedPage {
    pub found: Vec<Saved>,
    /// Where it was ended early, or some could not be read: up to which name it was looked.
    pub reach: Option<SavedName>,
}

/// Which of those that are saved to list.
#[derive(Clone, Debug, Default)]
pub struct SavedQuery {
    /// Only those after this name.
    pub after: Option<SavedName>,
    /// Only those before this name.
    pub before: Option<SavedName>,
    /// How many at most.
    pub limit: usize,
    /// Which of more than that: the last, or else the first. They come by name all the same.
    pub is_from_end: bool,
}

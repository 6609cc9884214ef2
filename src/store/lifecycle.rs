//! What a store is asked about itself.

use async_trait::async_trait;

use super::Result;

/// Whether the store works, and its end.
#[async_trait]
pub trait Lifecycle: Send + Sync + 'static {
    /// Commits something, to see whether it can.
    async fn ping(&self) -> Result<()>;

    /// Commits what is queued and stops. Verbs called later answer [`StoreError::Closed`](super::StoreError::Closed).
    async fn close(&self);
}

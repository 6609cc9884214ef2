//! What a store is asked about itself.

use async_trait::async_trait;

use super::Result;

/// Whether the store works, and its end.
#[async_trait]
pub trait Lifecycle: Send + Sync + 'static {
    /// Commits something, to see whether it can.
    async fn ping(&self) -> Result<()>;

    /// Looks whether what is kept is still there and can be read. Costs next to nothing.
    ///
    /// # Errors
    /// What is wrong, and the way back, in a sentence for the operator.
    async fn inspect(&self) -> std::result::Result<(), String>;

    /// Says why the store cannot go on, when that is so; never, if all is well. Only a defect can cause it: then the
    /// process is to end, since nothing that it takes in can be kept.
    async fn failed(&self) -> String;

    /// Commits what is queued and stops. Verbs called later answer [`StoreError::Closed`](super::StoreError::Closed).
    async fn close(&self);
}

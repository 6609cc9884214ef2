//! What owners ask of a store over the years: another master key, and that nothing stays of what is gone.

use async_trait::async_trait;

use super::{Result, seal::MasterKey};

/// What is kept, under which key, and what is not kept any more.
#[async_trait]
pub trait Keeping: Send + Sync + 'static {
    /// Has `next` open the store from now on, instead of `current`. Tells whether it did not already.
    async fn rewrap(&self, current: MasterKey, next: MasterKey) -> Result<bool>;

    /// Empties the log beside the database, in which stays for a while what is overwritten or deleted in it. Tells whether that could be
    /// done: not while somebody reads for long, like a backup.
    async fn empty_log(&self) -> Result<bool>;
}

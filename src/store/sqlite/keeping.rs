//! Another master key, and an empty log.

use async_trait::async_trait;

use super::{forms, job_queues::JobSize, store::SqliteStore};
use crate::{
    model::TenantKey,
    store::{Keeping, Result, StoreError, seal::MasterKey},
};

#[async_trait]
impl Keeping for SqliteStore {
    async fn rewrap(&self, current: MasterKey, next: MasterKey) -> Result<bool> {
        self.write(JobSize::small(TenantKey::ALL), move |tx| forms::rewrap(tx.conn, &current, &next)).await
    }

    async fn empty_log(&self) -> Result<bool> {
        let checkpointer = self.checkpointer()?;
        // It waits for those that read.
        let emptied = tokio::task::spawn_blocking(move || checkpointer.empty_log());
        emptied.await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }
}

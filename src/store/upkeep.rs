//! What has to be done from time to time, whatever else happens.

use async_trait::async_trait;

use super::Result;
use crate::model::Timestamp;

/// Work that keeps the store small.
#[async_trait]
pub trait Upkeep: Send + Sync + 'static {
    /// Deletes up to `limit` each of finished deliveries, attempts and events from before `before`, fewer
    /// where they are large. Tells whether there may be more.
    async fn delete_finished(&self, before: Timestamp, limit: usize) -> Result<bool>;

    /// Deletes up to `limit` lines of the audit trail from before `before`, oldest first, and keeps the hash of the last of them. Tells
    /// whether there may be more.
    async fn delete_audit_lines(&self, before: Timestamp, limit: usize) -> Result<bool>;
}

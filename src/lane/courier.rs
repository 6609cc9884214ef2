//! The door behind which the next stages are: in goes a batch that may go, out comes what became of it.

use std::sync::Arc;

use async_trait::async_trait;

use super::state::BatchOutcome;
use crate::{
    model::{DueBatch, LocalFailure},
    webhook::Webhook,
};

/// Makes one attempt. The next stages (render, deliver) behind one door.
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    /// Sends what fits into one request, and says what came of the deliveries: those that share a fate, in one outcome.
    /// What is in no outcome found no room. The batch's [`Cohesion`](crate::model::Cohesion) says what may be left out.
    ///
    /// # Errors
    /// Nothing could be sent for want of something on this machine. Then nothing has come of any of them.
    async fn deliver(&self, webhook: &Arc<Webhook>, batch: DueBatch) -> Result<Vec<BatchOutcome>, LocalFailure>;

    /// Whether a request may have room for one more event, beside some whose data has so many bytes. Asked before an event
    /// is read, so that a batch of large ones is not read to its end in vain; `deliver` still leaves out what finds no room.
    fn has_room(&self, _webhook: &Webhook, _gathered_bytes: usize) -> bool {
        true
    }
}

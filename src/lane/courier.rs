//! The door behind which the next stages are: in goes a batch that may go, out comes what became of it.

use std::sync::Arc;

use async_trait::async_trait;

use super::state::BatchOutcome;
use crate::{
    budget::{Exhausted, Room},
    model::{DueBatch, LocalFailure, LocalKind},
    webhook::Webhook,
};

/// Why a message waits for which there is no room.
pub fn no_room(exhausted: Exhausted) -> LocalFailure {
    LocalFailure { kind: LocalKind::MessageRoom, detail: exhausted.to_string() }
}

/// Makes one attempt. The next stages (render, deliver) behind one door.
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    /// Sends what fits into one request, and says what came of the deliveries: those that share a fate, in one outcome.
    /// What is in no outcome found no room. The batch's [`Cohesion`](crate::model::Cohesion) says what may be left out.
    /// `room` is what its events take up; it grows with what is made of them.
    ///
    /// # Errors
    /// Nothing could be sent for want of something on this machine, such as room for what was made of the events. Then nothing
    /// has come of any of them.
    async fn deliver(
        &self,
        webhook: &Arc<Webhook>,
        batch: DueBatch,
        room: Room,
    ) -> Result<Vec<BatchOutcome>, LocalFailure>;

    /// Room for a message to this webhook, none of it taken yet.
    fn room(&self, webhook: &Webhook) -> Room;

    /// Whether a request may have room for one more event, beside some whose data has so many bytes. Asked before an event
    /// is read, so that a batch of large ones is not read to its end in vain; `deliver` still leaves out what finds no room.
    fn has_room(&self, _webhook: &Webhook, _gathered_bytes: usize) -> bool {
        true
    }
}

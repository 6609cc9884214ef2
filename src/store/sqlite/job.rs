//! What the writer is given to do: jobs and settlements.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{early_ids::EarlyIds, file::PAGE, forms::Forms, transaction::Tx};
use crate::{
    model::{Outcome, Serial, TenantKey},
    store::{Result, Settlement},
};

/// Something to be done inside the group's transaction. It returns what to do when the commit's result is known.
pub(super) type WriteJob = Box<dyn FnOnce(&mut Tx<'_>) -> Finish + Send>;
/// Tells whoever waits. `Err` if the group could not be committed.
pub(super) type Finish = Box<dyn FnOnce(Result<()>) + Send>;

/// A settlement with all that is written of it and can be made beforehand.
pub(super) struct Record {
    /// Without URL and headers of what was sent: these are in `head`.
    pub settlement: Settlement,
    pub attempt: Serial,
    /// Sealed.
    pub head: Vec<u8>,
    pub remote: Option<String>,
}

impl Record {
    /// Of this settlement. An attempt that made no request gets its name here.
    pub fn new(mut settlement: Settlement, attempt_ids: &EarlyIds, forms: &Forms) -> Record {
        let attempt = settlement.attempt.map_or_else(|| attempt_ids.take(), |attempt| attempt.0);
        let Outcome { sent, remote, .. } = &mut settlement.outcome;
        let head = forms.seal_head(attempt.number(), sent);
        let remote = remote.map(|remote| remote.to_string());
        (sent.url, sent.headers) = Default::default();
        Record { settlement, attempt, head, remote }
    }
}

/// What is to be recorded of a tenant's, and whom to tell.
pub(super) struct Settled {
    pub tenant: TenantKey,
    pub records: Vec<Record>,
    pub done: oneshot::Sender<()>,
}

/// How much work it is to record a settlement, in rows: one for each delivery, and for each page of what was sent and
/// answered.
pub(super) fn weight(settlement: &Settlement) -> usize {
    let Outcome { sent, answer, .. } = &settlement.outcome;
    let bytes = sent.body.as_ref().map_or(0, Bytes::len) + answer.as_ref().map_or(0, |answer| answer.body.len());
    settlement.owed.len() + bytes / PAGE
}

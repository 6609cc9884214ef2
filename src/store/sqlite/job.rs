//! What the writer is given to do: jobs and settlements.

use std::task::Poll;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{early_ids::EarlyIds, file::PAGE, forms::Forms, quantum::Quantum, transaction::Tx};
use crate::{
    model::{EventType, Outcome, Owed, Serial, TenantKey},
    store::{Result, Settlement, StoreError, recent::Recent},
};

/// Something that somebody waits for, done in transactions of the writer.
pub(super) trait Job: Send {
    /// Goes on in a group's transaction, to its end or until the quantum is over. What is not at its end goes on in a later
    /// transaction, once this one is committed; no other job of its tenant comes in between.
    fn go_on(&mut self, tx: &mut Tx<'_>, quantum: &Quantum<'_>) -> Poll<()>;

    /// Tells whoever waits: it is at its end and committed, or one of its transactions was not.
    fn end(self: Box<Self>, committed: Result<()>);
}

pub(super) type WriteJob = Box<dyn Job>;

/// A job that ends in the transaction in which it begins.
pub(super) fn in_one<E>(f: impl FnOnce(&mut Tx<'_>) -> E + Send + 'static) -> WriteJob
where
    E: FnOnce(Result<()>) + Send + 'static,
{
    Box::new(InOne { f: Some(f), end: None })
}

struct InOne<F, E> {
    f: Option<F>,
    end: Option<E>,
}

impl<E, F> Job for InOne<F, E>
where
    E: FnOnce(Result<()>) + Send,
    F: FnOnce(&mut Tx<'_>) -> E + Send,
{
    fn go_on(&mut self, tx: &mut Tx<'_>, _: &Quantum<'_>) -> Poll<()> {
        self.end = self.f.take().map(|f| f(tx));
        Poll::Ready(())
    }

    fn end(self: Box<Self>, committed: Result<()>) {
        if let Some(end) = self.end {
            end(committed);
        }
    }
}

/// A job of a caller's that awaits what it comes to.
pub(super) struct Asked<T, F> {
    go_on: F,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Asked<T, F> {
    /// `go_on`: as [`Job::go_on`]. One that fails half-way has to break the group ([`Tx::whole`]).
    pub fn new(go_on: F) -> (Asked<T, F>, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        (Asked { go_on, result: None, reply }, answer)
    }
}

impl<T, F> Job for Asked<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>, &Quantum<'_>) -> Poll<Result<T>> + Send,
{
    fn go_on(&mut self, tx: &mut Tx<'_>, quantum: &Quantum<'_>) -> Poll<()> {
        let result = match &tx.broken {
            None => (self.go_on)(tx, quantum),
            Some(error) => Poll::Ready(Err(error.clone())),
        };
        result.map(|result| self.result = Some(result))
    }

    fn end(self: Box<Self>, committed: Result<()>) {
        let answer = match (self.result, committed) {
            (Some(Err(StoreError::Panicked)), _) => Err(StoreError::Panicked),
            (Some(result), committed) => committed.and(result),
            // It had begun, and cannot go on.
            (None, committed) => Err(committed.err().unwrap_or(StoreError::Closed)),
        };
        // A caller that went away needs no answer.
        let _ = self.reply.send(answer);
    }
}

/// A settlement with all that is written of it and can be made beforehand.
pub(super) struct Record {
    /// Without URL and headers of what was sent: these are in `head`.
    pub settlement: Settlement,
    pub attempt: Serial,
    /// Sealed.
    pub head: Vec<u8>,
    pub remote: Option<String>,
    /// The types of its deliveries' events, where these were in memory.
    pub event_types: Vec<Option<EventType>>,
}

impl Record {
    /// Of this settlement. An attempt that made no request gets its name here.
    pub fn new(mut settlement: Settlement, attempt_ids: &EarlyIds, forms: &Forms, recent: &Recent) -> Record {
        let attempt = settlement.attempt.map_or_else(|| attempt_ids.take(), |attempt| attempt.0);
        let Outcome { sent, remote, .. } = &mut settlement.outcome;
        let head = forms.seal_head(attempt.number(), sent);
        let remote = remote.map(|remote| remote.to_string());
        (sent.url, sent.headers) = Default::default();
        let event_type = |owed: &Owed| recent.event(owed.event).map(|event| event.event_type.clone());
        let event_types = settlement.owed.iter().map(event_type).collect();
        Record { settlement, attempt, head, remote, event_types }
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

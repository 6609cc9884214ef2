//! How long the write-ahead log is, and what keeps it from being begun anew: for operators.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::file::PAGE;
use crate::store::WriteAheadLog;

/// What a page in the log takes: with a head.
const LOGGED_PAGE: u64 = PAGE as u64 + 24;

/// The state of the log.
#[derive(Debug, Default)]
pub(super) struct Wal {
    /// How many pages it has.
    pages: AtomicUsize,
    held: Mutex<Option<Holder>>,
}

/// Who keeps the log from being begun anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    /// So many reads of this server, which do not end.
    Reads(usize),
    /// Somebody else who reads the file.
    AnotherProcess,
    /// The writer is busy with something that does not end.
    Writer,
}

impl Holder {
    fn sentence(self) -> String {
        let who = match self {
            Holder::Reads(1) => "a read of this server does not end".to_owned(),
            Holder::Reads(count) => format!("{count} reads of this server do not end"),
            Holder::Writer => "the writer does not come to it".to_owned(),
            Holder::AnotherProcess => {
                "another process reads the database, like a backup or a shell; end it, or let it copy in steps"
                    .to_owned()
            }
        };
        format!("the write-ahead log grows and cannot be begun anew: {who}")
    }
}

impl Wal {
    /// How many pages it has now. Returns how many it had; fewer now: it was begun anew.
    pub fn grown_to(&self, pages: usize) -> usize {
        let before = self.pages.swap(pages, Ordering::Relaxed);
        if pages < before && self.held().take().is_some() {
            tracing::info!("the write-ahead log is begun anew");
        }
        before
    }

    /// How many pages it has.
    pub fn pages(&self) -> usize {
        self.pages.load(Ordering::Relaxed)
    }

    /// It is longer than it should be.
    pub fn is_held_by(&self, holder: Holder) {
        tracing::warn!(bytes = self.report().bytes, "{}", holder.sentence());
        *self.held() = Some(holder);
    }

    /// For operators.
    pub fn report(&self) -> WriteAheadLog {
        let held = *self.held();
        WriteAheadLog { bytes: self.pages() as u64 * LOGGED_PAGE, held: held.map(Holder::sentence) }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Holder>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! A part of the disk that is kept free, so that what was accepted can still be delivered and recorded when the rest is full.
//!
//! Publications are refused while less is free, and before that, from four times as much on, those of tenants that keep more than an
//! equal part of all: who fills the disk stops first. Everything else goes on: it takes little, or makes room.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Says how many bytes of the disk are free.
type Free = Arc<dyn Fn() -> io::Result<u64> + Send + Sync>;

/// So many times of what is kept free the disk is short.
const SHORT: u64 = 4;

/// How much of the disk there is for what is new; with a sentence, where that is not enough for all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Space {
    Enough,
    /// For those that keep little.
    Short(String),
    None(String),
}

/// How much is kept free, and who knows how much is.
pub struct Reserve {
    least: u64,
    free: Free,
    /// Pages of the database that nothing is in, in bytes, as last seen: they are used again before it grows.
    unused: AtomicU64,
}

impl Reserve {
    /// So much of the disk on which this is.
    pub fn of_disk(path: &Path, least: u64) -> Reserve {
        let path: PathBuf = path.to_owned();
        Reserve::new(least, move || {
            let disk = rustix::fs::statvfs(&path)?;
            Ok(disk.f_bavail * disk.f_frsize)
        })
    }

    /// So much, where `free` says how much is free.
    pub fn new(least: u64, free: impl Fn() -> io::Result<u64> + Send + Sync + 'static) -> Reserve {
        Reserve { least, free: Arc::new(free), unused: AtomicU64::new(0) }
    }

    /// How much there is for what is new. `unused`: bytes of the database that nothing is in; asked for only if it matters.
    pub(super) fn space<E>(&self, unused: impl FnOnce() -> Result<u64, E>) -> Result<Space, E> {
        if self.is_left(SHORT * self.least, 0) {
            return Ok(Space::Enough);
        }
        self.unused.store(unused()?, Ordering::Relaxed);
        Ok(self.last())
    }

    /// As last seen of the database, and as the disk is now.
    pub(super) fn last(&self) -> Space {
        let unused = self.unused.load(Ordering::Relaxed);
        let free = self.free_bytes().unwrap_or_default().saturating_add(unused);
        let Reserve { least, .. } = self;
        match (self.is_left(*least, unused), self.is_left(SHORT * least, unused)) {
            (true, true) => Space::Enough,
            (true, false) => Space::Short(format!(
                "{free} bytes are free, and with less than {} bytes tenants that keep more than an equal part of all events keep \
                 no more (`min_free_disk` is {least})",
                SHORT * least
            )),
            (false, _) => Space::None(format!(
                "{free} bytes are free, and {least} are the least that stays free for what was accepted (`min_free_disk`)"
            )),
        }
    }

    /// What is free, if the system says so.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        (self.free)().ok()
    }

    /// A disk that says nothing is one that is not full.
    fn is_left(&self, least: u64, unused: u64) -> bool {
        self.free_bytes().is_none_or(|free| free.saturating_add(unused) >= least)
    }
}

impl fmt::Debug for Reserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").field("least", &self.least).finish_non_exhaustive()
    }
}

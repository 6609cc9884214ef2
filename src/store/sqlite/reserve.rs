//! A part of the disk that is kept free, so that what was accepted can still be delivered and recorded when the rest is full.
//!
//! Publications are refused while less is free, and before that, from four times as much on, those of tenants that keep more than an
//! equal part of all: who fills the disk stops first. Everything else goes on: it takes little, or makes room. Pages of the database
//! that nothing is in count as free, but for what the write-ahead log needs: that is a file of its own and cannot grow into them.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::fs::StatVfs;

use super::file::LOG_STAYS;

/// Says how many bytes of the disk are free, where that is known.
type Free = Arc<dyn Fn() -> Option<u64> + Send + Sync>;

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
}

impl Reserve {
    /// So much of the disk on which this is.
    pub fn of_disk(path: &Path, least: u64) -> Reserve {
        let path: PathBuf = path.to_owned();
        Reserve::new(least, move || free_of(&rustix::fs::statvfs(&path).ok()?))
    }

    /// So much, where `free` says how much is free, if it is known.
    pub fn new(least: u64, free: impl Fn() -> Option<u64> + Send + Sync + 'static) -> Reserve {
        Reserve { least, free: Arc::new(free) }
    }

    /// What there is beside so many bytes of the database that nothing is in. A disk that says nothing is one that is not full.
    fn space(&self, unused: u64) -> Space {
        let Some(free) = (self.free)() else { return Space::Enough };
        let least = self.least;
        let (room, of_log) = (free.saturating_add(unused), least.min(LOG_STAYS as u64));
        let there = format!("{free} bytes of the disk are free and {unused} of the database unused");
        if room < least {
            Space::None(format!(
                "{there}, and {least} are the least that stays for what was accepted (`min_free_disk`)"
            ))
        } else if free < of_log {
            Space::None(format!(
                "{there}, and of the disk itself {of_log} are the least that stays for the write-ahead log"
            ))
        } else if room < SHORT * least {
            Space::Short(format!(
                "{there}, and with less than {} tenants that keep more than an equal part of all events keep no more \
                 (`min_free_disk` is {least})",
                SHORT * least
            ))
        } else {
            Space::Enough
        }
    }
}

/// A filesystem without a size, as some networks have, says nothing.
fn free_of(disk: &StatVfs) -> Option<u64> {
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

impl fmt::Debug for Reserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").field("least", &self.least).finish_non_exhaustive()
    }
}

/// The disk of one open store.
#[derive(Debug)]
pub(super) struct Disk {
    /// Nothing is kept free before it is set.
    reserve: OnceLock<Reserve>,
    /// Pages of the database that nothing is in, in bytes, as last seen: they are used again before it grows.
    unused: AtomicU64,
    /// What the log was told last.
    told: Mutex<Space>,
}

impl Disk {
    /// Where so many bytes of the database are unused.
    pub fn with_unused(unused: u64) -> Disk {
        Disk { reserve: OnceLock::new(), unused: AtomicU64::new(unused), told: Mutex::new(Space::Enough) }
    }

    /// So much is kept free from now on.
    pub fn keep(&self, reserve: Reserve) {
        let _ = self.reserve.set(reserve);
    }

    /// How much there is for what is new. `unused`: bytes of the database that nothing is in; asked for only if it matters.
    pub fn space<E>(&self, unused: impl FnOnce() -> Result<u64, E>) -> Result<Space, E> {
        let Some(reserve) = self.reserve.get() else { return Ok(Space::Enough) };
        if reserve.space(0) == Space::Enough {
            return Ok(Space::Enough);
        }
        self.unused.store(unused()?, Ordering::Relaxed);
        Ok(self.last())
    }

    /// As last seen of the database, and as the disk is now.
    fn last(&self) -> Space {
        self.reserve.get().map_or(Space::Enough, |reserve| reserve.space(self.unused.load(Ordering::Relaxed)))
    }

    /// For operators: why not all of what is new is taken, if so.
    pub fn trouble(&self) -> Option<String> {
        match self.last() {
            Space::Enough => None,
            Space::Short(why) => Some(format!("the disk is short: {why}")),
            Space::None(why) => Some(format!("the disk is nearly full, and events are refused: {why}")),
        }
    }

    /// What the disk has become, if it is another than was told before.
    fn changed(&self) -> Option<Space> {
        let (now, mut told) = (self.last(), self.told.lock().unwrap_or_else(PoisonError::into_inner));
        let is_new = std::mem::discriminant(&now) != std::mem::discriminant(&*told);
        told.clone_from(&now);
        is_new.then_some(now)
    }

    /// Tells the log once when a trouble begins, and when it ends.
    pub fn tell_changes(&self) {
        match self.changed() {
            None => {}
            Some(Space::Enough) => tracing::info!("the disk has room again, and events are taken"),
            Some(Space::Short(why)) => tracing::warn!("the disk is short: {why}"),
            Some(Space::None(why)) => tracing::warn!("the disk is nearly full, and events are refused: {why}"),
        }
    }

    /// What is free, if that is known.
    pub fn free_bytes(&self) -> Option<u64> {
        (self.reserve.get()?.free)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// With 256 MiB kept, of which the log needs 128.
    fn disk(free: u64, unused: u64) -> (Disk, Arc<AtomicU64>) {
        let (disk, free) = (Disk::with_unused(unused), Arc::new(AtomicU64::new(free)));
        let looks = free.clone();
        disk.keep(Reserve::new(256 * MIB, move || Some(looks.load(Ordering::Relaxed))));
        (disk, free)
    }

    #[test]
    fn unused_pages_are_room_but_not_for_the_log() {
        let says = |free: u64, unused: u64| disk(free, unused).0.trouble();
        assert_eq!(says(1024 * MIB, 0), None);
        assert_eq!(says(128 * MIB, 896 * MIB), None);
        assert!(says(128 * MIB, 128 * MIB).unwrap().contains("more than an equal part"));
        assert!(says(128 * MIB, 127 * MIB).unwrap().contains("`min_free_disk`"));
        let none = says(1_000, 10_000 * MIB).unwrap();
        assert!(none.contains("134217728 are the least that stays for the write-ahead log"), "{none}");
    }

    #[test]
    fn a_trouble_is_told_when_it_begins_and_when_it_ends_and_not_in_between() {
        let (disk, free) = disk(1024 * MIB, 0);
        assert_eq!(disk.changed(), None);
        free.store(1023 * MIB, Ordering::Relaxed);
        assert!(matches!(disk.changed(), Some(Space::Short(_))));
        free.store(1022 * MIB, Ordering::Relaxed);
        assert_eq!(disk.changed(), None);
        free.store(1_000, Ordering::Relaxed);
        assert!(matches!(disk.changed(), Some(Space::None(_))));
        assert_eq!(disk.changed(), None);
        free.store(1024 * MIB, Ordering::Relaxed);
        assert_eq!(disk.changed(), Some(Space::Enough));
        assert_eq!(disk.changed(), None);
    }

    #[test]
    fn a_disk_that_says_nothing_is_not_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = rustix::fs::statvfs(folder.path()).unwrap();
        (seen.f_blocks, seen.f_bavail, seen.f_frsize) = (7, 3, 1000);
        assert_eq!(free_of(&seen), Some(3_000));
        (seen.f_blocks, seen.f_bavail) = (0, 0);
        assert_eq!(free_of(&seen), None);
        let disk = Disk::with_unused(0);
        disk.keep(Reserve::new(1, || None));
        assert_eq!(disk.trouble(), None);
    }
}

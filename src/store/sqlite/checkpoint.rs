//! Moving the write-ahead log into the database file, beside the writer instead of in its way.
//!
//! A thread of its own copies pages whenever enough was written. Under constant load it can never copy the last of
//! them, so the log would only grow; when it is long, the writer, between two groups, copies the short rest and begins
//! the log anew. That is possible only when nobody reads from the log. Where somebody always does, it grows further, up to a
//! bound; then reads leave a [gap](super::gap).

use std::{
    ffi::c_int,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, hooks};

use super::{
    error::unavailable,
    file::BUSY_TIMEOUT,
    gap::{Gap, Waits},
    job::in_one,
    job_queues::JobSize,
    shared::Shared,
    wal::Holder,
};
use crate::{model::TenantKey, store::StoreError};

/// When there are fewer pages than are copied at one time, they are copied after this long.
const AFTER_TIME: Duration = Duration::from_secs(10);
/// How long the writer may take to begin the log anew, once nobody reads: it ends the group that it is at.
const WRITER_PATIENCE: Duration = Duration::from_secs(5);
/// Pages that are copied at one time.
const MANY_PAGES: usize = 2048;

/// How long the log may become, in pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    /// So many that are not copied yet are copied.
    pub copied: usize,
    /// A log of so many is begun anew as soon as nobody reads by chance.
    pub long: usize,
    /// For a log of so many reads leave a gap.
    pub most: usize,
    /// How long reads may go on when a gap is wanted.
    pub waits: Waits,
}

impl Lengths {
    /// 64 MiB, and 256 MiB.
    pub const USUAL: Lengths = Lengths {
        copied: MANY_PAGES,
        long: 4 * MANY_PAGES,
        most: 16 * MANY_PAGES,
        waits: Waits { grace: Duration::from_millis(200), patience: Duration::from_secs(2) },
    };
}

/// Shared by the writer and the checkpointing thread.
#[derive(Clone)]
pub(super) struct Checkpointer(Arc<State>);

struct State {
    lengths: Lengths,
    shared: Arc<Shared>,
    /// Between the reads of all connections.
    gap: Arc<Gap>,
    /// How many pages the log had when it was last copied.
    copied: AtomicUsize,
    restart: AtomicBool,
    /// Whether nothing is to be left of the log then.
    empties: AtomicBool,
    /// Who makes a gap between reads.
    gap_turn: Mutex<()>,
    /// How often the writer has tried to begin the log anew, and whether it could last.
    restarts: Mutex<(u64, bool)>,
    tried: Condvar,
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Checkpointer {
    /// Starts the thread with a connection of its own.
    pub fn start(
        conn: Connection,
        shared: Arc<Shared>,
        gap: Arc<Gap>,
        lengths: Lengths,
    ) -> std::io::Result<(Checkpointer, thread::JoinHandle<()>)> {
        let state = Arc::new(State {
            lengths,
            shared,
            gap,
            copied: AtomicUsize::new(0),
            restart: AtomicBool::new(false),
            empties: AtomicBool::new(false),
            gap_turn: Mutex::default(),
            restarts: Mutex::default(),
            tried: Condvar::new(),
            stopped: Mutex::new(false),
            wake: Condvar::new(),
        });
        let checkpointer = Checkpointer(state.clone());
        let thread = thread::Builder::new().name("lanehook-checkpoint".into()).spawn(move || {
            let _guard = state.shared.failure.guard("the store's checkpointer");
            state.run(&conn);
        })?;
        Ok((checkpointer, thread))
    }

    /// Listens to the commits of the writer's connection.
    pub fn watch(&self, conn: &mut Connection) -> rusqlite::Result<()> {
        let state = self.0.clone();
        conn.wal_hook(Some(move |_: &mut hooks::Wal, pages: c_int| {
            state.committed(usize::try_from(pages).unwrap_or_default());
            Ok(())
        }))
    }

    /// Between two groups: begins the log anew if it has become long.
    pub fn restart_if_asked(&self, conn: &Connection) {
        if !self.0.restart.swap(false, Ordering::Relaxed) {
            return;
        }
        // Someone who reads for long would hold up every acknowledgement; it is asked for again after the next copy.
        let mode = if self.0.empties.swap(false, Ordering::Relaxed) { "TRUNCATE" } else { "RESTART" };
        let restarted = conn.busy_timeout(Duration::ZERO).and_then(|()| checkpoint(conn, mode));
        let complete = restarted.as_ref().is_ok_and(|log| log.complete);
        if let Err(error) = conn.busy_timeout(BUSY_TIMEOUT).and(restarted) {
            tracing::warn!(%error, "the write-ahead log could not be begun anew; it grows until it can");
        }
        let mut restarts = locked(&self.0.restarts);
        *restarts = (restarts.0 + 1, complete);
        drop(restarts);
        self.0.tried.notify_all();
    }

    /// Moves all of the log into the database, and leaves nothing of it, in a gap between reads. Whether that could be done.
    pub fn empty_log(&self) -> bool {
        let _turn = locked(&self.0.gap_turn);
        let emptied = self.0.gap.hold(self.0.lengths.waits, || {
            self.0.empties.store(true, Ordering::Relaxed);
            self.0.ask_writer()
        });
        self.0.empties.store(false, Ordering::Relaxed);
        emptied == Ok(Some(true))
    }

    /// Ends the thread.
    pub fn stop(&self) {
        *locked(&self.0.stopped) = true;
        self.0.wake.notify_one();
    }
}

impl State {
    /// The log has this many pages now.
    fn committed(&self, pages: usize) {
        let before = self.shared.wal.grown_to(pages);
        let (copied, is_due) = after_commit(before, pages, self.copied.load(Ordering::Relaxed), self.lengths.copied);
        if pages < before {
            self.copied.store(copied, Ordering::Relaxed);
        }
        if is_due {
            // Not between the other's look at the count and its falling asleep: it is told only once.
            drop(locked(&self.stopped));
            self.wake.notify_one();
        }
    }

    fn uncopied(&self) -> usize {
        self.shared.wal.pages().saturating_sub(self.copied.load(Ordering::Relaxed))
    }

    fn run(&self, conn: &Connection) {
        // After a gap that did not help, the log may grow so much again before the next one.
        let mut most = self.lengths.most;
        loop {
            let idle = |stopped: &mut bool| !*stopped && self.uncopied() < self.lengths.copied;
            let waited = self.wake.wait_timeout_while(locked(&self.stopped), AFTER_TIME, idle);
            if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                return;
            }
            if self.uncopied() == 0 {
                continue;
            }
            // What is committed meanwhile counts for the next time.
            self.copied.store(self.shared.wal.pages(), Ordering::Relaxed);
            match checkpoint(conn, "PASSIVE") {
                Ok(log) if log.pages < self.lengths.long => most = self.lengths.most,
                Ok(log) if log.pages < most => self.restart.store(true, Ordering::Relaxed),
                Ok(log) => match self.begin_anew_in_a_gap(conn) {
                    Ok(()) => most = self.lengths.most,
                    Err(holder) => {
                        self.shared.wal.is_held_by(holder);
                        most = log.pages + self.lengths.most;
                    }
                },
                Err(error) => {
                    tracing::warn!(%error, "checkpoint failed; it is tried again");
                    self.shared.damage.note(&Err::<(), _>(unavailable(error)));
                }
            }
        }
    }

    /// Has the writer begin the log anew while nobody reads.
    fn begin_anew_in_a_gap(&self, conn: &Connection) -> Result<(), Holder> {
        let _turn = locked(&self.gap_turn);
        let held = self.gap.hold(self.lengths.waits, || {
            // What those who read kept from being copied; the writer does not wait for that.
            if let Err(error) = checkpoint(conn, "PASSIVE") {
                tracing::warn!(%error, "checkpoint failed; it is tried again");
            }
            self.ask_writer()
        });
        match held {
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err(Holder::AnotherProcess),
            Ok(None) => Err(Holder::Writer),
            Err(reading) => Err(Holder::Reads(reading.0)),
        }
    }

    /// Whether the writer could begin the log anew; nothing if it did not come to it.
    fn ask_writer(&self) -> Option<bool> {
        let before = locked(&self.restarts).0;
        self.restart.store(true, Ordering::Relaxed);
        // One that has nothing to do does not look.
        match self.shared.intake.push(in_one(|_| |_| {}), JobSize::small(TenantKey::ALL)) {
            // With a full queue it has something to do, and looks between two groups.
            Ok(()) | Err(StoreError::Busy) => {}
            Err(_) => return None,
        }
        let untried = |restarts: &mut (u64, bool)| restarts.0 == before;
        let waited = self.tried.wait_timeout_while(locked(&self.restarts), WRITER_PATIENCE, untried);
        let (tries, begun) = *waited.unwrap_or_else(PoisonError::into_inner).0;
        (tries != before).then_some(begun)
    }
}

/// A log of `before` pages has `pages` after a commit. Returns how many of these are copied, where so many were before, and whether it
/// is the commit after which `many` are not.
fn after_commit(before: usize, pages: usize, copied: usize, many: usize) -> (usize, bool) {
    // Begun anew, there was nothing before this commit, which may be large by itself.
    let (before, copied) = if pages < before { (0, 0) } else { (before, copied) };
    (copied, pages >= copied + many && before < copied + many)
}

/// What a checkpoint came to.
struct Log {
    pages: usize,
    /// Whether nobody kept it from doing all that was asked.
    complete: bool,
}

fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<Log> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let pages = usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        Ok(Log { pages, complete: row.get::<_, i64>(0)? == 0 })
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Single values: no state in between that a panic could leave.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::after_commit;

    #[test]
    fn it_is_told_once_for_so_many_pages_also_where_one_commit_has_them_all() {
        assert_eq!(after_commit(10, 19, 0, 20), (0, false));
        assert_eq!(after_commit(19, 21, 0, 20), (0, true));
        assert_eq!(after_commit(21, 30, 0, 20), (0, false), "it was told");
        assert_eq!(after_commit(39, 40, 20, 20), (20, true));
        assert_eq!(after_commit(500, 3, 480, 20), (0, false), "begun anew");
        assert_eq!(
            after_commit(500, 25, 480, 20),
            (0, true),
            "by a large commit, after which there may be no smaller one"
        );
    }
}

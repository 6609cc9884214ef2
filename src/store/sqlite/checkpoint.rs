//! Moving the write-ahead log into the database file, beside the writer instead of in its way.
//!
//! A thread of its own copies pages whenever enough was written. Under constant load it can never copy the last of
//! them, so the log would only grow; when it is long, the writer, between two groups, copies the short rest and begins
//! the log anew.

use std::{
    ffi::c_int,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, hooks::Wal};

use super::{error::unavailable, file::BUSY_TIMEOUT, shared::Shared};

/// Pages in the log that are not copied yet, after which to copy.
const MANY_PAGES: usize = 2048;
/// …and when there are fewer, after this long.
const AFTER_TIME: Duration = Duration::from_secs(10);
/// A log of this many pages is begun anew.
const LONG_LOG: usize = 4 * MANY_PAGES;

/// Shared by the writer and the checkpointing thread.
#[derive(Clone)]
pub(super) struct Checkpointer(Arc<State>);

struct State {
    /// How many pages the log has, and how many it had when it was last copied.
    log: AtomicUsize,
    copied: AtomicUsize,
    restart: AtomicBool,
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Checkpointer {
    /// Starts the thread with a connection of its own.
    pub fn start(conn: Connection, shared: Arc<Shared>) -> std::io::Result<(Checkpointer, thread::JoinHandle<()>)> {
        let state = Arc::new(State {
            log: AtomicUsize::new(0),
            copied: AtomicUsize::new(0),
            restart: AtomicBool::new(false),
            stopped: Mutex::new(false),
            wake: Condvar::new(),
        });
        let checkpointer = Checkpointer(state.clone());
        let thread = thread::Builder::new().name("lanehook-checkpoint".into()).spawn(move || {
            let _guard = shared.failure.guard("the store's checkpointer");
            state.run(&conn, &shared);
        })?;
        Ok((checkpointer, thread))
    }

    /// Listens to the commits of the writer's connection.
    pub fn watch(&self, conn: &mut Connection) -> rusqlite::Result<()> {
        let state = self.0.clone();
        conn.wal_hook(Some(move |_: &mut Wal, pages: c_int| {
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
        let restarted = conn.busy_timeout(Duration::ZERO).and_then(|()| checkpoint(conn, "RESTART"));
        if let Err(error) = conn.busy_timeout(BUSY_TIMEOUT).and(restarted) {
            tracing::warn!(%error, "the write-ahead log could not be begun anew; it grows until it can");
        }
    }

    /// Ends the thread.
    pub fn stop(&self) {
        *self.0.stopped.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = true;
        self.0.wake.notify_one();
    }
}

impl State {
    /// The log has this many pages now.
    fn committed(&self, pages: usize) {
        let before = self.log.swap(pages, Ordering::Relaxed);
        if pages < before {
            self.copied.store(0, Ordering::Relaxed); // begun anew
        }
        let copied = self.copied.load(Ordering::Relaxed);
        if pages >= copied + MANY_PAGES && before < copied + MANY_PAGES {
            // Not between the other's look at the count and its falling asleep: it is told only once.
            drop(self.stopped.lock());
            self.wake.notify_one();
        }
    }

    fn uncopied(&self) -> usize {
        self.log.load(Ordering::Relaxed).saturating_sub(self.copied.load(Ordering::Relaxed))
    }

    fn run(&self, conn: &Connection, shared: &Shared) {
        loop {
            let stopped = self.stopped.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let idle = |stopped: &mut bool| !*stopped && self.uncopied() < MANY_PAGES;
            let waited = self.wake.wait_timeout_while(stopped, AFTER_TIME, idle);
            if *waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0 {
                return;
            }
            if self.uncopied() == 0 {
                continue;
            }
            // What is committed meanwhile counts for the next time.
            self.copied.store(self.log.load(Ordering::Relaxed), Ordering::Relaxed);
            match checkpoint(conn, "PASSIVE") {
                Ok(log) if log > LONG_LOG => self.restart.store(true, Ordering::Relaxed),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "checkpoint failed; it is tried again");
                    shared.damage.note(&Err::<(), _>(unavailable(error)));
                }
            }
        }
    }
}

/// Runs a checkpoint and returns the log's length in pages.
fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<usize> {
    let pages: i64 = conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1))?;
    Ok(usize::try_from(pages).unwrap_or_default())
}

//! Moving the write-ahead log into the database file, beside the writer instead of in its way.
//!
//! A thread of its own copies pages whenever enough was written. Under constant load it can never copy the last of
//! them, so the log would only grow; when it is long, the writer, between two groups, copies the short rest and begins
//! the log anew.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;

use super::BUSY_TIMEOUT;

/// Written bytes (an estimate) after which to copy.
const AFTER_BYTES: usize = 8 << 20;
/// …and when less was written, after this long.
const AFTER_TIME: Duration = Duration::from_secs(10);
/// A log of this many bytes is begun anew.
const LONG_LOG: i64 = 48 << 20;

/// Shared by the writer and the checkpointing thread.
#[derive(Clone)]
pub(super) struct Checkpointer(Arc<State>);

struct State {
    written: AtomicUsize,
    restart: AtomicBool,
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Checkpointer {
    /// Starts the thread with a connection of its own.
    pub fn start(conn: Connection) -> std::io::Result<(Checkpointer, thread::JoinHandle<()>)> {
        let state = Arc::new(State {
            written: AtomicUsize::new(0),
            restart: AtomicBool::new(false),
            stopped: Mutex::new(false),
            wake: Condvar::new(),
        });
        let checkpointer = Checkpointer(state.clone());
        let thread = thread::Builder::new().name("lanehook-checkpoint".into()).spawn(move || state.run(&conn))?;
        Ok((checkpointer, thread))
    }

    /// The writer has committed about this many bytes.
    pub fn written(&self, bytes: usize) {
        let before = self.0.written.fetch_add(bytes, Ordering::Relaxed);
        if before < AFTER_BYTES && before + bytes >= AFTER_BYTES {
            // Not between the other's look at the count and its falling asleep: it is told only once.
            drop(self.0.stopped.lock());
            self.0.wake.notify_one();
        }
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
    fn run(&self, conn: &Connection) {
        loop {
            let stopped = self.stopped.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let enough = |stopped: &mut bool| !*stopped && self.written.load(Ordering::Relaxed) < AFTER_BYTES;
            let waited = self.wake.wait_timeout_while(stopped, AFTER_TIME, enough);
            if *waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0 {
                return;
            }
            if self.written.swap(0, Ordering::Relaxed) == 0 {
                continue;
            }
            match checkpoint(conn, "PASSIVE") {
                Ok(log_bytes) if log_bytes > LONG_LOG => self.restart.store(true, Ordering::Relaxed),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "checkpoint failed; it is tried again"),
            }
        }
    }
}

/// Runs a checkpoint and returns the log's length in bytes.
fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<i64> {
    let frames: i64 = conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1))?;
    let page: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(frames * page)
}

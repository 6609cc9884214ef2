//! Connections for reading: made as needed, few at a time, each used by one thread of the blocking pool.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::{error::unavailable, file::BUSY_TIMEOUT};
use crate::store::{Result, StoreError};

/// How many steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 50_000;

/// A pool of connections that see the last commit.
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    slots: Arc<Semaphore>,
    most: u32,
    longest: Option<Duration>,
}

impl Readers {
    /// At most `most` at one time, each for at most `longest`.
    pub fn new(path: PathBuf, most: u32, longest: Option<Duration>) -> Readers {
        Readers { path, idle: Arc::default(), slots: Arc::new(Semaphore::new(most as usize)), most, longest }
    }

    /// Waits for those who read; nobody may begin any more.
    pub async fn close(&self) {
        let everyone = self.slots.acquire_many(self.most).await;
        self.slots.close();
        drop(everyone);
        self.let_go();
    }

    /// Closes the connections that nobody uses.
    pub fn let_go(&self) {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clear();
    }

    /// Runs `f` with a connection of its own.
    pub async fn run<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let slot = self.slots.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (path, idle, longest) = (self.path.clone(), self.idle.clone(), self.longest);
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            let known = idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
            let mut conn = known.map_or_else(|| connect_reader(&path), Ok)?;
            if let Some(longest) = longest {
                let began = Instant::now();
                conn.progress_handler(STEPS, Some(move || began.elapsed() > longest)).map_err(unavailable)?;
            }
            let result = f(&conn).map_err(|error| match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::OperationInterrupted) => StoreError::TooLong,
                _ => unavailable(error),
            });
            idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(conn);
            result
        });
        task.await.unwrap_or_else(|error| Err(StoreError::Unavailable(format!("a read ended early: {error}"))))
    }
}

fn connect_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(unavailable)?;
    conn.busy_timeout(BUSY_TIMEOUT).map_err(unavailable)?;
    conn.execute_batch("PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;").map_err(unavailable)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

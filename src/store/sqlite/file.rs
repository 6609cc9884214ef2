//! The file: who may use it, and connections to it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use super::error::unavailable;
use crate::store::{Result, StoreError};

/// How long to wait for a lock of SQLite's; here only a backup or a person with a shell can hold one for long.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Only one process may write, and its memory knows what is committed.
pub(super) fn lock(path: &Path) -> Result<fs::File> {
    let lock_path = path.with_extension("lock");
    let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", lock_path.display()));
    let file = fs::File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
            "{} is in use by another lanehook process; stop it, or give this one another --data folder",
            path.display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The write-ahead log beside a database.
pub(super) fn log_of(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

/// The index of the log, which all connections share.
pub(super) fn index_of(database: &Path) -> PathBuf {
    beside(database, "-shm")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Bytes that are written at one time.
pub(super) const PAGE: usize = 8192;

pub(super) fn connect(path: &Path) -> Result<Connection> {
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.execute_batch(&format!(
            "PRAGMA page_size = {PAGE};
             PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA cache_size = -32768;
             PRAGMA temp_store = MEMORY;"
        ))?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(conn)
    };
    open().map_err(|error| match unavailable(error) {
        StoreError::Unavailable(message) => StoreError::Unavailable(format!("{}: {message}", path.display())),
        other => other,
    })
}

//! The file: who may use it, and connections to it.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use super::error::unavailable;
use crate::store::{Result, StoreError};

/// How long to wait for a lock of SQLite's; here only a backup or a person with a shell can hold one for long.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a start waits for the lock of a process that is gone: a child that it had just forked, for scripts, shares the lock
/// until it runs its program.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_LOOK: Duration = Duration::from_millis(20);

/// Only one process may write, and its memory knows what is committed.
pub fn lock(path: &Path) -> Result<fs::File> {
    let lock_path = path.with_extension("lock");
    let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", lock_path.display()));
    let file =
        fs::File::options().create(true).truncate(false).read(true).write(true).open(&lock_path).map_err(failed)?;
    let until = Instant::now() + LOCK_PATIENCE;
    let wait = || {
        std::thread::sleep(LOCK_LOOK);
        Instant::now() < until
    };
    match lock_while(&file, wait) {
        Ok(()) => {
            file.set_len(0).and_then(|()| write!(&file, "{}", std::process::id())).map_err(failed)?;
            Ok(file)
        }
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::InUse(format!(
            "another lanehook{} uses {}; stop it, or give this one another --data folder",
            owner(&file).map(|process| format!(" (process {process})")).unwrap_or_default(),
            path.parent().unwrap_or(path).display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The process that holds the lock, as it has written there itself.
fn owner(lock: &fs::File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Locks a file, as often as `wait` says that it is to be tried again.
fn lock_while(file: &fs::File, mut wait: impl FnMut() -> bool) -> std::result::Result<(), fs::TryLockError> {
    loop {
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) if wait() => {}
            locked => return locked,
        }
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

/// So long the log's file stays, when it is begun anew: what was needed once for more is given back.
pub(super) const LOG_STAYS: usize = 128 << 20;

/// Bytes that are written at one time. What is deleted is written over with zeros, also in pages that nothing is in then.
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
             PRAGMA journal_size_limit = {LOG_STAYS};
             PRAGMA secure_delete = ON;
             PRAGMA cache_size = -32768;
             PRAGMA temp_store = MEMORY;"
        ))?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(conn)
    };
    open().map_err(|error| named(path, error))
}

/// A connection that only reads, beside whoever writes. It leaves the log as it is.
pub(super) fn connect_to_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    to_read(Connection::open_with_flags(path, flags), path)
}

/// The same of a file that nobody writes to, and that has no log: nothing is made beside it.
pub(super) fn connect_to_still(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let path_of_uri: String = path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
    to_read(Connection::open_with_flags(format!("file:{path_of_uri}?immutable=1"), flags), path)
}

fn to_read(opened: rusqlite::Result<Connection>, path: &Path) -> Result<Connection> {
    let opened = opened.and_then(|conn| {
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.execute_batch("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;")?;
        Ok(conn)
    });
    opened.map_err(|error| named(path, error))
}

/// An error of SQLite's with the file's name.
fn named(path: &Path, error: rusqlite::Error) -> StoreError {
    match unavailable(error) {
        StoreError::Unavailable(message) => StoreError::Unavailable(format!("{}: {message}", path.display())),
        other => other,
    }
}

/// The lock, if nobody has it.
pub(super) fn lock_if_free(path: &Path) -> Result<Option<fs::File>> {
    let lock_path = path.with_extension("lock");
    let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", lock_path.display()));
    let options = fs::File::options().create(true).truncate(false).read(true).write(true).open(&lock_path);
    let file = options.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Pages that nothing is in, in bytes: they are used again before the file grows.
pub(super) fn unused_bytes(conn: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    Ok(pragma("freelist_count")?.unsigned_abs() * pragma("page_size")?.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_given_up_meanwhile_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let open = || fs::File::options().create(true).append(true).open(folder.path().join("lock")).unwrap();
        let (first, second) = (open(), open());
        first.lock().unwrap();
        let mut looks = 0;
        assert!(matches!(lock_while(&second, || false), Err(fs::TryLockError::WouldBlock)));
        let gives_up = || {
            looks += 1;
            if looks == 3 {
                first.unlock().unwrap();
            }
            looks < 9
        };
        assert!(lock_while(&second, gives_up).is_ok());
        assert_eq!(looks, 3);
    }
}

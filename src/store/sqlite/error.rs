//! SQLite's errors, as the store's.

use crate::store::StoreError;

/// Any error of SQLite, as the store's.
pub(super) fn unavailable(error: rusqlite::Error) -> StoreError {
    use rusqlite::{
        Error::{FromSqlConversionFailure, InvalidColumnType},
        ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure},
    };
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Malformed(error.to_string()),
        // Where a page should be, the file has ended.
        Some(SystemIoFailure) if extended(&error) == Some(rusqlite::ffi::SQLITE_IOERR_SHORT_READ) => {
            StoreError::Malformed(error.to_string())
        }
        None if matches!(error, FromSqlConversionFailure(..) | InvalidColumnType(..)) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

fn extended(error: &rusqlite::Error) -> Option<std::ffi::c_int> {
    error.sqlite_error().map(|error| error.extended_code)
}

//! SQLite's errors, as the store's.

use crate::store::StoreError;

/// Any error of SQLite, as the store's.
pub(super) fn unavailable(error: rusqlite::Error) -> StoreError {
    use rusqlite::{
        Error::{FromSqlConversionFailure, InvalidColumnType},
        ErrorCode::{DatabaseCorrupt, NotADatabase},
    };
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Corrupt(error.to_string()),
        None if matches!(error, FromSqlConversionFailure(..) | InvalidColumnType(..)) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

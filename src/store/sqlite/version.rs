//! Which lanehook wrote a folder, and whether this one knows its tables.
//!
//! Tables change by migrations alone, each with the next number. A folder that has had one which this program does not know
//! was opened by a newer program; its tables may mean what this one would misread, so it is refused as it is.

use std::path::Path;

use refinery::Runner;
use rusqlite::{Connection, OptionalExtension};

use super::error::unavailable;
use crate::store::{Result, StoreError};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Under which name `meta` has the version of the program that last opened the folder. 0.1.0 did not note it.
const PROGRAM: &str = "program version";
const OWN: &str = env!("CARGO_PKG_VERSION");

/// Brings tables up to date.
pub(super) fn migrations() -> Runner {
    embedded::migrations::runner()
}

/// Refuses what a newer program has migrated.
///
/// # Errors
/// It has: who wrote it, and what to do.
pub(super) fn check(conn: &Connection, path: &Path) -> Result<()> {
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'refinery_schema_history')";
    if !conn.query_row(is_there, [], |row| row.get::<_, bool>(0)).map_err(unavailable)? {
        return Ok(());
    }
    let last = "SELECT max(version) FROM refinery_schema_history";
    let tables: Option<i64> = conn.query_row(last, [], |row| row.get(0)).map_err(unavailable)?;
    let known = migrations().get_migrations().iter().map(|one| i64::from(one.version())).max();
    if tables <= known {
        return Ok(());
    }
    let writer = match program(conn).map_err(unavailable)? {
        Some(program) if program != OWN => format!("lanehook {program}"),
        _ => "a newer lanehook".to_owned(),
    };
    Err(StoreError::Corrupt(format!(
        "{path} was written by {writer}: its tables are of version {}, and this program ({OWN}) knows them up to {}. \
         Nothing was changed. Run that version or a later one; or, to go back, restore a copy of the folder from before it \
         was opened by that version",
        tables.unwrap_or_default(),
        known.unwrap_or_default(),
        path = path.display(),
    )))
}

/// Notes that this program has opened the folder.
pub(super) fn note(conn: &Connection) -> rusqlite::Result<()> {
    if program(conn)?.as_deref() != Some(OWN) {
        conn.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [PROGRAM, OWN])?;
    }
    Ok(())
}

fn program(conn: &Connection) -> rusqlite::Result<Option<String>> {
    conn.query_row("SELECT CAST(value AS TEXT) FROM meta WHERE name = ?1", [PROGRAM], |row| row.get(0)).optional()
}

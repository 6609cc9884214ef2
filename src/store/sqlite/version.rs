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

/// All steps, in their order.
pub(super) fn migrations() -> Runner {
    embedded::migrations::runner()
}

/// Brings tables up to date, and says so before if there is anything in them: it can take minutes, and nothing listens meanwhile.
pub(super) fn bring_up_to_date(conn: &mut Connection, path: &Path) -> Result<()> {
    // In one transaction with the note that it is done: after a kill in between it could never start again.
    let run = |conn: &mut Connection| migrations().set_grouped(true).run(conn);
    let steps = steps_left(conn).map_err(unavailable)?;
    let folder = path.parent().and_then(Path::to_str).filter(|folder| !folder.is_empty());
    let done = if steps.is_empty() {
        run(conn)
    } else {
        let steps = steps.join(", ");
        tracing::info!(%steps, "the tables are brought up to date before anything else; for a large folder that takes minutes");
        sorting_in(conn, folder.unwrap_or("."), run).map_err(unavailable)?
    };
    done.map(|_| ()).map_err(|error| StoreError::Corrupt(format!("{}: {error}", path.display())))
}

/// The steps that a folder has not had yet, none if it is new.
fn steps_left(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let last = last_step(conn)?;
    let all = migrations();
    let is_left = |version: i32| last.is_some_and(|last| i64::from(version) > last);
    let left = all.get_migrations().iter().filter(|one| is_left(one.version()));
    // They are listed by the names of their files.
    let mut left: Vec<(i32, String)> = left.map(|one| (one.version(), one.name().to_owned())).collect();
    left.sort_unstable();
    Ok(left.into_iter().map(|(version, name)| format!("V{version} {name}")).collect())
}

/// Runs `f` where an index over all deliveries is sorted on disk, since it must not need as much memory as there are of them; and
/// in this folder, since the system's for temporary files may be small, in memory, or not writable. SQLite guards the setting,
/// which is the whole process's, by a lock; it goes elsewhere if the folder is gone.
fn sorting_in<T>(conn: &mut Connection, folder: &str, f: impl FnOnce(&mut Connection) -> T) -> rusqlite::Result<T> {
    conn.execute_batch("PRAGMA temp_store = FILE")?;
    conn.pragma_update(None, "temp_store_directory", folder)?;
    let result = f(conn);
    conn.pragma_update(None, "temp_store_directory", "")?;
    conn.execute_batch("PRAGMA temp_store = MEMORY")?;
    Ok(result)
}

/// The last step that a folder has had.
fn last_step(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'refinery_schema_history')";
    if !conn.query_row(is_there, [], |row| row.get::<_, bool>(0))? {
        return Ok(None);
    }
    conn.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
}

/// Refuses what a newer program has migrated.
///
/// # Errors
/// It has: who wrote it, and what to do.
pub(super) fn check(conn: &Connection, path: &Path) -> Result<()> {
    let tables = last_step(conn).map_err(unavailable)?;
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

/// Whether it has had all steps that this program knows.
pub(super) fn is_up_to_date(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(last_step(conn)?.is_some() && steps_left(conn)?.is_empty())
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

#[cfg(test)]
mod tests {
    use refinery::Target;

    use super::*;
    use crate::store::sqlite::file;

    #[test]
    fn events_are_counted_without_a_sort_and_what_is_sorted_is_beside_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut conn = file::connect(&path).unwrap();
        assert_eq!(
            steps_left(&conn).unwrap(),
            Vec::<String>::new(),
            "a new folder has nothing to be brought up to date"
        );
        migrations().set_target(Target::Version(8)).run(&mut conn).unwrap();
        assert_eq!(steps_left(&conn).unwrap()[..2], ["V9 bounds", "V10 deleted_webhooks_by_id"]);
        let sql = "INSERT INTO events (key, tenant, type, timestamp, fan_out, data)
            VALUES (1, 0, 'x', 0, 7, x'00'), (2, 1, 'x', 0, 2, x'0102'), (3, 2, 'x', 0, 0, x'03'), (4, 1, 'x', 0, 0, x'0405')";
        conn.execute_batch(sql).unwrap();

        let directory = |conn: &Connection| {
            conn.query_row("PRAGMA temp_store_directory", [], |row| row.get::<_, String>(0)).optional()
        };
        let of_folder = folder.path().to_str().unwrap();
        let within = sorting_in(&mut conn, of_folder, |conn| directory(conn)).unwrap().unwrap();
        assert_eq!(within.as_deref(), Some(of_folder));
        bring_up_to_date(&mut conn, &path).unwrap();
        assert_eq!(directory(&conn).unwrap(), None);

        let count = "SELECT group_concat(tenant || ':' || bytes) FROM kept_events";
        let kept: String = conn.query_row(count, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "1:1028,2:257");
        let all = migrations();
        let bounds = all.get_migrations().iter().find(|one| one.version() == 9).unwrap().sql().unwrap();
        let counts = bounds.split(';').find(|statement| statement.contains("INSERT INTO kept_events")).unwrap();
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {counts}")).unwrap();
        let plan: Vec<String> = plan.query_map([], |row| row.get(3)).unwrap().map(|step| step.unwrap()).collect();
        assert_eq!(plan, ["SCAN events"]);
    }
}

//! What takes how much room in the file.

use rusqlite::Connection;

/// How much room a table takes with its indexes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Size {
    /// The table; `unused` for pages that nothing is in.
    pub name: String,
    pub bytes: u64,
    /// Those of its indexes, which are among `bytes`.
    pub of_indexes: u64,
}

/// Tables, the largest first. Each page of the file is looked at.
pub(super) fn of(conn: &Connection) -> rusqlite::Result<Vec<Size>> {
    let mut statement = conn.prepare(
        "SELECT m.tbl_name, sum(s.pgsize), sum(iif(m.type = 'index', s.pgsize, 0))
         FROM (SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE) s JOIN sqlite_master m ON m.name = s.name
         GROUP BY m.tbl_name ORDER BY 2 DESC",
    )?;
    let bytes = |row: &rusqlite::Row<'_>, column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let sizes = statement
        .query_map([], |row| Ok(Size { name: row.get(0)?, bytes: bytes(row, 1)?, of_indexes: bytes(row, 2)? }))?;
    let mut sizes = sizes.collect::<rusqlite::Result<Vec<_>>>()?;
    let unused = super::super::file::unused_bytes(conn)?;
    if unused > 0 {
        sizes.push(Size { name: "unused".to_owned(), bytes: unused, of_indexes: 0 });
    }
    Ok(sizes)
}

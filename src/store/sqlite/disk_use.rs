//! What takes how much room on the disk, by kind, without reading the database.
//!
//! The file's pointer map (`auto_vacuum`) has five bytes for each page: of which kind it is, and which page leads to it. So from any page
//! a few steps lead to the root of its table or index. Of a large file some pages are looked at, evenly spread, and stand for the others.
//! It is read as it is on the disk, while it is written to: a page that leads nowhere just now counts as `other`.
//! The format: <https://www.sqlite.org/fileformat2.html#pointer_map_or_ptrmap_pages>.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::Path,
};

use rusqlite::Connection;

use super::file::PAGE;
use crate::store::DiskKind;

/// Pages that are looked at.
const LOOKS: u64 = 16_384;
/// Bytes of an entry.
const ENTRY: usize = 5;
/// Entries of a page of the map. Nothing is reserved at the end of a page.
const ENTRIES: u64 = (PAGE / ENTRY) as u64;
/// Steps from a page to its root: from the end of a long value through all of its pages.
const MOST_STEPS: usize = 100_000;
const ROOT: u8 = 1;
const FREE: u8 = 2;

/// Where the roots of tables and indexes are, and which kind each is of.
pub(super) fn roots(conn: &Connection) -> rusqlite::Result<HashMap<u32, DiskKind>> {
    let mut roots = conn.prepare_cached("SELECT rootpage, tbl_name FROM sqlite_master WHERE rootpage > 0")?;
    let roots = roots.query_map([], |row| {
        let table: String = row.get(1)?;
        Ok((row.get(0)?, kind_of(&table)))
    })?;
    roots.collect()
}

fn kind_of(table: &str) -> DiskKind {
    match table {
        "events" | "fan_outs" => DiskKind::Events,
        "deliveries" | "replays" => DiskKind::Deliveries,
        "attempts" => DiskKind::Attempts,
        "dedup" => DiskKind::Ids,
        "rollups" | "tallies" => DiskKind::Statistics,
        "webhooks" | "counters" => DiskKind::Webhooks,
        _ => DiskKind::Other,
    }
}

/// Bytes by kind, of all kinds that there are.
pub(super) fn by_kind(database: &Path, roots: &HashMap<u32, DiskKind>) -> io::Result<BTreeMap<DiskKind, u64>> {
    let file = File::open(database)?;
    let pages = file.metadata()?.len() / PAGE as u64;
    let step = pages.div_ceil(LOOKS).max(1);
    let mut found: BTreeMap<DiskKind, u64> = BTreeMap::new();
    let mut map = Map { file, known: HashMap::new() };
    let (mut page, mut looks) = (1, 0);
    while page <= pages {
        *found.entry(map.kind(page as u32, roots)).or_default() += 1;
        (page, looks) = (page + step, looks + 1);
    }
    let bytes = |count: u64| (count as f64 / f64::from(looks.max(1)) * (pages * PAGE as u64) as f64) as u64;
    Ok(found.into_iter().map(|(kind, count)| (kind, bytes(count))).collect())
}

struct Map {
    file: File,
    /// Pages of which it was found out.
    known: HashMap<u32, DiskKind>,
}

impl Map {
    /// Of which kind a page is.
    fn kind(&mut self, page: u32, roots: &HashMap<u32, DiskKind>) -> DiskKind {
        let (mut at, mut way) = (page, Vec::new());
        let kind = loop {
            if let Some(kind) = roots.get(&at).or_else(|| self.known.get(&at)) {
                break *kind;
            }
            way.push(at);
            match self.entry(at) {
                Some((FREE, _)) => break DiskKind::Unused,
                // A root that nobody knows.
                Some((ROOT, _)) | None => break DiskKind::Other,
                Some((_, parent)) if way.len() < MOST_STEPS => at = parent,
                Some(_) => break DiskKind::Other,
            }
        };
        self.known.extend(way.into_iter().map(|page| (page, kind)));
        kind
    }

    /// Of which kind a page is, and which leads to it; nothing for the first page and those of the map.
    fn entry(&self, page: u32) -> Option<(u8, u32)> {
        let place = u64::from(page).checked_sub(2)?;
        let (block, offset) = (place / (ENTRIES + 1), place % (ENTRIES + 1));
        let of_block = 1 + block * (ENTRIES + 1);
        let mut entry = [0; ENTRY];
        let at = of_block * PAGE as u64 + offset.checked_sub(1)? * ENTRY as u64;
        self.file.read_exact_at(&mut entry, at).ok()?;
        let [kind, parent @ ..] = entry;
        Some((kind, u32::from_be_bytes(parent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::file;

    #[test]
    fn pages_are_told_apart_as_sqlite_does_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let conn = file::connect(&path).unwrap();
        conn.execute_batch(
            "CREATE TABLE events (key INTEGER PRIMARY KEY, data BLOB);
             CREATE TABLE attempts (id INTEGER PRIMARY KEY, body BLOB, name TEXT);
             CREATE INDEX attempts_by_name ON attempts (name);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO attempts SELECT i, zeroblob(i % 9 * 5000), 'name ' || i FROM n;
             INSERT INTO events SELECT id, zeroblob(100) FROM attempts;
             DELETE FROM attempts WHERE id % 4 = 0;
             PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
        let found = by_kind(&path, &roots(&conn).unwrap()).unwrap();
        let stat = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE ?1 || '%'";
        let expected = |name: &str| conn.query_row(stat, [name], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs();
        // Of all pages, there being few.
        let of = |kind| found.get(&kind).copied().unwrap_or_default();
        assert_eq!(of(DiskKind::Attempts), expected("attempts"));
        assert_eq!(of(DiskKind::Events), expected("events"));
        assert_eq!(of(DiskKind::Unused), file::unused_bytes(&conn).unwrap());
        assert!(of(DiskKind::Unused) > 1_000_000);
        let all: u64 = found.values().sum();
        assert_eq!(all, std::fs::metadata(&path).unwrap().len());
    }
}

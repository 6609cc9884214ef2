//! Counts on their way into the sums, and how far they have got.

use rusqlite::{Connection, OptionalExtension, params};

use crate::observe::{Counts, Measures, Scope, Slot};

/// Counts that are being added to the sums.
#[derive(Debug)]
pub(super) struct Portion {
    /// The last row of it.
    pub upto: i64,
    /// What it comes to, in the order in which that is added.
    pub sums: Vec<(Slot, Measures)>,
}

impl Portion {
    pub fn of(counts: &Counts, upto: i64) -> Portion {
        Portion { upto, sums: counts.sums().into_iter().collect() }
    }

    /// The sums of a scope, of those from the `from`th on.
    pub fn of_scope(&self, scope: Scope, from: usize) -> impl Iterator<Item = &(Slot, Measures)> {
        // They are by scope first.
        let begin = self.sums.partition_point(|(slot, _)| slot.scope < scope).max(from);
        self.sums.iter().skip(begin).take_while(move |(slot, _)| slot.scope == scope)
    }
}

/// How far the portions are in the sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Progress {
    /// The last row of the last portion that was begun; 0 before the first.
    pub upto: i64,
    /// How many sums of it are added.
    pub done: usize,
}

impl Progress {
    /// All of them.
    pub const COMPLETE: usize = i64::MAX as usize;

    pub fn is_complete(self) -> bool {
        self.done == Progress::COMPLETE
    }
}

const UPTO: &str = "tallies summed upto";
const DONE: &str = "sums done of the last";

/// As it was committed last.
pub(super) fn progress(conn: &Connection) -> rusqlite::Result<Progress> {
    let mut find = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let mut value = |name: &str| find.query_row([name], |row| row.get::<_, i64>(0)).optional();
    let (upto, done) = (value(UPTO)?.unwrap_or_default(), value(DONE)?.unwrap_or(Progress::COMPLETE as i64));
    Ok(Progress { upto, done: done as usize })
}

/// Notes it, in the transaction that has added so much.
pub(super) fn note(conn: &Connection, progress: Progress) -> rusqlite::Result<()> {
    let mut write = conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
    write.execute(params![UPTO, progress.upto])?;
    write.execute(params![DONE, progress.done as i64])?;
    Ok(())
}

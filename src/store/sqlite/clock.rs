//! Times that a clock wrote which was ahead and has been set back since.
//!
//! Serials only grow, so the time that they tell stays ahead until the clock has caught up. How old anything is, is told by marks
//! meanwhile: each says which serial was the last at a time.
//!
//! A retry is due at its attempt's end and a wait. If that attempt began in what is now the future, the clock was ahead when it
//! was recorded, and only the wait is true. So it is counted from now, once: what was mended is due before its attempt began.
//! What somebody asked for waits for nothing, and is due now. If the clock went ahead after the attempt had begun, no wait is
//! known, and it is due now, too; but that can be seen only where the time is further away than any wait is long.

use std::{collections::BTreeSet, time::Duration};

use rusqlite::{Connection, OptionalExtension};

use super::transaction::Tx;
use crate::{
    model::{Serial, Timestamp, WebhookKey},
    store::CLOCK_AHEAD,
};

/// A schedule's longest wait is seven days, and a fifth is added by chance.
const LONGEST_WAIT: Duration = Duration::from_secs(9 * 86_400);
/// By so much longer than elsewhere is anything kept or remembered whose serial is ahead.
const BETWEEN_MARKS: Duration = Duration::from_secs(600);
/// Retention notes the time every minute; a name of an attempt may be later than its note by so much.
const BETWEEN_NOTES: Duration = Duration::from_secs(120);
/// Under which name `meta` has the time at which the store was last open.
const SEEN: &str = "clock seen";

/// How many retries are looked at in one transaction.
const SLICE: usize = 2_000;

/// A retry's place among all that wait, in the order of the index over them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    webhook: i64,
    due_at: i64,
    id: i64,
}

impl Place {
    /// Before all of them.
    pub const START: Place = Place { webhook: i64::MIN, due_at: 0, id: 0 };
    const END: Place = Place { webhook: i64::MAX, due_at: 0, id: 0 };
}

/// Brings due times back that are too far ahead, of the next slice after this place. Returns whose they are, and the last place
/// of the slice, if there may be more behind it. What is brought back goes to a place before, so it is not met again.
pub(super) fn bring_back(
    conn: &Connection,
    now: Timestamp,
    after: Place,
) -> rusqlite::Result<(BTreeSet<WebhookKey>, Option<Place>)> {
    let mut find = conn.prepare_cached(
        "SELECT webhook, due_at, id FROM deliveries WHERE status = 1 AND (webhook, due_at, id) > (?1, ?2, ?3)
         ORDER BY webhook, due_at, id LIMIT 1 OFFSET ?4",
    )?;
    let last = find
        .query_row((after.webhook, after.due_at, after.id, SLICE as i64 - 1), |row| {
            Ok(Place { webhook: row.get(0)?, due_at: row.get(1)?, id: row.get(2)? })
        })
        .optional()?;
    let upto = last.unwrap_or(Place::END);
    let mut update = conn.prepare_cached(
        "WITH waiting AS (
             SELECT d.id, d.due_at, coalesce(a.started_at, 0) AS began, d.triggered_by IS NOT NULL AS asked_for
             FROM deliveries d LEFT JOIN attempts a ON a.id = d.last_attempt
             WHERE d.status = 1 AND (d.webhook, d.due_at, d.id) > (?3, ?4, ?5)
                 AND (d.webhook, d.due_at, d.id) <= (?6, ?7, ?8) AND d.due_at > ?1)
         UPDATE deliveries SET due_at = ?1 + CASE
             WHEN NOT asked_for AND began > ?1 AND began <= waiting.due_at THEN min(waiting.due_at - began, ?2) ELSE 0 END
         FROM waiting WHERE deliveries.id = waiting.id
             AND (asked_for OR began > ?1 AND began <= waiting.due_at OR waiting.due_at > ?1 + ?2)
         RETURNING webhook",
    )?;
    let (now, longest) = (now.millis(), LONGEST_WAIT.as_millis() as i64);
    let webhooks = update.query_map(
        [now, longest, after.webhook, after.due_at, after.id, upto.webhook, upto.due_at, upto.id],
        |row| Ok(WebhookKey(Serial::from_number(row.get(0)?))),
    )?;
    Ok((webhooks.collect::<rusqlite::Result<_>>()?, last))
}

/// What is less was given out before `time`.
pub(super) fn given_out_before(conn: &Connection, time: Timestamp) -> rusqlite::Result<Serial> {
    let mut find = conn.prepare_cached("SELECT serial + 1 FROM clock_marks WHERE at < ?1 ORDER BY at DESC LIMIT 1")?;
    let marked = find.query_row([time.millis()], |row| row.get(0)).optional()?;
    Ok(Serial::at(time).max(Serial::from_number(marked.unwrap_or_default())))
}

/// Makes a mark if serials are ahead of the clock and the last mark is old enough, and forgets those that only tell of what was
/// before `needed`. `attempts`: the last serial of attempts, which have a source of their own.
pub(super) fn mark(tx: &mut Tx<'_>, attempts: Serial, needed: Timestamp) -> rusqlite::Result<()> {
    let last = tx.serials.last().max(attempts);
    let now = tx.now;
    if last.time().since(now) > CLOCK_AHEAD {
        // What is accepted from now on must be behind the mark.
        tx.serials.skip(last);
        // Those in the future were made by a clock that was ahead.
        tx.conn.prepare_cached("DELETE FROM clock_marks WHERE at > ?1")?.execute([now.millis()])?;
        let mut insert = tx.conn.prepare_cached(
            "INSERT INTO clock_marks (at, serial) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM clock_marks WHERE at > ?3)",
        )?;
        insert.execute([now.millis(), last.number(), (now - BETWEEN_MARKS).millis()])?;
    }
    let mut forget =
        tx.conn.prepare_cached("DELETE FROM clock_marks WHERE at < (SELECT max(at) FROM clock_marks WHERE at < ?1)")?;
    forget.execute([needed.millis()])?;
    note(tx.conn, now)
}

/// Notes the time, for the next start.
fn note(conn: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?.execute((SEEN, now.millis()))?;
    Ok(())
}

/// The time that was noted last, if the clock shows less now: it was set back while the store was closed.
pub(super) fn set_back_from(conn: &Connection, now: Timestamp) -> rusqlite::Result<Option<Timestamp>> {
    let seen = conn.query_row("SELECT value FROM meta WHERE name = ?1", [SEEN], |row| row.get(0)).optional()?;
    Ok(seen.map(Timestamp::from_millis).filter(|&seen| now < seen))
}

/// The first serial that no attempt can have had before the clock was set back from `seen`, also none that was lost with its
/// process before it was recorded. (Notes are not made all the time.)
pub(super) fn behind_all_attempts(seen: Timestamp) -> Serial {
    Serial::at(seen + BETWEEN_NOTES)
}

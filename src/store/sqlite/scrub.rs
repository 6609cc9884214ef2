//! Deleting what an event or an attempt says, so that its bytes are nowhere: not in its row, in pages that nothing is in, nor in the log.
//!
//! SQLite writes zeros over what it deletes or overwrites (`secure_delete`, see [`file`](super::file)). In the log older versions of pages
//! stay until it is emptied; a number in `meta` says that something was scrubbed since.
//!
//! An event is marked first. Nothing makes a delivery of a marked event due any more, so once none is owed, none will be. Then what was
//! sent goes, delivery by delivery, and at last what the event says.

use rusqlite::{Connection, OptionalExtension, params};

use super::transaction::Tx;
use crate::model::{AttemptId, EventKey, Serial, TenantKey, Timestamp};

/// Attempts that one transaction scrubs at most, but for those of its last delivery.
pub(super) const AT_ONCE: usize = 100;
/// What stands in the place of an event's data.
const NOTHING: &[u8] = b"null";

/// What stands in the place of a sentence about an answer.
const SCRUBBED: &str = "what was said of it was scrubbed";

/// Whether something was found.
pub(super) enum Marked {
    /// It is scrubbed now.
    At(Timestamp),
    /// It was already.
    Before(Timestamp),
    NotFound,
}

/// Whether something of an event is still to be sent: a delivery, or a list of them.
pub(super) fn is_owed(conn: &Connection, event: EventKey) -> rusqlite::Result<bool> {
    let mut find = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_by_event WHERE event = ?1 AND status IN (0, 1))
             OR EXISTS (SELECT 1 FROM fan_outs INDEXED BY fan_outs_by_event WHERE event = ?1)",
    )?;
    find.query_row([event.0.number()], |row| row.get(0))
}

/// Marks an event, so that nothing of it becomes due any more. One that is marked stays so.
pub(super) fn mark(tx: &mut Tx<'_>, tenant: TenantKey, event: EventKey) -> rusqlite::Result<Marked> {
    let key = event.0.number();
    let mut find = tx.conn.prepare_cached("SELECT scrubbed_at FROM events WHERE key = ?1 AND tenant = ?2")?;
    let found = find.query_row(params![key, tenant.0], |row| row.get::<_, Option<i64>>(0)).optional()?;
    let Some(before) = found else { return Ok(Marked::NotFound) };
    let at = before.map_or(tx.now, Timestamp::from_millis);
    tx.conn.prepare_cached("UPDATE events SET scrubbed_at = ?2 WHERE key = ?1")?.execute(params![key, at.millis()])?;
    tx.conn.prepare_cached("INSERT OR IGNORE INTO scrubs VALUES (?1, ?2, 0)")?.execute(params![key, tenant.0])?;
    tx.note("event scrubbed", event);
    Ok(Marked::At(at))
}

/// Nothing of it was scrubbed yet, and is not to be.
pub(super) fn unmark(tx: &mut Tx<'_>, event: EventKey) -> rusqlite::Result<()> {
    let key = [event.0.number()];
    let mut forget = tx.conn.prepare_cached("DELETE FROM scrubs WHERE event = ?1 AND after = 0")?;
    if forget.execute(key)? > 0 {
        tx.conn.prepare_cached("UPDATE events SET scrubbed_at = NULL WHERE key = ?1")?.execute(key)?;
    }
    Ok(())
}

/// Scrubs the next deliveries of a marked event, and at last the event. Whether there is more.
pub(super) fn go_on(tx: &mut Tx<'_>, event: EventKey) -> rusqlite::Result<bool> {
    let (conn, key) = (tx.conn, event.0.number());
    let mut place = conn.prepare_cached("SELECT after FROM scrubs WHERE event = ?1")?;
    let Some(after) = place.query_row([key], |row| row.get::<_, i64>(0)).optional()? else { return Ok(false) };
    let mut next = conn.prepare_cached(
        "SELECT id, last_attempt FROM deliveries INDEXED BY deliveries_by_event WHERE event = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let deliveries = next.query_map(params![key, after, AT_ONCE as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let deliveries = deliveries.collect::<rusqlite::Result<Vec<(i64, Option<i64>)>>>()?;
    let (mut scrubbed, mut reached) = (0, None);
    for &(id, last) in &deliveries {
        if scrubbed >= AT_ONCE {
            break;
        }
        scrubbed += scrub_chain(tx, last)?;
        reached = Some(id);
    }
    if let Some(reached) = reached {
        conn.prepare_cached("UPDATE scrubs SET after = ?2 WHERE event = ?1")?.execute([key, reached])?;
        note_in_log(tx)?;
        return Ok(true);
    }
    let mut empty = conn.prepare_cached(
        "SELECT tenant, length(data) + coalesce(length(CAST(metadata AS BLOB)), 0) FROM events WHERE key = ?1",
    )?;
    let there: Option<(i64, i64)> = empty.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    if let Some((tenant, bytes)) = there {
        let mut update = conn.prepare_cached("UPDATE events SET data = ?2, metadata = NULL WHERE key = ?1")?;
        update.execute(params![key, NOTHING])?;
        tx.ledger.event_bytes(TenantKey(tenant), NOTHING.len() as i64 - bytes);
    }
    conn.prepare_cached("DELETE FROM scrubs WHERE event = ?1")?.execute([key])?;
    note_in_log(tx)?;
    Ok(false)
}

/// Scrubs one attempt of a webhook of this tenant.
pub(super) fn attempt(tx: &mut Tx<'_>, tenant: TenantKey, attempt: AttemptId) -> rusqlite::Result<Marked> {
    let mut find = tx.conn.prepare_cached(
        "SELECT a.scrubbed_at FROM attempts a
         JOIN webhooks w ON w.key = coalesce(a.webhook, (SELECT webhook FROM deliveries d WHERE d.id = a.delivery))
         WHERE a.id = ?1 AND w.tenant = ?2",
    )?;
    let of = params![attempt.0.number(), tenant.0];
    let found = find.query_row(of, |row| row.get::<_, Option<i64>>(0)).optional()?;
    let Some(before) = found else { return Ok(Marked::NotFound) };
    if let Some(before) = before {
        return Ok(Marked::Before(Timestamp::from_millis(before)));
    }
    scrub_attempt(tx, attempt.0.number())?;
    note_in_log(tx)?;
    tx.note("attempt scrubbed", attempt);
    Ok(Marked::At(tx.now))
}

/// Scrubs an attempt and all before it. Returns how many these are.
fn scrub_chain(tx: &Tx<'_>, last: Option<i64>) -> rusqlite::Result<usize> {
    let mut previous = tx.conn.prepare_cached("SELECT previous FROM attempts WHERE id = ?1")?;
    let (mut next, mut count) = (last, 0);
    while let Some(id) = next {
        scrub_attempt(tx, id)?;
        count += 1;
        next = previous.query_row([id], |row| row.get(0)).optional()?.flatten();
    }
    Ok(count)
}

/// What an answer says can stand in the sentence about it, too, and what an event says in a URL.
fn scrub_attempt(tx: &Tx<'_>, id: i64) -> rusqlite::Result<()> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE attempts SET sent_body = NULL, answer_body = NULL, answer_headers = NULL, message = iif(message IS NULL, NULL, ?3), url = '', sent_headers = '',
             sealed = NULL, truncated = 0, scrubbed_at = ?2 WHERE id = ?1 AND scrubbed_at IS NULL",
    )?;
    update.execute(params![id, tx.now.millis(), SCRUBBED])?;
    Ok(())
}

/// Events that are marked, and not scrubbed to their end.
pub(super) fn left(conn: &Connection) -> rusqlite::Result<Vec<(TenantKey, EventKey)>> {
    let mut find = conn.prepare_cached("SELECT tenant, event FROM scrubs ORDER BY event LIMIT 1000")?;
    let left = find.query_map([], |row| Ok((TenantKey(row.get(0)?), EventKey(Serial::from_number(row.get(1)?)))))?;
    left.collect()
}

/// How many transactions have scrubbed something since the log was last emptied.
const IN_LOG: &str = "scrubs in the log";

fn note_in_log(tx: &Tx<'_>) -> rusqlite::Result<()> {
    let mut note =
        tx.conn.prepare_cached("INSERT INTO meta VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")?;
    note.execute([IN_LOG])?;
    Ok(())
}

/// How many these are now.
pub(super) fn count(conn: &Connection) -> rusqlite::Result<i64> {
    let mut find = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(find.query_row([IN_LOG], |row| row.get(0)).optional()?.unwrap_or_default())
}

pub(super) fn is_in_log(conn: &Connection) -> rusqlite::Result<bool> {
    count(conn).map(|count| count > 0)
}

/// The log was emptied when so many had scrubbed something: if none has since, nothing is left in it.
pub(super) fn log_was_emptied(tx: &mut Tx<'_>, scrubbed: i64) -> rusqlite::Result<()> {
    let mut forget = tx.conn.prepare_cached("DELETE FROM meta WHERE name = ?1 AND value = ?2")?;
    forget.execute(params![IN_LOG, scrubbed])?;
    Ok(())
}

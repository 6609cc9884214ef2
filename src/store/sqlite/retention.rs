//! Dropping what is long finished, and deleted webhooks with the last of their deliveries.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    audit, clock,
    dedup::{self, DEDUPLICATION},
    error::unavailable,
    job_queues::JobSize,
    rows::members_of,
    store::SqliteStore,
    transaction::Tx,
};
use crate::{
    model::{DeliveryId, ROW_BYTES, Serial, TenantKey, Timestamp, WebhookKey, kept_bytes},
    store::{Result, Upkeep},
};

#[async_trait]
impl Upkeep for SqliteStore {
    async fn delete_finished(&self, before: Timestamp, limit: usize) -> Result<bool> {
        // Deliveries, their attempts and their events; webhooks and their counters.
        let size = JobSize { rows: 5 * limit, ..JobSize::small(TenantKey::ALL) };
        let shared = self.shared.clone();
        self.write(size, move |tx| {
            let marked = clock::mark(tx, shared.attempt_ids.last(), before.min(tx.now - DEDUPLICATION));
            marked.and_then(|()| delete_finished(tx, before, limit)).map_err(unavailable)
        })
        .await
    }

    async fn delete_audit_lines(&self, before: Timestamp, limit: usize) -> Result<bool> {
        let size = JobSize { rows: limit, ..JobSize::small(TenantKey::ALL) };
        self.write(size, move |tx| audit::delete_before(tx, Serial::at(before), limit)).await
    }
}

/// Of a delivery `d`: it is owed, it was finished at or after `?3`, it is in a status of a newer version's that has no end, or a replay
/// that is running has yet to come to it.
const STAYS: &str = "(d.status IN (0, 1) OR d.finished_at IS NULL OR d.finished_at >= ?3
     OR EXISTS (SELECT 1 FROM replays r INDEXED BY replays_running
                WHERE r.tenant = d.tenant AND r.state = 0 AND r.place < d.id AND r.upto >= d.id))";

/// Two passes, one after the other: what is finished, then the webhooks that nothing tells of any more. There is nothing more
/// once both have ended, however often each would begin anew.
pub(super) fn delete_finished(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> rusqlite::Result<bool> {
    let limit = limit.max(1);
    let at_webhooks = place(tx.conn, WEBHOOKS)? > 0;
    let more = !at_webhooks && delete_deliveries(tx, before, limit)?;
    let more = more || delete_webhooks(tx, limit)?;
    shrink(tx.conn)?;
    Ok(more)
}

/// Deletes in slices of at most `limit` rows of each table, in order of time. What is still owed stays, and is looked at
/// again: after the last slice the next pass begins with the oldest. Whether there may be more.
fn delete_deliveries(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> rusqlite::Result<bool> {
    let forgotten = dedup::forget_ids(tx, tx.now, limit)?;
    let from = place(tx.conn, "pruned upto")?;
    let last = clock::given_out_before(tx.conn, before)?.number() - 1;
    let upto = slice_end(tx.conn, from, last, limit)?;
    end_in_time(tx, from, upto)?;
    let upto = delete_attempts_of_batches(tx, from, upto, before)?;
    let mut delete_attempts = tx.conn.prepare_cached(&format!(
        "DELETE FROM attempts WHERE id > ?1 AND id <= ?2 AND batch IS NULL
         AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = delivery AND {STAYS})"
    ))?;
    delete_attempts.execute(params![from, upto, before.millis()])?;
    let mut delete_deliveries = tx.conn.prepare_cached(&format!(
        "DELETE FROM deliveries AS d WHERE id > ?1 AND id <= ?2 AND NOT {STAYS} RETURNING event, tenant,
             coalesce(repeats, replay) IS NOT NULL OR test = 2"
    ))?;
    let mut deleted = delete_deliveries.query(params![from, upto, before.millis()])?;
    let mut carried: BTreeSet<i64> = BTreeSet::new();
    while let Some(row) = deleted.next()? {
        carried.insert(row.get(0)?);
        // The others count with their events.
        if row.get::<_, Option<bool>>(2)?.unwrap_or_default() {
            tx.ledger.event_bytes(TenantKey(row.get(1)?), -ROW_BYTES.cast_signed());
        }
    }
    delete_events(tx, from, upto, &carried)?;
    let more = upto < last;
    set_place(tx.conn, "pruned upto", if more { upto } else { 0 })?;
    Ok(more || forgotten == limit)
}

/// The name of the pass over deleted webhooks.
const WEBHOOKS: &str = "webhooks pruned upto";

/// Up to where a pass has got; 0 before it begins.
fn place(conn: &Connection, pass: &str) -> rusqlite::Result<i64> {
    let mut find = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(find.query_row([pass], |row| row.get(0)).optional()?.unwrap_or_default())
}

fn set_place(conn: &Connection, pass: &str, place: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?.execute(params![pass, place])?;
    Ok(())
}

/// So long a deleted webhook stays as a name: what was routed to it just before may still be written.
const DELETED_STAYS: Duration = Duration::from_secs(600);

/// Forgets deleted webhooks, with their counters, that have no deliveries any more and stand in no list: nothing tells of them.
/// Looks at no more than `limit`; whether there are more.
fn delete_webhooks(tx: &mut Tx<'_>, limit: usize) -> rusqlite::Result<bool> {
    let from = place(tx.conn, WEBHOOKS)?;
    // One that seems to have been deleted in the future was deleted by a clock that was ahead.
    let mut find = tx.conn.prepare_cached(
        "SELECT key, EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_by_state WHERE webhook = key)
         FROM webhooks INDEXED BY webhooks_deleted
         WHERE deleted_at IS NOT NULL AND key > ?1 AND (deleted_at < ?2 OR deleted_at > ?3) ORDER BY key LIMIT ?4",
    )?;
    let (old, now) = ((tx.now - DELETED_STAYS).millis(), tx.now.millis());
    let found = find.query_map(params![from, old, now, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(i64, bool)> = found.collect::<rusqlite::Result<_>>()?;
    let mut delete = tx.conn.prepare_cached("DELETE FROM webhooks WHERE key = ?1")?;
    let mut delete_counters = tx.conn.prepare_cached("DELETE FROM counters WHERE webhook = ?1")?;
    for &(key, has_deliveries) in &found {
        if !has_deliveries && !tx.unfolding.stands(WebhookKey(Serial::from_number(key))) {
            delete.execute([key])?;
            delete_counters.execute([key])?;
        }
    }
    let reached = found.last().filter(|_| found.len() == limit).map(|&(key, _)| key);
    set_place(tx.conn, WEBHOOKS, reached.unwrap_or_default())?;
    Ok(reached.is_some())
}

/// What seems to have been finished in the future was finished by a clock that was ahead. From now on it is kept as long as anything.
fn end_in_time(tx: &Tx<'_>, from: i64, upto: i64) -> rusqlite::Result<()> {
    let mut update = tx
        .conn
        .prepare_cached("UPDATE deliveries SET finished_at = ?3 WHERE id > ?1 AND id <= ?2 AND finished_at > ?3")?;
    update.execute([from, upto, tx.now.millis()])?;
    Ok(())
}

/// The most members of batches that are looked at in one slice.
const MOST_MEMBERS: usize = 20_000;

/// Deletes the attempts of a slice that many deliveries share, where none of them stays: each of the others still tells of them.
/// Returns where the slice ends: sooner, if there was too much to look at.
fn delete_attempts_of_batches(tx: &Tx<'_>, from: i64, upto: i64, before: Timestamp) -> rusqlite::Result<i64> {
    let mut attempts = tx.conn.prepare_cached(
        "SELECT id, batch FROM attempts WHERE id > ?1 AND id <= ?2 AND batch IS NOT NULL ORDER BY id",
    )?;
    let mut stays = tx.conn.prepare_cached(&format!("SELECT 1 FROM deliveries d WHERE d.id = ?1 AND {STAYS}"))?;
    let mut delete = tx.conn.prepare_cached("DELETE FROM attempts WHERE id = ?1")?;
    let rows = attempts.query_map([from, upto], |row| Ok((row.get(0)?, members_of(row.get_ref(1)?.as_blob()?))))?;
    let (attempts, mut looked_at): (Vec<(i64, Vec<DeliveryId>)>, usize) = (rows.collect::<rusqlite::Result<_>>()?, 0);
    for (id, members) in attempts {
        looked_at += members.len();
        if looked_at > MOST_MEMBERS && looked_at > members.len() {
            return Ok(id - 1);
        }
        let mut needed = false;
        for member in members {
            needed = needed || stays.exists(params![member.0.number(), None::<i64>, before.millis()])?;
        }
        if !needed {
            delete.execute([id])?;
        }
    }
    Ok(upto)
}

/// Deletes the events of a slice that no delivery carries, nor will, and those that lost their last one in it, wherever they
/// are: an event's deliveries can come long after it.
fn delete_events(tx: &mut Tx<'_>, from: i64, upto: i64, carried: &BTreeSet<i64>) -> rusqlite::Result<()> {
    const UNUSED: &str = "NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = key)
         AND NOT EXISTS (SELECT 1 FROM fan_outs f WHERE f.event = key)
         AND NOT EXISTS (SELECT 1 FROM replays r INDEXED BY replays_running
                         WHERE r.tenant = events.tenant AND r.state = 0 AND r.place < events.key AND r.upto >= events.key)
         AND NOT EXISTS (SELECT 1 FROM events copy WHERE copy.broadcast = events.key) RETURNING broadcast, tenant,
             length(data) + coalesce(length(CAST(metadata AS BLOB)), 0), fan_out";
    let conn = tx.conn;
    let mut emptied = BTreeSet::new();
    let mut note = |mut rows: rusqlite::Rows<'_>| -> rusqlite::Result<()> {
        while let Some(row) = rows.next()? {
            emptied.extend(row.get::<_, Option<i64>>(0)?);
            let (data, deliveries) = (row.get::<_, i64>(2)?.unsigned_abs(), row.get::<_, u32>(3)?);
            let bytes = kept_bytes(data as usize, deliveries as usize).cast_signed();
            tx.ledger.event_bytes(TenantKey(row.get(1)?), -bytes);
        }
        Ok(())
    };
    let mut in_slice = conn.prepare_cached(&format!("DELETE FROM events WHERE key > ?1 AND key <= ?2 AND {UNUSED}"))?;
    note(in_slice.query([from, upto])?)?;
    let mut one = conn.prepare_cached(&format!("DELETE FROM events WHERE key = ?1 AND {UNUSED}"))?;
    for event in carried {
        note(one.query([event])?)?;
    }
    // A broadcast's record comes before its copies, and goes with the last of them. It is nobody's, and of no broadcast.
    for record in emptied {
        let mut rows = one.query([record])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

/// What of a tenant's has ended and is to go before what others keep.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// What ended before this time, and events before it that nobody was owed.
    Before { tenant: TenantKey, before: Timestamp },
    /// A webhook's deliveries that are older than this one.
    OlderThan { webhook: WebhookKey, oldest: DeliveryId },
}

/// What is found of it: deliveries, and events without any.
#[derive(Default)]
pub(super) struct EndedRows {
    deliveries: Vec<i64>,
    events: Vec<i64>,
}

impl EndedRows {
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty() && self.events.is_empty()
    }
}

/// The oldest of the newest `kept` deliveries of a webhook that have ended; none if it has no more.
pub(super) fn oldest_of_newest(
    conn: &Connection,
    webhook: WebhookKey,
    kept: usize,
) -> rusqlite::Result<Option<DeliveryId>> {
    let mut newest = conn.prepare_cached(
        "SELECT id FROM deliveries INDEXED BY deliveries_by_state WHERE webhook = ?1 AND status = ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let mut ids = Vec::new();
    for status in ENDED {
        let found =
            newest.query_map(params![webhook.0.number(), status, kept as i64 + 1], |row| row.get::<_, i64>(0))?;
        ids.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    ids.sort_unstable_by(|one, other| other.cmp(one));
    let oldest = if ids.len() > kept { kept.checked_sub(1).and_then(|last| ids.get(last)) } else { None };
    Ok(oldest.map(|&id| DeliveryId(Serial::from_number(id))))
}

/// Statuses in which a delivery has come to its end.
const ENDED: [i64; 3] = [2, 3, 4];

/// Finds some of it. It may be much that is looked at, so that is not the writer's work.
pub(super) fn find_ended(conn: &Connection, ended: Ended, limit: usize) -> rusqlite::Result<EndedRows> {
    let mut rows = EndedRows::default();
    for status in ENDED {
        let left = (limit - rows.deliveries.len()) as i64;
        let (sql, of): (&str, [i64; 5]) = match ended {
            Ended::Before { tenant, before } => (
                "SELECT id FROM deliveries INDEXED BY deliveries_by_tenant
                 WHERE tenant = ?1 AND status = ?2 AND id < ?3 AND finished_at < ?4 ORDER BY id LIMIT ?5",
                [tenant.0, status, Serial::at(before).number(), before.millis(), left],
            ),
            Ended::OlderThan { webhook, oldest } => (
                "SELECT id FROM deliveries INDEXED BY deliveries_by_state
                 WHERE webhook = ?1 AND status = ?2 AND id < ?3 AND ?4 IS NOT NULL ORDER BY id LIMIT ?5",
                [webhook.0.number(), status, oldest.0.number(), 0, left],
            ),
        };
        let mut find = conn.prepare_cached(sql)?;
        let found = find.query_map(of, |row| row.get(0))?;
        rows.deliveries.extend(found.collect::<rusqlite::Result<Vec<i64>>>()?);
    }
    if let Ended::Before { tenant, before } = ended
        && rows.deliveries.is_empty()
    {
        let mut find = conn.prepare_cached(
            "SELECT key FROM events INDEXED BY events_by_tenant WHERE tenant = ?1 AND key < ?2
                 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = key)
                 AND NOT EXISTS (SELECT 1 FROM fan_outs f WHERE f.event = key)
             ORDER BY key LIMIT ?3",
        )?;
        let found = find.query_map([tenant.0, Serial::at(before).number(), limit as i64], |row| row.get(0))?;
        rows.events = found.collect::<rusqlite::Result<_>>()?;
    }
    Ok(rows)
}

/// Deletes those that are still at their end, and that no replay has yet to come to; with their attempts, and with events that nothing
/// needs any more. Returns how many deliveries and attempts are gone.
pub(super) fn delete_ended(tx: &mut Tx<'_>, rows: &EndedRows) -> rusqlite::Result<usize> {
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM deliveries AS d WHERE id = ?1 AND status IN (2, 3, 4)
             AND NOT EXISTS (SELECT 1 FROM replays r INDEXED BY replays_running
                             WHERE r.tenant = d.tenant AND r.state = 0 AND r.place < d.id AND r.upto >= d.id)
         RETURNING event, tenant, coalesce(repeats, replay) IS NOT NULL OR test = 2, last_attempt",
    )?;
    let mut carried: BTreeSet<i64> = rows.events.iter().copied().collect();
    let mut count = 0;
    for id in &rows.deliveries {
        let deleted = delete.query_row([id], |row| {
            let counts = row.get::<_, Option<bool>>(2)?.unwrap_or_default();
            Ok((row.get::<_, i64>(0)?, TenantKey(row.get(1)?), counts, row.get::<_, Option<i64>>(3)?))
        });
        let Some((event, tenant, counts, last_attempt)) = deleted.optional()? else { continue };
        carried.insert(event);
        if counts {
            tx.ledger.event_bytes(tenant, -ROW_BYTES.cast_signed());
        }
        count += 1 + delete_chain(tx.conn, last_attempt)?;
    }
    delete_events(tx, 0, 0, &carried)?;
    Ok(count)
}

/// Deletes an attempt and those before it, but for those that a delivery of their batch still has.
fn delete_chain(conn: &Connection, last: Option<i64>) -> rusqlite::Result<usize> {
    let mut find = conn.prepare_cached("SELECT previous, batch FROM attempts WHERE id = ?1")?;
    let mut is_there = conn.prepare_cached("SELECT 1 FROM deliveries WHERE id = ?1")?;
    let mut delete = conn.prepare_cached("DELETE FROM attempts WHERE id = ?1")?;
    let (mut next, mut count) = (last, 0);
    while let Some(id) = next {
        let found = find.query_row([id], |row| {
            let members = row.get_ref(1)?.as_blob_or_null()?.map(members_of).unwrap_or_default();
            Ok((row.get::<_, Option<i64>>(0)?, members))
        });
        let Some((previous, members)) = found.optional()? else { break };
        let mut is_needed = false;
        for member in members {
            is_needed = is_needed || is_there.exists([member.0.number()])?;
        }
        if !is_needed {
            count += delete.execute([id])?;
        }
        next = previous;
    }
    Ok(count)
}

/// Bytes of events and of attempts that one slice deletes at most, unless its first is more.
const MOST_BYTES: i64 = 8 << 20;

/// Up to where, after `from` and at most to `last`, no table has more than `limit` rows, nor too many bytes.
fn slice_end(conn: &Connection, from: i64, last: i64, limit: usize) -> rusqlite::Result<i64> {
    let mut end = last;
    // A length is read without what is so long.
    for rows in [
        "SELECT key, length(data) FROM events WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3",
        "SELECT id, 0 FROM deliveries WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
        "SELECT id, coalesce(length(sent_body), 0) + coalesce(length(answer_body), 0)
         FROM attempts WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
    ] {
        let mut statement = conn.prepare_cached(rows)?;
        let mut rows = statement.query(params![from, end, limit as i64])?;
        let (mut count, mut sum, mut reached) = (0, 0, from);
        while let Some(row) = rows.next()? {
            let (id, bytes): (i64, i64) = (row.get(0)?, row.get(1)?);
            sum += bytes;
            if count > 0 && sum > MOST_BYTES {
                end = reached;
                break;
            }
            (count, reached) = (count + 1, id);
        }
        if count == limit {
            end = reached;
        }
    }
    Ok(end)
}

/// Gives some free pages back to the file system, if they are many: the others will soon be needed again.
fn shrink(conn: &Connection) -> rusqlite::Result<()> {
    let pragma = |name: &str| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    if pragma("freelist_count")? * 8 > pragma("page_count")? {
        // Each step gives back one page.
        let mut statement = conn.prepare_cached("PRAGMA incremental_vacuum(256)")?;
        let mut steps = statement.query([])?;
        while steps.next()?.is_some() {}
    }
    Ok(())
}

//! Adding a portion of counts to the sums, and noting how far that has got.

use std::task::Poll;

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    form,
    portion::{Done, Portion, Progress, note, progress},
};
use crate::{
    model::{EventType, Serial, WebhookKey},
    observe::{Bucket, Counts, Grain, Lately, Measures, Scope, Slot},
    store::{
        Result,
        sqlite::{error::unavailable, quantum::Quantum},
    },
    varint::{Reader, Writer},
};

/// Rows of `tallies` that are deleted between two looks at the time; few in tests, so that crashes come between.
const ROWS: usize = if cfg!(test) { 2 } else { 100 };

/// Writes what a transaction has counted, as this row.
pub(in super::super) fn write(conn: &Connection, row: i64, counts: &Counts) -> Result<()> {
    let write = || {
        let mut insert = conn.prepare_cached("INSERT INTO tallies (id, counts) VALUES (?1, ?2)")?;
        insert.execute(params![row, form::to_bytes(counts)])
    };
    write().map(drop).map_err(unavailable)
}

/// Adds one sum after another of a portion, and then deletes its rows, until that is done or the quantum is over.
pub(super) fn go_on(conn: &Connection, portion: &Portion, quantum: &Quantum<'_>) -> Result<Poll<()>> {
    let mut at = progress(conn).map_err(unavailable)?;
    if at.upto != portion.upto {
        // A crash can have left rows of the portion before. After another crash they would be taken for rows of this one.
        if forget(conn, at.upto, quantum).map_err(unavailable)?.is_pending() {
            return Ok(Poll::Pending);
        }
        at = Progress { upto: portion.upto, done: Done::Nothing };
    }
    if !at.is_complete() {
        let mut next = portion.first_after(&at.done);
        while let Some((slot, measures)) = portion.sums.get(next) {
            add(conn, slot, measures)?;
            next += 1;
            if quantum.is_over() {
                break;
            }
        }
        at.done = match portion.sums.get(next) {
            None => Done::All,
            Some(_) => next.checked_sub(1).map_or(Done::Nothing, |last| Done::Upto(portion.sums[last].0.clone())),
        };
        note(conn, &at).map_err(unavailable)?;
        if !at.is_complete() || quantum.is_over() {
            return Ok(Poll::Pending);
        }
    }
    forget(conn, portion.upto, quantum).map_err(unavailable)
}

/// Deletes the rows up to this one until none is left or the quantum is over.
fn forget(conn: &Connection, upto: i64, quantum: &Quantum<'_>) -> rusqlite::Result<Poll<()>> {
    let mut delete = conn.prepare_cached(
        "DELETE FROM tallies WHERE id IN (SELECT id FROM tallies WHERE id <= ?1 ORDER BY id LIMIT ?2)",
    )?;
    loop {
        if delete.execute(params![upto, ROWS as i64])? < ROWS {
            return Ok(Poll::Ready(()));
        }
        if quantum.is_over() {
            return Ok(Poll::Pending);
        }
    }
}

/// Adds to the sums of a slot's minute, hour and day.
fn add(conn: &Connection, slot: &Slot, measures: &Measures) -> Result<()> {
    let (scope, owner) = place(slot.scope, slot.event_type.is_some());
    let event_type = slot.event_type.as_ref().map_or("", EventType::as_str);
    for grain in Grain::ALL {
        let at = grain.bucket(slot.minute.begins());
        let key = params![scope, owner, grain as i64, at.0, event_type];
        let mut find = conn
            .prepare_cached(
                "SELECT measures FROM rollups WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at = ?4 AND type = ?5",
            )
            .map_err(unavailable)?;
        let found = find.query_row(key, |row| row.get::<_, Vec<u8>>(0)).optional().map_err(unavailable)?;
        // One that is damaged is begun anew: it would be so each time, and all others would wait for it.
        let mut sum = found.and_then(|bytes| read(&bytes)).unwrap_or_default();
        sum.merge(measures);
        let mut out = Writer { bytes: vec![FORM] };
        sum.write(&mut out);
        let mut write = conn
            .prepare_cached("INSERT OR REPLACE INTO rollups VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .map_err(unavailable)?;
        write.execute(params![scope, owner, grain as i64, at.0, event_type, out.bytes]).map_err(unavailable)?;
    }
    Ok(())
}

/// How a sum is written. A program that does not know the form begins it anew.
pub(super) const FORM: u8 = 1;

/// A sum as it is stored; `None`, and a line in the log, if it is damaged.
pub(super) fn read(bytes: &[u8]) -> Option<Measures> {
    let (form, rest) = bytes.split_first()?;
    let mut input = Reader::new(rest);
    let read = Measures::read(&mut input).filter(|_| *form == FORM && input.is_at_end());
    if read.is_none() {
        tracing::error!("a sum of the statistics cannot be read; what was counted in it is not shown");
    }
    read
}

/// The tries of webhooks since a minute, as they are in the sums.
pub(super) fn lately(conn: &Connection, from: Bucket, lately: &mut Lately) -> rusqlite::Result<()> {
    let (scope, _) = place(Scope::Webhook(WebhookKey(Serial::FIRST)), false);
    // Owner by owner, since minutes are sorted by these first.
    let mut next = conn.prepare("SELECT owner FROM rollups WHERE scope = ?1 AND owner > ?2 ORDER BY owner LIMIT 1")?;
    let mut find = conn.prepare(
        "SELECT at, measures FROM rollups WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at >= ?4 AND type = ''",
    )?;
    let mut after = i64::MIN;
    while let Some(owner) = next.query_row(params![scope, after], |row| row.get::<_, i64>(0)).optional()? {
        let mut rows = find.query(params![scope, owner, Grain::Minute as i64, from.0])?;
        while let Some(row) = rows.next()? {
            if let Some(measures) = read(row.get_ref(1)?.as_blob()?) {
                lately.add(WebhookKey(Serial::from_number(owner)), Bucket(row.get(0)?), &measures);
            }
        }
        after = owner;
    }
    Ok(())
}

/// The columns `scope` and `owner`.
pub(super) fn place(scope: Scope, by_type: bool) -> (i64, i64) {
    match scope {
        Scope::Node => (0, 0),
        Scope::Tenant(tenant) => (1 + i64::from(by_type), tenant.0),
        Scope::Webhook(webhook) => (3 + i64::from(by_type), webhook.0.number()),
    }
}

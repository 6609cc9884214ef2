//! The rows of replays: lists of them, single ones, and which are running.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::read;
use crate::{
    model::{Expected, Replay, ReplayId, ReplayPlace, ReplayState, Serial, TenantKey, Timestamp, WebhookKey},
    store::{
        ANSWER_BYTES, ReplaysQuery,
        stored::{self, StoredReplayPlan},
    },
};

const COLUMNS: &str =
    "id, tenant, state, plan, place, within, upto, expected, may_be_more, done, skipped, passed_over, finished_at";

/// The replays that this version cannot read: each is told of once, is not read again, and takes no place among those that its tenant
/// may have running. Their rows stay as they are.
#[derive(Debug, Default)]
pub(super) struct UnreadableReplays(Mutex<BTreeSet<ReplayId>>);

impl UnreadableReplays {
    fn contains(&self, id: ReplayId) -> bool {
        self.lock().contains(&id)
    }

    fn add(&self, id: ReplayId, reason: &str) {
        if self.lock().insert(id) {
            tracing::error!(replay = %id, reason, "a replay cannot be read and is left as it is");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<ReplayId>> {
        // Single steps: a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A range of an index, from one of its ends on.
pub(super) fn page(oldest: bool) -> String {
    let order = read::order(oldest);
    format!(
        "SELECT {COLUMNS} FROM replays INDEXED BY replays_by_tenant
         WHERE tenant = ?1 AND id > ?2 AND id < ?3 ORDER BY id {order}"
    )
}

pub(super) fn list(
    conn: &Connection,
    tenant: TenantKey,
    query: ReplaysQuery,
    unreadable: &UnreadableReplays,
) -> rusqlite::Result<Vec<Replay>> {
    let (first, end) = (query.after.map_or(0, |id| id.0.number()), query.before.map_or(i64::MAX, |id| id.0.number()));
    let mut statement = conn.prepare_cached(&page(query.oldest))?;
    let mut rows = statement.query(params![tenant.0, first, end])?;
    let (mut found, mut bytes): (Vec<Replay>, _) = (Vec::new(), 0);
    while found.len() < query.limit
        && (bytes <= ANSWER_BYTES || found.len() < 2)
        && let Some(row) = rows.next()?
    {
        let Some(replay) = replay(row, unreadable)? else { continue };
        bytes += replay.plan.query.event_types.iter().map(|name| name.to_string().len()).sum::<usize>();
        found.push(replay);
    }
    if query.oldest {
        found.reverse();
    }
    Ok(found)
}

pub(super) fn find(
    conn: &Connection,
    tenant: TenantKey,
    id: ReplayId,
    unreadable: &UnreadableReplays,
) -> rusqlite::Result<Option<Replay>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM replays WHERE id = ?1 AND tenant = ?2"))?;
    Ok(statement.query_row(params![id.0.number(), tenant.0], |row| replay(row, unreadable)).optional()?.flatten())
}

pub(super) fn count(conn: &Connection, tenant: TenantKey, unreadable: &UnreadableReplays) -> rusqlite::Result<u64> {
    count_of(conn, "SELECT id FROM replays INDEXED BY replays_by_tenant WHERE tenant = ?1", tenant, unreadable)
}

pub(super) fn count_running(
    conn: &Connection,
    tenant: TenantKey,
    unreadable: &UnreadableReplays,
) -> rusqlite::Result<u64> {
    let sql = "SELECT id FROM replays INDEXED BY replays_running WHERE tenant = ?1 AND state = 0";
    count_of(conn, sql, tenant, unreadable)
}

/// There are never more than a thousand of a tenant's.
fn count_of(conn: &Connection, sql: &str, tenant: TenantKey, unreadable: &UnreadableReplays) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare_cached(sql)?;
    let ids = statement.query_map([tenant.0], |row| row.get(0).map(|id| ReplayId(Serial::from_number(id))))?;
    let ids = ids.collect::<rusqlite::Result<Vec<ReplayId>>>()?;
    Ok(ids.into_iter().filter(|id| !unreadable.contains(*id)).count() as u64)
}

pub(super) fn running(
    conn: &Connection,
    unreadable: &UnreadableReplays,
) -> rusqlite::Result<Vec<(ReplayId, TenantKey)>> {
    let sql = "SELECT id, tenant FROM replays INDEXED BY replays_running WHERE state = 0";
    let mut statement = conn.prepare_cached(sql)?;
    let named = |row: &Row<'_>| Ok((ReplayId(Serial::from_number(row.get(0)?)), TenantKey(row.get(1)?)));
    let all = statement.query_map([], named)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(all.into_iter().filter(|(id, _)| !unreadable.contains(*id)).collect())
}

/// Nothing for one that this version cannot read.
fn replay(row: &Row<'_>, unreadable: &UnreadableReplays) -> rusqlite::Result<Option<Replay>> {
    let serial = |column: &str| row.get::<_, i64>(column).map(Serial::from_number);
    let id = ReplayId(serial("id")?);
    if unreadable.contains(id) {
        return Ok(None);
    }
    let plan = stored::read::<StoredReplayPlan>(row.get_ref("plan")?.as_str()?.as_bytes(), stored::VERSION);
    let state = match row.get::<_, i64>("state")? {
        0 => Some(ReplayState::Running),
        1 => Some(ReplayState::Finished),
        2 => Some(ReplayState::Stopped),
        _ => None,
    };
    let (plan, state) = match (plan, state) {
        (Ok(plan), Some(state)) => (plan, state),
        (plan, _) => {
            let reason = plan.err().map_or_else(|| "a newer version ended it".to_owned(), |reason| reason.to_string());
            unreadable.add(id, &reason);
            return Ok(None);
        }
    };
    let count = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let within = row.get::<_, Option<i64>>("within")?.map(|key| WebhookKey(Serial::from_number(key)));
    Ok(Some(Replay {
        id,
        tenant: TenantKey(row.get("tenant")?),
        plan,
        state,
        place: ReplayPlace { after: serial("place")?, within },
        upto: serial("upto")?,
        expected: Expected { count: count("expected")?, more: row.get("may_be_more")? },
        done: count("done")?,
        skipped: count("skipped")?,
        passed_over: count("passed_over")?,
        finished_at: row.get::<_, Option<i64>>("finished_at")?.map(Timestamp::from_millis),
    }))
}

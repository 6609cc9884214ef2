//! Replays: their rows, finding what each is to look at next, and doing a step in one transaction with its place.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use super::{
    error::unavailable,
    job_queues::JobSize,
    keep::Repetition,
    queue::{give_up, make_due},
    read::{self, Whose},
    refusal::Kept,
    replay::{Target, owe_again, target},
    replay_rows::{self, UnreadableReplays},
    rows::{self, EVENT_COLUMNS, failure_of, status_code},
    store::SqliteStore,
    tenants::require_tenant,
    told::Told,
    transaction::Tx,
};
use crate::{
    model::{
        Actor, DeliveryId, DeliveryStatus, Event, EventKey, EventType, Expected, QuotaKind, ROW_BYTES, Replay,
        ReplayAction, ReplayId, ReplayPlace, ReplayPlan, ReplayQuery, ReplayState, ReplayStep, ReplayTargets, Serial,
        TenantKey, WebhookKey,
        audit::{AuditAction, AuditDraft, members},
    },
    store::{
        Found, FoundEvents, MOST_RUNNING, NewReplay, Range, Replays, ReplaysQuery, Result, StoreError, Wake,
        stored::{self, StoredReplayPlan},
    },
};

/// How many are kept of a tenant altogether.
const MOST_KEPT: i64 = 1_000;

/// Bytes of events that are read for one step.
const STEP_BYTES: usize = 1 << 20;

#[async_trait]
impl Replays for SqliteStore {
    async fn begin_replay(&self, new: NewReplay, by: &Actor) -> Result<Option<Replay>> {
        let plan = stored::written::<StoredReplayPlan>(&new.plan, None, stored::VERSION);
        let plan = plan.map_err(|reason| StoreError::Corrupt(format!("the replay: {reason}")))?;
        let size = JobSize::of_text(new.tenant, plan.len());
        let shared = self.shared.clone();
        self.change_much(size, by, move |tx| {
            require_tenant(tx, new.tenant)?;
            let tenant = new.tenant;
            let begun = begin(tx, new, &plan, &shared.unreadable_replays).map_err(unavailable)?;
            let Some(replay) = &begun else { return Ok(Told::nothing(begun)) };
            tx.note("replay begun", replay.id);
            let line = AuditDraft::new(AuditAction::ReplayBegun, replay.id, Some(tenant)).after(stored::members(&plan));
            tx.told(line, begun)
        })
        .await
    }

    async fn replays(&self, tenant: TenantKey, query: ReplaysQuery) -> Result<Vec<Replay>> {
        let shared = self.shared.clone();
        self.read(tenant, move |conn| replay_rows::list(conn, tenant, query, &shared.unreadable_replays)).await
    }

    async fn count_replays(&self, tenant: TenantKey) -> Result<u64> {
        let shared = self.shared.clone();
        self.read(tenant, move |conn| replay_rows::count(conn, tenant, &shared.unreadable_replays)).await
    }

    async fn find_replay(&self, tenant: TenantKey, id: ReplayId) -> Result<Option<Replay>> {
        let shared = self.shared.clone();
        self.read(tenant, move |conn| replay_rows::find(conn, tenant, id, &shared.unreadable_replays)).await
    }

    async fn running_replays(&self) -> Result<Vec<(ReplayId, TenantKey)>> {
        let shared = self.shared.clone();
        self.read_overview(move |conn| replay_rows::running(conn, &shared.unreadable_replays)).await
    }

    async fn count_running(&self, tenant: TenantKey) -> Result<u64> {
        let shared = self.shared.clone();
        self.read(tenant, move |conn| replay_rows::count_running(conn, tenant, &shared.unreadable_replays)).await
    }

    async fn stop_replay(&self, tenant: TenantKey, id: ReplayId, by: &Actor) -> Result<Option<Replay>> {
        let shared = self.shared.clone();
        self.change(tenant, by, move |tx| {
            let found = replay_rows::find(tx.conn, tenant, id, &shared.unreadable_replays).map_err(unavailable)?;
            // One that cannot be read stays as it is.
            if found.is_none() || !stop(tx, tenant, id).map_err(unavailable)? {
                return Ok(Told::nothing(found));
            }
            tx.note("replay stopped", id);
            let stopped = replay_rows::find(tx.conn, tenant, id, &shared.unreadable_replays).map_err(unavailable)?;
            let done = stopped.as_ref().map(|replay| json!({"done": replay.done, "skipped": replay.skipped}));
            let line = AuditDraft::new(AuditAction::ReplayStopped, id, Some(tenant));
            tx.told(line.after(done.as_ref().and_then(members)), stopped)
        })
        .await
    }

    async fn replayable(&self, tenant: TenantKey, query: ReplayQuery, range: Range) -> Result<Found> {
        self.read(tenant, move |conn| deliveries(conn, tenant, &query, range)).await
    }

    async fn rematchable(&self, tenant: TenantKey, query: ReplayQuery, range: Range) -> Result<FoundEvents> {
        self.read(tenant, move |conn| events(conn, tenant, &query, range)).await
    }

    async fn step_replay(&self, tenant: TenantKey, plan: ReplayPlan, step: ReplayStep) -> Result<bool> {
        let rows = 2 * step.targets.len() + 1;
        let size = JobSize { rows, ..JobSize::small(tenant) };
        Ok(self.write(size, move |tx| do_step(tx, tenant, &plan, &step)).await??)
    }
}

/// Running ones come first: a tenant with as many as it may have gets no other. Of those that have ended, the oldest are forgotten.
fn begin(
    tx: &mut Tx<'_>,
    new: NewReplay,
    plan: &str,
    unreadable: &UnreadableReplays,
) -> rusqlite::Result<Option<Replay>> {
    if replay_rows::count_running(tx.conn, new.tenant, unreadable)? >= MOST_RUNNING {
        return Ok(None);
    }
    let mut count =
        tx.conn.prepare_cached("SELECT count(*) FROM replays INDEXED BY replays_by_tenant WHERE tenant = ?1")?;
    let kept: i64 = count.query_row([new.tenant.0], |row| row.get(0))?;
    let mut forget = tx.conn.prepare_cached(
        "DELETE FROM replays WHERE id IN (
             SELECT id FROM replays INDEXED BY replays_by_tenant WHERE tenant = ?1 AND state <> 0 ORDER BY id LIMIT ?2)",
    )?;
    forget.execute([new.tenant.0, (kept + 1 - MOST_KEPT).max(0)])?;
    let (place, id) = (new.place(), ReplayId(tx.take_serial()));
    let upto = new.plan.query.to.map_or(id.0, |to| Serial::at(to).before().min(id.0));
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO replays (id, tenant, state, plan, place, upto, expected, may_be_more, done, skipped)
         VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, 0, 0)",
    )?;
    let Expected { count, more } = new.expected;
    insert.execute(params![
        id.0.number(),
        new.tenant.0,
        plan,
        place.after.number(),
        upto.number(),
        count.cast_signed(),
        more
    ])?;
    Ok(Some(Replay {
        id,
        tenant: new.tenant,
        plan: new.plan,
        state: ReplayState::Running,
        place,
        upto,
        expected: new.expected,
        done: 0,
        skipped: 0,
        passed_over: 0,
        finished_at: None,
    }))
}

/// Whether it was running until now.
fn stop(tx: &Tx<'_>, tenant: TenantKey, id: ReplayId) -> rusqlite::Result<bool> {
    let mut stop = tx
        .conn
        .prepare_cached("UPDATE replays SET state = 2, finished_at = ?3 WHERE id = ?1 AND tenant = ?2 AND state = 0")?;
    Ok(stop.execute([id.0.number(), tenant.0, tx.now.millis()])? > 0)
}

/// Forgets some of a tenant's that is deleted; whether there may be more.
pub(super) fn forget_of(tx: &Tx<'_>, tenant: TenantKey, limit: usize) -> rusqlite::Result<bool> {
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM replays WHERE id IN (
             SELECT id FROM replays INDEXED BY replays_by_tenant WHERE tenant = ?1 LIMIT ?2)",
    )?;
    Ok(delete.execute(params![tenant.0, limit as i64])? == limit)
}

/// What a query asks of a delivery or an event that is found.
struct Wanted<'q>(&'q ReplayQuery);

impl Wanted<'_> {
    fn failure(&self, last: Option<&str>) -> bool {
        let ReplayQuery { failures, .. } = self.0;
        failures.is_empty() || last.is_some_and(|last| failures.contains(&failure_of(last)))
    }

    fn event_type(&self, name: &EventType) -> bool {
        let ReplayQuery { event_types, .. } = self.0;
        event_types.is_empty() || event_types.iter().any(|wanted| wanted.matches(name))
    }
}

/// Walks each status in the order of ids. It is known of all up to where the first of these walks has ended early.
fn deliveries(conn: &Connection, tenant: TenantKey, query: &ReplayQuery, range: Range) -> rusqlite::Result<Found> {
    let whose = query.webhook.as_ref().map_or(Whose::Tenant(tenant), |(webhook, _)| Whose::Webhook(*webhook));
    let (mut found, mut upto) = (Vec::new(), range.upto);
    for &status in &query.statuses {
        let reached = in_status(conn, whose, status_code(status), tenant, query, range, &mut found)?;
        upto = upto.min(reached);
    }
    found.sort_unstable();
    found.retain(|(id, _)| id.0 <= upto);
    if let Some((last, _)) = found.get(range.limit.wrapping_sub(1)).filter(|_| found.len() > range.limit) {
        upto = last.0;
        found.truncate(range.limit);
    }
    Ok(Found { deliveries: found, upto })
}

/// Adds those in one status, and tells up to where it has looked.
fn in_status(
    conn: &Connection,
    whose: Whose,
    status: i64,
    tenant: TenantKey,
    query: &ReplayQuery,
    range: Range,
    found: &mut Vec<(DeliveryId, WebhookKey)>,
) -> rusqlite::Result<Serial> {
    let (index, column, key) = whose.indexed();
    let mut statement = conn.prepare_cached(&walk(index, column))?;
    let wanted = Wanted(query);
    let mut rows = statement.query(params![
        key,
        status,
        range.after.number(),
        range.upto.number(),
        tenant.0,
        range.looks.max(1) as i64
    ])?;
    let (mut looks, mut last, mut own) = (0, range.after, 0);
    while let Some(row) = rows.next()? {
        looks += 1;
        last = Serial::from_number(row.get(0)?);
        let is_test = row.get::<_, Option<i64>>(4)?.is_some();
        let is_of_type = || match query.event_types.is_empty() {
            true => Ok(true),
            false => {
                let found = read::event_type(conn, EventKey(Serial::from_number(row.get(2)?)))?;
                Ok::<_, rusqlite::Error>(found.is_some_and(|name| wanted.event_type(&name)))
            }
        };
        if !is_test && wanted.failure(row.get_ref(3)?.as_str_or_null()?) && is_of_type()? {
            found.push((DeliveryId(last), WebhookKey(Serial::from_number(row.get(1)?))));
            own += 1;
            if own == range.limit {
                return Ok(last);
            }
        }
    }
    Ok(if looks == range.looks.max(1) { last } else { range.upto })
}

/// Deliveries in one status, in the order of their ids.
pub(super) fn walk(index: &str, column: &str) -> String {
    format!(
        "SELECT id, webhook, event, last_failure, test FROM deliveries INDEXED BY {index}
         WHERE {column} = ?1 AND status = ?2 AND id > ?3 AND id <= ?4 AND tenant = ?5 ORDER BY id LIMIT ?6"
    )
}

fn events(conn: &Connection, tenant: TenantKey, query: &ReplayQuery, range: Range) -> rusqlite::Result<FoundEvents> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS} FROM events e INDEXED BY events_by_tenant
         WHERE e.tenant = ?1 AND e.key > ?2 AND e.key <= ?3 ORDER BY e.key LIMIT ?4"
    ))?;
    let wanted = Wanted(query);
    let looks = range.looks.max(1);
    let mut rows = statement.query(params![tenant.0, range.after.number(), range.upto.number(), looks as i64])?;
    let (mut found, mut looked, mut bytes): (Vec<Event>, _, _) = (Vec::new(), 0, 0);
    let mut last = range.after;
    while let Some(row) = rows.next()? {
        looked += 1;
        last = Serial::from_number(row.get("key")?);
        if !wanted.event_type(&EventType::kept(row.get_ref("type")?.as_str()?)) {
            continue;
        }
        let event = rows::event(row)?;
        if event.test || event.scrubbed_at.is_some() {
            continue;
        }
        bytes += event.bytes();
        found.push(event);
        if found.len() == range.limit || bytes >= STEP_BYTES {
            return Ok(FoundEvents { events: found, upto: last });
        }
    }
    Ok(FoundEvents { events: found, upto: if looked == looks { last } else { range.upto } })
}

/// Whether it was done: otherwise the replay was stopped, or is elsewhere by now.
fn do_step(tx: &mut Tx<'_>, tenant: TenantKey, plan: &ReplayPlan, step: &ReplayStep) -> Result<Kept<bool>> {
    if !is_at(tx, tenant, step).map_err(unavailable)? {
        return Ok(Ok(false));
    }
    let done = match &step.targets {
        ReplayTargets::Deliveries(ids) => {
            let possible = possible(tx, tenant, plan, ids).map_err(unavailable)?;
            // What is owed already takes nothing of the quota.
            let owed_anew = possible.iter().filter(|(_, target)| !target.status.is_owed()).count() as u64;
            if let Err(refusal) = has_room(tx, tenant, plan.action, owed_anew)? {
                return Ok(Err(refusal));
            }
            for (id, target) in &possible {
                with_delivery(tx, tenant, plan, step.replay, *id, target).map_err(unavailable)?;
            }
            possible.len() as u64
        }
        ReplayTargets::Owed(owed) => {
            if let Err(refusal) = has_room(tx, tenant, plan.action, step.targets.len() as u64)? {
                return Ok(Err(refusal));
            }
            let mut done = 0;
            for (event, webhooks) in owed {
                done += owe_event(tx, tenant, plan, step.replay, *event, webhooks).map_err(unavailable)?;
            }
            done
        }
    };
    let skipped = step.skipped + step.targets.len() as u64 - done;
    go_on(tx, step, done, skipped).map_err(unavailable)?;
    Ok(Ok(true))
}

fn is_at(tx: &Tx<'_>, tenant: TenantKey, step: &ReplayStep) -> rusqlite::Result<bool> {
    let mut find = tx.conn.prepare_cached(
        "SELECT 1 FROM replays WHERE id = ?1 AND tenant = ?2 AND state = 0 AND place = ?3 AND within IS ?4",
    )?;
    let ReplayPlace { after, within } = step.from;
    find.exists(params![step.replay.0.number(), tenant.0, after.number(), within.map(|key| key.0.number())])
}

/// Whether the tenant may be owed so many more, and the disk has room for them.
fn has_room(tx: &mut Tx<'_>, tenant: TenantKey, action: ReplayAction, count: u64) -> Result<Kept<()>> {
    let new_rows = if action == ReplayAction::Retry { 0 } else { count };
    for (kind, asked) in [(QuotaKind::OwedDeliveries, count), (QuotaKind::EventBytes, new_rows * ROW_BYTES)] {
        if let Err(reached) = tx.allow(tenant, kind, asked) {
            return Ok(Err(reached.into()));
        }
    }
    if new_rows == 0 { Ok(Ok(())) } else { tx.disk_has_room(tenant) }
}

/// Those of these deliveries that are still what the query means, and with which it can be done.
fn possible(
    tx: &Tx<'_>,
    tenant: TenantKey,
    plan: &ReplayPlan,
    ids: &[DeliveryId],
) -> rusqlite::Result<Vec<(DeliveryId, Target)>> {
    let mut possible = Vec::with_capacity(ids.len());
    for &id in ids {
        possible.extend(target(tx.conn, tenant, id)?.filter(|target| is_possible(tx, plan, target)).map(|it| (id, it)));
    }
    Ok(possible)
}

fn is_possible(tx: &Tx<'_>, plan: &ReplayPlan, target: &Target) -> bool {
    // To make due again what is due would be work for nothing.
    let is_due = target.status == DeliveryStatus::Retrying && target.due_at.is_some_and(|at| at <= tx.now);
    plan.query.statuses.contains(&target.status)
        && (!plan.action.sends() || !target.is_scrubbed && tx.ledger.kept(target.webhook).is_some())
        && !(plan.action == ReplayAction::Retry && is_due)
}

/// Does with one delivery what the replay does.
fn with_delivery(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    plan: &ReplayPlan,
    replay: ReplayId,
    id: DeliveryId,
    target: &Target,
) -> rusqlite::Result<()> {
    match plan.action {
        ReplayAction::Replay => {
            let as_what = Repetition { of: Some(id), replay: Some(replay), own_id: plan.new_id };
            owe_again(tx, tenant, target, as_what)?;
        }
        ReplayAction::Retry => {
            make_due(tx, tenant, target, id)?;
            let wake = Wake::Retry(target.webhook);
            // Once for all of a step.
            if !tx.effects.woken.contains(&wake) {
                tx.effects.woken.push(wake);
            }
        }
        ReplayAction::Cancel => give_up(tx, tenant, target, id)?,
        // Its targets are events.
        ReplayAction::Rematch => {}
    }
    Ok(())
}

/// Owes an event to webhooks that want it now, as far as they are there. How many.
fn owe_event(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    plan: &ReplayPlan,
    replay: ReplayId,
    event: EventKey,
    webhooks: &[WebhookKey],
) -> rusqlite::Result<u64> {
    let mut find = tx.conn.prepare_cached(
        "SELECT type, ordering_key FROM events WHERE key = ?1 AND tenant = ?2 AND scrubbed_at IS NULL",
    )?;
    let found = find.query_row([event.0.number(), tenant.0], |row| {
        Ok((EventType::kept(row.get_ref(0)?.as_str()?), rows::ordering_key(row)?))
    });
    let Some((event_type, ordering_key)) = found.optional()? else { return Ok(0) };
    let mut made = 0;
    for &webhook in webhooks.iter().filter(|&&webhook| tx.ledger.kept(webhook).is_some()).collect::<Vec<_>>() {
        let status = DeliveryStatus::Pending;
        let (event_type, ordering_key) = (event_type.clone(), ordering_key.clone());
        let target =
            Target { status, webhook, event, event_type, ordering_key, attempts: 0, due_at: None, is_scrubbed: false };
        owe_again(tx, tenant, &target, Repetition { of: None, replay: Some(replay), own_id: plan.new_id })?;
        made += 1;
    }
    Ok(made)
}

/// Notes how far it has come.
fn go_on(tx: &Tx<'_>, step: &ReplayStep, done: u64, skipped: u64) -> rusqlite::Result<()> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE replays SET place = ?2, within = ?3, done = done + ?4, skipped = skipped + ?5, passed_over = passed_over + ?6,
             state = iif(?7, 1, state), finished_at = iif(?7, ?8, finished_at)
         WHERE id = ?1",
    )?;
    let ReplayPlace { after, within } = step.to;
    update.execute(params![
        step.replay.0.number(),
        after.number(),
        within.map(|key| key.0.number()),
        done.cast_signed(),
        skipped.cast_signed(),
        step.skipped.cast_signed(),
        step.is_last,
        tx.now.millis()
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;

    #[test]
    fn a_failure_that_is_not_known_is_one_of_a_newer_version() {
        let query = ReplayQuery { failures: vec![FailureKind::Unknown], ..ReplayQuery::default() };
        assert!(Wanted(&query).failure(Some("solar_flare")) && !Wanted(&query).failure(None));
        assert!(!Wanted(&query).failure(Some("timeout")));
    }
}

//! What is owed: finding it for the lanes, giving it up, making it due again.

use std::sync::{Arc, atomic::Ordering};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use tokio::sync::oneshot;

use super::{
    error::unavailable,
    job::{Record, Settled, weight},
    job_queues::JobSize,
    read,
    replay::{Target, replay, target},
    rows::{BY_HAND, OWED_COLUMNS, cancelled_by, owed},
    store::SqliteStore,
    told::Told,
    transaction::Tx,
};
use crate::{
    model::{
        Actor, AttemptId, CancelReason, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, FailureRun, OrderingKey,
        Owed, Serial, TenantKey, Timestamp, WebhookKey,
        audit::{AuditAction, AuditDraft, members},
    },
    observe::{Count, DeliveryMoved},
    store::{Backlog, Events, OwedSummary, Pending, Queue, Result, Settlement, Wake, Webhooks},
    webhook::Status,
};

#[async_trait]
impl Queue for SqliteStore {
    async fn backlogs(&self) -> Result<Vec<Backlog>> {
        let mut backlogs = self.read_owed(TenantKey::ALL, backlogs).await?;
        backlogs.retain(|backlog| !self.shared.set_aside.contains(backlog.webhook));
        Ok(backlogs)
    }

    fn recent_pending(&self, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Option<Pending> {
        self.shared.recent.pending(webhook, after, limit)
    }

    async fn pending(
        &self,
        webhook: WebhookKey,
        after: DeliveryId,
        key: Option<OrderingKey>,
        limit: usize,
    ) -> Result<Pending> {
        // Read before the query begins: what is committed by now, the query will see.
        let committed = DeliveryId(Serial::from_number(self.shared.committed.load(Ordering::Acquire)));
        let recent = self.shared.clone();
        let (pending, events) = self
            .read_owed(self.tenant_of(webhook), move |conn| {
                let pending = pending(conn, webhook, after, key.as_ref(), limit, committed)?;
                let events = payloads(conn, &pending.deliveries, |key| recent.recent.event(key).is_some())?;
                Ok((pending, events))
            })
            .await?;
        self.shared.recent.prefetched(events);
        Ok(pending)
    }

    async fn retrying(&self, webhook: WebhookKey, limit: usize) -> Result<Vec<(Timestamp, Owed)>> {
        self.read_owed(self.tenant_of(webhook), move |conn| retrying(conn, webhook, limit)).await
    }

    async fn owed_one(&self, webhook: WebhookKey, id: DeliveryId) -> Result<Option<(Option<Timestamp>, Owed)>> {
        self.read_owed(self.tenant_of(webhook), move |conn| owed_one(conn, webhook, id)).await
    }

    async fn owed_event(&self, webhook: WebhookKey, key: EventKey) -> Result<Option<Arc<Event>>> {
        if let Some(event) = self.recent_event(key) {
            return Ok(Some(event));
        }
        let event = self.read_owed(self.tenant_of(webhook), move |conn| read::event(conn, key)).await?;
        Ok(event.map(Arc::new))
    }

    fn begin_attempt(&self) -> AttemptId {
        AttemptId(self.shared.attempt_ids.take())
    }

    async fn record(&self, tenant: TenantKey, settlements: Vec<Settlement>) {
        let mut all_recorded = Vec::new();
        for settlements in parts(settlements, OUTCOMES, weight) {
            let (done, recorded) = oneshot::channel();
            // Without a pause, also between the parts: outcomes that are handed over later must not pass these.
            let record =
                |settlement| Record::new(settlement, &self.shared.attempt_ids, &self.shared.forms, &self.shared.recent);
            let records = settlements.into_iter().map(record).collect();
            self.shared.intake.settle(Settled { tenant, records, done });
            all_recorded.push(recorded);
        }
        for recorded in all_recorded {
            // An error means that the store was closed; what was not recorded is sent again after the restart.
            let _ = recorded.await;
        }
    }

    async fn retry(&self, tenant: TenantKey, id: DeliveryId, by: &Actor) -> Result<Option<Delivery>> {
        self.change(tenant, by, move |tx| {
            let done = retry(tx, tenant, id).map_err(unavailable)?;
            told(tx, AuditAction::DeliveryRetried, "delivery retried", tenant, done)
        })
        .await
    }

    async fn replay(&self, tenant: TenantKey, id: DeliveryId, own_id: bool, by: &Actor) -> Result<Option<Delivery>> {
        let kept = self.change(tenant, by, move |tx| replay(tx, tenant, id, own_id)).await?;
        Ok(kept?)
    }

    async fn cancel(&self, tenant: TenantKey, id: DeliveryId, by: &Actor) -> Result<Option<Delivery>> {
        self.change(tenant, by, move |tx| {
            let done = cancel(tx, tenant, id).map_err(unavailable)?;
            told(tx, AuditAction::DeliveryCancelled, "delivery cancelled", tenant, done)
        })
        .await
    }

    async fn cancel_owed(&self, webhook: WebhookKey, limit: usize) -> Result<usize> {
        // What a webhook that cannot be read is owed waits for a version that can.
        if self.shared.set_aside.contains(webhook) {
            return Ok(0);
        }
        let tenant = self.tenant_of(webhook);
        let size = JobSize { rows: limit, ..JobSize::small(tenant) };
        self.write(size, move |tx| cancel_owed(tx, webhook, limit).map_err(unavailable)).await
    }

    async fn owed(&self, webhook: WebhookKey) -> Result<OwedSummary> {
        self.read(self.tenant_of(webhook), move |conn| summary(conn, webhook)).await
    }

    async fn owed_since(&self) -> Result<Vec<(WebhookKey, Timestamp)>> {
        let firsts = self.read_overview(first_owed).await?;
        let active = |key: &WebhookKey| {
            self.webhooks().get(*key).is_some_and(|webhook| webhook.settings.status == Status::Active)
        };
        Ok(firsts.into_iter().filter(|(key, _)| active(key)).map(|(key, first)| (key, first.0.time())).collect())
    }
}

/// Rows of outcomes that are queued together.
const OUTCOMES: usize = 16;

/// In parts of at most `most` together, or of one that is larger by itself; one that is empty, if there is nothing.
fn parts<T>(all: Vec<T>, most: usize, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let (mut parts, mut sum) = (vec![Vec::new()], 0);
    for one in all {
        sum += size(&one);
        match parts.last_mut() {
            Some(part) if part.is_empty() || sum <= most => part.push(one),
            _ => {
                sum = size(&one);
                parts.push(vec![one]);
            }
        }
    }
    parts
}

pub(super) fn backlogs(conn: &Connection) -> rusqlite::Result<Vec<Backlog>> {
    let mut statement = conn.prepare_cached(
        "SELECT key, EXISTS (SELECT 1 FROM deliveries WHERE webhook = key AND status = 0),
                (SELECT min(due_at) FROM deliveries WHERE webhook = key AND status = 1),
                coalesce(consecutive_failures, 0), failing_since
         FROM webhooks LEFT JOIN counters ON webhook = key",
    )?;
    let rows = statement.query_map([], |row| {
        let time = |column| row.get::<_, Option<i64>>(column).map(|ms| ms.map(Timestamp::from_millis));
        Ok(Backlog {
            webhook: WebhookKey(Serial::from_number(row.get(0)?)),
            pending: row.get(1)?,
            next_retry: time(2)?,
            failure_run: FailureRun { consecutive_failures: row.get(3)?, failing_since: time(4)? },
        })
    })?;
    let matters = |backlog: &Backlog| {
        backlog.pending || backlog.next_retry.is_some() || backlog.failure_run != FailureRun::default()
    };
    rows.filter(|row| row.as_ref().map_or(true, matters)).collect()
}

pub(super) fn pending(
    conn: &Connection,
    webhook: WebhookKey,
    after: DeliveryId,
    key: Option<&OrderingKey>,
    limit: usize,
    committed: DeliveryId,
) -> rusqlite::Result<Pending> {
    let index = if key.is_some() { "deliveries_keyed" } else { "deliveries_by_state" };
    let with_key = if key.is_some() { "d.ordering_key = ?4" } else { "?4 IS NULL" };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {OWED_COLUMNS} FROM deliveries d INDEXED BY {index}
         WHERE d.webhook = ?1 AND d.status = 0 AND d.id > ?2 AND {with_key} ORDER BY d.id LIMIT ?3"
    ))?;
    let key = key.map(|key| key.as_str());
    let rows = statement.query_map(params![webhook.0.number(), after.0.number(), limit as i64 + 1, key], owed)?;
    let mut deliveries = rows.collect::<rusqlite::Result<Vec<Owed>>>()?;
    let more = deliveries.len() > limit;
    deliveries.truncate(limit);
    let last = deliveries.last().map(|owed| owed.id);
    let upto = if more { last.unwrap_or(after) } else { last.max(Some(committed)).unwrap_or(after) };
    Ok(Pending { deliveries, more, upto: upto.max(after) })
}

/// The most bytes of events that are read ahead for one lane.
const MOST_PREFETCHED: usize = 1 << 20;

/// The events that these deliveries carry, as far as they are not at hand and not too much: they are about to be sent.
pub(super) fn payloads(
    conn: &Connection,
    deliveries: &[Owed],
    at_hand: impl Fn(EventKey) -> bool,
) -> rusqlite::Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut bytes = 0;
    for owed in deliveries {
        if bytes >= MOST_PREFETCHED {
            break;
        }
        if let Some(event) = (!at_hand(owed.event)).then(|| read::event(conn, owed.event)).transpose()?.flatten() {
            bytes += event.bytes();
            events.push(event);
        }
    }
    Ok(events)
}

pub(super) fn retrying(
    conn: &Connection,
    webhook: WebhookKey,
    limit: usize,
) -> rusqlite::Result<Vec<(Timestamp, Owed)>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {OWED_COLUMNS}, d.due_at FROM deliveries d INDEXED BY deliveries_retrying
         WHERE d.webhook = ?1 AND d.status = 1 ORDER BY d.due_at, d.id LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![webhook.0.number(), limit as i64], |row| {
        Ok((Timestamp::from_millis(row.get("due_at")?), owed(row)?))
    })?;
    rows.collect()
}

fn owed_one(
    conn: &Connection,
    webhook: WebhookKey,
    id: DeliveryId,
) -> rusqlite::Result<Option<(Option<Timestamp>, Owed)>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {OWED_COLUMNS}, iif(d.status = 1, d.due_at, NULL) AS due FROM deliveries d
         WHERE d.id = ?1 AND d.webhook = ?2 AND d.status IN (0, 1)"
    ))?;
    let found = statement.query_row([id.0.number(), webhook.0.number()], |row| {
        let due = row.get::<_, Option<i64>>("due")?.map(Timestamp::from_millis);
        Ok((due, owed(row)?))
    });
    found.optional()
}

/// Counted in the index.
fn summary(conn: &Connection, webhook: WebhookKey) -> rusqlite::Result<OwedSummary> {
    let mut statement = conn.prepare_cached(
        "SELECT count(*), min(id) FROM (
             SELECT id FROM (SELECT id FROM deliveries INDEXED BY deliveries_by_state
                 WHERE webhook = ?1 AND status = 0 ORDER BY id LIMIT ?2)
             UNION ALL SELECT id FROM (SELECT id FROM deliveries INDEXED BY deliveries_by_state
                 WHERE webhook = ?1 AND status = 1 ORDER BY id LIMIT ?2))",
    )?;
    statement.query_row(params![webhook.0.number(), OwedSummary::MOST as i64 + 1], |row| {
        let (count, oldest) = (row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Option<i64>>(1)?);
        Ok(OwedSummary {
            count: count.min(OwedSummary::MOST),
            more: count > OwedSummary::MOST,
            oldest: oldest.map(|id| Serial::from_number(id).time()),
        })
    })
}

/// The first owed delivery of each webhook that owes any.
pub(super) fn first_owed(conn: &Connection) -> rusqlite::Result<Vec<(WebhookKey, DeliveryId)>> {
    let mut statement = conn.prepare_cached(
        "SELECT key, (SELECT min(id) FROM deliveries WHERE webhook = key AND status = 0),
                (SELECT min(id) FROM deliveries WHERE webhook = key AND status = 1)
         FROM webhooks WHERE deleted_at IS NULL",
    )?;
    let rows = statement.query_map([], |row| {
        let (pending, retrying): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        let first = pending.into_iter().chain(retrying).min();
        Ok(first.map(|id| (WebhookKey(Serial::from_number(row.get_unwrap(0))), DeliveryId(Serial::from_number(id)))))
    })?;
    rows.filter_map(rusqlite::Result::transpose).collect()
}

pub(super) fn cancel_owed(tx: &mut Tx<'_>, webhook: WebhookKey, limit: usize) -> rusqlite::Result<usize> {
    let mut is_there = tx.conn.prepare_cached("SELECT 1 FROM webhooks WHERE key = ?1 AND deleted_at IS NULL")?;
    let is_there = is_there.exists([webhook.0.number()])?;
    let reason = if is_there { CancelReason::WebhookDisabled } else { CancelReason::WebhookDeleted };
    let mut update = tx.conn.prepare_cached(
        "UPDATE deliveries SET status = 4, finished_at = ?3, cancelled_by = ?4 WHERE id IN (
             SELECT id FROM deliveries WHERE webhook = ?1 AND status = 0
             UNION ALL SELECT id FROM deliveries WHERE webhook = ?1 AND status = 1
             ORDER BY id LIMIT ?2) RETURNING event, tenant, id, attempts",
    )?;
    let of = params![webhook.0.number(), limit as i64, tx.now.millis(), cancelled_by(reason)];
    // A webhook that is deleted is in no view that knows its tenant.
    let row = |row: &rusqlite::Row<'_>| {
        Ok(DeliveryMoved {
            tenant: TenantKey(row.get(1)?),
            id: DeliveryId(Serial::from_number(row.get(2)?)),
            webhook,
            event: EventKey(Serial::from_number(row.get(0)?)),
            status: DeliveryStatus::Cancelled,
            attempts: row.get(3)?,
            due_at: None,
            cancel_reason: Some(reason),
            attempt: None,
            test: false,
        })
    };
    let moved = update.query_map(of, row)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let cancelled = moved.len();
    for DeliveryMoved { tenant, event, .. } in &moved {
        let event_type = read::event_type(tx.conn, *event)?;
        tx.count(*tenant, Some(webhook), event_type.as_ref(), tx.now).add(Count::Cancelled, 1);
    }
    tx.effects.moved.extend(moved);
    if cancelled > 0 {
        tx.effects.cancelled.push(webhook);
        tx.ledger.owes_less(webhook, cancelled);
    }
    Ok(cancelled)
}

/// How a delivery stood before something was done with it, if that was done; and how it stands now.
type Done = (Option<DeliveryStatus>, Option<Delivery>);

fn told(
    tx: &mut Tx<'_>,
    action: AuditAction,
    noted: &'static str,
    tenant: TenantKey,
    (before, delivery): Done,
) -> Result<Told<Option<Delivery>>> {
    let (Some(before), Some(after)) = (before, &delivery) else { return Ok(Told::nothing(delivery)) };
    tx.note(noted, after.id);
    let line = AuditDraft::new(action, after.id, Some(tenant));
    let status = |status: DeliveryStatus| members(&json!({"status": status}));
    let line = line.before(status(before)).after(status(after.status));
    tx.told(line, delivery)
}

fn retry(tx: &mut Tx<'_>, tenant: TenantKey, id: DeliveryId) -> rusqlite::Result<Done> {
    let Some(target) = target(tx.conn, tenant, id)? else { return Ok((None, None)) };
    // What was delivered stays so, and what the status of a newer version means for a retry is not known.
    // What is scrubbed cannot be sent.
    let is_done = !target.is_scrubbed && !matches!(target.status, DeliveryStatus::Delivered | DeliveryStatus::Unknown);
    if is_done {
        make_due(tx, tenant, &target, id)?;
        tx.effects.woken.push(Wake::ByHand(target.webhook, id));
    }
    Ok((is_done.then_some(target.status), read::delivery(tx.conn, tenant, id)?))
}

/// Makes a delivery due now because a person wants it. One that is pending is due already. One that was given up begins its schedule
/// anew. Its lane is not told.
pub(super) fn make_due(tx: &mut Tx<'_>, tenant: TenantKey, target: &Target, id: DeliveryId) -> rusqlite::Result<()> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE deliveries SET failed = CASE status WHEN 1 THEN failed ELSE 0 END, due_at = iif(status = 0, due_at, ?2),
             status = iif(status = 0, 0, 1), finished_at = NULL, cancelled_by = NULL, triggered_by = ?3
         WHERE id = ?1",
    )?;
    update.execute(params![id.0.number(), tx.now.millis(), BY_HAND])?;
    if !target.status.is_owed() {
        tx.ledger.owes(tenant, target.webhook, 1);
    }
    let is_pending = target.status == DeliveryStatus::Pending;
    let status = if is_pending { DeliveryStatus::Pending } else { DeliveryStatus::Retrying };
    let due_at = (!is_pending).then_some(tx.now);
    tx.effects.moved.push(DeliveryMoved { due_at, ..target.moved(tenant, id, status) });
    Ok(())
}

fn cancel(tx: &mut Tx<'_>, tenant: TenantKey, id: DeliveryId) -> rusqlite::Result<Done> {
    let Some(target) = target(tx.conn, tenant, id)? else { return Ok((None, None)) };
    let is_done = target.status.is_owed();
    if is_done {
        give_up(tx, tenant, &target, id)?;
    }
    Ok((is_done.then_some(target.status), read::delivery(tx.conn, tenant, id)?))
}

/// Gives up a delivery that is owed, because a person wants it.
pub(super) fn give_up(tx: &mut Tx<'_>, tenant: TenantKey, target: &Target, id: DeliveryId) -> rusqlite::Result<()> {
    let mut update = tx
        .conn
        .prepare_cached("UPDATE deliveries SET status = 4, finished_at = ?2, cancelled_by = ?3 WHERE id = ?1")?;
    update.execute(params![id.0.number(), tx.now.millis(), cancelled_by(CancelReason::ByRequest)])?;
    tx.ledger.owes_less(target.webhook, 1);
    tx.count(tenant, Some(target.webhook), Some(&target.event_type), tx.now).add(Count::Cancelled, 1);
    let cancel_reason = Some(CancelReason::ByRequest);
    let moved = DeliveryMoved { cancel_reason, ..target.moved(tenant, id, DeliveryStatus::Cancelled) };
    tx.effects.moved.push(moved);
    tx.effects.woken.push(Wake::Cancelled(target.webhook, id));
    tx.effects.no_longer_pending.push((target.webhook, id));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_at_one_time_is_parted_in_its_order() {
        let parted = |sizes: &[usize]| parts(sizes.to_vec(), 500, |&size| size);
        assert_eq!(parted(&[300, 200, 1, 499, 900, 2]), [vec![300, 200], vec![1, 499], vec![900], vec![2]]);
        assert_eq!(parted(&[]), [Vec::<usize>::new()]);
    }
}

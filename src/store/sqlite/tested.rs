//! Tests of webhooks: written when they are over, in one transaction, as deliveries that have come to their end. What is owed and what is
//! counted does not change with them.

use async_trait::async_trait;
use rusqlite::params;
use serde_json::json;

use super::{
    error::unavailable,
    file::PAGE,
    job::{Record, weight},
    job_queues::JobSize,
    keep, read,
    record::settle_test,
    refusal::Kept,
    rows::BY_TEST,
    store::SqliteStore,
    told::Told,
    transaction::Tx,
};
use crate::{
    model::{
        Actor, Delivery, DeliveryId, EventKey, FailureKind, FailureRun, Outcome, Owed, QuotaKind, ROW_BYTES, TenantKey,
        audit::{AuditAction, AuditDraft, members},
        kept_bytes,
    },
    store::{Queue, Result, Settlement, Test, TestIds, Tests, Verdict},
};

/// As stored in `test`.
const OF_NEW_EVENT: u8 = 1;
const OF_KEPT_EVENT: u8 = 2;

#[async_trait]
impl Tests for SqliteStore {
    async fn begin_test(&self, tenant: TenantKey) -> Result<TestIds> {
        let attempt = self.begin_attempt();
        self.write(JobSize::small(tenant), move |tx| {
            let (event, delivery) = (EventKey(tx.take_serial()), DeliveryId(tx.take_serial()));
            Ok(TestIds { event, delivery, attempt })
        })
        .await
    }

    async fn keep_test(&self, test: Test, by: &Actor) -> Result<Option<Delivery>> {
        let settlement = settlement(&test);
        let (rows, bytes) = (2 + weight(&settlement), test.event.bytes());
        let size = JobSize { rows: rows + bytes / PAGE, bytes, tenant: test.tenant };
        let record = Record::new(settlement, &self.shared.attempt_ids, &self.shared.forms, &self.shared.recent);
        let kept = self.change_much(size, by, move |tx| keep_test(tx, &test, &record)).await?;
        Ok(kept?)
    }
}

/// As if it had been owed until now.
fn settlement(test: &Test) -> Settlement {
    let Test { webhook, ids, event, own_id, outcome, at, .. } = test;
    let owed = Owed {
        id: ids.delivery,
        webhook: *webhook,
        event: event.key,
        attempts: 0,
        failed: 0,
        last_attempt: None,
        ordering_key: event.ordering_key.clone(),
        own_id: *own_id,
    };
    Settlement {
        attempt: Some(ids.attempt),
        owed: vec![owed],
        outcome: outcome.clone(),
        verdict: verdict(outcome),
        failure_run: FailureRun::default(),
        judged_at: *at,
    }
}

/// It is not tried again by itself.
fn verdict(outcome: &Outcome) -> Verdict {
    match &outcome.result {
        Ok(()) => Verdict::Delivered,
        Err(failure) if FailureKind::is_by_intent(failure.kind) => Verdict::Dropped,
        Err(_) => Verdict::Failed,
    }
}

fn keep_test(tx: &mut Tx<'_>, test: &Test, record: &Record) -> Result<Told<Kept<Option<Delivery>>>> {
    let (tenant, is_new) = (test.tenant, test.is_of_new_event());
    let has_event = is_new || is_kept(tx, tenant, test.event.key).map_err(unavailable)?;
    if tx.ledger.kept(test.webhook).is_none() || !has_event {
        return Ok(Told::nothing(Ok(None)));
    }
    let bytes = if is_new { kept_bytes(test.event.bytes(), 1) } else { ROW_BYTES };
    if let Err(reached) = tx.allow(tenant, QuotaKind::EventBytes, bytes) {
        return Ok(Told::nothing(Err(reached.into())));
    }
    if let Err(refusal) = tx.disk_has_room(tenant)? {
        return Ok(Told::nothing(Err(refusal)));
    }
    if is_new {
        keep::insert_event(tx, &test.event, None).map_err(unavailable)?;
    } else {
        tx.ledger.event_bytes(tenant, ROW_BYTES.cast_signed());
    }
    insert(tx, test, record, if is_new { OF_NEW_EVENT } else { OF_KEPT_EVENT }).map_err(unavailable)?;
    tx.note("webhook tested", test.ids.delivery);
    let webhook = tx.limits.webhooks.get(test.webhook);
    let id = webhook.map_or_else(|| test.webhook.to_string(), |webhook| webhook.id.to_string());
    let line = AuditDraft::new(AuditAction::WebhookTested, id, Some(tenant)).of_webhook(test.webhook);
    let line = line.after(members(&json!({"delivery": test.ids.delivery.to_string()})));
    let kept = read::delivery(tx.conn, tenant, test.ids.delivery).map_err(unavailable)?;
    tx.told(line, Ok(kept))
}

fn is_kept(tx: &Tx<'_>, tenant: TenantKey, event: EventKey) -> rusqlite::Result<bool> {
    let mut find = tx.conn.prepare_cached("SELECT 1 FROM events WHERE key = ?1 AND tenant = ?2")?;
    find.exists(params![event.0.number(), tenant.0])
}

fn insert(tx: &mut Tx<'_>, test: &Test, record: &Record, of_event: u8) -> rusqlite::Result<()> {
    let Some(owed) = record.settlement.owed.first() else { return Ok(()) };
    keep::insert_delivery(tx, test.tenant, owed)?;
    let mut mark = tx.conn.prepare_cached(
        "UPDATE deliveries SET test = ?2, repeats = ?3, own_id = ?4, triggered_by = ?5 WHERE id = ?1",
    )?;
    mark.execute(params![
        owed.id.0.number(),
        of_event,
        test.repeats.map(|id| id.0.number()),
        test.own_id.then_some(true),
        BY_TEST
    ])?;
    settle_test(tx, test.tenant, record, owed)
}

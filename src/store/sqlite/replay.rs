//! Sending again what has come to its end: new deliveries of the same events, each of which points at the one that it repeats. So
//! what was delivered stays delivered, whatever becomes of its repetition.

use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use super::{
    error::unavailable,
    keep::{self, Repetition},
    read,
    refusal::Kept,
    rows::{self, BY_REPLAY, status_of},
    told::Told,
    transaction::Tx,
};
use crate::{
    model::{
        Delivery, DeliveryId, DeliveryStatus, EventKey, EventType, OrderingKey, Owed, QuotaKind, ROW_BYTES, Serial,
        TenantKey, Timestamp, WebhookKey,
        audit::{AuditAction, AuditDraft, members},
    },
    observe::{Count, DeliveryMoved},
    store::Result,
};

/// A delivery that something is to be done with.
pub(super) struct Target {
    pub status: DeliveryStatus,
    pub webhook: WebhookKey,
    pub event: EventKey,
    pub event_type: EventType,
    pub ordering_key: Option<OrderingKey>,
    pub attempts: u32,
    /// When it is due, if it was attempted before.
    pub due_at: Option<Timestamp>,
    /// What its event says is gone, so that it cannot be sent any more.
    pub is_scrubbed: bool,
}

impl Target {
    /// That it stands so now, without a time and a reason.
    pub fn moved(&self, tenant: TenantKey, id: DeliveryId, status: DeliveryStatus) -> DeliveryMoved {
        let &Target { webhook, event, attempts, .. } = self;
        DeliveryMoved {
            tenant,
            id,
            webhook,
            event,
            status,
            attempts,
            due_at: None,
            cancel_reason: None,
            attempt: None,
            test: false,
        }
    }
}

/// What is to be known of a delivery.
pub(super) fn target(conn: &Connection, tenant: TenantKey, id: DeliveryId) -> rusqlite::Result<Option<Target>> {
    let mut find = conn.prepare_cached(
        "SELECT d.status, d.webhook, d.event, d.ordering_key, e.type, d.attempts, d.due_at, e.scrubbed_at IS NOT NULL
         FROM deliveries d JOIN events e ON e.key = d.event
         WHERE d.id = ?1 AND d.tenant = ?2",
    )?;
    let found = find.query_row([id.0.number(), tenant.0], |row| {
        Ok(Target {
            status: status_of(row.get(0)?),
            webhook: WebhookKey(Serial::from_number(row.get(1)?)),
            event: EventKey(Serial::from_number(row.get(2)?)),
            ordering_key: rows::ordering_key(row)?,
            event_type: EventType::kept(row.get_ref(4)?.as_str()?),
            attempts: row.get(5)?,
            due_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
            is_scrubbed: row.get(7)?,
        })
    });
    found.optional()
}

/// Makes a new delivery of one that can be repeated; or nothing, if its tenant would be owed more than it may be.
pub(super) fn replay(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    id: DeliveryId,
    own_id: bool,
) -> Result<Told<Kept<Option<Delivery>>>> {
    let found = target(tx.conn, tenant, id).map_err(unavailable)?;
    let Some(target) = found.filter(|target| can_be_repeated(tx, target)) else { return Ok(Told::nothing(Ok(None))) };
    for (kind, asked) in [(QuotaKind::OwedDeliveries, 1), (QuotaKind::EventBytes, ROW_BYTES)] {
        if let Err(reached) = tx.allow(tenant, kind, asked) {
            return Ok(Told::nothing(Err(reached.into())));
        }
    }
    if let Err(refusal) = tx.disk_has_room(tenant)? {
        return Ok(Told::nothing(Err(refusal)));
    }
    let as_what = Repetition { of: Some(id), replay: None, own_id };
    let own = owe_again(tx, tenant, &target, as_what).map_err(unavailable)?;
    tx.note("delivery replayed", id);
    let line = AuditDraft::new(AuditAction::DeliveryReplayed, id, Some(tenant));
    let line = line.after(members(&json!({"delivery": own.to_string()})));
    let made = read::delivery(tx.conn, tenant, own).map_err(unavailable)?;
    tx.told(line, Ok(made))
}

/// What is owed goes anyway, and what a newer version means by its status is not known.
fn can_be_repeated(tx: &Tx<'_>, target: &Target) -> bool {
    let is_finished =
        matches!(target.status, DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Cancelled);
    is_finished && !target.is_scrubbed && tx.ledger.kept(target.webhook).is_some()
}

/// Owes the event to the webhook by a new delivery.
pub(super) fn owe_again(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    target: &Target,
    as_what: Repetition,
) -> rusqlite::Result<DeliveryId> {
    let Target { webhook, event, event_type, ordering_key, .. } = target;
    let id = DeliveryId(tx.take_serial());
    let owed = Owed {
        id,
        webhook: *webhook,
        event: *event,
        attempts: 0,
        failed: 0,
        last_attempt: None,
        ordering_key: ordering_key.clone(),
        own_id: as_what.own_id,
    };
    keep::insert_repetition(tx, tenant, &owed, as_what, BY_REPLAY)?;
    tx.ledger.owes(tenant, *webhook, 1);
    tx.count(tenant, Some(*webhook), Some(event_type), id.0.time()).add(Count::Deliveries, 1);
    tx.ledger.event_bytes(tenant, ROW_BYTES.cast_signed());
    tx.effects.owed.push(owed);
    Ok(id)
}

//! Sending again what has come to its end: new deliveries of the same events, each of which points at the one that it repeats. So
//! what was delivered stays delivered, whatever becomes of its repetition.

use super::{error::unavailable, keep, read, refusal::Kept, rows::BY_REPLAY, transaction::Tx};
use crate::{
    model::{Delivery, DeliveryId, DeliveryStatus, Owed, QuotaKind, ROW_BYTES, TenantKey},
    observe::Count,
    store::Result,
};

/// Makes a new delivery for each of these that can be repeated, in their order; or nothing, if its tenant would be owed more than it
/// may be.
pub(super) fn replay(tx: &mut Tx<'_>, tenant: TenantKey, ids: &[DeliveryId]) -> Result<Kept<Vec<Option<Delivery>>>> {
    let mut repeated = Vec::with_capacity(ids.len());
    for &id in ids {
        let found = read::delivery(tx.conn, tenant, id).map_err(unavailable)?;
        repeated.push(found.filter(|delivery| can_be_repeated(tx, delivery)));
    }
    let count = repeated.iter().flatten().count() as u64;
    for (kind, asked) in [(QuotaKind::OwedDeliveries, count), (QuotaKind::EventBytes, count * ROW_BYTES)] {
        if let Err(reached) = tx.allow(tenant, kind, asked) {
            return Ok(Err(reached.into()));
        }
    }
    if count > 0
        && let Err(refusal) = tx.disk_has_room(tenant)?
    {
        return Ok(Err(refusal));
    }
    let mut made = Vec::with_capacity(ids.len());
    for delivery in repeated {
        made.push(delivery.map(|delivery| repeat(tx, tenant, delivery)).transpose()?.flatten());
    }
    Ok(Ok(made))
}

/// What is owed goes anyway, and what a newer version means by its status is not known.
fn can_be_repeated(tx: &Tx<'_>, delivery: &Delivery) -> bool {
    let is_finished =
        matches!(delivery.status, DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Cancelled);
    is_finished && tx.ledger.kept(delivery.webhook).is_some()
}

fn repeat(tx: &mut Tx<'_>, tenant: TenantKey, repeated: Delivery) -> Result<Option<Delivery>> {
    let Delivery { id, webhook, event, event_type, ordering_key, .. } = repeated;
    let own = DeliveryId(tx.take_serial());
    let owed = Owed { id: own, webhook, event, attempts: 0, failed: 0, last_attempt: None, ordering_key };
    keep::insert_repetition(tx, tenant, &owed, id, BY_REPLAY).map_err(unavailable)?;
    tx.ledger.owes(tenant, webhook, 1);
    tx.count(tenant, Some(webhook), Some(&event_type), own.0.time()).add(Count::Deliveries, 1);
    tx.ledger.event_bytes(tenant, ROW_BYTES.cast_signed());
    tx.effects.owed.push(owed);
    tx.note("delivery replayed", id);
    read::delivery(tx.conn, tenant, own).map_err(unavailable)
}

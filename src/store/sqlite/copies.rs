//! A tenant's copy of a broadcast: an event of its own that names its record, with the deliveries of its webhooks.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    dedup::{find_earlier, own_id, remember, remembered_since},
    error::unavailable,
    fan_out::TenantCopy,
    keep,
    transaction::Tx,
};
use crate::{
    model::{BodyHash, Event},
    store::Result,
};

/// Makes the copy with this data. `body`: the hash of what was published.
pub(super) fn make(tx: &mut Tx<'_>, record: &Event, body: &BodyHash, copy: &TenantCopy, data: Bytes) -> Result<()> {
    let &TenantCopy { key, tenant, fan_out, .. } = copy;
    // The request's key is remembered with the record. To a receiver, two events under one id are one: where the tenant has
    // one under this id, its copy gets its own.
    let id = record.caller_id.as_ref().map(own_id);
    let promised = id.as_ref().is_some_and(|id| tx.promised.has(tenant, id));
    let taken = promised || find_earlier(tx, tenant, remembered_since(tx)?, id.clone().into_iter())?.is_some();
    let caller_id = record.caller_id.clone().filter(|_| !taken);
    let event = Event { key, tenant, caller_id, fan_out, data, ..record.clone() };
    keep::insert_event(tx, &event, Some(record.key)).map_err(unavailable)?;
    if let Some(id) = id.filter(|_| !taken) {
        remember(tx, tenant, &id, key, body).map_err(unavailable)?;
    }
    keep::deliveries(tx, &event, &copy.webhooks)?;
    let event = Arc::new(event);
    tx.effects.events.push(event.clone());
    tx.effects.accepted.push(event);
    Ok(())
}

//! Unfolding: what a list says becomes rows, slice by slice, each in a transaction that forgets the list. So a crash at any
//! moment leaves each delivery either in a list or as a row.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{OptionalExtension, params};

use super::{
    broadcast::COPY_ROWS, copies, error::unavailable, fan_out::FanOut, keep, quantum::Quantum, read, transaction::Tx,
};
use crate::{
    model::{Event, EventKey, Serial, TenantKey},
    store::{Result, StoreError, recent::Recent},
};

/// Unfolds lists in their turn, as many as are one slice. `set_aside` hears why a list cannot be unfolded.
pub(super) fn unfold_slice(
    tx: &mut Tx<'_>,
    recent: &Recent,
    quantum: &Quantum<'_>,
    set_aside: impl Fn(&StoreError),
) -> Result<()> {
    let limits = tx.unfolding.limits;
    let (mut rows, mut bytes) = (0, 0);
    while rows < limits.slice
        && bytes < limits.bytes
        && let Some((tenant, id)) = tx.unfolding.next()
    {
        match tx.alone(|tx| unfold(tx, recent, tenant, id)) {
            Ok((fan_out, copied)) => {
                tx.unfolding.unfolded(tenant, fan_out.webhooks());
                bytes += copied;
                rows += 1 + weight(&fan_out);
            }
            // What is damaged, or meets a defect, does so each time; others must not wait for it. Its row stays, and is looked
            // at again at the next start.
            Err(error @ (StoreError::Corrupt(_) | StoreError::Malformed(_) | StoreError::Panicked)) => {
                let list = id.number();
                tracing::error!(list, %error, "a list of deliveries cannot be unfolded and is set aside; some are not made");
                set_aside(&error);
                let listed = listed(tx, id);
                tx.unfolding.set_aside(tenant, listed.iter().flat_map(FanOut::webhooks));
                // What does not come is not owed.
                listed.iter().for_each(|list| tx.ledger.list(tenant, list, -1));
            }
            Err(error) => return Err(error),
        }
        if quantum.is_over() {
            break;
        }
    }
    Ok(())
}

/// What a list says that cannot be unfolded, if that can be read: its webhooks stand in it no more.
fn listed(tx: &Tx<'_>, id: Serial) -> Option<FanOut> {
    let mut list = tx.conn.prepare_cached("SELECT list FROM fan_outs WHERE id = ?1").ok()?;
    list.query_row([id.number()], |row| Ok(FanOut::from_bytes(row.get_ref(0)?.as_blob()?))).ok()?
}

fn weight(fan_out: &FanOut) -> usize {
    let copies = match fan_out {
        FanOut::Event(_) => 0,
        FanOut::Copies(_, copies) => COPY_ROWS * copies.len(),
    };
    copies + fan_out.webhooks().count()
}

/// Unfolds a list, and says what it was and how many bytes were copied.
fn unfold(tx: &mut Tx<'_>, recent: &Recent, tenant: TenantKey, id: Serial) -> Result<(FanOut, usize)> {
    let damaged = |what: &str| StoreError::Corrupt(what.to_owned());
    let mut take = tx.conn.prepare_cached("SELECT event, list FROM fan_outs WHERE id = ?1").map_err(unavailable)?;
    let found = take
        .query_row([id.number()], |row| {
            Ok((EventKey(Serial::from_number(row.get(0)?)), FanOut::from_bytes(row.get_ref(1)?.as_blob()?)))
        })
        .optional()
        .map_err(unavailable)?;
    let (key, fan_out) = found.ok_or_else(|| damaged("the list is gone"))?;
    let fan_out = fan_out.ok_or_else(|| damaged("the list does not say what it should"))?;
    let event = event(tx, recent, key)?.ok_or_else(|| damaged("its event is gone"))?;
    let mut bytes = 0;
    match &fan_out {
        FanOut::Event(webhooks) => {
            keep::deliveries(tx, &event, webhooks)?;
            tx.effects.events.push(event);
        }
        FanOut::Copies(body, copies) => {
            let data: Option<Vec<Bytes>> = copies.iter().map(|copy| copy.data(&event.data)).collect();
            let data = data.ok_or_else(|| damaged("a copy is none of its record"))?;
            for (copy, data) in copies.iter().zip(data) {
                bytes += data.len();
                copies::make(tx, &event, body, copy, data)?;
            }
        }
    }
    let mut delete = tx.conn.prepare_cached("DELETE FROM fan_outs WHERE id = ?1").map_err(unavailable)?;
    delete.execute(params![id.number()]).map_err(unavailable)?;
    // What it was owed by is rows now.
    tx.ledger.list(tenant, &fan_out, -1);
    Ok((fan_out, bytes))
}

/// From memory if it was committed a moment ago, which is nearly always.
fn event(tx: &Tx<'_>, recent: &Recent, key: EventKey) -> Result<Option<Arc<Event>>> {
    match recent.event(key) {
        Some(event) => Ok(Some(event)),
        None => Ok(read::event(tx.conn, key).map_err(unavailable)?.map(Arc::new)),
    }
}

//! Unfolding: what a list says becomes rows, slice by slice, each in a transaction that forgets the list, or that part of it. So a crash at any
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
    model::{Event, EventKey, Serial, TenantKey, WebhookKey},
    store::{Result, StoreError, recent::Recent},
};

/// What was made of a list.
enum Made {
    /// All of it, with so many bytes of copies.
    All(FanOut, usize),
    /// Deliveries to these webhooks; so many are left in it.
    Part(Vec<WebhookKey>, usize),
}

/// Unfolds lists in their turn, as many as are one slice, or a part of one. `set_aside` hears why a list cannot be unfolded.
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
        match tx.alone(|tx| unfold(tx, recent, tenant, id, limits.slice - rows, quantum)) {
            Ok(Made::All(fan_out, copied)) => {
                tx.unfolding.unfolded(tenant, fan_out.webhooks());
                bytes += copied;
                rows += 1 + weight(&fan_out);
            }
            Ok(Made::Part(made, left)) => {
                tx.unfolding.shortened(tenant, made.iter().copied(), left as u32);
                rows += 1 + made.len();
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

/// Unfolds a list; of one with deliveries of an event so many at most, and no longer than the quantum.
fn unfold(
    tx: &mut Tx<'_>,
    recent: &Recent,
    tenant: TenantKey,
    id: Serial,
    most: usize,
    quantum: &Quantum<'_>,
) -> Result<Made> {
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
            let made = deliveries(tx, &event, webhooks, most, quantum)?;
            tx.effects.events.push(event);
            let (made, left) = webhooks.split_at(made);
            if !left.is_empty() {
                shorten(tx, tenant, id, made, left)?;
                return Ok(Made::Part(made.to_vec(), left.len()));
            }
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
    Ok(Made::All(fan_out, bytes))
}

/// Owes an event to the first of these webhooks, and says to how many: as many as there is time for, and one at least.
fn deliveries(
    tx: &mut Tx<'_>,
    event: &Event,
    webhooks: &[WebhookKey],
    most: usize,
    quantum: &Quantum<'_>,
) -> Result<usize> {
    let mut made = 0;
    for one in webhooks[..webhooks.len().min(most)].chunks(1) {
        keep::deliveries(tx, event, one)?;
        made += 1;
        if quantum.is_over() {
            break;
        }
    }
    Ok(made)
}

/// Writes a list without those of it that were made.
fn shorten(tx: &mut Tx<'_>, tenant: TenantKey, id: Serial, made: &[WebhookKey], left: &[WebhookKey]) -> Result<()> {
    let rest = FanOut::Event(left.to_vec());
    let mut update =
        tx.conn.prepare_cached("UPDATE fan_outs SET deliveries = ?2, list = ?3 WHERE id = ?1").map_err(unavailable)?;
    update.execute(params![id.number(), left.len() as u32, rest.to_bytes()]).map_err(unavailable)?;
    // They are owed by rows now.
    tx.ledger.list(tenant, &FanOut::Event(made.to_vec()), -1);
    Ok(())
}

/// From memory if it was committed a moment ago, which is nearly always.
fn event(tx: &Tx<'_>, recent: &Recent, key: EventKey) -> Result<Option<Arc<Event>>> {
    match recent.event(key) {
        Some(event) => Ok(Some(event)),
        None => Ok(read::event(tx.conn, key).map_err(unavailable)?.map(Arc::new)),
    }
}

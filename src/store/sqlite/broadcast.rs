//! Keeping a broadcast: a record of it, and a copy for each tenant; where these are many, the first of them, and lists of
//! the others.

use super::{
    copies,
    dedup::{Earlier, find_earlier, remembered_ids, remembered_since},
    fan_out::{FanOut, TenantCopy},
    keep,
    refusal::{Kept, Refusal},
    transaction::Tx,
    unfolding::Limits,
};
use crate::{
    model::{BodyHash, Event, EventKey, TenantKey},
    store::{self, Accepted, Broadcast, Clash, Difference, Result, StoreError},
};

/// Rows of a copy besides its deliveries: the event, and its id.
pub(super) const COPY_ROWS: usize = 2;

pub(super) fn broadcast(tx: &mut Tx<'_>, broadcast: Broadcast) -> Result<Kept<Accepted>> {
    let Broadcast { event, is_named, copies } = broadcast;
    let body = event.body_hash();
    match find_earlier(tx, TenantKey::ALL, remembered_since(tx)?, remembered_ids(&event))? {
        Some(earlier) if earlier.says_else(&event) || is_named && earlier.has_another_id(&event) => {
            return Ok(Err(Clash { place: 0, earlier: Some(earlier.key) }.into()));
        }
        Some(Earlier { key, deliveries, .. }) => return Ok(Ok(Accepted::Duplicate { key, deliveries })),
        None => {}
    }
    let deliveries: usize = copies.iter().map(|copy| copy.webhooks.len()).sum();
    if !tx.unfolding.has_room(TenantKey::ALL, deliveries as u64) {
        return Ok(Err(Refusal::NoRoom));
    }
    if let Err(refusal) = tx.disk_has_room(TenantKey::ALL)? {
        return Ok(Err(refusal));
    }
    let record = keep::new_event(tx, TenantKey::ALL, event, deliveries as u32)?;
    let limits = tx.unfolding.limits;
    let (rows, bytes) = (limits.at_once, limits.bytes);
    let mut keeping = Keeping { record: &record, body, limits, rows, bytes, list: Vec::new(), weight: 0 };
    for copy in copies {
        keeping.keep(tx, copy)?;
    }
    keeping.end_list(tx)?;
    Ok(Ok(Accepted::Kept { key: record.key, deliveries: deliveries as u32 }))
}

/// A broadcast being kept.
struct Keeping<'r> {
    record: &'r Event,
    body: BodyHash,
    limits: Limits,
    /// What may still be written at once.
    rows: usize,
    bytes: usize,
    /// The copies of the next list, and how much work it will be, in rows.
    list: Vec<TenantCopy>,
    weight: usize,
}

impl Keeping<'_> {
    fn keep(&mut self, tx: &mut Tx<'_>, copy: store::TenantCopy) -> Result<()> {
        let store::TenantCopy { tenant, difference, webhooks } = copy;
        let key = EventKey(tx.take_serial());
        let bytes = difference.as_ref().map_or(self.record.data.len(), Difference::text_length);
        let rows = COPY_ROWS + webhooks.len();
        let copy = TenantCopy { key, tenant, fan_out: webhooks.len() as u32, webhooks, difference };
        let free = !copy.webhooks.iter().any(|&webhook| tx.unfolding.stands(webhook));
        if free && rows <= self.rows && bytes <= self.bytes {
            (self.rows, self.bytes) = (self.rows - rows, self.bytes - bytes);
            let data = copy.data(&self.record.data);
            let data = data.ok_or_else(|| StoreError::Corrupt("a copy is none of its record".into()))?;
            return copies::make(tx, self.record, &self.body, &copy, data);
        }
        if rows > self.limits.slice || tx.unfolding.has_lists(tenant) {
            return self.list_by_itself(tx, copy);
        }
        // A list is made in one slice.
        let weight = rows + bytes * self.limits.slice / self.limits.bytes;
        if self.weight + weight > self.limits.slice {
            self.end_list(tx)?;
        }
        self.weight += weight;
        self.list.push(copy);
        Ok(())
    }

    /// One that is large, or whose tenant has lists, behind which it comes.
    fn list_by_itself(&self, tx: &mut Tx<'_>, mut copy: TenantCopy) -> Result<()> {
        let (key, tenant) = (copy.key, copy.tenant);
        let others = copy.webhooks.split_off(copy.webhooks.len().min(self.limits.slice));
        keep::list(tx, tenant, self.record.key, &FanOut::Copies(self.body, vec![copy]))?;
        keep::deliveries_later(tx, tenant, key, &others)
    }

    fn end_list(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.weight = 0;
        let list = std::mem::take(&mut self.list);
        if list.is_empty() {
            return Ok(());
        }
        keep::list(tx, TenantKey::ALL, self.record.key, &FanOut::Copies(self.body, list))
    }
}

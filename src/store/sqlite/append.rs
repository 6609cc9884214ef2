//! Keeping events: deduplicate, then one row for the event and one for each delivery; where these are many, the first of
//! them, and lists of the others.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;

use super::{
    broadcast::broadcast,
    dedup::{Earlier, find_earlier, remembered_ids, remembered_since},
    job_queues::JobSize,
    keep, read,
    refusal::{Kept, Refusal},
    store::SqliteStore,
    transaction::Tx,
    unfolding::Limits,
};
use crate::{
    model::{BodyHash, Event, EventKey, NewEvent, QuotaKind, TenantKey, WebhookKey, kept_bytes},
    store::{Accepted, Append, Broadcast, Clash, Difference, Events, Result},
    work::Cost,
};

#[async_trait]
impl Events for SqliteStore {
    async fn append(&self, batch: Append) -> Result<Vec<Accepted>> {
        let bytes = batch.events.iter().map(|(event, webhooks)| event.bytes() + 256 + 16 * webhooks.len()).sum();
        let deliveries: usize = batch.events.iter().map(|(_, webhooks)| webhooks.len()).sum();
        // An event, its ids, and a list where that is needed.
        let rows = 3 * batch.events.len() + deliveries.min(Limits::USUAL.at_once(batch.events.len()));
        let size = JobSize { tenant: batch.tenant, rows, bytes };
        let batch = self.hashed(batch).await?;
        Ok(self.queue(size, |tx| tx.whole(|tx| append(tx, batch))).await??)
    }

    async fn broadcast(&self, batch: Broadcast) -> Result<Accepted> {
        let copies = batch.copies.iter().map(|copy| {
            let own = copy.difference.as_ref().map_or(0, Difference::kept_length);
            own + 256 + 16 * copy.webhooks.len()
        });
        let bytes = batch.event.bytes() + 256 + copies.sum::<usize>();
        let size = JobSize { tenant: TenantKey::ALL, rows: Limits::USUAL.at_once, bytes };
        Ok(self.queue(size, |tx| tx.whole(|tx| broadcast(tx, batch))).await??)
    }

    async fn event(&self, tenant: TenantKey, key: EventKey) -> Result<Option<Arc<Event>>> {
        if let Some(event) = self.recent_event(key) {
            return Ok(Some(event));
        }
        let event = self.read(tenant, move |conn| read::event(conn, key)).await?;
        Ok(event.map(Arc::new))
    }

    fn recent_event(&self, key: EventKey) -> Option<Arc<Event>> {
        self.shared.recent.event(key)
    }
}

/// Hashing a byte. (SHA-256: 0.6 ns where the processor has it.)
const OF_HASHED_BYTE: Cost = 1;

impl SqliteStore {
    /// Events that are known by ids, hashed before it is the writer's turn, in their tenant's.
    async fn hashed(&self, batch: Append) -> Result<Append> {
        let Append { tenant, events } = batch;
        let named = events.iter().filter(|(event, _)| event.is_named());
        let cost = named.map(|(event, _)| OF_HASHED_BYTE * event.bytes() as Cost).sum();
        let hash = move || events.into_iter().map(|(event, webhooks)| (event.hashed(), webhooks)).collect();
        let events = match &self.work {
            Some(work) => work.ask_once(tenant, cost, hash).await?,
            None => hash(),
        };
        Ok(Append { tenant, events })
    }
}

/// Keeps a batch, or nothing of it if one of its events clashes or its tenant would be owed more than it may be.
pub(super) fn append(tx: &mut Tx<'_>, batch: Append) -> Result<Kept<Vec<Accepted>>> {
    let Append { tenant, events } = batch;
    let mut all_earlier = Vec::with_capacity(events.len());
    let (mut named, mut to_keep) = (HashMap::new(), HashSet::new());
    let since = remembered_since(tx)?;
    let (mut deliveries, mut bytes) = (0, 0);
    for (place, (event, webhooks)) in events.iter().enumerate() {
        let among_themselves = events.len() > 1 && clashes(&mut named, event);
        let earlier = find_earlier(tx, tenant, since, remembered_ids(event))?;
        match &earlier {
            Some(earlier) if earlier.says_else(event) || earlier.has_another_id(event) => {
                return Ok(Err(Clash { place, earlier: Some(earlier.key) }.into()));
            }
            None if among_themselves => return Ok(Err(Clash { place, earlier: None }.into())),
            None if events.len() > 1 && repeats(&mut to_keep, event) => {}
            None => {
                deliveries += webhooks.len();
                bytes += kept_bytes(event.bytes(), webhooks.len());
            }
            Some(_) => {}
        }
        all_earlier.push(earlier);
    }
    for (kind, asked) in [(QuotaKind::OwedDeliveries, deliveries as u64), (QuotaKind::EventBytes, bytes)] {
        if let Err(reached) = tx.allow(tenant, kind, asked) {
            return Ok(Err(reached.into()));
        }
    }
    if bytes > 0
        && let Err(refusal) = tx.disk_has_room(tenant)?
    {
        return Ok(Err(refusal));
    }
    let mut room = tx.unfolding.limits.at_once(events.len());
    if (deliveries > room || !tx.unfolding.is_idle()) && !tx.unfolding.has_room(tenant, deliveries as u64) {
        return Ok(Err(Refusal::NoRoom));
    }
    let mut answers = Vec::with_capacity(events.len());
    for ((event, webhooks), earlier) in events.into_iter().zip(all_earlier) {
        let duplicate = match earlier {
            Some(earlier) => Some(earlier),
            // Perhaps it is now, under an id of this batch.
            None => find_earlier(tx, tenant, since, remembered_ids(&event))?,
        };
        answers.push(match duplicate {
            Some(Earlier { key, deliveries, .. }) => Accepted::Duplicate { key, deliveries },
            None => keep(tx, tenant, event, webhooks, &mut room)?,
        });
    }
    Ok(Ok(answers))
}

/// Whether an event that comes before it in its batch has the same id and another content.
fn clashes(named: &mut HashMap<String, BodyHash>, event: &NewEvent) -> bool {
    let mut clash = false;
    for id in remembered_ids(event) {
        let body = event.body_hash();
        clash |= *named.entry(id).or_insert(body) != body;
    }
    clash
}

/// Whether an event that comes before it in its batch, and will be kept, has one of its ids: then it is a duplicate of that, and
/// its own ids are not remembered.
fn repeats(to_keep: &mut HashSet<String>, event: &NewEvent) -> bool {
    let repeats = remembered_ids(event).any(|id| to_keep.contains(&id));
    if !repeats {
        to_keep.extend(remembered_ids(event));
    }
    repeats
}

/// Keeps an event with what it is owed to. `room`: how many deliveries may still be written at once.
fn keep(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    new: NewEvent,
    webhooks: Vec<WebhookKey>,
    room: &mut usize,
) -> Result<Accepted> {
    let fan_out = webhooks.len() as u32;
    let event = keep::new_event(tx, tenant, new, fan_out)?;
    let key = event.key;
    let (at_once, later) = parted(tx, webhooks, *room);
    *room -= at_once.len();
    keep::deliveries(tx, &event, &at_once)?;
    keep::deliveries_later(tx, tenant, key, &later)?;
    if fan_out > 0 {
        tx.effects.events.push(Arc::new(event));
    }
    Ok(Accepted::Kept { key, deliveries: fan_out })
}

/// Those that are owed something at once and those that are owed it later: whoever stands in a list, so that its deliveries
/// keep the order of their events, and whom there is no room for.
fn parted(tx: &Tx<'_>, mut webhooks: Vec<WebhookKey>, room: usize) -> (Vec<WebhookKey>, Vec<WebhookKey>) {
    if tx.unfolding.is_idle() {
        let later = webhooks.split_off(room.min(webhooks.len()));
        return (webhooks, later);
    }
    let mut left = room;
    webhooks.into_iter().partition(|&webhook| {
        let at_once = left > 0 && !tx.unfolding.stands(webhook);
        left -= usize::from(at_once);
        at_once
    })
}

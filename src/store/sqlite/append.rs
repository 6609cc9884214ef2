//! Keeping events: deduplicate, then one row for the event and one for each delivery.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::{error::unavailable, read, store::SqliteStore, transaction::Tx};
use crate::{
    model::{
        BodyHash, CallerId, DeliveryId, Event, EventKey, NewEvent, Owed, Serial, TenantKey, Timestamp, WebhookKey,
    },
    store::{Accepted, Append, Broadcast, Clash, Events, Result, StoreError},
};

#[async_trait]
impl Events for SqliteStore {
    async fn append(&self, batch: Append) -> Result<Vec<Accepted>> {
        let bytes = batch.events.iter().map(|(event, webhooks)| event.data.len() + 256 + 16 * webhooks.len()).sum();
        self.queue(bytes, |tx| tx.whole(|tx| append(tx, batch))).await?.map_err(StoreError::Clash)
    }

    async fn broadcast(&self, broadcast: Broadcast) -> Result<Accepted> {
        let copies = broadcast.copies.iter().map(|(_, event, webhooks)| event.data.len() + 256 + 16 * webhooks.len());
        let bytes = broadcast.event.data.len() + 256 + copies.sum::<usize>();
        self.queue(bytes, |tx| tx.whole(|tx| self::broadcast(tx, broadcast))).await?.map_err(StoreError::Clash)
    }

    async fn event(&self, key: EventKey) -> Result<Option<Arc<Event>>> {
        if let Some(event) = self.recent_event(key) {
            return Ok(Some(event));
        }
        let event = self.read_owed(move |conn| read::event(conn, key)).await?;
        Ok(event.map(Arc::new))
    }

    fn recent_event(&self, key: EventKey) -> Option<Arc<Event>> {
        self.shared.recent.event(key)
    }
}

/// How long an id is remembered.
pub(super) const DEDUPLICATION: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// What can be kept, or why nothing was written. Not an error of the store's, which would end the whole group.
pub(super) type Kept<T> = std::result::Result<T, Clash>;

/// Keeps a batch, or nothing of it if one of its events clashes.
pub(super) fn append(tx: &mut Tx<'_>, batch: Append) -> Result<Kept<Vec<Accepted>>> {
    let mut all_earlier = Vec::with_capacity(batch.events.len());
    let mut named = HashMap::new();
    for (place, (event, _)) in batch.events.iter().enumerate() {
        let among_themselves = batch.events.len() > 1 && clashes(&mut named, event);
        let earlier = find_earlier(tx, batch.tenant, event)?;
        match &earlier {
            Some(Earlier { key, same: false, .. }) => return Ok(Err(Clash { place, earlier: Some(*key) })),
            None if among_themselves => return Ok(Err(Clash { place, earlier: None })),
            _ => all_earlier.push(earlier),
        }
    }
    let mut answers = Vec::with_capacity(batch.events.len());
    for ((event, webhooks), earlier) in batch.events.into_iter().zip(all_earlier) {
        let duplicate = match earlier {
            Some(earlier) => Some(earlier),
            // Two events of one batch can have the same id, too.
            None => find_earlier(tx, batch.tenant, &event)?,
        };
        answers.push(match duplicate {
            Some(Earlier { key, deliveries, .. }) => Accepted::Duplicate { key, deliveries },
            None => keep(tx, batch.tenant, event, &webhooks, None)?,
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

/// The ids under which an event is remembered: its own, and the request's. One name space each.
fn remembered_ids(event: &NewEvent) -> impl Iterator<Item = String> + '_ {
    let own = event.caller_id.as_ref().map(|id: &CallerId| format!("e {id}"));
    let request = event.idempotency_key.as_ref().map(|key| format!("k {key}"));
    own.into_iter().chain(request)
}

/// An event that was kept under one of the ids.
struct Earlier {
    key: EventKey,
    deliveries: u32,
    /// Whether its content is the same.
    same: bool,
}

fn find_earlier(tx: &Tx<'_>, tenant: TenantKey, event: &NewEvent) -> Result<Option<Earlier>> {
    let still = Serial::at(tx.now - DEDUPLICATION);
    for id in remembered_ids(event) {
        let mut find = tx
            .conn
            .prepare_cached(
                "SELECT s.event, s.body, coalesce(e.fan_out, 0) FROM dedup s LEFT JOIN events e ON e.key = s.event
                 WHERE s.tenant = ?1 AND s.id = ?2 AND s.event >= ?3",
            )
            .map_err(unavailable)?;
        let found = find
            .query_row(params![tenant.0, id, still.number()], |row| {
                Ok((EventKey(Serial::from_number(row.get(0)?)), BodyHash(row.get(1)?), row.get::<_, u32>(2)?))
            })
            .optional()
            .map_err(unavailable)?;
        if let Some((key, body, deliveries)) = found {
            return Ok(Some(Earlier { key, deliveries, same: body == event.body_hash() }));
        }
    }
    Ok(None)
}

/// Keeps a broadcast: a record of it, and a copy for each tenant, which names its record.
pub(super) fn broadcast(tx: &mut Tx<'_>, broadcast: Broadcast) -> Result<Kept<Accepted>> {
    let Broadcast { event, copies } = broadcast;
    match find_earlier(tx, TenantKey::ALL, &event)? {
        Some(Earlier { key, same: true, .. }) => {
            let deliveries = deliveries_of_copies(tx, key).map_err(unavailable)?;
            return Ok(Ok(Accepted::Duplicate { key, deliveries }));
        }
        Some(Earlier { key, .. }) => return Ok(Err(Clash { place: 0, earlier: Some(key) })),
        None => {}
    }
    let deliveries = copies.iter().map(|(_, _, webhooks)| webhooks.len() as u32).sum();
    // The record is an event of nobody, and lasts as long as its copies.
    let key = kept(tx, TenantKey::ALL, event, deliveries, None)?.key;
    for (tenant, mut event, webhooks) in copies {
        // The request is remembered with the record.
        event.idempotency_key = None;
        // To a receiver, two events under one id are one. Where the tenant has one under this id, its copy gets its own.
        if find_earlier(tx, tenant, &event)?.is_some() {
            event.caller_id = None;
        }
        keep(tx, tenant, event, &webhooks, Some(key))?;
    }
    Ok(Ok(Accepted::Kept { key, deliveries }))
}

/// Those of a broadcast that are left.
fn deliveries_of_copies(tx: &Tx<'_>, record: EventKey) -> rusqlite::Result<u32> {
    let mut count = tx.conn.prepare_cached(
        "SELECT count(*) FROM events copy INDEXED BY events_by_broadcast JOIN deliveries d ON d.event = copy.key
         WHERE copy.broadcast = ?1",
    )?;
    count.query_row([record.0.number()], |row| row.get(0))
}

/// `broadcast`: the record of which the event is a copy.
fn keep(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    new: NewEvent,
    webhooks: &[WebhookKey],
    broadcast: Option<EventKey>,
) -> Result<Accepted> {
    let fan_out = webhooks.len() as u32;
    let event = kept(tx, tenant, new, fan_out, broadcast)?;
    let key = event.key;
    for &webhook in webhooks {
        let owed = Owed {
            id: DeliveryId(tx.take_serial()),
            webhook,
            event: key,
            attempts: 0,
            failed: 0,
            last_attempt: None,
            ordering_key: event.ordering_key.clone(),
        };
        insert_delivery(tx, tenant, &owed).map_err(unavailable)?;
        tx.effects.owed.push(owed);
    }
    if fan_out > 0 {
        tx.effects.events.push(Arc::new(event));
    }
    Ok(Accepted::Kept { key, deliveries: fan_out })
}

/// Writes an event, and remembers its ids.
fn kept(tx: &mut Tx<'_>, tenant: TenantKey, new: NewEvent, fan_out: u32, broadcast: Option<EventKey>) -> Result<Event> {
    let key = EventKey(tx.take_serial());
    let body = (new.caller_id.is_some() || new.idempotency_key.is_some()).then(|| new.body_hash());
    let ids: Vec<String> = remembered_ids(&new).collect();
    let event = Event {
        key,
        tenant,
        caller_id: new.caller_id,
        event_type: new.event_type,
        timestamp: new.timestamp.unwrap_or(tx.now),
        version: new.version,
        ordering_key: new.ordering_key,
        correlation_id: new.correlation_id,
        traceparent: new.traceparent,
        data: new.data,
        fan_out,
    };
    insert_event(tx, &event, broadcast).map_err(unavailable)?;
    if let Some(BodyHash(body)) = body {
        for id in ids {
            remember(tx, tenant, &id, key, &body).map_err(unavailable)?;
        }
    }
    Ok(event)
}

fn insert_event(tx: &Tx<'_>, event: &Event, broadcast: Option<EventKey>) -> rusqlite::Result<()> {
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO events (key, tenant, type, timestamp, fan_out, caller_id, version, ordering_key, data,
             correlation_id, traceparent, broadcast)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    insert.execute(params![
        event.key.0.number(),
        event.tenant.0,
        event.event_type.as_str(),
        event.timestamp.millis(),
        event.fan_out,
        event.caller_id.as_ref().map(|id| id.as_str()),
        event.version,
        event.ordering_key.as_ref().map(|key| key.as_str()),
        &event.data[..],
        event.correlation_id.as_ref().map(|id| id.as_str()),
        event.traceparent.as_ref().map(|trace| trace.as_str()),
        broadcast.map(|record| record.0.number()),
    ])?;
    Ok(())
}

fn insert_delivery(tx: &Tx<'_>, tenant: TenantKey, owed: &Owed) -> rusqlite::Result<()> {
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO deliveries (id, webhook, event, tenant, status, attempts, failed, ordering_key)
         VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5)",
    )?;
    let ordering_key = owed.ordering_key.as_ref().map(|key| key.as_str());
    insert.execute(params![
        owed.id.0.number(),
        owed.webhook.0.number(),
        owed.event.0.number(),
        tenant.0,
        ordering_key
    ])?;
    Ok(())
}

/// An id whose 24 hours are over is taken over by its new event.
fn remember(tx: &Tx<'_>, tenant: TenantKey, id: &str, event: EventKey, body: &[u8; 16]) -> rusqlite::Result<()> {
    let mut insert =
        tx.conn.prepare_cached("INSERT OR REPLACE INTO dedup (tenant, id, event, body) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![tenant.0, id, event.0.number(), body])?;
    Ok(())
}

/// Forgets ids whose time is over; rows are in order of time.
pub(super) fn forget_ids(tx: &Tx<'_>, now: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let before = Serial::at(now - DEDUPLICATION);
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM dedup WHERE rowid IN (SELECT rowid FROM dedup ORDER BY rowid LIMIT ?2) AND event < ?1",
    )?;
    delete.execute(params![before.number(), limit as i64])
}

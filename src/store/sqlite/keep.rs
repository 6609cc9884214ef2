//! Writing an event, the deliveries it causes, and the lists of those that it causes later.

use rusqlite::params;

use super::{
    dedup::{remember, remembered_ids},
    error::unavailable,
    fan_out::FanOut,
    transaction::Tx,
};
use crate::{
    model::{DeliveryId, Event, EventKey, NewEvent, Owed, ReplayId, TenantKey, WebhookKey, kept_bytes},
    observe::Count,
    store::Result,
};

/// Writes a published event, and remembers its ids. A broadcast's record is an event of nobody ([`TenantKey::ALL`]).
pub(super) fn new_event(tx: &mut Tx<'_>, tenant: TenantKey, new: NewEvent, fan_out: u32) -> Result<Event> {
    let key = EventKey(tx.take_serial());
    let body = new.is_named().then(|| new.body_hash());
    let ids: Vec<String> = remembered_ids(&new).collect();
    let event = Event {
        key,
        tenant,
        caller_id: new.caller_id,
        event_type: new.event_type,
        timestamp: new.timestamp.unwrap_or(tx.now),
        version: new.version,
        ordering_key: new.ordering_key.or(new.alert_key),
        correlation_id: new.correlation_id,
        traceparent: new.traceparent,
        source: new.source,
        metadata: new.metadata,
        data: new.data,
        fan_out,
        test: false,
        scrubbed_at: None,
    };
    insert_event(tx, &event, None).map_err(unavailable)?;
    if let Some(body) = body {
        for id in ids {
            remember(tx, tenant, &id, key, &body).map_err(unavailable)?;
        }
    }
    Ok(event)
}

/// `broadcast`: the record of which the event is a copy.
pub(super) fn insert_event(tx: &mut Tx<'_>, event: &Event, broadcast: Option<EventKey>) -> rusqlite::Result<()> {
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO events (key, tenant, type, timestamp, fan_out, caller_id, version, ordering_key, data,
             correlation_id, traceparent, broadcast, source, metadata, made_for_test)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
        event.source.as_ref().map(|source| source.as_str()),
        event.metadata.as_ref().map(|metadata| metadata.as_json()),
        event.test.then_some(1),
    ])?;
    tx.ledger.event_bytes(event.tenant, kept_bytes(event.bytes(), event.fan_out as usize).cast_signed());
    // A broadcast's record is nobody's; its copies are counted. What was made for a test was not published.
    if event.tenant != TenantKey::ALL && !event.test {
        let counted = tx.count(event.tenant, None, Some(&event.event_type), event.key.0.time());
        counted.add(Count::Events, 1);
        counted.add(Count::EventBytes, event.data.len() as u64);
    }
    Ok(())
}

/// Owes an event to these webhooks.
pub(super) fn deliveries(tx: &mut Tx<'_>, event: &Event, webhooks: &[WebhookKey]) -> Result<()> {
    for &webhook in webhooks {
        let owed = Owed {
            id: DeliveryId(tx.take_serial()),
            webhook,
            event: event.key,
            attempts: 0,
            failed: 0,
            last_attempt: None,
            ordering_key: event.ordering_key.clone(),
            own_id: false,
        };
        insert_delivery(tx, event.tenant, &owed).map_err(unavailable)?;
        tx.ledger.owes(event.tenant, webhook, 1);
        tx.count(event.tenant, Some(webhook), Some(&event.event_type), owed.id.0.time()).add(Count::Deliveries, 1);
        tx.effects.owed.push(owed);
    }
    Ok(())
}

/// As one that is owed, and was not tried yet.
pub(super) fn insert_delivery(tx: &Tx<'_>, tenant: TenantKey, owed: &Owed) -> rusqlite::Result<()> {
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

/// What a delivery is made for that repeats another one, or an event.
#[derive(Clone, Copy)]
pub(super) struct Repetition {
    /// The delivery that it repeats.
    pub of: Option<DeliveryId>,
    /// The replay that makes it.
    pub replay: Option<ReplayId>,
    /// Whether it is sent under its own id.
    pub own_id: bool,
}

/// A delivery that repeats another, or is of an event from before.
pub(super) fn insert_repetition(
    tx: &Tx<'_>,
    tenant: TenantKey,
    owed: &Owed,
    as_what: Repetition,
    triggered_by: u8,
) -> rusqlite::Result<()> {
    insert_delivery(tx, tenant, owed)?;
    let mut mark = tx.conn.prepare_cached(
        "UPDATE deliveries SET repeats = ?2, replay = ?3, own_id = ?4, triggered_by = ?5 WHERE id = ?1",
    )?;
    let Repetition { of, replay, own_id } = as_what;
    mark.execute(params![
        owed.id.0.number(),
        of.map(|id| id.0.number()),
        replay.map(|id| id.0.number()),
        own_id.then_some(true),
        triggered_by
    ])?;
    Ok(())
}

/// Owes an event to these webhooks, behind what is owed to them already: kept in lists.
pub(super) fn deliveries_later(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    event: EventKey,
    webhooks: &[WebhookKey],
) -> Result<()> {
    for part in webhooks.chunks(tx.unfolding.limits.list) {
        list(tx, tenant, event, &FanOut::Event(part.to_vec()))?;
    }
    Ok(())
}

/// Keeps a list that unfolds when it is its turn among those of the tenant. `event`: the event or the broadcast's record.
pub(super) fn list(tx: &mut Tx<'_>, tenant: TenantKey, event: EventKey, fan_out: &FanOut) -> Result<()> {
    let id = tx.take_serial();
    let deliveries = fan_out.webhooks().count() as u32;
    let insert = || {
        let mut insert = tx
            .conn
            .prepare_cached("INSERT INTO fan_outs (id, event, tenant, deliveries, list) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        insert.execute(params![id.number(), event.0.number(), tenant.0, deliveries, fan_out.to_bytes()])
    };
    insert().map_err(unavailable)?;
    tx.unfolding.enter(tenant, id, deliveries, fan_out.webhooks());
    tx.ledger.list(tenant, fan_out, 1);
    Ok(())
}

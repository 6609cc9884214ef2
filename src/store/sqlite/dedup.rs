//! The ids under which events are known for 24 hours: their own, and their requests'.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::{clock::given_out_before, error::unavailable, transaction::Tx};
use crate::{
    model::{BodyHash, CallerId, EventKey, NewEvent, Serial, TenantKey, Timestamp},
    store::Result,
};

/// How long an id is remembered.
pub(super) const DEDUPLICATION: Duration = Duration::from_secs(24 * 3600);

/// The ids under which an event is remembered: its own, and the request's. One name space each, and one more for our own notices, whose ids
/// follow from what they tell: in one that callers can write in, whoever foretells such an id would keep its notice from being told.
pub(super) fn remembered_ids(event: &NewEvent) -> impl Iterator<Item = String> + '_ {
    let of_request = if event.event_type.is_reserved() { 'n' } else { 'k' };
    let own = event.caller_id.as_ref().map(own_id);
    let request = event.idempotency_key.as_ref().map(move |key| format!("{of_request} {key}"));
    own.into_iter().chain(request)
}

/// How an event's own id is remembered.
pub(super) fn own_id(id: &CallerId) -> String {
    format!("e {id}")
}

/// An event that was kept under one of the ids.
pub(super) struct Earlier {
    pub key: EventKey,
    pub deliveries: u32,
    pub body: BodyHash,
    /// Its own id, if it has one and is still there.
    pub caller_id: Option<String>,
}

impl Earlier {
    /// Whether it says something else than this one.
    pub fn says_else(&self, event: &NewEvent) -> bool {
        self.body != event.body_hash()
    }

    /// Whether it has another id than this one, when it was found by the request's.
    pub fn has_another_id(&self, event: &NewEvent) -> bool {
        let ids = self.caller_id.as_ref().zip(event.caller_id.as_ref());
        ids.is_some_and(|(earlier, id)| earlier != id.as_str())
    }
}

/// Events from this serial on are known by their ids now.
pub(super) fn remembered_since(tx: &Tx<'_>) -> Result<Serial> {
    given_out_before(tx.conn, tx.now - DEDUPLICATION).map_err(unavailable)
}

/// The event that was kept under one of these ids, from a serial on.
pub(super) fn find_earlier(
    tx: &Tx<'_>,
    tenant: TenantKey,
    since: Serial,
    ids: impl Iterator<Item = String>,
) -> Result<Option<Earlier>> {
    for id in ids {
        let mut find = tx
            .conn
            .prepare_cached(
                "SELECT s.event, s.body, coalesce(e.fan_out, 0), e.caller_id FROM dedup s LEFT JOIN events e ON e.key = s.event
                 WHERE s.tenant = ?1 AND s.id = ?2 AND s.event >= ?3",
            )
            .map_err(unavailable)?;
        let found = find
            .query_row(params![tenant.0, id, since.number()], |row| {
                let key = EventKey(Serial::from_number(row.get(0)?));
                Ok(Earlier { key, body: BodyHash(row.get(1)?), deliveries: row.get(2)?, caller_id: row.get(3)? })
            })
            .optional()
            .map_err(unavailable)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// An id whose 24 hours are over is taken over by its new event.
pub(super) fn remember(
    tx: &Tx<'_>,
    tenant: TenantKey,
    id: &str,
    event: EventKey,
    body: &BodyHash,
) -> rusqlite::Result<()> {
    let mut insert =
        tx.conn.prepare_cached("INSERT OR REPLACE INTO dedup (tenant, id, event, body) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![tenant.0, id, event.0.number(), body.0])?;
    Ok(())
}

/// Forgets ids whose time is over; rows are nearly in order of time.
pub(super) fn forget_ids(tx: &Tx<'_>, now: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let before = given_out_before(tx.conn, now - DEDUPLICATION)?;
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM dedup WHERE rowid IN (SELECT rowid FROM dedup ORDER BY rowid LIMIT ?2) AND event < ?1",
    )?;
    delete.execute(params![before.number(), limit as i64])
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{EventType, IdempotencyKey};

    #[test]
    fn nobody_takes_the_id_of_a_notice() {
        let id = "key-created-key_0000000000007-1";
        let ids = |event_type: &str| {
            let event = NewEvent::new(EventType::kept(event_type), Bytes::new());
            let key = Some(IdempotencyKey::kept(id));
            remembered_ids(&NewEvent { caller_id: Some(CallerId::kept(id)), idempotency_key: key, ..event })
                .collect::<Vec<_>>()
        };
        let notice = NewEvent {
            idempotency_key: Some(IdempotencyKey::kept(id)),
            ..NewEvent::new(EventType::kept("lanehook.key.created"), Bytes::new())
        };
        let callers = ids("key.created");
        for id in remembered_ids(&notice) {
            assert!(!callers.contains(&id), "{id} of {callers:?}");
        }
    }
}

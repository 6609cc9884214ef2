//! What the API shows, read from disk: events, deliveries, attempts, counters.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use rusqlite::{Connection, MAIN_DB, OptionalExtension, blob::Blob, params};

use super::{
    forms::Forms,
    rows::{self, DELIVERY_COLUMNS, EVENT_COLUMNS, LAST_STATUS, status_code},
    search,
    store::SqliteStore,
};
use crate::{
    model::{
        Attempt, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, EventType, Serial, TenantKey, Timestamp,
        WebhookId, WebhookKey,
    },
    store::{ANSWER_BYTES, DeliveryQuery, DeliveryTo, EventQuery, History, NamedEvent, Result},
    webhook::Counters,
};

#[async_trait]
impl History for SqliteStore {
    async fn find_event(&self, tenant: TenantKey, public_id: &str) -> Result<Option<Event>> {
        let id = public_id.to_owned();
        self.read(tenant, move |conn| find_event(conn, tenant, &id)).await
    }

    async fn events(&self, tenant: TenantKey, query: EventQuery) -> Result<Vec<Event>> {
        self.read(tenant, move |conn| events(conn, tenant, &query)).await
    }

    async fn delivery(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        let forms = self.shared.forms.clone();
        self.read(tenant, move |conn| delivery_with_attempts(conn, tenant, id, &forms)).await
    }

    async fn deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Vec<Delivery>> {
        self.read(tenant, move |conn| deliveries(conn, tenant, &query)).await
    }

    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>> {
        self.read(tenant, move |conn| events_of(conn, tenant, &deliveries)).await
    }

    async fn deliveries_of(&self, event: &Event, before: Option<DeliveryId>, limit: usize) -> Result<Vec<Delivery>> {
        let key = event.key;
        self.read(event.tenant, move |conn| deliveries_of(conn, key, before, limit)).await
    }

    async fn deliveries_to(&self, event: &Event, webhooks: Vec<WebhookKey>) -> Result<Vec<DeliveryTo>> {
        let key = event.key;
        self.read(event.tenant, move |conn| search::deliveries_to(conn, key, &webhooks)).await
    }

    async fn events_named(&self, tenant: TenantKey, start: &str, limit: usize) -> Result<Vec<NamedEvent>> {
        let start = start.to_owned();
        self.read(tenant, move |conn| search::events_named(conn, tenant, &start, limit)).await
    }

    async fn deleted_webhooks(&self, tenant: TenantKey, limit: usize) -> Result<Vec<(WebhookKey, WebhookId)>> {
        self.read(tenant, move |conn| search::deleted_webhooks(conn, tenant, limit)).await
    }

    async fn deliveries_to_come(&self, tenant: TenantKey, events: Vec<EventKey>) -> Result<Vec<u64>> {
        if self.shared.unfolding.load(Ordering::Acquire) == 0 {
            return Ok(vec![0; events.len()]);
        }
        self.read(tenant, move |conn| to_come(conn, &events)).await
    }
}

/// The greatest serial in the file.
pub(super) fn last_serial(conn: &Connection) -> rusqlite::Result<Serial> {
    conn.query_row(
        "SELECT max(coalesce((SELECT max(key) FROM events), 0), coalesce((SELECT max(id) FROM deliveries), 0),
                    coalesce((SELECT max(id) FROM attempts), 0), coalesce((SELECT max(key) FROM webhooks), 0),
                    coalesce((SELECT max(id) FROM api_keys), 0), coalesce((SELECT max(key) FROM tenants), 0),
                    coalesce((SELECT max(id) FROM fan_outs), 0), coalesce((SELECT max(serial) FROM clock_marks), 0))",
        [],
        |row| row.get(0).map(Serial::from_number),
    )
}

/// The type of an event, if it is still there.
pub(super) fn event_type(conn: &Connection, key: EventKey) -> rusqlite::Result<Option<EventType>> {
    let mut find = conn.prepare_cached("SELECT type FROM events WHERE key = ?1")?;
    find.query_row([key.0.number()], |row| Ok(EventType::kept(row.get_ref(0)?.as_str()?))).optional()
}

pub(super) fn event(conn: &Connection, key: EventKey) -> rusqlite::Result<Option<Event>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {EVENT_COLUMNS} FROM events e WHERE e.key = ?1"))?;
    statement.query_row([key.0.number()], rows::event).optional()
}

pub(super) fn find_event(conn: &Connection, tenant: TenantKey, public_id: &str) -> rusqlite::Result<Option<Event>> {
    let mut by_caller_id = conn.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS} FROM events e INDEXED BY events_by_caller_id
         WHERE e.tenant = ?1 AND e.caller_id = ?2 ORDER BY e.key DESC LIMIT 1"
    ))?;
    let found = by_caller_id.query_row(params![tenant.0, public_id], rows::event).optional()?;
    match (found, EventKey::parse(public_id)) {
        (None, Some(key)) => {
            let found = event(conn, key)?;
            Ok(found.filter(|event| event.tenant == tenant && event.caller_id.is_none()))
        }
        (found, _) => Ok(found),
    }
}

/// The serials that a page can hold: after the first, before the second.
fn range(from: Option<Timestamp>, to: Option<Timestamp>, before: Option<Serial>) -> (i64, i64) {
    let first = from.map_or(0, |time| Serial::at(time).number());
    let end = to.map_or(i64::MAX, |time| Serial::at(time).number());
    (first, end.min(before.map_or(i64::MAX, |serial| serial.number())))
}

pub(super) fn events(conn: &Connection, tenant: TenantKey, query: &EventQuery) -> rusqlite::Result<Vec<Event>> {
    let (first, end) = range(query.from, query.to, query.before.map(|key| key.0));
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS} FROM events e INDEXED BY events_by_tenant
         WHERE e.tenant = ?1 AND e.key >= ?2 AND e.key < ?3 AND (?4 IS NULL OR e.type = ?4)
         ORDER BY e.key DESC LIMIT ?5"
    ))?;
    let event_type = query.event_type.as_ref().map(|name| name.as_str());
    let mut rows = statement.query(params![tenant.0, first, end, event_type, query.limit as i64])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let event = rows::event(row)?;
        bytes += event.bytes();
        found.push(event);
        if query.bytes.is_some_and(|most| bytes > most) && found.len() > 1 {
            break;
        }
    }
    Ok(found)
}

const JOINS: &str = "JOIN events e ON e.key = d.event JOIN webhooks w ON w.key = d.webhook \
     LEFT JOIN attempts a ON a.id = d.last_attempt";

pub(super) fn delivery(conn: &Connection, tenant: TenantKey, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d {JOINS} WHERE d.id = ?1 AND d.tenant = ?2"
    ))?;
    let mut found = statement.query_row(params![id.0.number(), tenant.0], rows::delivery).optional()?;
    read_long_data(conn, found.as_mut_slice())?;
    Ok(found)
}

/// Reads the beginning of what was left out as too long: of each only the pages that it is on.
fn read_long_data(conn: &Connection, deliveries: &mut [Delivery]) -> rusqlite::Result<()> {
    let mut reader: Option<Blob<'_>> = None;
    for delivery in deliveries.iter_mut().filter(|delivery| delivery.data.is_empty()) {
        let event = delivery.event.0.number();
        let opened = match &mut reader {
            Some(reader) => reader.reopen(event),
            None => conn.blob_open(MAIN_DB, "events", "data", event, true).map(|opened| reader = Some(opened)),
        };
        match (opened, &reader) {
            (Ok(()), Some(reader)) => {
                let mut start = vec![0; reader.len().min(Delivery::SHOWN_DATA)];
                reader.read_at_exact(&mut start, 0)?;
                delivery.data = start.into();
            }
            // Retention was faster.
            _ => reader = None,
        }
    }
    Ok(())
}

pub(super) fn delivery_with_attempts(
    conn: &Connection,
    tenant: TenantKey,
    id: DeliveryId,
    forms: &Forms,
) -> rusqlite::Result<Option<(Delivery, Vec<Attempt>)>> {
    let Some(delivery) = delivery(conn, tenant, id)? else { return Ok(None) };
    let mut statement = conn.prepare_cached(
        "WITH RECURSIVE chain (id) AS (
             SELECT last_attempt FROM deliveries WHERE id = ?1
             UNION ALL SELECT a.previous FROM chain JOIN attempts a ON a.id = chain.id LIMIT 1000)
         SELECT a.* FROM chain CROSS JOIN attempts a ON a.id = chain.id",
    )?;
    // The chain is walked from the last attempt to the first, so the newest have the room.
    let mut room = ANSWER_BYTES;
    let rows = statement.query_map([id.0.number()], |row| rows::attempt(row, &mut room, forms))?;
    let mut attempts: Vec<Attempt> = rows.collect::<rusqlite::Result<_>>()?;
    attempts.sort_unstable_by_key(|attempt| attempt.id);
    Ok(Some((delivery, attempts)))
}

pub(super) fn events_of(
    conn: &Connection,
    tenant: TenantKey,
    deliveries: &[DeliveryId],
) -> rusqlite::Result<Vec<(DeliveryId, Event)>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS} FROM deliveries d JOIN events e ON e.key = d.event WHERE d.id = ?1 AND d.tenant = ?2"
    ))?;
    let mut found = Vec::with_capacity(deliveries.len());
    for &delivery in deliveries {
        let event = statement.query_row(params![delivery.0.number(), tenant.0], rows::event).optional()?;
        found.extend(event.map(|event| (delivery, event)));
    }
    Ok(found)
}

pub(super) fn deliveries_of(
    conn: &Connection,
    event: EventKey,
    before: Option<DeliveryId>,
    limit: usize,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY deliveries_by_event {JOINS}
         WHERE d.event = ?1 AND d.id < ?2 ORDER BY d.id DESC LIMIT ?3"
    ))?;
    let (_, end) = range(None, None, before.map(|id| id.0));
    listed(conn, statement.query_map(params![event.0.number(), end, limit as i64], rows::delivery)?)
}

fn to_come(conn: &Connection, events: &[EventKey]) -> rusqlite::Result<Vec<u64>> {
    let mut count = conn.prepare_cached(
        "SELECT coalesce(sum(deliveries), 0) FROM fan_outs INDEXED BY fan_outs_by_event WHERE event = ?1",
    )?;
    let count =
        |event: &EventKey| count.query_row([event.0.number()], |row| row.get::<_, i64>(0).map(i64::unsigned_abs));
    events.iter().map(count).collect()
}

/// The same of a query for deliveries.
fn range_of(query: &DeliveryQuery) -> (i64, i64) {
    let (first, end) = range(query.from, query.to, query.before.map(|id| id.0));
    (first.max(query.since.map_or(0, |id| id.0.number())), end)
}

/// Of whom an index yields the deliveries in one status, newest first.
#[derive(Clone, Copy)]
enum Whose {
    Webhook(WebhookKey),
    Tenant(TenantKey),
}

impl Whose {
    /// The index, its first column, and the value of that.
    fn indexed(self) -> (&'static str, &'static str, i64) {
        match self {
            Whose::Webhook(webhook) => ("deliveries_by_state", "webhook", webhook.0.number()),
            Whose::Tenant(tenant) => ("deliveries_by_tenant", "tenant", tenant.0),
        }
    }
}

/// The most statuses of newer versions in which deliveries are listed.
const MOST_UNKNOWN: usize = 16;

/// The codes of deliveries whose status this version does not know: mostly one look-up that finds none.
fn unknown_codes(conn: &Connection, whose: Whose) -> rusqlite::Result<Vec<i64>> {
    let (index, column, key) = whose.indexed();
    let mut next = conn.prepare_cached(&format!(
        "SELECT min(status) FROM deliveries INDEXED BY {index} WHERE {column} = ?1 AND status > ?2"
    ))?;
    let mut found: Vec<i64> = Vec::new();
    while found.len() < MOST_UNKNOWN {
        let last = found.last().copied().unwrap_or(LAST_STATUS);
        match next.query_row([key, last], |row| row.get(0))? {
            Some(code) => found.push(code),
            None => break,
        }
    }
    Ok(found)
}

/// The most deleted webhooks of one id that a page looks at.
const MOST_DELETED: i64 = 100;

/// The webhook of this id, and those that had it before and were deleted, newest first. What was made behind the end of the page has
/// nothing on it.
fn named(conn: &Connection, query: &DeliveryQuery, tenant: TenantKey, id: &WebhookId) -> rusqlite::Result<Vec<Whose>> {
    let mut find = conn.prepare_cached(
        "SELECT key FROM webhooks INDEXED BY webhooks_by_id WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL
         UNION ALL
         SELECT key FROM (
             SELECT key FROM webhooks INDEXED BY webhooks_deleted_by_id
             WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NOT NULL AND key < ?3 ORDER BY key DESC LIMIT ?4)",
    )?;
    let (_, end) = range(None, query.to, query.before.map(|id| id.0));
    let key = |row: &rusqlite::Row<'_>| Ok(Whose::Webhook(WebhookKey(Serial::from_number(row.get(0)?))));
    find.query_map(params![tenant.0, id.as_str(), end, MOST_DELETED], key)?.collect()
}

/// A page costs its own length and a look-up for each status, of a webhook's id also for each that had it, however many webhooks
/// and deliveries there are.
pub(super) fn deliveries(
    conn: &Connection,
    tenant: TenantKey,
    query: &DeliveryQuery,
) -> rusqlite::Result<Vec<Delivery>> {
    if let Some(id) = &query.event {
        let event = find_event(conn, tenant, id)?;
        return event.map_or(Ok(Vec::new()), |event| of_event(conn, event.key, query));
    }
    let all = match &query.webhook {
        None => vec![Whose::Tenant(tenant)],
        Some(id) => named(conn, query, tenant, id)?,
    };
    let mut found = Newest { query, tenant, found: Vec::new() };
    for whose in all {
        let asked = |status| query.status.is_none_or(|asked| asked == status);
        let mut codes: Vec<i64> = STATUSES.into_iter().filter(|&status| asked(status)).map(status_code).collect();
        if asked(DeliveryStatus::Unknown) {
            codes.extend(unknown_codes(conn, whose)?);
        }
        found.add(conn, whose, &codes)?;
    }
    read_long_data(conn, &mut found.found)?;
    Ok(found.found)
}

fn listed(
    conn: &Connection,
    rows: impl Iterator<Item = rusqlite::Result<Delivery>>,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    read_long_data(conn, &mut found)?;
    Ok(found)
}

/// The deliveries of an event that a query asks for.
fn of_event(conn: &Connection, event: EventKey, query: &DeliveryQuery) -> rusqlite::Result<Vec<Delivery>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY deliveries_by_event {JOINS}
         WHERE d.event = ?1 AND d.id >= ?2 AND d.id < ?3 AND (?4 IS NULL OR e.type = ?4) AND (?5 IS NULL OR w.id = ?5)
         AND (?6 IS NULL OR iif(d.status <= {LAST_STATUS}, d.status, -1) = ?6)
         ORDER BY d.id DESC LIMIT ?7"
    ))?;
    let (first, end) = range_of(query);
    let event_type = query.event_type.as_ref().map(|name| name.as_str());
    let webhook = query.webhook.as_ref().map(|id| id.as_str());
    let status = query.status.map(status_code);
    let parameters = params![event.0.number(), first, end, event_type, webhook, status, query.limit as i64];
    listed(conn, statement.query_map(parameters, rows::delivery)?)
}

/// Those in one status, within bounds.
pub(super) fn in_status(index: &str, column: &str) -> String {
    format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY {index} {JOINS}
         WHERE d.{column} = ?1 AND d.status = ?2 AND d.id >= ?3 AND d.id < ?4 AND d.tenant = ?5
         AND (?6 IS NULL OR e.type = ?6)
         ORDER BY d.id DESC LIMIT ?7"
    )
}

/// The newest so far of what a query asks for.
struct Newest<'q> {
    query: &'q DeliveryQuery,
    tenant: TenantKey,
    found: Vec<Delivery>,
}

impl Newest<'_> {
    /// Those in several statuses. Once the page is full, the others are asked only for what is newer than its end.
    fn add(&mut self, conn: &Connection, whose: Whose, codes: &[i64]) -> rusqlite::Result<()> {
        let Newest { query, tenant, found } = self;
        let (mut first, end) = range_of(query);
        let (index, column, key) = whose.indexed();
        let mut in_status = conn.prepare_cached(&in_status(index, column))?;
        let event_type = query.event_type.as_ref().map(|name| name.as_str());
        for code in codes {
            if let Some(last) = found.last().filter(|_| found.len() == query.limit) {
                first = first.max(last.id.0.number() + 1);
            }
            let parameters = params![key, code, first, end, tenant.0, event_type, query.limit as i64];
            for delivery in in_status.query_map(parameters, rows::delivery)? {
                found.push(delivery?);
            }
            found.sort_unstable_by_key(|delivery| std::cmp::Reverse(delivery.id));
            found.truncate(query.limit);
        }
        Ok(())
    }
}

const STATUSES: [DeliveryStatus; 5] = [
    DeliveryStatus::Pending,
    DeliveryStatus::Retrying,
    DeliveryStatus::Delivered,
    DeliveryStatus::Failed,
    DeliveryStatus::Cancelled,
];

pub(super) fn counters(conn: &Connection, webhooks: &[WebhookKey]) -> rusqlite::Result<Vec<Counters>> {
    let mut statement = conn.prepare_cached("SELECT * FROM counters WHERE webhook = ?1")?;
    let mut found = Vec::with_capacity(webhooks.len());
    for webhook in webhooks {
        let counters = statement.query_row([webhook.0.number()], |row| {
            let time = |column| row.get::<_, Option<i64>>(column).map(|ms| ms.map(Timestamp::from_millis));
            Ok(Counters {
                delivered: row.get::<_, i64>("delivered")?.unsigned_abs(),
                failed: row.get::<_, i64>("failed")?.unsigned_abs(),
                consecutive_failures: row.get("consecutive_failures")?,
                failing_since: time("failing_since")?,
                last_attempt_at: time("last_attempt_at")?,
                last_success_at: time("last_success_at")?,
                last_failure_at: time("last_failure_at")?,
            })
        });
        found.push(counters.optional()?.unwrap_or_default());
    }
    Ok(found)
}

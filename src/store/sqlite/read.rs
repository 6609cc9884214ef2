//! What the API shows, read from disk: events, deliveries, attempts, counters.

use rusqlite::{Connection, MAIN_DB, OptionalExtension, blob::Blob, params};
use serde::Serialize;

use super::{
    forms::Forms,
    rows::{self, DELIVERY_COLUMNS, EVENT_COLUMNS, LAST_STATUS, status_code},
};
use crate::{
    model::{
        Attempt, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, EventType, Serial, TenantKey, Timestamp,
        WebhookId, WebhookKey,
    },
    store::{ANSWER_BYTES, DeliveryQuery, EventQuery},
    webhook::Counters,
};

/// The greatest serial in the file.
pub(super) fn last_serial(conn: &Connection) -> rusqlite::Result<Serial> {
    conn.query_row(
        "SELECT max(coalesce((SELECT max(key) FROM events), 0), coalesce((SELECT max(id) FROM deliveries), 0),
                    coalesce((SELECT max(id) FROM attempts), 0), coalesce((SELECT max(key) FROM webhooks), 0),
                    coalesce((SELECT max(id) FROM api_keys), 0), coalesce((SELECT max(key) FROM tenants), 0),
                    coalesce((SELECT max(id) FROM fan_outs), 0), coalesce((SELECT max(id) FROM replays), 0),
                    coalesce((SELECT max(id) FROM sessions), 0), coalesce((SELECT max(serial) FROM clock_marks), 0),
                    coalesce((SELECT max(last) FROM audit_chains), 0))",
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

/// The serials that a page can hold: the first of them, and the one behind the last.
pub(super) fn range(
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    after: Option<Serial>,
    before: Option<Serial>,
) -> (i64, i64) {
    let first = from.map_or(0, |time| Serial::at(time).number());
    let end = to.map_or(i64::MAX, |time| Serial::at(time).number());
    let after = after.map_or(0, |serial| serial.number().saturating_add(1));
    (first.max(after), end.min(before.map_or(i64::MAX, |serial| serial.number())))
}

/// The same of a query for events.
pub(super) fn range_of_events(query: &EventQuery) -> (i64, i64) {
    range((query.from, query.to), query.after.map(|key| key.0), query.before.map(|key| key.0))
}

/// From which end of an index a page is read.
pub(super) fn order(oldest: bool) -> &'static str {
    if oldest { "ASC" } else { "DESC" }
}

/// What statements compare a value with that is one of several: JSON, or NULL for any.
pub(super) fn one_of<T: Serialize>(values: &[T]) -> Option<String> {
    // Names and numbers are always written.
    (!values.is_empty()).then(|| serde_json::to_string(values).unwrap_or_default())
}

/// Events within bounds.
pub(super) fn event_page(oldest: bool) -> String {
    let order = order(oldest);
    format!(
        "SELECT {EVENT_COLUMNS} FROM events e INDEXED BY events_by_tenant
         WHERE e.tenant = ?1 AND e.key >= ?2 AND e.key < ?3
         AND (?4 IS NULL OR e.type IN (SELECT value FROM json_each(?4)))
         ORDER BY e.key {order} LIMIT ?5"
    )
}

pub(super) fn events(conn: &Connection, tenant: TenantKey, query: &EventQuery) -> rusqlite::Result<Vec<Event>> {
    let (first, end) = range_of_events(query);
    let mut statement = conn.prepare_cached(&event_page(query.oldest))?;
    let mut rows = statement.query(params![tenant.0, first, end, one_of(&query.event_types), query.limit as i64])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let event = rows::event(row)?;
        bytes += event.bytes();
        found.push(event);
        if query.bytes.is_some_and(|most| bytes > most) && found.len() > 1 {
            break;
        }
    }
    if query.oldest {
        found.reverse();
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
        "SELECT {EVENT_COLUMNS}, d.own_id FROM deliveries d JOIN events e ON e.key = d.event
         WHERE d.id = ?1 AND d.tenant = ?2"
    ))?;
    let mut found = Vec::with_capacity(deliveries.len());
    for &delivery in deliveries {
        let sent = |row: &rusqlite::Row<'_>| {
            let event = rows::event(row)?;
            Ok(if rows::own_id(row)? { event.under_id_of(delivery) } else { event })
        };
        let event = statement.query_row(params![delivery.0.number(), tenant.0], sent).optional()?;
        found.extend(event.map(|event| (delivery, event)));
    }
    Ok(found)
}

pub(super) fn to_come(conn: &Connection, events: &[EventKey]) -> rusqlite::Result<Vec<u64>> {
    let mut count = conn.prepare_cached(
        "SELECT coalesce(sum(deliveries), 0) FROM fan_outs INDEXED BY fan_outs_by_event WHERE event = ?1",
    )?;
    let count =
        |event: &EventKey| count.query_row([event.0.number()], |row| row.get::<_, i64>(0).map(i64::unsigned_abs));
    events.iter().map(count).collect()
}

/// The same of a query for deliveries.
pub(super) fn range_of(query: &DeliveryQuery) -> (i64, i64) {
    let (first, end) = range((query.from, query.to), query.after.map(|id| id.0), query.before.map(|id| id.0));
    (first.max(query.since.map_or(0, |id| id.0.number())), end)
}

/// Of whom an index yields the deliveries in one status, newest first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    Webhook(WebhookKey),
    Tenant(TenantKey),
    /// Only its tests.
    TestsOfWebhook(WebhookKey),
    TestsOfTenant(TenantKey),
}

impl Whose {
    /// The index, its first column, and the value of that.
    pub(super) fn indexed(self) -> (&'static str, &'static str, i64) {
        match self {
            Whose::Webhook(webhook) => ("deliveries_by_state", "webhook", webhook.0.number()),
            Whose::Tenant(tenant) => ("deliveries_by_tenant", "tenant", tenant.0),
            Whose::TestsOfWebhook(webhook) => ("deliveries_tests_of_webhook", "webhook", webhook.0.number()),
            Whose::TestsOfTenant(tenant) => ("deliveries_tests", "tenant", tenant.0),
        }
    }

    /// What a statement says besides, so that the index may be used.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Whose::Webhook(_) | Whose::Tenant(_) => "",
            Whose::TestsOfWebhook(_) | Whose::TestsOfTenant(_) => "AND test IS NOT NULL",
        }
    }

    fn only_tests(self) -> Whose {
        match self {
            Whose::Webhook(webhook) => Whose::TestsOfWebhook(webhook),
            Whose::Tenant(tenant) => Whose::TestsOfTenant(tenant),
            of_tests @ (Whose::TestsOfWebhook(_) | Whose::TestsOfTenant(_)) => of_tests,
        }
    }
}

/// The most statuses of newer versions in which deliveries are listed.
const MOST_UNKNOWN: usize = 16;

/// The codes of deliveries whose status this version does not know: mostly one look-up that finds none.
fn unknown_codes(conn: &Connection, whose: Whose) -> rusqlite::Result<Vec<i64>> {
    let (index, column, key) = whose.indexed();
    let condition = whose.condition();
    let mut next = conn.prepare_cached(&format!(
        "SELECT min(status) FROM deliveries INDEXED BY {index} WHERE {column} = ?1 AND status > ?2 {condition}"
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

/// The webhook of this id, and those that had it before and were deleted: of these the nearest to where the page is read from. What was
/// made behind the end of a page has nothing on it.
fn named(conn: &Connection, query: &DeliveryQuery, tenant: TenantKey, id: &WebhookId) -> rusqlite::Result<Vec<Whose>> {
    let deleted = |bound, order| {
        format!(
            "SELECT key FROM (
                 SELECT key FROM webhooks INDEXED BY webhooks_deleted_by_id
                 WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NOT NULL AND {bound} ORDER BY key {order} LIMIT ?5)"
        )
    };
    let of_page = match query.oldest {
        false => deleted("key < ?4", "DESC"),
        true => {
            let (last_before, since) = (deleted("key < ?3", "DESC"), deleted("key >= ?3 AND key < ?4", "ASC"));
            format!("{last_before} UNION ALL {since}")
        }
    };
    let mut find = conn.prepare_cached(&format!(
        "SELECT key FROM webhooks INDEXED BY webhooks_by_id WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL
         UNION ALL {of_page}"
    ))?;
    let (first, end) = range_of(query);
    let key = |row: &rusqlite::Row<'_>| Ok(Whose::Webhook(WebhookKey(Serial::from_number(row.get(0)?))));
    find.query_map(params![tenant.0, id.as_str(), first, end, MOST_DELETED], key)?.collect()
}

/// The webhook of this id, then those that had it before and were deleted, from the last on.
pub(super) const NAMED: &str =
    "SELECT key FROM webhooks INDEXED BY webhooks_by_id WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL
     UNION ALL SELECT key FROM (
         SELECT key FROM webhooks INDEXED BY webhooks_deleted_by_id
         WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NOT NULL ORDER BY key DESC LIMIT ?3)";

pub(super) fn webhooks_named(
    conn: &Connection,
    tenant: TenantKey,
    id: &WebhookId,
) -> rusqlite::Result<Vec<WebhookKey>> {
    let mut find = conn.prepare_cached(NAMED)?;
    let key = |row: &rusqlite::Row<'_>| Ok(WebhookKey(Serial::from_number(row.get(0)?)));
    find.query_map(params![tenant.0, id.as_str(), MOST_DELETED], key)?.collect()
}

/// The indexes that hold what a query asks for, and in which statuses; those of no webhook hold nothing.
pub(super) fn places(
    conn: &Connection,
    tenant: TenantKey,
    query: &DeliveryQuery,
) -> rusqlite::Result<Vec<(Whose, Vec<i64>)>> {
    let mut all = match &query.webhook {
        None => vec![Whose::Tenant(tenant)],
        Some(id) => named(conn, query, tenant, id)?,
    };
    if query.test == Some(true) {
        all = all.into_iter().map(Whose::only_tests).collect();
    }
    let asked = |status: &DeliveryStatus| query.statuses.is_empty() || query.statuses.contains(status);
    let with_codes = |whose| {
        let mut codes: Vec<i64> = STATUSES.into_iter().filter(asked).map(status_code).collect();
        if asked(&DeliveryStatus::Unknown) {
            codes.extend(unknown_codes(conn, whose)?);
        }
        Ok((whose, codes))
    };
    all.into_iter().map(with_codes).collect()
}

/// A page costs its own length and a look-up for each status, of a webhook's id also for each that had it, however many webhooks
/// and deliveries there are.
pub(super) fn deliveries(
    conn: &Connection,
    tenant: TenantKey,
    query: &DeliveryQuery,
) -> rusqlite::Result<Vec<Delivery>> {
    if let Some(id) = &query.event {
        let event = asked_event(conn, tenant, id, query)?;
        return event.map_or(Ok(Vec::new()), |event| of_event(conn, event, query));
    }
    let mut nearest = Nearest { query, tenant, found: Vec::new() };
    for (whose, codes) in places(conn, tenant, query)? {
        nearest.add(conn, whose, &codes)?;
    }
    in_order(conn, nearest.found, query)
}

/// What a page was made of from its end on.
fn in_order(conn: &Connection, mut found: Vec<Delivery>, query: &DeliveryQuery) -> rusqlite::Result<Vec<Delivery>> {
    if query.oldest {
        found.reverse();
    }
    read_long_data(conn, &mut found)?;
    Ok(found)
}

/// The event that a query names, if it is of a type that it asks for.
pub(super) fn asked_event(
    conn: &Connection,
    tenant: TenantKey,
    id: &str,
    query: &DeliveryQuery,
) -> rusqlite::Result<Option<EventKey>> {
    let is_of_type = |event: &Event| query.event_types.is_empty() || query.event_types.contains(&event.event_type);
    Ok(find_event(conn, tenant, id)?.filter(is_of_type).map(|event| event.key))
}

/// Which deliveries of an event a query asks for.
pub(super) const OF_EVENT: &str = "(?5 IS NULL OR w.id = ?5)
         AND (?6 IS NULL OR iif(d.status <= 4, d.status, -1) IN (SELECT value FROM json_each(?6)))
         AND (?7 IS NULL OR (d.test IS NOT NULL) = ?7)";
const _: () = assert!(LAST_STATUS == 4);

/// The deliveries of an event that a query asks for.
fn of_event(conn: &Connection, event: EventKey, query: &DeliveryQuery) -> rusqlite::Result<Vec<Delivery>> {
    let mut statement = conn.prepare_cached(&event_deliveries(query.oldest))?;
    let (first, end) = range_of(query);
    let webhook = query.webhook.as_ref().map(|id| id.as_str());
    let statuses = one_of(&codes(&query.statuses));
    let parameters = params![event.0.number(), first, end, query.limit as i64, webhook, statuses, query.test];
    let found = statement.query_map(parameters, rows::delivery)?.collect::<rusqlite::Result<Vec<_>>>()?;
    in_order(conn, found, query)
}

/// An event's deliveries within bounds.
pub(super) fn event_deliveries(oldest: bool) -> String {
    let order = order(oldest);
    format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY deliveries_by_event {JOINS}
         WHERE d.event = ?1 AND d.id >= ?2 AND d.id < ?3 AND {OF_EVENT} ORDER BY d.id {order} LIMIT ?4"
    )
}

pub(super) fn codes(statuses: &[DeliveryStatus]) -> Vec<i64> {
    statuses.iter().copied().map(status_code).collect()
}

/// Those in one status, within bounds.
pub(super) fn in_status(whose: Whose, oldest: bool) -> String {
    let (order, condition, (index, column, _)) = (order(oldest), whose.condition(), whose.indexed());
    format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY {index} {JOINS}
         WHERE d.{column} = ?1 AND d.status = ?2 AND d.id >= ?3 AND d.id < ?4 AND d.tenant = ?5
         AND (?6 IS NULL OR e.type IN (SELECT value FROM json_each(?6)))
         AND (NOT ?8 OR d.test IS NULL) {condition}
         ORDER BY d.id {order} LIMIT ?7"
    )
}

/// Those so far that are nearest to the end which a query's page begins at: that first.
struct Nearest<'q> {
    query: &'q DeliveryQuery,
    tenant: TenantKey,
    found: Vec<Delivery>,
}

impl Nearest<'_> {
    /// Those in several statuses. Once the page is full, the others are asked only for what is nearer than its last.
    fn add(&mut self, conn: &Connection, whose: Whose, codes: &[i64]) -> rusqlite::Result<()> {
        let Nearest { query, tenant, found } = self;
        let (mut first, mut end) = range_of(query);
        let (_, _, key) = whose.indexed();
        let mut in_status = conn.prepare_cached(&in_status(whose, query.oldest))?;
        let without_tests = query.test == Some(false);
        let types = one_of(&query.event_types);
        for code in codes {
            match found.last().filter(|_| found.len() == query.limit).map(|last| last.id.0.number()) {
                Some(last) if query.oldest => end = end.min(last),
                Some(last) => first = first.max(last + 1),
                None => {}
            }
            let parameters = params![key, code, first, end, tenant.0, types, query.limit as i64, without_tests];
            for delivery in in_status.query_map(parameters, rows::delivery)? {
                found.push(delivery?);
            }
            found.sort_unstable_by_key(|delivery| delivery.id);
            if !query.oldest {
                found.reverse();
            }
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

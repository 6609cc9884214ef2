//! What the API shows, read from disk: events, deliveries, attempts, counters.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::{
    SqliteStore,
    rows::{self, DELIVERY_COLUMNS, EVENT_COLUMNS, status_code},
};
use crate::{
    model::{
        Attempt, Counters, Delivery, DeliveryId, DeliveryStatus, Event, EventKey, Serial, TenantKey, Timestamp,
        WebhookKey,
    },
    store::{DeliveryQuery, EventQuery, History, Result},
};

#[async_trait]
impl History for SqliteStore {
    async fn find_event(&self, tenant: TenantKey, public_id: &str) -> Result<Option<Event>> {
        let id = public_id.to_owned();
        self.read(move |conn| find_event(conn, tenant, &id)).await
    }

    async fn events(&self, tenant: TenantKey, query: EventQuery) -> Result<Vec<Event>> {
        self.read(move |conn| events(conn, tenant, &query)).await
    }

    async fn delivery(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        self.read(move |conn| delivery_with_attempts(conn, tenant, id)).await
    }

    async fn deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Vec<Delivery>> {
        self.read(move |conn| deliveries(conn, tenant, &query)).await
    }

    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>> {
        self.read(move |conn| events_of(conn, tenant, &deliveries)).await
    }

    async fn deliveries_of(&self, event: &Event) -> Result<Vec<Delivery>> {
        let (key, fan_out) = (event.key, event.fan_out);
        self.read(move |conn| deliveries_of(conn, key, fan_out)).await
    }
}

/// The greatest serial in the file.
pub(super) fn last_serial(conn: &Connection) -> rusqlite::Result<Serial> {
    conn.query_row(
        "SELECT max(coalesce((SELECT max(key) FROM events), 0), coalesce((SELECT max(id) FROM deliveries), 0),
                    coalesce((SELECT max(id) FROM attempts), 0), coalesce((SELECT max(key) FROM webhooks), 0),
                    coalesce((SELECT max(id) FROM api_keys), 0), coalesce((SELECT max(key) FROM tenants), 0))",
        [],
        |row| row.get(0).map(Serial),
    )
}

pub(super) fn event(conn: &Connection, key: EventKey) -> rusqlite::Result<Option<Event>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {EVENT_COLUMNS} FROM events e WHERE e.key = ?1"))?;
    statement.query_row([key.0.0], rows::event).optional()
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
    let first = from.map_or(0, |time| Serial::at(time).0);
    let end = to.map_or(i64::MAX, |time| Serial::at(time).0);
    (first, end.min(before.map_or(i64::MAX, |serial| serial.0)))
}

pub(super) fn events(conn: &Connection, tenant: TenantKey, query: &EventQuery) -> rusqlite::Result<Vec<Event>> {
    let (first, end) = range(query.from, query.to, query.before.map(|key| key.0));
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS} FROM events e INDEXED BY events_by_tenant
         WHERE e.tenant = ?1 AND e.key >= ?2 AND e.key < ?3 AND (?4 IS NULL OR e.type = ?4)
         ORDER BY e.key DESC LIMIT ?5"
    ))?;
    let event_type = query.event_type.as_ref().map(|name| name.as_str());
    let rows = statement.query_map(params![tenant.0, first, end, event_type, query.limit as i64], rows::event)?;
    rows.collect()
}

const JOINS: &str = "JOIN events e ON e.key = d.event JOIN webhooks w ON w.key = d.webhook";

pub(super) fn delivery(conn: &Connection, tenant: TenantKey, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d {JOINS} WHERE d.id = ?1 AND d.tenant = ?2"
    ))?;
    statement.query_row(params![id.0.0, tenant.0], rows::delivery).optional()
}

pub(super) fn delivery_with_attempts(
    conn: &Connection,
    tenant: TenantKey,
    id: DeliveryId,
) -> rusqlite::Result<Option<(Delivery, Vec<Attempt>)>> {
    let Some(delivery) = delivery(conn, tenant, id)? else { return Ok(None) };
    let mut statement = conn.prepare_cached(
        "WITH RECURSIVE chain (id) AS (
             SELECT last_attempt FROM deliveries WHERE id = ?1
             UNION ALL SELECT a.previous FROM chain JOIN attempts a ON a.id = chain.id LIMIT 1000)
         SELECT a.* FROM chain JOIN attempts a ON a.id = chain.id ORDER BY a.id",
    )?;
    let attempts = statement.query_map([id.0.0], rows::attempt)?.collect::<rusqlite::Result<_>>()?;
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
        let event = statement.query_row(params![delivery.0.0, tenant.0], rows::event).optional()?;
        found.extend(event.map(|event| (delivery, event)));
    }
    Ok(found)
}

pub(super) fn deliveries_of(conn: &Connection, event: EventKey, fan_out: u32) -> rusqlite::Result<Vec<Delivery>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {DELIVERY_COLUMNS} FROM deliveries d {JOINS}
         WHERE d.id > ?1 AND d.id <= ?1 + ?2 AND d.event = ?1 ORDER BY d.id DESC LIMIT 10000"
    ))?;
    statement.query_map(params![event.0.0, fan_out], rows::delivery)?.collect()
}

/// Each way to ask has an index that yields the newest first, so that a page costs its own length.
pub(super) fn deliveries(
    conn: &Connection,
    tenant: TenantKey,
    query: &DeliveryQuery,
) -> rusqlite::Result<Vec<Delivery>> {
    let (first, end) = range(query.from, query.to, query.before.map(|id| id.0));
    let event_type = query.event_type.as_ref().map(|name| name.as_str());
    let limit = query.limit as i64;
    let filter = "AND (?5 IS NULL OR e.type = ?5)";
    let select = |sql: String, webhook: Option<WebhookKey>, status: Option<DeliveryStatus>, first: i64| {
        let mut statement = conn.prepare_cached(&sql)?;
        let webhook = webhook.map(|key| key.0.0);
        let status = status.map(status_code);
        let parameters: [&dyn ToSql; 7] = [&tenant.0, &webhook, &first, &end, &event_type, &limit, &status];
        let used = statement.parameter_count();
        statement.query_map(&parameters[..used], rows::delivery)?.collect::<rusqlite::Result<Vec<Delivery>>>()
    };
    let of_webhook = |webhook, status, first| {
        let sql = format!(
            "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY deliveries_by_state {JOINS}
             WHERE d.tenant = ?1 AND d.webhook = ?2 AND d.status = ?7 AND d.id >= ?3 AND d.id < ?4 {filter}
             ORDER BY d.id DESC LIMIT ?6"
        );
        select(sql, Some(webhook), Some(status), first)
    };
    // The newest of several ordered lists. Once a page is full, the others are asked only for what is newer.
    let newest = |lists: &mut dyn Iterator<Item = (WebhookKey, DeliveryStatus)>| {
        let mut found: Vec<Delivery> = Vec::new();
        let mut first = first;
        for (webhook, status) in lists {
            found.append(&mut of_webhook(webhook, status, first)?);
            found.sort_unstable_by_key(|delivery| std::cmp::Reverse(delivery.id));
            found.truncate(query.limit);
            if let Some(last) = found.last().filter(|_| found.len() == query.limit) {
                first = last.id.0.0 + 1;
            }
        }
        Ok(found)
    };
    match (query.webhook, query.status) {
        (Some(webhook), Some(status)) => of_webhook(webhook, status, first),
        (Some(webhook), None) => newest(&mut STATUSES.into_iter().map(|status| (webhook, status))),
        (None, Some(status @ DeliveryStatus::Pending)) => {
            let webhooks = webhooks_of(conn, tenant)?;
            newest(&mut webhooks.into_iter().map(|webhook| (webhook, status)))
        }
        (None, Some(status @ (DeliveryStatus::Retrying | DeliveryStatus::Failed | DeliveryStatus::Cancelled))) => {
            let code = status_code(status);
            let sql = format!(
                "SELECT {DELIVERY_COLUMNS} FROM deliveries d INDEXED BY deliveries_troubled {JOINS}
                 WHERE d.tenant = ?1 AND d.status = {code} AND d.id >= ?3 AND d.id < ?4 {filter} AND ?2 IS NULL
                 ORDER BY d.id DESC LIMIT ?6"
            );
            select(sql, None, None, first)
        }
        // A tenant's newest deliveries are those right behind its newest events.
        (None, None | Some(DeliveryStatus::Delivered)) => {
            let sql = format!(
                "SELECT {DELIVERY_COLUMNS} FROM events e INDEXED BY events_by_tenant
                 CROSS JOIN deliveries d ON d.id > e.key AND d.id <= e.key + e.fan_out
                 JOIN webhooks w ON w.key = d.webhook
                 WHERE e.tenant = ?1 AND e.key >= ?3 - 1000000 AND e.key < ?4 AND d.id >= ?3 AND d.id < ?4 {filter}
                 AND ?2 IS NULL AND (?7 IS NULL OR d.status = ?7)
                 ORDER BY e.key DESC, d.id DESC LIMIT ?6"
            );
            select(sql, None, query.status, first)
        }
    }
}

/// A tenant's webhooks, also deleted ones.
fn webhooks_of(conn: &Connection, tenant: TenantKey) -> rusqlite::Result<Vec<WebhookKey>> {
    let mut statement =
        conn.prepare_cached("SELECT key FROM webhooks INDEXED BY webhooks_by_tenant WHERE tenant = ?1")?;
    statement.query_map([tenant.0], |row| Ok(WebhookKey(Serial(row.get(0)?))))?.collect()
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
        let counters = statement.query_row([webhook.0.0], |row| {
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

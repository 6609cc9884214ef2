//! Deliveries grouped by what they have in common: the newest of them, as many as are looked through in a moment.

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    read::{self, Whose},
    rows::{failure_of, status_code},
    store::SqliteStore,
};
use crate::{
    model::{AttemptId, DeliveryId, EventKey, EventType, FailureKind, Serial, TenantKey, WebhookId, WebhookKey},
    store::{Group, GroupBy, Grouped, Groups, GroupsQuery, Result},
};

#[async_trait]
impl Groups for SqliteStore {
    async fn grouped(&self, tenant: TenantKey, query: GroupsQuery) -> Result<Grouped> {
        self.read(tenant, move |conn| grouped(conn, tenant, &query)).await
    }
}

/// What the deliveries of a group have in common.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Common {
    webhook: WebhookKey,
    failure: Option<FailureKind>,
    event_type: Option<EventType>,
}

/// What is known of a group while others are added.
struct Members {
    count: u64,
    oldest: DeliveryId,
    newest: DeliveryId,
    last_attempt: Option<AttemptId>,
}

/// A delivery that is looked at.
struct Looked {
    id: DeliveryId,
    webhook: WebhookKey,
    event: EventKey,
    failure: Option<FailureKind>,
    last_attempt: Option<AttemptId>,
    is_test: bool,
}

/// The groups with the most deliveries first.
pub(super) fn grouped(conn: &Connection, tenant: TenantKey, query: &GroupsQuery) -> rusqlite::Result<Grouped> {
    let mut groups: HashMap<Common, Members> = HashMap::new();
    let newest = newest(conn, tenant, query)?;
    let looked_at = newest.len().min(query.looks) as u64;
    for looked in newest.iter().take(query.looks).filter(|looked| !looked.is_test) {
        let event_type = match query.by {
            GroupBy::Failure => None,
            GroupBy::FailureAndType => read::event_type(conn, looked.event)?,
        };
        let common = Common { webhook: looked.webhook, failure: looked.failure, event_type };
        let members = groups.entry(common).or_insert_with(|| Members {
            count: 0,
            oldest: looked.id,
            newest: looked.id,
            last_attempt: looked.last_attempt,
        });
        members.count += 1;
        members.oldest = looked.id;
    }
    let mut groups: Vec<(Common, Members)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(_, members)| std::cmp::Reverse((members.count, members.newest)));
    let more_groups = groups.len() > query.limit;
    groups.truncate(query.limit);
    let shown = groups.into_iter().map(|(common, members)| group(conn, common, &members));
    let groups = shown.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Grouped { groups, looked_at, more: newest.len() > query.looks, more_groups })
}

/// Those of all statuses, newest first: one more than are to be looked at, if there are more. Of webhooks that had one id after another,
/// the last had the newest.
fn newest(conn: &Connection, tenant: TenantKey, query: &GroupsQuery) -> rusqlite::Result<Vec<Looked>> {
    let all = match &query.webhook {
        None => vec![Whose::Tenant(tenant)],
        Some(id) => read::webhooks_named(conn, tenant, id)?.into_iter().map(Whose::Webhook).collect(),
    };
    let mut found = Vec::new();
    for whose in all {
        let most = query.looks + 1 - found.len();
        found.append(&mut newest_of(conn, whose, tenant, query, most)?);
        if found.len() > query.looks {
            break;
        }
    }
    Ok(found)
}

/// The newest of these, of all statuses: so many at most.
fn newest_of(
    conn: &Connection,
    whose: Whose,
    tenant: TenantKey,
    query: &GroupsQuery,
    most: usize,
) -> rusqlite::Result<Vec<Looked>> {
    let (index, column, key) = whose.indexed();
    let mut statement = conn.prepare_cached(&newest_first(index, column))?;
    let from = query.from.map_or(Serial::FIRST, Serial::at);
    let to = query.to.map_or(Serial::MAX, Serial::at);
    let mut found = Vec::new();
    for &status in &query.statuses {
        let of_status = params![key, status_code(status), from.number(), to.number(), tenant.0, most as i64];
        for row in statement.query_map(of_status, looked)? {
            found.push(row?);
        }
    }
    found.sort_unstable_by_key(|looked: &Looked| std::cmp::Reverse(looked.id));
    found.truncate(most);
    Ok(found)
}

/// Deliveries in one status, the newest first.
pub(super) fn newest_first(index: &str, column: &str) -> String {
    format!(
        "SELECT id, webhook, event, last_failure, last_attempt, test FROM deliveries INDEXED BY {index}
         WHERE {column} = ?1 AND status = ?2 AND id >= ?3 AND id < ?4 AND tenant = ?5 ORDER BY id DESC LIMIT ?6"
    )
}

fn looked(row: &Row<'_>) -> rusqlite::Result<Looked> {
    let serial = |column: usize| row.get::<_, i64>(column).map(Serial::from_number);
    Ok(Looked {
        id: DeliveryId(serial(0)?),
        webhook: WebhookKey(serial(1)?),
        event: EventKey(serial(2)?),
        failure: row.get_ref(3)?.as_str_or_null()?.map(failure_of),
        last_attempt: row.get::<_, Option<i64>>(4)?.map(|id| AttemptId(Serial::from_number(id))),
        is_test: row.get::<_, Option<i64>>(5)?.is_some(),
    })
}

fn group(conn: &Connection, common: Common, members: &Members) -> rusqlite::Result<Group> {
    let mut name = conn.prepare_cached("SELECT id, deleted_at IS NOT NULL FROM webhooks WHERE key = ?1")?;
    let mut message = conn.prepare_cached("SELECT message FROM attempts WHERE id = ?1 AND failure IS NOT NULL")?;
    let webhook = name.query_row([common.webhook.0.number()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
    let (webhook_id, is_deleted) = webhook.optional()?.unwrap_or((String::new(), true));
    let last_message = match members.last_attempt {
        Some(attempt) => message.query_row([attempt.0.number()], |row| row.get(0)).optional()?.flatten(),
        None => None,
    };
    Ok(Group {
        webhook: WebhookId::kept(&webhook_id),
        is_deleted,
        failure: common.failure,
        event_type: common.event_type,
        count: members.count,
        oldest: members.oldest,
        newest: members.newest,
        last_message,
    })
}

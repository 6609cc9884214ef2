//! What is looked for by how an id begins, and what an event came to for some webhooks: ranges of indexes, never a scan.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::status_of;
use crate::{
    model::{CallerId, DeliveryId, EventKey, EventType, IdMap, Serial, TenantKey, Timestamp, WebhookId, WebhookKey},
    store::{DeliveryTo, NamedEvent},
};

/// Events whose ids the store gave them stand among those of which the callers chose the id: so many are looked at.
const MOST_AMONG_OTHERS: i64 = 200;

/// Of several with one id, the newest is the one that the API shows.
const BY_CALLER_ID: &str =
    "SELECT max(e.key), e.caller_id, e.type, e.fan_out FROM events e INDEXED BY events_by_caller_id
     WHERE e.tenant = ?1 AND e.caller_id >= ?2 AND e.caller_id < ?3 GROUP BY e.caller_id ORDER BY e.caller_id LIMIT ?4";

const BY_KEY: &str = "SELECT e.key, e.caller_id, e.type, e.fan_out FROM events e INDEXED BY events_by_tenant
     WHERE e.tenant = ?1 AND e.key >= ?2 AND e.key < ?3 ORDER BY e.key DESC LIMIT ?4";

/// Those that were published: what was made for a test was not.
const PUBLISHED: &str = "SELECT e.key, e.caller_id, e.type, e.fan_out FROM events e INDEXED BY events_by_tenant
     WHERE e.tenant = ?1 AND e.key >= ?2 AND e.made_for_test IS NULL ORDER BY e.key DESC LIMIT ?3";

/// The first that were made of an event: a hundred at most, whatever came later.
const NEAR: &str = "SELECT webhook, id, status FROM deliveries INDEXED BY deliveries_by_event
     WHERE event = ?1 AND id <= ?1 + 100 AND test IS NULL ORDER BY id";

/// The newest of all others to one webhook.
const FAR: &str = "SELECT webhook, id, status FROM deliveries INDEXED BY deliveries_far
     WHERE event = ?1 AND webhook = ?2 AND id - event > 100 AND test IS NULL ORDER BY id DESC LIMIT 1";

const DELETED: &str = "SELECT key, id FROM webhooks INDEXED BY webhooks_deleted_by_id
     WHERE tenant = ?1 AND deleted_at IS NOT NULL LIMIT ?2";

pub(super) fn deleted_webhooks(
    conn: &Connection,
    tenant: TenantKey,
    limit: usize,
) -> rusqlite::Result<Vec<(WebhookKey, WebhookId)>> {
    let mut statement = conn.prepare_cached(DELETED)?;
    let webhook =
        |row: &Row<'_>| Ok((WebhookKey(Serial::from_number(row.get(0)?)), WebhookId::kept(row.get_ref(1)?.as_str()?)));
    statement.query_map(params![tenant.0, limit as i64], webhook)?.collect()
}

pub(super) fn events_named(
    conn: &Connection,
    tenant: TenantKey,
    start: &str,
    limit: usize,
) -> rusqlite::Result<Vec<NamedEvent>> {
    let mut by_caller_id = conn.prepare_cached(BY_CALLER_ID)?;
    // No character comes after this one.
    let end = format!("{start}\u{10FFFF}");
    let found = by_caller_id.query_map(params![tenant.0, start, end, limit as i64], named)?;
    let mut found = found.collect::<rusqlite::Result<Vec<NamedEvent>>>()?;
    if let Some((first, end)) = EventKey::beginning(start) {
        let mut by_key = conn.prepare_cached(BY_KEY)?;
        let parameters = params![tenant.0, first.0.number(), end.0.number(), MOST_AMONG_OTHERS];
        let newest = by_key.query_map(parameters, named)?.collect::<rusqlite::Result<Vec<_>>>()?;
        found.extend(newest.into_iter().filter(|event| event.caller_id.is_none()).take(limit));
    }
    Ok(found)
}

/// Of a row only its head is read: what it carries can be long.
pub(super) fn newest_events(
    conn: &Connection,
    tenant: TenantKey,
    from: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<NamedEvent>> {
    let mut newest = conn.prepare_cached(PUBLISHED)?;
    newest.query_map(params![tenant.0, Serial::at(from).number(), limit as i64], named)?.collect()
}

fn named(row: &Row<'_>) -> rusqlite::Result<NamedEvent> {
    Ok(NamedEvent {
        key: EventKey(Serial::from_number(row.get(0)?)),
        caller_id: row.get::<_, Option<String>>(1)?.map(|text| CallerId::kept(&text)),
        event_type: EventType::kept(row.get_ref(2)?.as_str()?),
        deliveries: row.get(3)?,
    })
}

/// Costs a look-up for each webhook, however many deliveries the event has.
pub(super) fn deliveries_to(
    conn: &Connection,
    event: EventKey,
    webhooks: &[WebhookKey],
) -> rusqlite::Result<Vec<DeliveryTo>> {
    let mut near = conn.prepare_cached(NEAR)?;
    let near = near.query_map([event.0.number()], delivery_to)?;
    // Of several the last one stays, which is the newest.
    let mut newest: IdMap<WebhookKey, DeliveryTo> =
        near.map(|row| row.map(|made| (made.webhook, made))).collect::<rusqlite::Result<_>>()?;
    let mut far = conn.prepare_cached(FAR)?;
    let mut found = Vec::new();
    for webhook in webhooks {
        let later = far.query_row([event.0.number(), webhook.0.number()], delivery_to).optional()?;
        found.extend(later.or_else(|| newest.remove(webhook)));
    }
    Ok(found)
}

fn delivery_to(row: &Row<'_>) -> rusqlite::Result<DeliveryTo> {
    Ok(DeliveryTo {
        webhook: WebhookKey(Serial::from_number(row.get(0)?)),
        id: DeliveryId(Serial::from_number(row.get(1)?)),
        status: status_of(row.get(2)?),
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            counting, file, groups,
            read::{self, Whose},
            replay_rows, replays, saved, version,
        },
        *,
    };

    #[test]
    fn what_is_looked_for_is_a_range_of_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut conn = file::connect(&path).unwrap();
        version::bring_up_to_date(&mut conn, &path).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            plan.raw_query().mapped(|row| row.get(3)).map(|step| step.unwrap()).collect()
        };
        let by_caller_id = "SEARCH e USING INDEX events_by_caller_id (tenant=? AND caller_id>? AND caller_id<?)";
        assert_eq!(plan(BY_CALLER_ID), [by_caller_id]);
        assert_eq!(plan(BY_KEY), ["SEARCH e USING INDEX events_by_tenant (tenant=? AND key>? AND key<?)"]);
        assert_eq!(plan(NEAR), ["SEARCH deliveries USING INDEX deliveries_by_event (event=? AND rowid<?)"]);
        assert_eq!(plan(FAR), ["SEARCH deliveries USING INDEX deliveries_far (event=? AND webhook=?)"]);
        let saved = "SEARCH saved USING INDEX saved_by_name (tenant=? AND kind=? AND name>? AND name<?)";
        assert_eq!([false, true].map(|is_from_end| plan(&saved::page(is_from_end))), [[saved], [saved]]);
        let (tenant, tests) = (Whose::Tenant(TenantKey(1)), Whose::TestsOfTenant(TenantKey(1)));
        let webhook = Whose::Webhook(WebhookKey(Serial::FIRST));
        for oldest in [false, true] {
            let deliveries = plan(&read::in_status(tenant, oldest));
            let of_tenant = "SEARCH d USING INDEX deliveries_by_tenant (tenant=? AND status=? AND id>? AND id<?)";
            assert_eq!(deliveries[0], of_tenant);
            let of_webhook = plan(&read::in_status(webhook, oldest));
            let tests = plan(&read::in_status(tests, oldest));
            assert_eq!(tests[0], "SEARCH d USING INDEX deliveries_tests (tenant=? AND status=? AND id>? AND id<?)");
            let of_event = plan(&read::event_deliveries(oldest));
            let deliveries_of_event = "SEARCH d USING INDEX deliveries_by_event (event=? AND rowid>? AND rowid<?)";
            assert!(of_event.iter().any(|step| step == deliveries_of_event), "{of_event:?}");
            let events = plan(&read::event_page(oldest));
            assert_eq!(events[0], "SEARCH e USING INDEX events_by_tenant (tenant=? AND key>? AND key<?)");
            [deliveries, of_webhook, tests, of_event, events].iter().for_each(|plan| check_no_table_is_scanned(plan));
        }
        let of_webhook = "SEARCH deliveries USING INDEX deliveries_by_state (webhook=? AND status=? AND id>? AND id<?)";
        assert_eq!(plan(&replays::walk("deliveries_by_state", "webhook")), [of_webhook]);
        let of_tenant = "SEARCH deliveries USING INDEX deliveries_by_tenant (tenant=? AND status=? AND id>? AND id<?)";
        assert_eq!(plan(&replays::walk("deliveries_by_tenant", "tenant")), [of_tenant]);
        let live = "SEARCH webhooks USING INDEX webhooks_by_id (tenant=? AND id=?)";
        let deleted = "SEARCH webhooks USING INDEX webhooks_deleted_by_id (tenant=? AND id=?)";
        let named = plan(read::NAMED);
        assert!(named.iter().any(|step| step == live) && named.iter().any(|step| step == deleted), "{named:?}");
        for oldest in [false, true] {
            let of_replays = "SEARCH replays USING INDEX replays_by_tenant (tenant=? AND id>? AND id<?)";
            assert_eq!(plan(&replay_rows::page(oldest)), [of_replays]);
        }
        assert_eq!(plan(&groups::newest_first("deliveries_by_tenant", "tenant")), [of_tenant]);
        for statement in counting::tests::statements() {
            let plan = plan(&statement);
            assert!(plan[1].starts_with("SEARCH ") && plan[1].contains("<?)"), "{statement}: {plan:?}");
            check_no_table_is_scanned(&plan);
        }
    }

    /// The lists of what is asked for, and the rows that one stride looks at, are gone through; nothing is sorted.
    fn check_no_table_is_scanned(plan: &[String]) {
        let is_bounded = |step: &String| {
            step.starts_with("SEARCH ")
                || step.starts_with("LIST SUBQUERY ")
                || step.starts_with("CO-ROUTINE ")
                || step == "CREATE BLOOM FILTER"
                || step.starts_with("SCAN json_each ")
                || step.starts_with("SCAN (subquery-")
                || step == "SCAN d"
        };
        assert!(plan.iter().all(is_bounded), "{plan:?}");
    }
}

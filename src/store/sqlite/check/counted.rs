//! What is counted of tenants and lists, compared with the rows that it counts.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::{
    super::fan_out::FanOut,
    found::{Checked, Found},
};
use crate::model::ROW_BYTES;

pub(super) fn look(conn: &Connection, checked: &mut Checked) -> rusqlite::Result<()> {
    let mut found = Found::default();
    for (tenant, kept, rows) in differences(conn)? {
        found.add(|| format!("tenant {tenant}: {kept} instead of {rows}"));
    }
    let meaning = "The quota `event_bytes` refuses too much or too little. Mending counts them.";
    checked.found("tenants whose bytes of events are counted wrongly", meaning, true, found);

    let (mut unreadable, mut miscounted) = (Found::default(), Found::default());
    for (id, deliveries, read) in lists(conn)? {
        match read {
            None => unreadable.add(|| id.to_string()),
            Some(count) if count != deliveries => miscounted.add(|| format!("{id}: {deliveries} instead of {count}")),
            Some(_) => {}
        }
    }
    let meaning = "To whom their events are still owed is lost, and the lists of the same tenant behind them wait. Restore a backup; or \
         delete the row from `fan_outs` while the server is stopped, to give up what it says.";
    checked.found("lists of what is owed that cannot be read", meaning, false, unreadable);
    let meaning = "How much is to come of an event is shown wrongly. Mending counts them.";
    checked.found("lists of what is owed that are counted wrongly", meaning, true, miscounted);
    Ok(())
}

pub(super) fn mend(conn: &Connection) -> rusqlite::Result<()> {
    for (tenant, _, rows) in differences(conn)? {
        match rows {
            0 => conn.execute("DELETE FROM kept_events WHERE tenant = ?1", [tenant])?,
            _ => conn.execute("INSERT OR REPLACE INTO kept_events (tenant, bytes) VALUES (?1, ?2)", [tenant, rows])?,
        };
    }
    for (id, deliveries, read) in lists(conn)? {
        if let Some(count) = read.filter(|&count| count != deliveries) {
            conn.execute("UPDATE fan_outs SET deliveries = ?2 WHERE id = ?1", params![id, count])?;
        }
    }
    Ok(())
}

/// Tenants of which another number of bytes is noted than their rows have: both numbers.
fn differences(conn: &Connection) -> rusqlite::Result<Vec<(i64, i64, i64)>> {
    let noted = sums(conn, "SELECT tenant, bytes FROM kept_events")?;
    // As `kept_bytes` and the verbs that write count it.
    let rows = sums(
        conn,
        &format!(
            "SELECT tenant, sum(bytes) FROM (
                 SELECT tenant, length(data) + coalesce(length(CAST(metadata AS BLOB)), 0) + {ROW_BYTES} * (1 + fan_out) AS bytes
                     FROM events WHERE tenant <> 0
                 UNION ALL SELECT tenant, {ROW_BYTES} FROM deliveries WHERE coalesce(repeats, replay) IS NOT NULL OR test = 2
                 UNION ALL SELECT tenant, bytes FROM saved)
             GROUP BY tenant"
        ),
    )?;
    let tenants: BTreeSet<i64> = noted.keys().chain(rows.keys()).copied().collect();
    let of = |sums: &BTreeMap<i64, i64>, tenant| sums.get(&tenant).copied().unwrap_or_default();
    let both = tenants.into_iter().map(|tenant| (tenant, of(&noted, tenant), of(&rows, tenant)));
    Ok(both.filter(|(_, noted, rows)| noted != rows).collect())
}

fn sums(conn: &Connection, sql: &str) -> rusqlite::Result<BTreeMap<i64, i64>> {
    let mut statement = conn.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Each list: how many deliveries it says that it has, and how many are in it, if it can be read.
fn lists(conn: &Connection) -> rusqlite::Result<Vec<(i64, i64, Option<i64>)>> {
    let mut statement = conn.prepare("SELECT id, deliveries, list FROM fan_outs")?;
    let lists = statement.query_map([], |row| {
        let read = FanOut::from_bytes(row.get_ref(2)?.as_blob()?);
        Ok((row.get(0)?, row.get(1)?, read.map(|list| list.webhooks().count() as i64)))
    })?;
    lists.collect()
}

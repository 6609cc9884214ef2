//! Statistics compared with themselves and with the rows that they count, and made good.
//!
//! Rows go with retention and sums of deleted webhooks are forgotten, so sums may be more than what is left of that which they count. They
//! are never less.

use std::{collections::BTreeMap, time::Duration};

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    form,
    portion::{Portion, progress},
    sum,
};
use crate::{
    model::{Serial, TenantKey, Timestamp},
    observe::{Count, Counts, Grain, Measures, Scope},
    store::{Result, sqlite::error::unavailable},
    varint::{Reader, Writer},
};

/// What it is, what follows from it, and where it is so. All of it can be mended.
pub(in super::super) type Wrong = (&'static str, &'static str, Vec<String>);

/// What is wrong.
pub(in super::super) fn look(conn: &Connection) -> Result<Vec<Wrong>> {
    let looked = || -> rusqlite::Result<Vec<Wrong>> {
        let moments = unreadable_tallies(conn)?.into_iter().map(|id| id.to_string()).collect();
        let sums = unreadable_sums(conn)?.iter().map(shown).collect();
        let small = smaller_than_parts(conn)?.iter().map(|(key, _)| shown(key)).collect();
        let missing = missing(conn)?.iter().map(Missing::shown).collect();
        Ok(vec![
            (
                "moments of the statistics that cannot be read",
                "What was counted in them is missing in the statistics. Mending forgets them, so that the next start does not tell of them \
                 again.",
                moments,
            ),
            (
                "sums of the statistics that cannot be read",
                "They are shown as nothing. Mending makes hours and days of what they are made of; minutes begin anew.",
                sums,
            ),
            (
                "sums of the statistics that are less than what they are made of",
                "Hours or days show less than their minutes or hours. Mending adds them up.",
                small,
            ),
            (
                "hours of the statistics that count less than there is",
                "More events or deliveries of the hour are kept than were counted. Mending counts them.",
                missing,
            ),
        ])
    };
    looked().map_err(unavailable)
}

/// Mends all of it.
pub(in super::super) fn mend(conn: &Connection, _: Timestamp) -> Result<()> {
    let mended = || -> rusqlite::Result<()> {
        for id in unreadable_tallies(conn)? {
            conn.execute("DELETE FROM tallies WHERE id = ?1", [id])?;
        }
        for Key { scope, owner, grain, at, event_type } in unreadable_sums(conn)? {
            let sql = "DELETE FROM rollups WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at = ?4 AND type = ?5";
            conn.execute(sql, params![scope, owner, grain, at, event_type])?;
        }
        // Hours first: days are made of them.
        for _ in COARSE {
            for (key, parts) in smaller_than_parts(conn)? {
                write(conn, &key, &parts)?;
            }
        }
        missing(conn)?.iter().try_for_each(|missing| missing.count(conn))
    };
    mended().map_err(unavailable)
}

/// Which sum it is: the columns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    scope: i64,
    owner: i64,
    grain: i64,
    at: i64,
    event_type: String,
}

impl Key {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Key> {
        Ok(Key {
            scope: row.get("scope")?,
            owner: row.get("owner")?,
            grain: row.get("grain")?,
            at: row.get("at")?,
            event_type: row.get("type")?,
        })
    }
}

fn shown(key: &Key) -> String {
    let grain = ["minute", "hour", "day"].get(key.grain as usize).unwrap_or(&"span");
    let whose = ["all tenants", "tenant", "tenant, by type", "webhook", "webhook, by type"];
    let whose = whose.get(key.scope as usize).unwrap_or(&"");
    format!("{grain} {} of {whose} {}", Timestamp::from_millis(key.at), key.owner)
}

fn unreadable_tallies(conn: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement = conn.prepare("SELECT id, counts FROM tallies ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if form::read(row.get_ref(1)?.as_blob()?).is_none() {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

fn unreadable_sums(conn: &Connection) -> rusqlite::Result<Vec<Key>> {
    let mut statement = conn.prepare("SELECT * FROM rollups")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if read(row.get_ref("measures")?.as_blob()?).is_none() {
            found.push(Key::of(row)?);
        }
    }
    Ok(found)
}

/// As [`sum::read`], without a line in the log.
fn read(bytes: &[u8]) -> Option<Measures> {
    let (form, rest) = bytes.split_first()?;
    let mut input = Reader::new(rest);
    Measures::read(&mut input).filter(|_| *form == sum::FORM && input.is_at_end())
}

fn write(conn: &Connection, key: &Key, measures: &Measures) -> rusqlite::Result<()> {
    let mut out = Writer { bytes: vec![sum::FORM] };
    measures.write(&mut out);
    let Key { scope, owner, grain, at, event_type } = key;
    let sql = "INSERT OR REPLACE INTO rollups VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.execute(sql, params![scope, owner, grain, at, event_type, out.bytes])?;
    Ok(())
}

/// Each that is made of another, with that.
const COARSE: [(Grain, Grain); 2] = [(Grain::Hour, Grain::Minute), (Grain::Day, Grain::Hour)];

/// Hours and days that count less than the minutes and hours that are kept of them, with what these come to.
fn smaller_than_parts(conn: &Connection) -> rusqlite::Result<Vec<(Key, Measures)>> {
    let mut found = Vec::new();
    let mut owners = conn.prepare("SELECT DISTINCT scope, owner FROM rollups ORDER BY scope, owner")?;
    let owners = owners.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    for owner in owners.collect::<rusqlite::Result<Vec<_>>>()? {
        for (coarse, fine) in COARSE {
            let mut parts: BTreeMap<Key, Measures> = BTreeMap::new();
            for (mut key, measures) in of_owner(conn, owner, fine)? {
                key.grain = coarse as i64;
                key.at = coarse.bucket(Timestamp::from_millis(key.at)).0;
                parts.entry(key).or_default().merge(&measures);
            }
            let sums: BTreeMap<Key, Measures> = of_owner(conn, owner, coarse)?.into_iter().collect();
            let is_less = |(key, parts): &(Key, Measures)| {
                let sum = sums.get(key);
                Count::ALL.iter().any(|&what| sum.map_or(0, |sum| sum.count(what)) < parts.count(what))
            };
            found.extend(parts.into_iter().filter(is_less));
        }
    }
    Ok(found)
}

fn of_owner(conn: &Connection, (scope, owner): (i64, i64), grain: Grain) -> rusqlite::Result<Vec<(Key, Measures)>> {
    let mut statement =
        conn.prepare_cached("SELECT * FROM rollups WHERE scope = ?1 AND owner = ?2 AND grain = ?3 ORDER BY at, type")?;
    let mut rows = statement.query(params![scope, owner, grain as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(measures) = read(row.get_ref("measures")?.as_blob()?) {
            found.push((Key::of(row)?, measures));
        }
    }
    Ok(found)
}

/// What of an hour of a tenant, or of all together, was not counted.
#[derive(Debug)]
struct Missing {
    scope: Scope,
    hour: i64,
    counts: [(Count, u64); 3],
}

impl Missing {
    fn shown(&self) -> String {
        let [(_, events), _, (_, deliveries)] = self.counts;
        let hour = Timestamp::from_millis(self.hour);
        let whose = match self.scope {
            Scope::Tenant(tenant) => format!("tenant {}", tenant.0),
            Scope::Node | Scope::Webhook(_) => "all tenants".to_owned(),
        };
        format!("{hour} of {whose}: {events} events and {deliveries} deliveries")
    }

    fn count(&self, conn: &Connection) -> rusqlite::Result<()> {
        let (scope, owner) = sum::place(self.scope, false);
        for grain in [Grain::Hour, Grain::Day] {
            let at = grain.bucket(Timestamp::from_millis(self.hour)).0;
            let key = Key { scope, owner, grain: grain as i64, at, event_type: String::new() };
            let sql =
                "SELECT measures FROM rollups WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at = ?4 AND type = ''";
            let there = conn.query_row(sql, params![scope, owner, key.grain, at], |row| row.get::<_, Vec<u8>>(0));
            let mut sum = there.optional()?.and_then(|bytes| read(&bytes)).unwrap_or_default();
            self.counts.iter().for_each(|&(what, count)| sum.add(what, count));
            write(conn, &key, &sum)?;
        }
        Ok(())
    }
}

/// Milliseconds of 2020-01-01, from which serials count; a whole day.
const BEGIN: i64 = 1_577_836_800_000;
const HOUR: i64 = 3_600_000;

/// Hours of tenants, and of all together, of which more is kept than was counted.
fn missing(conn: &Connection) -> rusqlite::Result<Vec<Missing>> {
    let Some(since) = counted_since(conn)? else { return Ok(Vec::new()) };
    debug_assert_eq!(Serial::FIRST.time().millis(), BEGIN);
    let counted = counted(conn)?;
    let nothing = Measures::default();
    let missing =
        kept(conn)?.into_iter().filter(|((_, hour), _)| *hour >= since).filter_map(|((scope, hour), kept)| {
            let counted = counted.get(&(scope, hour)).unwrap_or(&nothing);
            let more = |what, place: usize| (what, kept[place].saturating_sub(counted.count(what)));
            let counts = [more(Count::Events, 0), more(Count::EventBytes, 1), more(Count::Deliveries, 2)];
            counts.iter().any(|(_, more)| *more > 0).then_some(Missing { scope, hour, counts })
        });
    Ok(missing.collect())
}

/// Events, their bytes, and deliveries that are kept, by the hour in which they were accepted. Sums of tenants that are gone are forgotten.
fn kept(conn: &Connection) -> rusqlite::Result<BTreeMap<(Scope, i64), [u64; 3]>> {
    let mut kept: BTreeMap<(Scope, i64), [u64; 3]> = BTreeMap::new();
    let is_there = "tenant IN (SELECT key FROM tenants)";
    let of_events = format!(
        "SELECT tenant, (key >> 21) / {HOUR} * {HOUR} + {BEGIN}, {is_there}, count(*), sum(length(data)) FROM events
         WHERE tenant <> 0 AND made_for_test IS NULL AND scrubbed_at IS NULL GROUP BY 1, 2"
    );
    let of_deliveries = format!(
        "SELECT tenant, (id >> 21) / {HOUR} * {HOUR} + {BEGIN}, {is_there}, count(*), 0 FROM deliveries
         WHERE test IS NULL GROUP BY 1, 2"
    );
    for (sql, places) in [(of_events, [0, 1]), (of_deliveries, [2, 2])] {
        let mut statement = conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (tenant, hour, is_there) = (TenantKey(row.get(0)?), row.get(1)?, row.get(2)?);
            for scope in [Some(Scope::Node), Some(Scope::Tenant(tenant)).filter(|_| is_there)].into_iter().flatten() {
                let counts = kept.entry((scope, hour)).or_default();
                for (column, place) in places.into_iter().enumerate() {
                    counts[place] += row.get::<_, i64>(3 + column)?.unsigned_abs();
                }
            }
        }
    }
    Ok(kept)
}

/// What was counted in each hour, of tenants and of all together, whether it is in the sums yet or not.
fn counted(conn: &Connection) -> rusqlite::Result<BTreeMap<(Scope, i64), Measures>> {
    let mut counted: BTreeMap<(Scope, i64), Measures> = BTreeMap::new();
    let ((node, _), (tenants, _)) = (sum::place(Scope::Node, false), sum::place(Scope::Tenant(TenantKey::ALL), false));
    let mut statement = conn.prepare(
        "SELECT scope, owner, at, measures FROM rollups WHERE scope IN (?1, ?2) AND grain = ?3 AND type = ''",
    )?;
    let mut rows = statement.query([node, tenants, Grain::Hour as i64])?;
    while let Some(row) = rows.next()? {
        let scope = if row.get::<_, i64>(0)? == node { Scope::Node } else { Scope::Tenant(TenantKey(row.get(1)?)) };
        if let Some(measures) = read(row.get_ref(3)?.as_blob()?) {
            counted.entry((scope, row.get(2)?)).or_default().merge(&measures);
        }
    }
    let progress = progress(conn)?;
    let (mut open, mut begun) = (Counts::default(), Counts::default());
    let mut statement = conn.prepare("SELECT id, counts FROM tallies")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(counts) = form::read(row.get_ref(1)?.as_blob()?) else { continue };
        match row.get::<_, i64>(0)? > progress.upto {
            true => open.merge(counts),
            // In the sums already, if all of it is.
            false if progress.is_complete() => {}
            false => begun.merge(counts),
        }
    }
    let (open, begun) = (Portion::of(&open, 0), Portion::of(&begun, progress.upto));
    let left = begun.sums[begun.first_after(&progress.done).min(begun.sums.len())..].iter();
    for (slot, measures) in open.sums.iter().chain(left).filter(|(slot, _)| slot.event_type.is_none()) {
        if !matches!(slot.scope, Scope::Webhook(_)) {
            let hour = Grain::Hour.bucket(slot.minute.begins());
            counted.entry((slot.scope, hour.0)).or_default().merge(measures);
        }
    }
    Ok(counted)
}

/// From which hour on everything was counted, if anything was: hours that are forgotten are so for all.
fn counted_since(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let (scope, owner) = sum::place(Scope::Node, false);
    let first = "SELECT min(at) FROM rollups WHERE scope = ?1 AND owner = ?2 AND grain = ?3";
    let first_hour: Option<i64> = conn.query_row(first, params![scope, owner, Grain::Hour as i64], |row| row.get(0))?;
    let applied = "SELECT applied_on FROM refinery_schema_history WHERE version = ?1";
    let applied = |version: i64| -> rusqlite::Result<Option<Timestamp>> {
        let text: Option<String> = conn.query_row(applied, [version], |row| row.get(0)).optional()?;
        Ok(text.and_then(|text| Timestamp::parse(&text).ok()))
    };
    let (Some(made), Some(counts)) = (applied(1)?, applied(COUNTS_SINCE)?) else { return Ok(None) };
    // A database that was there before began to count within an hour.
    let began = match counts.since(made) > SAME_START {
        true => Grain::Hour.bucket(counts).0 + HOUR,
        false => i64::MIN,
    };
    Ok(Some(first_hour.unwrap_or(i64::MIN).max(began)))
}

/// The step of the tables that brought the statistics.
const COUNTS_SINCE: i64 = 12;
/// Steps of a new database are taken together.
const SAME_START: Duration = Duration::from_secs(60);

//! How many there are of what a list shows, and how far a page goes that few of many are on. Ranges of indexes are walked, so far and no
//! further; each stride is a read of its own, so others have their turns between two of them.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::{
    read::{self, OF_EVENT, Whose},
    store::SqliteStore,
};
use crate::{
    model::{DeliveryId, EventKey, Serial, TenantKey},
    store::{Counted, DeliveryQuery, EventQuery, MOST_COUNTED, Result},
};

/// How many rows one read looks at.
const STRIDE: u64 = 1_000;
/// So many of a part a page looks at, however many parts there are.
const LEAST_OF_PART: u64 = 100;

/// A range of an index: all of it is what is counted, but for types and what is asked of an event's deliveries.
#[derive(Clone, Copy, Debug)]
enum Part {
    Events(TenantKey),
    OfEvent(EventKey),
    InStatus(Whose, i64),
}

/// What is asked of each row, as the statements take it.
#[derive(Clone, Debug)]
struct Asked {
    types: Option<String>,
    webhook: Option<String>,
    statuses: Option<String>,
    test: Option<bool>,
}

/// A count that goes on stride by stride.
#[derive(Clone, Debug)]
struct Walk {
    asked: Arc<Asked>,
    parts: Arc<[Part]>,
    /// The part that is walked through, from its end to its begin.
    place: usize,
    range: (i64, i64),
    /// What is left of that part is less than this.
    end: i64,
    looked_at: u64,
    count: u64,
}

/// What one look at a part has found.
struct Seen {
    looked_at: u64,
    count: u64,
    last: i64,
}

pub(super) async fn events(store: &SqliteStore, tenant: TenantKey, query: EventQuery) -> Result<Counted> {
    let asked = Asked { types: read::one_of(&query.event_types), webhook: None, statuses: None, test: None };
    let walk = Walk::new(asked, vec![Part::Events(tenant)], read::range_of_events(&query));
    walk.whole(store, tenant).await
}

pub(super) async fn deliveries(store: &SqliteStore, tenant: TenantKey, query: DeliveryQuery) -> Result<Counted> {
    let (range, asked) = (
        read::range_of(&query),
        Asked {
            types: read::one_of(&query.event_types),
            webhook: query.webhook.as_ref().map(|id| id.as_str().to_owned()),
            statuses: read::one_of(&read::codes(&query.statuses)),
            test: query.test,
        },
    );
    let parts = store.read(tenant, move |conn| parts(conn, tenant, &query)).await?;
    Walk::new(asked, parts, range).whole(store, tenant).await
}

/// As [`History::reach_of_events`](crate::store::History::reach_of_events).
pub(super) fn reach_of_events(
    conn: &Connection,
    tenant: TenantKey,
    query: &EventQuery,
) -> rusqlite::Result<Option<EventKey>> {
    let found = reach(conn, &[Part::Events(tenant)], read::range_of_events(query), query.oldest)?;
    Ok(found.map(|key| EventKey(Serial::from_number(key))))
}

/// As [`History::reach_of_deliveries`](crate::store::History::reach_of_deliveries).
pub(super) fn reach_of_deliveries(
    conn: &Connection,
    tenant: TenantKey,
    query: &DeliveryQuery,
) -> rusqlite::Result<Option<DeliveryId>> {
    let parts = parts(conn, tenant, query)?;
    let found = reach(conn, &parts, read::range_of(query), query.oldest)?;
    Ok(found.map(|id| DeliveryId(Serial::from_number(id))))
}

/// Of each part as many are looked at, so up to the nearest of their ends all are.
fn reach(conn: &Connection, parts: &[Part], range: (i64, i64), oldest: bool) -> rusqlite::Result<Option<i64>> {
    let most = (MOST_COUNTED / parts.len().max(1) as u64).max(LEAST_OF_PART);
    let ends = parts.iter().map(|part| part.last_of(conn, range, most, oldest));
    let ends = ends.filter_map(rusqlite::Result::transpose).collect::<rusqlite::Result<Vec<i64>>>()?;
    Ok(if oldest { ends.into_iter().min() } else { ends.into_iter().max() })
}

fn parts(conn: &Connection, tenant: TenantKey, query: &DeliveryQuery) -> rusqlite::Result<Vec<Part>> {
    if let Some(id) = &query.event {
        let event = read::asked_event(conn, tenant, id, query)?;
        return Ok(event.map(Part::OfEvent).into_iter().collect());
    }
    let places = read::places(conn, tenant, query)?;
    let in_status = |(whose, codes): (Whose, Vec<i64>)| codes.into_iter().map(move |code| Part::InStatus(whose, code));
    Ok(places.into_iter().flat_map(in_status).collect())
}

impl Walk {
    fn new(asked: Asked, parts: Vec<Part>, range: (i64, i64)) -> Walk {
        let (asked, parts) = (Arc::new(asked), parts.into());
        Walk { asked, parts, place: 0, range, end: range.1, looked_at: 0, count: 0 }
    }

    async fn whole(mut self, store: &SqliteStore, tenant: TenantKey) -> Result<Counted> {
        while !self.is_over() {
            // A read that was interrupted begins anew.
            self = store.read(tenant, move |conn| self.clone().stride(conn)).await?;
        }
        Ok(self.counted())
    }

    fn counted(&self) -> Counted {
        Counted { count: self.count.min(MOST_COUNTED), is_capped: self.looked_at > MOST_COUNTED }
    }

    fn is_over(&self) -> bool {
        self.place == self.parts.len() || self.looked_at > MOST_COUNTED
    }

    fn stride(mut self, conn: &Connection) -> rusqlite::Result<Walk> {
        let mut left = STRIDE;
        while left > 0 && !self.is_over() {
            // One more than is counted says that there are more, and is not counted.
            let is_beyond = self.looked_at == MOST_COUNTED;
            let most = if is_beyond { 1 } else { left.min(MOST_COUNTED - self.looked_at) };
            let seen = self.parts[self.place].look(conn, &self.asked, (self.range.0, self.end), most)?;
            self.looked_at += seen.looked_at;
            self.count += if is_beyond { 0 } else { seen.count };
            self.end = seen.last;
            if seen.looked_at < most {
                (self.place, self.end) = (self.place + 1, self.range.1);
            }
            // A part in which there is nothing takes a look, too.
            left -= seen.looked_at.max(1);
        }
        Ok(self)
    }
}

impl Part {
    /// The value of its index's first column.
    fn key(self) -> i64 {
        match self {
            Part::Events(tenant) => tenant.0,
            Part::OfEvent(event) => event.0.number(),
            Part::InStatus(whose, _) => whose.indexed().2,
        }
    }

    /// Looks at so many rows at most, from the last on, and counts those that are asked for.
    fn look(self, conn: &Connection, asked: &Asked, (first, end): (i64, i64), most: u64) -> rusqlite::Result<Seen> {
        let Asked { types, webhook, statuses, test } = asked;
        let mut look = conn.prepare_cached(&self.counting(types.is_some(), *test == Some(false)))?;
        let (key, most) = (self.key(), most as i64);
        match (self, types) {
            (Part::OfEvent(_), _) => look.query_row(params![key, first, end, most, webhook, statuses, test], seen),
            (_, None) => look.query_row(params![key, first, end, most], seen),
            (_, Some(types)) => look.query_row(params![key, first, end, most, types], seen),
        }
    }

    /// Which row is the last of so many, from one end of the range on; none where there are fewer.
    fn last_of(
        self,
        conn: &Connection,
        (first, end): (i64, i64),
        most: u64,
        oldest: bool,
    ) -> rusqlite::Result<Option<i64>> {
        let mut find = conn.prepare_cached(&self.measuring(oldest))?;
        let seen = find.query_row(params![self.key(), first, end, most as i64], seen)?;
        Ok((seen.looked_at == most).then_some(seen.last))
    }

    /// Where neither types nor tests are told apart, the index alone tells.
    fn counting(self, by_type: bool, without_tests: bool) -> String {
        const OF_TYPE: &str = "type IN (SELECT value FROM json_each(?5))";
        let no_test = if without_tests { "AND d.test IS NULL" } else { "" };
        match (self, by_type) {
            (Part::OfEvent(_), _) => format!(
                "SELECT count(*), count(*) FILTER (WHERE {OF_EVENT}), min(d.id) FROM ({}) d
                 LEFT JOIN webhooks w ON w.key = d.webhook",
                self.rows(", webhook, status, test", false)
            ),
            (Part::Events(_), true) => format!(
                "SELECT count(*), count(*) FILTER (WHERE {OF_TYPE}), min(id) FROM ({})",
                self.rows(", type", false)
            ),
            (Part::InStatus(..), true) => format!(
                "SELECT count(*), count(*) FILTER (WHERE e.{OF_TYPE} {no_test}), min(d.id) FROM ({}) d
                 LEFT JOIN events e ON e.key = d.event",
                self.rows(", event, test", false)
            ),
            (Part::InStatus(..), false) if without_tests => format!(
                "SELECT count(*), count(*) FILTER (WHERE d.test IS NULL), min(d.id) FROM ({}) d",
                self.rows(", test", false)
            ),
            (Part::InStatus(..) | Part::Events(_), false) => {
                format!("SELECT count(*), count(*), min(id) FROM ({})", self.rows("", false))
            }
        }
    }

    fn measuring(self, oldest: bool) -> String {
        let last = if oldest { "max" } else { "min" };
        format!("SELECT count(*), count(*), {last}(id) FROM ({})", self.rows("", oldest))
    }

    fn rows(self, columns: &str, oldest: bool) -> String {
        let order = read::order(oldest);
        let (key, from, of) = match self {
            Part::Events(_) => ("key", "events INDEXED BY events_by_tenant".to_owned(), "tenant = ?1".to_owned()),
            Part::OfEvent(_) => ("id", "deliveries INDEXED BY deliveries_by_event".to_owned(), "event = ?1".to_owned()),
            Part::InStatus(whose, code) => {
                let (index, column, _) = whose.indexed();
                let of = format!("{column} = ?1 AND status = {code} {}", whose.condition());
                ("id", format!("deliveries INDEXED BY {index}"), of)
            }
        };
        format!(
            "SELECT {key} AS id{columns} FROM {from} WHERE {of} AND {key} >= ?2 AND {key} < ?3
             ORDER BY {key} {order} LIMIT ?4"
        )
    }
}

fn seen(row: &Row<'_>) -> rusqlite::Result<Seen> {
    let count = |place| row.get::<_, i64>(place).map(i64::unsigned_abs);
    Ok(Seen { looked_at: count(0)?, count: count(1)?, last: row.get::<_, Option<i64>>(2)?.unwrap_or_default() })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        model::{DeliveryStatus, EventType, WebhookKey},
        store::sqlite::version,
    };

    /// Of tenant 1 so many events, of which every tenth is of type `rare`, with a delivery each: every second is delivered.
    fn filled(count: u64) -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        version::migrations().run(&mut conn).unwrap();
        let fill = format!(
            "CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {count}) SELECT n FROM n;
             INSERT INTO events (key, tenant, type, timestamp, fan_out, data)
                 SELECT 2 * n, 1, iif(n % 10 = 0, 'rare', 'often'), 0, 1, x'7b7d' FROM n;
             INSERT INTO deliveries (id, webhook, event, tenant, status, attempts, failed)
                 SELECT 2 * n + 1, 7, 2 * n, 1, iif(n % 2 = 0, 2, 0), 0, 0 FROM n;"
        );
        conn.execute_batch(&fill).unwrap();
        conn
    }

    /// What is counted, and by how many reads.
    fn counted(conn: &Connection, mut walk: Walk) -> (Counted, usize) {
        let mut reads = 0;
        while !walk.is_over() {
            let before = walk.looked_at;
            walk = walk.stride(conn).unwrap();
            assert!(walk.looked_at - before <= STRIDE);
            reads += 1;
        }
        (walk.counted(), reads)
    }

    fn of_deliveries(conn: &Connection, query: DeliveryQuery) -> (Counted, usize) {
        let asked = Asked {
            types: read::one_of(&query.event_types),
            webhook: None,
            statuses: read::one_of(&read::codes(&query.statuses)),
            test: query.test,
        };
        let parts = parts(conn, TenantKey(1), &query).unwrap();
        counted(conn, Walk::new(asked, parts, read::range_of(&query)))
    }

    #[test]
    fn a_page_by_type_goes_so_far_and_the_next_from_there() {
        let conn = filled(30_000);
        let query =
            |statuses: &[DeliveryStatus]| DeliveryQuery { statuses: statuses.to_vec(), ..DeliveryQuery::default() };
        let reach = |query: DeliveryQuery| {
            let reach = reach_of_deliveries(&conn, TenantKey(1), &query).unwrap();
            reach.map(|id| id.0.number())
        };
        let (pending, all) = (query(&[DeliveryStatus::Pending]), query(&[]));
        // Every second is pending: of 10,000 of them the last is the 20,000th of all; in each of five statuses it is 2,000.
        assert_eq!(reach(pending.clone()), Some(2 * (29_999 - 2 * 9_999) + 1));
        assert_eq!(reach(all.clone()), Some(2 * (30_000 - 2 * 1_999) + 1));
        assert_eq!(reach(DeliveryQuery { oldest: true, ..pending.clone() }), Some(2 * 19_999 + 1));
        let id = |number| Some(DeliveryId(Serial::from_number(number)));
        assert_eq!(reach(DeliveryQuery { before: id(2 * 19_999), ..pending.clone() }), None, "there are no more");
        let next = DeliveryQuery { before: id(2 * 25_999 + 1), ..all };
        assert_eq!(reach(next), Some(2 * (25_998 - 2 * 1_999) + 1));
        let events = EventQuery { oldest: true, ..EventQuery::default() };
        assert_eq!(reach_of_events(&conn, TenantKey(1), &events).unwrap(), Some(EventKey(Serial::from_number(20_000))));
    }

    #[test]
    fn it_is_counted_so_far_and_no_further_however_many_there_are() {
        let of = |count, is_capped| Counted { count, is_capped };
        let rare = || vec![EventType::kept("rare")];
        for (there, all, of_type) in [
            (9_999, of(9_999, false), of(999, false)),
            (10_000, of(10_000, false), of(1_000, false)),
            (10_001, of(10_000, true), of(1_000, true)),
            (30_000, of(10_000, true), of(1_000, true)),
        ] {
            let conn = filled(there);
            let events = |types: Vec<EventType>| {
                let asked = Asked { types: read::one_of(&types), webhook: None, statuses: None, test: None };
                counted(&conn, Walk::new(asked, vec![Part::Events(TenantKey(1))], (0, i64::MAX)))
            };
            for (found, expected) in [
                (events(vec![]), all),
                (events(rare()), of_type),
                (of_deliveries(&conn, DeliveryQuery::default()), all),
            ] {
                let (counted, reads) = found;
                // Of one that there are none of, a look is as much as of one.
                assert_eq!(counted, expected, "of {there}");
                assert!(reads <= 11, "{reads} reads of {there}");
            }
            // They are looked at status by status, so of many it depends on these which are found.
            let (counted, _) = of_deliveries(&conn, DeliveryQuery { event_types: rare(), ..DeliveryQuery::default() });
            assert_eq!(counted.is_capped, of_type.is_capped, "of {there}");
            assert!(counted.count <= of_type.count && (counted.is_capped || counted == of_type), "{counted:?}");
            let delivered = DeliveryQuery { statuses: vec![DeliveryStatus::Delivered], ..DeliveryQuery::default() };
            let (count, _) = of_deliveries(&conn, delivered);
            assert_eq!(count, Counted::of(there as usize / 2), "of {there}");
        }
    }

    /// Every statement that counts.
    pub fn statements() -> Vec<String> {
        let (tenant, webhook) = (TenantKey(1), WebhookKey(Serial::FIRST));
        let parts = [
            Part::Events(tenant),
            Part::OfEvent(EventKey(Serial::FIRST)),
            Part::InStatus(Whose::Tenant(tenant), 0),
            Part::InStatus(Whose::Webhook(webhook), 0),
            Part::InStatus(Whose::TestsOfTenant(tenant), 0),
            Part::InStatus(Whose::TestsOfWebhook(webhook), 0),
        ];
        let ways = [(false, false), (true, false), (false, true), (true, true)];
        let counting = parts.into_iter().flat_map(|part| ways.map(|(by_type, alone)| part.counting(by_type, alone)));
        counting.chain(parts.into_iter().flat_map(|part| [false, true].map(|oldest| part.measuring(oldest)))).collect()
    }
}

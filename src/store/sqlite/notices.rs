//! What notices tell of, on disk: what is so until its end was told, and what has happened until it was told.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    error::unavailable,
    job_queues::JobSize,
    mails,
    rows::{member_bytes, members_of},
    store::SqliteStore,
    transaction::Tx,
};
use crate::{
    model::{ApiKeyId, DeliveryId, Serial, TenantId, TenantKey, Timestamp, WebhookKey},
    observe::{Bucket, Grain},
    store::{
        About, Condition, Happened, HappenedGroup, HappenedKind, Incident, KeyTold, MOST_DELIVERIES, MOST_SUBJECTS,
        Notices, Result, Told, ToldChanges,
    },
};

const MINUTE: Duration = Duration::from_secs(60);
/// Of all things beyond [`MOST_SUBJECTS`]: no serial is this.
const OTHERS: i64 = 0;

#[async_trait]
impl Notices for SqliteStore {
    async fn incidents(&self) -> Result<Vec<Incident>> {
        self.read_overview(incidents).await
    }

    async fn conditions(&self) -> Result<Vec<Condition>> {
        self.read_overview(conditions).await
    }

    async fn happened(&self, limit: usize) -> Result<Vec<Happened>> {
        if !self.read_overview(has_anything_happened).await? {
            return Ok(Vec::new());
        }
        // What is being written may be of a minute that is over by now. Whatever is written after this, is of this time or a later one.
        let now = self.write(JobSize::small(TenantKey::ALL), |tx| Ok(tx.now)).await?;
        self.read_overview(move |conn| happened(conn, Grain::Minute.bucket(now), limit)).await
    }

    async fn keep_told(&self, told: ToldChanges) -> Result<()> {
        let size = JobSize { rows: told.len(), ..JobSize::small(TenantKey::ALL) };
        self.write(size, move |tx| keep(tx, &told).map_err(unavailable)).await
    }
}

fn incidents(conn: &Connection) -> rusqlite::Result<Vec<Incident>> {
    let mut statement = conn.prepare_cached("SELECT webhook, tenant, since, told, told_at FROM incidents")?;
    statement.query_map([], incident)?.collect()
}

fn incident(row: &Row<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        webhook: WebhookKey(Serial::from_number(row.get(0)?)),
        tenant: TenantKey(row.get(1)?),
        since: Timestamp::from_millis(row.get(2)?),
        told: match row.get::<_, i64>(3)? {
            0 => Told::Nothing,
            1 => Told::Failing,
            2 => Told::Disabled,
            _ => Told::Recovered,
        },
        told_at: Timestamp::from_millis(row.get(4)?),
    })
}

fn conditions(conn: &Connection) -> rusqlite::Result<Vec<Condition>> {
    let mut statement = conn.prepare_cached("SELECT tenant, subject, since, told FROM conditions")?;
    let condition = |row: &Row<'_>| {
        Ok(Condition {
            tenant: TenantKey(row.get(0)?),
            subject: row.get(1)?,
            since: Timestamp::from_millis(row.get(2)?),
            is_told: row.get(3)?,
        })
    };
    statement.query_map([], condition)?.collect()
}

fn has_anything_happened(conn: &Connection) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM happened LIMIT 1")?.exists([])
}

/// A minute that is far to come is over, too: it is of a clock that was set back. The next one may begin while this is told.
fn happened(conn: &Connection, present: Bucket, limit: usize) -> rusqlite::Result<Vec<Happened>> {
    let mut statement = conn.prepare_cached(
        "SELECT minute, tenant, kind, subject, count, detail FROM happened WHERE minute < ?1 OR minute > ?2
         ORDER BY minute, tenant, kind, subject LIMIT ?3",
    )?;
    let limit = limit.max(MOST_SUBJECTS + 2);
    let next = Grain::Minute.bucket(present.begins() + MINUTE);
    let rows = statement.query_map(params![present.0, next.0, limit as i64], |row| {
        let kind = match row.get::<_, i64>(2)? {
            0 => HappenedKind::GivenUp,
            1 => HappenedKind::KeyMade,
            _ => HappenedKind::KeyRevoked,
        };
        let group = HappenedGroup { minute: Bucket(row.get(0)?), tenant: TenantKey(row.get(1)?), kind };
        let (subject, detail) = (row.get::<_, i64>(3)?, row.get_ref(5)?.as_blob()?);
        let serial = Serial::from_number(subject);
        let about = match kind {
            _ if subject == OTHERS => About::Others,
            HappenedKind::GivenUp => About::Webhook(WebhookKey(serial), members_of(detail)),
            HappenedKind::KeyMade | HappenedKind::KeyRevoked => {
                serde_json::from_slice(detail).map_or(About::Others, |told| About::Key(ApiKeyId(serial), told))
            }
        };
        Ok(Happened { group, about, count: row.get::<_, i64>(4)?.unsigned_abs() })
    })?;
    let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    // The last group may go on behind the limit.
    if found.len() == limit
        && let Some(last) = found.last().map(|last| last.group)
    {
        found.retain(|one| one.group != last);
    }
    Ok(found)
}

fn keep(tx: &Tx<'_>, told: &ToldChanges) -> rusqlite::Result<()> {
    let ToldChanges { incidents, incidents_over, conditions, conditions_over, happened, mails } = told;
    let mut write = tx.conn.prepare_cached(
        "INSERT OR REPLACE INTO incidents (webhook, tenant, since, told, told_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for Incident { webhook, tenant, since, told, told_at } in incidents {
        let told = match told {
            Told::Nothing => 0,
            Told::Failing => 1,
            Told::Disabled => 2,
            Told::Recovered => 3,
        };
        write.execute(params![webhook.0.number(), tenant.0, since.millis(), told, told_at.millis()])?;
    }
    let mut forget = tx.conn.prepare_cached("DELETE FROM incidents WHERE webhook = ?1")?;
    for webhook in incidents_over {
        forget.execute([webhook.0.number()])?;
    }
    let mut write = tx.conn.prepare_cached("INSERT OR REPLACE INTO conditions VALUES (?1, ?2, ?3, ?4)")?;
    for Condition { tenant, subject, since, is_told } in conditions {
        write.execute(params![tenant.0, subject, since.millis(), is_told])?;
    }
    let mut forget = tx.conn.prepare_cached("DELETE FROM conditions WHERE tenant = ?1 AND subject = ?2")?;
    for (tenant, subject) in conditions_over {
        forget.execute(params![tenant.0, subject])?;
    }
    let mut forget = tx.conn.prepare_cached("DELETE FROM happened WHERE minute = ?1 AND tenant = ?2 AND kind = ?3")?;
    for HappenedGroup { minute, tenant, kind } in happened {
        forget.execute(params![minute.0, tenant.0, kind_code(*kind)])?;
    }
    mails.iter().try_for_each(|line| mails::add(tx, line))
}

fn kind_code(kind: HappenedKind) -> i64 {
    match kind {
        HappenedKind::GivenUp => 0,
        HappenedKind::KeyMade => 1,
        HappenedKind::KeyRevoked => 2,
    }
}

/// Deliveries of a webhook were given up, these the first of them.
pub(super) fn given_up(
    tx: &Tx<'_>,
    tenant: TenantKey,
    webhook: WebhookKey,
    count: u64,
    deliveries: &[DeliveryId],
) -> rusqlite::Result<()> {
    let detail = member_bytes(deliveries.iter().take(MOST_DELIVERIES).copied());
    happens(tx, tenant, HappenedKind::GivenUp, webhook.0, count, &detail)
}

/// An API key was made or revoked by a person; `owner`: none for an operator's.
pub(super) fn key_changed(
    tx: &Tx<'_>,
    owner: Option<TenantKey>,
    kind: HappenedKind,
    key: Serial,
    name: String,
    hint: String,
) -> rusqlite::Result<()> {
    let default = || tx.limits.tenants.named(&TenantId::kept(TenantId::DEFAULT)).map(|tenant| tenant.key);
    let by = tx.by.as_ref().filter(|by| !by.is_system());
    let (Some(by), Some(tenant)) = (by, owner.or_else(default)) else { return Ok(()) };
    let told = KeyTold { name, hint, by: by.to_string() };
    let detail = serde_json::to_vec(&told).unwrap_or_default();
    happens(tx, tenant, kind, key, 1, &detail)
}

/// Something happens in this minute. Of what happens to one subject, the first details are kept.
fn happens(
    tx: &Tx<'_>,
    tenant: TenantKey,
    kind: HappenedKind,
    subject: Serial,
    count: u64,
    detail: &[u8],
) -> rusqlite::Result<()> {
    let minute = Grain::Minute.bucket(tx.now);
    let place = HappenedGroup { minute, tenant, kind };
    if adds(tx, place, subject.number(), count, detail)? {
        return Ok(());
    }
    let group = params![minute.0, tenant.0, kind_code(kind)];
    let mut count_all =
        tx.conn.prepare_cached("SELECT count(*) FROM happened WHERE minute = ?1 AND tenant = ?2 AND kind = ?3")?;
    let is_apart = count_all.query_row(group, |row| row.get::<_, i64>(0))? < MOST_SUBJECTS as i64;
    if !is_apart && adds(tx, place, OTHERS, count, &[])? {
        return Ok(());
    }
    let mut insert = tx.conn.prepare_cached("INSERT INTO happened VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let (subject, detail) = if is_apart { (subject.number(), detail) } else { (OTHERS, &[][..]) };
    insert.execute(params![minute.0, tenant.0, kind_code(kind), subject, count as i64, detail])?;
    Ok(())
}

/// Adds to what has happened to this subject, if anything has.
fn adds(tx: &Tx<'_>, place: HappenedGroup, subject: i64, count: u64, detail: &[u8]) -> rusqlite::Result<bool> {
    let place = (place.minute.0, place.tenant.0, kind_code(place.kind), subject);
    let mut find = tx.conn.prepare_cached(
        "SELECT detail FROM happened WHERE minute = ?1 AND tenant = ?2 AND kind = ?3 AND subject = ?4",
    )?;
    let Some(mut all) = find.query_row(place, |row| row.get::<_, Vec<u8>>(0)).optional()? else { return Ok(false) };
    // Keys happen once; of deliveries, the ids are as long as one another.
    let room = (MOST_DELIVERIES * size_of::<i64>()).saturating_sub(all.len());
    all.extend_from_slice(&detail[..detail.len().min(room)]);
    let mut add = tx.conn.prepare_cached(
        "UPDATE happened SET count = count + ?5, detail = ?6
         WHERE minute = ?1 AND tenant = ?2 AND kind = ?3 AND subject = ?4",
    )?;
    let (minute, tenant, kind, subject) = place;
    add.execute(params![minute, tenant, kind, subject, count as i64, all]).map(|rows| rows > 0)
}

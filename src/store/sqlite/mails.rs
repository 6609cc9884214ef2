//! What is still to be mailed, on disk: a row for each tenant.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{error::unavailable, job_queues::JobSize, store::SqliteStore, transaction::Tx};
use crate::{
    model::{TenantKey, Timestamp},
    store::{DueMail, MOST_LINES, MailLine, Mails, Result},
};

/// So long lines are gathered for one mail.
const GATHERS: Duration = Duration::from_secs(60);

#[async_trait]
impl Mails for SqliteStore {
    async fn due_mails(&self, now: Timestamp, limit: usize) -> Result<(Vec<DueMail>, u64)> {
        self.read_overview(move |conn| Ok((due(conn, now, limit)?, waiting(conn)?))).await
    }

    async fn mail_done(&self, tenant: TenantKey, lines: usize, count: u64, now: Timestamp) -> Result<()> {
        let size = JobSize::small(TenantKey::ALL);
        self.write(size, move |tx| done(tx, tenant, lines, count, now).map_err(unavailable)).await
    }

    async fn mail_put_off(&self, tenant: TenantKey, due_at: Timestamp) -> Result<()> {
        let put_off = move |tx: &mut Tx<'_>| {
            let sql = "UPDATE mails SET tries = tries + 1, due_at = ?2 WHERE tenant = ?1";
            let mut update = tx.conn.prepare_cached(sql)?;
            update.execute(params![tenant.0, due_at.millis()]).map(drop)
        };
        self.write(JobSize::small(TenantKey::ALL), move |tx| put_off(tx).map_err(unavailable)).await
    }
}

/// Of a clock that was set back nothing waits for longer than the longest time between two tries.
fn due(conn: &Connection, now: Timestamp, limit: usize) -> rusqlite::Result<Vec<DueMail>> {
    const LONGEST: Duration = Duration::from_secs(3_600);
    let mut statement = conn.prepare_cached(
        "SELECT tenant, lines, count, tries, since FROM mails WHERE due_at <= ?1 OR due_at > ?2 ORDER BY due_at LIMIT ?3",
    )?;
    let latest = now + LONGEST;
    statement.query_map(params![now.millis(), latest.millis(), limit as i64], due_mail)?.collect()
}

fn due_mail(row: &Row<'_>) -> rusqlite::Result<DueMail> {
    Ok(DueMail {
        tenant: TenantKey(row.get(0)?),
        lines: lines_of(&row.get::<_, String>(1)?),
        count: row.get::<_, i64>(2)?.unsigned_abs(),
        tries: row.get(3)?,
        since: Timestamp::from_millis(row.get(4)?),
    })
}

/// No line has an end of a line in it, and none is empty.
fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn waiting(conn: &Connection) -> rusqlite::Result<u64> {
    conn.query_row("SELECT count(*) FROM mails", [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

/// What is kept of a tenant: lines, and how many notices.
fn kept(tx: &Tx<'_>, tenant: TenantKey) -> rusqlite::Result<Option<(Vec<String>, u64)>> {
    let mut find = tx.conn.prepare_cached("SELECT lines, count FROM mails WHERE tenant = ?1")?;
    let row = |row: &Row<'_>| Ok((lines_of(&row.get::<_, String>(0)?), row.get::<_, i64>(1)?.unsigned_abs()));
    find.query_row([tenant.0], row).optional()
}

/// Keeps a line to be mailed; beyond [`MOST_LINES`] only that there is one more.
pub(super) fn add(tx: &Tx<'_>, MailLine { tenant, line }: &MailLine) -> rusqlite::Result<()> {
    match kept(tx, *tenant)? {
        None => {
            let sql = "INSERT INTO mails (tenant, lines, count, tries, since, due_at) VALUES (?1, ?2, 1, 0, ?3, ?4)";
            let due_at = tx.now + GATHERS;
            tx.conn.prepare_cached(sql)?.execute(params![tenant.0, line, tx.now.millis(), due_at.millis()])?;
        }
        Some((mut lines, count)) => {
            // One is left out as soon as another was: they are the first.
            if lines.len() < MOST_LINES && lines.len() as u64 == count {
                lines.push(line.clone());
            }
            let sql = "UPDATE mails SET lines = ?2, count = count + 1 WHERE tenant = ?1";
            tx.conn.prepare_cached(sql)?.execute(params![tenant.0, lines.join("\n")])?;
        }
    }
    Ok(())
}

fn done(tx: &Tx<'_>, tenant: TenantKey, lines: usize, count: u64, now: Timestamp) -> rusqlite::Result<()> {
    let Some((mut left, all)) = kept(tx, tenant)? else { return Ok(()) };
    left.drain(..lines.min(left.len()));
    if all <= count {
        tx.conn.prepare_cached("DELETE FROM mails WHERE tenant = ?1")?.execute([tenant.0])?;
        return Ok(());
    }
    let sql = "UPDATE mails SET lines = ?2, count = count - ?3, tries = 0, since = ?4, due_at = ?5 WHERE tenant = ?1";
    let due_at = now + GATHERS;
    let changes = params![tenant.0, left.join("\n"), count as i64, now.millis(), due_at.millis()];
    tx.conn.prepare_cached(sql)?.execute(changes).map(drop)
}

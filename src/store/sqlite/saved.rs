//! What tenants save under names: a row each, found by its name.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use super::{
    error::unavailable, job_queues::JobSize, store::SqliteStore, tenants::require_tenant, told::Told, transaction::Tx,
};
use crate::{
    model::{
        Actor, QuotaKind, ROW_BYTES, Saved, SavedKind, SavedName, SavedWhat, TenantKey, Timestamp,
        audit::{AuditAction, AuditDraft, difference, members},
    },
    store::{
        ANSWER_BYTES, Counted, MOST_COUNTED, Result, SavedPage, SavedQuery, SavedThings, StoreError,
        stored::{self, StoredReport, StoredSavedEvent, StoredTheme, Unreadable},
    },
};

#[async_trait]
impl SavedThings for SqliteStore {
    async fn save(&self, tenant: TenantKey, name: SavedName, what: SavedWhat, by: &Actor) -> Result<(Saved, bool)> {
        let (document, what) = self.made(tenant, by, move || Ok((written(&what)?, what))).await?;
        let size = JobSize::of_text(tenant, document.len());
        self.change_much(size, by, move |tx| {
            let kind = what.kind();
            let before = shown(tx.conn, tenant, kind, &name).map_err(unavailable)?;
            let saved = save(tx, tenant, name, what, &document)?;
            let after = shown(tx.conn, tenant, kind, &saved.0.name).map_err(unavailable)?.unwrap_or_default();
            let line = AuditDraft::new(told(kind).0, &saved.0.name, Some(tenant));
            let line = match before {
                Some(before) => line.changed(difference(before, after, &[])),
                None => line.after(Some(after)),
            };
            tx.told(line, saved)
        })
        .await
    }

    async fn saved(&self, tenant: TenantKey, kind: SavedKind, name: SavedName) -> Result<Option<Saved>> {
        self.read(tenant, move |conn| find(conn, tenant, kind, &name)).await
    }

    async fn list_saved(&self, tenant: TenantKey, kind: SavedKind, query: SavedQuery) -> Result<SavedPage> {
        self.read(tenant, move |conn| list(conn, tenant, kind, &query)).await
    }

    async fn count_saved(&self, tenant: TenantKey, kind: SavedKind) -> Result<Counted> {
        self.read(tenant, move |conn| count(conn, tenant, kind)).await
    }

    async fn forget_saved(&self, tenant: TenantKey, kind: SavedKind, name: SavedName, by: &Actor) -> Result<bool> {
        self.change(tenant, by, move |tx| {
            let before = shown(tx.conn, tenant, kind, &name).map_err(unavailable)?;
            let Some(bytes) = forget(tx, tenant, kind, &name).map_err(unavailable)? else {
                return Ok(Told::nothing(false));
            };
            count_in(tx, tenant, -things(kind), -bytes);
            tx.note(noted(kind).1, &name);
            tx.told(AuditDraft::new(told(kind).1, &name, Some(tenant)).before(before), true)
        })
        .await
    }
}

/// As stored.
fn code(kind: SavedKind) -> i64 {
    match kind {
        SavedKind::Event => 0,
        SavedKind::Report => 1,
        SavedKind::Theme => 2,
    }
}

/// What is noted when one is saved, and when it is deleted.
fn noted(kind: SavedKind) -> (&'static str, &'static str) {
    match kind {
        SavedKind::Event => ("event saved", "saved event deleted"),
        SavedKind::Report => ("report saved", "report deleted"),
        SavedKind::Theme => ("theme saved", "theme deleted"),
    }
}

/// What is told then.
fn told(kind: SavedKind) -> (AuditAction, AuditAction) {
    match kind {
        SavedKind::Event => (AuditAction::SavedEventSaved, AuditAction::SavedEventDeleted),
        SavedKind::Report => (AuditAction::ReportSaved, AuditAction::ReportDeleted),
        SavedKind::Theme => (AuditAction::ThemeSaved, AuditAction::ThemeDeleted),
    }
}

/// Longer documents are told by their length only: the writer, for whom all wait, reads them.
const LONGEST_SHOWN: usize = 16 << 10;

/// What is saved, for the audit trail.
fn shown(
    conn: &Connection,
    tenant: TenantKey,
    kind: SavedKind,
    name: &SavedName,
) -> rusqlite::Result<Option<Map<String, Value>>> {
    let mut find = conn.prepare_cached(
        "SELECT iif(length(document) <= ?4, document, NULL), length(CAST(document AS BLOB)) FROM saved
         INDEXED BY saved_by_name WHERE tenant = ?1 AND kind = ?2 AND name = ?3",
    )?;
    let found = find.query_row(params![tenant.0, code(kind), name.as_str(), LONGEST_SHOWN as i64], |row| {
        Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?))
    });
    let Some((document, bytes)) = found.optional()? else { return Ok(None) };
    Ok(document.map_or_else(|| members(&json!({"bytes": bytes})), |document| stored::members(&document)))
}

fn things(kind: SavedKind) -> i64 {
    i64::from(kind.is_counted())
}

fn written(what: &SavedWhat) -> Result<String> {
    let written = match what {
        SavedWhat::Event(event) => stored::written::<StoredSavedEvent>(event, None, stored::VERSION),
        SavedWhat::Report(report) => stored::written::<StoredReport>(report, None, stored::VERSION),
        SavedWhat::Theme(theme) => stored::written::<StoredTheme>(theme, None, stored::VERSION),
    };
    written.map_err(|reason| StoreError::Corrupt(format!("what is saved: {reason}")))
}

fn what(kind: SavedKind, document: &str) -> std::result::Result<SavedWhat, Unreadable> {
    let document = document.as_bytes();
    match kind {
        SavedKind::Event => stored::read::<StoredSavedEvent>(document, stored::VERSION).map(SavedWhat::Event),
        SavedKind::Report => stored::read::<StoredReport>(document, stored::VERSION).map(SavedWhat::Report),
        SavedKind::Theme => stored::read::<StoredTheme>(document, stored::VERSION).map(SavedWhat::Theme),
    }
}

fn save(tx: &mut Tx<'_>, tenant: TenantKey, name: SavedName, what: SavedWhat, document: &str) -> Result<(Saved, bool)> {
    require_tenant(tx, tenant)?;
    let (kind, bytes) = (what.kind(), ROW_BYTES.cast_signed() + document.len() as i64);
    let before = bytes_and_begin(tx.conn, tenant, kind, &name).map_err(unavailable)?;
    let more = bytes - before.map_or(0, |(bytes, _)| bytes);
    let more_things = if before.is_none() { things(kind) } else { 0 };
    tx.allow(tenant, QuotaKind::Saved, more_things.unsigned_abs()).map_err(StoreError::Full)?;
    if more > 0 {
        tx.allow(tenant, QuotaKind::EventBytes, more.unsigned_abs()).map_err(StoreError::Full)?;
        tx.disk_has_room(tenant)?.map_err(StoreError::from)?;
    }
    let created_at = before.map_or(tx.now, |(_, created_at)| created_at);
    upsert(tx, tenant, kind, &name, bytes, created_at, document).map_err(unavailable)?;
    count_in(tx, tenant, more_things, more);
    tx.note(noted(kind).0, &name);
    Ok((Saved { name, what, created_at, updated_at: tx.now }, before.is_none()))
}

fn upsert(
    tx: &Tx<'_>,
    tenant: TenantKey,
    kind: SavedKind,
    name: &SavedName,
    bytes: i64,
    created_at: Timestamp,
    document: &str,
) -> rusqlite::Result<()> {
    let mut upsert = tx.conn.prepare_cached(
        "INSERT INTO saved (tenant, kind, name, created_at, updated_at, bytes, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant, kind, name) DO UPDATE SET updated_at = ?5, bytes = ?6, document = ?7",
    )?;
    let times = (created_at.millis(), tx.now.millis());
    upsert.execute(params![tenant.0, code(kind), name.as_str(), times.0, times.1, bytes, document])?;
    Ok(())
}

fn bytes_and_begin(
    conn: &Connection,
    tenant: TenantKey,
    kind: SavedKind,
    name: &SavedName,
) -> rusqlite::Result<Option<(i64, Timestamp)>> {
    let mut find = conn.prepare_cached(
        "SELECT bytes, created_at FROM saved INDEXED BY saved_by_name WHERE tenant = ?1 AND kind = ?2 AND name = ?3",
    )?;
    let there = params![tenant.0, code(kind), name.as_str()];
    find.query_row(there, |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?)))).optional()
}

fn count_in(tx: &mut Tx<'_>, tenant: TenantKey, things: i64, bytes: i64) {
    tx.ledger.saved(tenant, things);
    tx.ledger.event_bytes(tenant, bytes);
}

/// How many bytes it counted for, if it was there.
fn forget(tx: &Tx<'_>, tenant: TenantKey, kind: SavedKind, name: &SavedName) -> rusqlite::Result<Option<i64>> {
    let mut delete =
        tx.conn.prepare_cached("DELETE FROM saved WHERE tenant = ?1 AND kind = ?2 AND name = ?3 RETURNING bytes")?;
    delete.query_row(params![tenant.0, code(kind), name.as_str()], |row| row.get(0)).optional()
}

/// Forgets some of a tenant's that is deleted; whether there may be more.
pub(super) fn forget_of(tx: &mut Tx<'_>, tenant: TenantKey, limit: usize) -> rusqlite::Result<bool> {
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM saved WHERE rowid IN (
             SELECT rowid FROM saved INDEXED BY saved_by_name WHERE tenant = ?1 LIMIT ?2) RETURNING bytes, kind <> 2",
    )?;
    let gone = delete.query_map(params![tenant.0, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let gone = gone.collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
    let (bytes, things) = gone.iter().fold((0, 0), |(bytes, things), one| (bytes + one.0, things + one.1));
    count_in(tx, tenant, -things, -bytes);
    Ok(gone.len() == limit)
}

const COLUMNS: &str = "name, created_at, updated_at, document";

fn find(conn: &Connection, tenant: TenantKey, kind: SavedKind, name: &SavedName) -> rusqlite::Result<Option<Saved>> {
    let mut find = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM saved INDEXED BY saved_by_name WHERE tenant = ?1 AND kind = ?2 AND name = ?3"
    ))?;
    let found = find.query_row(params![tenant.0, code(kind), name.as_str()], |row| saved(row, kind)).optional()?;
    Ok(found.flatten())
}

/// Those of a page.
pub(super) fn page(is_from_end: bool) -> String {
    let order = if is_from_end { "DESC" } else { "ASC" };
    format!(
        "SELECT {COLUMNS} FROM saved INDEXED BY saved_by_name
         WHERE tenant = ?1 AND kind = ?2 AND name > ?3 AND name < ?4 ORDER BY name {order} LIMIT ?5"
    )
}

/// Before and behind all names, by their characters.
const FIRST: &str = "";
const LAST: &str = "~";

fn list(conn: &Connection, tenant: TenantKey, kind: SavedKind, query: &SavedQuery) -> rusqlite::Result<SavedPage> {
    let SavedQuery { after, before, limit, is_from_end } = query;
    let (after, before) =
        (after.as_ref().map_or(FIRST, SavedName::as_str), before.as_ref().map_or(LAST, SavedName::as_str));
    let mut statement = conn.prepare_cached(&page(*is_from_end))?;
    let mut rows = statement.query(params![tenant.0, code(kind), after, before, *limit as i64])?;
    let (mut found, mut bytes, mut looked_at, mut reach) = (Vec::new(), 0, 0, None);
    while let Some(row) = rows.next()? {
        bytes += row.get_ref("document")?.as_str()?.len();
        let name = SavedName::kept(row.get_ref("name")?.as_str()?);
        found.extend(saved(row, kind)?);
        looked_at += 1;
        if bytes > ANSWER_BYTES && found.len() > 1 {
            reach = rows.next()?.map(|_| name);
            break;
        }
        // Some that cannot be read are left out. Behind them the list may go on.
        if looked_at == *limit && found.len() < looked_at {
            reach = Some(name);
        }
    }
    if *is_from_end {
        found.reverse();
    }
    Ok(SavedPage { found, reach })
}

fn count(conn: &Connection, tenant: TenantKey, kind: SavedKind) -> rusqlite::Result<Counted> {
    let mut count = conn.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM saved INDEXED BY saved_by_name WHERE tenant = ?1 AND kind = ?2 LIMIT ?3)",
    )?;
    let most = MOST_COUNTED as i64 + 1;
    count
        .query_row(params![tenant.0, code(kind), most], |row| row.get::<_, i64>(0))
        .map(|all| Counted::of(all as usize))
}

/// Nothing for one that this version cannot read: it stays as it is.
fn saved(row: &Row<'_>, kind: SavedKind) -> rusqlite::Result<Option<Saved>> {
    let name = SavedName::kept(row.get_ref("name")?.as_str()?);
    match what(kind, row.get_ref("document")?.as_str()?) {
        Ok(what) => {
            let time = |column| row.get(column).map(Timestamp::from_millis);
            Ok(Some(Saved { name, what, created_at: time("created_at")?, updated_at: time("updated_at")? }))
        }
        Err(reason) => {
            tracing::error!(%name, %reason, "what a tenant has saved cannot be read and is left as it is");
            Ok(None)
        }
    }
}

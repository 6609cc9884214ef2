//! The catalogue on disk: an entry is a JSON document under its name.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{error::unavailable, job_queues::JobSize, store::SqliteStore, told::Told, transaction::Tx};
use crate::{
    catalogue::EventTypeEntry,
    model::{
        Actor, EventType, TenantKey, Timestamp,
        audit::{AuditAction, AuditDraft, difference, members},
    },
    store::{
        Catalogue, CatalogueEntry, Change, Result, StoreError, View,
        stored::{self, StoredEventType, Unreadable},
    },
};

#[async_trait]
impl Catalogue for SqliteStore {
    fn event_types(&self) -> &View<CatalogueEntry> {
        &self.shared.views.event_types
    }

    async fn put_event_type(
        &self,
        event_type: EventTypeEntry,
        expected: u64,
        by: &Actor,
    ) -> Result<Arc<CatalogueEntry>> {
        let name = event_type.name.clone();
        let there = self.read(TenantKey::ALL, move |conn| document_of(conn, &name)).await?;
        let before = self.shared.views.event_types.get(&event_type.name).filter(|before| before.version == expected);
        let make = move || {
            let written = Written::new(event_type, there.as_deref())?;
            let after = members(&written.event_type).unwrap_or_default();
            let line = |action| AuditDraft::new(action, &written.event_type.name, None);
            let line = match before.map(|before| members(&before.event_type).unwrap_or_default()) {
                Some(before) => line(AuditAction::EventTypeChanged).changed(difference(before, after, &[])),
                None => line(AuditAction::EventTypeCreated).after(Some(after)),
            };
            Ok((written, line))
        };
        let (written, line) = self.made(TenantKey::ALL, by, make).await?;
        let size = JobSize::of_text(TenantKey::ALL, written.document.len() + line.bytes());
        self.change_much(size, by, move |tx| {
            let entry = Arc::new(put(tx, written, expected)?);
            tx.changed("event type kept", &entry.event_type.name, Change::Saved(entry.clone()));
            tx.told(line, entry)
        })
        .await
    }

    async fn delete_event_type(&self, name: EventType, by: &Actor) -> Result<bool> {
        let before = self.shared.views.event_types.get(&name);
        let make = move || {
            let shown = before.as_ref().and_then(|before| members(&before.event_type));
            let known = before.map(|before| before.version);
            Ok((AuditDraft::new(AuditAction::EventTypeDeleted, &name, None).before(shown), known, name))
        };
        let (mut line, known, name) = self.made(TenantKey::ALL, by, make).await?;
        self.change(TenantKey::ALL, by, move |tx| {
            let deleted = delete(tx, &name).map_err(unavailable)?;
            if deleted.is_none() {
                return Ok(Told::nothing(false));
            }
            if deleted != known {
                // It has changed meanwhile.
                line.before = None;
            }
            tx.changed("event type deleted", name.clone(), Change::<CatalogueEntry>::Deleted(name));
            tx.told(line, true)
        })
        .await
    }
}

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<CatalogueEntry>> {
    let mut statement = conn.prepare_cached("SELECT document, version, updated_at FROM event_types ORDER BY name")?;
    statement.query_map([], entry)?.filter_map(rusqlite::Result::transpose).collect()
}

/// Without an entry that this version cannot read: it is missed, but stays as it is, and its name is taken.
fn entry(row: &Row<'_>) -> rusqlite::Result<Option<CatalogueEntry>> {
    let document: String = row.get(0)?;
    let event_type = match read(&document) {
        Ok(event_type) => event_type,
        Err(reason) => {
            tracing::error!(%reason, "an event type of the catalogue cannot be read and is left out");
            return Ok(None);
        }
    };
    let (version, updated_at) = (row.get::<_, i64>(1)?.unsigned_abs(), Timestamp::from_millis(row.get(2)?));
    Ok(Some(CatalogueEntry { event_type, version, updated_at }))
}

fn read(text: &str) -> std::result::Result<EventTypeEntry, Unreadable> {
    stored::read::<StoredEventType>(text.as_bytes(), stored::VERSION)
}

/// An event type and its document, made before it is the writer's turn: schemas can be long.
struct Written {
    event_type: EventTypeEntry,
    document: String,
}

impl Written {
    /// In the place of the document that is there.
    fn new(event_type: EventTypeEntry, there: Option<&str>) -> Result<Written> {
        match stored::written::<StoredEventType>(&event_type, there.map(str::as_bytes), stored::VERSION) {
            Ok(document) => Ok(Written { document, event_type }),
            Err(reason) => Err(StoreError::Corrupt(format!("event type {}: {reason}", event_type.name))),
        }
    }
}

/// What is kept of an event type.
fn document_of(conn: &Connection, name: &EventType) -> rusqlite::Result<Option<String>> {
    let mut find = conn.prepare_cached("SELECT document FROM event_types WHERE name = ?1")?;
    find.query_row([name.as_str()], |row| row.get(0)).optional()
}

/// Only in the place of this version, 0 for none; so what it was written in the place of is still there.
fn put(tx: &mut Tx<'_>, written: Written, expected: u64) -> Result<CatalogueEntry> {
    let Written { event_type, document } = written;
    let version = expected + 1;
    let name = event_type.name.as_str();
    let sql = match expected {
        0 => "INSERT INTO event_types VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        _ => "UPDATE event_types SET document = ?2, version = ?3, updated_at = ?4 WHERE name = ?1 AND version = ?3 - 1",
    };
    let changed =
        tx.conn.execute(sql, params![name, document, version as i64, tx.now.millis()]).map_err(unavailable)?;
    if changed == 0 {
        return Err(StoreError::Conflict);
    }
    Ok(CatalogueEntry { event_type, version, updated_at: tx.now })
}

/// Which version was there.
fn delete(tx: &Tx<'_>, name: &EventType) -> rusqlite::Result<Option<u64>> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM event_types WHERE name = ?1 RETURNING version")?;
    delete.query_row([name.as_str()], |row| row.get::<_, i64>(0).map(i64::unsigned_abs)).optional()
}

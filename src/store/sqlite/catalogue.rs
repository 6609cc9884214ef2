//! The catalogue on disk: an entry is a JSON document under its name.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::{error::unavailable, store::SqliteStore, transaction::Tx};
use crate::{
    catalogue::EventTypeEntry,
    model::{Actor, EventType, TenantKey, Timestamp},
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
        self.change(TenantKey::ALL, by, move |tx| {
            let entry = Arc::new(put(tx, event_type, expected)?);
            tx.changed("event type kept", &entry.event_type.name, Change::Saved(entry.clone()));
            Ok(entry)
        })
        .await
    }

    async fn delete_event_type(&self, name: EventType, by: &Actor) -> Result<bool> {
        self.change(TenantKey::ALL, by, move |tx| {
            let there = delete(tx, &name).map_err(unavailable)?;
            if there {
                tx.changed("event type deleted", name.clone(), Change::<CatalogueEntry>::Deleted(name));
            }
            Ok(there)
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
    stored::read::<StoredEventType>(&parse(text)?, stored::VERSION)
}

fn parse(text: &str) -> std::result::Result<Value, Unreadable> {
    serde_json::from_str(text).map_err(|error| Unreadable::Form(error.to_string()))
}

/// The document for this entry, in the place of the one that is there.
fn document(tx: &Tx<'_>, event_type: &EventTypeEntry) -> Result<String> {
    let there: Option<String> = tx
        .conn
        .query_row("SELECT document FROM event_types WHERE name = ?1", [event_type.name.as_str()], |row| row.get(0))
        .optional()
        .map_err(unavailable)?;
    let write = || {
        let there = there.as_deref().map(parse).transpose()?;
        stored::written::<StoredEventType>(event_type, there.as_ref(), stored::VERSION)
    };
    let document = write();
    document
        .map(|document| document.to_string())
        .map_err(|reason| StoreError::Corrupt(format!("event type {}: {reason}", event_type.name)))
}

fn put(tx: &mut Tx<'_>, event_type: EventTypeEntry, expected: u64) -> Result<CatalogueEntry> {
    let document = document(tx, &event_type)?;
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

fn delete(tx: &Tx<'_>, name: &EventType) -> rusqlite::Result<bool> {
    Ok(tx.conn.execute("DELETE FROM event_types WHERE name = ?1", [name.as_str()])? > 0)
}

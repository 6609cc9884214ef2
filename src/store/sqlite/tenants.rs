//! Tenants on disk: a name, and settings as a JSON document.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::{error::unavailable, transaction::Tx};
use crate::{
    model::{Tenant, TenantId, TenantKey, TenantSettings, Timestamp},
    store::{
        Result, StoreError,
        stored::{self, StoredTenantSettings, Unreadable},
    },
};

pub(super) fn ensure_default_tenant(conn: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO tenants (key, id, name, created_at) VALUES (1, ?1, 'Default', ?2) ON CONFLICT DO NOTHING",
        params![TenantId::DEFAULT, now.millis()],
    )?;
    Ok(())
}

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Tenant>> {
    let mut statement =
        conn.prepare_cached("SELECT key, id, name, created_at, settings, version FROM tenants ORDER BY id")?;
    statement.query_map([], tenant)?.collect()
}

fn tenant(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    let id = TenantId::kept(&row.get::<_, String>(1)?);
    // What it has set stays as it is; until it can be read, nothing is published for the tenant.
    let text: Option<String> = row.get(4)?;
    let (settings, unreadable) = match text.map(|text| settings_of(&text)).transpose() {
        Ok(settings) => (settings.unwrap_or_default(), None),
        Err(reason) => {
            tracing::error!(tenant = %id, %reason, "a tenant's settings cannot be read; its events are refused");
            (TenantSettings::default(), Some(reason.to_string().into()))
        }
    };
    Ok(Tenant {
        key: TenantKey(row.get(0)?),
        id,
        name: row.get(2)?,
        settings: Arc::new(settings),
        unreadable,
        version: row.get::<_, i64>(5)?.unsigned_abs(),
        created_at: Timestamp::from_millis(row.get(3)?),
    })
}

fn settings_of(text: &str) -> std::result::Result<TenantSettings, Unreadable> {
    let document = serde_json::from_str(text).map_err(|error| Unreadable::Form(error.to_string()))?;
    stored::read::<StoredTenantSettings>(&document, stored::VERSION)
}

fn settings_text(settings: &TenantSettings, there: Option<&str>) -> std::result::Result<String, Unreadable> {
    let form = |error: serde_json::Error| Unreadable::Form(error.to_string());
    let there: Option<Value> = there.map(serde_json::from_str).transpose().map_err(form)?;
    stored::written::<StoredTenantSettings>(settings, there.as_ref(), stored::VERSION)
        .map(|document| document.to_string())
}

pub(super) fn update(
    tx: &mut Tx<'_>,
    key: TenantKey,
    expected: u64,
    name: String,
    settings: TenantSettings,
) -> Result<Tenant> {
    let of_version = params![key.0, expected as i64];
    let there: Option<Option<String>> = tx
        .conn
        .query_row("SELECT settings FROM tenants WHERE key = ?1 AND version = ?2", of_version, |row| row.get(0))
        .optional()
        .map_err(unavailable)?;
    let there = there.ok_or(StoreError::Conflict)?;
    let text = settings_text(&settings, there.as_deref())
        .map_err(|reason| StoreError::Corrupt(format!("the tenant's settings: {reason}")))?;
    let mut update = tx
        .conn
        .prepare_cached(
            "UPDATE tenants SET name = ?2, settings = ?3, updated_at = ?4, version = version + 1 WHERE key = ?1
             RETURNING key, id, name, created_at, settings, version",
        )
        .map_err(unavailable)?;
    let updated =
        update.query_row(params![key.0, name, text, tx.now.millis()], tenant).optional().map_err(unavailable)?;
    updated.ok_or(StoreError::Conflict)
}

pub(super) fn create(tx: &mut Tx<'_>, id: TenantId, name: String) -> Result<Tenant> {
    // Serials as keys, so that a deleted tenant's key is never given to another.
    let key = TenantKey(tx.take_serial().number());
    let inserted = tx
        .conn
        .execute(
            "INSERT INTO tenants (key, id, name, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![key.0, id.as_str(), name, tx.now.millis()],
        )
        .map_err(unavailable)?;
    if inserted == 0 {
        return Err(StoreError::Exists(id.to_string()));
    }
    Ok(Tenant { key, id, name, settings: Arc::default(), unreadable: None, version: 1, created_at: tx.now })
}

/// Deletes a tenant, and returns its id.
pub(super) fn delete(tx: &Tx<'_>, key: TenantKey) -> Result<String> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM tenants WHERE key = ?1 RETURNING id").map_err(unavailable)?;
    let id = delete.query_row([key.0], |row| row.get(0)).optional().map_err(unavailable)?;
    id.ok_or(StoreError::Conflict)
}

/// There is such a tenant, of this version, if one is expected.
pub(super) fn require_version(tx: &Tx<'_>, key: TenantKey, expected: Option<u64>) -> Result<()> {
    let sql = "SELECT 1 FROM tenants WHERE key = ?1 AND (?2 IS NULL OR version = ?2)";
    let mut find = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    let expected = expected.map(|version| version as i64);
    match find.exists(params![key.0, expected]).map_err(unavailable)? {
        true => Ok(()),
        false => Err(StoreError::Conflict),
    }
}

/// A tenant that is deleted while a request for it is under way gets nothing new.
pub(super) fn require_tenant(tx: &Tx<'_>, key: TenantKey) -> Result<()> {
    require_version(tx, key, None)
}

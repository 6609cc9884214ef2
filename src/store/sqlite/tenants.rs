//! Tenants on disk: a name, and settings as a JSON document.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::{error::unavailable, job_queues::JobSize, transaction::Tx};
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
    stored::read::<StoredTenantSettings>(text.as_bytes(), stored::VERSION)
}

/// A tenant's settings and how they are kept, made before it is the writer's turn: they can be long.
pub(super) struct Written {
    settings: Arc<TenantSettings>,
    text: String,
}

impl Written {
    /// In the place of what is there; the settings as a restart would find them.
    pub fn new(settings: &TenantSettings, there: Option<&str>) -> Result<Written> {
        let written = || {
            let there = there.map(str::as_bytes);
            let text = stored::written::<StoredTenantSettings>(settings, there, stored::VERSION)?;
            Ok(Written { settings: Arc::new(settings_of(&text)?), text })
        };
        written().map_err(|reason: Unreadable| StoreError::Corrupt(format!("the tenant's settings: {reason}")))
    }

    /// What a tenant is with them, and with this name, for the audit trail.
    pub fn shown_over(&self, before: &Tenant, name: &str) -> Map<String, Value> {
        Tenant { name: name.to_owned(), settings: self.settings.clone(), unreadable: None, ..before.clone() }.shown()
    }

    pub fn size(&self, tenant: TenantKey) -> JobSize {
        JobSize::of_text(tenant, self.text.len())
    }
}

/// What is kept of a tenant's settings, if it is still of this version.
pub(super) fn text_of(conn: &Connection, key: TenantKey, version: u64) -> rusqlite::Result<Option<Option<String>>> {
    let mut find = conn.prepare_cached("SELECT settings FROM tenants WHERE key = ?1 AND version = ?2")?;
    find.query_row(params![key.0, version as i64], |row| row.get(0)).optional()
}

pub(super) fn update(tx: &mut Tx<'_>, key: TenantKey, expected: u64, name: String, written: Written) -> Result<Tenant> {
    let sql = "UPDATE tenants SET name = ?3, settings = ?4, updated_at = ?5, version = version + 1
         WHERE key = ?1 AND version = ?2 RETURNING id, created_at, version";
    let mut update = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    let of_version = params![key.0, expected as i64, name, written.text, tx.now.millis()];
    let updated = update.query_row(of_version, |row| {
        Ok((
            TenantId::kept(&row.get::<_, String>(0)?),
            Timestamp::from_millis(row.get(1)?),
            row.get::<_, i64>(2)?.unsigned_abs(),
        ))
    });
    let (id, created_at, version) = updated.optional().map_err(unavailable)?.ok_or(StoreError::Conflict)?;
    Ok(Tenant { key, id, name, settings: written.settings, unreadable: None, version, created_at })
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

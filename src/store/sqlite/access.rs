//! Tenants and API keys on disk.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde_json::Value;

use super::{
    SqliteStore, webhooks,
    writer::{Tx, unavailable},
};
use crate::{
    model::{Actor, ApiKey, ApiKeyId, Serial, Tenant, TenantId, TenantKey, TenantSettings, Timestamp, Webhook},
    store::{
        ApiKeyView, Change, Directory, NewApiKey, Result, StoreError, TenantView,
        stored::{self, StoredTenantSettings, Unreadable},
    },
};

#[async_trait]
impl Directory for SqliteStore {
    fn tenants(&self) -> &TenantView {
        &self.shared.views.tenants
    }

    async fn create_tenant(&self, id: TenantId, name: String, by: &Actor) -> Result<Arc<Tenant>> {
        self.change(by, move |tx| {
            let tenant = Arc::new(create_tenant(tx, id, name)?);
            tx.changed("tenant created", &tenant.id, Change::Saved(tenant.clone()));
            Ok(tenant)
        })
        .await
    }

    async fn update_tenant(
        &self,
        key: TenantKey,
        name: String,
        settings: TenantSettings,
        by: &Actor,
    ) -> Result<Arc<Tenant>> {
        self.change(by, move |tx| {
            let tenant = Arc::new(update_tenant(tx, key, name, settings)?);
            tx.changed("tenant changed", &tenant.id, Change::Saved(tenant.clone()));
            Ok(tenant)
        })
        .await
    }

    async fn delete_tenant(&self, key: TenantKey, by: &Actor) -> Result<()> {
        self.change(by, move |tx| {
            for webhook in webhooks::of_tenant(tx, key)? {
                webhooks::delete(tx, webhook, None)?;
                tx.changed("webhook deleted", webhook, Change::<Webhook>::Deleted(webhook));
            }
            for api_key in delete_api_keys_of(tx, key).map_err(unavailable)? {
                tx.changed("API key deleted", api_key, Change::<ApiKey>::Deleted(api_key));
            }
            let id = delete_tenant(tx, key)?;
            tx.changed("tenant deleted", id, Change::<Tenant>::Deleted(key));
            Ok(())
        })
        .await
    }

    fn api_keys(&self) -> &ApiKeyView {
        &self.shared.views.api_keys
    }

    async fn create_api_key(&self, key: NewApiKey, by: &Actor) -> Result<Arc<ApiKey>> {
        self.change(by, move |tx| {
            let key = Arc::new(create_api_key(tx, key)?);
            tx.changed("API key created", key.id, Change::Saved(key.clone()));
            Ok(key)
        })
        .await
    }

    async fn delete_api_key(&self, id: ApiKeyId, by: &Actor) -> Result<bool> {
        self.change(by, move |tx| {
            let there = delete_api_key(tx, id)?;
            if there {
                tx.changed("API key deleted", id, Change::<ApiKey>::Deleted(id));
            }
            Ok(there)
        })
        .await
    }
}

pub(super) fn ensure_default_tenant(conn: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO tenants (key, id, name, created_at) VALUES (1, ?1, 'Default', ?2) ON CONFLICT DO NOTHING",
        params![TenantId::DEFAULT, now.millis()],
    )?;
    Ok(())
}

pub(super) fn tenants(conn: &Connection) -> rusqlite::Result<Vec<Tenant>> {
    let mut statement = conn.prepare_cached("SELECT key, id, name, created_at, settings FROM tenants ORDER BY id")?;
    statement.query_map([], tenant)?.collect()
}

fn tenant(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    let id = TenantId::kept(&row.get::<_, String>(1)?);
    let settings = match row.get::<_, Option<String>>(4)? {
        None => TenantSettings::default(),
        // The tenant goes on as one that has set nothing; what it has set cannot be overwritten.
        Some(text) => settings_of(&text).unwrap_or_else(|reason| {
            tracing::error!(tenant = %id, %reason, "a tenant's settings cannot be read and are left out");
            TenantSettings::default()
        }),
    };
    Ok(Tenant {
        key: TenantKey(row.get(0)?),
        id,
        name: row.get(2)?,
        settings: Arc::new(settings),
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

fn update_tenant(tx: &mut Tx<'_>, key: TenantKey, name: String, settings: TenantSettings) -> Result<Tenant> {
    let there: Option<Option<String>> = tx
        .conn
        .query_row("SELECT settings FROM tenants WHERE key = ?1", [key.0], |row| row.get(0))
        .optional()
        .map_err(unavailable)?;
    let there = there.ok_or(StoreError::Conflict)?;
    let text = settings_text(&settings, there.as_deref())
        .map_err(|reason| StoreError::Corrupt(format!("the tenant's settings: {reason}")))?;
    let mut update = tx
        .conn
        .prepare_cached(
            "UPDATE tenants SET name = ?2, settings = ?3, updated_at = ?4 WHERE key = ?1
             RETURNING key, id, name, created_at, settings",
        )
        .map_err(unavailable)?;
    let updated =
        update.query_row(params![key.0, name, text, tx.now.millis()], tenant).optional().map_err(unavailable)?;
    updated.ok_or(StoreError::Conflict)
}

fn create_tenant(tx: &mut Tx<'_>, id: TenantId, name: String) -> Result<Tenant> {
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
    Ok(Tenant { key, id, name, settings: Arc::default(), created_at: tx.now })
}

/// Its id.
fn delete_tenant(tx: &Tx<'_>, key: TenantKey) -> Result<String> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM tenants WHERE key = ?1 RETURNING id").map_err(unavailable)?;
    let id = delete.query_row([key.0], |row| row.get(0)).optional().map_err(unavailable)?;
    id.ok_or(StoreError::Conflict)
}

pub(super) fn api_keys(conn: &Connection) -> rusqlite::Result<Vec<ApiKey>> {
    let mut statement =
        conn.prepare_cached("SELECT id, hash, hint, name, tenant, scopes, rate_limit, expires_at FROM api_keys")?;
    statement.query_map([], api_key)?.collect()
}

fn api_key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let id = Serial::from_number(row.get(0)?);
    let scopes = stored::scopes(&row.get::<_, String>(5)?).map_err(|reason| unreadable(reason.to_string()))?;
    let rate_limit = row.get::<_, Option<String>>(6)?.map(|text| stored::rate_limit(&text)).transpose();
    let rate_limit = rate_limit.map_err(|reason| unreadable(reason.to_string()))?;
    Ok(ApiKey {
        id: ApiKeyId(id),
        hash: row.get(1)?,
        hint: row.get(2)?,
        name: row.get(3)?,
        tenant: row.get::<_, Option<i64>>(4)?.map(TenantKey),
        scopes,
        rate_limit,
        expires_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
        created_at: id.time(),
    })
}

/// A tenant that is deleted while a request for it is under way gets nothing new.
pub(super) fn require_tenant(tx: &Tx<'_>, key: TenantKey) -> Result<()> {
    let mut find = tx.conn.prepare_cached("SELECT 1 FROM tenants WHERE key = ?1").map_err(unavailable)?;
    match find.exists([key.0]).map_err(unavailable)? {
        true => Ok(()),
        false => Err(StoreError::Conflict),
    }
}

fn create_api_key(tx: &mut Tx<'_>, new: NewApiKey) -> Result<ApiKey> {
    new.tenant.map_or(Ok(()), |tenant| require_tenant(tx, tenant))?;
    let id = ApiKeyId(tx.take_serial());
    let text = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Corrupt(error.to_string()));
    let scopes = text(serde_json::to_string(&new.scopes))?;
    let rate_limit = new.rate_limit.map(|limit| text(serde_json::to_string(&limit))).transpose()?;
    let inserted = tx
        .conn
        .execute(
            "INSERT INTO api_keys (id, hash, hint, name, tenant, scopes, rate_limit, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            params![
                id.0.number(),
                new.hash,
                new.hint,
                new.name,
                new.tenant.map(|key| key.0),
                scopes,
                rate_limit,
                new.expires_at.map(Timestamp::millis)
            ],
        )
        .map_err(unavailable)?;
    if inserted == 0 {
        return Err(StoreError::Exists(new.hint));
    }
    Ok(ApiKey {
        id,
        hash: new.hash,
        hint: new.hint,
        name: new.name,
        tenant: new.tenant,
        scopes: new.scopes,
        rate_limit: new.rate_limit,
        expires_at: new.expires_at,
        created_at: id.0.time(),
    })
}

fn delete_api_keys_of(tx: &Tx<'_>, tenant: TenantKey) -> rusqlite::Result<Vec<ApiKeyId>> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM api_keys WHERE tenant = ?1 RETURNING id")?;
    delete.query_map([tenant.0], |row| Ok(ApiKeyId(Serial::from_number(row.get(0)?))))?.collect()
}

fn delete_api_key(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<bool> {
    Ok(tx.conn.execute("DELETE FROM api_keys WHERE id = ?1", [id.0.number()]).map_err(unavailable)? > 0)
}

/// A write that commits, to see whether the disk takes one.
pub(super) fn ping(tx: &Tx<'_>) -> rusqlite::Result<()> {
    tx.conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('ping', ?1)")?.execute([tx.now.millis()])?;
    Ok(())
}

fn unreadable(message: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, message.into())
}

//! Tenants and API keys on disk.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    error::unavailable, job_queues::JobSize, notices, replays, saved, store::SqliteStore, tenants, told::Told,
    transaction::Tx, webhooks,
};
use crate::{
    model::{
        Actor, ApiKey, ApiKeyId, QuotaKind, Serial, Tenant, TenantId, TenantKey, TenantSettings, Timestamp,
        audit::{AuditAction, AuditDraft, difference},
    },
    store::{Change, Directory, HappenedKind, NewApiKey, Result, StoreError, TenantUsage, View, Wake, stored},
    webhook::Webhook,
};

#[async_trait]
impl Directory for SqliteStore {
    fn tenants(&self) -> &View<Tenant> {
        &self.shared.views.tenants
    }

    async fn create_tenant(&self, id: TenantId, name: String, by: &Actor) -> Result<Arc<Tenant>> {
        self.change(TenantKey::ALL, by, move |tx| {
            let tenant = Arc::new(tenants::create(tx, id, name)?);
            tx.changed("tenant created", &tenant.id, Change::Saved(tenant.clone()));
            let line = AuditDraft::new(AuditAction::TenantCreated, &tenant.id, Some(tenant.key));
            tx.told(line.after(Some(tenant.shown())), tenant)
        })
        .await
    }

    async fn update_tenant(
        &self,
        key: TenantKey,
        expected: u64,
        name: String,
        settings: TenantSettings,
        by: &Actor,
    ) -> Result<Arc<Tenant>> {
        let there = self.read(OPERATOR, move |conn| tenants::text_of(conn, key, expected)).await?;
        let Some(there) = there else { return Err(self.conflict(OPERATOR).await) };
        let before = self.shared.views.tenants.get(key).filter(|before| before.version == expected);
        let make = move || {
            let written = tenants::Written::new(&settings, there.as_deref())?;
            let after = before.as_ref().map(|before| written.shown_over(before, &name));
            let told = before.zip(after).map(|(before, after)| difference(before.shown(), after, &[]));
            Ok((written, name, told.unwrap_or_default()))
        };
        let (written, name, told) = self.made(OPERATOR, by, make).await?;
        self.change_much(written.size(OPERATOR), by, move |tx| {
            let tenant = Arc::new(tenants::update(tx, key, expected, name, written)?);
            tx.changed("tenant changed", &tenant.id, Change::Saved(tenant.clone()));
            let line = AuditDraft::new(AuditAction::TenantChanged, &tenant.id, Some(key)).changed(told);
            tx.told(line, tenant)
        })
        .await
    }

    async fn delete_tenant(&self, key: TenantKey, mut expected: Option<u64>, by: &Actor) -> Result<()> {
        // It is told when it begins: with the first of what is deleted.
        let told = self.shared.views.tenants.get(key).map(|tenant| {
            let line = AuditDraft::new(AuditAction::TenantDeleted, &tenant.id, Some(key));
            line.before(Some(tenant.shown()))
        });
        let mut told = told.or_else(|| Some(AuditDraft::new(AuditAction::TenantDeleted, "", Some(key))));
        loop {
            let line = told.take();
            let slice = move |tx: &mut Tx<'_>| {
                let more = delete_slice(tx, key, expected)?;
                match line {
                    Some(line) => tx.told(line, more),
                    None => Ok(Told::bookkeeping(more)),
                }
            };
            if !self.change_much(slice_size(), by, slice).await? {
                return Ok(());
            }
            // Of what is being deleted no version is worth keeping.
            expected = None;
        }
    }

    fn api_keys(&self) -> &View<ApiKey> {
        &self.shared.views.api_keys
    }

    async fn create_api_key(&self, key: NewApiKey, by: &Actor) -> Result<Arc<ApiKey>> {
        // A tenant's own keys make others, so it is the tenant's turn.
        self.change(key.tenant.unwrap_or(OPERATOR), by, move |tx| {
            let key = Arc::new(create_api_key(tx, key)?);
            let (name, hint) = (key.name.clone(), key.hint.clone());
            notices::key_changed(tx, key.tenant, HappenedKind::KeyMade, key.id.0, name, hint).map_err(unavailable)?;
            tx.changed("API key created", key.id, Change::Saved(key.clone()));
            let line = AuditDraft::new(AuditAction::ApiKeyCreated, key.id, key.tenant);
            tx.told(line.after(Some(key.shown())), key)
        })
        .await
    }

    fn usage(&self, tenant: TenantKey) -> TenantUsage {
        self.shared.usage.of_tenant(&self.shared.views.tenants, tenant)
    }

    async fn keep_key_uses(&self, uses: Vec<(ApiKeyId, Timestamp)>) -> Result<()> {
        for some in uses.chunks(SLICE) {
            let some = some.to_vec();
            let size = JobSize { rows: some.len(), ..JobSize::small(OPERATOR) };
            self.write(size, move |tx| keep_uses(tx.conn, &some).map_err(unavailable)).await?;
        }
        Ok(())
    }

    async fn delete_api_key(&self, id: ApiKeyId, by: &Actor) -> Result<bool> {
        let before = self.shared.views.api_keys.get(id).map(|key| key.shown());
        self.change(TenantKey::ALL, by, move |tx| {
            let Some((owner, name, hint)) = delete_api_key(tx, id)? else { return Ok(Told::nothing(false)) };
            notices::key_changed(tx, owner, HappenedKind::KeyRevoked, id.0, name, hint).map_err(unavailable)?;
            tx.changed("API key deleted", id, Change::<ApiKey>::Deleted(id));
            tx.told(AuditDraft::new(AuditAction::ApiKeyDeleted, id, owner).before(before), true)
        })
        .await
    }
}

/// Whose turn it is when an operator changes a tenant: a tenant that has much to be done must not keep off who bounds it.
const OPERATOR: TenantKey = TenantKey::ALL;

/// Keys, and webhooks, that one transaction deletes with their tenant, and keys whose last use it keeps.
const SLICE: usize = 500;

pub(super) fn slice_size() -> JobSize {
    JobSize { rows: 2 * SLICE + 1, ..JobSize::small(OPERATOR) }
}

/// Deletes some of what a tenant of this version has, if one is expected: its keys first, so that nobody adds to the rest, and
/// itself with the last. Tells whether there is more.
pub(super) fn delete_slice(tx: &mut Tx<'_>, key: TenantKey, expected: Option<u64>) -> Result<bool> {
    tenants::require_version(tx, key, expected)?;
    let keys = delete_api_keys_of(tx, key, SLICE).map_err(unavailable)?;
    let mut more = keys.len() == SLICE;
    tx.ledger.api_keys(key, -(keys.len() as i64));
    for api_key in keys {
        tx.changed("API key deleted", api_key, Change::<ApiKey>::Deleted(api_key));
    }
    if !more {
        let webhooks = webhooks::of_tenant(tx, key, SLICE)?;
        more = webhooks.len() == SLICE;
        for webhook in webhooks {
            webhooks::delete(tx, webhook, None)?;
            // One that was set aside is in no view, so its lane hears of it in this way only.
            tx.effects.woken.push(Wake::Pending(webhook));
            tx.changed("webhook deleted", webhook, Change::<Webhook>::Deleted(webhook));
        }
    }
    if !more {
        more = replays::forget_of(tx, key, SLICE).map_err(unavailable)?;
    }
    if !more {
        more = saved::forget_of(tx, key, SLICE).map_err(unavailable)?;
    }
    if !more {
        let id = tenants::delete(tx, key)?;
        tx.changed("tenant deleted", id, Change::<Tenant>::Deleted(key));
    }
    Ok(more)
}

pub(super) fn api_keys(conn: &Connection) -> rusqlite::Result<Vec<ApiKey>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, hash, hint, name, tenant, scopes, rate_limit, expires_at, last_used_at FROM api_keys",
    )?;
    statement.query_map([], api_key)?.filter_map(rusqlite::Result::transpose).collect()
}

/// Nothing for a key that this version cannot read: it is refused, and its row stays as it is.
fn api_key(row: &Row<'_>) -> rusqlite::Result<Option<ApiKey>> {
    let id = Serial::from_number(row.get(0)?);
    let scopes = stored::scopes(&row.get::<_, String>(5)?);
    let rate_limit = row.get::<_, Option<String>>(6)?.map(|text| stored::rate_limit(&text)).transpose();
    let (scopes, rate_limit) = match (scopes, rate_limit) {
        (Ok(scopes), Ok(rate_limit)) => (scopes, rate_limit),
        (Err(reason), _) | (_, Err(reason)) => {
            tracing::error!(key = %ApiKeyId(id), %reason, "an API key cannot be read and is refused");
            return Ok(None);
        }
    };
    Ok(Some(ApiKey {
        id: ApiKeyId(id),
        hash: row.get(1)?,
        hint: row.get(2)?,
        name: row.get(3)?,
        tenant: row.get::<_, Option<i64>>(4)?.map(TenantKey),
        scopes,
        rate_limit,
        expires_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
        last_used_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
        created_at: id.time(),
    }))
}

fn keep_uses(conn: &Connection, uses: &[(ApiKeyId, Timestamp)]) -> rusqlite::Result<()> {
    let mut keep = conn.prepare_cached("UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1")?;
    uses.iter().try_for_each(|(id, at)| keep.execute([id.0.number(), at.millis()]).map(drop))
}

fn create_api_key(tx: &mut Tx<'_>, new: NewApiKey) -> Result<ApiKey> {
    if let Some(tenant) = new.tenant {
        tenants::require_tenant(tx, tenant)?;
    }
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
    if let Some(tenant) = new.tenant {
        tx.allow(tenant, QuotaKind::ApiKeys, 1).map_err(StoreError::Full)?;
        tx.ledger.api_keys(tenant, 1);
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
        last_used_at: None,
        created_at: id.0.time(),
    })
}

fn delete_api_keys_of(tx: &Tx<'_>, tenant: TenantKey, limit: usize) -> rusqlite::Result<Vec<ApiKeyId>> {
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE tenant = ?1 LIMIT ?2) RETURNING id",
    )?;
    delete.query_map(params![tenant.0, limit as i64], |row| Ok(ApiKeyId(Serial::from_number(row.get(0)?))))?.collect()
}

/// Deletes a key; returns whose it was, its name and its first characters.
fn delete_api_key(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<Option<(Option<TenantKey>, String, String)>> {
    let sql = "DELETE FROM api_keys WHERE id = ?1 RETURNING tenant, name, hint";
    let mut delete = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    let deleted = delete
        .query_row([id.0.number()], |row| Ok((row.get::<_, Option<i64>>(0)?.map(TenantKey), row.get(1)?, row.get(2)?)));
    let deleted: Option<(Option<TenantKey>, String, String)> = deleted.optional().map_err(unavailable)?;
    if let Some((Some(tenant), ..)) = &deleted {
        tx.ledger.api_keys(*tenant, -1);
    }
    Ok(deleted)
}

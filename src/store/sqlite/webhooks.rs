//! Webhooks on disk: a name, a version, and everything else sealed.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    error::unavailable,
    forms::{Forms, unreadable},
    ledger::KeptWebhook,
    read,
    store::SqliteStore,
    tenants::require_tenant,
    transaction::Tx,
};
use crate::{
    model::{Actor, Serial, TenantKey, Timestamp, WebhookId, WebhookKey},
    store::{Change, NewWebhook, Result, SetAside, StoreError, View, Wake, Webhooks, stored::Sealed},
    webhook::{Counters, Webhook, WebhookSettings},
};

#[async_trait]
impl Webhooks for SqliteStore {
    fn webhooks(&self) -> &View<Webhook> {
        &self.shared.views.webhooks
    }

    fn set_aside(&self) -> Vec<SetAside> {
        self.shared.set_aside.list()
    }

    async fn create_webhook(&self, webhook: NewWebhook, by: &Actor) -> Result<Arc<Webhook>> {
        let forms = self.shared.forms.clone();
        self.change(webhook.tenant, by, move |tx| {
            let webhook = create(tx, &forms, webhook)?;
            tx.changed("webhook created", webhook.key, Change::Saved(webhook.clone()));
            Ok(webhook)
        })
        .await
    }

    async fn update_webhook(&self, webhook: Webhook, expected: u64, by: &Actor) -> Result<Arc<Webhook>> {
        let forms = self.shared.forms.clone();
        self.change(webhook.tenant, by, move |tx| {
            let webhook = update(tx, &forms, webhook, expected)?;
            tx.changed("webhook changed", webhook.key, Change::Saved(webhook.clone()));
            Ok(webhook)
        })
        .await
    }

    async fn delete_webhook(&self, key: WebhookKey, expected: Option<u64>, by: &Actor) -> Result<()> {
        let set_aside = self.shared.set_aside.contains(key);
        let tenant = self.tenant_of(key);
        self.change(tenant, by, move |tx| {
            delete(tx, key, expected)?;
            tx.changed("webhook deleted", key, Change::<Webhook>::Deleted(key));
            // One that was set aside is in no view, so its lane hears of it in this way only.
            tx.effects.woken.extend(set_aside.then_some(Wake::Pending(key)));
            Ok(())
        })
        .await
    }

    async fn counters(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<Counters>> {
        let tenant = webhooks.first().map_or(TenantKey::ALL, |&webhook| self.tenant_of(webhook));
        self.read(tenant, move |conn| read::counters(conn, &webhooks)).await
    }
}

/// Every webhook that is not deleted, and those of them that cannot be read.
pub(super) fn load_all(conn: &Connection, forms: &Forms) -> rusqlite::Result<(Vec<Webhook>, Vec<SetAside>)> {
    let mut statement =
        conn.prepare("SELECT key, tenant, id, sealed, version, updated_at FROM webhooks WHERE deleted_at IS NULL")?;
    let mut rows = statement.query([])?;
    let (mut webhooks, mut set_aside) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (key, tenant) = (WebhookKey(Serial::from_number(row.get(0)?)), TenantKey(row.get(1)?));
        let id = WebhookId::kept(&row.get::<_, String>(2)?);
        let version = row.get::<_, i64>(4)?.unsigned_abs();
        match forms.read(key, &row.get::<_, Vec<u8>>(3)?) {
            Ok(Sealed { settings, secrets, disabled }) => webhooks.push(Webhook {
                key,
                tenant,
                id,
                settings,
                secrets,
                disabled,
                version,
                created_at: key.0.time(),
                updated_at: Timestamp::from_millis(row.get(5)?),
            }),
            Err(reason) => {
                tracing::error!(webhook = %id, %key, %reason, "a webhook cannot be read and is set aside");
                set_aside.push(SetAside { key, tenant, id, version, reason: reason.to_string() });
            }
        }
    }
    Ok((webhooks, set_aside))
}

fn create(tx: &mut Tx<'_>, forms: &Forms, new: NewWebhook) -> Result<Arc<Webhook>> {
    require_tenant(tx, new.tenant)?;
    let key = WebhookKey(tx.take_serial());
    let id = match new.id {
        Some(id) => id,
        None => WebhookId::parse(&key.to_string()).map_err(StoreError::Corrupt)?,
    };
    let mut webhook = Webhook {
        key,
        tenant: new.tenant,
        id,
        settings: new.settings,
        secrets: new.secrets,
        disabled: new.disabled,
        version: 1,
        created_at: key.0.time(),
        updated_at: tx.now,
    };
    let sealed = forms.write(&mut webhook, None).map_err(|reason| unreadable(key, &reason))?;
    let inserted = tx.conn.execute(
        "INSERT INTO webhooks (key, tenant, id, sealed, version, updated_at) VALUES (?1, ?2, ?3, ?4, 1, ?5)
         ON CONFLICT DO NOTHING",
        params![key.0.number(), webhook.tenant.0, webhook.id.as_str(), sealed, tx.now.millis()],
    );
    if inserted.map_err(unavailable)? == 0 {
        return Err(StoreError::Exists(webhook.id.to_string()));
    }
    tx.keep_webhook(key, KeptWebhook::of(&webhook, sealed.len() as u64))?;
    Ok(Arc::new(webhook))
}

/// Also under another id, if that is what changed: its history is its key's, and goes with it.
/// One that was disabled until now and is enabled begins with a clean slate.
fn update(tx: &mut Tx<'_>, forms: &Forms, mut webhook: Webhook, expected: u64) -> Result<Arc<Webhook>> {
    let key = webhook.key;
    let there: Option<Vec<u8>> = tx
        .conn
        .query_row(
            "SELECT sealed FROM webhooks WHERE key = ?1 AND version = ?2 AND deleted_at IS NULL",
            params![key.0.number(), expected as i64],
            |row| row.get(0),
        )
        .optional()
        .map_err(unavailable)?;
    let there = there.ok_or(StoreError::Conflict)?;
    let before = forms.read(key, &there).map_err(|reason| unreadable(key, &reason))?;
    let enabled = before.disabled.is_some() && webhook.disabled.is_none();
    webhook.version = expected + 1;
    webhook.updated_at = tx.now;
    let sealed = forms.write(&mut webhook, Some(&there)).map_err(|reason| unreadable(key, &reason))?;
    let updated = tx.conn.execute(
        "UPDATE OR IGNORE webhooks SET id = ?2, sealed = ?3, version = ?4, updated_at = ?5 WHERE key = ?1",
        params![key.0.number(), webhook.id.as_str(), sealed, webhook.version as i64, tx.now.millis()],
    );
    if updated.map_err(unavailable)? == 0 {
        return Err(StoreError::Exists(webhook.id.to_string()));
    }
    // Its status, or secrets that replace others, take up a few bytes more: no quota keeps a webhook on, or a secret that leaked.
    let same = WebhookSettings { status: webhook.settings.status, ..before.settings } == webhook.settings;
    match same {
        true => tx.ledger.webhook(key, Some(KeptWebhook::of(&webhook, sealed.len() as u64))),
        false => tx.keep_webhook(key, KeptWebhook::of(&webhook, sealed.len() as u64))?,
    }
    if enabled {
        let reset = "UPDATE counters SET consecutive_failures = 0, failing_since = NULL WHERE webhook = ?1";
        tx.conn.execute(reset, [key.0.number()]).map_err(unavailable)?;
    }
    Ok(Arc::new(webhook))
}

/// Up to `limit` of a tenant's webhooks, as they are inside the transaction, where nobody can add one.
pub(super) fn of_tenant(tx: &Tx<'_>, tenant: TenantKey, limit: usize) -> Result<Vec<WebhookKey>> {
    let keys = || -> rusqlite::Result<Vec<WebhookKey>> {
        let mut statement = tx.conn.prepare(
            "SELECT key FROM webhooks INDEXED BY webhooks_by_id
                         WHERE tenant = ?1 AND deleted_at IS NULL LIMIT ?2",
        )?;
        statement
            .query_map(params![tenant.0, limit as i64], |row| Ok(WebhookKey(Serial::from_number(row.get(0)?))))?
            .collect()
    };
    keys().map_err(unavailable)
}

/// `expected`: only this version.
pub(super) fn delete(tx: &mut Tx<'_>, key: WebhookKey, expected: Option<u64>) -> Result<()> {
    let deleted = tx.conn.execute(
        "UPDATE webhooks SET sealed = x'', deleted_at = ?2
         WHERE key = ?1 AND deleted_at IS NULL AND (?3 IS NULL OR version = ?3)",
        params![key.0.number(), tx.now.millis(), expected.map(|version| version as i64)],
    );
    if deleted.map_err(unavailable)? == 0 {
        return Err(StoreError::Conflict);
    }
    tx.ledger.webhook(key, None);
    Ok(())
}

//! Webhooks on disk: a name, a version, and everything else sealed.

use std::sync::Arc;

use async_trait::async_trait;
use lanehook_signature::Secret;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    SqliteStore, read,
    writer::{Tx, unavailable},
};
use crate::{
    model::{
        Counters, DisableReason, Secrets, Serial, TenantKey, Timestamp, Webhook, WebhookId, WebhookKey, WebhookSettings,
    },
    store::{
        NewWebhook, Result, StoreError, WebhookView, Webhooks,
        seal::{MasterKey, Sealer},
    },
};

#[async_trait]
impl Webhooks for SqliteStore {
    fn webhooks(&self) -> &WebhookView {
        &self.shared.webhooks
    }

    async fn create_webhook(&self, webhook: NewWebhook) -> Result<Arc<Webhook>> {
        let sealer = self.shared.sealer.clone();
        self.write(move |tx| create(tx, &sealer, webhook)).await
    }

    async fn update_webhook(&self, webhook: Webhook, expected: u64) -> Result<Arc<Webhook>> {
        let sealer = self.shared.sealer.clone();
        let was_disabled = self.shared.webhooks.get(webhook.key).is_some_and(|before| before.disabled.is_some());
        let enabled = was_disabled && webhook.disabled.is_none();
        self.write(move |tx| update(tx, &sealer, webhook, expected, enabled)).await
    }

    async fn delete_webhook(&self, key: WebhookKey) -> Result<()> {
        self.write(move |tx| delete(tx, key)).await
    }

    async fn counters(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<Counters>> {
        self.read(move |conn| read::counters(conn, &webhooks)).await
    }
}

const DATA_KEY: &str = "data key";

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Document {
    settings: WebhookSettings,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    previous_secrets: Vec<(String, Timestamp)>,
    #[serde(default)]
    disabled: Option<DisableReason>,
}

/// The data key of this file; a new file gets one.
pub(super) fn data_key(conn: &Connection, master_key: &MasterKey) -> Result<Sealer> {
    let wrapped: Option<Vec<u8>> = conn
        .query_row("SELECT value FROM meta WHERE name = ?1", [DATA_KEY], |row| row.get(0))
        .optional()
        .map_err(unavailable)?;
    if let Some(wrapped) = wrapped {
        return master_key.open_data_key(&wrapped).map_err(|error| StoreError::Corrupt(error.to_string()));
    }
    let (sealer, wrapped) = master_key.new_data_key();
    conn.execute("INSERT INTO meta VALUES (?1, ?2)", params![DATA_KEY, wrapped]).map_err(unavailable)?;
    Ok(sealer)
}

fn place(key: WebhookKey) -> String {
    format!("webhook {key}")
}

fn seal(sealer: &Sealer, webhook: &Webhook) -> Result<Vec<u8>> {
    let document = Document {
        settings: webhook.settings.clone(),
        secret: webhook.secrets.current.as_ref().map(|secret| secret.expose().to_owned()),
        previous_secrets: webhook
            .secrets
            .previous
            .iter()
            .map(|(secret, until)| (secret.expose().to_owned(), *until))
            .collect(),
        disabled: webhook.disabled,
    };
    let plain = serde_json::to_vec(&document).map(Zeroizing::new);
    let plain = plain.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    // What could not be read again would keep the next start from happening; better that it is not kept.
    serde_json::from_slice::<Document>(&plain).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(sealer.seal(&place(webhook.key), &plain))
}

fn open(sealer: &Sealer, key: WebhookKey, sealed: &[u8]) -> Result<Document> {
    let unreadable = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("webhook {key}: {error}"));
    let plain = sealer.open(&place(key), sealed).map_err(|error| unreadable(&error))?;
    serde_json::from_slice(&plain).map_err(|error| unreadable(&error))
}

fn parse_secret(key: WebhookKey, text: &str) -> Result<Secret> {
    Secret::parse(text).map_err(|error| StoreError::Corrupt(format!("the secret of webhook {key}: {error}")))
}

/// Every webhook that is not deleted.
pub(super) fn load_all(conn: &Connection, sealer: &Sealer) -> Result<Vec<Webhook>> {
    let mut statement = conn
        .prepare("SELECT key, tenant, id, sealed, version, updated_at FROM webhooks WHERE deleted_at IS NULL")
        .map_err(unavailable)?;
    let mut rows = statement.query([]).map_err(unavailable)?;
    let mut webhooks = Vec::new();
    while let Some(row) = rows.next().map_err(unavailable)? {
        let get = || -> rusqlite::Result<_> {
            Ok((
                WebhookKey(Serial(row.get(0)?)),
                TenantKey(row.get(1)?),
                row.get::<_, String>(2)?,
                row.get::<_, Vec<u8>>(3)?,
                row.get::<_, i64>(4)?.unsigned_abs(),
                Timestamp::from_millis(row.get(5)?),
            ))
        };
        let (key, tenant, id, sealed, version, updated_at) = get().map_err(unavailable)?;
        let document = open(sealer, key, &sealed)?;
        let current = document.secret.map(|text| parse_secret(key, &text)).transpose()?;
        let previous = document
            .previous_secrets
            .into_iter()
            .map(|(text, until)| parse_secret(key, &text).map(|secret| (secret, until)))
            .collect::<Result<_>>()?;
        webhooks.push(Webhook {
            key,
            tenant,
            id: WebhookId::parse(&id).map_err(StoreError::Corrupt)?,
            settings: document.settings,
            secrets: Secrets { current, previous },
            disabled: document.disabled,
            version,
            created_at: key.0.time(),
            updated_at,
        });
    }
    Ok(webhooks)
}

pub(super) fn create(tx: &mut Tx<'_>, sealer: &Sealer, new: NewWebhook) -> Result<Arc<Webhook>> {
    super::access::require_tenant(tx, new.tenant)?;
    let key = WebhookKey(tx.take_serials(1));
    let id = match new.id {
        Some(id) => id,
        None => WebhookId::parse(&key.to_string()).map_err(StoreError::Corrupt)?,
    };
    let webhook = Webhook {
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
    let inserted = tx.conn.execute(
        "INSERT INTO webhooks (key, tenant, id, sealed, version, updated_at) VALUES (?1, ?2, ?3, ?4, 1, ?5)
         ON CONFLICT DO NOTHING",
        params![key.0.0, webhook.tenant.0, webhook.id.as_str(), seal(sealer, &webhook)?, tx.now.millis()],
    );
    if inserted.map_err(unavailable)? == 0 {
        return Err(StoreError::Exists(webhook.id.to_string()));
    }
    let webhook = Arc::new(webhook);
    tx.effects.saved.push(webhook.clone());
    Ok(webhook)
}

/// `enabled`: it was disabled until now, and so begins with a clean slate.
pub(super) fn update(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    mut webhook: Webhook,
    expected: u64,
    enabled: bool,
) -> Result<Arc<Webhook>> {
    webhook.version = expected + 1;
    webhook.updated_at = tx.now;
    let updated = tx.conn.execute(
        "UPDATE webhooks SET sealed = ?2, version = ?3, updated_at = ?4
         WHERE key = ?1 AND version = ?5 AND deleted_at IS NULL",
        params![webhook.key.0.0, seal(sealer, &webhook)?, webhook.version as i64, tx.now.millis(), expected as i64],
    );
    if updated.map_err(unavailable)? == 0 {
        return Err(StoreError::Conflict);
    }
    if enabled {
        let reset = "UPDATE counters SET consecutive_failures = 0, failing_since = NULL WHERE webhook = ?1";
        tx.conn.execute(reset, [webhook.key.0.0]).map_err(unavailable)?;
    }
    let webhook = Arc::new(webhook);
    tx.effects.saved.push(webhook.clone());
    Ok(webhook)
}

/// A tenant's webhooks as they are inside the transaction, where nobody can add one.
pub(super) fn of_tenant(tx: &Tx<'_>, tenant: TenantKey) -> Result<Vec<WebhookKey>> {
    let keys = || -> rusqlite::Result<Vec<WebhookKey>> {
        let mut statement = tx.conn.prepare("SELECT key FROM webhooks WHERE tenant = ?1 AND deleted_at IS NULL")?;
        statement.query_map([tenant.0], |row| Ok(WebhookKey(Serial(row.get(0)?))))?.collect()
    };
    keys().map_err(unavailable)
}

pub(super) fn delete(tx: &mut Tx<'_>, key: WebhookKey) -> Result<()> {
    let deleted = tx.conn.execute(
        "UPDATE webhooks SET sealed = x'', deleted_at = ?2 WHERE key = ?1 AND deleted_at IS NULL",
        params![key.0.0, tx.now.millis()],
    );
    if deleted.map_err(unavailable)? == 0 {
        return Err(StoreError::Conflict);
    }
    tx.effects.deleted.push(key);
    Ok(())
}

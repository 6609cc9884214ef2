//! Webhooks on disk: a name, a version, and everything else sealed.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    error::unavailable,
    forms::{Forms, unreadable},
    job_queues::JobSize,
    ledger::KeptWebhook,
    read,
    store::SqliteStore,
    tenants::require_tenant,
    transaction::Tx,
};
use crate::{
    model::{
        Actor, Serial, TenantKey, WebhookId, WebhookKey,
        audit::{AuditAction, AuditDraft},
    },
    store::{Change, NewWebhook, Result, SetAside, StoreError, View, Wake, Webhooks},
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

    async fn create_webhook(&self, new: NewWebhook, by: &Actor) -> Result<Arc<Webhook>> {
        let key = WebhookKey(self.shared.webhook_keys.take());
        let webhook = Webhook {
            key,
            tenant: new.tenant,
            id: new.id.map_or_else(|| WebhookId::parse(&key.to_string()), Ok).map_err(StoreError::Corrupt)?,
            settings: new.settings,
            secrets: new.secrets,
            disabled: new.disabled,
            status_since: Some(key.0.time()),
            version: 1,
            created_at: key.0.time(),
            updated_at: key.0.time(),
        };
        let forms = self.shared.forms.clone();
        let make = move || {
            let line = told(AuditAction::WebhookCreated, &webhook).after(Some(webhook.shown()));
            Ok((Written::new(&forms, webhook, None)?, line))
        };
        let (written, line) = self.made(new.tenant, by, make).await?;
        self.change_much(written.size(&line), by, move |tx| {
            let webhook = create(tx, written)?;
            tx.changed("webhook created", webhook.key, Change::Saved(webhook.clone()));
            tx.told(line, webhook)
        })
        .await
    }

    async fn update_webhook(&self, mut webhook: Webhook, expected: u64, by: &Actor) -> Result<Arc<Webhook>> {
        let (key, tenant) = (webhook.key, webhook.tenant);
        let before = self.shared.views.webhooks.get(key).filter(|before| before.version == expected);
        let there = self.read_to_change(tenant, by, move |conn| sealed_of(conn, key, expected)).await?;
        let (Some(before), Some(there)) = (before, there) else { return Err(self.conflict(tenant).await) };
        webhook.version = expected + 1;
        if webhook.settings.status != before.settings.status {
            webhook.status_since = Some(webhook.updated_at);
        }
        let forms = self.shared.forms.clone();
        let change = move || {
            let written = Written::new(&forms, webhook, Some(&there))?;
            Ok::<_, StoreError>((
                Difference::between(&before, &written.webhook),
                told_change(&before, &written.webhook),
                written,
            ))
        };
        let (difference, line, written) = self.made(tenant, by, change).await?;
        self.change_much(written.size(&line), by, move |tx| {
            let webhook = update(tx, written, difference, expected)?;
            tx.changed("webhook changed", webhook.key, Change::Saved(webhook.clone()));
            tx.told(line, webhook)
        })
        .await
    }

    async fn delete_webhook(&self, key: WebhookKey, expected: Option<u64>, by: &Actor) -> Result<()> {
        let set_aside = self.shared.set_aside.contains(key);
        let (tenant, before) = (self.tenant_of(key), self.shared.views.webhooks.get(key));
        let shown = before.clone().map(|before| move || Ok(before.shown()));
        let shown = match shown {
            Some(shown) => Some(self.made(tenant, by, shown).await?),
            None => None,
        };
        self.change(tenant, by, move |tx| {
            let Deleted { tenant, id, version } = delete(tx, key, expected)?;
            tx.changed("webhook deleted", key, Change::<Webhook>::Deleted(key));
            // One that was set aside is in no view, so its lane hears of it in this way only.
            tx.effects.woken.extend(set_aside.then_some(Wake::Pending(key)));
            // How it stood is known if it is still so.
            let shown = shown.filter(|_| before.is_some_and(|before| before.version == version));
            let line = AuditDraft::new(AuditAction::WebhookDeleted, id, Some(tenant)).of_webhook(key);
            tx.told(line.before(shown), ())
        })
        .await
    }

    async fn counters(&self, webhooks: Vec<WebhookKey>) -> Result<Vec<Counters>> {
        let tenant = webhooks.first().map_or(TenantKey::ALL, |&webhook| self.tenant_of(webhook));
        self.read(tenant, move |conn| read::counters(conn, &webhooks)).await
    }
}

/// A webhook and what is kept of it, made before it is the writer's turn, which everybody waits for: settings can be long.
struct Written {
    webhook: Webhook,
    sealed: Vec<u8>,
    kept: KeptWebhook,
}

/// What matters of a change to whether, and with what else, it is kept.
#[derive(Clone, Copy)]
struct Difference {
    /// It was disabled until now.
    enabled: bool,
    /// In its settings, besides the status.
    of_settings: bool,
}

impl Written {
    /// In the place of what is there of this webhook.
    fn new(forms: &Forms, mut webhook: Webhook, there: Option<&[u8]>) -> Result<Written> {
        let sealed = forms.write(&mut webhook, there).map_err(|reason| unreadable(webhook.key, &reason))?;
        let kept = KeptWebhook::of(&webhook, sealed.len() as u64);
        Ok(Written { webhook, sealed, kept })
    }

    fn size(&self, line: &AuditDraft) -> JobSize {
        // With what the settings take in memory, about.
        JobSize::of_text(self.webhook.tenant, 2 * self.sealed.len() + line.bytes())
    }
}

fn told(action: AuditAction, webhook: &Webhook) -> AuditDraft {
    AuditDraft::new(action, &webhook.id, Some(webhook.tenant)).of_webhook(webhook.key)
}

fn told_change(before: &Webhook, after: &Webhook) -> AuditDraft {
    let difference = before.shown_difference(after);
    let only_secret = difference.1.keys().eq(["secret"]);
    let action = if only_secret { AuditAction::WebhookSecretRotated } else { AuditAction::WebhookChanged };
    told(action, after).changed(difference)
}

impl Difference {
    fn between(before: &Webhook, after: &Webhook) -> Difference {
        let same = WebhookSettings { status: after.settings.status, ..before.settings.clone() } == after.settings;
        Difference { enabled: before.disabled.is_some() && after.disabled.is_none(), of_settings: !same }
    }
}

/// What is kept of a webhook, if it is still of this version.
fn sealed_of(conn: &Connection, key: WebhookKey, version: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT sealed FROM webhooks WHERE key = ?1 AND version = ?2 AND deleted_at IS NULL";
    let mut find = conn.prepare_cached(sql)?;
    find.query_row(params![key.0.number(), version as i64], |row| row.get(0)).optional()
}

fn create(tx: &mut Tx<'_>, written: Written) -> Result<Arc<Webhook>> {
    let Written { mut webhook, sealed, kept } = written;
    require_tenant(tx, webhook.tenant)?;
    webhook.updated_at = tx.now;
    let sql = "INSERT INTO webhooks (key, tenant, id, sealed, version, updated_at) VALUES (?1, ?2, ?3, ?4, 1, ?5)
         ON CONFLICT DO NOTHING";
    let mut insert = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    let (key, id) = (webhook.key.0.number(), webhook.id.as_str());
    let inserted = insert.execute(params![key, webhook.tenant.0, id, sealed, tx.now.millis()]).map_err(unavailable)?;
    if inserted == 0 {
        return Err(StoreError::Exists(webhook.id.to_string()));
    }
    tx.keep_webhook(webhook.key, kept)?;
    Ok(Arc::new(webhook))
}

/// Also under another id, if that is what changed: its history is its key's, and goes with it.
/// One that was disabled until now and is enabled begins with a clean slate.
fn update(tx: &mut Tx<'_>, written: Written, difference: Difference, expected: u64) -> Result<Arc<Webhook>> {
    let Written { mut webhook, sealed, kept } = written;
    let (key, number) = (webhook.key, webhook.key.0.number());
    webhook.updated_at = tx.now;
    let sql = "SELECT 1 FROM webhooks WHERE key = ?1 AND version = ?2 AND deleted_at IS NULL";
    let mut find = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    if !find.exists(params![number, expected as i64]).map_err(unavailable)? {
        return Err(StoreError::Conflict);
    }
    let sql = "UPDATE OR IGNORE webhooks SET id = ?2, sealed = ?3, version = ?4, updated_at = ?5 WHERE key = ?1";
    let mut update = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    let (id, version) = (webhook.id.as_str(), webhook.version as i64);
    if update.execute(params![number, id, sealed, version, tx.now.millis()]).map_err(unavailable)? == 0 {
        return Err(StoreError::Exists(webhook.id.to_string()));
    }
    // Its status, or secrets that replace others, take up a few bytes more: no quota keeps a webhook on, or a secret that leaked.
    match difference.of_settings {
        true => tx.keep_webhook(key, kept)?,
        false => tx.ledger.webhook(key, Some(kept)),
    }
    if difference.enabled {
        let reset = "UPDATE counters SET consecutive_failures = 0, failing_since = NULL WHERE webhook = ?1";
        tx.conn.execute(reset, [number]).map_err(unavailable)?;
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

/// What was deleted: whose, as what, and of which version.
pub(super) struct Deleted {
    tenant: TenantKey,
    id: String,
    version: u64,
}

/// `expected`: only this version.
pub(super) fn delete(tx: &mut Tx<'_>, key: WebhookKey, expected: Option<u64>) -> Result<Deleted> {
    let sql = "UPDATE webhooks SET sealed = x'', deleted_at = ?2
         WHERE key = ?1 AND deleted_at IS NULL AND (?3 IS NULL OR version = ?3) RETURNING tenant, id, version";
    let mut delete = tx.conn.prepare_cached(sql).map_err(unavailable)?;
    let which = params![key.0.number(), tx.now.millis(), expected.map(|version| version as i64)];
    let deleted = delete.query_row(which, |row| {
        let version = row.get::<_, i64>(2)?.unsigned_abs();
        Ok(Deleted { tenant: TenantKey(row.get(0)?), id: row.get(1)?, version })
    });
    let deleted = deleted.optional().map_err(unavailable)?.ok_or(StoreError::Conflict)?;
    tx.ledger.webhook(key, None);
    Ok(deleted)
}

//! How webhooks and the heads of attempts are written and read: sealed, in the stored forms of a version.

use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use super::{copy::Original, error::unavailable};
use crate::{
    model::{AuditId, Sent, WebhookKey},
    store::{
        Result, StoreError,
        seal::{MasterKey, Sealer},
        stored::{self, Sealed, StoredWebhook, Unreadable},
    },
    webhook::Webhook,
};

const DATA_KEY: &str = "data key";

/// The data key of this file; a new file gets one.
pub(super) fn data_key(conn: &Connection, master_key: &MasterKey) -> Result<Sealer> {
    if let Some(wrapped) = wrapped_data_key(conn).map_err(unavailable)? {
        return master_key.open_data_key(&wrapped).map_err(|error| StoreError::Corrupt(error.to_string()));
    }
    let (sealer, wrapped) = master_key.new_data_key();
    conn.execute("INSERT INTO meta VALUES (?1, ?2)", params![DATA_KEY, wrapped]).map_err(unavailable)?;
    Ok(sealer)
}

/// The data key as it is kept, wrapped by the master key; none in a new file.
pub(super) fn wrapped_data_key(conn: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
    let there = "SELECT 1 FROM sqlite_master WHERE name = 'meta'";
    if conn.query_row(there, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    conn.query_row("SELECT value FROM meta WHERE name = ?1", [DATA_KEY], |row| row.get(0)).optional()
}

/// Whether a master key is the one that a database was made with, or its last rotation has given it. Of one without anything sealed each
/// is.
///
/// # Errors
/// It cannot be read.
pub fn opens(original: &Original<'_>, master_key: &MasterKey) -> Result<bool> {
    let wrapped = wrapped_data_key(&original.connect()?).map_err(unavailable)?;
    Ok(wrapped.is_none_or(|wrapped| master_key.open_data_key(&wrapped).is_ok()))
}

/// Wraps the data key by another master key. Tells whether it was not already.
pub(super) fn rewrap(conn: &Connection, current: &MasterKey, next: &MasterKey) -> Result<bool> {
    let wrapped = wrapped_data_key(conn).map_err(unavailable)?.unwrap_or_default();
    if next.open_data_key(&wrapped).is_ok() {
        return Ok(false);
    }
    let wrapped = current.rewrap(&wrapped, next).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    conn.execute("UPDATE meta SET value = ?2 WHERE name = ?1", params![DATA_KEY, wrapped]).map_err(unavailable)?;
    Ok(true)
}

/// The data key of a file that has one.
pub(super) fn known_data_key(conn: &Connection, master_key: &MasterKey) -> Result<Sealer> {
    let find = "SELECT value FROM meta WHERE name = ?1";
    let wrapped: Vec<u8> = conn.query_row(find, [DATA_KEY], |row| row.get(0)).map_err(unavailable)?;
    master_key.open_data_key(&wrapped).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// How that is written and read: under which key, and as which version of this program.
#[derive(Clone, Debug)]
pub(super) struct Forms {
    pub sealer: Sealer,
    /// [`stored::VERSION`], but for tests of what another version would do.
    pub reader: u32,
}

impl Forms {
    fn open(&self, key: WebhookKey, sealed: &[u8]) -> std::result::Result<Zeroizing<Vec<u8>>, Unreadable> {
        self.sealer.open(&place(key), sealed).map_err(|_| Unreadable::Sealed)
    }

    /// What an attempt shows of its request's head.
    pub fn seal_head(&self, attempt: i64, sent: &Sent) -> Vec<u8> {
        self.sealer.seal(&head_place(attempt), &stored::request_head(sent))
    }

    /// The text of a line of the audit trail.
    pub fn seal_line(&self, line: AuditId, text: &str) -> Vec<u8> {
        self.sealer.seal(&line_place(line), text.as_bytes())
    }

    /// That text, or why it cannot be read.
    pub fn open_line(&self, line: AuditId, sealed: &[u8]) -> std::result::Result<String, Unreadable> {
        let plain = self.sealer.open(&line_place(line), sealed).map_err(|_| Unreadable::Sealed)?;
        String::from_utf8(plain.to_vec()).map_err(|_| Unreadable::Form("it is no text".into()))
    }

    /// URL and headers of what was sent in an attempt, or why they cannot be read.
    pub fn open_head(&self, attempt: i64, sealed: &[u8]) -> std::result::Result<Sent, Unreadable> {
        let plain = self.sealer.open(&head_place(attempt), sealed).map_err(|_| Unreadable::Sealed)?;
        stored::read_request_head(&plain)
    }

    /// A webhook that was kept, or why it cannot be read.
    pub fn read(&self, key: WebhookKey, sealed: &[u8]) -> std::result::Result<Sealed, Unreadable> {
        stored::read::<StoredWebhook>(&self.open(key, sealed)?, self.reader)
    }

    /// What is to be kept of a webhook in the place of what is there, and how it reads: what is in memory is what a restart
    /// would find, and nothing is kept that it would not.
    pub fn write(&self, webhook: &mut Webhook, there: Option<&[u8]>) -> std::result::Result<Vec<u8>, Unreadable> {
        let there = there.map(|sealed| self.open(webhook.key, sealed)).transpose()?;
        let Webhook { settings, secrets, disabled, status_since, .. } = webhook.clone();
        let sealed = Sealed { settings, secrets, disabled, status_since };
        let there = there.as_ref().map(|plain| plain.as_slice());
        let document = stored::written::<StoredWebhook>(&sealed, there, self.reader)?;
        let document = Zeroizing::new(document.into_bytes());
        let Sealed { settings, secrets, disabled, .. } = stored::read::<StoredWebhook>(&document, self.reader)?;
        (webhook.settings, webhook.secrets, webhook.disabled) = (settings, secrets, disabled);
        Ok(self.sealer.seal(&place(webhook.key), &document))
    }
}

fn place(key: WebhookKey) -> String {
    format!("webhook {key}")
}

fn line_place(line: AuditId) -> String {
    format!("audit {line}")
}

fn head_place(attempt: i64) -> String {
    format!("attempt {attempt}")
}

/// It cannot be read, or not be kept so that it could be.
pub(super) fn unreadable(key: WebhookKey, reason: &Unreadable) -> StoreError {
    StoreError::Corrupt(format!("webhook {key}: {reason}"))
}

//! Webhooks as they are found when the store is opened. Nothing is served before they are read, so that is shared by all processors.

use std::{
    iter, mem,
    num::NonZero,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use rusqlite::{Connection, Row};

use super::forms::Forms;
use crate::{
    model::{Serial, TenantKey, Timestamp, WebhookId, WebhookKey},
    store::{SetAside, stored::Sealed},
    webhook::Webhook,
};

/// Rows that are handed on together hold so many bytes, and one row.
const HANDED_ON: usize = 256 << 10;

/// Every webhook that is not deleted, and those of them that cannot be read.
pub(super) fn webhooks(conn: &Connection, forms: &Forms) -> rusqlite::Result<(Vec<Webhook>, Vec<SetAside>)> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (give, rows) = mpsc::sync_channel(threads);
    // The readers' alone: when all of them have panicked, nobody waits for them to take more.
    let rows = Arc::new(Mutex::new(rows));
    let found = thread::scope(|scope| {
        let reader = |rows: Arc<Mutex<_>>| scope.spawn(move || read_all(&rows, forms));
        let readers: Vec<_> = iter::repeat_n(rows, threads).map(reader).collect();
        let given = give_rows(conn, give);
        let found = readers.into_iter().flat_map(|reader| reader.join().unwrap_or_else(|it| panic::resume_unwind(it)));
        let found: Vec<_> = found.collect();
        given.map(|()| found)
    })?;
    let (mut webhooks, mut set_aside) = (Vec::with_capacity(found.len()), Vec::new());
    for one in found {
        match one {
            Ok(webhook) => webhooks.push(webhook),
            Err(one) => set_aside.push(one),
        }
    }
    webhooks.sort_unstable_by_key(|webhook| webhook.key);
    set_aside.sort_unstable_by_key(|one| one.key);
    Ok((webhooks, set_aside))
}

/// A webhook's row.
struct Stored {
    key: WebhookKey,
    tenant: TenantKey,
    id: WebhookId,
    sealed: Vec<u8>,
    version: u64,
    updated_at: Timestamp,
}

/// Reads rows until there are no more.
fn read_all(rows: &Mutex<mpsc::Receiver<Vec<Stored>>>, forms: &Forms) -> Vec<Result<Webhook, SetAside>> {
    let next = || rows.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    iter::from_fn(next).flatten().map(|stored| stored.read_or_set_aside(|stored| stored.read(forms))).collect()
}

fn give_rows(conn: &Connection, give: mpsc::SyncSender<Vec<Stored>>) -> rusqlite::Result<()> {
    let mut statement =
        conn.prepare("SELECT key, tenant, id, sealed, version, updated_at FROM webhooks WHERE deleted_at IS NULL")?;
    let mut rows = statement.query([])?;
    let (mut some, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let stored = Stored::of(row)?;
        bytes += stored.sealed.len();
        some.push(stored);
        if bytes >= HANDED_ON {
            // Nobody takes them only if a reader panicked, which whoever waits for it passes on.
            let _ = give.send(mem::take(&mut some));
            bytes = 0;
        }
    }
    let _ = give.send(some);
    Ok(())
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Stored> {
        Ok(Stored {
            key: WebhookKey(Serial::from_number(row.get(0)?)),
            tenant: TenantKey(row.get(1)?),
            id: WebhookId::kept(&row.get::<_, String>(2)?),
            sealed: row.get(3)?,
            version: row.get::<_, i64>(4)?.unsigned_abs(),
            updated_at: Timestamp::from_millis(row.get(5)?),
        })
    }

    /// A defect that one webhook's settings meet keeps no other from being served.
    fn read_or_set_aside(self, read: impl FnOnce(Stored) -> Result<Webhook, SetAside>) -> Result<Webhook, SetAside> {
        let (key, tenant, id, version) = (self.key, self.tenant, self.id.clone(), self.version);
        panic::catch_unwind(AssertUnwindSafe(|| read(self))).unwrap_or_else(|_| {
            tracing::error!(webhook = %id, %key, "a webhook met a defect and is set aside");
            let reason = "a defect kept it from being read; the log says where".to_owned();
            Err(SetAside { key, tenant, id, version, reason })
        })
    }

    fn read(self, forms: &Forms) -> Result<Webhook, SetAside> {
        let Stored { key, tenant, id, sealed, version, updated_at } = self;
        match forms.read(key, &sealed) {
            Ok(Sealed { settings, secrets, disabled, status_since }) => Ok(Webhook {
                key,
                tenant,
                id,
                settings,
                secrets,
                disabled,
                status_since,
                version,
                created_at: key.0.time(),
                updated_at,
            }),
            Err(reason) => {
                tracing::error!(webhook = %id, %key, %reason, "a webhook cannot be read and is set aside");
                Err(SetAside { key, tenant, id, version, reason: reason.to_string() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_that_meets_a_defect_is_set_aside() {
        let key = WebhookKey(Serial::nth(7));
        let stored = Stored {
            key,
            tenant: TenantKey(3),
            id: WebhookId::kept("w"),
            sealed: Vec::new(),
            version: 5,
            updated_at: Timestamp::default(),
        };
        let one = stored.read_or_set_aside(|_| panic!("a test's own panic")).unwrap_err();
        assert_eq!((one.key, one.tenant, one.id.as_str(), one.version), (key, TenantKey(3), "w", 5));
        assert!(one.reason.contains("defect"), "{}", one.reason);
    }
}

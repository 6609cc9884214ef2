//! Whether what is sealed opens, and what is written as a document reads.

use rusqlite::{Connection, OptionalExtension};

use super::{
    super::{
        error::unavailable,
        forms::{self, Forms},
    },
    found::{Checked, Found},
};
use crate::{
    model::{AttemptId, Serial, WebhookKey},
    store::{
        Result,
        seal::MasterKey,
        stored::{
            self, Form, StoredEventType, StoredReplayPlan, StoredReport, StoredSavedEvent, StoredTenantSettings,
            StoredTheme,
        },
    },
};

/// What opens the values that are sealed here; nothing, and a finding, if the master key does not.
pub(super) fn forms(conn: &Connection, master_key: &MasterKey, checked: &mut Checked) -> Result<Option<Forms>> {
    let wrapped = forms::wrapped_data_key(conn).map_err(unavailable)?;
    let opened = wrapped.as_deref().map(|wrapped| master_key.open_data_key(wrapped));
    match opened {
        Some(Ok(sealer)) => Ok(Some(Forms { sealer, reader: stored::VERSION })),
        None if is_new(conn).map_err(unavailable)? => Ok(None),
        _ => {
            let meaning = "No webhook's settings can be read with this master key, so nothing can be sent, and a server does not start. Put \
                 the key back that belongs to this database: without it its secrets cannot be read again.";
            let mut found = Found::default();
            found.add(|| "the data key".to_owned());
            checked.found("master key that does not open what is sealed", meaning, false, found);
            Ok(None)
        }
    }
}

/// Whether nothing was ever kept in it.
fn is_new(conn: &Connection) -> rusqlite::Result<bool> {
    let find = "SELECT 1 FROM sqlite_master WHERE name = 'webhooks'";
    if conn.query_row(find, [], |_| Ok(())).optional()?.is_none() {
        return Ok(true);
    }
    conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM webhooks)", [], |row| row.get(0))
}

pub(super) fn look(conn: &Connection, forms: &Forms, checked: &mut Checked) -> rusqlite::Result<()> {
    let mut found = Found::default();
    each(conn, "SELECT key, sealed, id FROM webhooks WHERE deleted_at IS NULL", |row| {
        let key = WebhookKey(Serial::from_number(row.get(0)?));
        if let Err(reason) = forms.read(key, row.get_ref(1)?.as_blob()?) {
            let id: String = row.get(2)?;
            found.add(|| format!("{id}: {reason}"));
        }
        Ok(())
    })?;
    let meaning = "These webhooks are set aside: nothing is sent to them, and what they are owed is held. Restore a backup, or give \
         them their settings anew.";
    checked.found("webhooks whose settings do not open", meaning, false, found);

    let mut found = Found::default();
    each(conn, "SELECT id, sealed FROM attempts WHERE sealed IS NOT NULL", |row| {
        let id = row.get(0)?;
        if forms.open_head(id, row.get_ref(1)?.as_blob()?).is_err() {
            found.add(|| AttemptId(Serial::from_number(id)).to_string());
        }
        Ok(())
    })?;
    let meaning = "Which URL and headers were sent in them cannot be shown. Nothing else is lost.";
    checked.found("attempts whose request does not open", meaning, false, found);
    documents(conn, checked)
}

/// Reads all documents of a kind.
type Reads = fn(&[u8]) -> std::result::Result<(), stored::Unreadable>;

fn reads<F: Form>(document: &[u8]) -> std::result::Result<(), stored::Unreadable> {
    stored::read::<F>(document, stored::VERSION).map(drop)
}

fn documents(conn: &Connection, checked: &mut Checked) -> rusqlite::Result<()> {
    let kinds: [(&str, &str, &str, Reads); 6] = [
        (
            "tenants whose settings cannot be read",
            "Their events are refused until the settings can be read. Give them new ones.",
            "SELECT id, settings FROM tenants WHERE settings IS NOT NULL",
            reads::<StoredTenantSettings>,
        ),
        (
            "event types that cannot be read",
            "Events of these types are taken for unknown ones. Write them anew.",
            "SELECT name, document FROM event_types",
            reads::<StoredEventType>,
        ),
        (
            "saved events that cannot be read",
            "They are not shown and cannot be sent. Save them anew.",
            "SELECT name, document FROM saved WHERE kind = 0",
            reads::<StoredSavedEvent>,
        ),
        (
            "reports that cannot be read",
            "They are not shown. Save them anew.",
            "SELECT name, document FROM saved WHERE kind = 1",
            reads::<StoredReport>,
        ),
        (
            "themes of portals that cannot be read",
            "Their tenants' portals look as usual. Save them anew.",
            "SELECT tenant || '', document FROM saved WHERE kind = 2",
            reads::<StoredTheme>,
        ),
        (
            "replays that cannot be read",
            "They are not shown and do not go on. Begin them anew.",
            "SELECT id || '', plan FROM replays",
            reads::<StoredReplayPlan>,
        ),
    ];
    for (what, meaning, finds, read) in kinds {
        let mut found = Found::default();
        each(conn, finds, |row| {
            if let Err(reason) = read(row.get_ref(1)?.as_bytes()?) {
                let name: String = row.get(0)?;
                found.add(|| format!("{name}: {reason}"));
            }
            Ok(())
        })?;
        checked.found(what, meaning, false, found);
    }
    Ok(())
}

fn each(
    conn: &Connection,
    sql: &str,
    mut see: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        see(row)?;
    }
    Ok(())
}

//! Is everything as it must be? Of a database at rest, of one that a server has open, and of a backup: what is wrong, what that means,
//! and what can be mended.
//!
//! All of it reads one moment, so a server that goes on meanwhile does not disturb it. First SQLite looks at the file's structure.
//! If that holds, rows are compared with rows ([`rules`]), with what is counted of them ([`counted`], [`tally`](super::tally)), and what
//! is sealed or written as a document is opened ([`sealed`]). Mending needs the database for itself.

mod counted;
mod found;
mod rules;
mod sealed;
mod sizes;

use std::path::Path;

use rusqlite::Connection;

use self::found::Found;
pub use self::{
    found::{Checked, Finding},
    sizes::Size,
};
use super::{audit_check, copy::Original, error::unavailable, file, tally, version, whole};
use crate::{
    model::Timestamp,
    store::{Result, StoreError, seal::MasterKey},
};

/// Looks at everything. `progress` is told what is looked at.
///
/// # Errors
/// It cannot be opened, or another version's tables are in it.
pub fn check(original: &Original<'_>, master_key: &MasterKey, progress: impl FnMut(&'static str)) -> Result<Checked> {
    match original {
        // Of one that is open, its server has looked at the files when it started, and goes on looking.
        Original::Served(path) => {
            if let Some(_lock) = file::lock_if_free(path)? {
                whole::check(path)?;
            }
        }
        Original::Still(path) => whole::check(path)?,
    }
    let conn = original.connect()?;
    conn.execute_batch("BEGIN").map_err(unavailable)?;
    look(&conn, original.path(), master_key, progress)
}

/// Mends what can be, and looks at everything after that. Returns what was found before, and what is left.
///
/// # Errors
/// Somebody uses the database, or it cannot be opened. What can be mended is mended at once or not at all.
pub fn repair(
    path: &Path,
    master_key: &MasterKey,
    now: Timestamp,
    mut progress: impl FnMut(&'static str),
) -> Result<(Checked, Checked)> {
    let _lock = file::lock(path)?;
    whole::check(path)?;
    let conn = file::connect(path)?;
    let before = look(&conn, path, master_key, &mut progress)?;
    if before.findings.iter().any(|finding| finding.can_be_mended) {
        progress("what can be mended");
        conn.execute_batch("BEGIN IMMEDIATE").map_err(unavailable)?;
        mend(&conn, &before, now)?;
        conn.execute_batch("COMMIT").map_err(unavailable)?;
    }
    let after = look(&conn, path, master_key, progress)?;
    Ok((before, after))
}

fn mend(conn: &Connection, found: &Checked, now: Timestamp) -> Result<()> {
    if found.findings.iter().any(|finding| finding.what == INDEXES) {
        conn.execute_batch("REINDEX").map_err(unavailable)?;
    }
    rules::mend(conn, now).map_err(unavailable)?;
    counted::mend(conn).map_err(unavailable)?;
    tally::mend(conn, now)
}

const INDEXES: &str = "entries of indexes that do not agree with their rows";

fn look(
    conn: &Connection,
    path: &Path,
    master_key: &MasterKey,
    mut progress: impl FnMut(&'static str),
) -> Result<Checked> {
    let mut checked = Checked::default();
    version::check(conn, path)?;
    progress("the structure of the file");
    if !is_sound(conn, &mut checked)? {
        checked.left_out = Some("what is in the rows, since the file itself is damaged".to_owned());
        return Ok(checked);
    }
    progress("sizes");
    checked.sizes = sizes::of(conn).map_err(unavailable)?;
    progress("what is sealed");
    let forms = sealed::forms(conn, master_key, &mut checked)?;
    if !version::is_up_to_date(conn).map_err(unavailable)? {
        checked.left_out = Some(
            "what is in the rows: they are of an older version, and a server brings them up to date when it is started"
                .to_owned(),
        );
        return Ok(checked);
    }
    if let Some(forms) = forms {
        sealed::look(conn, &forms, &mut checked).map_err(unavailable)?;
        progress("the audit trail");
        let flaws = audit_check::check(conn, &forms).map_err(unavailable)?.flaws;
        let meaning = "Somebody who can write to the database has changed what it says of who did what, or a disk has. What was exported \
                       before tells what it said.";
        let flaws = of_texts(flaws.iter().map(ToString::to_string).collect());
        checked.found("lines of the audit trail that are not as they were written", meaning, false, flaws);
    }
    progress("deliveries, events and attempts");
    rules::look(conn, &mut checked).map_err(unavailable)?;
    progress("counters");
    counted::look(conn, &mut checked).map_err(unavailable)?;
    progress("statistics");
    let wrong = tally::look(conn)?;
    for (what, meaning, wrong) in wrong {
        checked.found(what, meaning, true, of_texts(wrong));
    }
    Ok(checked)
}

fn of_texts(texts: Vec<String>) -> Found {
    texts.into_iter().fold(Found::default(), |mut found, text| {
        found.add(|| text);
        found
    })
}

/// Whether rows can be read: the file's pages are what they should be. Indexes that differ can be made anew.
fn is_sound(conn: &Connection, checked: &mut Checked) -> Result<bool> {
    let (mut of_indexes, mut of_file) = (Found::default(), Found::default());
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = conn.prepare("PRAGMA integrity_check(1000)")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            match line.as_str() {
                "ok" => {}
                line if line.contains(" missing from index ") || line.starts_with("wrong # of entries in index ") => {
                    of_indexes.add(|| line.to_owned());
                }
                line => of_file.add(|| line.lines().last().unwrap_or(line).to_owned()),
            }
        }
        Ok(())
    };
    match read().map_err(unavailable) {
        Ok(()) => {}
        Err(StoreError::Malformed(reason)) => of_file.add(|| reason),
        Err(error) => return Err(error),
    }
    let is_sound = of_file.count == 0;
    let meaning = "Parts of the file cannot be read, or hold what does not belong there: whoever asks for them gets an error. Restore a \
         backup, or save what can be read with `sqlite3 lanehook.db .recover`.";
    checked.found("places of the file that are damaged", meaning, false, of_file);
    let meaning = "Lists and look-ups leave rows out, or find what is not there; deliveries may not be sent.";
    checked.found(INDEXES, meaning, is_sound, of_indexes);
    Ok(is_sound)
}

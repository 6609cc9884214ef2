//! Whether the audit trail is as it was written: each line has the hash of the one before it, from where retention has cut the chain to
//! the hash that the chain's own row remembers as its last.

use std::fmt;

use rusqlite::{Connection, Row};

use super::{
    error::unavailable,
    forms::{self, Forms},
};
use crate::{
    model::{
        AuditId, Serial,
        audit::{AuditEntry, GENESIS, hash, hex},
    },
    store::{Result, seal::MasterKey, stored},
};

/// Of so many flaws is told.
const MOST_FLAWS: usize = 100;

/// What a look at the whole trail has found.
#[derive(Debug, Default)]
pub struct AuditReport {
    /// Lines that there are.
    pub lines: u64,
    /// What is wrong: the first hundred.
    pub flaws: Vec<AuditFlaw>,
}

/// Something that is wrong with the trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditFlaw {
    /// At which line; none: at its end.
    pub at: Option<AuditId>,
    /// What, and what it means.
    pub what: String,
}

impl fmt::Display for AuditFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{at}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// A node's chain, by its own row.
struct Chain {
    node: u8,
    lines: u64,
    last: Serial,
    hash: [u8; 32],
    cut_lines: u64,
    cut: Option<Serial>,
    cut_hash: Option<[u8; 32]>,
}

/// What a row says.
struct Kept {
    id: AuditId,
    actor: String,
    behind: Option<String>,
    action: String,
    subject: String,
    /// None, if it does not open.
    text: Option<String>,
}

/// Reads the whole trail, line by line.
///
/// # Errors
/// It cannot be read, or not with this master key.
pub fn check_audit(conn: &Connection, master_key: &MasterKey) -> Result<AuditReport> {
    let forms = Forms { sealer: forms::known_data_key(conn, master_key)?, reader: stored::VERSION };
    check(conn, &forms).map_err(unavailable)
}

/// The same, with what opens its lines.
pub(super) fn check(conn: &Connection, forms: &Forms) -> rusqlite::Result<AuditReport> {
    let mut report = AuditReport::default();
    let mut nodes = conn.prepare("SELECT node, lines, last, hash, cut_lines, cut, cut_hash FROM audit_chains")?;
    let chains = nodes.query_map([], chain)?.collect::<rusqlite::Result<Vec<Chain>>>()?;
    let mut known = 0;
    for chain in chains {
        known += check_chain(conn, forms, &chain, &mut report)?;
    }
    report.lines = conn.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
    if report.lines != known {
        let others = report.lines.saturating_sub(known);
        let what = "lines belong to no chain: they were put in by hand, or their chain's row was removed";
        report.found(None, format!("{others} {what}"));
    }
    Ok(report)
}

/// Returns how many lines it has.
fn check_chain(conn: &Connection, forms: &Forms, chain: &Chain, report: &mut AuditReport) -> rusqlite::Result<u64> {
    let mut rows = conn.prepare("SELECT id, actor, behind, action, subject, line FROM audit ORDER BY id")?;
    let mut rows = rows.query([])?;
    // Of lines that were cut and did not open, none is known.
    let begins = if chain.cut.is_some() { chain.cut_hash } else { Some(GENESIS) };
    let (mut expected, mut last, mut lines) = (begins, chain.cut, 0);
    while let Some(row) = rows.next()? {
        let kept = kept(row, forms)?;
        if kept.id.0.node() != chain.node {
            continue;
        }
        lines += 1;
        last = Some(kept.id.0);
        let Some(text) = &kept.text else {
            report.found(Some(kept.id), "it does not open: it was altered, put elsewhere, or damaged".into());
            // What follows is compared with what follows it.
            expected = None;
            continue;
        };
        for what in flaws(&kept, text, expected.as_ref()) {
            report.found(Some(kept.id), what);
        }
        expected = Some(hash(text));
    }
    if lines + chain.cut_lines != chain.lines {
        let (there, all, cut) = (lines, chain.lines, chain.cut_lines);
        report.found(
            None,
            format!("{there} lines are there; {all} were written and retention took {cut}: some were removed or put in by hand"),
        );
    }
    if expected.is_some_and(|hash| hash != chain.hash) || last != Some(chain.last) {
        let last = AuditId(chain.last);
        report.found(None, format!("the last line is not the one that was written last, {last}: lines were removed from its end, or altered"));
    }
    Ok(lines)
}

/// What is wrong with a line, before which one of this hash was written.
fn flaws(kept: &Kept, text: &str, expected: Option<&[u8; 32]>) -> Vec<String> {
    let Ok(entry) = serde_json::from_str::<AuditEntry>(text) else {
        return vec!["it is no line of an audit trail: it was altered, or a newer version wrote it".into()];
    };
    let mut wrong = Vec::new();
    if expected.is_some_and(|expected| entry.previous != hex(expected)) {
        wrong.push("the line before it is not the one that was there when it was written: that was altered, removed or put elsewhere, or this one was".into());
    }
    let is_same = entry.id == kept.id.to_string()
        && entry.actor.id.as_deref() == Some(&kept.actor)
        && entry.actor.key.as_ref().filter(|key| **key != kept.actor) == kept.behind.as_ref()
        && entry.action == kept.action
        && entry.subject.id == kept.subject;
    if !is_same {
        wrong.push("it is listed as something else than it says: the columns by which it is found were altered".into());
    }
    wrong
}

impl AuditReport {
    fn found(&mut self, at: Option<AuditId>, what: String) {
        if self.flaws.len() < MOST_FLAWS {
            self.flaws.push(AuditFlaw { at, what });
        }
    }
}

fn chain(row: &Row<'_>) -> rusqlite::Result<Chain> {
    Ok(Chain {
        node: row.get(0)?,
        lines: row.get::<_, i64>(1)?.unsigned_abs(),
        last: Serial::from_number(row.get(2)?),
        hash: row.get(3)?,
        cut_lines: row.get::<_, i64>(4)?.unsigned_abs(),
        cut: row.get::<_, Option<i64>>(5)?.map(Serial::from_number),
        cut_hash: row.get(6)?,
    })
}

fn kept(row: &Row<'_>, forms: &Forms) -> rusqlite::Result<Kept> {
    let id = AuditId(Serial::from_number(row.get(0)?));
    Ok(Kept {
        id,
        actor: row.get(1)?,
        behind: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        text: row.get_ref(5)?.as_blob().ok().and_then(|sealed| forms.open_line(id, sealed).ok()),
    })
}

//! The audit trail on disk. A change is told by [`Tx::told`], in the transaction and the savepoint that makes it; what a verb that
//! changes something for somebody returns can only be made there, or by saying that nothing was changed. A line is written with the
//! hash of the one before it, which stands in the one row that this node has of its chain. Retention cuts the old end of a chain and
//! leaves the hash of the last line that it took.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::{error::unavailable, forms::Forms, read, store::SqliteStore, told::Told, transaction::Tx};
use crate::{
    model::{
        Actor, ApiKeyId, AuditId, Serial, TenantKey, Who,
        audit::{ActorKind, AuditActor, AuditDraft, AuditEntry, AuditLine, AuditSubject, GENESIS, hash, hex},
    },
    store::{ANSWER_BYTES, Audit, AuditQuery, Counted, MOST_COUNTED, Result, StoreError},
};

#[async_trait]
impl Audit for SqliteStore {
    async fn tell(&self, what: AuditDraft, by: &Actor) -> Result<()> {
        let tenant = what.tenant.unwrap_or(TenantKey::ALL);
        self.change(tenant, by, move |tx| tx.told(what, ())).await
    }

    async fn audit_lines(&self, query: AuditQuery) -> Result<Vec<AuditLine>> {
        let forms = self.shared.forms.clone();
        self.read(turn(&query), move |conn| lines(conn, &forms, &query)).await
    }

    async fn count_audit_lines(&self, query: AuditQuery) -> Result<Counted> {
        self.read(turn(&query), move |conn| count(conn, &query)).await
    }

    async fn reach_of_audit(&self, query: AuditQuery) -> Result<Option<AuditId>> {
        match query.is_choosy() {
            true => self.read(turn(&query), move |conn| reach(conn, &query)).await,
            false => Ok(None),
        }
    }
}

fn turn(query: &AuditQuery) -> TenantKey {
    query.tenant.unwrap_or(TenantKey::ALL)
}

impl Tx<'_> {
    /// Tells what was changed by whoever makes the change that is under way.
    pub fn told<T>(&mut self, what: AuditDraft, value: T) -> Result<Told<T>> {
        let Some(by) = self.by.clone() else {
            return Err(StoreError::Corrupt(format!("{}: by whom?", what.action.as_str())));
        };
        let id = AuditId(self.take_serial());
        let previous = last_hash(self.conn, id).map_err(unavailable)?;
        let tenant = what.tenant.and_then(|tenant| self.limits.tenants.get(tenant)).map(|tenant| tenant.id.to_string());
        // A tenant that is made in this transaction is in no view yet.
        let tenant = tenant.or_else(|| (what.action.subject_kind() == "tenant").then(|| what.subject.clone()));
        let entry = AuditEntry {
            id: id.to_string(),
            at: self.now,
            tenant,
            actor: self.actor(&by),
            address: by.address,
            action: what.action.as_str().to_owned(),
            subject: AuditSubject { kind: what.action.subject_kind().to_owned(), id: what.subject },
            before: what.before,
            after: what.after,
            previous: hex(&previous),
        };
        let text = serde_json::to_string(&entry).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let tenant = what.tenant.map(|tenant| tenant.0);
        let place = (id, tenant, what.webhook.map(|key| key.0.number()));
        insert(self.conn, self.forms, place, &entry, &text).map_err(unavailable)?;
        Ok(Told::by_line(value))
    }

    fn actor(&self, by: &Actor) -> AuditActor {
        let (kind, id, key) = match by.who {
            Who::Key(key) => (ActorKind::Key, key.to_string(), Some(key)),
            Who::Session(id, key) => (ActorKind::Session, id.to_string(), Some(key)),
            Who::Portal(id, key) => (ActorKind::Portal, id.to_string(), Some(key)),
            Who::Owner(command) => (ActorKind::Owner, command.to_owned(), None),
            Who::System(job) => (ActorKind::System, job.to_owned(), None),
        };
        let of_key = |key: ApiKeyId| self.limits.api_keys.get(key);
        let known = key.and_then(of_key);
        let operator = match kind {
            ActorKind::Owner => true,
            ActorKind::Key | ActorKind::Session => known.as_ref().is_some_and(|key| key.tenant.is_none()),
            ActorKind::Portal | ActorKind::System | ActorKind::Operator => false,
        };
        let (key, name) = (key.map(|key| key.to_string()), known.map(|key| key.name.clone()));
        AuditActor { kind, id: Some(id), key, name, operator }
    }
}

/// Of the last line of this node's chain.
fn last_hash(conn: &Connection, id: AuditId) -> rusqlite::Result<[u8; 32]> {
    let mut find = conn.prepare_cached("SELECT hash FROM audit_chains WHERE node = ?1")?;
    Ok(find.query_row([id.0.node()], |row| row.get(0)).optional()?.unwrap_or(GENESIS))
}

fn insert(
    conn: &Connection,
    forms: &Forms,
    (id, tenant, webhook): (AuditId, Option<i64>, Option<i64>),
    entry: &AuditEntry,
    text: &str,
) -> rusqlite::Result<()> {
    let behind = entry.actor.key.as_ref().filter(|key| entry.actor.id.as_ref() != Some(*key));
    let mut insert = conn.prepare_cached("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let AuditEntry { actor, action, subject, .. } = entry;
    let sealed = forms.seal_line(id, text);
    insert.execute(params![id.0.number(), tenant, webhook, actor.id, behind, action, subject.id, sealed])?;
    let mut grow = conn.prepare_cached(
        "INSERT INTO audit_chains (node, lines, last, hash) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT (node) DO UPDATE SET lines = lines + 1, last = ?2, hash = ?3",
    )?;
    grow.execute(params![id.0.node(), id.0.number(), hash(text)])?;
    Ok(())
}

/// Deletes lines from before this time from the old end of each chain, at most so many. Whether there may be more.
pub(super) fn delete_before(tx: &Tx<'_>, before: Serial, limit: usize) -> Result<bool> {
    let found = old(tx.conn, before, limit).map_err(unavailable)?;
    let mut nodes: Vec<u8> = found.iter().map(|id| id.0.node()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    for node in nodes {
        let of_node: Vec<AuditId> = found.iter().copied().filter(|id| id.0.node() == node).collect();
        let Some(&last) = of_node.last() else { continue };
        cut(tx, node, of_node.len(), last)?;
    }
    let mut delete = tx.conn.prepare_cached("DELETE FROM audit WHERE id = ?1").map_err(unavailable)?;
    found.iter().try_for_each(|id| delete.execute([id.0.number()]).map(drop)).map_err(unavailable)?;
    Ok(found.len() == limit)
}

fn old(conn: &Connection, before: Serial, limit: usize) -> rusqlite::Result<Vec<AuditId>> {
    let mut old = conn.prepare_cached("SELECT id FROM audit WHERE id < ?1 ORDER BY id LIMIT ?2")?;
    old.query_map(params![before.number(), limit as i64], |row| row.get(0).map(Serial::from_number).map(AuditId))?
        .collect()
}

/// So many lines of a chain go, up to this one. Of one that does not open the hash is not known; the check tells so.
fn cut(tx: &Tx<'_>, node: u8, lines: usize, last: AuditId) -> Result<()> {
    let find = "SELECT line FROM audit WHERE id = ?1";
    let sealed: Vec<u8> = tx.conn.query_row(find, [last.0.number()], |row| row.get(0)).map_err(unavailable)?;
    let hash = tx.forms.open_line(last, &sealed).map(|text| hash(&text)).ok();
    let cut = "UPDATE audit_chains SET cut_lines = cut_lines + ?2, cut = ?3, cut_hash = ?4 WHERE node = ?1";
    let mut cut = tx.conn.prepare_cached(cut).map_err(unavailable)?;
    cut.execute(params![node, lines as i64, last.0.number(), hash]).map(drop).map_err(unavailable)
}

/// The index that tells most of what is asked for, and what it is asked.
fn indexed(query: &AuditQuery) -> &'static str {
    match query {
        AuditQuery { webhook: Some(_), .. } => "INDEXED BY audit_by_webhook WHERE webhook = :webhook AND",
        AuditQuery { subject: Some(_), .. } => "INDEXED BY audit_by_subject WHERE subject = :subject AND",
        AuditQuery { tenant: Some(_), .. } => "INDEXED BY audit_by_tenant WHERE tenant = :tenant AND",
        AuditQuery { .. } => "WHERE",
    }
}

/// What is asked of a row besides. Each names its parameters, whether it is asked or not.
const ASKED: &str = "(:tenant IS NULL OR tenant = :tenant) AND (:webhook IS NULL OR webhook = :webhook)
     AND (:subject IS NULL OR subject = :subject) AND (:actor IS NULL OR actor = :actor OR behind = :actor)
     AND (:actions IS NULL OR action IN (SELECT value FROM json_each(:actions)))";

/// Runs a statement about the rows of a query within its bounds, and takes something of each row that it returns.
fn ask<T>(
    conn: &Connection,
    sql: &str,
    query: &AuditQuery,
    most: usize,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>,
) -> rusqlite::Result<Vec<T>> {
    let (first, end) = read::range((query.from, query.to), query.after.map(|id| id.0), query.before.map(|id| id.0));
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(named_params! {
        ":tenant": query.tenant.map(|tenant| tenant.0),
        ":webhook": query.webhook.map(|webhook| webhook.0.number()),
        ":subject": query.subject,
        ":actor": query.actor,
        ":actions": read::one_of(&query.actions),
        ":first": first,
        ":end": end,
        ":most": most as i64,
    })?;
    let mut taken = Vec::new();
    while let Some(row) = rows.next()? {
        match take(row)? {
            Some(one) => taken.push(one),
            None => break,
        }
    }
    Ok(taken)
}

fn lines(conn: &Connection, forms: &Forms, query: &AuditQuery) -> rusqlite::Result<Vec<AuditLine>> {
    let (indexed, order) = (indexed(query), read::order(query.oldest));
    let sql = format!(
        "SELECT id, line FROM audit {indexed} id >= :first AND id < :end AND {ASKED} ORDER BY id {order} LIMIT :most"
    );
    let (mut bytes, mut count) = (0, 0);
    let mut found = ask(conn, &sql, query, query.limit, |row| {
        if bytes > ANSWER_BYTES && count > 1 {
            return Ok(None);
        }
        let id = AuditId(Serial::from_number(row.get(0)?));
        let sealed = row.get_ref(1)?.as_blob()?;
        bytes += sealed.len();
        count += 1;
        // One that does not open is listed as one that cannot be read.
        let text = forms.open_line(id, sealed).unwrap_or_else(|reason| {
            tracing::error!(line = %id, %reason, "a line of the audit trail cannot be opened");
            String::new()
        });
        Ok(Some(AuditLine { id, text }))
    })?;
    if query.oldest {
        found.reverse();
    }
    Ok(found)
}

/// So many are looked at.
fn count(conn: &Connection, query: &AuditQuery) -> rusqlite::Result<Counted> {
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE {ASKED}) FROM (
             SELECT tenant, webhook, subject, actor, behind, action FROM audit {} id >= :first AND id < :end
             ORDER BY id DESC LIMIT :most)",
        indexed(query)
    );
    let most = MOST_COUNTED as usize + 1;
    let counted = ask(conn, &sql, query, most, |row| Ok(Some((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))))?;
    let (looked_at, count) = counted.first().copied().unwrap_or_default();
    let (looked_at, count) = (looked_at.unsigned_abs(), count.unsigned_abs());
    Ok(Counted { count: count.min(MOST_COUNTED), is_capped: looked_at > MOST_COUNTED })
}

fn reach(conn: &Connection, query: &AuditQuery) -> rusqlite::Result<Option<AuditId>> {
    let order = read::order(query.oldest);
    // The parameters that no index is asked for are named all the same.
    let sql = format!(
        "SELECT id FROM (SELECT id FROM audit {} id >= :first AND id < :end
             AND coalesce(:tenant, :webhook, :subject, :actor, :actions, 1) IS NOT NULL
             ORDER BY id {order} LIMIT :most) ORDER BY id {order} LIMIT 1 OFFSET :most - 1",
        indexed(query)
    );
    let found =
        ask(conn, &sql, query, MOST_COUNTED as usize, |row| Ok(Some(AuditId(Serial::from_number(row.get(0)?)))))?;
    Ok(found.into_iter().next())
}

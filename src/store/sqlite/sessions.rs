//! Sessions on disk.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

use super::{error::unavailable, job_queues::JobSize, store::SqliteStore, told::Told, transaction::Tx};
use crate::{
    model::{
        Actor, ApiKeyId, Serial, Session, SessionId, TenantKey, Timestamp,
        audit::{AuditAction, AuditDraft, members},
    },
    store::{
        Begun, Change, MOST_PORTALS, MOST_SESSIONS, NewSession, Result, Sessions, StoreError, View, WhichSessions,
        stored::{read_portal, write_portal},
    },
};

/// Rows of one transaction.
const SLICE: usize = 500;

#[async_trait]
impl Sessions for SqliteStore {
    fn sessions(&self) -> &View<Session> {
        &self.shared.views.sessions
    }

    async fn create_session(&self, session: NewSession, by: &Actor) -> Result<Arc<Session>> {
        let tenant = self.turn_of(session.key);
        self.change(tenant, by, move |tx| {
            let [of_operator, of_tenant] = MOST_PORTALS;
            let most = match (&session.portal, tenant) {
                (None, _) => MOST_SESSIONS,
                (Some(_), TenantKey::ALL) => of_operator,
                (Some(_), _) => of_tenant,
            };
            for ended in first_of(tx.conn, session.key, session.portal.is_some(), most - 1).map_err(unavailable)? {
                end(tx, ended)?;
            }
            let session = Arc::new(create(tx, session)?);
            tx.changed("session created", session.id, Change::Saved(session.clone()));
            let action = if session.begun { AuditAction::SessionBegun } else { AuditAction::LinkCreated };
            let tenant = session.portal.as_ref().map(|portal| portal.tenant).or(of_tenants(tenant));
            tx.told(AuditDraft::new(action, session.id, tenant).after(Some(session.shown())), session)
        })
        .await
    }

    async fn begin_session(&self, link: SessionId, begun: Begun, by: &Actor) -> Result<Option<Arc<Session>>> {
        self.change(TenantKey::ALL, by, move |tx| {
            let session = begin(tx.conn, link, begun).map_err(unavailable)?.map(Arc::new);
            let Some(begun) = session.clone() else { return Ok(Told::nothing(session)) };
            tx.changed("session begun", begun.id, Change::Saved(begun.clone()));
            let of_key = tx.limits.api_keys.get(begun.key).and_then(|key| key.tenant);
            let tenant = begun.portal.as_ref().map(|portal| portal.tenant).or(of_key);
            let line = AuditDraft::new(AuditAction::SessionBegun, begun.id, tenant);
            tx.told(line.after(Some(begun.shown())), session)
        })
        .await
    }

    async fn end_sessions(&self, which: WhichSessions, by: &Actor) -> Result<usize> {
        self.change(TenantKey::ALL, by, move |tx| {
            let (ids, subject) = match which {
                WhichSessions::One(id) => (vec![id], id.to_string()),
                WhichSessions::OfKey(key) => (of_key(tx.conn, key).map_err(unavailable)?, key.to_string()),
            };
            let session = ids.first().and_then(|&id| tx.limits.sessions.get(id));
            let portal = session.as_ref().and_then(|session| session.portal.as_ref()).map(|portal| portal.tenant);
            let of_key = session.as_ref().and_then(|session| tx.limits.api_keys.get(session.key)?.tenant);
            let mut ended = 0;
            for id in ids {
                ended += usize::from(end(tx, id)?);
            }
            if ended == 0 {
                return Ok(Told::nothing(0));
            }
            let line = AuditDraft::new(AuditAction::SessionEnded, subject, portal.or(of_key));
            tx.told(line.after(members(&json!({"ended": ended}))), ended)
        })
        .await
    }

    async fn forget_sessions(&self, now: Timestamp, idle_since: Timestamp) -> Result<usize> {
        let size = JobSize { rows: SLICE, ..JobSize::small(TenantKey::ALL) };
        let mut forgotten = 0;
        loop {
            let over = self
                .change_much(size, &FORGETTING, move |tx| {
                    let over = over(tx.conn, now, idle_since).map_err(unavailable)?;
                    over.iter().try_for_each(|&id| end(tx, id).map(drop))?;
                    // That they end by themselves was told with their begin.
                    Ok(Told::bookkeeping(over.len()))
                })
                .await?;
            forgotten += over;
            if over < SLICE {
                return Ok(forgotten);
            }
        }
    }

    async fn keep_session_uses(&self, uses: Vec<(SessionId, Timestamp)>) -> Result<()> {
        for some in uses.chunks(SLICE) {
            let some = some.to_vec();
            let size = JobSize { rows: some.len(), ..JobSize::small(TenantKey::ALL) };
            self.write(size, move |tx| keep_uses(tx.conn, &some).map_err(unavailable)).await?;
        }
        Ok(())
    }
}

/// None for the operator's.
fn of_tenants(tenant: TenantKey) -> Option<TenantKey> {
    Some(tenant).filter(|&tenant| tenant != TenantKey::ALL)
}

/// Who ends what is over.
const FORGETTING: Actor = Actor::system("sessions");

impl SqliteStore {
    /// Whose turn it is to write a session of this key: a tenant's own keys make them.
    fn turn_of(&self, key: ApiKeyId) -> TenantKey {
        let key = self.shared.views.api_keys.get(key);
        key.and_then(|key| key.tenant).unwrap_or(TenantKey::ALL)
    }
}

const COLUMNS: &str = "id, hash, key, portal, begun, expires_at, last_used_at";

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Session>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM sessions"))?;
    statement.query_map([], session)?.filter_map(rusqlite::Result::transpose).collect()
}

/// Nothing for one that this version cannot read: nobody is signed in by it.
fn session(row: &Row<'_>) -> rusqlite::Result<Option<Session>> {
    let id = SessionId(Serial::from_number(row.get(0)?));
    let portal = row.get::<_, Option<String>>(3)?.map(|text| read_portal(&text)).transpose();
    let portal = match portal {
        Ok(portal) => portal,
        Err(reason) => {
            tracing::error!(session = %id, %reason, "a session cannot be read and is refused");
            return Ok(None);
        }
    };
    Ok(Some(Session {
        id,
        hash: row.get(1)?,
        key: ApiKeyId(Serial::from_number(row.get(2)?)),
        portal,
        begun: row.get(4)?,
        expires_at: Timestamp::from_millis(row.get(5)?),
        last_used_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
    }))
}

fn create(tx: &mut Tx<'_>, new: NewSession) -> Result<Session> {
    let id = SessionId(tx.take_serial());
    let NewSession { hash, key, portal, begun, expires_at } = new;
    let inserted = tx
        .conn
        .prepare_cached(
            "INSERT INTO sessions (id, hash, key, portal, begun, expires_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = ?3)",
        )
        .and_then(|mut insert| {
            let portal = portal.as_ref().map(write_portal);
            insert.execute(params![id.0.number(), hash, key.0.number(), portal, begun, expires_at.millis()])
        })
        .map_err(unavailable)?;
    match inserted {
        0 => Err(StoreError::Conflict),
        _ => Ok(Session { id, hash, key, portal, begun, expires_at, last_used_at: None }),
    }
}

fn begin(conn: &Connection, link: SessionId, begun: Begun) -> rusqlite::Result<Option<Session>> {
    let mut update = conn.prepare_cached(&format!(
        "UPDATE sessions SET hash = ?2, expires_at = ?3, begun = 1, last_used_at = ?4 WHERE id = ?1 AND begun = 0 RETURNING {COLUMNS}"
    ))?;
    update
        .query_row(params![link.0.number(), begun.hash, begun.expires_at.millis(), begun.at.millis()], session)
        .optional()
        .map(Option::flatten)
}

/// All of a key.
fn of_key(conn: &Connection, key: ApiKeyId) -> rusqlite::Result<Vec<SessionId>> {
    let mut select = conn.prepare_cached("SELECT id FROM sessions WHERE key = ?1")?;
    ids(&mut select, [key.0.number()])
}

/// A key's own sessions, or those of portals that came from it, but for the last `but`.
fn first_of(conn: &Connection, key: ApiKeyId, portals: bool, but: usize) -> rusqlite::Result<Vec<SessionId>> {
    let mut select = conn.prepare_cached(
        "SELECT id FROM sessions WHERE key = ?1 AND (portal IS NOT NULL) = ?2 ORDER BY id DESC LIMIT -1 OFFSET ?3",
    )?;
    ids(&mut select, params![key.0.number(), portals, but as i64])
}

fn over(conn: &Connection, now: Timestamp, idle_since: Timestamp) -> rusqlite::Result<Vec<SessionId>> {
    let mut select = conn.prepare_cached(
        "SELECT id FROM sessions WHERE expires_at <= ?1 OR last_used_at <= ?2 OR key NOT IN (SELECT id FROM api_keys) LIMIT ?3",
    )?;
    ids(&mut select, params![now.millis(), idle_since.millis(), SLICE as i64])
}

fn ids(select: &mut rusqlite::Statement<'_>, values: impl rusqlite::Params) -> rusqlite::Result<Vec<SessionId>> {
    select.query_map(values, |row| Ok(SessionId(Serial::from_number(row.get(0)?))))?.collect()
}

fn end(tx: &mut Tx<'_>, id: SessionId) -> Result<bool> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM sessions WHERE id = ?1").map_err(unavailable)?;
    let there = delete.execute([id.0.number()]).map_err(unavailable)? > 0;
    drop(delete);
    if there {
        tx.changed("session ended", id, Change::<Session>::Deleted(id));
    }
    Ok(there)
}

fn keep_uses(conn: &Connection, uses: &[(SessionId, Timestamp)]) -> rusqlite::Result<()> {
    let mut keep = conn.prepare_cached("UPDATE sessions SET last_used_at = ?2 WHERE id = ?1")?;
    uses.iter().try_for_each(|(id, at)| keep.execute([id.0.number(), at.millis()]).map(drop))
}

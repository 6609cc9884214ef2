//! Incidents on disk.

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::{error::unavailable, job_queues::JobSize, store::SqliteStore, transaction::Tx};
use crate::{
    model::{Serial, TenantKey, Timestamp, WebhookKey},
    store::{Incident, Incidents, Result, Told},
};

#[async_trait]
impl Incidents for SqliteStore {
    async fn incidents(&self) -> Result<Vec<Incident>> {
        self.read_overview(all).await
    }

    async fn keep_incidents(&self, changed: Vec<Incident>, over: Vec<WebhookKey>) -> Result<()> {
        let size = JobSize { rows: changed.len() + over.len(), ..JobSize::small(TenantKey::ALL) };
        self.write(size, move |tx| keep(tx, &changed, &over).map_err(unavailable)).await
    }
}

fn all(conn: &Connection) -> rusqlite::Result<Vec<Incident>> {
    let mut statement = conn.prepare_cached("SELECT webhook, tenant, since, told FROM incidents")?;
    statement.query_map([], incident)?.collect()
}

fn incident(row: &Row<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        webhook: WebhookKey(Serial::from_number(row.get(0)?)),
        tenant: TenantKey(row.get(1)?),
        since: Timestamp::from_millis(row.get(2)?),
        told: match row.get::<_, i64>(3)? {
            0 => Told::Nothing,
            1 => Told::Failing,
            _ => Told::Disabled,
        },
    })
}

fn keep(tx: &Tx<'_>, changed: &[Incident], over: &[WebhookKey]) -> rusqlite::Result<()> {
    let mut write = tx.conn.prepare_cached("INSERT OR REPLACE INTO incidents VALUES (?1, ?2, ?3, ?4)")?;
    for Incident { webhook, tenant, since, told } in changed {
        let told = match told {
            Told::Nothing => 0,
            Told::Failing => 1,
            Told::Disabled => 2,
        };
        write.execute(params![webhook.0.number(), tenant.0, since.millis(), told])?;
    }
    let mut forget = tx.conn.prepare_cached("DELETE FROM incidents WHERE webhook = ?1")?;
    for webhook in over {
        forget.execute([webhook.0.number()])?;
    }
    Ok(())
}

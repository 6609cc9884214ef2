//! Times that a clock wrote which was ahead and has been set back since.
//!
//! A retry is due at its attempt's end and a wait. If that attempt began in what is now the future, the clock was ahead when it
//! was recorded, and only the wait is true. So it is counted from now, once: what was mended is due before its attempt began.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::model::{Serial, Timestamp, WebhookKey};

/// Brings due times back that are too far ahead, and returns whose they are. Looks at everything that waits for a retry.
pub(super) fn bring_back(conn: &Connection, now: Timestamp) -> rusqlite::Result<BTreeSet<WebhookKey>> {
    let mut update = conn.prepare_cached(
        "UPDATE deliveries SET due_at = ?1 + due_at - a.started_at FROM attempts a
         WHERE deliveries.status = 1 AND deliveries.due_at > ?1 AND a.id = deliveries.last_attempt
             AND a.started_at > ?1 AND a.started_at <= deliveries.due_at
         RETURNING deliveries.webhook",
    )?;
    let webhooks = update.query_map([now.millis()], |row| Ok(WebhookKey(Serial::from_number(row.get(0)?))))?;
    webhooks.collect()
}

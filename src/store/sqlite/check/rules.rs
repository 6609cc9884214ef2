//! What must hold between rows: each rule is a statement that finds the rows which break it, and another that mends them, where
//! something can be done.

use rusqlite::{Connection, named_params};

use super::found::{Checked, Found};
use crate::model::{AttemptId, DeliveryId, Serial, Timestamp, WebhookKey};

struct Rule {
    what: &'static str,
    meaning: &'static str,
    /// Their numbers.
    finds: &'static str,
    shown: fn(i64) -> String,
    /// With the time as `:now`.
    mends: Option<&'static str>,
}

const RULES: &[Rule] = &[
    Rule {
        what: "deliveries that are owed and whose event is gone",
        meaning: "There is nothing to send: each fails when it is its turn, and its attempt says so.",
        finds: "SELECT id FROM deliveries d WHERE status IN (0, 1) AND NOT EXISTS (SELECT 1 FROM events WHERE key = d.event)",
        shown: delivery,
        mends: None,
    },
    Rule {
        what: "deliveries that have ended and whose event is gone",
        meaning: "No list shows them, and they cannot be replayed. Retention removes them in time.",
        finds: "SELECT id FROM deliveries d
                WHERE status NOT IN (0, 1) AND NOT EXISTS (SELECT 1 FROM events WHERE key = d.event)",
        shown: delivery,
        mends: None,
    },
    Rule {
        what: "deliveries that are owed to a webhook of which there is no row",
        meaning: "They belong to no lane: they are neither sent nor shown, and stay for ever. Mending cancels them.",
        finds: "SELECT id FROM deliveries d
                WHERE status IN (0, 1) AND NOT EXISTS (SELECT 1 FROM webhooks WHERE key = d.webhook)",
        shown: delivery,
        // 3: its webhook was deleted.
        mends: Some(
            "UPDATE deliveries AS d SET status = 4, cancelled_by = 3, due_at = NULL, finished_at = :now
             WHERE status IN (0, 1) AND NOT EXISTS (SELECT 1 FROM webhooks WHERE key = d.webhook)",
        ),
    },
    Rule {
        what: "deliveries that wait for a retry without a time",
        meaning: "They are never tried again, and where order is kept, what is behind them waits for ever. Mending makes them due now.",
        finds: "SELECT id FROM deliveries WHERE status = 1 AND due_at IS NULL",
        shown: delivery,
        mends: Some("UPDATE deliveries SET due_at = :now WHERE status = 1 AND due_at IS NULL"),
    },
    Rule {
        what: "deliveries that have ended without a time",
        meaning: "Retention never removes them. Mending lets them have ended now.",
        finds: "SELECT id FROM deliveries WHERE status IN (2, 3, 4) AND finished_at IS NULL",
        shown: delivery,
        mends: Some("UPDATE deliveries SET finished_at = :now WHERE status IN (2, 3, 4) AND finished_at IS NULL"),
    },
    Rule {
        what: "deliveries whose last attempt is missing or another one",
        meaning: "Their attempts cannot be shown. They are sent, and counted, all the same.",
        finds: "SELECT d.id FROM deliveries d LEFT JOIN attempts a ON a.id = d.last_attempt
                WHERE d.attempts > 0 AND (a.id IS NULL OR a.number <> d.attempts)",
        shown: delivery,
        mends: None,
    },
    Rule {
        what: "attempts whose chain is broken: the one before is missing or another one",
        meaning: "The attempts before them cannot be shown. Nothing else is lost.",
        finds: "SELECT a.id FROM attempts a LEFT JOIN attempts p ON p.id = a.previous
                WHERE CASE WHEN a.number > 1 THEN p.id IS NULL OR p.number <> a.number - 1 ELSE a.previous IS NOT NULL END",
        shown: attempt,
        mends: None,
    },
    Rule {
        what: "lists of what is owed whose event is gone",
        meaning: "There is nothing to send, and the lists behind them wait. Mending removes them.",
        finds: "SELECT id FROM fan_outs f WHERE NOT EXISTS (SELECT 1 FROM events WHERE key = f.event)",
        shown: number,
        mends: Some("DELETE FROM fan_outs AS f WHERE NOT EXISTS (SELECT 1 FROM events WHERE key = f.event)"),
    },
    Rule {
        what: "webhooks' counters without their webhook",
        meaning: "They take room and say nothing. Mending removes them.",
        finds: "SELECT webhook FROM counters c WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE key = c.webhook)",
        shown: webhook,
        mends: Some("DELETE FROM counters AS c WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE key = c.webhook)"),
    },
    Rule {
        what: "webhooks whose counters are less than their deliveries that have ended",
        meaning: "A webhook's `delivered` and `failed` are too low. Mending counts what is still kept.",
        finds: "SELECT r.webhook FROM (
                    SELECT webhook, sum(status = 2) AS delivered, sum(status = 3) AS failed FROM deliveries
                    WHERE status IN (2, 3) AND test IS NULL GROUP BY webhook) r
                JOIN webhooks w ON w.key = r.webhook LEFT JOIN counters c ON c.webhook = r.webhook
                WHERE r.delivered > coalesce(c.delivered, 0) OR r.failed > coalesce(c.failed, 0)",
        shown: webhook,
        mends: Some(
            "INSERT INTO counters (webhook, delivered, failed, consecutive_failures)
             SELECT webhook, sum(status = 2), sum(status = 3), 0 FROM deliveries
             WHERE status IN (2, 3) AND test IS NULL AND webhook IN (SELECT key FROM webhooks) GROUP BY webhook
             ON CONFLICT (webhook) DO UPDATE SET
                 delivered = max(delivered, excluded.delivered), failed = max(failed, excluded.failed)",
        ),
    },
];

fn delivery(id: i64) -> String {
    DeliveryId(Serial::from_number(id)).to_string()
}

fn attempt(id: i64) -> String {
    AttemptId(Serial::from_number(id)).to_string()
}

fn webhook(id: i64) -> String {
    WebhookKey(Serial::from_number(id)).to_string()
}

fn number(id: i64) -> String {
    id.to_string()
}

pub(super) fn look(conn: &Connection, checked: &mut Checked) -> rusqlite::Result<()> {
    for rule in RULES {
        let mut found = Found::default();
        let mut statement = conn.prepare(rule.finds)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            found.add(|| (rule.shown)(id));
        }
        checked.found(rule.what, rule.meaning, rule.mends.is_some(), found);
    }
    Ok(())
}

pub(super) fn mend(conn: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    for mends in RULES.iter().filter_map(|rule| rule.mends) {
        let mut statement = conn.prepare(mends)?;
        match mends.contains(":now") {
            true => statement.execute(named_params! { ":now": now.millis() })?,
            false => statement.execute([])?,
        };
    }
    Ok(())
}

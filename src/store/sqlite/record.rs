//! Recording attempts: one row for the attempt, the next state of its delivery, or of each of its batch, the webhook's
//! counters. Before its transaction, on the threads that serve everybody, a [`Record`] is made of each: the writer's thread, of
//! which there is one, only binds what is there.

use rusqlite::{OptionalExtension, params};

use super::{
    error::unavailable,
    job::{Record, Settled},
    notices, read,
    rows::{member_bytes, status_code, status_of},
    transaction::Tx,
};
use crate::{
    model::{
        AttemptId, CancelReason, DeliveryId, DeliveryStatus, EventType, FailureKind, FailureRun, IdMap, Outcome, Owed,
        TenantKey, Timestamp, WebhookKey,
    },
    observe::{AttemptSeen, Count, DeliveryMoved, Span},
    store::{MOST_DELIVERIES, Settlement, Verdict},
};

/// Webhooks whose counters are written before there are more: within the time that a group has for outcomes.
const MANY_TALLIES: usize = 16;

/// What a group records. An error breaks the whole group, which then keeps all of it for the next.
#[derive(Default)]
pub(super) struct Recording {
    tallies: IdMap<WebhookKey, Tally>,
    pub settled: Vec<Settled>,
}

impl Recording {
    /// Records these.
    pub fn add(&mut self, tx: &mut Tx<'_>, settled: Settled) {
        for record in &settled.records {
            let (Some(first), None) = (record.settlement.owed.first(), &tx.broken) else { continue };
            match settle(tx, settled.tenant, record, first) {
                Ok(finished) => {
                    let tally = self.tallies.entry(first.webhook).or_insert_with(|| Tally::of(settled.tenant));
                    tally.add(&record.settlement, finished);
                }
                Err(error) => tx.broken = Some(unavailable(error)),
            }
        }
        self.settled.push(settled);
        if self.tallies.len() >= MANY_TALLIES {
            self.tally(tx);
        }
    }

    /// How many attempts these are.
    pub fn attempts(&self) -> usize {
        self.settled.iter().map(|settled| settled.records.len()).sum()
    }

    /// Writes what those of which it is not written yet change in the webhooks' counters.
    pub fn tally(&mut self, tx: &mut Tx<'_>) {
        for (webhook, tally) in self.tallies.drain() {
            let _ = tx.whole(|tx| tally.write(tx, webhook).map_err(unavailable));
        }
    }
}

/// What a group changes in one webhook's counters.
struct Tally {
    tenant: TenantKey,
    delivered: u64,
    failed: u64,
    /// The first of those that failed, and how many of them there are to tell of.
    given_up: Vec<DeliveryId>,
    to_tell: u64,
    failure_run: FailureRun,
    last_attempt: Option<Timestamp>,
    last_success: Option<Timestamp>,
    last_failure: Option<Timestamp>,
}

impl Tally {
    fn of(tenant: TenantKey) -> Tally {
        Tally {
            tenant,
            delivered: 0,
            failed: 0,
            given_up: Vec::new(),
            to_tell: 0,
            failure_run: FailureRun::default(),
            last_attempt: None,
            last_success: None,
            last_failure: None,
        }
    }

    fn add(&mut self, settlement: &Settlement, finished: Finished) {
        self.delivered += finished.delivered;
        self.failed += finished.failed;
        self.to_tell += finished.to_tell;
        let room = MOST_DELIVERIES.saturating_sub(self.given_up.len());
        self.given_up.extend(finished.given_up.into_iter().take(room));
        self.failure_run = settlement.failure_run;
        if settlement.verdict == Verdict::Dropped {
            return;
        }
        let at = Some(settlement.outcome.started_at);
        self.last_attempt = self.last_attempt.max(at);
        match settlement.outcome.result {
            Ok(()) => self.last_success = self.last_success.max(at),
            Err(_) => self.last_failure = self.last_failure.max(at),
        }
    }

    fn write(&self, tx: &Tx<'_>, webhook: WebhookKey) -> rusqlite::Result<()> {
        let mut upsert = tx.conn.prepare_cached(
            "INSERT INTO counters VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (webhook) DO UPDATE SET
                 delivered = delivered + ?2, failed = failed + ?3, consecutive_failures = ?4, failing_since = ?5,
                 last_attempt_at = coalesce(max(last_attempt_at, ?6), ?6, last_attempt_at),
                 last_success_at = coalesce(max(last_success_at, ?7), ?7, last_success_at),
                 last_failure_at = coalesce(max(last_failure_at, ?8), ?8, last_failure_at)",
        )?;
        let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
        upsert.execute(params![
            webhook.0.number(),
            self.delivered as i64,
            self.failed as i64,
            self.failure_run.consecutive_failures,
            millis(self.failure_run.failing_since),
            millis(self.last_attempt),
            millis(self.last_success),
            millis(self.last_failure),
        ])?;
        let webhooks = tx.limits.webhooks;
        // What notices cause makes no notices.
        let is_told = || webhooks.get(webhook).is_some_and(|webhook| !webhook.settings.hears_notices());
        if self.to_tell > 0 && is_told() {
            notices::given_up(tx, self.tenant, webhook, self.to_tell, &self.given_up)?;
        }
        Ok(())
    }
}

/// A delivery as it was before an attempt is recorded.
#[derive(Clone, Copy)]
struct Before {
    /// As stored: it may be one that this version does not know.
    code: i64,
    attempts: u32,
    last_attempt: Option<i64>,
    /// Why this attempt was made; none for its schedule.
    triggered_by: Option<u8>,
}

/// How many deliveries have reached their end by an attempt.
#[derive(Default)]
struct Finished {
    delivered: u64,
    failed: u64,
    /// Of those that failed, the first, and how many are to be told of: not those of notices.
    given_up: Vec<DeliveryId>,
    to_tell: u64,
}

/// Records one attempt.
fn settle(tx: &mut Tx<'_>, tenant: TenantKey, record: &Record, first: &Owed) -> rusqlite::Result<Finished> {
    let (settlement, attempt) = (&record.settlement, record.attempt.number());
    let mut finished = Finished::default();
    let mut chain = None;
    for (owed, event_type) in settlement.owed.iter().zip(&record.event_types) {
        let Some((before, status)) = settle_delivery(tx, settlement, owed, attempt)? else { continue };
        let event_type = match event_type {
            Some(event_type) => Some(event_type.clone()),
            None => read::event_type(tx.conn, owed.event)?,
        };
        let is_new = status_code(status) != before.code;
        let ended = Some(status).filter(|_| is_new);
        if ended == Some(DeliveryStatus::Failed) && !event_type.as_ref().is_some_and(EventType::is_reserved) {
            finished.to_tell += 1;
            if finished.given_up.len() < MOST_DELIVERIES {
                finished.given_up.push(owed.id);
            }
        }
        count(tx, Counted { tenant, settlement, owed, event_type, ended, is_first: chain.is_none() });
        tx.effects.moved.push(moved(tenant, record, owed, before, status, tx.now));
        // What was tried together has been tried together before: they all point at one attempt.
        chain.get_or_insert(before);
        if before.attempts == 0 {
            tx.effects.no_longer_pending.push((owed.webhook, owed.id));
        }
        if status_of(before.code).is_owed() && !status.is_owed() {
            tx.ledger.owes_less(owed.webhook, 1);
        }
        finished.delivered += u64::from(is_new && status == DeliveryStatus::Delivered);
        finished.failed += u64::from(is_new && status == DeliveryStatus::Failed);
    }
    // If all were cancelled meanwhile and deleted since, there is nothing left that the attempt could be shown with.
    if let Some(before) = chain {
        insert_attempt(tx, record, first, before)?;
    }
    Ok(finished)
}

/// A delivery that was tried, for statistics.
struct Counted<'s> {
    tenant: TenantKey,
    settlement: &'s Settlement,
    owed: &'s Owed,
    event_type: Option<EventType>,
    /// How it stands, if that is new.
    ended: Option<DeliveryStatus>,
    /// Whether the request is counted with it.
    is_first: bool,
}

fn count(tx: &mut Tx<'_>, counted: Counted<'_>) {
    let Counted { tenant, settlement, owed, event_type, ended, is_first } = counted;
    let Outcome { started_at, answer, requests, timings, result, .. } = &settlement.outcome;
    let (webhook, event_type, now) = (Some(owed.webhook), event_type.as_ref(), tx.now);
    let failure = result.as_ref().err().map(|failure| failure.kind);
    if !failure.is_some_and(FailureKind::is_by_intent) {
        let measures = tx.count(tenant, webhook, event_type, *started_at);
        measures.tried(failure, answer.as_ref().map(|answer| answer.status));
        if owed.attempts == 0 {
            measures.tried_first(failure.is_none());
        }
        if is_first && settlement.attempt.is_some() {
            measures.requested(*requests, timings);
        }
    }
    let what = match ended {
        Some(DeliveryStatus::Delivered) => Count::Delivered,
        Some(DeliveryStatus::Failed) => Count::Failed,
        Some(DeliveryStatus::Cancelled) => Count::Cancelled,
        Some(DeliveryStatus::Pending | DeliveryStatus::Retrying | DeliveryStatus::Unknown) | None => return,
    };
    let measures = tx.count(tenant, webhook, event_type, now);
    measures.add(what, 1);
    if what == Count::Delivered {
        let began = started_at.since(owed.id.0.time()).as_micros() as u64;
        measures.took(Span::Waited, began + u64::from(timings.total_us));
    }
}

/// How a delivery stands after an attempt.
fn moved(
    tenant: TenantKey,
    record: &Record,
    owed: &Owed,
    before: Before,
    status: DeliveryStatus,
    now: Timestamp,
) -> DeliveryMoved {
    let Record { settlement, attempt, .. } = record;
    let outcome = &settlement.outcome;
    let failure = outcome.result.as_ref().err().map(|failure| failure.kind);
    let due_at = match settlement.verdict {
        Verdict::Retry { at, .. } if status == DeliveryStatus::Retrying => Some(settlement.due(at, now)),
        _ => None,
    };
    DeliveryMoved {
        tenant,
        id: owed.id,
        webhook: owed.webhook,
        event: owed.event,
        status,
        attempts: before.attempts + 1,
        due_at,
        cancel_reason: failure.filter(|_| status == DeliveryStatus::Cancelled).and_then(intended),
        attempt: Some(AttemptSeen {
            id: AttemptId(*attempt),
            started_at: outcome.started_at,
            status: outcome.answer.as_ref().map(|answer| answer.status),
            failure,
            took_us: outcome.timings.total_us,
        }),
        test: false,
    }
}

/// Why it was cancelled, if an attempt ended so.
fn intended(kind: FailureKind) -> Option<CancelReason> {
    match kind {
        FailureKind::Skipped => Some(CancelReason::Skipped),
        FailureKind::Collapsed => Some(CancelReason::Collapsed),
        _ => None,
    }
}

/// How a delivery was, and its status now; `None` if it is gone.
fn settle_delivery(
    tx: &Tx<'_>,
    settlement: &Settlement,
    owed: &Owed,
    attempt: i64,
) -> rusqlite::Result<Option<(Before, DeliveryStatus)>> {
    // Nearly always this is the first attempt of a delivery that nobody has touched; only otherwise it is looked up.
    let code = status_code(DeliveryStatus::Pending);
    let pending = Before { code, attempts: 0, last_attempt: None, triggered_by: None };
    if owed.attempts == 0
        && let Some(status) = update_delivery(tx, settlement, owed, pending, attempt)?
    {
        return Ok(Some((pending, status)));
    }
    let Some(found) = find_before(tx, owed.id)? else { return Ok(None) };
    let status = update_delivery(tx, settlement, owed, found, attempt)?;
    Ok(status.map(|status| (found, status)))
}

/// Ends a test, which is written in the same transaction, by its one attempt. Nothing is counted of it.
pub(super) fn settle_test(tx: &mut Tx<'_>, tenant: TenantKey, record: &Record, owed: &Owed) -> rusqlite::Result<()> {
    let Some(before) = find_before(tx, owed.id)? else { return Ok(()) };
    if let Some(status) = update_delivery(tx, &record.settlement, owed, before, record.attempt.number())? {
        let moved = moved(tenant, record, owed, before, status, tx.now);
        tx.effects.moved.push(DeliveryMoved { test: true, ..moved });
    }
    insert_attempt(tx, record, owed, before)
}

fn find_before(tx: &Tx<'_>, id: DeliveryId) -> rusqlite::Result<Option<Before>> {
    let mut find =
        tx.conn.prepare_cached("SELECT status, attempts, last_attempt, triggered_by FROM deliveries WHERE id = ?1")?;
    find.query_row([id.0.number()], |row| {
        Ok(Before { code: row.get(0)?, attempts: row.get(1)?, last_attempt: row.get(2)?, triggered_by: row.get(3)? })
    })
    .optional()
}

/// Writes what becomes of a delivery, if it is still as it was `before`, and returns its status.
fn update_delivery(
    tx: &Tx<'_>,
    settlement: &Settlement,
    owed: &Owed,
    before: Before,
    attempt: i64,
) -> rusqlite::Result<Option<DeliveryStatus>> {
    let Settlement { outcome, verdict, .. } = settlement;
    let (verdict_status, due_at, counted) = match *verdict {
        Verdict::Delivered => (DeliveryStatus::Delivered, None, false),
        Verdict::Dropped => (DeliveryStatus::Cancelled, None, false),
        Verdict::Retry { at, counted } => {
            (DeliveryStatus::Retrying, Some(settlement.due(at, tx.now).millis()), counted)
        }
        Verdict::Failed => (DeliveryStatus::Failed, None, true),
    };
    // A delivery cancelled while its request was on the way stays cancelled, unless the receiver has it after all.
    let obeyed = status_of(before.code).is_owed() || verdict_status == DeliveryStatus::Delivered;
    let code = if obeyed { status_code(verdict_status) } else { before.code };
    let status = status_of(code);
    let finished = !status.is_owed() && code != before.code;
    let mut update = tx.conn.prepare_cached(
        "UPDATE deliveries SET status = ?2, due_at = ?3, attempts = ?4, failed = ?5, last_attempt = ?6, last_status = ?7,
             last_failure = ?8, finished_at = coalesce(?9, finished_at), triggered_by = NULL
         WHERE id = ?1 AND status = ?10 AND attempts = ?4 - 1 AND triggered_by IS ?11",
    )?;
    let changed = update.execute(params![
        owed.id.0.number(),
        code,
        due_at,
        before.attempts + 1,
        owed.failed + u32::from(counted),
        attempt,
        outcome.answer.as_ref().map(|answer| answer.status),
        outcome.result.as_ref().err().map(|failure| failure.kind.as_str()),
        finished.then_some(tx.now.millis()),
        before.code,
        before.triggered_by,
    ])?;
    Ok((changed > 0).then_some(status))
}

fn insert_attempt(tx: &mut Tx<'_>, record: &Record, first: &Owed, before: Before) -> rusqlite::Result<()> {
    let Record { settlement, attempt, head, remote, .. } = record;
    let outcome = &settlement.outcome;
    let (answer, failure, timings) = (outcome.answer.as_ref(), outcome.result.as_ref().err(), &outcome.timings);
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO attempts (id, delivery, previous, number, started_at, status, failure, message, retry_after, remote,
             dns_us, connect_us, tls_us, first_byte_us, total_us, url, sent_headers, sent_body, answer_headers,
             answer_body, truncated, batch, sent_method, webhook, triggered_by, sealed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, '', '', ?16, ?17, ?18, ?19, ?20, ?21,
             ?22, ?23, ?24)",
    )?;
    let batch = (settlement.owed.len() > 1).then(|| member_bytes(settlement.owed.iter().map(|owed| owed.id)));
    let answer_body = answer.map(|answer| &answer.body[..]).filter(|body| !body.is_empty());
    insert.execute(params![
        attempt.number(),
        first.id.0.number(),
        before.last_attempt,
        before.attempts + 1,
        outcome.started_at.millis(),
        answer.map(|answer| answer.status),
        failure.map(|failure| failure.kind.as_str()),
        // Of what has succeeded, it is the remark.
        failure.map(|failure| failure.message.as_str()).or(outcome.remark.as_deref()),
        failure.and_then(|failure| failure.retry_after).map(|wait| wait.as_millis() as i64),
        remote,
        timings.dns_us,
        timings.connect_us,
        timings.tls_us,
        timings.first_byte_us,
        timings.total_us,
        outcome.sent.body.as_deref(),
        answer.map(|answer| answer.headers.as_text()),
        answer_body,
        answer.is_some_and(|answer| answer.truncated),
        batch,
        outcome.sent.method,
        first.webhook.0.number(),
        before.triggered_by,
        head,
    ])?;
    Ok(())
}

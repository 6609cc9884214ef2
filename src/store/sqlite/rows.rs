//! Rows to values: how statuses, headers, events, deliveries and attempts are written in columns.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use rusqlite::Row;

use super::forms::Forms;
use crate::model::{
    Answer, Attempt, AttemptId, CallerId, CancelReason, CorrelationId, Delivery, DeliveryId, DeliveryStatus, Event,
    EventKey, EventMetadata, EventSource, EventType, Failure, FailureKind, HeaderLines, OrderingKey, Outcome, Owed,
    ReplayId, Sent, Serial, TenantKey, Timestamp, Timings, TraceParent, WebhookId, WebhookKey,
};

/// As stored; the partial indexes of the schema know these numbers. No row is written as [`DeliveryStatus::Unknown`], and none
/// has its number.
pub(super) fn status_code(status: DeliveryStatus) -> i64 {
    match status {
        DeliveryStatus::Pending => 0,
        DeliveryStatus::Retrying => 1,
        DeliveryStatus::Delivered => 2,
        DeliveryStatus::Failed => 3,
        DeliveryStatus::Cancelled => LAST_STATUS,
        DeliveryStatus::Unknown => -1,
    }
}

/// Above it are the statuses of newer versions.
pub(super) const LAST_STATUS: i64 = 4;

pub(super) fn status_of(code: i64) -> DeliveryStatus {
    match code {
        0 => DeliveryStatus::Pending,
        1 => DeliveryStatus::Retrying,
        2 => DeliveryStatus::Delivered,
        3 => DeliveryStatus::Failed,
        LAST_STATUS => DeliveryStatus::Cancelled,
        _ => DeliveryStatus::Unknown,
    }
}

/// In `triggered_by`: a person asked for the attempt. NULL is the schedule; the schema names the others.
pub(super) const BY_HAND: u8 = 1;
/// Somebody wanted to try the webhook.
pub(super) const BY_TEST: u8 = 3;
/// It repeats another delivery.
pub(super) const BY_REPLAY: u8 = 4;

/// As stored in `cancelled_by`. What a failure says is in `last_failure`.
pub(super) const CANCELLED_BY: [(u8, CancelReason); 3] =
    [(1, CancelReason::ByRequest), (2, CancelReason::WebhookDisabled), (3, CancelReason::WebhookDeleted)];

/// How a reason is stored, if it is.
pub(super) fn cancelled_by(reason: CancelReason) -> Option<u8> {
    CANCELLED_BY.into_iter().find(|(_, known)| *known == reason).map(|(code, _)| code)
}

/// Why a delivery was cancelled.
fn cancel_reason(code: Option<u8>, last_failure: Option<FailureKind>) -> Option<CancelReason> {
    let stored = CANCELLED_BY.into_iter().find(|(known, _)| Some(*known) == code).map(|(_, reason)| reason);
    stored.or(match last_failure {
        Some(FailureKind::Skipped) => Some(CancelReason::Skipped),
        Some(FailureKind::Collapsed) => Some(CancelReason::Collapsed),
        _ => None,
    })
}

pub(super) fn failure_of(text: &str) -> FailureKind {
    FailureKind::KNOWN.into_iter().find(|kind| kind.as_str() == text).unwrap_or(FailureKind::Unknown)
}

/// A failure as it was recorded. The name of a kind that is not known is kept in its sentence.
fn failure(kind: &str, message: String, retry_after: Option<i64>) -> Failure {
    let known = failure_of(kind);
    let message = if known == FailureKind::Unknown { format!("`{kind}`: {message}") } else { message };
    Failure { kind: known, message, retry_after: retry_after.map(|ms| Duration::from_millis(ms.unsigned_abs())) }
}

/// What was checked when it was taken in, perhaps by other rules than today's.
fn kept<T>(row: &Row<'_>, column: &str, read: fn(&str) -> T) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<String>>(column)?.map(|text| read(&text)))
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// The deliveries of a batch, eight bytes each.
pub(super) fn member_bytes(deliveries: impl Iterator<Item = DeliveryId>) -> Vec<u8> {
    deliveries.flat_map(|id| id.0.number().to_be_bytes()).collect()
}

pub(super) fn members_of(bytes: &[u8]) -> Vec<DeliveryId> {
    let (members, _) = bytes.as_chunks::<8>();
    members.iter().map(|&serial| DeliveryId(Serial::from_number(i64::from_be_bytes(serial)))).collect()
}

pub(super) const EVENT_COLUMNS: &str = "e.key, e.tenant, e.type, e.timestamp, e.fan_out, e.caller_id, e.version, e.ordering_key, e.correlation_id, \
     e.traceparent, e.source, e.metadata, e.made_for_test, e.scrubbed_at, e.data";

pub(super) fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        key: EventKey(Serial::from_number(row.get("key")?)),
        tenant: TenantKey(row.get("tenant")?),
        event_type: EventType::kept(&row.get::<_, String>("type")?),
        timestamp: Timestamp::from_millis(row.get("timestamp")?),
        fan_out: row.get("fan_out")?,
        caller_id: kept(row, "caller_id", CallerId::kept)?,
        version: row.get("version")?,
        ordering_key: kept(row, "ordering_key", OrderingKey::kept)?,
        correlation_id: kept(row, "correlation_id", CorrelationId::kept)?,
        traceparent: kept(row, "traceparent", TraceParent::kept)?,
        source: kept(row, "source", EventSource::kept)?,
        // Nobody but a newer version writes what this one cannot read; the event goes without it.
        metadata: kept(row, "metadata", |text| EventMetadata::kept(text).ok())?.flatten(),
        test: row.get::<_, Option<i64>>("made_for_test")?.is_some(),
        scrubbed_at: time(row, "scrubbed_at")?,
        data: Bytes::from(row.get::<_, Vec<u8>>("data")?),
    })
}

pub(super) const OWED_COLUMNS: &str =
    "d.id, d.webhook, d.event, d.attempts, d.failed, d.last_attempt, d.ordering_key, d.own_id";

pub(super) fn owed(row: &Row<'_>) -> rusqlite::Result<Owed> {
    Ok(Owed {
        id: DeliveryId(Serial::from_number(row.get("id")?)),
        webhook: WebhookKey(Serial::from_number(row.get("webhook")?)),
        event: EventKey(Serial::from_number(row.get("event")?)),
        attempts: row.get("attempts")?,
        failed: row.get("failed")?,
        last_attempt: row.get::<_, Option<i64>>("last_attempt")?.map(|id| AttemptId(Serial::from_number(id))),
        ordering_key: ordering_key(row)?,
        own_id: own_id(row)?,
    })
}

/// The key that a delivery or an event has.
pub(super) fn ordering_key(row: &Row<'_>) -> rusqlite::Result<Option<OrderingKey>> {
    kept(row, "ordering_key", OrderingKey::kept)
}

pub(super) fn own_id(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<bool>>("own_id")?.unwrap_or_default())
}

/// To be selected from `deliveries d`, its event `e`, its webhook `w` and its last attempt `a`. Long data is left out, and not
/// even read: the length of a column is known without it.
pub(super) const DELIVERY_COLUMNS: &str = "d.id, d.webhook, d.event, d.status, d.attempts, d.failed, d.due_at, d.last_status, \
     d.last_failure, d.finished_at, d.ordering_key, d.cancelled_by, d.repeats, d.replay, d.own_id, d.test, e.type, e.caller_id, \
     iif(length(e.data) <= 4096, e.data, NULL) AS data, w.id AS webhook_id, \
     iif(a.failure IS NULL, NULL, a.message) AS message";
const _: () = assert!(Delivery::SHOWN_DATA == 4096);

pub(super) fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let status = status_of(row.get("status")?);
    let last_failure = row.get::<_, Option<String>>("last_failure")?.as_deref().map(failure_of);
    let reason = cancel_reason(row.get("cancelled_by")?, last_failure);
    Ok(Delivery {
        id: DeliveryId(Serial::from_number(row.get("id")?)),
        webhook: WebhookKey(Serial::from_number(row.get("webhook")?)),
        webhook_id: WebhookId::kept(&row.get::<_, String>("webhook_id")?),
        event: EventKey(Serial::from_number(row.get("event")?)),
        event_caller_id: kept(row, "caller_id", CallerId::kept)?,
        event_type: EventType::kept(&row.get::<_, String>("type")?),
        ordering_key: kept(row, "ordering_key", OrderingKey::kept)?,
        status,
        attempts: row.get("attempts")?,
        failed: row.get("failed")?,
        next_attempt_at: time(row, "due_at")?.filter(|_| status == DeliveryStatus::Retrying),
        last_status: row.get("last_status")?,
        last_failure,
        last_message: row.get("message")?,
        data: Bytes::copy_from_slice(row.get_ref("data")?.as_bytes_or_null()?.unwrap_or_default()),
        finished_at: time(row, "finished_at")?.filter(|_| !status.is_owed()),
        cancel_reason: reason.filter(|_| status == DeliveryStatus::Cancelled),
        replay_of: row.get::<_, Option<i64>>("repeats")?.map(|id| DeliveryId(Serial::from_number(id))),
        replay: row.get::<_, Option<i64>>("replay")?.map(|id| ReplayId(Serial::from_number(id))),
        own_id: own_id(row)?,
        test: row.get::<_, Option<i64>>("test")?.is_some(),
    })
}

/// What was sent in an attempt, but for the body. Before heads were sealed, they were in columns of their own. One that does not
/// open is left out and its reason logged: the delivery and its other attempts can be shown all the same.
fn sent(row: &Row<'_>, id: i64, forms: &Forms) -> rusqlite::Result<Sent> {
    let method = row.get("sent_method")?;
    let head = match row.get_ref("sealed")?.as_blob_or_null()? {
        Some(sealed) => forms.open_head(id, sealed).unwrap_or_else(|reason| {
            let attempt = AttemptId(Serial::from_number(id));
            tracing::error!(%attempt, %reason, "URL and headers of an attempt cannot be read and are not shown");
            Sent::default()
        }),
        None => {
            let headers = HeaderLines::from_text(row.get("sent_headers")?);
            Sent { url: row.get("url")?, headers, ..Sent::default() }
        }
    };
    Ok(Sent { method, ..head })
}

/// An attempt, with its bodies if they fit into `room`, which they are taken from.
pub(super) fn attempt(row: &Row<'_>, room: &mut usize, forms: &Forms) -> rusqlite::Result<Attempt> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let blob = |column: &str| row.get_ref(column)?.as_blob_or_null().map_err(rusqlite::Error::from);
    let (sent_body, answer_body) = (blob("sent_body")?, blob("answer_body")?);
    let bytes = sent_body.map_or(0, <[u8]>::len) + answer_body.map_or(0, <[u8]>::len);
    let bodies_left_out = bytes > *room;
    // Once one does not fit, none before it is shown, so that what is left out is one part of the list.
    *room = if bodies_left_out { 0 } else { *room - bytes };
    let shown = |body: Option<&[u8]>| body.filter(|_| !bodies_left_out).map(Bytes::copy_from_slice);
    let status: Option<u16> = row.get("status")?;
    let answer = match status {
        None => None,
        Some(status) => Some(Answer {
            status,
            headers: HeaderLines::from_text(text("answer_headers")?.unwrap_or_default()),
            body: shown(answer_body).unwrap_or_default(),
            truncated: row.get("truncated")?,
        }),
    };
    let message = text("message")?;
    let (result, remark) = match text("failure")? {
        None => (Ok(()), message),
        Some(kind) => (Err(failure(&kind, message.unwrap_or_default(), row.get("retry_after")?)), None),
    };
    let id = row.get("id")?;
    let remote: Option<SocketAddr> = text("remote")?.and_then(|text| text.parse().ok());
    Ok(Attempt {
        id: AttemptId(Serial::from_number(id)),
        delivery: DeliveryId(Serial::from_number(row.get("delivery")?)),
        batch: members_of(&row.get::<_, Option<Vec<u8>>>("batch")?.unwrap_or_default()),
        number: row.get("number")?,
        outcome: Outcome {
            started_at: Timestamp::from_millis(row.get("started_at")?),
            sent: Sent { body: shown(sent_body), ..sent(row, id, forms)? },
            is_connected: remote.is_some() || answer.is_some(),
            requests: u32::from(remote.is_some() || answer.is_some()),
            answer,
            remote,
            timings: Timings {
                dns_us: row.get("dns_us")?,
                connect_us: row.get("connect_us")?,
                tls_us: row.get("tls_us")?,
                first_byte_us: row.get("first_byte_us")?,
                total_us: row.get("total_us")?,
            },
            result,
            remark,
        },
        bodies_left_out,
        scrubbed_at: time(row, "scrubbed_at")?,
    })
}

//! A delivery, its attempts, and what an attempt can come to.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AttemptId, CallerId, DeliveryId, Event, EventKey, EventType, HeaderLines, OrderingKey, ReplayId, Timestamp,
    WebhookId, WebhookKey,
};

/// Where a delivery stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Owed, not yet attempted.
    Pending,
    /// Owed, attempted without success, to be attempted again.
    Retrying,
    /// The receiver has it.
    Delivered,
    /// Given up: a dead letter. It can be retried by hand.
    Failed,
    /// Given up without fault of the receiver: [`CancelReason`] says why.
    Cancelled,
    /// What a newer version of the program recorded and this one does not know. It is left as it is.
    Unknown,
}

impl DeliveryStatus {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryStatus::Pending => "pending",
            DeliveryStatus::Retrying => "retrying",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Cancelled => "cancelled",
            DeliveryStatus::Unknown => "unknown",
        }
    }

    /// Whether there is still something to send.
    pub fn is_owed(self) -> bool {
        matches!(self, DeliveryStatus::Pending | DeliveryStatus::Retrying)
    }
}

/// Why a delivery was cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Somebody cancelled it.
    ByRequest,
    /// Its webhook was disabled while it was owed.
    WebhookDisabled,
    /// Its webhook was deleted while it was owed.
    WebhookDeleted,
    /// The webhook's script says that the event is not to be sent.
    Skipped,
    /// A newer event of the same key went in its place.
    Collapsed,
}

/// A delivery that is owed, as a lane holds it: no payload, so that a full window stays small.
#[derive(Clone, PartialEq, Debug)]
pub struct Owed {
    /// The delivery's id, by which lanes keep to the order of acceptance.
    pub id: DeliveryId,
    /// The webhook that is owed the event, and whose lane this is.
    pub webhook: WebhookKey,
    /// The event that is owed.
    pub event: EventKey,
    /// Attempts made so far.
    pub attempts: u32,
    /// Failed attempts since the schedule began, which a retry by hand does anew.
    pub failed: u32,
    /// The last attempt. Deliveries that were tried together share it, and are tried together again.
    pub last_attempt: Option<AttemptId>,
    /// The event's ordering key.
    pub ordering_key: Option<OrderingKey>,
    /// Whether it is sent under its own id instead of its event's: to receivers that answer an id which they know already without
    /// handling it.
    pub own_id: bool,
}

/// A delivery that may go now, with the event it owes.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The delivery.
    pub id: DeliveryId,
    /// The event to send.
    pub event: Arc<Event>,
}

/// What one request is made of: the deliveries that may go now, in order, and how far they depend on one another. A webhook
/// that takes no batches gets one delivery at a time.
#[derive(Clone, Debug)]
pub struct DueBatch {
    /// In the order in which they are sent; never none.
    pub deliveries: Vec<DueDelivery>,
    /// What may be left out of the request.
    pub cohesion: Cohesion,
    /// The attempt that the request will be; none where it is only shown or is no delivery's.
    pub attempt: Option<AttemptId>,
}

impl DueDelivery {
    /// Bytes of memory that an event and its delivery take up, besides the event's data.
    pub const OVERHEAD: usize = 512;
}

impl DueBatch {
    /// Bytes of memory that it takes up with its events.
    pub fn bytes(&self) -> usize {
        self.deliveries.iter().map(|due| due.event.bytes() + DueDelivery::OVERHEAD).sum()
    }

    /// A batch of one, of no attempt.
    pub fn single(id: DeliveryId, event: Arc<Event>) -> DueBatch {
        DueBatch { deliveries: vec![DueDelivery { id, event }], cohesion: Cohesion::Loose, attempt: None }
    }
}

/// How far the deliveries of a batch depend on one another. Decided where batches are made up, and obeyed by whoever makes
/// a request out of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cohesion {
    /// Each stands for itself: one that cannot be sent is left out, and those that find no room go in the next request.
    Loose,
    /// They go in order: nothing goes that comes after one which does not.
    InOrder,
    /// They went together before and go together again: all in one request, or none.
    Whole,
}

/// A delivery as the API shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Delivery {
    /// The delivery's id; its serial tells when it was accepted.
    pub id: DeliveryId,
    /// The webhook that is or was owed the event.
    pub webhook: WebhookKey,
    /// The webhook's name, also after it was deleted.
    pub webhook_id: WebhookId,
    /// The event that it carries.
    pub event: EventKey,
    /// The event's caller-chosen id, if it has one.
    pub event_caller_id: Option<CallerId>,
    /// The event's type.
    pub event_type: EventType,
    /// The event's ordering key.
    pub ordering_key: Option<OrderingKey>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts made so far.
    pub attempts: u32,
    /// Those of them that failed and count in the retry schedule.
    pub failed: u32,
    /// When the next attempt is due, while it is retrying.
    pub next_attempt_at: Option<Timestamp>,
    /// HTTP status of the last attempt.
    pub last_status: Option<u16>,
    /// What went wrong in the last attempt.
    pub last_failure: Option<FailureKind>,
    /// The same in a sentence.
    pub last_message: Option<String>,
    /// The event's data, at most its first [`Delivery::SHOWN_DATA`] bytes.
    pub data: Bytes,
    /// When it reached its final status.
    pub finished_at: Option<Timestamp>,
    /// Why it was cancelled, if it was and that is known.
    pub cancel_reason: Option<CancelReason>,
    /// The delivery that it repeats, if it is a replay.
    pub replay_of: Option<DeliveryId>,
    /// The replay that made it, if it was one of many deliveries.
    pub replay: Option<ReplayId>,
    /// Whether it is sent under its own id instead of its event's.
    pub own_id: bool,
    /// Whether it is a test of its webhook: sent at once because somebody wanted that, and never its lane's.
    pub test: bool,
}

impl Delivery {
    /// Bytes of the event's data of which a summary is made.
    pub const SHOWN_DATA: usize = 4 << 10;

    /// Its event's id, as the API shows it.
    pub fn public_event_id(&self) -> String {
        self.event.public_id(self.event_caller_id.as_ref())
    }
}

/// How long the phases of a request took, in microseconds. A phase that did not happen (a pooled connection has no
/// DNS, TCP and TLS) is zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Timings {
    /// Name resolution, whether the name was found or not.
    pub dns_us: u32,
    /// TCP, whether a connection came about or not.
    pub connect_us: u32,
    /// TLS handshake.
    pub tls_us: u32,
    /// From the start to the response's head.
    pub first_byte_us: u32,
    /// From the start to the end of the response's body.
    pub total_us: u32,
}

/// What was sent, ready to be shown: credentials are already replaced by `[redacted]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sent {
    /// See [`super::TargetUrl::redacted`].
    pub url: String,
    /// In the order sent.
    pub headers: HeaderLines,
    /// Of a request that was not a POST.
    pub method: Option<String>,
    /// The body, where it is not the standard envelope of its event or batch: at most [`Sent::KEPT_BODY`] bytes, and one
    /// more that tells that there was more.
    pub body: Option<Bytes>,
}

impl Sent {
    /// Bytes of a request's body that are kept and shown.
    pub const KEPT_BODY: usize = 256 * 1024;

    /// What is kept of this body.
    pub fn kept(body: Bytes) -> Bytes {
        match body.len() > Sent::KEPT_BODY + 1 {
            // A copy, so that the whole of it is not held for a part.
            true => Bytes::copy_from_slice(&body[..Sent::KEPT_BODY + 1]),
            false => body,
        }
    }
}

/// What a receiver answered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// In the order received, at most 64 and 16 KiB of them.
    pub headers: HeaderLines,
    /// At most 16 KiB.
    pub body: Bytes,
    /// Whether the body went on after what is kept.
    pub truncated: bool,
}

/// Why an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The receiver answered with a status outside 200–299.
    Http,
    /// 429, or 503 with `Retry-After`: the receiver asked to wait.
    Throttled,
    /// 410, or the platform's way to say it: the receiver wants nothing more.
    Gone,
    /// The platform says that it will never take this message.
    Refused,
    /// No complete answer before the webhook's timeout.
    Timeout,
    /// The name has no publicly reachable address, or it could not be found out.
    Dns,
    /// No TCP connection, or it broke.
    Connection,
    /// No TLS session.
    Tls,
    /// The answer was no HTTP, its head was too large, or the receiver ended the request by an error of HTTP/2.
    Protocol,
    /// The URL has an address that lanehook does not send to.
    Blocked,
    /// The request could not be made from the webhook's settings.
    Settings,
    /// The webhook's template or script could not make a payload of the event.
    Render,
    /// The webhook's script says that this event is not to be sent. The delivery is cancelled.
    Skipped,
    /// A newer event of the same key went in its place. The delivery is cancelled.
    Collapsed,
    /// What a newer version of the program recorded and this one does not know; an attempt's message begins with its name.
    Unknown,
}

impl FailureKind {
    /// All that this version records. Statistics are stored by the place in this list: new ones are appended.
    pub const KNOWN: [FailureKind; 14] = [
        FailureKind::Http,
        FailureKind::Throttled,
        FailureKind::Gone,
        FailureKind::Refused,
        FailureKind::Timeout,
        FailureKind::Dns,
        FailureKind::Connection,
        FailureKind::Tls,
        FailureKind::Protocol,
        FailureKind::Blocked,
        FailureKind::Settings,
        FailureKind::Render,
        FailureKind::Skipped,
        FailureKind::Collapsed,
    ];

    /// Whether it ends a delivery as it was meant to, so that nothing has failed.
    pub fn is_by_intent(self) -> bool {
        matches!(self, FailureKind::Skipped | FailureKind::Collapsed)
    }

    /// Whether the receiver had a part in it: only then does it say something about the receiver.
    pub fn is_of_receiver(self) -> bool {
        !matches!(self, FailureKind::Render | FailureKind::Skipped | FailureKind::Collapsed | FailureKind::Unknown)
    }

    /// As the API and logs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Http => "http",
            FailureKind::Throttled => "throttled",
            FailureKind::Gone => "gone",
            FailureKind::Refused => "refused",
            FailureKind::Timeout => "timeout",
            FailureKind::Dns => "dns",
            FailureKind::Connection => "connection",
            FailureKind::Tls => "tls",
            FailureKind::Protocol => "protocol",
            FailureKind::Blocked => "blocked",
            FailureKind::Settings => "settings",
            FailureKind::Render => "render",
            FailureKind::Skipped => "skipped",
            FailureKind::Collapsed => "collapsed",
            FailureKind::Unknown => "unknown",
        }
    }
}

/// A failed attempt, for machines and for people.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// What kind of failure, for machines.
    pub kind: FailureKind,
    /// A sentence without secrets.
    pub message: String,
    /// How long the receiver asked to be left alone.
    pub retry_after: Option<Duration>,
}

/// Everything seen in one attempt.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// When it began.
    pub started_at: Timestamp,
    /// What was sent.
    pub sent: Sent,
    /// What came back, if anything did.
    pub answer: Option<Answer>,
    /// Whom we were connected to, if that may be shown.
    pub remote: Option<SocketAddr>,
    /// Whether a connection came about, also where it is not shown to whom; of one that was recorded, as far as that tells.
    pub is_connected: bool,
    /// How many times the request was sent: more than once where it had certainly not been processed, or a kept connection ended before
    /// an answer. Of an attempt that was recorded it is not known any more, and is one, or none without a connection.
    pub requests: u32,
    /// How long things took.
    pub timings: Timings,
    /// `Ok` if the receiver has the event.
    pub result: Result<(), Failure>,
    /// What was odd about an attempt by which the receiver has the event: a sentence without secrets. (Of others, the failure
    /// says it.)
    pub remark: Option<String>,
}

/// An attempt as it was recorded.
#[derive(Clone, PartialEq, Debug)]
pub struct Attempt {
    /// The attempt's id; its serial tells when it began, or, if no request was made, when that was recorded.
    pub id: AttemptId,
    /// The delivery that was attempted; of a batch, the first.
    pub delivery: DeliveryId,
    /// Every delivery of a batch, in its order; empty for a request that carried one event.
    pub batch: Vec<DeliveryId>,
    /// Counted from 1.
    pub number: u32,
    /// What happened.
    pub outcome: Outcome,
    /// Whether the bodies of request and answer, which are kept, are not in `outcome`: together with those of the attempts
    /// after this one they are too much for one answer.
    pub bodies_left_out: bool,
    /// When what was sent and answered was deleted at somebody's wish.
    pub scrubbed_at: Option<Timestamp>,
}

/// The failed attempts of a webhook since its last success; they decide about disabling, and survive restarts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FailureRun {
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
}

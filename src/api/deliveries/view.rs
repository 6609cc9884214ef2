//! Deliveries and attempts as the API shows them.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        deliveries::outlook::{PlannedView, SameCauseView},
        stats::view::SpanView,
    },
    model::{
        Answer, Attempt, AttemptId, CallerId, CancelReason, Delivery, DeliveryId, DeliveryStatus, EventType, Failure,
        FailureKind, Outcome, REDACTED, ReplayId, Sent, Timestamp, Timings, Wait, WaitReason, WebhookId,
        is_sensitive_header,
    },
    render::summary,
    webhook::Webhook,
};

/// One event owed to one webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    #[schema(value_type = DeliveryId)]
    id: String,
    /// The webhook's id, also after it was deleted.
    webhook: WebhookId,
    /// The event's id.
    #[schema(value_type = CallerId)]
    event: String,
    event_type: EventType,
    status: DeliveryStatus,
    /// Requests made so far.
    attempt_count: u32,
    /// When the next request can go at the earliest, while it is owed: never in the past. Null where that hangs on something
    /// without a time, such as a webhook that is paused.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    /// What it waits for, while it is owed.
    waits_for: Option<WaitView>,
    /// Why it was cancelled, if it was. Null also for what was cancelled before this was kept.
    cancel_reason: Option<CancelReason>,
    /// Whether it is a test of its webhook: sent at once by `POST /webhooks/{id}/test`. Tests count in no statistics.
    test: bool,
    /// The delivery that it repeats, if it was made by a replay.
    replay_of: Option<String>,
    /// The replay of many deliveries that made it.
    #[schema(value_type = Option<ReplayId>)]
    replay: Option<String>,
    /// The `webhook-id` under which it is sent: its event's id, or its own where that was wished.
    #[schema(value_type = CallerId)]
    message_id: String,
    /// HTTP status of the last request, if it was answered.
    last_status: Option<u16>,
    /// What went wrong with the last attempt, if anything did; of a cancelled one, whether it was `skipped` by the
    /// webhook's script or `collapsed`, because a newer event of its key went in its place.
    last_error: Option<FailureKind>,
    /// The same in a sentence.
    #[schema(example = "the receiver answered 503 Service Unavailable")]
    last_error_message: Option<String>,
    /// Where the webhook's deliveries go now, without credentials; null if it was deleted. The attempts say where each went.
    #[schema(example = "https://example.com/hook")]
    url: Option<String>,
    /// What the event says, in a line of at most 160 characters: a headline, or its first texts and numbers, without what
    /// is named like a credential and without links. Null if there is nothing of this kind in the first 4 KiB of its data.
    #[schema(example = "Price alert: AAPL $187.50 ▲ +2.36%")]
    summary: Option<String>,
    /// When the event was accepted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was delivered, given up or cancelled.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

impl DeliveryView {
    /// Of this delivery, with its webhook if there is one still, which waits for that if it is owed.
    pub fn of(delivery: &Delivery, webhook: Option<&Webhook>, wait: Option<&Wait>, now: Timestamp) -> DeliveryView {
        let (id, event) = (delivery.id.to_string(), delivery.public_event_id());
        DeliveryView {
            message_id: if delivery.own_id { id.clone() } else { event.clone() },
            id,
            webhook: delivery.webhook_id.clone(),
            event,
            event_type: delivery.event_type.clone(),
            status: delivery.status,
            attempt_count: delivery.attempts,
            next_attempt_at: wait.and_then(|wait| wait.earliest(delivery.next_attempt_at, now)),
            waits_for: wait.map(WaitView::of),
            cancel_reason: delivery.cancel_reason,
            test: delivery.test,
            replay_of: delivery.replay_of.map(|id| id.to_string()),
            replay: delivery.replay.map(|id| id.to_string()),
            last_status: delivery.last_status,
            last_error: delivery.last_failure,
            last_error_message: delivery.last_message.clone(),
            url: webhook.map(|webhook| webhook.settings.redacted(&webhook.settings.url)),
            summary: summary(delivery.event_type.as_str(), &delivery.data),
            created_at: delivery.id.0.time(),
            finished_at: delivery.finished_at,
        }
    }
}

/// What a delivery waits for.
#[derive(Serialize, ToSchema)]
#[schema(as = Wait)]
pub struct WaitView {
    reason: WaitReason,
    /// Until when at the least, if that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// The id of the delivery that comes before it, with the reason `order`.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<String>,
}

impl WaitView {
    /// Of this.
    pub fn of(wait: &Wait) -> WaitView {
        WaitView { reason: wait.reason, until: wait.until, behind: wait.behind.map(|id| id.to_string()) }
    }
}

/// A delivery with everything that was tried.
#[derive(Serialize, ToSchema)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// Oldest first. The bodies of them together are at most about 4 MiB; where there are more, the oldest have none and say
    /// `truncated`.
    pub attempts: Vec<AttemptView>,
    /// The requests to come while it is owed, if each of them fails: by the webhook's retry schedule as it is now. After the last of
    /// them it is given up.
    pub planned_attempts: Vec<PlannedView>,
    /// How many others failed as its last attempt did; null if that did not fail.
    pub same_cause: Option<SameCauseView>,
    /// How long the webhook's receiver took to answer in the last 24 hours; null if it did not.
    pub usual: Option<SpanView>,
}

/// One request made for a delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptView {
    #[schema(value_type = AttemptId)]
    id: String,
    /// Counted from 1.
    number: u32,
    /// The deliveries that the request carried together, if it was a batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<DeliveryId>)]
    batch: Vec<String>,
    /// When what was sent and answered was deleted by `POST /attempts/{id}/scrub` or with its event, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    scrubbed_at: Option<Timestamp>,
    #[serde(flatten)]
    seen: SeenView,
}

impl AttemptView {
    /// Of this attempt; `standard_body` is what was sent where nothing else is recorded.
    pub fn of(attempt: &Attempt, standard_body: Option<&Bytes>) -> AttemptView {
        AttemptView {
            id: attempt.id.to_string(),
            number: attempt.number,
            batch: attempt.batch.iter().map(ToString::to_string).collect(),
            scrubbed_at: attempt.scrubbed_at,
            seen: SeenView::of(&attempt.outcome, standard_body),
        }
    }
}

impl AttemptView {
    /// Of this attempt, with nothing of what was sent and answered but the heads.
    pub fn without_bodies(attempt: &Attempt) -> AttemptView {
        let mut view = AttemptView::of(attempt, None);
        view.seen.request.body = None;
        view.seen.request.truncated = true;
        if let Some(response) = &mut view.seen.response {
            response.body = BodyView::of(b"", true);
            response.truncated = true;
        }
        view
    }
}

/// Everything seen of one request.
#[derive(Serialize, ToSchema)]
#[schema(as = Exchange)]
pub struct SeenView {
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    request: RequestView,
    /// What came back, if anything did.
    response: Option<ResponseView>,
    /// What went wrong, if anything did.
    error: Option<ErrorView>,
    /// What was odd about a request that the receiver has taken: its answer's body broke off, or the request went twice.
    #[schema(example = "the connection broke off in the middle of the answer's body")]
    remark: Option<String>,
    timings: Timings,
    /// The address that was connected to.
    #[schema(value_type = Option<String>, example = "203.0.113.7:443")]
    remote: Option<std::net::SocketAddr>,
}

impl SeenView {
    /// Of this outcome.
    pub fn of(outcome: &Outcome, standard_body: Option<&Bytes>) -> SeenView {
        SeenView {
            started_at: outcome.started_at,
            request: RequestView::of(&outcome.sent, standard_body),
            response: outcome.answer.as_ref().map(ResponseView::of),
            error: outcome.result.as_ref().err().map(ErrorView::of),
            remark: outcome.remark.clone(),
            timings: outcome.timings,
            remote: outcome.remote,
        }
    }
}

/// What was sent. Credentials are shown as `[redacted]`.
#[derive(Serialize, ToSchema)]
#[schema(as = SentRequest)]
pub struct RequestView {
    #[schema(example = "POST")]
    method: String,
    /// Empty, as the headers are, if what is kept of both cannot be read any more.
    url: String,
    /// With their names as they were written; over HTTP/2 all are in lower case.
    headers: Vec<HeaderView>,
    /// At most 256 KiB of it. Null if the event has been deleted by retention in the meantime, and where it is left out
    /// (`truncated`).
    body: Option<BodyView>,
    /// Whether the body went on after what is shown.
    truncated: bool,
}

impl RequestView {
    fn of(sent: &Sent, standard_body: Option<&Bytes>) -> RequestView {
        let body = sent.body.as_ref().or(standard_body);
        let headers = sent.headers.iter().map(HeaderView::of).collect();
        let truncated = body.is_some_and(|body| body.len() > Sent::KEPT_BODY);
        let shown = |body: &Bytes| BodyView::of(&body[..body.len().min(Sent::KEPT_BODY)], truncated);
        RequestView {
            method: sent.method.clone().unwrap_or_else(|| "POST".into()),
            url: sent.url.clone(),
            headers,
            body: body.map(shown),
            truncated,
        }
    }
}

/// What the receiver answered.
#[derive(Serialize, ToSchema)]
#[schema(as = ReceivedResponse)]
pub struct ResponseView {
    /// HTTP status.
    status: u16,
    headers: Vec<HeaderView>,
    /// At most 16 KiB of it.
    body: BodyView,
    /// Whether the body went on after what is shown.
    truncated: bool,
}

impl ResponseView {
    fn of(answer: &Answer) -> ResponseView {
        ResponseView {
            status: answer.status,
            headers: answer.headers.iter().map(HeaderView::of).collect(),
            body: BodyView::of(&answer.body, answer.truncated),
            truncated: answer.truncated,
        }
    }
}

/// A header; names can repeat.
#[derive(Serialize, ToSchema)]
#[schema(as = Header)]
pub struct HeaderView {
    name: String,
    value: String,
}

impl HeaderView {
    /// Without its value if that is a credential.
    pub fn of((name, value): (&str, &str)) -> HeaderView {
        let value = if is_sensitive_header(name) { REDACTED } else { value };
        HeaderView { name: name.to_owned(), value: value.to_owned() }
    }
}

/// A body: as text if it is UTF-8.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Body)]
pub struct BodyView {
    encoding: BodyEncoding,
    content: String,
}

/// How a body is shown.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyEncoding {
    /// As it is.
    Utf8,
    /// In base64, because it is not UTF-8.
    Base64,
}

impl BodyView {
    /// Of these bytes; `cut`: there were more. A body that was cut may end within a character; that character is not
    /// shown.
    pub fn of(body: &[u8], cut: bool) -> BodyView {
        let text = std::str::from_utf8(body).or_else(|error| match error.error_len() {
            None if cut => Ok(std::str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default()),
            _ => Err(error),
        });
        match text {
            Ok(text) => BodyView { encoding: BodyEncoding::Utf8, content: text.to_owned() },
            Err(_) => BodyView { encoding: BodyEncoding::Base64, content: STANDARD.encode(body) },
        }
    }
}

/// Why a request did not deliver.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryError)]
pub struct ErrorView {
    kind: FailureKind,
    /// A sentence.
    message: String,
    /// How long the receiver asked to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

impl ErrorView {
    fn of(failure: &Failure) -> ErrorView {
        ErrorView {
            kind: failure.kind,
            message: failure.message.clone(),
            retry_after_seconds: failure.retry_after.map(|wait| wait.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_headers_do_not_show() {
        let show = |name: &str| HeaderView::of((name, "value")).value;
        assert_eq!(show("Set-Cookie"), REDACTED);
        assert_eq!(show("X-Api-Key"), REDACTED);
        assert_eq!(show("webhook-signature"), "value");
    }

    #[test]
    fn of_a_long_request_only_a_part_is_kept_and_shown() {
        let shown = |length: usize| {
            let sent = Sent { body: Some(Sent::kept(Bytes::from(vec![b'x'; length]))), ..Sent::default() };
            let view = RequestView::of(&sent, None);
            (view.body.unwrap().content.len(), view.truncated)
        };
        assert_eq!(shown(Sent::KEPT_BODY), (Sent::KEPT_BODY, false));
        assert_eq!(shown(Sent::KEPT_BODY + 1), (Sent::KEPT_BODY, true));
        assert_eq!(shown(8 << 20), (Sent::KEPT_BODY, true));
        assert_eq!(Sent::kept(Bytes::from(vec![b'x'; 8 << 20])).len(), Sent::KEPT_BODY + 1);
    }

    #[test]
    fn a_body_that_is_no_text_is_shown_in_base64() {
        assert_eq!(BodyView::of(b"{}", false), BodyView { encoding: BodyEncoding::Utf8, content: "{}".into() });
        assert_eq!(BodyView::of(&[0xff, 0], true).encoding, BodyEncoding::Base64);
        let euro = "1 €".as_bytes();
        assert_eq!(BodyView::of(&euro[..3], true).content, "1 ");
        assert_eq!(BodyView::of(&euro[..3], false).encoding, BodyEncoding::Base64);
    }
}

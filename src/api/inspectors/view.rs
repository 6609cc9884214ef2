//! Inspectors and what came to them, as they are shown.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::deliveries::view::{BodyView, HeaderView},
    inspect::{Answering, Checked, Given, Inspector, Received, Source, WhichSecret},
    model::{DeliveryId, InspectorId, Span, TargetUrl, Timestamp, WebhookId},
};

/// A receiver of one's own, in the server.
#[derive(Serialize, ToSchema)]
#[schema(as = Inspector)]
pub struct InspectorView {
    #[schema(value_type = InspectorId)]
    id: String,
    /// For people.
    name: String,
    /// What a webhook of the same tenant has as its `url`, with a path and query behind it if wanted.
    #[schema(example = "lanehook://inspect/ins_06f3n1qk2v0g006f3n1qk2v0g0")]
    url: String,
    /// Where anybody can send to it over HTTP; null unless the server's setting `inspect_public` permits that. Without the server's
    /// setting `public_url` it is a path of this server.
    public_url: Option<String>,
    /// The status that it answers.
    status: u16,
    /// How long it waits before it answers.
    #[schema(example = "0s")]
    delay: Span,
    /// Headers of the answer, by their names in lower case.
    headers: BTreeMap<String, String>,
    /// The answer's body.
    body: String,
    /// Requests that it keeps: 100 at most.
    request_count: usize,
    /// Requests that came and had to make way since it was last emptied: for newer ones, or for want of memory.
    forgotten_count: u64,
    /// When the last of those that it keeps came.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_request_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it is forgotten, if until then nothing comes and nobody looks at it or changes it.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// What is shown of where requests come from outside: the server's `public_url`, if that is open.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    pub is_open: bool,
    pub public_url: Option<&'a str>,
}

impl InspectorView {
    pub fn of(inspector: &Inspector, outside: Outside<'_>) -> InspectorView {
        let Inspector { id, answering, created_at, expires_at, requests, forgotten, last_at, .. } = inspector;
        let base = outside.public_url.unwrap_or_default().trim_end_matches('/');
        InspectorView {
            id: id.to_string(),
            name: answering.name.clone(),
            url: TargetUrl::of_inspector(*id),
            public_url: outside.is_open.then(|| format!("{base}/inspect/{id}")),
            status: answering.status.as_u16(),
            delay: answering.delay,
            headers: headers(answering).collect(),
            body: answering.body.clone(),
            request_count: *requests,
            forgotten_count: *forgotten,
            last_request_at: *last_at,
            created_at: *created_at,
            expires_at: *expires_at,
        }
    }
}

fn headers(answering: &Answering) -> impl Iterator<Item = (String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    answering.headers.iter().map(move |(name, value)| (name.as_str().to_owned(), text(value)))
}

/// A request that an inspector got.
#[derive(Serialize, ToSchema)]
#[schema(as = InspectedRequest)]
pub struct ReceivedView {
    /// Counts the inspector's requests from 1 on.
    number: u64,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// Who sent it; null for one from outside, and for one that asks whether a webhook may be.
    webhook: Option<WebhookId>,
    /// The delivery that it is an attempt of.
    #[schema(value_type = Option<DeliveryId>)]
    delivery: Option<String>,
    /// The address of who sent it from outside.
    #[schema(value_type = Option<String>, example = "203.0.113.7")]
    from: Option<IpAddr>,
    method: String,
    /// What follows the inspector's id in the URL, with its query. What looks like a credential is left out.
    path: String,
    /// At most 32 KiB of them, without credentials.
    headers: Vec<HeaderView>,
    /// At most 64 KiB of it.
    body: BodyView,
    /// Whether the body went on after what is shown.
    truncated: bool,
    /// Bytes of the whole body.
    size: usize,
    signature: SignatureView,
    /// What it was answered with. Null while it waits, and where nobody waited for the answer.
    answer: Option<AnswerView>,
    /// How long who sent it waited, where the answer would have come later.
    #[schema(value_type = Option<crate::model::schema::Timeout>, example = "5s")]
    gave_up_after: Option<Span>,
}

/// What was found out about a request's signatures.
#[derive(Serialize, ToSchema)]
#[schema(as = InspectedSignature)]
pub struct SignatureView {
    state: SignatureState,
    /// By which of the webhook's secrets each of its dialects can be verified; while one is being rotated, by both.
    secrets: Vec<SecretView>,
    /// Why it is not verified.
    reason: Option<String>,
}

/// Whether a request is signed as its receiver would check it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureState {
    /// Each dialect's signature fits body, time and secret.
    Verified,
    /// One does not.
    Refused,
    /// The webhook signs nothing.
    Unsigned,
    /// It came from outside: whose secret it should have is not known.
    NotChecked,
}

/// Which of a webhook's secrets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretView {
    /// The one that it had.
    Current,
    /// One from before a rotation, in its grace time.
    Previous,
}

/// What an inspector answered.
#[derive(Serialize, ToSchema)]
#[schema(as = InspectedAnswer)]
pub struct AnswerView {
    status: u16,
    headers: Vec<HeaderView>,
    body: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl ReceivedView {
    pub fn of(received: &Received) -> ReceivedView {
        let (delivery, from) = match &received.source {
            Source::Webhook { delivery, .. } => (delivery.map(|id| id.to_string()), None),
            Source::Outside(address) => (None, Some(*address)),
        };
        let (answer, gave_up_after) = match received.given.get() {
            None => (None, None),
            Some(Given::Answer(answering, at)) => (Some(AnswerView::of(answering, *at)), None),
            Some(Given::GaveUp(after, _)) => (None, Some(*after)),
        };
        ReceivedView {
            number: received.number,
            received_at: received.at,
            webhook: received.webhook().cloned(),
            delivery,
            from,
            method: received.method.clone(),
            path: received.path.clone(),
            headers: received.headers.iter().map(HeaderView::of).collect(),
            body: BodyView::of(&received.body, received.is_cut),
            truncated: received.is_cut,
            size: received.size,
            signature: SignatureView::of(&received.source),
            answer,
            gave_up_after,
        }
    }
}

impl SignatureView {
    fn of(source: &Source) -> SignatureView {
        let (state, secrets, reason) = match source {
            Source::Outside(_) => {
                let reason = "it came from outside, so whose secret it should be signed with is not known";
                (SignatureState::NotChecked, Vec::new(), Some(reason.to_owned()))
            }
            Source::Webhook { signature: Checked::Verified(by), .. } => {
                let secrets = by.iter().map(|which| match which {
                    WhichSecret::Current => SecretView::Current,
                    WhichSecret::Previous => SecretView::Previous,
                });
                (SignatureState::Verified, secrets.collect(), None)
            }
            Source::Webhook { signature: Checked::Refused(reason), .. } => {
                (SignatureState::Refused, Vec::new(), Some(reason.clone()))
            }
            Source::Webhook { signature: Checked::Unsigned, .. } => {
                let reason = "the webhook signs nothing: it has no secret, or no dialect in `signing`";
                (SignatureState::Unsigned, Vec::new(), Some(reason.to_owned()))
            }
        };
        SignatureView { state, secrets, reason }
    }
}

impl AnswerView {
    fn of(answering: &Answering, at: Timestamp) -> AnswerView {
        let sent = answering.sent_headers();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = sent.iter().map(|(name, value)| HeaderView::of((name.as_str(), &text(value)))).collect();
        AnswerView { status: answering.status.as_u16(), headers, body: answering.body.clone(), at }
    }
}

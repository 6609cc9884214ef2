//! A request to an inspector, in the place of the network: the request as it would be sent enters, and an [`Exchange`] leaves as of a
//! receiver that answers without a connection. So all that follows (judging, hiding, recording) is the same.

use http::HeaderName;
use lanehook_egress::{Answer, Error, Exchange, Phase, Request, Timings};

use super::classify::SendError;
use crate::{
    clock::Clock,
    inspect::{Arrival, Checked, Inspectors, Source, Visited, check},
    model::{DeliveryId, InspectorId, Sent, Span, TargetUrl, TenantKey, Timestamp, WebhookId},
    webhook::{Secrets, WebhookSettings},
};

const DELIVERY: &str = "x-webhook-delivery";

/// Whether a request that was made from these settings is signed as its receiver would want it.
pub(super) fn checked(settings: &WebhookSettings, secrets: &Secrets, request: &Request, now: Timestamp) -> Checked {
    check(&settings.signing, secrets, |name| header(request, name), &request.body, now)
}

/// What an inspector keeps of a request: what its attempt shows.
pub(super) fn arrival(
    id: InspectorId,
    webhook: Option<&WebhookId>,
    signature: Checked,
    sent: &Sent,
    request: &Request,
) -> Arrival {
    let delivery = header(request, DELIVERY).and_then(DeliveryId::parse);
    let behind = sent.url.strip_prefix(&TargetUrl::of_inspector(id)).unwrap_or_default();
    Arrival {
        source: Source::Webhook { id: webhook.cloned(), delivery, signature },
        method: request.method.to_string(),
        path: if behind.starts_with('/') { behind.to_owned() } else { format!("/{behind}") },
        headers: sent.headers.clone(),
        body: sent.body.clone().unwrap_or_else(|| request.body.clone()),
        size: request.body.len(),
    }
}

/// Hands a request over to one of a tenant's inspectors.
///
/// # Errors
/// The tenant has no such inspector.
pub(super) async fn send(
    inspectors: &Inspectors,
    clock: &Clock,
    tenant: TenantKey,
    id: InspectorId,
    arrival: Arrival,
    timeout: Span,
) -> Result<Exchange, SendError> {
    let began = clock.passed();
    let visited = inspectors.visit(tenant, id, arrival, timeout).await.ok_or_else(|| gone(id))?;
    let took = clock.passed().saturating_sub(began);
    let (answer, error, first_byte) = match visited {
        Visited::Answer(answering) => {
            let headers = answering.sent_headers();
            let body = answering.body.clone().into_bytes();
            (Some(Answer { status: answering.status, headers, body, truncated: false }), None, took)
        }
        Visited::GaveUp => {
            (None, Some(Error::TimedOut { phase: Phase::Waiting, after: timeout.0 }), Default::default())
        }
    };
    let timings = Timings { first_byte, total: took, ..Timings::default() };
    Ok(Exchange { timings, answer, error, requests: 1, ..nothing() })
}

/// Whether an inspector is there, as connecting tells it of a receiver.
///
/// # Errors
/// The tenant has no such inspector.
pub(super) fn connect(inspectors: &Inspectors, tenant: TenantKey, id: InspectorId) -> Result<Exchange, SendError> {
    if inspectors.has(tenant, id) { Ok(nothing()) } else { Err(gone(id)) }
}

/// What there is to say where an inspector is not there.
pub(super) fn gone(id: InspectorId) -> SendError {
    SendError::Settings(format!(
        "there is no inspector {id}: it was deleted, or not used for a day, or is of before a restart, which forgets inspectors; make one \
         with POST /api/v1/inspectors, and set its `url` here"
    ))
}

fn nothing() -> Exchange {
    Exchange {
        remote: None,
        reused: false,
        http2: false,
        requests: 0,
        repeated: None,
        timings: Timings::default(),
        answer: None,
        error: None,
    }
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let named = |(own, _): &(&HeaderName, _)| own.as_str() == name;
    request.headers.iter().find(named).and_then(|(_, value)| str::from_utf8(value.as_bytes()).ok())
}

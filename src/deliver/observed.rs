//! What an attempt shows of an exchange: within bounds, and without credentials.

use std::{borrow::Cow, net::SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, header::HeaderValue};
use lanehook_egress::Policy;
use url::Host;

use crate::{
    model::{Answer, HeaderLines, REDACTED, Sent, TargetUrl, Timings, is_sensitive_header},
    webhook::Credentials,
    work::Cost,
};

/// Bytes of an answer's headers, names and values, that are kept.
const KEPT_HEADER_BYTES: usize = 16 * 1024;
const KEPT_HEADERS: usize = 64;
/// By which a receiver permits CloudEvents to who asks for that with OPTIONS. It is compared with who asks, whom a webhook's own
/// header may name, too: so it is not searched for credentials, and shown of no other answer.
const ALLOWED_ORIGIN: &str = "webhook-allowed-origin";

/// What it costs to search a byte of an answer, as it is, with its escapes undone, and each without white space.
const OF_SEARCHED_BYTE: Cost = 30;

/// What [`hide`] costs.
pub(super) fn cost_of_hiding(answer: &lanehook_egress::Answer, credentials: &Credentials) -> Cost {
    if credentials.are_none() {
        return 0;
    }
    let of_headers: usize = answer.headers.values().map(HeaderValue::len).sum();
    OF_SEARCHED_BYTE * (answer.body.len() + of_headers) as Cost
}

/// Hides credentials in an answer: some receivers repeat what they were sent. Says whether there were any.
pub(super) fn hide(answer: &mut lanehook_egress::Answer, credentials: &Credentials) -> bool {
    let mut found = false;
    if let Some(shown) = credentials.hidden_in_bytes(&answer.body) {
        answer.body = shown;
        found = true;
    }
    for (name, value) in &mut answer.headers {
        let hidden = credentials.hidden_in_bytes(value.as_bytes()).filter(|_| name != ALLOWED_ORIGIN);
        if let Some(Ok(shown)) = hidden.map(|shown| HeaderValue::from_bytes(&shown)) {
            *value = shown;
            found = true;
        }
    }
    found
}

/// The answer to what was sent, ready to be shown.
pub(super) fn answer(mut answer: lanehook_egress::Answer, sent: &Sent) -> Answer {
    if sent.method.as_deref() != Some(Method::OPTIONS.as_str()) {
        answer.headers.remove(ALLOWED_ORIGIN);
    }
    Answer {
        status: answer.status.as_u16(),
        headers: kept_headers(&answer.headers),
        body: Bytes::from(answer.body),
        truncated: answer.truncated,
    }
}

/// The first headers that fit into the caps, without credentials (`set-cookie`).
fn kept_headers(headers: &HeaderMap) -> HeaderLines {
    let mut room = KEPT_HEADER_BYTES;
    let mut kept = HeaderLines::default();
    for (name, value) in headers.iter().take(KEPT_HEADERS) {
        let Some(left) = room.checked_sub(name.as_str().len() + value.len()) else { continue };
        room = left;
        kept.push(name.as_str(), &shown(name.as_str(), value));
    }
    kept
}

fn shown<'v>(name: &str, value: &'v HeaderValue) -> Cow<'v, str> {
    if is_sensitive_header(name) { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) }
}

/// Whether it is shown whom a request reached: an address that everybody can look up, or that the URL has. Where the operator
/// lets requests into a network, what its names lead to is not for tenants.
pub(super) fn is_shown(remote: SocketAddr, url: &TargetUrl) -> bool {
    let named = matches!(url.url().host(), Some(Host::Domain(_)) | None);
    !named || Policy::default().check_address(remote.ip()).is_ok()
}

/// In microseconds, as they are recorded.
pub(super) fn timings(timings: lanehook_egress::Timings) -> Timings {
    let micros = |span: std::time::Duration| u32::try_from(span.as_micros()).unwrap_or(u32::MAX);
    Timings {
        dns_us: micros(timings.dns),
        connect_us: micros(timings.connect),
        tls_us: micros(timings.tls),
        first_byte_us: micros(timings.first_byte),
        total_us: micros(timings.total),
    }
}

//! What has been seen of an attempt so far. It outlives the exchange that fills it, so that a timeout can tell how far
//! things had come and show the part of the answer that is there.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::HeaderValue};

use crate::model::{Answer, Credentials, REDACTED, Timings, is_sensitive_header};

/// Of the answer's body.
const KEPT_BODY: usize = 16 * 1024;
/// Of the answer's headers, names and values.
const KEPT_HEADER_BYTES: usize = 16 * 1024;
const KEPT_HEADERS: usize = 64;

/// Where an attempt is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Resolving,
    Connecting,
    Handshake,
    Waiting,
    Body,
}

/// An attempt so far.
pub(super) struct Seen {
    pub began: Instant,
    pub phase: Phase,
    pub timings: Timings,
    pub remote: Option<SocketAddr>,
    pub head: Option<(StatusCode, HeaderMap)>,
    pub body: Vec<u8>,
    /// Bytes of the body beyond what is kept.
    pub dropped: usize,
}

impl Seen {
    /// Nothing yet.
    pub fn new(began: Instant) -> Seen {
        Seen {
            began,
            phase: Phase::Resolving,
            timings: Timings::default(),
            remote: None,
            head: None,
            body: Vec::new(),
            dropped: 0,
        }
    }

    /// Takes in a part of the body; what goes beyond the cap is dropped.
    pub fn keep(&mut self, part: &[u8]) {
        let fits = part.len().min(KEPT_BODY - self.body.len());
        self.body.extend_from_slice(&part[..fits]);
        self.dropped += part.len() - fits;
    }

    /// Some receivers repeat what they were sent, with the credentials in it.
    pub fn hide(&mut self, credentials: &Credentials) {
        if let Some(shown) = credentials.hidden_in_bytes(&self.body) {
            self.body = shown;
        }
        let Some((_, headers)) = &mut self.head else { return };
        for value in headers.values_mut() {
            let hidden = credentials.hidden_in_bytes(value.as_bytes());
            if let Some(Ok(shown)) = hidden.map(|shown| HeaderValue::from_bytes(&shown)) {
                *value = shown;
            }
        }
    }

    /// The answer, ready to be shown.
    pub fn answer(&mut self) -> Option<Answer> {
        let (status, headers) = self.head.as_ref()?;
        Some(Answer {
            status: status.as_u16(),
            headers: kept(headers),
            body: Bytes::from(std::mem::take(&mut self.body)),
            truncated: self.dropped > 0,
        })
    }
}

/// The first headers, within the caps and without credentials (`set-cookie`).
fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut room = KEPT_HEADER_BYTES;
    let mut kept = Vec::with_capacity(headers.len().min(KEPT_HEADERS));
    for (name, value) in headers.iter().take(KEPT_HEADERS) {
        let Some(left) = room.checked_sub(name.as_str().len() + value.len()) else { break };
        room = left;
        kept.push((name.as_str().to_owned(), shown(name.as_str(), value)));
    }
    kept
}

fn shown(name: &str, value: &HeaderValue) -> String {
    if is_sensitive_header(name) { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() }
}

/// As [`Timings`] count.
pub(super) fn micros(span: Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}

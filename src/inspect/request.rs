//! A request that an inspector got: what came, what was checked of it, and what was answered.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{answering::Answering, signature::Checked};
use crate::{
    budget::Held,
    model::{DeliveryId, HeaderLines, Span, TenantKey, Timestamp, WebhookId},
};

/// Bytes of a request's body that are kept.
pub(super) const KEPT_BODY: usize = 64 << 10;
/// Bytes of its headers' lines.
pub(super) const KEPT_HEADERS: usize = 32 << 10;
/// Bytes of its path.
const KEPT_PATH: usize = 8 << 10;
/// Bytes of a method, which is ASCII.
const KEPT_METHOD: usize = 32;
/// What is counted besides texts.
const OF_ITSELF: usize = 512;

/// A request on its way in, with nothing in it that is not to be shown.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Who sends it.
    pub source: Source,
    /// Like `POST`.
    pub method: String,
    /// Path and query behind the inspector's id.
    pub path: String,
    /// As they were sent, without credentials.
    pub headers: HeaderLines,
    /// The body, as it may be shown.
    pub body: Bytes,
    /// Bytes of the body that was sent.
    pub size: usize,
}

/// Who sends a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A webhook of the inspector's tenant.
    Webhook {
        /// None for one that is not saved yet, and asks its receiver whether it may be.
        id: Option<WebhookId>,
        /// The delivery, if it is one.
        delivery: Option<DeliveryId>,
        /// Whether its signatures are good.
        signature: Checked,
    },
    /// Somebody outside, from this address, where the operator has opened inspectors to them.
    Outside(IpAddr),
}

/// A request that came.
#[derive(Debug)]
pub struct Received {
    /// Counts the inspector's requests from 1 on.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    pub source: Source,
    pub method: String,
    pub path: String,
    pub headers: HeaderLines,
    /// As much of the body as is kept.
    pub body: Bytes,
    /// Whether there was more of it.
    pub is_cut: bool,
    /// Bytes of the whole body as it was sent.
    pub size: usize,
    /// What became of it, once that is known.
    pub given: OnceLock<Given>,
    _held: Held<TenantKey>,
}

/// What a request was answered with.
#[derive(Clone, Debug)]
pub enum Given {
    /// This, at this time.
    Answer(Arc<Answering>, Timestamp),
    /// Nothing: who sent it waited for so long, and the answer would have come later.
    GaveUp(Span, Timestamp),
}

impl Arrival {
    /// Cuts off what is not kept of it.
    pub(super) fn cut(&mut self) {
        self.method.truncate(KEPT_METHOD);
        if self.path.len() > KEPT_PATH {
            self.path = self.path.chars().take(KEPT_PATH / 4).collect();
        }
        if self.headers.as_text().len() > KEPT_HEADERS {
            let mut room = KEPT_HEADERS;
            let fitting = self.headers.iter().take_while(|(name, value)| {
                let left = room.checked_sub(name.len() + value.len() + 3);
                room = left.unwrap_or_default();
                left.is_some()
            });
            self.headers = fitting.collect();
        }
    }

    /// Bytes that it takes up, with so many of its body.
    pub(super) fn size(&self, of_body: usize) -> usize {
        OF_ITSELF + self.path.len() + self.headers.as_text().len() + of_body
    }

    /// As it is kept: so many bytes of the body, on their own, so that nothing else is held with them.
    pub(super) fn kept(self, number: u64, at: Timestamp, of_body: usize, held: Held<TenantKey>) -> Received {
        let Arrival { source, method, path, headers, body, size } = self;
        let is_cut = of_body < body.len();
        let body = Bytes::copy_from_slice(&body[..of_body]);
        Received { number, at, source, method, path, headers, body, is_cut, size, given: OnceLock::new(), _held: held }
    }
}

impl Received {
    /// The webhook that sent it, if it is a saved one.
    pub fn webhook(&self) -> Option<&WebhookId> {
        match &self.source {
            Source::Webhook { id, .. } => id.as_ref(),
            Source::Outside(_) => None,
        }
    }
}

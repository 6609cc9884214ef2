//! What a layer is set up with: headers and bodies enter, the message that they carry leaves, or why there is none.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, Uri};

use super::answer::{Outcome, Problem};
use super::find::{FindVerifier, Found};
use crate::received::{MessageKey, Received};
use crate::verify::over_http::text;
use crate::verify::{Verifier, VerifyError};

/// How long a message is remembered where its dialect sets no time: as long as with the usual tolerance.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
type Observer = Arc<dyn Fn(&Parts, &Outcome<'_>) + Send + Sync>;
pub(super) type FindId = Arc<dyn Fn(&HeaderMap, &[u8]) -> Option<String> + Send + Sync>;

/// Shared by a layer and the services that are made of it.
pub(super) struct Settings<I, V> {
    pub(super) verifiers: Arc<V>,
    pub(super) seen: Arc<I>,
    pub(super) common: Common,
}

/// What does not depend on the kinds of store and look-up.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) body_limit: usize,
    /// As wished; the time in which a request can be replayed is kept at least.
    pub(super) keep: Option<Duration>,
    pub(super) namespace: Arc<[u8]>,
    pub(super) find_id: Option<(&'static str, FindId)>,
    pub(super) clock: Clock,
    pub(super) observer: Option<Observer>,
    pub(super) tell_reason: bool,
}

impl<I, V: FindVerifier> Settings<I, V> {
    pub(super) async fn find(&self, head: &Parts) -> Result<Found, Problem> {
        match self.verifiers.find(head).await {
            Ok(found) => found.ok_or(Problem::Nobody),
            Err(error) => Err(Problem::Lookup(error.to_string())),
        }
    }
}

impl Common {
    pub(super) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(super) fn keep_until(&self, verifier: &Verifier, now: i64) -> i64 {
        let window = verifier.replay_window();
        let keep = self.keep.unwrap_or_else(|| window.unwrap_or(REMEMBERED)).max(window.unwrap_or_default());
        now.saturating_add(i64::try_from(keep.as_secs()).unwrap_or(i64::MAX))
    }

    pub(super) fn tell(&self, head: &Parts, outcome: &Outcome<'_>) {
        if let Some(observer) = &self.observer {
            observer(head, outcome);
        }
    }

    /// Refuses what needs no body to be refused.
    pub(super) fn check_headers(&self, verifier: &Verifier, headers: &HeaderMap) -> Result<(), VerifyError> {
        verifier.check_once(headers)?;
        verifier.check_headers(&|name: &str| text(headers, name), self.now())
    }

    /// Verifies, and finds the key that the store is asked for.
    pub(super) fn accept(&self, found: &Found, head: &Parts, body: &[u8], now: i64) -> Result<Received, VerifyError> {
        let (verifier, headers) = (&found.verifier, &head.headers);
        let url = public_url(verifier, &head.uri);
        let mut received = verifier.accept_at(&url, |name| text(headers, name), body, now)?;
        if let Some((kind, find)) = &self.find_id
            // An id that is signed is not given up for one that is not.
            && !(*kind == "header" && verifier.signs_id())
            && let Some(id) = find(headers, body)
        {
            // Whoever can send a request can change a header: with the body in the key, that cannot take the place of
            // another message. What was found in the signed body stands for itself.
            let body = if *kind == "header" { body } else { b"" };
            received.key = MessageKey::of(&[kind.as_bytes(), id.as_bytes(), body]);
            received.id = Some(id);
        }
        for namespace in [found.namespace.as_deref().unwrap_or_default(), &self.namespace] {
            if !namespace.is_empty() {
                received.key = MessageKey::of(&[b"namespace", namespace, received.key.as_bytes()]);
            }
        }
        Ok(received)
    }
}

/// The URL that a sender signs: as the dialect is set up, with the request's query if it has one. A query that is set may be
/// longer in the request, since Twilio adds `bodySHA256` to it; and a handler that reads the query reads a signed one.
///
/// What no URL may have in it (RFC 3986, section 3.4) is no query: with a brace there, the beginning of a JSON body could pass for
/// the end of the URL.
fn public_url<'v>(verifier: &'v Verifier, uri: &Uri) -> Cow<'v, str> {
    let in_no_url = ['{', '}'];
    match (verifier.url(), uri.query()) {
        (Some(url), Some(query)) if !query.contains(in_no_url) => {
            let (path, _) = url.split_once('?').unwrap_or((url, ""));
            Cow::Owned(format!("{path}?{query}"))
        }
        (url, _) => Cow::Borrowed(url.unwrap_or_default()),
    }
}

// By hand: neither a store nor a look-up need be `Clone` to be shared.
impl<I, V> Clone for Settings<I, V> {
    fn clone(&self) -> Self {
        let (verifiers, seen) = (Arc::clone(&self.verifiers), Arc::clone(&self.seen));
        Settings { verifiers, seen, common: self.common.clone() }
    }
}

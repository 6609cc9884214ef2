//! What a layer is set up with: headers and bodies enter, the message that they carry leaves, or why there is none.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::answer::{Outcome, Problem};
use super::find::{FindVerifier, Found, Namespace};
use crate::received::{MessageKey, Received};
use crate::verify::over_http::text;
use crate::verify::{Verifier, VerifyError};

/// How long a message is remembered where its dialect sets no time: as long as with the usual tolerance.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
type Observer = Arc<dyn Fn(&Parts, &Outcome<'_>) + Send + Sync>;

pub(super) type FindInBody = dyn Fn(&HeaderMap, &[u8]) -> Option<String> + Send + Sync;

/// How messages are told apart, where it is not by their dialect's own key.
#[derive(Clone)]
pub(super) enum FindId {
    /// By this header, which nobody signs, and by the body.
    Header(HeaderName),
    /// By what this finds in a verified request.
    Own(Arc<FindInBody>),
}

/// A verified request.
pub(super) struct Message {
    pub(super) received: Received,
    /// Where something else can be made of its id than was signed: what bounds under how many ids its signed content is taken.
    pub(super) places: Option<Places>,
    /// Whose messages it is one of, where a store may have those of several.
    pub(super) space: Option<MessageKey>,
}

/// The places of one signed content.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) most: usize,
    /// Whether what comes under one id more counts as handled. If not, it is to come again, since it may be another message.
    pub(super) content_is_message: bool,
    /// Whether its content is one attempt: the time of that is signed, and a retry has another content.
    pub(super) is_one_attempt: bool,
}

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
    pub(super) namespace: Option<Arc<[u8]>>,
    pub(super) methods: Arc<[Method]>,
    pub(super) find_id: Option<FindId>,
    pub(super) most_ids: NonZeroUsize,
    /// Judges what is for nobody, so that it takes as long as what is for somebody: made of the first verifier that was found. Used
    /// where the look-up names none.
    pub(super) stand_in: Arc<OnceLock<Arc<Verifier>>>,
    pub(super) clock: Clock,
    pub(super) observer: Option<Observer>,
    pub(super) tell_reason: bool,
}

impl<I, V: FindVerifier> Settings<I, V> {
    /// `None` if it is for nobody.
    pub(super) async fn find(&self, head: &Parts) -> Result<Option<Found>, Problem> {
        let found = self.verifiers.find(head).await.map_err(|error| Problem::Lookup(error.to_string()))?;
        if let Some(found) = &found {
            self.common.stand_in.get_or_init(|| found.verifier.stand_in());
        }
        Ok(found)
    }

    /// What judges a request that is for nobody.
    pub(super) fn stand_in(&self, head: &Parts) -> Option<Arc<Verifier>> {
        match self.verifiers.for_nobody(head) {
            Some(verifier) => Some(verifier.stand_in()),
            None => self.common.stand_in.get().cloned(),
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

    pub(super) fn check_method(&self, method: &Method) -> Result<(), Problem> {
        if self.methods.contains(method) {
            return Ok(());
        }
        let allowed: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        Err(Problem::Method { allowed: allowed.join(", ") })
    }

    /// Refuses what needs no body to be refused.
    pub(super) fn check_head(&self, verifier: &Verifier, head: &Parts) -> Result<(), VerifyError> {
        let headers = &head.headers;
        verifier.signed_url(&head.uri)?;
        verifier.check_once(headers)?;
        verifier.check_headers(&|name: &str| text(headers, name), self.now())
    }

    /// Verifies, and finds the key that the store is asked for.
    pub(super) fn accept(&self, found: &Found, head: &Parts, body: &[u8], now: i64) -> Result<Message, VerifyError> {
        let (verifier, headers) = (&found.verifier, &head.headers);
        let url = verifier.signed_url(&head.uri)?;
        let mut received = verifier.accept_at(&url, |name| text(headers, name), body, now)?;
        let most = self.most_ids.get();
        let by_unsigned_id = match verifier.signs_time() {
            // What is signed is one attempt. Under a second id it is a replay, or a message of the same second with the same body,
            // which is signed with another time when it comes again.
            true => Places { most: 1, content_is_message: false, is_one_attempt: true },
            false => Places { most, content_is_message: most == 1, is_one_attempt: false },
        };
        let mut places = (received.key != received.content).then_some(by_unsigned_id);
        match &self.find_id {
            // An id that is signed is not given up for one that is not.
            Some(FindId::Header(name)) if !verifier.signs_id() => {
                if let Some(id) = only_text(headers, name)? {
                    // Whoever can send a request can change a header: with the body in the key, that cannot take the place of
                    // another message. Where the URL is signed with it, what is the body depends on where that is cut.
                    let signed = if verifier.signs_url() { &received.content.as_bytes()[..] } else { body };
                    received.key = MessageKey::of(&[b"header", id.as_bytes(), signed]);
                    received.id = Some(id.to_owned());
                    places = Some(by_unsigned_id);
                }
            }
            Some(FindId::Own(find)) => {
                if let Some(id) = find(headers, body) {
                    if id.is_empty() {
                        return Err(VerifyError::EmptyId);
                    }
                    // What was found in the signed body stands for itself; but where that can be cut anew, another id can be found.
                    received.key = MessageKey::of(&[b"own", id.as_bytes()]);
                    received.id = Some(id);
                    let by_content = Places { most: 1, content_is_message: true, is_one_attempt: false };
                    places = verifier.signs_fields().then_some(by_content);
                }
            }
            Some(FindId::Header(_)) | None => {}
        }
        let apart = |key: MessageKey| self.in_namespace(found, key);
        received.key = apart(received.key);
        received.content = apart(received.content);
        Ok(Message { received, places, space: self.space(found) })
    }

    /// Whose message it is, as a store sees it that has those of several. None where nothing says that there are others.
    fn space(&self, found: &Found) -> Option<MessageKey> {
        let is_named = self.namespace.is_some() || !matches!(found.namespace, Namespace::OfLayer);
        is_named.then(|| self.in_namespace(found, MessageKey::of(&[b"space"])))
    }

    /// The key, in the space of whom the request is for and of this layer. No name of the one is a name of the other.
    fn in_namespace(&self, found: &Found, key: MessageKey) -> MessageKey {
        let key = match &found.namespace {
            Namespace::OfLayer => key,
            Namespace::OfSecret => found.verifier.in_its_namespace(key),
            Namespace::Named(name) => MessageKey::of(&[b"found namespace", name, key.as_bytes()]),
        };
        match &self.namespace {
            Some(name) => MessageKey::of(&[b"layer's namespace", name, key.as_bytes()]),
            None => key,
        }
    }

    /// Judges a request that is for nobody as if it were for somebody, and refuses it whatever comes of that.
    pub(super) fn refuse(&self, stand_in: &Verifier, head: &Parts, body: &[u8], now: i64) -> VerifyError {
        let url = stand_in.signed_url(&head.uri).unwrap_or_default();
        let judged = stand_in.accept_at(&url, |name| text(&head.headers, name), body, now);
        judged.err().unwrap_or(VerifyError::NoMatch)
    }
}

/// The text of a header that is to tell messages apart.
fn only_text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, VerifyError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::to_str);
    match first {
        None => Ok(None),
        _ if values.next().is_some() => Err(VerifyError::malformed(name.as_str(), "stands there more than once")),
        Some(Ok("")) => Err(VerifyError::malformed(name.as_str(), "is empty")),
        Some(Ok(id)) => Ok(Some(id)),
        Some(Err(_)) => Err(VerifyError::malformed(name.as_str(), "holds bytes that are not visible ASCII")),
    }
}

// By hand: neither a store nor a look-up need be `Clone` to be shared.
impl<I, V> Clone for Settings<I, V> {
    fn clone(&self) -> Self {
        let (verifiers, seen) = (Arc::clone(&self.verifiers), Arc::clone(&self.seen));
        Settings { verifiers, seen, common: self.common.clone() }
    }
}

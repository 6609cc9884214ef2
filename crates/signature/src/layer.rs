//! A tower layer for receivers: a request enters, one that was verified and is new reaches the handler, every other one
//! is answered here. What survives a crash is what the [`SeenIds`] store keeps; by default, nothing.
//!
//! | request | answer |
//! |---|---|
//! | signed, and new | the handler's; if that is a success (2xx), the message counts as handled |
//! | signed, and handled before | `200`, the handler does not see it |
//! | signed, being handled, or no place to remember it, or the store fails | `503` with `Retry-After` |
//! | sent with another method than [those that are set](VerifyLayer::methods) | `405` with `Allow` |
//! | longer than the cap, or than a limit around the layer lets through | `413` |
//! | the body breaks off | `400` |
//! | not signed, or [refused](crate::VerifyError) for another reason | `401` |
//! | for nobody; whose it is cannot be found out ([`FindVerifier`]) | `401`; `503` with `Retry-After` |
//!
//! Any other answer of the handler than a success, a panic, and a connection that is cut off let the message go, so
//! that the sender's retry is handled. A handler must bear being cut off, as everywhere in tower.
//!
//! A message is one whatever path it is sent to, so put the layer around one route: under a layer around two, somebody who
//! recorded a message to the one can use it up at the other. How long a message may take to arrive is not bounded here: put a
//! timeout around this layer.
//!
//! Nobody can find out by the answers whether a request is for nobody or signed wrongly: it is read, and judged with a key
//! that fits nothing. Where tenants sign in several dialects, and before the first request for a known one, that takes
//! [`FindVerifier::for_nobody`].
//!
//! Of two layers around one handler each asks its store: a message is handled if it is new to both. If they have the same store, a clone
//! of it or one `Arc`, the inner one finds that it is claimed for it; how long it is remembered and under how many ids it is taken
//! is as the stricter of the two has it.

mod answer;
mod body;
mod claim;
mod find;
mod service;
mod settings;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};

use crate::seen::{InMemory, SeenIds};
use crate::verify::Verifier;
use crate::verify::over_http::system_time;
use settings::{Common, FindId, Settings};

pub use answer::{Outcome, Problem};
pub use body::{Answer, VerifiedBody};
pub use find::{Always, FindVerifier, Found};
pub use service::VerifyService;

/// Bytes of a body, unless another cap is set.
const BODY_LIMIT: usize = 1 << 20;

/// Ids under which one signed content is taken, unless another number is set. Bodies that repeat, as a heartbeat's, have room in
/// the time that a message is remembered; and who recorded one request cannot fill a store with it.
const MOST_IDS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// Puts a [`VerifyService`] around a service.
///
/// ```
/// use lanehook_signature::layer::VerifyLayer;
/// use lanehook_signature::{Dialect, Secret, Verifier};
///
/// let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let layer = VerifyLayer::new(Verifier::new(Dialect::Standard, &secret)?)
///     .body_limit(64 * 1024)
///     .observe(|request, outcome| eprintln!("webhook {}: {outcome}", request.uri.path()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct VerifyLayer<I = InMemory, V = Always> {
    settings: Settings<I, V>,
}

impl VerifyLayer {
    /// A layer that accepts bodies of 1 MiB and remembers messages in memory.
    ///
    /// Make one per sender or webhook: its clones, and the services made of it, share what was seen.
    #[must_use]
    pub fn new(verifier: Verifier) -> VerifyLayer {
        VerifyLayer::with(Always::new(verifier))
    }
}

impl<V: FindVerifier> VerifyLayer<InMemory, V> {
    /// As [`new`](VerifyLayer::new), with the verifier that is found for each request.
    #[must_use]
    pub fn with(verifiers: V) -> VerifyLayer<InMemory, V> {
        let common = Common {
            body_limit: BODY_LIMIT,
            keep: None,
            namespace: None,
            methods: Arc::from([Method::POST]),
            find_id: None,
            most_ids: MOST_IDS,
            stand_in: Arc::default(),
            clock: Arc::new(system_time),
            observer: None,
            tell_reason: false,
        };
        let (verifiers, seen) = (Arc::new(verifiers), Arc::new(InMemory::default()));
        VerifyLayer { settings: Settings { verifiers, seen, common } }
    }
}

impl<I: SeenIds, V: FindVerifier> VerifyLayer<I, V> {
    /// Remembers messages there. An `Arc` of a store is a store too; if several senders share one, give each layer a
    /// [namespace](VerifyLayer::namespace).
    #[must_use]
    pub fn seen<J: SeenIds>(self, seen: J) -> VerifyLayer<J, V> {
        let Settings { verifiers, common, .. } = self.settings;
        VerifyLayer { settings: Settings { verifiers, seen: Arc::new(seen), common } }
    }

    /// Keeps this layer's messages apart from those of other layers with the same store. Without it, a message of one
    /// sender is taken for another sender's message of the same id, and passed over. A store [in memory](InMemory) gives each
    /// namespace a share of its places.
    #[must_use]
    pub fn namespace(mut self, name: &str) -> Self {
        self.settings.common.namespace = Some(Arc::from(name.as_bytes()));
        self
    }

    /// Sets the methods that messages come with; unset, it is `POST`. No signature covers the method, so a request with another
    /// one is answered `405`, and is no message: it neither reaches the handler nor uses a message up. Twilio can be set to send
    /// `GET`.
    #[must_use]
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.settings.common.methods = methods.into_iter().collect();
        self
    }

    /// Sets how many bytes a body may have. It is held in memory while it is verified and handled. With the feature `axum`,
    /// axum's own limit (2 MB, or a `DefaultBodyLimit` around this layer) no longer counts; one between this layer and the handler
    /// does.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.common.body_limit = bytes;
        self
    }

    /// Remembers messages for this long, but never shorter than [they can be replayed](Verifier::replay_window); unset,
    /// for just that time, and for ten minutes where it never ends. A sender that lost an answer may try again after
    /// hours; to recognise that, remember for as long as its retries last, in a store that has room for it.
    #[must_use]
    pub fn remember_for(mut self, time: Duration) -> Self {
        self.settings.common.keep = Some(time);
        self
    }

    /// Tells messages apart by the text in this header, which the sender must keep for every retry, and by the body: for
    /// `hub`, `plain` and `timestamped`, for example `x-webhook-delivery` or `x-github-delivery`. Where it is missing,
    /// the dialect's [own key](crate::MessageKey) is used. `standard` has a signed id, and keeps to it.
    ///
    /// The header is not signed. Where the dialect signs a time, what is signed is handled under one text in the header and no other: under
    /// another one it is answered `503`. That is a replay, or a second message with the same body in the same second, which is
    /// handled when it comes again, signed anew. That holds for a retry that is passed over, too, and for one that comes while its
    /// message is being handled. An attempt that failed can be replayed under another text as it can under its own: it is handled
    /// then, and so is the retry. Where the dialect signs no time, a replay with another text in the header is another message, up to
    /// [so many](VerifyLayer::most_ids).
    /// What is in the body is signed, so where an id is there, prefer [`id_from`](VerifyLayer::id_from). A header that is there
    /// and empty, or there twice, is refused.
    #[must_use]
    pub fn id_header(mut self, name: HeaderName) -> Self {
        self.settings.common.find_id = Some(FindId::Header(name));
        self
    }

    /// Sets under how many unsigned ids one signed content is taken within the time that messages are remembered; unset, it is 16.
    /// Under one more, it is answered `503` ([`Problem::TooManyIds`]): whoever recorded one request of `plain`, `github` or
    /// `shopify` can make ids up, and would have each of them handled and remembered. Set it to more than the number of honest
    /// messages with the same body in that time. With 1, ids tell nothing apart: the same content counts as handled before.
    #[must_use]
    pub fn most_ids(mut self, number: NonZeroUsize) -> Self {
        self.settings.common.most_ids = number;
        self
    }

    /// Tells messages apart by what this function finds, after the signature was verified: an id inside the body. Where
    /// it finds none, the dialect's [own key](crate::MessageKey) is used; an empty one is refused, since it would make one message
    /// of all that have it. In `twilio`, where a form can be cut anew so that another id is found in it, what is signed alike is handled
    /// once, whatever is found. An id that it takes from a header is anybody's word, and nothing bounds how many there are: for
    /// these, there is [`id_header`](VerifyLayer::id_header).
    #[must_use]
    pub fn id_from(mut self, find: impl Fn(&HeaderMap, &[u8]) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.common.find_id = Some(FindId::Own(Arc::new(find)));
        self
    }

    /// Takes the time, in Unix seconds, from this function and not from the system's clock.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.settings.common.clock = Arc::new(now);
        self
    }

    /// Calls this with the head of every request and what became of it, before the handler is called or the answer is
    /// given; once more if a handled message could not be remembered. The place to log and to count, for duplicates too.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Parts, &Outcome<'_>) + Send + Sync + 'static) -> Self {
        self.settings.common.observer = Some(Arc::new(observer));
        self
    }

    /// Answers `401` with the reason in words, which helps whoever sets up the sender. Unset, the answer says only that
    /// the request was not accepted. The reason holds nothing that helps to forge a signature.
    #[must_use]
    pub fn tell_reason(mut self) -> Self {
        self.settings.common.tell_reason = true;
        self
    }
}

impl<S, I, V> tower_layer::Layer<S> for VerifyLayer<I, V> {
    type Service = VerifyService<S, I, V>;

    fn layer(&self, inner: S) -> VerifyService<S, I, V> {
        VerifyService::new(inner, Arc::new(self.settings.clone()))
    }
}

impl<I, V> Clone for VerifyLayer<I, V> {
    fn clone(&self) -> Self {
        VerifyLayer { settings: self.settings.clone() }
    }
}

impl<I, V: fmt::Debug> fmt::Debug for VerifyLayer<I, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyLayer")
            .field("verifiers", &self.settings.verifiers)
            .field("body_limit", &self.settings.common.body_limit)
            .field("keep", &self.settings.common.keep)
            .finish_non_exhaustive()
    }
}

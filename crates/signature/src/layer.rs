//! A tower layer for receivers: a request enters, one that was verified and is new reaches the handler, every other one
//! is answered here. What survives a crash is what the [`SeenIds`] store keeps; by default, nothing.
//!
//! | request | answer |
//! |---|---|
//! | signed, and new | the handler's; if that is a success (2xx), the message counts as handled |
//! | signed, and handled before | `200`, the handler does not see it |
//! | signed, being handled, or no place to remember it, or the store fails | `503` with `Retry-After` |
//! | longer than the cap | `413` |
//! | the body breaks off | `400` |
//! | not signed, or [refused](crate::VerifyError) for another reason | `401` |
//!
//! Any other answer of the handler than a success, a panic, and a connection that is cut off let the message go, so
//! that the sender's retry is handled. A handler must bear being cut off, as everywhere in tower.
//!
//! How long a message may take to arrive is not bounded here: put a timeout around this layer.

mod answer;
mod service;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName};

use crate::seen::{InMemory, SeenIds};
use crate::verify::Verifier;
use settings::{FindId, Settings};

pub use answer::{Answer, Problem};
pub use service::VerifyService;

/// Bytes of a body, unless another cap is set.
const BODY_LIMIT: usize = 1 << 20;

/// How long a message is remembered where its dialect sets no time: as long as with the usual tolerance.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// Puts a [`VerifyService`] around a service.
///
/// ```
/// # use lanehook_signature::{Dialect, Secret, Verifier};
/// # use lanehook_signature::layer::VerifyLayer;
/// let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let layer = VerifyLayer::new(Verifier::new(Dialect::Standard, &secret)?)
///     .body_limit(64 * 1024)
///     .on_problem(|problem| eprintln!("webhook: {problem}"));
/// # Ok::<(), lanehook_signature::SecretError>(())
/// ```
pub struct VerifyLayer<I = InMemory> {
    settings: Settings<I>,
}

impl VerifyLayer {
    /// A layer that accepts bodies of 1 MiB and remembers messages in memory.
    ///
    /// Make one per sender or webhook: its clones, and the services made of it, share what was seen.
    #[must_use]
    pub fn new(verifier: Verifier) -> VerifyLayer {
        let keep = verifier.replay_window().unwrap_or(REMEMBERED);
        VerifyLayer {
            settings: Settings {
                verifier: Arc::new(verifier),
                seen: Arc::new(InMemory::default()),
                body_limit: BODY_LIMIT,
                keep,
                namespace: Arc::from([]),
                find_id: None,
                clock: Arc::new(system_time),
                report: None,
                tell_reason: false,
            },
        }
    }
}

impl<I: SeenIds> VerifyLayer<I> {
    /// Remembers messages there. An `Arc` of a store is a store too; if several senders share one, give each layer a
    /// [namespace](VerifyLayer::namespace).
    #[must_use]
    pub fn seen<J: SeenIds>(self, seen: J) -> VerifyLayer<J> {
        let Settings { verifier, body_limit, keep, namespace, find_id, clock, report, tell_reason, .. } = self.settings;
        let seen = Arc::new(seen);
        VerifyLayer {
            settings: Settings { verifier, seen, body_limit, keep, namespace, find_id, clock, report, tell_reason },
        }
    }

    /// Keeps this layer's messages apart from those of other layers with the same store. Without it, a message of one
    /// sender is taken for another sender's message of the same id, and passed over.
    #[must_use]
    pub fn namespace(mut self, name: &str) -> Self {
        self.settings.namespace = Arc::from(name.as_bytes());
        self
    }

    /// Sets how many bytes a body may have. It is held in memory while it is verified and handled.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Remembers messages for this long, but never shorter than [they can be replayed](Verifier::replay_window); unset,
    /// for just that time, and for ten minutes where it never ends. A sender that lost an answer may try again after
    /// hours; to recognise that, remember for as long as its retries last, in a store that has room for it.
    #[must_use]
    pub fn remember_for(mut self, time: Duration) -> Self {
        self.settings.keep = time.max(self.settings.verifier.replay_window().unwrap_or_default());
        self
    }

    /// Tells messages apart by the text in this header, which the sender must keep for every retry, and by the body: for
    /// `hub`, `plain` and `timestamped`, for example `x-webhook-delivery` or `x-github-delivery`. Where it is missing,
    /// the dialect's [own key](crate::MessageKey) is used. `standard` has a signed id, and keeps to it.
    ///
    /// The header is not signed: a replay with another text in it is not recognised. What is in the body is signed, so
    /// where an id is there, prefer [`id_from`](VerifyLayer::id_from).
    #[must_use]
    pub fn id_header(mut self, name: HeaderName) -> Self {
        let find: FindId = Arc::new(move |headers, _| Some(headers.get(&name)?.to_str().ok()?.to_owned()));
        self.settings.find_id = Some(("header", find));
        self
    }

    /// Tells messages apart by what this function finds, after the signature was verified: an id inside the body. Where
    /// it finds none, the dialect's [own key](crate::MessageKey) is used.
    #[must_use]
    pub fn id_from(mut self, find: impl Fn(&HeaderMap, &[u8]) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.find_id = Some(("own", Arc::new(find)));
        self
    }

    /// Takes the time, in Unix seconds, from this function and not from the system's clock.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.settings.clock = Arc::new(now);
        self
    }

    /// Calls this for every request that was refused, and when a handled message could not be remembered: the place to
    /// log and to count.
    #[must_use]
    pub fn on_problem(mut self, report: impl Fn(&Problem) + Send + Sync + 'static) -> Self {
        self.settings.report = Some(Arc::new(report));
        self
    }

    /// Answers `401` with the reason in words, which helps whoever sets up the sender. Unset, the answer says only that
    /// the request was not accepted. The reason holds nothing that helps to forge a signature.
    #[must_use]
    pub fn tell_reason(mut self) -> Self {
        self.settings.tell_reason = true;
        self
    }
}

fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl<S, I> tower_layer::Layer<S> for VerifyLayer<I> {
    type Service = VerifyService<S, I>;

    fn layer(&self, inner: S) -> VerifyService<S, I> {
        VerifyService::new(inner, Arc::new(self.settings.clone()))
    }
}

impl<I> Clone for VerifyLayer<I> {
    fn clone(&self) -> Self {
        VerifyLayer { settings: self.settings.clone() }
    }
}

impl<I> fmt::Debug for VerifyLayer<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyLayer")
            .field("verifier", &self.settings.verifier)
            .field("body_limit", &self.settings.body_limit)
            .field("keep", &self.settings.keep)
            .finish_non_exhaustive()
    }
}

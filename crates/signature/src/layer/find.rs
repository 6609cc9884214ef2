//! Whose request it is: its head enters, the verifier that is to judge it leaves.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;

use http::request::Parts;

use crate::verify::Verifier;

/// Finds the verifier of each request: for receivers with many senders or tenants, and for secrets that change while the
/// program runs.
///
/// A request is nobody's word yet, and whoever can reach the receiver makes it ask. So keep answers for a while, those of
/// "nobody" too.
///
/// ```
/// # use std::{collections::HashMap, convert::Infallible, sync::{Arc, RwLock}};
/// # use lanehook_signature::{Verifier, layer::{FindVerifier, Found}};
/// struct Tenants(RwLock<HashMap<String, Arc<Verifier>>>);
///
/// impl FindVerifier for Tenants {
///     type Error = Infallible;
///
///     async fn find(&self, request: &http::request::Parts) -> Result<Option<Found>, Infallible> {
///         let Some(tenant) = request.uri.path().strip_prefix("/webhooks/") else { return Ok(None) };
///         let tenants = self.0.read().expect("no thread panicked while it wrote");
///         Ok(tenants.get(tenant).map(|verifier| Found::new(Arc::clone(verifier)).namespace(tenant)))
///     }
/// }
/// ```
pub trait FindVerifier: Send + Sync + 'static {
    /// Why it cannot be told whose a request is. The request is then refused with 503, so that the sender comes again.
    type Error: fmt::Display + Send;

    /// The verifier for this request. `None` if it is for nobody: it is refused with 401, as if its signature did not fit; its
    /// body is read before that, as anybody's is.
    fn find(&self, request: &Parts) -> impl Future<Output = Result<Option<Found>, Self::Error>> + Send;

    /// How a request that is for nobody is judged before it is refused: as this verifier would, with other keys than its own, which
    /// nobody has. Name one like those that known ones have: of their dialect, as set, and with as many keys. Where dialects differ,
    /// it is the one that somebody at this address would have. Make it once and hand out the same one: what is made of a new one with
    /// each request takes a time that can be told from what is for somebody.
    ///
    /// Unset, or `None`, it is the first verifier that was found since the start, for every request. Then a stranger can tell
    /// unknown from known in two cases: until somebody was found, what is for nobody is refused without a look at its body; and
    /// whoever has another dialect than the first one found is judged otherwise than nobody is, so is surely known.
    fn for_nobody(&self, request: &Parts) -> Option<Arc<Verifier>> {
        let _ = request;
        None
    }
}

/// Whom a request is for.
#[derive(Debug, Clone)]
pub struct Found {
    pub(super) verifier: Arc<Verifier>,
    pub(super) namespace: Namespace,
}

/// Whose messages are one space.
#[derive(Debug, Clone)]
pub(super) enum Namespace {
    /// All of a layer's.
    OfLayer,
    /// Those that are signed with one secret.
    OfSecret,
    /// Those of whom has this name.
    Named(Arc<[u8]>),
}

impl Found {
    /// This verifier judges the request.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Found {
        Found { verifier, namespace: Namespace::OfSecret }
    }

    /// Keeps the messages of whom it is for apart from those of others, by name. Without it, they are kept apart by the
    /// verifier's last key, which is the oldest while a secret is rotated. When that is taken out, a message that comes again is
    /// handled again; so give a name where one is known.
    ///
    /// Without a name, a message's key is made with an HMAC under the secret. Whoever reads the store can try secrets out on it as
    /// well as on a signed request that they recorded, and no better.
    #[must_use]
    pub fn namespace(mut self, name: &str) -> Found {
        self.namespace = Namespace::Named(Arc::from(name.as_bytes()));
        self
    }
}

/// The same verifier for every request.
#[derive(Debug, Clone)]
pub struct Always(Arc<Verifier>);

impl Always {
    pub(super) fn new(verifier: Verifier) -> Always {
        Always(Arc::new(verifier))
    }
}

impl FindVerifier for Always {
    type Error = Infallible;

    fn find(&self, _: &Parts) -> impl Future<Output = Result<Option<Found>, Infallible>> + Send {
        ready(Ok(Some(Found { verifier: Arc::clone(&self.0), namespace: Namespace::OfLayer })))
    }
}

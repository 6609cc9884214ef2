//! What a layer is set up with: headers and bodies enter, the message that they carry leaves, or why there is none.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::answer::Problem;
use crate::received::{MessageKey, Received};
use crate::verify::{Verifier, VerifyError};

type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
type Report = Arc<dyn Fn(&Problem) + Send + Sync>;
pub(super) type FindId = Arc<dyn Fn(&HeaderMap, &[u8]) -> Option<String> + Send + Sync>;

/// Shared by a layer and the services that are made of it.
pub(super) struct Settings<I> {
    pub(super) verifier: Arc<Verifier>,
    pub(super) seen: Arc<I>,
    pub(super) body_limit: usize,
    pub(super) keep: Duration,
    pub(super) namespace: Arc<[u8]>,
    pub(super) find_id: Option<(&'static str, FindId)>,
    pub(super) clock: Clock,
    pub(super) report: Option<Report>,
    pub(super) tell_reason: bool,
}

impl<I> Settings<I> {
    pub(super) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(super) fn keep_until(&self, now: i64) -> i64 {
        now.saturating_add(i64::try_from(self.keep.as_secs()).unwrap_or(i64::MAX))
    }

    pub(super) fn report(&self, problem: &Problem) {
        if let Some(report) = &self.report {
            report(problem);
        }
    }

    /// Refuses what needs no body to be refused.
    pub(super) fn check_headers(&self, headers: &HeaderMap) -> Result<(), VerifyError> {
        let names = self.verifier.header_names();
        names.into_iter().try_for_each(|name| check_one(headers, name))?;
        self.verifier.check_headers(&|name: &str| text(headers, name), self.now()).map(drop)
    }

    /// Verifies, and finds the key that the store is asked for.
    pub(super) fn accept(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Received, VerifyError> {
        let mut received = self.verifier.accept(|name| text(headers, name), body, now)?;
        if let Some((kind, find)) = &self.find_id
            // An id that is signed is not given up for one that is not.
            && !(*kind == "header" && self.verifier.signs_id())
            && let Some(id) = find(headers, body)
        {
            // Whoever can send a request can change a header: with the body in the key, that cannot take the place of
            // another message. What was found in the signed body stands for itself.
            let body = if *kind == "header" { body } else { b"" };
            received.key = MessageKey::of(&[kind.as_bytes(), id.as_bytes(), body]);
            received.id = Some(id);
        }
        if !self.namespace.is_empty() {
            received.key = MessageKey::of(&[b"namespace", &self.namespace, received.key.as_bytes()]);
        }
        Ok(received)
    }
}

// By hand: a store need not be `Clone` to be shared.
impl<I> Clone for Settings<I> {
    fn clone(&self) -> Self {
        Settings {
            verifier: Arc::clone(&self.verifier),
            seen: Arc::clone(&self.seen),
            body_limit: self.body_limit,
            keep: self.keep,
            namespace: Arc::clone(&self.namespace),
            find_id: self.find_id.clone(),
            clock: Arc::clone(&self.clock),
            report: self.report.clone(),
            tell_reason: self.tell_reason,
        }
    }
}

/// A header that stands there twice is two answers to one question, and one that is no text is none.
fn check_one(headers: &HeaderMap, name: &str) -> Result<(), VerifyError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(VerifyError::malformed(name, "stands there more than once"));
    }
    match first.map(http::HeaderValue::to_str) {
        Some(Err(_)) => Err(VerifyError::malformed(name, "holds bytes that are not visible ASCII")),
        _ => Ok(()),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

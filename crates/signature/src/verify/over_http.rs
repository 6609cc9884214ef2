//! Requests with the types of the crate `http`: a header that stands there twice is refused, and the time is the system's.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};

use super::{Verifier, VerifyError};
use crate::received::Received;

impl Verifier {
    /// Checks one request that arrives now, and says which message it is: with the system's clock, and refused if a header
    /// that the dialect reads stands there twice.
    ///
    /// `body` is what was read from the connection, before anything parsed it.
    ///
    /// # Errors
    /// As for [`verify`](Verifier::verify).
    pub fn verify_http(&self, headers: &HeaderMap, body: &[u8]) -> Result<Received, VerifyError> {
        self.verify_http_at(self.dialect.url(), headers, body)
    }

    /// As [`verify_http`](Verifier::verify_http), with the request's public URL and its query: for `square` and `twilio`, when
    /// it is not just the one that the dialect is set up with. Where a proxy stands before the receiver, that is not the URL that
    /// the receiver sees.
    ///
    /// # Errors
    /// As for [`verify`](Verifier::verify).
    pub fn verify_http_at(&self, url: &str, headers: &HeaderMap, body: &[u8]) -> Result<Received, VerifyError> {
        self.check_once(headers)?;
        self.accept_at(url, |name| text(headers, name), body, system_time())
    }

    /// A header that stands there twice is two answers to one question, and one that is no text is none.
    pub(crate) fn check_once(&self, headers: &HeaderMap) -> Result<(), VerifyError> {
        self.form().header_names().try_for_each(|name| {
            let mut values = headers.get_all(name).iter();
            let first = values.next();
            if values.next().is_some() {
                return Err(VerifyError::malformed(name, "stands there more than once"));
            }
            match first.map(HeaderValue::to_str) {
                Some(Err(_)) => Err(VerifyError::malformed(name, "holds bytes that are not visible ASCII")),
                _ => Ok(()),
            }
        })
    }
}

/// A header's text.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The system's clock, in Unix seconds.
pub(crate) fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

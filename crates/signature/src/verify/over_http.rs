//! Requests with the types of the crate `http`: a header that stands there twice is refused, and the time is the system's.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri};

use super::{Verifier, VerifyError};
use crate::received::Received;

impl Verifier {
    /// Checks one request that arrives now, and says which message it is: with the system's clock, and refused if a header
    /// that the dialect reads stands there twice.
    ///
    /// `body` is what was read from the connection, before anything parsed it.
    ///
    /// **It does not look at path and query**, which no dialect but `square` and `twilio` signs. In these two, take
    /// [`verify_request`](Verifier::verify_request) if anything reads the query.
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

    /// As [`verify_http`](Verifier::verify_http), with the request's query, as it came: what a handler reads there is what was
    /// verified. For `square` and `twilio`; the others sign no URL.
    ///
    /// The URL that is verified is the one that the dialect is set up with, whatever path a proxy makes of it. The request's query
    /// has to be the query that is set, or to begin with it and go on behind a `&`, as Twilio adds `bodySHA256` to it; where
    /// none is set, it may be any.
    ///
    /// # Errors
    /// As for [`verify`](Verifier::verify); [`VerifyError::Query`].
    pub fn verify_request(&self, head: &Parts, body: &[u8]) -> Result<Received, VerifyError> {
        self.verify_http_at(&self.signed_url(&head.uri)?, &head.headers, body)
    }

    /// The URL that the sender of this request signs; nothing where none is signed.
    ///
    /// What no query may have in it (RFC 3986, section 3.4) is there only if it is set: with a brace, say, the beginning of a JSON
    /// body could pass for the end of the URL.
    pub(crate) fn signed_url(&self, uri: &Uri) -> Result<Cow<'_, str>, VerifyError> {
        let set = self.form().set_url;
        if set.is_empty() {
            return Ok(Cow::Borrowed(set));
        }
        let (path, set_query) = set.split_once('?').unwrap_or((set, ""));
        let query = uri.query().unwrap_or_default();
        if query == set_query {
            return Ok(Cow::Borrowed(set));
        }
        let added = if set_query.is_empty() {
            Some(query)
        } else {
            query.strip_prefix(set_query).and_then(|rest| rest.strip_prefix('&'))
        };
        let added = added.ok_or(VerifyError::Query { problem: "is not the one that the receiver is set up with" })?;
        if added.bytes().all(is_of_a_query) {
            Ok(Cow::Owned(format!("{path}?{query}")))
        } else {
            Err(VerifyError::Query { problem: "has characters in it that no URL has" })
        }
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

/// RFC 3986, section 3.4.
fn is_of_a_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
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

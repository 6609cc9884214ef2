//! What is sent, and how much of an answer is taken.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request as HttpRequest,
    header::{CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
};
use http_body_util::Full;

use crate::{
    casing::Casing,
    error::{Error, RequestError},
    target::Target,
};

/// A request without where it goes: that is a [`Target`].
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// In the order to send them.
    pub headers: Headers,
    /// How their names are written.
    pub casing: Casing,
    /// The exact bytes; empty is none.
    pub body: Bytes,
}

impl Request {
    /// A GET without headers.
    pub fn get() -> Request {
        Request { method: Method::GET, headers: Headers::default(), casing: Casing::default(), body: Bytes::new() }
    }

    /// A POST of these bytes.
    pub fn post(body: impl Into<Bytes>) -> Request {
        Request { method: Method::POST, headers: Headers::default(), casing: Casing::default(), body: body.into() }
    }
}

/// A request's headers, in order. A name may be there several times. On the wire names are in lower case, but for what a
/// [`Casing`] says.
///
/// `host` and `content-length` stand where they were put, else first and last, but say what the client knows: the
/// target's authority and the body's length. Headers that would change how the request is framed (`connection`,
/// `transfer-encoding`, `te`, `trailer`, `upgrade`) are refused when it is sent.
#[derive(Clone, Default, Debug)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// None, with room for so many.
    pub fn with_capacity(count: usize) -> Headers {
        Headers(Vec::with_capacity(count))
    }

    /// One more.
    pub fn push(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }

    /// All of these, too.
    pub fn extend_from_slice(&mut self, headers: &[(HeaderName, HeaderValue)]) {
        self.0.extend_from_slice(headers);
    }

    /// Name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

/// How long a request may take, and how much of its answer is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// From the start to the end of the answer's body. Waiting for a turn to look the name up is not part of it, and takes as
    /// long again at most.
    pub timeout: Duration,
    /// Bytes of the answer's body that are kept.
    pub body: usize,
    /// Bytes of it that are read and dropped after that, so that the connection can be used again. A body that goes on
    /// for longer ends its HTTP/1 connection; the answer counts as complete.
    pub dropped_body: usize,
}

impl Default for Limits {
    /// 10 seconds, 16 KiB, and 64 KiB more.
    fn default() -> Limits {
        Limits { timeout: Duration::from_secs(10), body: 16 * 1024, dropped_body: 64 * 1024 }
    }
}

/// The request as HTTP/1 or HTTP/2 writes it: they name the host in different places.
pub(crate) fn addressed(request: &Request, target: &Target, http2: bool) -> Result<HttpRequest<Full<Bytes>>, Error> {
    let mut addressed = HttpRequest::new(Full::new(request.body.clone()));
    *addressed.method_mut() = request.method.clone();
    *addressed.uri_mut() = target.uri(http2).clone();
    if !http2 {
        request.casing.write_to(addressed.extensions_mut());
    }
    let map = addressed.headers_mut();
    map.reserve(request.headers.0.len() + 1);
    if !http2 && !request.headers.0.iter().any(|(name, _)| *name == HOST) {
        map.insert(HOST, target.authority().clone());
    }
    for (name, value) in request.headers.iter() {
        if name == HOST {
            if !http2 {
                map.insert(name, target.authority().clone());
            }
        } else if name == CONTENT_LENGTH {
            map.insert(name, request.body.len().into());
        } else if [CONNECTION, TRANSFER_ENCODING, TE, TRAILER, UPGRADE].contains(name) {
            return Err(Error::Request(RequestError::Framing(name.clone())));
        } else {
            // A map has room for 32,768.
            let added = map.try_append(name, value.clone());
            added.map_err(|_| Error::Request(RequestError::TooManyHeaders))?;
        }
    }
    Ok(addressed)
}

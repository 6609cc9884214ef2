//! Where requests go: a URL that the policy permits, taken apart once, with the connections that are kept for its origin.

use std::{fmt, sync::Arc};

use http::{HeaderValue, Uri};
use url::{Position, Url};

use crate::{
    connect::{Origin, Security},
    error::{Error, RequestError},
    owner::Owner,
    policy::{Policy, Refusal},
    pool::{Peer, Pool},
};

/// Where requests go, made by [`Client::target`](crate::Client::target). Hold on to it to send there often: parsing, the
/// first judgement and the look-up of connections happen once. Cheap to clone; clones share its HTTP/2 connections, which end
/// with the last of them. Its addresses are judged at each connection all the same.
#[derive(Clone)]
pub struct Target {
    pub(crate) peer: Arc<Peer>,
    pub(crate) owner: Owner,
    authority: HeaderValue,
    /// `/path?query`, as HTTP/1 sends it.
    path: Uri,
    /// `https://host/path?query`, as HTTP/2 takes it apart.
    absolute: Uri,
}

impl Target {
    pub(crate) fn new(url: &Url, owner: Owner, verify: bool, policy: &Policy, pool: &Pool) -> Result<Target, Error> {
        policy.check_url(url).map_err(Error::Blocked)?;
        let security = match (url.scheme(), verify) {
            ("http", _) => Security::None,
            (_, true) => Security::Verified,
            (_, false) => {
                policy.check_unverified().map_err(Error::Blocked)?;
                Security::Unverified
            }
        };
        let origin = origin(url, security)?;
        let authority = &url[Position::BeforeHost..Position::AfterPort];
        let authority = HeaderValue::from_str(authority).map_err(|_| Error::Request(RequestError::Host))?;
        let (path, absolute) = uris(url)?;
        Ok(Target { peer: pool.peer(origin, owner), owner, authority, path, absolute })
    }

    /// Another path or query on the same origin.
    ///
    /// # Errors
    /// If the URL has another scheme, host or port, or characters that HTTP cannot carry.
    pub fn at(&self, url: &Url) -> Result<Target, Error> {
        let origin = self.peer.origin();
        if self::origin(url, origin.security)? != *origin || url.scheme() != self.scheme() {
            return Err(Error::Request(RequestError::OtherOrigin));
        }
        let (path, absolute) = uris(url)?;
        Ok(Target { path, absolute, ..self.clone() })
    }

    fn scheme(&self) -> &str {
        self.absolute.scheme_str().unwrap_or_default()
    }

    /// As a request's `host` header names it.
    pub fn authority(&self) -> &HeaderValue {
        &self.authority
    }

    pub(crate) fn uri(&self, http2: bool) -> &Uri {
        if http2 { &self.absolute } else { &self.path }
    }
}

/// Without path and query, which may hold a token.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(self.peer.origin()).finish()
    }
}

fn origin(url: &Url, security: Security) -> Result<Origin, Error> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Blocked(Refusal::Credentials));
    }
    let host = url.host().ok_or(Error::Request(RequestError::Host))?.to_owned();
    let port = url.port_or_known_default().ok_or(Error::Request(RequestError::Host))?;
    Ok(Origin { host, port, security })
}

fn uris(url: &Url) -> Result<(Uri, Uri), Error> {
    let cannot_be_sent = |_| Error::Request(RequestError::Url);
    let absolute = url[..Position::AfterQuery].parse().map_err(cannot_be_sent)?;
    let path = url[Position::BeforePath..Position::AfterQuery].parse().map_err(cannot_be_sent)?;
    Ok((path, absolute))
}

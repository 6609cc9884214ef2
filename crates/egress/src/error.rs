//! Why there is no complete answer, as data; `Display` makes sentences of it for whoever chose the URL. They tell nothing of
//! what a name resolves to, which may be inside the network of whoever sends; [`Error::inside`] does.

use std::{fmt, io, net::SocketAddr, path::PathBuf, time::Duration};

use http::HeaderName;

use crate::{
    local::LocalError,
    policy::{NotReachable, Refusal},
    progress::Phase,
    resolve::ResolveError,
};

/// Why there is no complete answer. An answer of any status is none of these. Meant to be matched in full: a new way to
/// fail should not be mistaken for an old one.
#[derive(Debug)]
pub enum Error {
    /// No request can be made of this.
    Request(RequestError),
    /// The policy does not permit the URL, or an address that its name has.
    Blocked(Refusal),
    /// The name has no address that is known.
    Resolve {
        /// The host's name.
        name: String,
        /// Why.
        error: ResolveError,
    },
    /// No TCP connection to the last address tried.
    Connect {
        /// Host and port, as the URL has them.
        host: String,
        /// Where to.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// No TLS session.
    Tls {
        /// With whom.
        host: String,
        /// Why.
        error: TlsError,
    },
    /// The time was over in this phase.
    TimedOut {
        /// How far it came.
        phase: Phase,
        /// [`Limits::timeout`](crate::Limits::timeout).
        after: Duration,
    },
    /// The connection ended while the head was waited for, or in the middle of the body.
    Broken {
        /// [`Phase::Waiting`], [`Phase::Head`] or [`Phase::Body`].
        phase: Phase,
        /// How it ended, where that is known.
        cause: Option<io::ErrorKind>,
    },
    /// A new connection ended before anything was written to it.
    EndedAtOnce,
    /// The other side ended the request, or the connection with it, by an error of HTTP/2 (RFC 9113, 7).
    Http2 {
        /// [`Phase::Waiting`] or [`Phase::Body`].
        phase: Phase,
        /// The error's name: `ENHANCE_YOUR_CALM`.
        code: String,
    },
    /// The answer is not HTTP, or its head is too large.
    Protocol(ProtocolError),
    /// This machine was short of something. The other side has no part in it, and nothing has left.
    Local(LocalError),
}

/// Why no request can be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The URL's path or query.
    #[error("the URL has characters that HTTP cannot carry; percent-encode them")]
    Url,
    /// The URL's host or port.
    #[error("the URL has no host that HTTP can name")]
    Host,
    /// [`Target::at`](crate::Target::at) with a URL that leads elsewhere.
    #[error("the URL leads to another host or port than before")]
    OtherOrigin,
    /// The target was made by another client, so perhaps under another policy.
    #[error("the target was made by another client")]
    ForeignTarget,
    /// This header would change how the request is framed.
    #[error("the header {0} is not one that a request can set")]
    Framing(HeaderName),
    /// There are more than HTTP libraries take.
    #[error("the request has too many headers")]
    TooManyHeaders,
}

/// Why there is no TLS session.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// No certificate can be for this host.
    NoName,
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not begun.
    NotYetValid,
    /// The certificate is for another name.
    OtherName,
    /// Nobody who is trusted has signed the certificate.
    UnknownIssuer,
    /// The certificate is not acceptable for this reason.
    Certificate(&'static str),
    /// The other side refused, with this alert.
    Alert(String),
    /// The other side speaks none of the offered versions of HTTP, says this alert.
    NoProtocol(String),
    /// The other side wants a client's certificate, says this alert. None is ever sent.
    ClientCertificate(String),
    /// What answered was not TLS.
    NotTls,
    /// The connection ended, in this way.
    Ended(io::ErrorKind),
    /// Something else.
    Other(&'static str),
}

/// Why an answer is not HTTP as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ProtocolError {
    /// More than 64 KiB or 1,000 lines of headers.
    HeadTooLarge,
    /// More comes over the connection than an answer may be: other heads, frames, pings.
    TooMuch,
    /// It cannot be read, for this reason.
    Malformed(String),
    /// The exchange failed, for this reason.
    Other(String),
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The extra certificates cannot be read.
    #[error("the certificates in {} cannot be used: {reason}", path.display())]
    ExtraCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

impl Error {
    /// In which phase it happened; `None` if nothing had begun. Up to [`Phase::Handshake`] the request has certainly not
    /// left.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Error::Request(_) => None,
            Error::Blocked(Refusal::Resolved { .. }) => Some(Phase::Resolving),
            Error::Blocked(_) => None,
            Error::Resolve { .. } => Some(Phase::Resolving),
            Error::Local(LocalError::NoTurn) => Some(Phase::Queued),
            Error::Local(LocalError::NameServers(_)) => Some(Phase::Resolving),
            Error::Local(_) => Some(Phase::Connecting),
            Error::Connect { .. } => Some(Phase::Connecting),
            Error::Tls { .. } => Some(Phase::Handshake),
            Error::TimedOut { phase, .. } | Error::Broken { phase, .. } | Error::Http2 { phase, .. } => Some(*phase),
            Error::EndedAtOnce | Error::Protocol(_) => Some(Phase::Waiting),
        }
    }
}

impl Error {
    /// What the sentence leaves out because it may tell of the network of whoever sends: for the operator's log, not for
    /// whoever chose the URL.
    pub fn inside(&self) -> Option<String> {
        match self {
            Error::Blocked(refusal) => refusal.inside(),
            Error::Resolve { name, error } => Some(format!("{name}: {error}")),
            Error::Connect { address, error, .. } => Some(format!("{address}: {error}")),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Request(error) => error.fmt(f),
            Error::Blocked(refusal) => refusal.fmt(f),
            Error::Resolve { name, error: ResolveError::NoAddress } => write!(f, "{}", NotReachable(name)),
            Error::Resolve { name, error: ResolveError::NoAnswer } => {
                write!(f, "the name {name} could not be resolved: its name servers did not answer")
            }
            Error::Resolve { name, .. } => write!(f, "the name {name} could not be resolved"),
            Error::Connect { host, error, .. } => no_connection(f, host, error),
            Error::Local(error) => write!(f, "it could not be sent from here: {error}"),
            Error::Tls { host, error } => no_session(f, host, error),
            Error::TimedOut { phase, after } => write!(f, "no complete answer within {after:?}: {phase}"),
            Error::Broken { phase, cause } => {
                f.write_str(match phase {
                    Phase::Head => "the connection broke off in the middle of the answer's head",
                    Phase::Body => "the connection broke off in the middle of the answer's body",
                    _ => "the receiver ended the connection without an answer",
                })?;
                cause.map_or(Ok(()), |cause| write!(f, " ({cause})"))
            }
            Error::EndedAtOnce => {
                f.write_str("the receiver ended the connection without an answer, as soon as it was made")
            }
            Error::Http2 { phase: Phase::Body, code } => {
                write!(f, "the receiver ended the request in the middle of the answer's body (HTTP/2 {code})")
            }
            Error::Http2 { code, .. } => write!(f, "the receiver ended the request (HTTP/2 {code})"),
            Error::Protocol(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Connect { error, .. } => Some(error),
            _ => None,
        }
    }
}

fn no_connection(f: &mut fmt::Formatter<'_>, host: &str, error: &io::Error) -> fmt::Result {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => write!(f, "connection refused by {host}"),
        io::ErrorKind::ConnectionReset => write!(f, "connection reset by {host}"),
        io::ErrorKind::TimedOut => write!(f, "{host} does not take connections: no reply"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            write!(f, "no way to {host}: host or network unreachable")
        }
        _ => write!(f, "no connection to {host}: {error}"),
    }
}

fn no_session(f: &mut fmt::Formatter<'_>, host: &str, error: &TlsError) -> fmt::Result {
    match error {
        TlsError::NoName => write!(f, "no certificate can be for `{host}`"),
        TlsError::Expired => write!(f, "the certificate of {host} has expired"),
        TlsError::NotYetValid => write!(f, "the certificate of {host} is not valid yet"),
        TlsError::OtherName => write!(f, "the certificate that {host} showed is for another name"),
        TlsError::UnknownIssuer => {
            write!(
                f,
                "the certificate of {host} is signed by nobody known here: it is self-signed, or of a private authority, or the \
                 server does not send its intermediate"
            )
        }
        TlsError::Certificate(reason) => write!(f, "the certificate of {host} is not acceptable: {reason}"),
        TlsError::Alert(alert) | TlsError::NoProtocol(alert) => write!(f, "{host} refused the TLS handshake: {alert}"),
        TlsError::ClientCertificate(alert) => {
            write!(f, "{host} wants a client certificate, which is never sent from here ({alert})")
        }
        TlsError::NotTls => write!(f, "{host} does not speak TLS on this port"),
        TlsError::Ended(io::ErrorKind::UnexpectedEof) => {
            write!(f, "{host} ended the connection during the TLS handshake")
        }
        TlsError::Ended(kind) => write!(f, "{host} ended the connection during the TLS handshake: {kind}"),
        TlsError::Other(reason) => write!(f, "no TLS session with {host}: {reason}"),
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProtocolError::TooMuch => {
                f.write_str("the receiver sends without end what is no answer (heads with 1xx, or frames of HTTP/2)")
            }
            ProtocolError::HeadTooLarge => f.write_str("the answer has more than 64 KiB or 1,000 lines of headers"),
            ProtocolError::Malformed(reason) => write!(f, "the answer is not HTTP as it should be: {reason}"),
            ProtocolError::Other(reason) => write!(f, "the HTTP exchange failed: {reason}"),
        }
    }
}

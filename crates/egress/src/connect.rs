//! Connecting: an origin enters; a connection to one of its checked addresses leaves, with TLS where it is https.
//!
//! This is the one place where sockets are made. Every address that the name has is judged, then only
//! those very addresses are connected to, then the socket is asked whom it reached and that is judged again.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;
use url::Host;

use crate::{
    clock::Clock,
    error::Error,
    policy::{Policy, Refusal},
    progress::{Phase, Progress},
    resolve::{ResolveError, Resolver},
    tls::Tls,
};

/// How long an address may take before the next one is tried beside it (RFC 8305, "Connection Attempt Delay").
const HEAD_START: Duration = Duration::from_millis(250);
/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;

/// Where connections go to. Connections are shared between requests only if all of this is the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin {
    pub host: Host<String>,
    pub port: u16,
    pub security: Security,
}

/// What protects a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Security {
    None,
    Verified,
    /// TLS, whatever the certificate.
    Unverified,
}

/// A new connection.
pub(crate) struct Opened {
    pub stream: Stream,
    pub remote: SocketAddr,
    pub http2: bool,
}

/// Makes connections where the policy permits.
pub(crate) struct Connector<C> {
    pub policy: Policy,
    pub resolver: Resolver,
    pub tls: Tls,
    pub clock: C,
}

impl<C: Clock> Connector<C> {
    /// Connects, and notes in `progress` how far it came and how long it took. Dropping the future drops the socket.
    pub async fn open(&self, origin: &Origin, progress: &mut Progress) -> Result<Opened, Error> {
        progress.phase = Phase::Resolving;
        let begin = Instant::now();
        let addresses = self.addresses(&origin.host).await?;
        progress.timings.dns = match &origin.host {
            Host::Domain(_) => begin.elapsed(),
            Host::Ipv4(_) | Host::Ipv6(_) => Duration::ZERO,
        };

        progress.phase = Phase::Connecting;
        let begin = Instant::now();
        let (tcp, remote) = self.reach(&addresses, origin).await?;
        progress.timings.connect = begin.elapsed();
        progress.remote = Some(remote);

        if origin.security == Security::None {
            return Ok(Opened { stream: Stream::Plain(tcp), remote, http2: false });
        }
        progress.phase = Phase::Handshake;
        let begin = Instant::now();
        let verify = origin.security == Security::Verified;
        let host = origin.host.to_string();
        let session = self.tls.connect(tcp, &host, verify).await;
        progress.timings.tls = begin.elapsed();
        let (stream, http2) = session.map_err(|error| Error::Tls { host, error })?;
        Ok(Opened { stream: Stream::Tls(Box::new(stream)), remote, http2 })
    }

    /// All addresses of a host; none if any of them is forbidden, because a name that has both kinds is an attack.
    async fn addresses(&self, host: &Host<String>) -> Result<Vec<IpAddr>, Error> {
        let name = match host {
            Host::Ipv4(address) => return self.literal((*address).into()),
            Host::Ipv6(address) => return self.literal((*address).into()),
            Host::Domain(name) => name,
        };
        let resolved = self.resolver.resolve(name).await;
        let mut addresses = resolved.map_err(|error| Error::Resolve { name: name.clone(), error })?;
        for address in &mut addresses {
            *address = address.to_canonical();
            self.policy.check_address(*address).map_err(|reason| {
                Error::Blocked(Refusal::Resolved { name: name.clone(), address: *address, reason })
            })?;
        }
        addresses.truncate(MOST_ADDRESSES);
        Ok(addresses)
    }

    fn literal(&self, address: IpAddr) -> Result<Vec<IpAddr>, Error> {
        let address = address.to_canonical();
        self.permit(address)?;
        Ok(vec![address])
    }

    /// The first of the addresses that takes a connection. They are tried in order; the next one starts when the one
    /// before has failed, or has had its head start.
    async fn reach(&self, addresses: &[IpAddr], origin: &Origin) -> Result<(TcpStream, SocketAddr), Error> {
        let mut waiting = addresses.iter().map(|&address| SocketAddr::new(address, origin.port));
        let mut trying = FuturesUnordered::new();
        let mut failure = None;
        let mut next = waiting.next();
        loop {
            if let Some(address) = next.take() {
                trying.push(async move { (address, TcpStream::connect(address).await) });
            }
            let head_start_over = async {
                match waiting.len() {
                    0 => std::future::pending().await,
                    _ => self.clock.sleep(HEAD_START).await,
                }
            };
            tokio::select! {
                biased;
                done = trying.next() => match done {
                    Some((address, Ok(tcp))) => match self.admit(tcp, address) {
                        Ok(reached) => return Ok(reached),
                        Err(refused) => failure = Some(refused),
                    },
                    Some((address, Err(error))) => failure = Some(Error::Connect { address, error }),
                    None => return Err(failure.unwrap_or_else(|| no_address(origin))),
                },
                () = head_start_over => {}
            }
            next = waiting.next();
        }
    }

    fn permit(&self, address: IpAddr) -> Result<(), Error> {
        let refused = |reason| Error::Blocked(Refusal::Address { address: address.to_canonical(), reason });
        self.policy.check_address(address).map_err(refused)
    }

    /// Whom has the socket really reached?
    fn admit(&self, tcp: TcpStream, address: SocketAddr) -> Result<(TcpStream, SocketAddr), Error> {
        let failed = |error| Error::Connect { address, error };
        let peer = tcp.peer_addr().map_err(failed)?;
        self.permit(peer.ip())?;
        // A request is written in one piece; it must not wait for acknowledgements of the one before.
        tcp.set_nodelay(true).map_err(failed)?;
        Ok((tcp, peer))
    }
}

fn no_address(origin: &Origin) -> Error {
    Error::Resolve { name: origin.host.to_string(), error: ResolveError::NoAddress }
}

/// The bytes of a connection.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

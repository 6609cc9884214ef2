//! Connecting: an origin enters; a connection to one of its checked addresses leaves, with TLS where it is https.
//!
//! This is the one place where sockets are made. Every address that the name has is judged, then only
//! those very addresses are connected to, then the socket is asked whom it reached and that is judged again.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::net::TcpStream;
use url::Host;

use crate::{
    clock::Clock,
    error::Error,
    local::LocalError,
    lookups::{Asking, Lookups},
    own::{OwnAddresses, could_reach},
    policy::{AddressRefusal, Policy, Refusal},
    progress::{Phase, Progress},
    resolve::ResolveError,
    stats::Gauge,
    stream::Stream,
    tls::{Offer, Tls},
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
    pub lookups: Lookups<C>,
    pub own: OwnAddresses,
    pub tls: Tls,
    pub clock: C,
    /// Connections that are open.
    pub open: Gauge,
    /// Connections that the policy did not permit.
    pub refused: AtomicU64,
}

impl<C: Clock> Connector<C> {
    /// Connects, and notes in `progress` how far it came and how long it took. Dropping the future drops the socket.
    pub async fn open(
        &self,
        origin: &Origin,
        offer: Offer,
        asking: &Asking,
        progress: &mut Progress,
    ) -> Result<Opened, Error> {
        let addresses = match &origin.host {
            Host::Ipv4(address) => vec![self.literal((*address).into())?],
            Host::Ipv6(address) => vec![self.literal((*address).into())?],
            Host::Domain(name) => self.addresses(name, asking, progress).await?,
        };

        progress.enter(Phase::Connecting);
        let reached = self.reach(&addresses, origin).await;
        progress.leave();
        let (tcp, remote) = reached?;
        let open = self.open.one_more();
        progress.remote = Some(remote);

        if origin.security == Security::None {
            return Ok(Opened { stream: Stream::plain(tcp, open), remote, http2: false });
        }
        progress.enter(Phase::Handshake);
        let verify = origin.security == Security::Verified;
        let host = origin.host.to_string();
        let session = self.tls.connect(tcp, &host, verify, offer).await;
        progress.leave();
        let (session, http2) = session.map_err(|error| Error::Tls { host, error })?;
        Ok(Opened { stream: Stream::tls(session, open), remote, http2 })
    }

    /// All addresses of a name; none if any of them is forbidden, because a name that has both kinds is an attack.
    async fn addresses(&self, name: &str, asking: &Asking, progress: &mut Progress) -> Result<Vec<IpAddr>, Error> {
        progress.enter(Phase::Queued);
        let found = self.lookups.addresses(name, asking, || progress.enter(Phase::Resolving)).await;
        // One that is remembered takes next to nothing.
        progress.phase = Phase::Resolving;
        progress.leave();
        let found = found.map_err(|error| match error {
            ResolveError::Local(error) => Error::Local(error),
            error => Error::Resolve { name: name.to_owned(), error },
        })?;
        for &address in &*found {
            self.permit(address).map_err(|reason| resolved(name, address, reason))?;
        }
        Ok(in_turn(&found))
    }

    fn literal(&self, address: IpAddr) -> Result<IpAddr, Error> {
        let address = address.to_canonical();
        self.permit(address).map_err(|reason| Error::Blocked(Refusal::Address { address, reason }))?;
        Ok(address)
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
            let failed = tokio::select! {
                biased;
                done = trying.next() => match done {
                    Some((address, tcp)) => match tcp.and_then(|tcp| self.asked(tcp)) {
                        Ok((tcp, peer, local)) => match self.admit(peer, local, origin) {
                            Ok(()) => return Ok((tcp, peer)),
                            Err(refused) => Some(refused),
                        },
                        Err(error) => Some(self.no_connection(origin, address, error)),
                    },
                    None => return Err(failure.unwrap_or_else(|| no_address(origin))),
                },
                () = head_start_over => None,
            };
            // What this machine was short of decides: another address may have failed for a reason of its own, but the one
            // that could not be tried might have taken the connection.
            if !matches!(failure, Some(Error::Local(_))) {
                failure = failed.or(failure);
            }
            next = waiting.next();
        }
    }

    /// Whether a connection may go there now.
    fn permit(&self, address: IpAddr) -> Result<(), AddressRefusal> {
        let address = address.to_canonical();
        let permitted = self.policy.check_address(address).and_then(|()| {
            let is_own = self.own.at(self.clock.now()).contains(&address);
            if is_own { self.policy.check_own(address) } else { Ok(()) }
        });
        if permitted.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        permitted
    }

    /// A socket with both of its ends. A request is written in one piece; it must not wait for acknowledgements of the one
    /// before.
    fn asked(&self, tcp: TcpStream) -> io::Result<(TcpStream, SocketAddr, SocketAddr)> {
        tcp.set_nodelay(true)?;
        let (peer, local) = (tcp.peer_addr()?, tcp.local_addr()?);
        Ok((tcp, peer, local))
    }

    /// Whom has the socket really reached? One whose ends have one address has not left this machine.
    fn admit(&self, peer: SocketAddr, local: SocketAddr, origin: &Origin) -> Result<(), Error> {
        let address = peer.ip().to_canonical();
        let admitted = self.permit(address).and_then(|()| match address == local.ip().to_canonical() {
            true => self.policy.check_own(address),
            false => Ok(()),
        });
        admitted.map_err(|reason| match &origin.host {
            Host::Domain(name) => resolved(name, address, reason),
            Host::Ipv4(_) | Host::Ipv6(_) => Error::Blocked(Refusal::Address { address, reason }),
        })
    }

    fn no_connection(&self, origin: &Origin, address: SocketAddr, error: io::Error) -> Error {
        let host = format!("{}:{}", origin.host, origin.port);
        match LocalError::of(&error) {
            // It has no address of this family to send from: that is how it is, not a lack that passes.
            Some(LocalError::Ports) if !could_reach(&self.own.at(self.clock.now()), address.ip()) => {
                let error = io::ErrorKind::NetworkUnreachable.into();
                Error::Connect { host, address, error }
            }
            Some(local) => Error::Local(local),
            None => Error::Connect { host, address, error },
        }
    }
}

fn resolved(name: &str, address: IpAddr, reason: AddressRefusal) -> Error {
    Error::Blocked(Refusal::Resolved { name: name.to_owned(), address: address.to_canonical(), reason })
}

/// As many of the addresses as are tried, the families by turns (RFC 8305, 4): where one of them leads nowhere, the other is
/// among them.
fn in_turn(found: &[IpAddr]) -> Vec<IpAddr> {
    let addresses: Vec<IpAddr> = found.iter().map(IpAddr::to_canonical).collect();
    let Some(first) = addresses.first().map(IpAddr::is_ipv4) else { return addresses };
    let mut of_first = addresses.iter().filter(|address| address.is_ipv4() == first);
    let mut of_other = addresses.iter().filter(|address| address.is_ipv4() != first);
    let mut in_turn = Vec::with_capacity(MOST_ADDRESSES);
    loop {
        let before = in_turn.len();
        in_turn.extend(of_first.next().into_iter().chain(of_other.next()));
        if in_turn.len() == before || in_turn.len() >= MOST_ADDRESSES {
            in_turn.truncate(MOST_ADDRESSES);
            return in_turn;
        }
    }
}

fn no_address(origin: &Origin) -> Error {
    Error::Resolve { name: origin.host.to_string(), error: ResolveError::NoAddress }
}

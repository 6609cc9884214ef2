//! Accepting connections: bounded in number, with a limit on how long a request's head may take, and how slowly an answer may
//! be taken.

mod connections;
mod linger;
mod pace;
mod proxy_protocol;
mod tls;
mod watched;

use std::{
    convert::Infallible,
    future::Future,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::extract::ConnectInfo;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};

pub use self::tls::TlsFileError;
pub(super) use self::{connections::ConnectionLimits, tls::Tls};
use self::{
    connections::{Connections, Place},
    linger::Linger,
    pace::Pace,
};
use crate::{
    api::{Admitted, Proxies},
    clock::Clock,
};

/// How long a connection may take to send a request's head, from the moment it could; so also how long it may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a handshake of TLS may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to leave accepting alone when the process has no file left to open.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// What is served, to whom.
pub(super) struct Service {
    /// What answers.
    pub router: axum::Router,
    /// How many may be connected.
    pub limits: ConnectionLimits,
    /// Who speaks for others.
    pub proxies: Proxies,
    /// What makes sessions, where it is served by TLS.
    pub tls: Option<Tls>,
    /// The time.
    pub clock: Clock,
}

/// What every connection needs.
#[derive(Clone)]
struct Door {
    service: TowerToHyperService<axum::Router>,
    http: http1::Builder,
    proxies: Arc<Proxies>,
    tls: Option<Tls>,
    clock: Clock,
}

/// Serves until `stop`, then lets requests under way finish, at most until `give_up`.
pub(super) async fn listen(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()>,
    give_up: impl Future<Output = ()>,
) {
    let Service { router, limits, proxies, tls, clock } = service;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(64 << 10);
    let service = TowerToHyperService::new(router);
    let door = Door { service, http, proxies: Arc::new(proxies), tls, clock };
    let connections = Connections::new(limits);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    connections.make_way();
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    continue;
                }
            },
        };
        let is_proxy = door.proxies.trusts(peer.ip());
        // All of a proxy's clients come from its address.
        let Ok(place) = connections.enter((!is_proxy).then_some(peer.ip())) else { continue };
        let (door, watcher) = (door.clone(), graceful.watcher());
        tokio::spawn(door.serve(stream, peer, place, watcher));
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = give_up => {}
    }
}

impl Door {
    /// Serves a connection until it ends, makes way for another, or its client takes an answer too slowly.
    async fn serve(self, mut stream: TcpStream, mut peer: SocketAddr, place: Place, watcher: Watcher) {
        // Answers are single small writes: waiting for more would only delay them. An error shows at the first read.
        let _ = stream.set_nodelay(true);
        if self.proxies.speaks_first(peer.ip()) {
            match self.announced(&mut stream, &place).await {
                Ok(client) => peer.set_ip(client.unwrap_or(peer.ip())),
                Err(Unannounced) => return,
            }
        }
        match &self.tls {
            None => self.speak(stream, peer, place, watcher).await,
            Some(tls) => {
                // Until it ends, it is a connection like any other that keeps the server waiting.
                let session = tokio::select! {
                    session = tls.accept(stream) => session.ok(),
                    () = self.clock.sleep(HANDSHAKE_TIMEOUT) => None,
                    () = place.makes_way() => None,
                };
                if let Some(session) = session {
                    self.speak(session, peer, place, watcher).await;
                }
            }
        }
    }

    async fn speak<S>(&self, stream: S, peer: SocketAddr, place: Place, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (place, pace, linger) = (Arc::new(place), Arc::<Pace>::default(), Arc::<Linger>::default());
        let service = {
            let (service, place, linger) = (self.service.clone(), place.clone(), linger.clone());
            service_fn(move |request: Request<Incoming>| {
                place.serves(true);
                let mut request = request.map(|body| watched::Incoming::new(body, place.clone(), linger.clone()));
                request.extensions_mut().insert(ConnectInfo(peer));
                let (answer, place) = (service.call(request), place.clone());
                async move {
                    let answer = answer.await?;
                    if answer.extensions().get::<Admitted>().is_some() {
                        place.is_known();
                    }
                    Ok::<_, Infallible>(answer.map(|body| watched::Served::new(body, place)))
                }
            })
        };
        let stream = watched::Stream::new(TokioIo::new(stream), place.clone(), pace.clone(), linger.clone());
        let connection = watcher.watch(self.http.serve_connection(stream, service));
        tokio::select! {
            // A client that goes away is its own affair.
            _ = connection => {}
            () = place.makes_way() => {}
            () = pace.is_too_slow(&self.clock) => {}
            () = linger.is_over(&self.clock) => {}
        }
    }

    /// Whose connection a proxy says it is, in the PROXY protocol.
    async fn announced(&self, stream: &mut TcpStream, place: &Place) -> Result<Option<IpAddr>, Unannounced> {
        let client = tokio::select! {
            client = proxy_protocol::read(stream) => client.map_err(|_| Unannounced)?,
            () = self.clock.sleep(HEAD_TIMEOUT) => return Err(Unannounced),
            () = place.makes_way() => return Err(Unannounced),
        };
        if let Some(client) = client {
            place.is_of(client).map_err(|_| Unannounced)?;
        }
        Ok(client)
    }
}

/// A proxy that did not say whose connection it is, or the connection of a client that has too many.
struct Unannounced;

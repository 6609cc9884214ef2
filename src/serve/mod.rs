//! Puts the parts together and runs them: the one place that knows everyone.
//!
//! Start: first whatever can be refused without a trace (certificates, addresses that are taken), then the data folder, the master
//! key, the store, the keys, the lanes, and last the listeners, so that who can connect can publish. Stop: first nothing more is taken in, then nothing more is sent, then what came of the requests
//! under way is recorded, and last the store is closed.

mod builder;
mod checking;
mod copies;
mod data_folder;
mod error;
mod files;
mod key_files;
mod listen;
mod owner;
mod rotation;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use self::{
    builder::{Builder, Stages},
    files::OPERATORS_CONNECTIONS,
    listen::{ConnectionLimits, Tls},
    owner::{Door, Servant},
};
pub use self::{
    checking::{CheckError, check_database, repair_database},
    copies::{BackupError, BackupPlan, RestoreError, RestorePlan, RestoreStep, Restored, back_up, restore},
    error::StartError,
    owner::{KeyWish, OwnerError, make_key, rotate_master_key},
    rotation::{Rotated, RotationError},
};
use crate::{
    access::{Access, AccessError},
    api::{self, App},
    clock::Clock,
    config::Config,
    lane::SchedulerError,
    observe::Live,
    replay::{ReplayRuns, ReplayService},
    store::Lifecycle,
    upkeep::{Driver, Jobs},
    work::Work,
};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// Which flags say where it is listened.
const LISTEN: &str = "--listen";
const METRICS_LISTEN: &str = "--metrics-listen";
const HEALTH_LISTEN: &str = "--health-listen";

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where `/metrics` answers without a key, if it does.
    pub metrics_address: Option<SocketAddr>,
    /// Where `/readyz` tells all without a key, if it does.
    pub health_address: Option<SocketAddr>,
    /// The operator's key, if it was made at this start: it is shown once.
    pub new_operator_key: Option<String>,
    store: Arc<dyn Lifecycle>,
    live: Live,
    access: Access,
    work: Work,
    stop: Stop,
    grace: Duration,
    clock: Clock,
    listeners: Vec<JoinHandle<()>>,
    upkeep: Driver,
    replays: ReplayRuns,
    scheduler: JoinHandle<Result<(), SchedulerError>>,
}

/// The steps in which a server stops.
#[derive(Default)]
struct Stop {
    /// Nothing more is taken in.
    taking: CancellationToken,
    /// Nothing more is sent.
    sending: CancellationToken,
    /// Nothing more is waited for.
    waiting: CancellationToken,
}

impl Server {
    /// Starts everything. Returns when it can be connected to.
    pub async fn start(config: Config, clock: Clock) -> Result<Server, StartError> {
        let builder = Builder::new(config, clock)?;
        let tls = builder.config.tls.as_ref().map(Tls::open).transpose()?;
        let (sender, mailer) = (builder.sender()?, builder.mailer()?);
        let addresses = Addresses::take(&builder.config)?;
        let store = builder.store()?;
        let access = builder.access(&store);
        let courier = builder.courier(&store, sender);
        builder.warn_of_development(&store);
        let sockets = addresses.listen()?;
        let (address, metrics_address, health_address) =
            (sockets.address, local_address(&sockets.metrics), local_address(&sockets.health));
        // Only when nothing can keep it from being shown.
        let operator_key = builder.config.operator_key.as_ref().map(|key| key.0.as_str());
        let new_operator_key = access.ensure_operator_key(operator_key).await?;
        // Beside the start, which does not wait for it.
        let scripts = courier.clone();
        tokio::spawn(async move { scripts.start_script_worker().await });
        let publisher = builder.publisher(&store, &access);
        let stop = Stop::default();
        let scheduler = builder.scheduler(&store, &courier);
        let desk = scheduler.desk();
        let replays =
            ReplayService::new(store.clone(), publisher.clone(), builder.clock.clone(), builder.replay_rate());
        let runs = ReplayRuns::new(replays.clone(), stop.taking.clone());
        let stages = Stages { access: access.clone(), courier, publisher, replays, desk, mailer };
        let jobs = builder.jobs(&store, &stages, &runs);
        let upkeep = Driver::start(jobs, builder.jobs.clone(), &builder.clock, &stop.taking);
        builder.metrics.collect(upkeep.jobs().clone());
        let scheduler = tokio::spawn(scheduler.run(stop.sending.clone(), stop.waiting.clone()));
        // Nobody is told that all is well before it was looked at. The lanes answer once they know what is owed.
        builder.look_at_health(&store, &stages.access, &stages.desk).await;
        let door = Door::open(&builder.config.data);
        let servant = Servant {
            access: access.clone(),
            store: store.clone(),
            folder: builder.config.data.clone(),
            clock: builder.clock.clone(),
        };
        let door = door.map(|door| tokio::spawn(door.answer(servant, stop.taking.clone())));
        let app = builder.app(&store, stages, upkeep.jobs().clone());
        let mut listeners = sockets.listen(&builder, &stop, app, tls.clone());
        listeners.extend(door);
        listeners.extend(tls.map(|tls| tokio::spawn(tls.keep_current(builder.clock.clone(), stop.taking.clone()))));
        let Builder { config: Config { grace, .. }, clock, work, .. } = builder;
        Ok(Server {
            address,
            metrics_address,
            health_address,
            new_operator_key,
            live: store.live().clone(),
            store,
            access,
            work,
            stop,
            grace: grace.0,
            clock,
            listeners,
            upkeep,
            replays: runs,
            scheduler,
        })
    }

    /// The code of a link that signs in once, within a quarter of an hour, with what this key permits.
    pub async fn sign_in_code(&self, key: &str) -> Result<String, AccessError> {
        Ok(self.access.owners_link(key, self.clock.now()).await?.text.expose().to_owned())
    }

    /// How the periodic jobs are doing.
    pub fn jobs(&self) -> &Jobs {
        self.upkeep.jobs()
    }

    /// Returns if the server cannot go on, which only a defect can cause.
    pub async fn failed(&mut self) -> String {
        tokio::select! {
            ended = futures_util::future::select_all(&mut self.listeners) => format!("a listener ended: {:?}", ended.0),
            ended = self.upkeep.ended() => ended,
            reason = self.store.failed() => reason,
            reason = self.work.failed() => reason,
            ended = &mut self.scheduler => format!("the lanes ended: {ended:?}"),
        }
    }

    /// Stops: takes nothing more in, lets what is under way finish within the grace time, records it, closes the store.
    pub async fn stop(self) {
        self.stop.taking.cancel();
        self.live.close();
        self.stop.sending.cancel();
        let (clock, grace, waiting) = (self.clock.clone(), self.grace, self.stop.waiting);
        let timer = tokio::spawn(async move {
            clock.sleep(grace).await;
            waiting.cancel();
        });
        // Of what has ended already, `failed` has told.
        for listener in self.listeners.into_iter().filter(|listener| !listener.is_finished()) {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener ended by panic");
            }
        }
        if !self.scheduler.is_finished() {
            match self.scheduler.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "the lanes ended early"),
                Err(error) => tracing::error!(%error, "the lanes ended by panic"),
            }
        }
        timer.abort();
        self.upkeep.stopped().await;
        self.replays.stopped().await;
        if let Err(error) = self.access.keep_uses().await {
            tracing::warn!(%error, "when API keys were last used is a minute behind");
        }
        if let Err(error) = self.access.tidy_sessions(self.clock.now()).await {
            tracing::warn!(%error, "when sessions were last used is a minute behind");
        }
        self.store.close().await;
    }
}

/// Addresses that are taken, at which nobody is listened to yet: who connects is refused.
struct Addresses {
    api: Address,
    /// For `/metrics` alone.
    metrics: Option<Address>,
    /// For `/healthz` and `/readyz` alone.
    health: Option<Address>,
}

impl Addresses {
    fn take(config: &Config) -> Result<Addresses, StartError> {
        let optional =
            |address: Option<SocketAddr>, flag| address.map(|address| Address::take(address, flag)).transpose();
        are_apart(config)?;
        Ok(Addresses {
            api: Address::take(config.listen, LISTEN)?,
            metrics: optional(config.metrics_listen, METRICS_LISTEN)?,
            health: optional(config.health_listen, HEALTH_LISTEN)?,
        })
    }

    fn listen(self) -> Result<Sockets, StartError> {
        let configured = self.api.address;
        let api = self.api.listen()?;
        let metrics = self.metrics.map(Address::listen).transpose()?;
        let health = self.health.map(Address::listen).transpose()?;
        Ok(Sockets { address: api.local_addr().unwrap_or(configured), api, metrics, health })
    }
}

/// One of them.
struct Address {
    socket: TcpSocket,
    address: SocketAddr,
    flag: &'static str,
}

impl Address {
    fn take(address: SocketAddr, flag: &'static str) -> Result<Address, StartError> {
        let taken = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // Connections of a server before it, which are about to end, keep nobody out.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        };
        let socket = taken().map_err(|source| StartError::Listen { address, flag, source })?;
        Ok(Address { socket, address, flag })
    }

    fn listen(self) -> Result<TcpListener, StartError> {
        let Address { socket, address, flag } = self;
        socket.listen(BACKLOG).map_err(|source| StartError::Listen { address, flag, source })
    }
}

/// That two of ours are at one place would be found out only when the second is listened at, and the store is there by then.
fn are_apart(config: &Config) -> Result<(), StartError> {
    let all =
        [(Some(config.listen), LISTEN), (config.metrics_listen, METRICS_LISTEN), (config.health_listen, HEALTH_LISTEN)];
    let mut before: Vec<(SocketAddr, &str)> = Vec::new();
    for (address, flag) in all.into_iter().filter_map(|(address, flag)| Some((address?, flag))) {
        if let Some((_, other)) = before.iter().find(|(other, _)| meet(*other, address)) {
            let source = io::Error::new(io::ErrorKind::AddrInUse, format!("{other} is there already"));
            return Err(StartError::Listen { address, flag, source });
        }
        before.push((address, flag));
    }
    Ok(())
}

/// Whether there are connections that would be for both. All addresses of IPv6 are all of IPv4, too.
fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = |one: SocketAddr, other: SocketAddr| one.ip().is_unspecified() && (one.is_ipv6() || other.is_ipv4());
    let is_one_place = one.ip() == other.ip() || covers(one, other) || covers(other, one);
    is_one_place && one.port() == other.port() && one.port() != 0
}

/// Where it is listened, before anybody is answered.
struct Sockets {
    api: TcpListener,
    address: SocketAddr,
    metrics: Option<TcpListener>,
    health: Option<TcpListener>,
}

impl Sockets {
    /// Answers, until it is stopped.
    fn listen(self, builder: &Builder, stop: &Stop, app: App, tls: Option<Tls>) -> Vec<JoinHandle<()>> {
        let answer = |listener, router, limits, tls| {
            let (taking, waiting) = (stop.taking.clone().cancelled_owned(), stop.waiting.clone().cancelled_owned());
            let (proxies, clock) = (builder.proxies(), builder.clock.clone());
            let service = listen::Service { router, limits, proxies, tls, clock };
            tokio::spawn(listen::listen(listener, service, taking, waiting))
        };
        let places = OPERATORS_CONNECTIONS;
        let few = ConnectionLimits { places, per_client: places };
        let metrics = api::metrics::open_router(builder.metrics.clone());
        let metrics = self.metrics.map(|listener| answer(listener, metrics, few, None));
        let health = self.health.map(|listener| answer(listener, api::health::open_router(app.clone()), few, None));
        let api = answer(self.api, api::router(app), builder.connection_limits(), tls);
        [api].into_iter().chain(health).chain(metrics).collect()
    }
}

fn local_address(listener: &Option<TcpListener>) -> Option<SocketAddr> {
    listener.as_ref().and_then(|listener| listener.local_addr().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn addresses_meet_where_one_connection_is_for_both() {
        for (one, other, together) in [
            ("127.0.0.1:9000", "127.0.0.1:9000", true),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            ("127.0.0.1:9000", "127.0.0.1:9001", false),
            ("127.0.0.1:9000", "127.0.0.2:9000", false),
            ("0.0.0.0:9000", "127.0.0.1:9000", true),
            ("0.0.0.0:9000", "[::1]:9000", false),
            ("[::]:9000", "127.0.0.1:9000", true),
            ("[::]:9000", "0.0.0.0:9000", true),
        ] {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!((meet(one, other), meet(other, one)), (together, together), "{one} {other}");
        }
    }

    #[tokio::test]
    async fn it_stops_also_after_a_part_of_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let listen = Some("127.0.0.1:0".parse().unwrap());
        let settings = Settings { data: Some(folder.path().into()), listen, ..Settings::default() };
        let mut server = Server::start(settings.load().unwrap(), Clock::system()).await.unwrap();
        server.scheduler.abort();
        assert!(server.failed().await.starts_with("the lanes ended"));
        server.stop().await;
    }
}

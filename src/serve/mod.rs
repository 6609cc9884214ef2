//! Puts the parts together and runs them: the one place that knows everyone.
//!
//! Start: the data folder, the master key, the store, the keys, the lanes, and last the listener, so that who can
//! connect can publish. Stop: first nothing more is taken in, then nothing more is sent, then what came of the requests
//! under way is recorded, and last the store is closed.

mod files;
mod listen;

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use lanehook_egress::{BuildError, Policy, PoolLimits, ResolveError, Resolver};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use self::{
    files::{Files, TooFewFiles, Wanted},
    listen::ConnectionLimits,
};
use crate::{
    access::{Access, AccessError, AccessLimits},
    api::{self, App, HttpMetrics, Proxies, ProxyHeader},
    budget::Budget,
    clock::Clock,
    config::{self, Config, ResolverChoice},
    courier::HttpCourier,
    deliver::Sender,
    lane::{LaneLimits, LaneMetrics, Scheduler, SchedulerError},
    log,
    manage::{DeliveryService, EventTypeService, WebhookService},
    metrics::Metrics,
    model::{RateLimit, RateUnit},
    publish::Publisher,
    random,
    render::Renderer,
    store::{
        Store, StoreError,
        seal::{MasterKey, MasterKeyError},
        sqlite::SqliteStore,
    },
    upkeep::{Driver, Inspection, JobPlan, Jobs, Retention, SelfHeal},
    work::Work,
};

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
    store: Arc<dyn Store>,
    work: Work,
    /// Nothing more is taken in.
    stop_taking: CancellationToken,
    /// Nothing more is sent.
    stop_sending: CancellationToken,
    /// Nothing more is waited for.
    give_up: CancellationToken,
    grace: Duration,
    clock: Clock,
    listeners: Vec<JoinHandle<()>>,
    upkeep: Driver,
    scheduler: JoinHandle<Result<(), SchedulerError>>,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// The master key cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// A key is there, and the database that was made with it is not.
    #[error(
        "{} is missing or empty, and the master key beside it says that there was one; restore it from a copy, or, if its data is \
         to be given up or a first start was cut short, move {} away and start again", database.display(), key.display()
    )]
    NoDatabase { key: PathBuf, database: PathBuf },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too few files can be open.
    #[error("{0}")]
    Files(#[from] TooFewFiles),
    /// Nobody could call it.
    #[error("the operator's key: {0}")]
    OperatorKey(#[from] AccessError),
    /// Requests cannot be sent.
    #[error(transparent)]
    Sender(#[from] BuildError),
    /// There is nobody to do what takes long.
    #[error("threads for work that takes long: {0}")]
    Threads(io::Error),
    /// Names cannot be resolved.
    #[error("the resolver: {0}")]
    Resolver(#[from] ResolveError),
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}; choose another with {flag}")]
    Listen { address: SocketAddr, flag: &'static str, source: io::Error },
}

impl Server {
    /// Starts everything. Returns when it can be connected to.
    pub async fn start(config: Config, clock: Clock) -> Result<Server, StartError> {
        make_private_folder(&config.data)?;
        let files = Files::fitted(Wanted { connections: config.max_connections, in_flight: config.max_in_flight })?;
        let (database, key_file) = (config.data.join("lanehook.db"), config.data.join("master.key"));
        let master_key = match &config.master_key {
            Some(text) => MasterKey::parse(&text.0)?,
            None if database.exists() && !key_file.exists() => {
                return Err(MasterKeyError::Missing { path: key_file.display().to_string() }.into());
            }
            None if key_file.exists() && !is_filled(&database) => {
                return Err(StartError::NoDatabase { key: key_file, database });
            }
            None => MasterKey::load_or_create(&key_file)?,
        };
        let metrics = Metrics::default();
        metrics.register("log_lines_lost", "Lines of the log that could not be written", log::lost_lines());
        let store = SqliteStore::open(&database, &master_key, clock.clone())?;
        store.register(&metrics);
        let store: Arc<dyn Store> = Arc::new(store);
        let access = Access::new(store.clone(), access_limits(&config));
        let policy = Policy {
            allow: config.egress_allow.clone(),
            deny: config.egress_deny.clone(),
            http: config.dev,
            loopback: config.dev,
            unverified_tls: config.allow_unverified_tls,
        };
        let egress = lanehook_egress::Config {
            policy,
            resolver: match config.resolver {
                ResolverChoice::System => Resolver::system(config.resolve_hosts),
                ResolverChoice::Builtin => Resolver::builtin(config.resolve_hosts)?,
            },
            lookups: files.lookups,
            pool: PoolLimits { idle_total: files.idle, ..PoolLimits::default() },
            extra_ca: config.extra_ca.clone(),
            ..lanehook_egress::Config::default()
        };
        let sender = Sender::new(egress, clock.clone())?;
        let work = Work::start().map_err(StartError::Threads)?;
        metrics.collect(work.clone());
        let renderer = Renderer::default();
        let half = config.max_buffered_bytes / 2;
        let (bodies, messages) = (Budget::new(half), Budget::new(half));
        let program = config.program.clone();
        let courier = HttpCourier::new(renderer, sender, clock.clone(), work.clone(), program, messages);
        courier.register(&metrics);
        let listener = bind(config.listen, "--listen").await?;
        let metrics_listener = bind_optional(config.metrics_listen, "--metrics-listen").await?;
        let health_listener = bind_optional(config.health_listen, "--health-listen").await?;
        // Only when nothing can keep it from being shown.
        let operator_key = config.operator_key.as_ref().map(|key| key.0.as_str());
        let new_operator_key = access.ensure_operator_key(operator_key).await?;
        let publisher =
            Publisher::new(store.clone(), clock.clone(), access.clone(), work.clone(), config.max_event_bytes);
        // Beside the start, which does not wait for it.
        let scripts = courier.clone();
        tokio::spawn(async move { scripts.start_script_worker().await });
        let (stop_taking, stop_sending, give_up) =
            (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
        let upkeep = Driver::start(jobs(&store, &courier, &clock, &config), &clock, &stop_taking);
        metrics.collect(upkeep.jobs().clone());
        let proxies = proxies(&config);
        let app = App {
            store: store.clone(),
            clock: clock.clone(),
            access,
            webhooks: WebhookService::new(store.clone(), courier.clone(), clock.clone(), work.clone()),
            event_types: EventTypeService::new(store.clone(), clock.clone(), work.clone()),
            deliveries: DeliveryService::new(store.clone(), store.clone(), store.clone()),
            publisher,
            courier: courier.clone(),
            bodies,
            proxies: proxies.clone(),
            public_url: config.public_url.as_ref().map(|url| url.as_str().to_owned()),
            work: work.clone(),
            max_body_bytes: api::DEFAULT_MAX_BODY_BYTES.max(2 * config.max_event_bytes),
            http: HttpMetrics::new(&metrics),
            metrics: metrics.clone(),
            jobs: upkeep.jobs().clone(),
        };

        let address = listener.local_addr().unwrap_or(config.listen);
        let lane_limits = LaneLimits { in_flight: files.in_flight, ..LaneLimits::default() };
        let seed = u64::from_le_bytes(random::bytes());
        let scheduler = Scheduler::new(store.clone(), Arc::new(courier.clone()), clock.clone(), lane_limits, seed);
        let scheduler = scheduler.measured(LaneMetrics::new(&metrics));
        let scheduler = tokio::spawn(scheduler.run(stop_sending.clone(), give_up.clone()));
        let limits = ConnectionLimits {
            places: files.connections,
            per_client: config.max_connections_per_client.min(files.connections),
        };
        let serve = |listener, router| {
            let (stop, give_up) = (stop_taking.clone().cancelled_owned(), give_up.clone().cancelled_owned());
            let service = listen::Service { router, limits, proxies: proxies.clone(), clock: clock.clone() };
            tokio::spawn(listen::listen(listener, service, stop, give_up))
        };
        let metrics_address = metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let health_address = health_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let health = health_listener.map(|listener| (listener, api::health::open_router(app.clone())));
        let mut listeners = vec![serve(listener, api::router(app))];
        listeners.extend(health.map(|(listener, router)| serve(listener, router)));
        listeners.extend(metrics_listener.map(|listener| serve(listener, api::metrics::open_router(metrics))));
        Ok(Server {
            address,
            new_operator_key,
            store,
            work,
            stop_taking,
            stop_sending,
            give_up,
            grace: config.grace.0,
            clock,
            metrics_address,
            health_address,
            listeners,
            scheduler,
            upkeep,
        })
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
        self.stop_taking.cancel();
        self.stop_sending.cancel();
        let (give_up, clock, grace) = (self.give_up.clone(), self.clock.clone(), self.grace);
        let timer = tokio::spawn(async move {
            clock.sleep(grace).await;
            give_up.cancel();
        });
        for listener in self.listeners {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener ended by panic");
            }
        }
        match self.scheduler.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the lanes ended early"),
            Err(error) => tracing::error!(%error, "the lanes ended by panic"),
        }
        timer.abort();
        self.upkeep.stopped().await;
        self.store.close().await;
    }
}

fn proxies(config: &Config) -> Proxies {
    let header = match config.proxy_header {
        config::ProxyHeader::XForwardedFor => ProxyHeader::XForwardedFor,
        config::ProxyHeader::Forwarded => ProxyHeader::Forwarded,
        config::ProxyHeader::ProxyProtocol => ProxyHeader::ProxyProtocol,
        config::ProxyHeader::None => ProxyHeader::None,
    };
    Proxies { trusted: config.trusted_proxies.clone(), header }
}

/// Whether there is a file with anything in it.
fn is_filled(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.len() > 0)
}

fn access_limits(config: &Config) -> AccessLimits {
    let per_second = |limit| RateLimit { limit, per: RateUnit::Second };
    AccessLimits {
        key_rate: per_second(config.key_rate),
        tenant_rate: per_second(config.tenant_rate),
        tenant_keys: config.tenant_keys,
        ..AccessLimits::default()
    }
}

async fn bind_optional(address: Option<SocketAddr>, flag: &'static str) -> Result<Option<TcpListener>, StartError> {
    match address {
        Some(address) => bind(address, flag).await.map(Some),
        None => Ok(None),
    }
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, flag, source })
}

/// Everything periodic.
fn jobs(store: &Arc<dyn Store>, courier: &HttpCourier, clock: &Clock, config: &Config) -> Vec<JobPlan> {
    let (old, keep) = ((store.clone(), clock.clone()), config.retention.0);
    let (failing, courier, kept) = (store.clone(), courier.clone(), store.clone());
    vec![
        JobPlan::new("inspection", Inspection::EVERY, move || Inspection::new(kept.clone())),
        JobPlan::new("retention", Retention::EVERY, move || Retention::new(old.0.clone(), old.1.clone(), keep)),
        JobPlan::new("self_heal", SelfHeal::EVERY, move || SelfHeal::new(failing.clone(), courier.clone())),
    ]
}

fn make_private_folder(path: &Path) -> Result<(), StartError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::Folder { path: path.to_owned(), source })
}

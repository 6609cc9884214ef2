//! Makes the parts of a server as the settings say.

use std::sync::Arc;

use lanehook_egress::{Policy, PoolLimits, Resolver};

use super::{
    data_folder::DataFolder,
    error::StartError,
    files::{Files, Wanted},
    listen::ConnectionLimits,
};
use crate::{
    access::{Access, AccessLimits, MailTo, SessionLimits},
    api::{self, App, HttpMetrics, Proxies, SettingView},
    budget::Budget,
    catalogue::{KnownMeanings, Meanings},
    clock::Clock,
    config::{Config, Difference, ResolverChoice},
    courier::HttpCourier,
    deliver::Sender,
    inspect::Inspectors,
    lane::{LaneDesk, LaneLimits, LaneMetrics, Scheduler},
    log,
    mail::{MailStatus, Mailer, Mailing},
    manage::{DeliveryService, EventTypeService, LaneService, TestService, WebhookService},
    metrics::Metrics,
    model::{RateLimit, RateUnit, TenantKey},
    notice::{Notifier, Recipients},
    observe::Board,
    publish::{Publisher, route::CompiledPatterns},
    random,
    render::Renderer,
    replay::{ReplayRuns, ReplayService},
    store::{
        Store,
        sqlite::{Reserve, SqliteStore},
    },
    upkeep::{
        AuditRetention, Entering, Healing, HealthMetrics, HealthWatch, Inspection, Job, JobPlan, Jobs, KeyUses, Mail,
        Notices, OldestOwed, ReplayStarts, Retention, Scrubs, SelfHeal, Sums, TenantsRetention, TidySessions, Troubles,
    },
    work::Work,
};

/// What inspectors keep has this part of what bodies and messages have, besides.
const OF_BUFFERED_FOR_INSPECTORS: usize = 16;

/// The settings, and what all parts share.
pub(super) struct Builder {
    pub config: Config,
    pub clock: Clock,
    pub metrics: Metrics,
    files: Files,
    pub work: Work,
    /// Receivers of tenants' own.
    inspectors: Inspectors,
    /// How webhooks do.
    board: Board,
    /// How the jobs do.
    pub jobs: Jobs,
    /// How mailing does.
    mail: MailStatus,
}

/// What the jobs and the API have from the way of an event.
pub(super) struct Stages {
    pub access: Access,
    pub courier: HttpCourier,
    pub publisher: Publisher,
    pub replays: ReplayService,
    pub desk: LaneDesk,
    pub mailer: Option<Mailer>,
}

impl Builder {
    /// Finds out how many files may be open, and starts the threads for what takes long.
    pub fn new(config: Config, clock: Clock) -> Result<Builder, StartError> {
        let files = Files::fitted(Wanted { connections: config.max_connections, in_flight: config.max_in_flight })?;
        let work = Work::start().map_err(StartError::Threads)?;
        let metrics = Metrics::default();
        metrics.register("log_lines_lost", "Lines of the log that could not be written", log::lost_lines());
        metrics.collect(work.clone());
        metrics.collect(CompiledPatterns);
        let mail = MailStatus::default();
        mail.register(&metrics);
        let inspectors = Inspectors::new(clock.clone(), config.max_buffered_bytes / OF_BUFFERED_FOR_INSPECTORS);
        let (board, jobs) = (Board::default(), Jobs::default());
        Ok(Builder { config, clock, metrics, files, work, inspectors, board, jobs, mail })
    }

    /// The store in the data folder.
    pub fn store(&self) -> Result<Arc<dyn Store>, StartError> {
        let folder = DataFolder::open(&self.config)?;
        let store = SqliteStore::open(&folder.database, &folder.master_key, self.clock.clone())?;
        let reserve = Reserve::of_disk(&self.config.data, self.config.min_free_disk as u64);
        let store = store.with_quotas(self.config.quotas).with_reserve(reserve).with_work(self.work.clone());
        folder.has_database();
        folder.end_rotation(self.clock.now())?;
        store.register(&self.metrics);
        let store: Arc<dyn Store> = Arc::new(store);
        self.inspectors.tell_to(store.live().clone());
        self.metrics.collect(HealthMetrics::new(self.board.clone(), &store, self.clock.clone()));
        Ok(store)
    }

    /// Who may do what.
    pub fn access(&self, store: &Arc<dyn Store>) -> Access {
        let per_second = |limit| RateLimit { limit, per: RateUnit::Second };
        let limits = AccessLimits {
            key_rate: per_second(self.config.key_rate),
            tenant_rate: per_second(self.config.tenant_rate),
            sessions: SessionLimits { idle: self.config.session_idle.0, lasts: self.config.session_lifetime.0 },
            thresholds: self.config.thresholds,
            mail: self.config.smtp.as_ref().map_or(MailTo::Nobody, |smtp| match smtp.tenants {
                true => MailTo::Everybody,
                false => MailTo::Operators,
            }),
            ..AccessLimits::default()
        };
        Access::new(store.clone(), limits)
    }

    /// How fast all replays of a tenant go together.
    pub fn replay_rate(&self) -> RateLimit {
        RateLimit { limit: self.config.tenant_replay_rate, per: RateUnit::Second }
    }

    /// What sends requests where that is allowed.
    pub fn sender(&self) -> Result<Sender, StartError> {
        Ok(Sender::new(self.egress()?, self.clock.clone(), self.work.clone(), self.inspectors.clone())?)
    }

    /// What sends mails, if a mail server is named.
    pub fn mailer(&self) -> Result<Option<Mailer>, StartError> {
        let extra_ca = self.config.extra_ca.as_deref();
        Ok(self.config.smtp.clone().map(|smtp| Mailer::new(smtp, extra_ca)).transpose()?)
    }

    /// Who gets mail.
    fn recipients(&self, access: &Access) -> Recipients {
        let operators = self.config.smtp.as_ref().map(|smtp| smtp.to.clone()).unwrap_or_default();
        Recipients::new(access.clone(), operators)
    }

    /// What makes requests of deliveries, and sends them.
    pub fn courier(&self, store: &Arc<dyn Store>, sender: Sender) -> HttpCourier {
        let Builder { config, clock, work, .. } = self;
        let (program, messages) = (config.program.clone(), self.budget());
        let courier = HttpCourier::new(
            Renderer::knowing(meanings(store)),
            sender,
            clock.clone(),
            work.clone(),
            program,
            messages,
        );
        courier.register(&self.metrics);
        courier
    }

    /// Where requests may go, with or without `--dev`.
    fn policy(&self, dev: bool) -> Policy {
        Policy {
            allow: self.config.egress_allow.clone(),
            deny: self.config.egress_deny.clone(),
            http: dev,
            loopback: dev,
            unverified_tls: self.config.allow_unverified_tls,
        }
    }

    /// Says so where webhooks were made with `--dev` and nothing can be sent to them without it.
    pub fn warn_of_development(&self, store: &Arc<dyn Store>) {
        if self.config.dev {
            return;
        }
        let (with, without) = (self.policy(true), self.policy(false));
        let all = store.webhooks().all();
        let lost = all.iter().filter(|webhook| {
            let url = webhook.settings.url.url();
            without.check_url(url).is_err() && with.check_url(url).is_ok()
        });
        let lost: Vec<_> = lost.collect();
        if let Some(webhook) = lost.first() {
            tracing::warn!(
                count = lost.len(),
                webhook = %webhook.id,
                "webhooks were made with --dev, for http or for addresses of this machine, and nothing is sent to them without it; \
                 start with --dev, or give them other URLs"
            );
        }
    }

    fn egress(&self) -> Result<lanehook_egress::Config, StartError> {
        let Builder { config, files, .. } = self;
        let policy = self.policy(config.dev);
        let resolver = match config.resolver {
            ResolverChoice::System => Resolver::system(config.resolve_hosts),
            ResolverChoice::Builtin => Resolver::builtin(config.resolve_hosts)?,
        };
        Ok(lanehook_egress::Config {
            policy,
            resolver,
            lookups: files.lookups,
            pool: PoolLimits { idle_total: files.idle, ..PoolLimits::default() },
            extra_ca: config.extra_ca.clone(),
            ..lanehook_egress::Config::default()
        })
    }

    /// Everything periodic.
    pub fn jobs(&self, store: &Arc<dyn Store>, stages: &Stages, replays: &ReplayRuns) -> Vec<JobPlan> {
        let Stages { access, courier, publisher, desk, .. } = stages;
        let (old, keep) = ((store.clone(), self.clock.clone()), self.config.retention.0);
        let (told_of, passes, keep_told) = (store.clone(), self.clock.clone(), self.config.audit_retention.0);
        let (less, scrubbed) = ((store.clone(), self.clock.clone()), store.clone());
        let (failing, kept, counted) = (store.clone(), store.clone(), store.clone());
        let (courier, clock, publisher) = (courier.clone(), self.clock.clone(), publisher.clone());
        let (replays, jobs) = (replays.clone(), self.jobs.clone());
        let (recipients, mail) = (self.recipients(access), self.mail_job(store, stages));
        let (notified, told_by, known, seen) = (store.clone(), publisher.clone(), access.clone(), self.board.clone());
        let signed_in = access.clone();
        let (watched, access, owed, told) = (access.clone(), access.clone(), store.clone(), self.board.clone());
        let (desk, tried, board, passed) = (desk.clone(), store.clone(), self.board.clone(), self.clock.clone());
        vec![
            JobPlan::new("audit", AuditRetention::EVERY, move || {
                AuditRetention::new(told_of.clone(), passes.clone(), keep_told)
            }),
            JobPlan::new("entering", Entering::EVERY, move || Entering::new(publisher.clone())),
            JobPlan::new("health", HealthWatch::EVERY, move || {
                HealthWatch::new(desk.clone(), tried.clone(), watched.clone(), board.clone(), passed.clone())
            }),
            JobPlan::new("inspection", Inspection::EVERY, move || Inspection::new(kept.clone())),
            JobPlan::new("key_uses", KeyUses::EVERY, move || KeyUses::new(access.clone())),
            JobPlan::new("oldest_owed", OldestOwed::EVERY, move || OldestOwed::new(owed.clone(), told.clone())),
            JobPlan::new("notices", Notices::EVERY, move || {
                let (store, publisher) = (notified.clone(), told_by.clone());
                let notifier = Notifier::new(store, publisher, known.clone(), seen.clone(), recipients.clone());
                Notices::new(notifier, Troubles::new(notified.clone(), jobs.clone()))
            }),
            JobPlan::new("replays", ReplayStarts::EVERY, move || ReplayStarts::new(replays.clone())),
            JobPlan::new("retention", Retention::EVERY, move || Retention::new(old.0.clone(), old.1.clone(), keep)),
            JobPlan::new("tenants_retention", TenantsRetention::EVERY, move || {
                TenantsRetention::new(less.0.clone(), less.1.clone())
            }),
            JobPlan::new("scrubs", Scrubs::EVERY, move || Scrubs::new(scrubbed.clone())),
            JobPlan::new("self_heal", SelfHeal::EVERY, move || {
                SelfHeal::new(failing.clone(), courier.clone(), clock.clone())
            }),
            JobPlan::new("sessions", TidySessions::EVERY, move || TidySessions::new(signed_in.clone())),
            JobPlan::new("sums", Sums::EVERY, move || Sums::new(counted.clone())),
        ]
        .into_iter()
        .chain(mail)
        .collect()
    }

    /// What sends mails, if any are sent.
    fn mail_job(&self, store: &Arc<dyn Store>, stages: &Stages) -> Option<JobPlan> {
        let (mailer, status) = (stages.mailer.clone()?, self.mail.clone());
        let (store, recipients) = (store.clone(), self.recipients(&stages.access));
        Some(JobPlan::new("mail", Mail::EVERY, move || {
            Mail::new(Mailing::new(store.clone(), recipients.clone(), mailer.clone(), status.clone()))
        }))
    }

    /// How webhooks do at the start.
    pub async fn look_at_health(&self, store: &Arc<dyn Store>, access: &Access, desk: &LaneDesk) {
        let (board, clock) = (self.board.clone(), self.clock.clone());
        let mut watch = HealthWatch::new(desk.clone(), store.clone(), access.clone(), board, clock);
        if let Err(error) = watch.run(self.clock.now()).await {
            tracing::warn!(error, "how webhooks do is not known yet");
        }
    }

    /// The lanes.
    pub fn scheduler(&self, store: &Arc<dyn Store>, courier: &HttpCourier) -> Scheduler {
        let limits = LaneLimits { in_flight: self.files.in_flight, ..LaneLimits::default() };
        let seed = u64::from_le_bytes(random::bytes());
        Scheduler::new(store.clone(), Arc::new(courier.clone()), self.clock.clone(), limits, seed)
            .measured(LaneMetrics::new(&self.metrics))
    }

    /// By which events enter.
    pub fn publisher(&self, store: &Arc<dyn Store>, access: &Access) -> Publisher {
        let Builder { config, clock, work, .. } = self;
        Publisher::new(store.clone(), clock.clone(), access.clone(), work.clone(), config.max_event_bytes)
    }

    /// What the API calls.
    pub fn app(&self, store: &Arc<dyn Store>, stages: Stages, jobs: Jobs) -> App {
        let Stages { access, courier, publisher, replays, desk, mailer: _ } = stages;
        let Builder { config, clock, metrics, work, .. } = self;
        let lanes = LaneService::new(desk, store.clone(), store.clone(), clock.clone());
        let tests = TestService::new(
            store.clone(),
            store.clone(),
            store.clone(),
            courier.clone(),
            lanes.clone(),
            clock.clone(),
        );
        App {
            store: store.clone(),
            clock: clock.clone(),
            access,
            webhooks: WebhookService::new(
                store.clone(),
                courier.clone(),
                clock.clone(),
                work.clone(),
                self.board.clone(),
            ),
            event_types: EventTypeService::new(store.clone(), clock.clone(), work.clone()),
            deliveries: DeliveryService::new(store.clone(), store.clone(), store.clone(), tests.clone()),
            tests,
            healing: Healing::new(store.clone(), courier.clone(), clock.clone()),
            lanes,
            publisher,
            replays,
            inspectors: self.inspectors.clone(),
            inspect_public: config.inspect_public,
            courier,
            bodies: self.budget(),
            proxies: self.proxies(),
            public_url: config.public_url.as_ref().map(|url| url.as_str().to_owned()),
            secure: config.is_secure(),
            cors_origins: config.cors_origins.clone(),
            text_is_json: config.text_is_json,
            work: work.clone(),
            max_body_bytes: api::DEFAULT_MAX_BODY_BYTES.max(2 * config.max_event_bytes),
            http: HttpMetrics::new(metrics),
            metrics: metrics.clone(),
            jobs,
            mail: config.smtp.is_some().then(|| self.mail.clone()),
            started_at: clock.now(),
            settings: config.differences().into_iter().map(setting).collect(),
        }
    }

    /// Half of what may be held in memory: bodies of requests have one half, messages the other.
    fn budget(&self) -> Budget<TenantKey> {
        Budget::new(self.config.max_buffered_bytes / 2)
    }

    /// Which proxies stand before the server, and what they say of its clients.
    pub fn proxies(&self) -> Proxies {
        Proxies { trusted: self.config.trusted_proxies.clone(), header: self.config.proxy_header }
    }

    /// How many may be connected.
    pub fn connection_limits(&self) -> ConnectionLimits {
        let places = self.files.connections;
        ConnectionLimits { places, per_client: self.config.max_connections_per_client.min(places) }
    }
}

fn setting(Difference { name, value, default }: Difference) -> SettingView {
    SettingView { name, value, default }
}

/// What the catalogue knows of the members of events, as it is when somebody asks. It does not keep the store open: what is under way
/// when the server stops may hold it for longer.
fn meanings(store: &Arc<dyn Store>) -> KnownMeanings {
    let store = Arc::downgrade(store);
    Arc::new(move |event_type, version| {
        let entry = store.upgrade().and_then(|store| store.event_types().get(event_type));
        let entry = entry.as_ref().map(|entry| &entry.event_type);
        let schema = entry.and_then(|entry| version.map_or_else(|| entry.current(), |number| entry.version(number)));
        schema.map(|version| Meanings::of(&version.schema)).unwrap_or_default()
    })
}

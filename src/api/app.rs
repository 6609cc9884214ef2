//! What every handler is given: the parts of the server that the API calls.

use std::sync::Arc;

use crate::{
    access::Access,
    api::{
        edge::{cors::CorsOrigin, metrics::HttpMetrics, proxies::Proxies},
        setting::SettingView,
    },
    budget::Budget,
    clock::Clock,
    courier::HttpCourier,
    inspect::Inspectors,
    mail::MailStatus,
    manage::{DeliveryService, EventTypeService, LaneService, TestService, WebhookService},
    metrics::Metrics,
    model::{TenantKey, Timestamp},
    publish::Publisher,
    replay::ReplayService,
    store::Store,
    upkeep::{Healing, Jobs},
    work::Work,
};

/// The most bytes of a request that publishes events, where the largest event leaves it at that.
pub const DEFAULT_MAX_BODY_BYTES: usize = 8 << 20;

/// Everything that handlers use.
#[derive(Clone)]
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// Keys and tenants.
    pub access: Access,
    /// The webhooks there are, and every change to them.
    pub webhooks: WebhookService,
    /// The catalogue, and every change to it.
    pub event_types: EventTypeService,
    /// What people do to deliveries.
    pub deliveries: DeliveryService,
    /// Trying webhooks.
    pub tests: TestService,
    /// How lanes stand.
    pub lanes: LaneService,
    /// Probes of webhooks that were disabled for failing.
    pub healing: Healing,
    /// Takes events in.
    pub publisher: Publisher,
    /// Many deliveries sent again, made due or given up.
    pub replays: ReplayService,
    /// Receivers of tenants' own, in the server.
    pub inspectors: Inspectors,
    /// Whether anybody can send to them.
    pub inspect_public: bool,
    /// Makes and sends samples.
    pub courier: HttpCourier,
    /// Does what may take long.
    pub work: Work,
    /// What is measured.
    pub metrics: Metrics,
    /// The measurements of requests to the API.
    pub http: HttpMetrics,
    /// How the periodic jobs are doing.
    pub jobs: Jobs,
    /// How mailing does, if mail is sent.
    pub mail: Option<MailStatus>,
    /// Bytes of the bodies of requests and answers, shared between tenants.
    pub bodies: Budget<TenantKey>,
    /// The proxies in front of the server.
    pub proxies: Proxies,
    /// Whose pages may call from a browser.
    pub cors_origins: Vec<CorsOrigin>,
    /// Whether a body of `text/plain` is read as JSON.
    pub text_is_json: bool,
    /// Where the API is reached from outside, if that is known.
    pub public_url: Option<String>,
    /// Whether browsers speak TLS with it, or with the proxy before it.
    pub secure: bool,
    /// The most bytes of a request that publishes events.
    pub max_body_bytes: usize,
    /// When the server was started.
    pub started_at: Timestamp,
    /// The settings that are not at their defaults.
    pub settings: Vec<SettingView>,
}

/// As handlers get it.
pub type Shared = Arc<App>;

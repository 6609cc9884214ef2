//! What can be set, by whom: flags, the environment, a file.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, builder::BoolishValueParser};
use ipnet::IpNet;
use serde::Deserialize;

use super::{
    notices::NoticesSettings,
    smtp::SmtpSettings,
    value::{Database, LogFormat, PublicUrl, ResolverChoice, listen_address, read_listen_address},
};
use crate::{
    api::{CorsOrigin, ProxyHeader},
    model::{QuotaKind, Span},
};

/// What can be set. Each is optional here; [`Settings::load`] fills in the file's, [`Config`](super::Config) the defaults.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A TOML file with settings
    #[arg(long, env = "LANEHOOK_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Where the API listens; a port alone is one of this machine only, `:PORT` one of all its addresses
    /// [default: 127.0.0.1:8420]
    #[arg(
        long,
        // What many servers call it.
        aliases = ["port", "bind"],
        env = "LANEHOOK_LISTEN",
        value_name = "ADDRESS:PORT",
        value_parser = listen_address
    )]
    #[serde(default, deserialize_with = "read_listen_address")]
    pub listen: Option<SocketAddr>,

    /// The most connections to the API at one time [default: 10000]
    #[arg(long, env = "LANEHOOK_MAX_CONNECTIONS", value_name = "CONNECTIONS")]
    pub max_connections: Option<usize>,

    /// The most of them from one address, or from one IPv6 network of 64 bits; trusted proxies have no such limit
    /// [default: 1000]
    #[arg(long, env = "LANEHOOK_MAX_CONNECTIONS_PER_CLIENT", value_name = "CONNECTIONS")]
    pub max_connections_per_client: Option<usize>,

    /// Where the API is reached from outside, like https://hooks.example.com
    #[arg(long, env = "LANEHOOK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,

    /// Origins whose pages may call the API from a browser, like https://app.example.com; `*` for all [default: none]
    #[arg(long, env = "LANEHOOK_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGIN")]
    pub cors_origins: Option<Vec<CorsOrigin>>,

    /// Read bodies that are sent as text/plain as JSON, for senders that cannot say otherwise
    #[arg(
        long,
        env = "LANEHOOK_TEXT_IS_JSON",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub text_is_json: Option<bool>,

    /// Let anybody send to inspectors, at /inspect/ID; tenants' webhooks reach them without that
    #[arg(
        long,
        env = "LANEHOOK_INSPECT_PUBLIC",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub inspect_public: Option<bool>,

    /// The folder for the database and the master key [default: ./lanehook-data]
    #[arg(long, env = "LANEHOOK_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// The database [default: sqlite]
    #[arg(long, env = "LANEHOOK_DATABASE", value_name = "sqlite")]
    pub database: Option<Database>,

    /// For development: permit webhooks with http and on this machine
    #[arg(
        long,
        env = "LANEHOOK_DEV",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub dev: Option<bool>,

    /// Networks that webhooks may reach although they are not public, like 10.20.0.0/16
    #[arg(long, env = "LANEHOOK_EGRESS_ALLOW", value_delimiter = ',', value_name = "NETWORK")]
    pub egress_allow: Option<Vec<IpNet>>,

    /// Networks that webhooks may never reach; stronger than what is allowed
    #[arg(long, env = "LANEHOOK_EGRESS_DENY", value_delimiter = ',', value_name = "NETWORK")]
    pub egress_deny: Option<Vec<IpNet>>,

    /// Permit webhooks to turn off the check of their receiver's TLS certificate
    #[arg(
        long,
        env = "LANEHOOK_ALLOW_UNVERIFIED_TLS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub allow_unverified_tls: Option<bool>,

    /// A PEM file with certificate authorities to trust beside the system's
    #[arg(long, env = "LANEHOOK_EXTRA_CA", value_name = "FILE")]
    pub extra_ca: Option<PathBuf>,

    /// Who resolves receivers' names: lanehook itself, or the system, with whatever is set up there [default: builtin]
    #[arg(long, env = "LANEHOOK_RESOLVER", value_name = "RESOLVER")]
    pub resolver: Option<ResolverChoice>,

    /// Look receivers' names up in /etc/hosts, too; `resolver = "system"` then also tries search domains
    #[arg(
        long,
        env = "LANEHOOK_RESOLVE_HOSTS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub resolve_hosts: Option<bool>,

    /// The most bytes of an event's data [default: 262144]
    #[arg(long, env = "LANEHOOK_MAX_EVENT_BYTES", value_name = "BYTES")]
    pub max_event_bytes: Option<usize>,

    /// The most bytes of requests and answers of the API, and of messages to receivers, at one time: half for each; what inspectors
    /// keep has a sixteenth as much besides [default: 268435456]
    #[arg(long, env = "LANEHOOK_MAX_BUFFERED_BYTES", value_name = "BYTES")]
    pub max_buffered_bytes: Option<usize>,

    /// The most requests to receivers at one time [default: 2048]
    #[arg(long, env = "LANEHOOK_MAX_IN_FLIGHT", value_name = "REQUESTS")]
    pub max_in_flight: Option<usize>,

    /// API requests a second that a tenant's key may make, unless the key says otherwise [default: 600]
    #[arg(long, env = "LANEHOOK_KEY_RATE", value_name = "REQUESTS")]
    pub key_rate: Option<u32>,

    /// API requests a second that all keys of a tenant may make together, unless the tenant's quotas say otherwise [default: 2000]
    #[arg(long, env = "LANEHOOK_TENANT_RATE", value_name = "REQUESTS")]
    pub tenant_rate: Option<u32>,

    /// Deliveries a second that all replays of a tenant may send again, make due or give up together [default: 2000]
    #[arg(long, env = "LANEHOOK_TENANT_REPLAY_RATE", value_name = "DELIVERIES")]
    pub tenant_replay_rate: Option<u32>,

    /// The most API keys of a tenant, unless its quotas say otherwise [default: 100]
    #[arg(long, env = "LANEHOOK_TENANT_KEYS", value_name = "KEYS")]
    pub tenant_keys: Option<u64>,

    /// The most webhooks of a tenant, unless its quotas say otherwise [default: 100000]
    #[arg(long, env = "LANEHOOK_TENANT_WEBHOOKS", value_name = "WEBHOOKS")]
    pub tenant_webhooks: Option<u64>,

    /// The most bytes of a tenant's webhooks' settings, which are held in memory, unless its quotas say otherwise
    /// [default: 268435456]
    #[arg(long, env = "LANEHOOK_TENANT_WEBHOOK_BYTES", value_name = "BYTES")]
    pub tenant_webhook_bytes: Option<u64>,

    /// The most regular expressions in the filters of a tenant's webhooks, unless its quotas say otherwise [default: 1000]
    #[arg(long, env = "LANEHOOK_TENANT_PATTERNS", value_name = "PATTERNS")]
    pub tenant_patterns: Option<u64>,

    /// The most deliveries that a tenant is owed, pending or waiting for a retry, unless its quotas say otherwise
    /// [default: 10000000]
    #[arg(long, env = "LANEHOOK_TENANT_OWED_DELIVERIES", value_name = "DELIVERIES")]
    pub tenant_owed_deliveries: Option<u64>,

    /// The most bytes of a tenant's events that are kept, with 256 for each event and each delivery, unless its quotas say
    /// otherwise [default: 1099511627776]
    #[arg(long, env = "LANEHOOK_TENANT_EVENT_BYTES", value_name = "BYTES")]
    pub tenant_event_bytes: Option<u64>,

    /// The most events and reports that a tenant saves by name, unless its quotas say otherwise [default: 1000]
    #[arg(long, env = "LANEHOOK_TENANT_SAVED", value_name = "EVENTS")]
    pub tenant_saved: Option<u64>,

    /// So much of the disk stays free for what is accepted already: with less, nothing is published [default: 268435456]
    #[arg(long, env = "LANEHOOK_MIN_FREE_DISK", value_name = "BYTES")]
    pub min_free_disk: Option<usize>,

    /// How long finished deliveries and their events are kept [default: 30d]
    #[arg(long, env = "LANEHOOK_RETENTION", value_name = "TIME")]
    pub retention: Option<Span>,

    /// How long lines of the audit trail are kept [default: 366d]
    #[arg(long, env = "LANEHOOK_AUDIT_RETENTION", value_name = "TIME")]
    pub audit_retention: Option<Span>,

    /// How long people stay signed in to the dashboard without a request [default: 12h]
    #[arg(long, env = "LANEHOOK_SESSION_IDLE", value_name = "TIME")]
    pub session_idle: Option<Span>,

    /// How long they stay signed in at most [default: 7d]
    #[arg(long, env = "LANEHOOK_SESSION_LIFETIME", value_name = "TIME")]
    pub session_lifetime: Option<Span>,

    /// How long to wait at shutdown for requests that are under way [default: 10s]
    #[arg(long, env = "LANEHOOK_GRACE", value_name = "TIME")]
    pub grace: Option<Span>,

    /// How log lines look [default: text]
    #[arg(long, env = "LANEHOOK_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged: error, warn, info, debug, or per module [default: info]
    #[arg(long, env = "LANEHOOK_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// What is measured for Prometheus
    #[command(flatten)]
    #[serde(default)]
    pub metrics: MetricsSettings,

    /// TLS without a proxy before it
    #[command(flatten)]
    #[serde(default)]
    pub tls: TlsSettings,

    /// Proxies in front of the server
    #[command(flatten)]
    #[serde(default)]
    pub proxy: ProxySettings,

    /// Whether the server is alive and ready
    #[command(flatten)]
    #[serde(default)]
    pub health: HealthSettings,

    /// What is told of, and from when on
    #[command(flatten)]
    #[serde(default)]
    pub notices: NoticesSettings,

    /// The mail server that notices are handed to
    #[command(flatten)]
    #[serde(default)]
    pub smtp: SmtpSettings,
}

/// The table `[metrics]` of the file.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Where `/metrics` answers without a key; elsewhere it needs an operator's key. Keep it off public networks
    #[arg(
        id = "metrics.listen",
        long = "metrics-listen",
        env = "LANEHOOK_METRICS_LISTEN",
        value_name = "ADDRESS:PORT",
        value_parser = listen_address
    )]
    #[serde(default, deserialize_with = "read_listen_address")]
    pub listen: Option<SocketAddr>,
}

/// The table `[tls]` of the file.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// A PEM file with the certificate under which the API is served by TLS, and those that lead to its authority. Read anew
    /// when it changes, and on SIGHUP
    #[arg(id = "tls.cert", long = "tls-cert", env = "LANEHOOK_TLS_CERT", value_name = "FILE")]
    pub cert: Option<PathBuf>,

    /// A PEM file with the certificate's private key, not encrypted
    #[arg(id = "tls.key", long = "tls-key", env = "LANEHOOK_TLS_KEY", value_name = "FILE")]
    pub key: Option<PathBuf>,
}

/// The table `[proxy]` of the file.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct ProxySettings {
    /// Networks of the proxies that are believed when they say whose requests they pass on, like 10.0.0.0/8
    #[arg(
        id = "proxy.trusted",
        long = "proxy-trusted",
        env = "LANEHOOK_PROXY_TRUSTED",
        value_delimiter = ',',
        value_name = "NETWORK"
    )]
    pub trusted: Option<Vec<IpNet>>,

    /// How they say it [default: x-forwarded-for]
    #[arg(id = "proxy.header", long = "proxy-header", env = "LANEHOOK_PROXY_HEADER", value_name = "HEADER")]
    pub header: Option<ProxyHeader>,
}

/// The table `[health]` of the file.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct HealthSettings {
    /// Where `/readyz` (with `/healthz`) tells all without a key; elsewhere that needs an operator's key. Keep it off public
    /// networks
    #[arg(
        id = "health.listen",
        long = "health-listen",
        env = "LANEHOOK_HEALTH_LISTEN",
        value_name = "ADDRESS:PORT",
        value_parser = listen_address
    )]
    #[serde(default, deserialize_with = "read_listen_address")]
    pub listen: Option<SocketAddr>,
}

impl Settings {
    /// What they say about a quota of tenants.
    pub(super) fn quota(&self, kind: QuotaKind) -> Option<u64> {
        match kind {
            QuotaKind::ApiKeys => self.tenant_keys,
            QuotaKind::Webhooks => self.tenant_webhooks,
            QuotaKind::WebhookBytes => self.tenant_webhook_bytes,
            QuotaKind::Patterns => self.tenant_patterns,
            QuotaKind::OwedDeliveries => self.tenant_owed_deliveries,
            QuotaKind::EventBytes => self.tenant_event_bytes,
            QuotaKind::Saved => self.tenant_saved,
        }
    }

    /// These, and where they say nothing, what `weaker` says.
    pub(super) fn or(self, weaker: Settings) -> Settings {
        Settings {
            config: self.config.or(weaker.config),
            listen: self.listen.or(weaker.listen),
            max_connections: self.max_connections.or(weaker.max_connections),
            max_connections_per_client: self.max_connections_per_client.or(weaker.max_connections_per_client),
            public_url: self.public_url.or(weaker.public_url),
            cors_origins: self.cors_origins.or(weaker.cors_origins),
            text_is_json: self.text_is_json.or(weaker.text_is_json),
            inspect_public: self.inspect_public.or(weaker.inspect_public),
            data: self.data.or(weaker.data),
            database: self.database.or(weaker.database),
            dev: self.dev.or(weaker.dev),
            egress_allow: self.egress_allow.or(weaker.egress_allow),
            egress_deny: self.egress_deny.or(weaker.egress_deny),
            allow_unverified_tls: self.allow_unverified_tls.or(weaker.allow_unverified_tls),
            extra_ca: self.extra_ca.or(weaker.extra_ca),
            resolver: self.resolver.or(weaker.resolver),
            resolve_hosts: self.resolve_hosts.or(weaker.resolve_hosts),
            max_event_bytes: self.max_event_bytes.or(weaker.max_event_bytes),
            max_buffered_bytes: self.max_buffered_bytes.or(weaker.max_buffered_bytes),
            max_in_flight: self.max_in_flight.or(weaker.max_in_flight),
            key_rate: self.key_rate.or(weaker.key_rate),
            tenant_rate: self.tenant_rate.or(weaker.tenant_rate),
            tenant_replay_rate: self.tenant_replay_rate.or(weaker.tenant_replay_rate),
            tenant_keys: self.tenant_keys.or(weaker.tenant_keys),
            tenant_webhooks: self.tenant_webhooks.or(weaker.tenant_webhooks),
            tenant_webhook_bytes: self.tenant_webhook_bytes.or(weaker.tenant_webhook_bytes),
            tenant_patterns: self.tenant_patterns.or(weaker.tenant_patterns),
            tenant_owed_deliveries: self.tenant_owed_deliveries.or(weaker.tenant_owed_deliveries),
            tenant_event_bytes: self.tenant_event_bytes.or(weaker.tenant_event_bytes),
            tenant_saved: self.tenant_saved.or(weaker.tenant_saved),
            min_free_disk: self.min_free_disk.or(weaker.min_free_disk),
            retention: self.retention.or(weaker.retention),
            audit_retention: self.audit_retention.or(weaker.audit_retention),
            session_idle: self.session_idle.or(weaker.session_idle),
            session_lifetime: self.session_lifetime.or(weaker.session_lifetime),
            grace: self.grace.or(weaker.grace),
            log_format: self.log_format.or(weaker.log_format),
            log: self.log.or(weaker.log),
            metrics: MetricsSettings { listen: self.metrics.listen.or(weaker.metrics.listen) },
            tls: TlsSettings { cert: self.tls.cert.or(weaker.tls.cert), key: self.tls.key.or(weaker.tls.key) },
            proxy: ProxySettings {
                trusted: self.proxy.trusted.or(weaker.proxy.trusted),
                header: self.proxy.header.or(weaker.proxy.header),
            },
            health: HealthSettings { listen: self.health.listen.or(weaker.health.listen) },
            notices: self.notices.or(weaker.notices),
            smtp: self.smtp.or(weaker.smtp),
        }
    }
}

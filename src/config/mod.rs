//! Settings: flags are stronger than the environment, the environment is stronger than the file.
//!
//! Every setting has one name: `--max-in-flight`, `LANEHOOK_MAX_IN_FLIGHT`, and `max_in_flight` in the file; one of a
//! table has the table's name before its own: `--metrics-listen`, `LANEHOOK_METRICS_LISTEN`, and `listen` in `[metrics]`.

mod environment;
mod error;
mod file;
mod notices;
mod program;
mod settings;
mod shown;
mod smtp;
#[cfg(test)]
mod tests;
mod value;

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;

pub use self::{
    environment::check_environment,
    error::ConfigError,
    notices::NoticesSettings,
    settings::{HealthSettings, MetricsSettings, ProxySettings, Settings, TlsSettings},
    shown::Difference,
    smtp::SmtpSettings,
    value::{Database, Hidden, LogFormat, PublicUrl, ResolverChoice, listen_address},
};
use crate::{
    access::{AccessLimits, SessionLimits},
    api::{self, CorsOrigin, ProxyHeader},
    lane::LaneLimits,
    mail::Smtp,
    model::{Amounts, QuotaKind, Span, Thresholds},
    publish::DEFAULT_MAX_EVENT_BYTES,
};

/// Where a certificate and its key are, in PEM form.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, with those that lead to its authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Every setting with its value.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub max_connections: usize,
    pub max_connections_per_client: usize,
    pub public_url: Option<PublicUrl>,
    /// Whose pages may call the API from a browser.
    pub cors_origins: Vec<CorsOrigin>,
    /// Whether bodies of `text/plain` are read as JSON.
    pub text_is_json: bool,
    /// Whether anybody can send to inspectors.
    pub inspect_public: bool,
    /// The certificate and its key, if the API is served by TLS.
    pub tls: Option<TlsFiles>,
    /// Who is believed when they say whose requests they pass on.
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_header: ProxyHeader,
    pub data: PathBuf,
    pub database: Database,
    pub dev: bool,
    pub egress_allow: Vec<IpNet>,
    pub egress_deny: Vec<IpNet>,
    pub allow_unverified_tls: bool,
    pub extra_ca: Option<PathBuf>,
    pub resolver: ResolverChoice,
    pub resolve_hosts: bool,
    pub max_event_bytes: usize,
    /// Half of it for bodies of requests and answers, half for messages; inspectors keep a sixteenth as much besides.
    pub max_buffered_bytes: usize,
    pub max_in_flight: usize,
    pub key_rate: u32,
    pub tenant_rate: u32,
    /// Deliveries a second of all replays of a tenant together.
    pub tenant_replay_rate: u32,
    /// How much a tenant may have whose quotas say nothing.
    pub quotas: Amounts,
    /// With less of it nothing is published.
    pub min_free_disk: usize,
    pub retention: Span,
    /// How long lines of the audit trail are kept.
    pub audit_retention: Span,
    /// How long people stay signed in without a request.
    pub session_idle: Span,
    /// How long they stay signed in at most.
    pub session_lifetime: Span,
    pub grace: Span,
    pub log_format: LogFormat,
    pub log: String,
    /// Where `/metrics` answers without a key.
    pub metrics_listen: Option<SocketAddr>,
    /// Where `/readyz` tells all without a key.
    pub health_listen: Option<SocketAddr>,
    /// From when on tenants are told of what happens to them that say nothing.
    pub thresholds: Thresholds,
    /// The mail server, with its password from `LANEHOOK_SMTP_PASSWORD`.
    pub smtp: Option<Smtp>,
    /// From `LANEHOOK_OPERATOR_KEY` only: a flag would show in the list of processes.
    pub operator_key: Option<Hidden>,
    /// From `LANEHOOK_MASTER_KEY` only.
    pub master_key: Option<Hidden>,
    /// A lanehook, to run webhooks' scripts in: this one.
    pub program: PathBuf,
}

impl Settings {
    /// With what the file says where flags and environment say nothing, and defaults elsewhere.
    ///
    /// # Errors
    /// The file cannot be read, has a key that is none, or a value cannot be used: each with its name and the fix.
    pub fn load(self) -> Result<Config, ConfigError> {
        let file = self.config.as_deref().map(file::read).transpose()?.unwrap_or_default();
        let settings = self.or(file);
        let tls = tls_files(&settings.tls)?;
        let smtp = settings.smtp.clone().smtp(secret(environment::SMTP_PASSWORD))?;
        let config = Config { tls, smtp, ..Config::of(settings) };
        config.check()?;
        Ok(config)
    }
}

/// What is in the environment only.
fn secret(name: &str) -> Option<Hidden> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Hidden)
}

/// Both files, or none.
fn tls_files(settings: &TlsSettings) -> Result<Option<TlsFiles>, ConfigError> {
    match (settings.cert.clone(), settings.key.clone()) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (Some(_), None) => Err(ConfigError::Value {
            name: "tls.key",
            problem: "a certificate is given (--tls-cert); give its private key, too (--tls-key FILE)".into(),
        }),
        (None, Some(_)) => Err(ConfigError::Value {
            name: "tls.cert",
            problem: "a private key is given (--tls-key); give its certificate, too (--tls-cert FILE)".into(),
        }),
    }
}

impl Config {
    /// The one place where a default stands. What other parts take when nothing is said comes from them.
    fn of(settings: Settings) -> Config {
        let quotas = QuotaKind::ALL
            .into_iter()
            .fold(Amounts::DEFAULT, |most, kind| most.with(kind, settings.quota(kind).unwrap_or(most.of(kind))));
        let key_rate = settings.key_rate.unwrap_or_else(|| AccessLimits::default().key_rate.limit);
        Config {
            listen: settings.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8420))),
            max_connections: settings.max_connections.unwrap_or(10_000),
            max_connections_per_client: settings.max_connections_per_client.unwrap_or(1000),
            public_url: settings.public_url,
            cors_origins: settings.cors_origins.unwrap_or_default(),
            text_is_json: settings.text_is_json.unwrap_or_default(),
            inspect_public: settings.inspect_public.unwrap_or_default(),
            tls: None,
            trusted_proxies: settings.proxy.trusted.unwrap_or_default(),
            proxy_header: settings.proxy.header.unwrap_or_default(),
            data: settings.data.unwrap_or_else(|| "./lanehook-data".into()),
            database: settings.database.unwrap_or_default(),
            dev: settings.dev.unwrap_or_default(),
            egress_allow: settings.egress_allow.unwrap_or_default(),
            egress_deny: settings.egress_deny.unwrap_or_default(),
            allow_unverified_tls: settings.allow_unverified_tls.unwrap_or_default(),
            extra_ca: settings.extra_ca,
            resolver: settings.resolver.unwrap_or_default(),
            resolve_hosts: settings.resolve_hosts.unwrap_or_default(),
            max_event_bytes: settings.max_event_bytes.unwrap_or(DEFAULT_MAX_EVENT_BYTES),
            max_buffered_bytes: settings.max_buffered_bytes.unwrap_or(256 << 20),
            max_in_flight: settings.max_in_flight.unwrap_or_else(|| LaneLimits::default().in_flight),
            key_rate,
            tenant_rate: settings
                .tenant_rate
                .unwrap_or_else(|| key_rate.max(AccessLimits::default().tenant_rate.limit)),
            tenant_replay_rate: settings.tenant_replay_rate.unwrap_or(2_000),
            quotas,
            min_free_disk: settings.min_free_disk.unwrap_or(256 << 20),
            retention: settings.retention.unwrap_or(Span::seconds(30 * 86_400)),
            audit_retention: settings.audit_retention.unwrap_or(Span::seconds(366 * 86_400)),
            session_idle: settings.session_idle.unwrap_or(Span(SessionLimits::default().idle)),
            session_lifetime: settings.session_lifetime.unwrap_or(Span(SessionLimits::default().lasts)),
            grace: settings.grace.unwrap_or(Span::seconds(10)),
            log_format: settings.log_format.unwrap_or_default(),
            log: settings.log.unwrap_or_else(|| "info".into()),
            metrics_listen: settings.metrics.listen,
            health_listen: settings.health.listen,
            thresholds: settings.notices.thresholds(),
            smtp: None,
            program: program::this_program(),
            operator_key: secret(environment::OPERATOR_KEY),
            master_key: secret(environment::MASTER_KEY),
        }
    }

    /// Whether browsers reach it over TLS: its own, or that of what stands before it.
    pub fn is_secure(&self) -> bool {
        self.tls.is_some() || self.public_url.as_ref().is_some_and(|url| url.as_str().starts_with("https:"))
    }

    fn check(&self) -> Result<(), ConfigError> {
        let within = |name, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(ConfigError::Value { name, problem: format!("from {least} to {most} is possible, not {value}") })
        };
        within("max_connections", self.max_connections, 16, 1_000_000)?;
        within("max_connections_per_client", self.max_connections_per_client, 1, self.max_connections)?;
        within("max_event_bytes", self.max_event_bytes, 1024, 16 << 20)?;
        // Who is alone has a quarter for one body, or one message.
        let least = 8 * api::DEFAULT_MAX_BODY_BYTES.max(2 * self.max_event_bytes);
        within("max_buffered_bytes", self.max_buffered_bytes, least, 1 << 40)?;
        within("max_in_flight", self.max_in_flight, 16, 65_536)?;
        within("min_free_disk", self.min_free_disk, 0, 1 << 50)?;
        within("key_rate", self.key_rate as usize, 1, 1_000_000)?;
        within("tenant_rate", self.tenant_rate as usize, 1, 1_000_000)?;
        within("tenant_replay_rate", self.tenant_replay_rate as usize, 1, 1_000_000)?;
        for kind in QuotaKind::ALL {
            let (least, most) = kind.bounds();
            within(kind.setting(), self.quotas.of(kind) as usize, least as usize, most as usize)?;
        }
        notices::check(&self.thresholds)?;
        if self.retention < Span::seconds(86_400) {
            let problem =
                format!("at least 1d, the time in which repeated events are recognised, not {}", self.retention);
            return Err(ConfigError::Value { name: "retention", problem });
        }
        if self.audit_retention < Span::seconds(86_400) {
            let problem = format!("at least 1d, not {}", self.audit_retention);
            return Err(ConfigError::Value { name: "audit_retention", problem });
        }
        for (name, span) in [("session_idle", self.session_idle), ("session_lifetime", self.session_lifetime)] {
            if !(Span::seconds(60)..=Span::seconds(365 * 86_400)).contains(&span) {
                let problem = format!("from 1m to 365d is possible, not {span}");
                return Err(ConfigError::Value { name, problem });
            }
        }
        if let Some(key) = &self.operator_key
            && !((32..=200).contains(&key.0.len()) && key.0.bytes().all(|c| c.is_ascii_graphic()))
        {
            let problem = "32 to 200 printable characters without spaces are needed".into();
            return Err(ConfigError::Value { name: "LANEHOOK_OPERATOR_KEY", problem });
        }
        Ok(())
    }
}

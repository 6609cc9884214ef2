//! Settings as operators see them: those that are not as they are where nothing is said.

use std::fmt::Display;

use clap::ValueEnum;

use super::{Config, Settings, TlsFiles, notices};
use crate::{
    mail::Smtp,
    model::{QuotaKind, Span, Thresholds},
};

/// A setting that is not at its default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// As the file calls it, with its table; of what the environment alone has, the variable.
    pub name: &'static str,
    /// A secret is `[redacted]`.
    pub value: String,
    /// Empty: nothing.
    pub default: String,
}

impl Config {
    /// Those that are not at their defaults, in the order in which they are documented.
    pub fn differences(&self) -> Vec<Difference> {
        let default = Config { operator_key: None, master_key: None, ..Config::of(Settings::default()) };
        let both = self.shown().into_iter().zip(default.shown());
        let difference = |((name, value), (_, default))| Difference { name, value, default };
        both.map(difference).filter(|difference| difference.value != difference.default).collect()
    }

    /// Each with its value.
    fn shown(&self) -> Vec<(&'static str, String)> {
        // By name, so that none is forgotten.
        let Config {
            listen,
            max_connections,
            max_connections_per_client,
            public_url,
            cors_origins,
            text_is_json,
            inspect_public,
            tls,
            trusted_proxies,
            proxy_header,
            data,
            database: _,
            dev,
            egress_allow,
            egress_deny,
            allow_unverified_tls,
            extra_ca,
            resolver,
            resolve_hosts,
            max_event_bytes,
            max_buffered_bytes,
            max_in_flight,
            key_rate,
            tenant_rate,
            tenant_replay_rate,
            quotas,
            min_free_disk,
            retention,
            audit_retention,
            session_idle,
            session_lifetime,
            grace,
            log_format,
            log,
            metrics_listen,
            health_listen,
            smtp: mail_server,
            thresholds: Thresholds { failing_after, failure_share, oldest_due, quota_near, key_expires },
            operator_key,
            master_key,
            program: _,
        } = self;
        let TlsTexts { cert, key } = TlsTexts::of(tls.as_ref());
        let secret = |there: bool| if there { "[redacted]".to_owned() } else { String::new() };
        let of_quotas = QuotaKind::ALL.map(|kind| (kind.setting(), quotas.of(kind).to_string()));
        let before_quotas = [
            ("listen", listen.to_string()),
            ("max_connections", max_connections.to_string()),
            ("max_connections_per_client", max_connections_per_client.to_string()),
            ("public_url", public_url.as_ref().map_or_else(String::new, |url| url.as_str().to_owned())),
            ("cors_origins", list(cors_origins)),
            ("text_is_json", text_is_json.to_string()),
            ("inspect_public", inspect_public.to_string()),
            ("tls.cert", cert),
            ("tls.key", key),
            ("proxy.trusted", list(trusted_proxies)),
            ("proxy.header", choice(proxy_header)),
            ("data", data.display().to_string()),
            ("dev", dev.to_string()),
            ("egress_allow", list(egress_allow)),
            ("egress_deny", list(egress_deny)),
            ("allow_unverified_tls", allow_unverified_tls.to_string()),
            ("extra_ca", extra_ca.as_ref().map_or_else(String::new, |path| path.display().to_string())),
            ("resolver", choice(resolver)),
            ("resolve_hosts", resolve_hosts.to_string()),
            ("max_event_bytes", max_event_bytes.to_string()),
            ("max_buffered_bytes", max_buffered_bytes.to_string()),
            ("max_in_flight", max_in_flight.to_string()),
            ("key_rate", key_rate.to_string()),
            ("tenant_rate", tenant_rate.to_string()),
            ("tenant_replay_rate", tenant_replay_rate.to_string()),
        ];
        let after_quotas = [
            ("min_free_disk", min_free_disk.to_string()),
            ("retention", retention.to_string()),
            ("audit_retention", audit_retention.to_string()),
            ("session_idle", session_idle.to_string()),
            ("session_lifetime", session_lifetime.to_string()),
            ("grace", grace.to_string()),
            ("log_format", choice(log_format)),
            ("log", log.clone()),
            ("metrics.listen", metrics_listen.map_or_else(String::new, |address| address.to_string())),
            ("health.listen", health_listen.map_or_else(String::new, |address| address.to_string())),
            ("notices.failing_after", failing_after.to_string()),
            ("notices.failure_share", notices::shown(failure_share.as_ref())),
            ("notices.oldest_due", notices::shown(oldest_due.as_ref())),
            ("notices.quota_near", quota_near.to_string()),
            ("notices.key_expires", key_expires.to_string()),
        ];
        let password = mail_server.as_ref().is_some_and(|smtp| smtp.password.is_some());
        let secrets = [
            ("LANEHOOK_OPERATOR_KEY", secret(operator_key.is_some())),
            ("LANEHOOK_MASTER_KEY", secret(master_key.is_some())),
            ("LANEHOOK_SMTP_PASSWORD", secret(password)),
        ];
        let all = before_quotas.into_iter().chain(of_quotas).chain(after_quotas);
        all.chain(of_mail_server(mail_server.as_ref())).chain(secrets).collect()
    }
}

/// Where the certificate and its key are; empty where there is none.
struct TlsTexts {
    cert: String,
    key: String,
}

impl TlsTexts {
    fn of(files: Option<&TlsFiles>) -> TlsTexts {
        let text = |path: fn(&TlsFiles) -> &std::path::PathBuf| {
            files.map_or_else(String::new, |files| path(files).display().to_string())
        };
        TlsTexts { cert: text(|files| &files.cert), key: text(|files| &files.key) }
    }
}

/// The mail server as operators see it, by setting.
fn of_mail_server(smtp: Option<&Smtp>) -> Vec<(&'static str, String)> {
    let of = |text: fn(&Smtp) -> String| smtp.map_or_else(String::new, text);
    vec![
        ("smtp.host", of(|smtp| smtp.host.clone())),
        ("smtp.port", of(|smtp| smtp.port.to_string())),
        ("smtp.tls", of(|smtp| choice(&smtp.tls))),
        ("smtp.user", of(|smtp| smtp.user.clone().unwrap_or_default())),
        ("smtp.from", of(|smtp| smtp.from.to_string())),
        ("smtp.to", of(|smtp| list(&smtp.to))),
        ("smtp.tenants", of(|smtp| smtp.tenants.to_string())),
        ("smtp.timeout", of(|smtp| Span(smtp.timeout).to_string())),
    ]
}

fn list<T: Display>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// As flags write it.
fn choice<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

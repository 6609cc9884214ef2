//! The mail server.

use clap::{Args, builder::BoolishValueParser};
use serde::Deserialize;

use super::{error::ConfigError, value::Hidden};
use crate::{
    mail::{Password, Smtp, SmtpTls},
    model::{MailAddress, Span},
};

/// The table `[smtp]` of the file. The password is in the environment only.
#[derive(Args, Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// A mail server that takes notices, like mail.example.com; without it no mail is sent
    #[arg(id = "smtp.host", long = "smtp-host", env = "LANEHOOK_SMTP_HOST", value_name = "HOST")]
    pub host: Option<String>,

    /// Where it listens [default: 587, with TLS from the begin 465, without 25]
    #[arg(id = "smtp.port", long = "smtp-port", env = "LANEHOOK_SMTP_PORT", value_name = "PORT")]
    pub port: Option<u16>,

    /// How the connection is protected; `none` is for a server on this machine [default: starttls]
    #[arg(id = "smtp.tls", long = "smtp-tls", env = "LANEHOOK_SMTP_TLS", value_name = "TLS")]
    pub tls: Option<SmtpTls>,

    /// Who logs in there; the password is in LANEHOOK_SMTP_PASSWORD
    #[arg(id = "smtp.user", long = "smtp-user", env = "LANEHOOK_SMTP_USER", value_name = "USER")]
    pub user: Option<String>,

    /// Whose name mails are sent in
    #[arg(id = "smtp.from", long = "smtp-from", env = "LANEHOOK_SMTP_FROM", value_name = "ADDRESS")]
    pub from: Option<MailAddress>,

    /// Where notices to operators are mailed, those of the tenant `default`, unless that says otherwise
    #[arg(id = "smtp.to", long = "smtp-to", env = "LANEHOOK_SMTP_TO", value_delimiter = ',', value_name = "ADDRESS")]
    pub to: Option<Vec<MailAddress>>,

    /// Permit tenants' own keys to say where their notices are mailed
    #[arg(
        id = "smtp.tenants",
        long = "smtp-tenants",
        env = "LANEHOOK_SMTP_TENANTS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub tenants: Option<bool>,

    /// A mail that the server does not take for so long has failed, and is tried again [default: 30s]
    #[arg(id = "smtp.timeout", long = "smtp-timeout", env = "LANEHOOK_SMTP_TIMEOUT", value_name = "TIME")]
    pub timeout: Option<Span>,
}

impl SmtpSettings {
    /// These, and where they say nothing, what `weaker` says.
    pub(super) fn or(self, weaker: SmtpSettings) -> SmtpSettings {
        SmtpSettings {
            host: self.host.or(weaker.host),
            port: self.port.or(weaker.port),
            tls: self.tls.or(weaker.tls),
            user: self.user.or(weaker.user),
            from: self.from.or(weaker.from),
            to: self.to.or(weaker.to),
            tenants: self.tenants.or(weaker.tenants),
            timeout: self.timeout.or(weaker.timeout),
        }
    }

    /// The mail server, if one is named.
    pub(super) fn smtp(self, password: Option<Hidden>) -> Result<Option<Smtp>, ConfigError> {
        let wrong = |name, problem: &str| Err(ConfigError::Value { name, problem: problem.to_owned() });
        let Some(host) = self.host else {
            let SmtpSettings { host: _, port, tls, user, from, to, tenants, timeout } = self;
            let says_something = port.is_some() || tls.is_some() || user.is_some() || from.is_some() || to.is_some();
            return match says_something || tenants.is_some() || timeout.is_some() || password.is_some() {
                true => {
                    wrong("smtp.host", "settings of a mail server are given; give its name, too (--smtp-host HOST)")
                }
                false => Ok(None),
            };
        };
        if !is_host(&host) {
            return wrong("smtp.host", "is a name like mail.example.com, or an IP address; the port is `smtp.port`");
        }
        let Some(from) = self.from else {
            return wrong(
                "smtp.from",
                "a mail server is given; give the address that mails are from (--smtp-from ADDRESS)",
            );
        };
        let (tls, timeout) = (self.tls.unwrap_or_default(), self.timeout.unwrap_or(Span::seconds(30)));
        if !(Span::seconds(1)..=Span::seconds(300)).contains(&timeout) {
            return wrong("smtp.timeout", "from 1s to 5m is possible");
        }
        Ok(Some(Smtp {
            port: self.port.unwrap_or(tls.port()),
            host,
            tls,
            user: self.user,
            password: password.map(|Hidden(password)| Password(password)),
            from,
            to: self.to.unwrap_or_default(),
            tenants: self.tenants.unwrap_or_default(),
            timeout: timeout.0,
        }))
    }
}

fn is_host(text: &str) -> bool {
    let in_name = |c: u8| c.is_ascii_alphanumeric() || b".-:".contains(&c);
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    is_address || ((1..=253).contains(&text.len()) && !text.contains(':') && text.bytes().all(in_name))
}

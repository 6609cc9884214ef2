//! The mail server, as the operator names it.

use std::{fmt, time::Duration};

use clap::ValueEnum;
use serde::Deserialize;

use crate::model::MailAddress;

/// A mail server, and in whose name it gets mail.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// Who logs in, if anybody has to.
    pub user: Option<String>,
    /// With this.
    pub password: Option<Password>,
    pub from: MailAddress,
    /// Where the operator's notices go.
    pub to: Vec<MailAddress>,
    /// Whether tenants' own keys may say where theirs go.
    pub tenants: bool,
    /// A mail that takes longer has failed.
    pub timeout: Duration,
}

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// It begins without, and nothing is said before it is (RFC 3207).
    #[default]
    Starttls,
    /// From its begin (RFC 8314).
    Tls,
    /// Not at all: for a server on this machine.
    None,
}

impl SmtpTls {
    /// Where such servers listen.
    pub fn port(self) -> u16 {
        match self {
            SmtpTls::Starttls => 587,
            SmtpTls::Tls => 465,
            SmtpTls::None => 25,
        }
    }
}

/// A password that is not shown.
#[derive(Clone)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

//! How a webhook's requests are signed, and with what.

use lanehook_signature::{Algorithm, Dialect, Secret};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::headers::header_name;
use crate::model::{
    Timestamp,
    field_error::{checked, within},
};

/// How requests are signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// One or more dialects; each adds its headers. Empty: unsigned.
    #[serde(default = "standard_dialect", deserialize_with = "bounded_dialects")]
    #[schema(max_items = 4)]
    pub dialects: Vec<DialectSpec>,
    /// The hash of `hub`, `plain` and `timestamped`; `standard` is SHA-256 by its specification.
    #[serde(default)]
    pub algorithm: SigningAlgorithm,
}

impl Default for Signing {
    fn default() -> Signing {
        Signing { dialects: standard_dialect(), algorithm: SigningAlgorithm::Sha256 }
    }
}

/// A way to sign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = SigningDialect)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DialectSpec {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// GitHub's: `X-Hub-Signature-256: sha256=<hex>`.
    Hub,
    /// `X-Webhook-Signature: sha256=<hex>` with `X-Webhook-Event`, `-Timestamp`, `-ID`, `-Delivery`.
    Plain,
    /// `<header>: t=<seconds>,v1=<hex>` over timestamp, separator and body.
    Timestamped {
        /// The header's name, like `X-PT-Signature` or `Stripe-Signature`.
        #[serde(deserialize_with = "header_name")]
        #[schema(max_length = 128, pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
        header: String,
        /// Between timestamp and body: empty or `.`
        #[serde(default, deserialize_with = "separator")]
        #[schema(default = "", pattern = r"^\.?$")]
        separator: String,
    },
}

impl DialectSpec {
    /// As the signature crate knows it.
    pub fn dialect(&self) -> Dialect {
        match self {
            DialectSpec::Standard => Dialect::Standard,
            DialectSpec::Hub => Dialect::Hub,
            DialectSpec::Plain => Dialect::Plain,
            DialectSpec::Timestamped { header, separator } => {
                Dialect::Timestamped { header: header.clone(), separator: separator.clone() }
            }
        }
    }
}

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigningAlgorithm {
    /// SHA-256
    #[default]
    Sha256,
    /// SHA-512
    Sha512,
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Algorithm {
        match algorithm {
            SigningAlgorithm::Sha256 => Algorithm::Sha256,
            SigningAlgorithm::Sha512 => Algorithm::Sha512,
        }
    }
}

/// What a webhook signs with: the current secret, and those before it until their grace times end.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// None: requests are not signed.
    pub current: Option<Secret>,
    /// Replaced by rotation, newest first, and until when they still sign.
    pub previous: Vec<(Secret, Timestamp)>,
}

impl Secrets {
    /// All of them, newest first, as they are written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.current.iter().chain(self.previous.iter().map(|(secret, _)| secret)).map(Secret::expose)
    }

    /// Whether they are the same, with the same grace times.
    pub fn are(&self, others: &Secrets) -> bool {
        let until = |secrets: &Secrets| secrets.previous.iter().map(|(_, until)| *until).collect::<Vec<_>>();
        self.current.is_some() == others.current.is_some()
            && self.texts().eq(others.texts())
            && until(self) == until(others)
    }

    /// Whether each dialect can be signed with each secret in force; the error says which cannot and why.
    pub fn suit(&self, signing: &Signing, now: Timestamp) -> Result<(), String> {
        for secret in self.in_force(now) {
            for spec in &signing.dialects {
                secret.suits(&spec.dialect()).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

fn standard_dialect() -> Vec<DialectSpec> {
    vec![DialectSpec::Standard]
}

fn bounded_dialects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DialectSpec>, D::Error> {
    checked(deserializer, |value: &Vec<DialectSpec>| {
        within("the number of dialects", value.len(), 0..=4)?;
        let repeated = value.iter().enumerate().any(|(place, spec)| value[..place].contains(spec));
        if repeated { Err("a dialect is there twice".into()) } else { Ok(()) }
    })
}

fn separator<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let separator = checked(deserializer, |value: &Option<String>| match value.as_deref() {
        None | Some("" | ".") => Ok(()),
        Some(other) => Err(format!("separator is \"\" or \".\", not `{}`", other.escape_debug())),
    });
    separator.map(Option::unwrap_or_default)
}

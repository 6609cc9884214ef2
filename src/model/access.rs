//! Who may do what: tenants, API keys, scopes, and how often.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ApiKeyId, TenantKey, TenantSettings, Timestamp};

/// A tenant's name: 1 to 64 lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

impl TenantId {
    /// The tenant that is there from the start.
    pub const DEFAULT: &'static str = "default";

    /// Checks the name.
    pub fn parse(text: &str) -> Result<TenantId, String> {
        let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'_' | b'-' | b'.');
        let starts_well = text.bytes().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if starts_well && text.len() <= 64 && text.bytes().all(fits) {
            return Ok(TenantId(text.into()));
        }
        Err("a tenant's id is 1 to 64 lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit"
            .into())
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> TenantId {
        TenantId(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TenantId {
    type Error = String;
    fn try_from(text: String) -> Result<TenantId, String> {
        TenantId::parse(&text)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> String {
        id.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose webhooks and events these are.
#[derive(Clone, PartialEq, Debug)]
pub struct Tenant {
    /// Its place in the store.
    pub key: TenantKey,
    /// The id the operator chose.
    pub id: TenantId,
    /// The name that people see.
    pub name: String,
    /// What it has set for its events.
    pub settings: Arc<TenantSettings>,
    /// Why that cannot be read, if it cannot: then `settings` are the defaults, which nothing may rely on.
    pub unreadable: Option<Arc<str>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a key permits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Publish events.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// Read events.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Create, change, test and delete webhooks.
    #[serde(rename = "webhooks:write")]
    WebhooksWrite,
    /// Read webhooks, without their secrets.
    #[serde(rename = "webhooks:read")]
    WebhooksRead,
    /// Read and rotate webhooks' secrets.
    #[serde(rename = "secrets")]
    Secrets,
    /// Read deliveries and their attempts.
    #[serde(rename = "deliveries:read")]
    DeliveriesRead,
    /// Retry and cancel deliveries.
    #[serde(rename = "deliveries:write")]
    DeliveriesWrite,
    /// Make, list and revoke API keys with at most the same scopes.
    #[serde(rename = "keys")]
    Keys,
    /// Read the catalogue of event types.
    #[serde(rename = "catalogue:read")]
    CatalogueRead,
    /// Change the catalogue of event types, which all tenants share. Operator keys only.
    #[serde(rename = "catalogue:write")]
    CatalogueWrite,
    /// Make, list, change and delete tenants. Operator keys only.
    #[serde(rename = "tenants")]
    Tenants,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 11] = [
        Scope::EventsWrite,
        Scope::EventsRead,
        Scope::WebhooksWrite,
        Scope::WebhooksRead,
        Scope::Secrets,
        Scope::DeliveriesRead,
        Scope::DeliveriesWrite,
        Scope::Keys,
        Scope::CatalogueRead,
        Scope::CatalogueWrite,
        Scope::Tenants,
    ];

    /// Whether only an operator's key can have it, since what it permits concerns all tenants.
    pub fn is_operators(self) -> bool {
        matches!(self, Scope::Tenants | Scope::CatalogueWrite)
    }

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::EventsWrite => "events:write",
            Scope::EventsRead => "events:read",
            Scope::WebhooksWrite => "webhooks:write",
            Scope::WebhooksRead => "webhooks:read",
            Scope::Secrets => "secrets",
            Scope::DeliveriesRead => "deliveries:read",
            Scope::DeliveriesWrite => "deliveries:write",
            Scope::Keys => "keys",
            Scope::CatalogueRead => "catalogue:read",
            Scope::CatalogueWrite => "catalogue:write",
            Scope::Tenants => "tenants",
        }
    }
}

/// An API key as it is known here: the key itself is kept as its SHA-256 only.
#[derive(Clone, PartialEq, Debug)]
pub struct ApiKey {
    /// Names the key in lists and audit.
    pub id: ApiKeyId,
    /// SHA-256 of the key's text.
    pub hash: [u8; 32],
    /// The first characters, so that people can tell keys apart.
    pub hint: String,
    /// The name that people see.
    pub name: String,
    /// The tenant it belongs to; none for the operator's.
    pub tenant: Option<TenantKey>,
    /// What it permits.
    pub scopes: Vec<Scope>,
    /// How often it may call; none means the server's default.
    pub rate_limit: Option<RateLimit>,
    /// After this it is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// At most `limit` in each `per`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many: 1 to 10,000,000.
    #[serde(deserialize_with = "rate_in_bounds")]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub limit: u32,
    /// In which time.
    pub per: RateUnit,
}

impl RateLimit {
    /// The highest `limit`.
    pub const MOST: u32 = 10_000_000;
}

fn rate_in_bounds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let limit = u32::deserialize(deserializer)?;
    if (1..=RateLimit::MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(serde::de::Error::custom(format!("limit is from 1 to 10000000, not {limit}; to hold a webhook, pause it")))
}

/// The time a rate counts in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// 1 s
    Second,
    /// 60 s
    Minute,
    /// 3,600 s
    Hour,
    /// 86,400 s
    Day,
}

impl RateUnit {
    /// Its length in milliseconds.
    pub const fn millis(self) -> u64 {
        match self {
            RateUnit::Second => 1_000,
            RateUnit::Minute => 60_000,
            RateUnit::Hour => 3_600_000,
            RateUnit::Day => 86_400_000,
        }
    }
}

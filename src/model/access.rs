//! Who may do what: tenants, API keys, scopes.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{ApiKeyId, RateLimit, TenantKey, TenantSettings, Timestamp, audit::members};

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
    /// What is set for it.
    pub settings: Arc<TenantSettings>,
    /// Why that cannot be read, if it cannot: then `settings` are the defaults, which nothing may rely on.
    pub unreadable: Option<Arc<str>>,
    /// Grows with each change of name or settings.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tenant {
    /// For the audit trail: its id, its name and what is set for it.
    pub fn shown(&self) -> Map<String, Value> {
        let mut shown = members(&*self.settings).unwrap_or_default();
        shown.insert("id".into(), self.id.as_str().into());
        shown.insert("name".into(), self.name.as_str().into());
        if let Some(reason) = &self.unreadable {
            shown.insert("unreadable".into(), reason.as_ref().into());
        }
        shown
    }
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
    /// Read the audit trail: who changed what.
    #[serde(rename = "audit:read")]
    AuditRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 12] = [
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
        Scope::AuditRead,
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
            Scope::AuditRead => "audit:read",
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
    /// When it was last used, as it was known when the key was read from the store.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiKey {
    /// For the audit trail: everything but what it is shown by.
    pub fn shown(&self) -> Map<String, Value> {
        let shown = json!({
            "name": self.name, "hint": self.hint, "scopes": self.scopes, "rate_limit": self.rate_limit, "expires_at": self.expires_at,
        });
        members(&shown).unwrap_or_default()
    }
}

//! People who are signed in.

use serde_json::{Map, Value, json};

use super::{ApiKeyId, SessionId, TenantKey, Timestamp, audit::members};

/// Somebody who is signed in, or a link that signs somebody in once.
#[derive(Clone, PartialEq, Debug)]
pub struct Session {
    /// Names it in the store.
    pub id: SessionId,
    /// SHA-256 of the text that shows it: of a cookie, or of a link's code.
    pub hash: [u8; 32],
    /// The API key that it came from; it ends with that.
    pub key: ApiKeyId,
    /// What it permits, if that is less than the key does.
    pub portal: Option<Portal>,
    /// Whether it has begun. Otherwise it is a link.
    pub begun: bool,
    /// After this it is over, however much it is used.
    pub expires_at: Timestamp,
    /// When it was last used, as it was known when it was read from the store.
    pub last_used_at: Option<Timestamp>,
}

/// What a customer of the operator may see and do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Portal {
    /// Whose webhooks these are.
    pub tenant: TenantKey,
    /// Whether they can be changed.
    pub manage: bool,
    /// Origins of pages that may show the portal in a frame, like `https://app.example.com`.
    pub origins: Vec<String>,
    /// How long the session lasts that its link begins, in milliseconds.
    pub lasts: u64,
    /// By what its link's page is asked for, beside the link's id: whoever counts ids through does not learn the origins. It opens
    /// nothing. Empty in those from before there was one.
    pub mark: String,
}

impl Session {
    /// For the audit trail: everything but what it is shown by.
    pub fn shown(&self) -> Map<String, Value> {
        let portal = self.portal.as_ref().map(|portal| {
            let Portal { manage, origins, lasts, .. } = portal;
            json!({"manage": manage, "origins": origins, "session_seconds": lasts / 1000})
        });
        members(&json!({"key": self.key.to_string(), "portal": portal, "expires_at": self.expires_at}))
            .unwrap_or_default()
    }

    /// When it began; of a link, when it was made.
    pub fn created_at(&self) -> Timestamp {
        self.id.0.time()
    }
}

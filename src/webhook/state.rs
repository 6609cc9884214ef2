//! A webhook as it stands.

use super::{settings::WebhookSettings, signing::Secrets, status::DisableReason};
use crate::model::{Failure, FailureKind, Outcome, Sent, TenantKey, Timestamp, Timings, WebhookId, WebhookKey};

/// A webhook as it is now.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its place in the store and the name of its lane.
    pub key: WebhookKey,
    /// Whose it is.
    pub tenant: TenantKey,
    /// Its name in the API.
    pub id: WebhookId,
    /// What the tenant ordered.
    pub settings: WebhookSettings,
    /// What it signs with.
    pub secrets: Secrets,
    /// Why it is disabled, while it is.
    pub disabled: Option<DisableReason>,
    /// Since when it has its status; none if that was before it was noted.
    pub status_since: Option<Timestamp>,
    /// Grows with every change; the ETag.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Outcome {
    /// Of an attempt that ended before anything was sent.
    pub fn unsent(webhook: &Webhook, now: Timestamp, kind: FailureKind, message: String) -> Outcome {
        Outcome {
            started_at: now,
            sent: Sent { url: webhook.settings.redacted(&webhook.settings.url), ..Sent::default() },
            answer: None,
            remote: None,
            is_connected: true,
            requests: 0,
            timings: Timings::default(),
            result: Err(Failure { kind, message, retry_after: None }),
            remark: None,
        }
    }
}

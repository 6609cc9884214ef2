//! Payloads that could not be made, in words.

use crate::{
    model::{Failure, FailureKind},
    webhook::Webhook,
};

/// Why there is no payload.
#[derive(Debug)]
pub(super) enum NoPayload {
    /// It cannot be made, or is not to be sent.
    Failed(Failure),
    /// Making it takes longer than this slice allows.
    NotNow,
}

impl From<Failure> for NoPayload {
    fn from(failure: Failure) -> NoPayload {
        NoPayload::Failed(failure)
    }
}

/// A payload that cannot be made, and why.
pub(super) fn cannot(message: impl Into<String>) -> Failure {
    Failure { kind: FailureKind::Render, message: message.into(), retry_after: None }
}

/// An error that shows a part of what was written, or what a script throws: it may repeat the webhook's credentials.
pub(super) fn without_credentials(webhook: &Webhook, message: String) -> Failure {
    cannot(webhook.settings.credentials(&webhook.secrets).hidden(&message).unwrap_or(message))
}

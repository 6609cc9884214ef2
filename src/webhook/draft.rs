//! A webhook as it would be: nobody has approved it yet. Pure.

use super::{settings::WebhookSettings, signing::Secrets, state::Webhook, status::DisableReason};
use crate::model::FieldError;

/// A webhook as it would be.
#[derive(Debug)]
pub struct Draft {
    pub settings: WebhookSettings,
    pub secrets: Secrets,
    pub disabled: Option<DisableReason>,
    /// Whom to blame when secrets and dialects do not suit each other.
    pub secret_pointer: &'static str,
    /// Credentials that are kept from before, and that are only for whoever may read them where the draft would take them.
    pub exposed: Vec<FieldError>,
}

impl Draft {
    /// The same webhook with other secrets; `secret_pointer` is to blame if they do not suit.
    pub fn with_secrets(before: &Webhook, secrets: Secrets, secret_pointer: &'static str) -> Draft {
        let (settings, disabled) = (before.settings.clone(), before.disabled);
        Draft { settings, secrets, disabled, secret_pointer, exposed: Vec::new() }
    }

    /// Whether the webhook would be another one than it is.
    pub fn changes(&self, before: &Webhook) -> bool {
        let (settings, known) = (&self.settings, &before.settings);
        let is_same = settings == known && settings.headers.as_written().eq(known.headers.as_written());
        !(is_same && self.secrets.are(&before.secrets) && self.disabled == before.disabled)
    }
}

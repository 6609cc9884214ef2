//! The stored form of a webhook: everything of it that is sealed.

use lanehook_signature::Secret;
use serde::{Deserialize, Serialize};

use super::{Form, Unreadable, settings::StoredSettings};
use crate::{
    model::Timestamp,
    webhook::{DisableReason, Secrets, WebhookSettings},
};

/// What is sealed of a webhook.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// What the tenant ordered.
    pub settings: WebhookSettings,
    /// What it signs with.
    pub secrets: Secrets,
    /// Why it is disabled, while it is.
    pub disabled: Option<DisableReason>,
    /// Since when it has its status.
    pub status_since: Option<Timestamp>,
}

/// See [`Sealed`].
#[derive(Serialize, Deserialize)]
pub struct StoredWebhook {
    settings: StoredSettings,
    #[serde(default)]
    secret: Option<String>,
    /// Newest first, each with the end of its grace time.
    #[serde(default)]
    previous_secrets: Vec<(String, Timestamp)>,
    #[serde(default)]
    disabled: Option<DisableReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_since: Option<Timestamp>,
}

impl Form for StoredWebhook {
    type Noun = Sealed;

    fn of(webhook: &Sealed) -> StoredWebhook {
        let text = |secret: &Secret| secret.expose().to_owned();
        StoredWebhook {
            settings: StoredSettings::of(&webhook.settings),
            secret: webhook.secrets.current.as_ref().map(text),
            previous_secrets: webhook.secrets.previous.iter().map(|(secret, until)| (text(secret), *until)).collect(),
            disabled: webhook.disabled,
            status_since: webhook.status_since,
        }
    }

    fn noun(self) -> Result<Sealed, Unreadable> {
        let secret = |text: &String| {
            // One that was taken before it had to keep what its prefix promises goes on signing.
            Secret::verbatim(text).map_err(|error| Unreadable::Form(format!("its secret cannot be used: {error}")))
        };
        let previous = self.previous_secrets.iter().map(|(text, until)| Ok((secret(text)?, *until)));
        let previous = previous.collect::<Result<_, Unreadable>>()?;
        let current = self.secret.as_ref().map(secret).transpose()?;
        Ok(Sealed {
            settings: self.settings.settings()?,
            secrets: Secrets { current, previous },
            disabled: self.disabled,
            status_since: self.status_since,
        })
    }
}

//! Whether a webhook's settings can be taken: what only the running server can tell.

use crate::{
    api::{app::App, edge::problem::Problem},
    deliver::Sender,
    model::TenantKey,
    webhook::{Draft, Webhook, WebhookSettings},
};

impl Draft {
    /// Whether the operator and the signing dialects allow it. What has not changed is not judged again.
    pub async fn check(self, app: &App, tenant: TenantKey, before: Option<&Webhook>) -> Result<Draft, Problem> {
        let old = before.map(|webhook| &webhook.settings);
        check_request(&app.courier.sender, old, &self.settings)?;
        if old.is_none_or(|old| !old.sends_like(&self.settings)) {
            app.courier.check(tenant, &self.settings).await?;
        }
        let suits = self.secrets.suit(&self.settings.signing, app.clock.now());
        suits.map_err(|message| Problem::field(self.secret_pointer, message))?;
        Ok(self)
    }
}

/// Whether requests can be made. The settings are put together one by one, so that the first with which they cannot is
/// the one to blame.
fn check_request(sender: &Sender, old: Option<&WebhookSettings>, new: &WebhookSettings) -> Result<(), Problem> {
    let request = |settings: &WebhookSettings| WebhookSettings {
        verify_tls: settings.verify_tls,
        signing: settings.signing.clone(),
        auth: settings.auth.clone(),
        headers: settings.headers.clone(),
        ..WebhookSettings::new(settings.url.clone())
    };
    if old.is_some_and(|old| request(old) == request(new)) {
        return Ok(());
    }
    let check = |pointer: &'static str, settings: &WebhookSettings| {
        sender.check(settings).map_err(|message| Problem::field(pointer, message))
    };
    let mut growing = WebhookSettings::new(new.url.clone());
    check("/url", &growing)?;
    growing.verify_tls = new.verify_tls;
    check("/verify_tls", &growing)?;
    growing.signing = new.signing.clone();
    check("/signing/dialects", &growing)?;
    growing.auth = new.auth.clone();
    check("/auth", &growing)?;
    growing.headers = new.headers.clone();
    check("/headers", &growing)
}

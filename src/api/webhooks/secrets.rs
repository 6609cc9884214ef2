//! A webhook's secret: showing it to those who may see it, and replacing it without a gap.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            etag::Expected,
            extract::{Id, NoParams, OptionalBody},
            problem::{Code, Problem},
            scopes::{self, Allowed},
        },
        webhooks::{change::update, find::find},
    },
    model::{Span, Timestamp},
    random,
    webhook::{Draft, Grace, SecretType, Secrets, TooManyInGrace, Webhook, own_secret},
};

/// What a webhook signs with.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSecret)]
pub struct SecretView {
    /// Null: requests are not signed.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
    /// What receivers verify with, if the secret is an Ed25519 signing key.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    /// Until when secrets before this one sign, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    previous_expires_at: Option<Timestamp>,
}

impl SecretView {
    fn of(webhook: &Webhook, now: Timestamp) -> SecretView {
        let current = webhook.secrets.current.as_ref();
        SecretView {
            secret: current.map(|secret| secret.expose().to_owned()),
            public_key: current.and_then(|secret| secret.public_key()),
            previous_expires_at: webhook
                .secrets
                .previous
                .iter()
                .map(|(_, until)| *until)
                .max()
                .filter(|&until| now < until),
        }
    }
}

/// Read a webhook's secret
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks", operation_id = "readWebhookSecret",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The secret", body = SecretView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<scopes::Secrets>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<SecretView>, Problem> {
    let webhook = find(&app, tenant, &id)?;
    Ok(Json(SecretView::of(&webhook, app.clock.now())))
}

/// How to replace a secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How long the old secret signs beside the new one: at most 30d; `0s` ends it at once.
    #[schema(value_type = Option<String>, default = "24h")]
    grace: Option<Span>,
    /// The caller's own new secret; otherwise one is generated.
    #[schema(min_length = 8, max_length = 512)]
    secret: Option<String>,
    /// What kind to generate; otherwise the same as before.
    secret_type: Option<SecretType>,
}

impl Rotation {
    /// Checks what needs no webhook for it, and returns the grace time.
    fn check(&self) -> Result<Grace, Problem> {
        let grace = self.grace.map(Grace::of).transpose().map_err(|message| Problem::field("/grace", message))?;
        if self.secret.is_some() && self.secret_type.is_some() {
            let message = "says which kind of secret to generate; leave it out when you send one";
            return Err(Problem::field("/secret_type", message));
        }
        Ok(grace.unwrap_or_default())
    }

    fn apply(&self, before: &Webhook, grace: Grace, now: Timestamp) -> Result<Draft, Problem> {
        let (new, pointer) = match &self.secret {
            Some(text) => (own_secret(text)?, "/secret"),
            None => {
                let kind = self.secret_type.unwrap_or(SecretType::like(&before.secrets));
                (kind.generate(random::bytes()), "/secret_type")
            }
        };
        let secrets = before.secrets.rotated(new, grace, now).map_err(|TooManyInGrace| {
            let detail = format!(
                "{} replaced secrets still sign; wait until the grace time of one has ended, or rotate with \
                 `\"grace\": \"0s\"`, which ends them all",
                Secrets::MOST_IN_GRACE
            );
            Problem::new(Code::TooManySecrets, detail)
        })?;
        Ok(Draft::with_secrets(before, secrets, pointer))
    }
}

/// Rotate a webhook's secret
///
/// The new secret signs at once; the old one signs too until its grace time ends, so that receivers can change over
/// without losing anything.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/secret/rotate", tag = "webhooks", operation_id = "rotateWebhookSecret",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = Option<Rotation>,
    responses(
        (status = 200, description = "The new secret", body = SecretView),
        (status = 409, description = "The webhook was changed at the same time"),
    )
)]
pub async fn rotate(
    Allowed { tenant, caller, .. }: Allowed<scopes::Secrets>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    OptionalBody(rotation): OptionalBody<Rotation>,
) -> Result<Json<SecretView>, Problem> {
    let grace = rotation.check()?;
    let now = app.clock.now();
    let change = |before: &Webhook| rotation.apply(before, grace, now);
    let webhook = update(&app, tenant, &id, &Expected::default(), &caller.actor(), change).await?;
    Ok(Json(SecretView::of(&webhook, now)))
}

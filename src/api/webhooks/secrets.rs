//! A webhook's secret: showing it to those who may see it, and replacing it without a gap.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{Id, NoParams, OptionalBody},
            problem::Problem,
            scopes::{self, Allowed, InPortal},
        },
    },
    model::{
        FieldError, Span, Timestamp,
        audit::{AuditAction, AuditDraft},
    },
    webhook::{Grace, Rotation, SecretType, Webhook, doubt_about, own_secret},
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
    /// What is doubtful about it: that it is short enough to be guessed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
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
            warnings: current.and_then(doubt_about).into_iter().collect(),
        }
    }
}

/// Read a webhook's secret
///
/// Who reads it is told in the audit trail.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks", operation_id = "readWebhookSecret",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The secret", body = SecretView))
)]
pub async fn read(
    Allowed { tenant, caller, .. }: Allowed<InPortal<scopes::Secrets>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<SecretView>, Problem> {
    let webhook = app.webhooks.changeable(tenant, &id, &caller)?;
    let line = AuditDraft::new(AuditAction::WebhookSecretRead, &webhook.id, Some(tenant)).of_webhook(webhook.key);
    // Before it is shown, and so not shown where that cannot be written.
    app.store.tell(line, &caller.actor()).await?;
    Ok(Json(SecretView::of(&webhook, app.clock.now())))
}

/// How to replace a secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rotation)]
pub struct RotationInput {
    /// How long the old secret signs beside the new one: at most 30d; `0s` ends it at once.
    #[schema(value_type = Option<crate::model::schema::GraceTime>, default = "24h")]
    grace: Option<Span>,
    /// The caller's own new secret; otherwise one is generated.
    #[schema(min_length = 1, max_length = 512, pattern = "^[!-~]([ -~]*[!-~])?$")]
    secret: Option<String>,
    /// What kind to generate; otherwise the same as before.
    secret_type: Option<SecretType>,
}

impl RotationInput {
    fn check(self) -> Result<Rotation, FieldError> {
        let grace = self.grace.map(Grace::of).transpose().map_err(|message| FieldError::at("/grace", message))?;
        if self.secret.is_some() && self.secret_type.is_some() {
            let message = "says which kind of secret to generate; leave it out when you send one";
            return Err(FieldError::at("/secret_type", message));
        }
        let own = self.secret.as_deref().map(own_secret).transpose()?;
        Ok(Rotation { grace: grace.unwrap_or_default(), own, kind: self.secret_type })
    }
}

/// Rotate a webhook's secret
///
/// The new secret signs at once; the old one signs too until its grace time ends, so that receivers can change over
/// without losing anything.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/secret/rotate", tag = "webhooks", operation_id = "rotateWebhookSecret",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = Option<RotationInput>,
    responses(
        (status = 200, description = "The new secret", body = SecretView),
        (status = 409, description = "The webhook was changed at the same time"),
    )
)]
pub async fn rotate(
    Allowed { tenant, caller, .. }: Allowed<InPortal<scopes::Secrets>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    OptionalBody(rotation): OptionalBody<RotationInput>,
) -> Result<Json<SecretView>, Problem> {
    let webhook = app.webhooks.rotate(tenant, &id, &rotation.check()?, &caller).await?;
    Ok(Json(SecretView::of(&webhook, app.clock.now())))
}

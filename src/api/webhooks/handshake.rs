//! Sending the request by which a receiver of CloudEvents is asked for permission; when, and what the answer permits, is
//! the webhook's.

use crate::{
    api::{app::App, edge::problem::Problem},
    model::{Message, TenantKey},
    webhook::{Draft, Webhook, handshake},
};

/// Asks, if it has to be asked; keeps to the rate that is granted.
pub async fn ask(app: &App, tenant: TenantKey, mut draft: Draft, before: Option<&Webhook>) -> Result<Draft, Problem> {
    let Some(origin) = handshake::needed(&draft.settings, before.map(|before| &before.settings)) else {
        return Ok(draft);
    };
    let (settings, secrets) = (draft.settings.clone(), draft.secrets.clone());
    let outcome = app.courier.ask(tenant, settings, secrets, request(&origin)).await?;
    let kept = handshake::keep_to_granted(&mut draft.settings, &outcome, &origin);
    kept.map_err(|message| Problem::field("/payload/handshake", message))?;
    Ok(draft)
}

fn request(origin: &str) -> Message {
    Message {
        id: "handshake".into(),
        event_type: "webhook.handshake".into(),
        delivery: "handshake".into(),
        body: bytes::Bytes::new(),
        content_type: "application/cloudevents+json".into(),
        method: http::Method::OPTIONS,
        target: None,
        headers: vec![("webhook-request-origin".into(), origin.to_owned())],
        correlation_id: None,
        traceparent: None,
        is_standard: false,
        shown: None,
    }
}

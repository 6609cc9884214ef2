//! Asking a receiver of CloudEvents for permission before a webhook is saved ([CloudEvents "HTTP 1.1 Web Hooks" 1.0],
//! section 4), where the webhook asks for that.
//!
//! [CloudEvents "HTTP 1.1 Web Hooks" 1.0]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md

use crate::{
    api::{app::App, edge::problem::Problem},
    model::{Message, Outcome, Payload, RateLimit, RateUnit, TenantKey, Webhook, WebhookSettings},
    webhook::Draft,
};

/// Asks, if it is wanted and was not asked before; keeps to the rate that is granted. It is asked again when the rate is
/// changed: how much was granted is kept nowhere else.
pub async fn ask(app: &App, tenant: TenantKey, mut draft: Draft, before: Option<&Webhook>) -> Result<Draft, Problem> {
    let Some(Payload::CloudEvents { handshake: true, source, .. }) = &draft.settings.payload else { return Ok(draft) };
    let new = &draft.settings;
    let asked =
        |old: &WebhookSettings| (&old.url, &old.payload, old.rate_limit) == (&new.url, &new.payload, new.rate_limit);
    if before.is_some_and(|before| asked(&before.settings)) {
        return Ok(draft);
    }
    let origin = origin(source.as_deref());
    let (settings, secrets) = (draft.settings.clone(), draft.secrets.clone());
    let outcome = app.courier.ask(tenant, settings, secrets, request(&origin)).await?;
    let granted = granted(&outcome, &origin).map_err(|message| Problem::field("/payload/handshake", message))?;
    if let Some(limit) = granted {
        let rate = RateLimit { limit, per: RateUnit::Minute };
        let slower = |own: RateLimit| u64::from(own.limit) * 60_000 <= u64::from(limit) * own.per.millis();
        draft.settings.rate_limit = Some(draft.settings.rate_limit.filter(|own| slower(*own)).unwrap_or(rate));
    }
    Ok(draft)
}

/// Who sends: the host of the attribute `source`, if it has one.
fn origin(source: Option<&str>) -> String {
    let host = source.and_then(|source| url::Url::parse(source).ok()?.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "lanehook".into())
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

/// Requests a minute that are permitted; `None`: any number.
fn granted(outcome: &Outcome, origin: &str) -> Result<Option<u32>, String> {
    if let Err(failure) = &outcome.result {
        return Err(format!("the receiver was asked with OPTIONS, and {}", failure.message));
    }
    let headers = outcome.answer.as_ref().map(|answer| answer.headers.as_slice()).unwrap_or_default();
    let header = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
    match header("webhook-allowed-origin") {
        Some(allowed) if allowed == "*" || allowed.eq_ignore_ascii_case(origin) => {}
        Some(_) => return Err(format!("the receiver's `WebHook-Allowed-Origin` does not permit `{origin}`")),
        None => {
            return Err("the receiver answered OPTIONS without `WebHook-Allowed-Origin`, so it does not permit".into());
        }
    }
    match header("webhook-allowed-rate") {
        None | Some("*") => Ok(None),
        Some(rate) => match rate.parse() {
            Ok(0u32) | Err(_) => {
                Err("the receiver's `WebHook-Allowed-Rate` is neither a number of requests nor `*`".into())
            }
            Ok(rate) => Ok(Some(u32::min(rate, RateLimit::MOST))),
        },
    }
}

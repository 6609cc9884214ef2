//! Trying a webhook: one sample is sent at once, and the answer tells everything that was seen. Nothing is recorded.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::{
    Shared,
    access::Caller,
    delivery_view::SeenView,
    extract::{Id, NoParams, OptionalBody},
    problem::{Code, Problem},
    webhooks,
};
use crate::{
    lane::{Courier, Item},
    model::{CallerId, DeliveryId, Event, EventKey, EventType, Scope, Serial, Timestamp, TypePattern, Webhook},
    render::envelope,
};

/// What to send.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`.
    #[schema(value_type = Option<String>, example = "price.alert")]
    event_type: Option<EventType>,
    /// Any JSON; otherwise a sentence that says that this is a test.
    #[schema(value_type = Option<Value>)]
    data: Option<Box<RawValue>>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct TestResult {
    /// Whether the receiver took it.
    delivered: bool,
    /// HTTP status of the answer, if there was one.
    status: Option<u16>,
    #[serde(flatten)]
    seen: SeenView,
}

/// Send a test
///
/// Sends a sample now, signed and with all of the webhook's settings, also to a paused or disabled webhook, and answers
/// with the request and what came back. No delivery is recorded.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "testWebhook",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = Option<Sample>,
    responses((status = 200, description = "What was sent and what came back", body = TestResult))
)]
pub async fn test(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id,
    _: NoParams,
    OptionalBody(sample): OptionalBody<Sample>,
) -> Result<Json<TestResult>, Problem> {
    let webhook = webhooks::find(&app, caller.tenant(Scope::WebhooksWrite)?, &id)?;
    if sample.data.as_ref().is_some_and(|data| data.get().len() > app.limits.max_event_bytes) {
        return Err(Problem::field("/data", format!("has at most {} bytes", app.limits.max_event_bytes)));
    }
    let Ok(_slot) = TESTS.try_acquire() else {
        let detail = "too many tests are under way at the moment; try again in a second";
        return Err(Problem::new(Code::TooManyRequests, detail).retry_after(1));
    };
    let event = Arc::new(sample.event(&webhook, app.clock.now()));
    let item = Item { delivery: DeliveryId(event.key.0), event: event.clone(), again: false };
    let parts = app.post.deliver(&webhook, vec![item]).await;
    let outcome = parts.into_iter().next().ok_or_else(|| Problem::internal("a test came to nothing"))?.outcome;
    let standard_body = outcome.answer.is_some().then(|| envelope::standard(&event));
    Ok(Json(TestResult {
        delivered: outcome.result.is_ok(),
        status: outcome.answer.as_ref().map(|answer| answer.status),
        seen: SeenView::of(&outcome, standard_body.as_ref()),
    }))
}

/// The event that a webhook is tried with when nobody has chosen one.
pub fn sample_event(webhook: &Webhook, now: Timestamp) -> Event {
    Sample::default().event(webhook, now)
}

/// Tests under way at one time; they are outside the lanes and their bounds.
static TESTS: Semaphore = Semaphore::const_new(32);

impl Sample {
    fn event(self, webhook: &Webhook, now: Timestamp) -> Event {
        let asked = webhook.settings.event_types.iter().find_map(|pattern| match pattern {
            TypePattern::Exactly(event_type) => Some(event_type.clone()),
            TypePattern::All | TypePattern::Under(_) => None,
        });
        let event_type = self.event_type.or(asked).or_else(|| EventType::parse("webhook.test").ok());
        let data = match self.data {
            Some(data) => Bytes::copy_from_slice(data.get().as_bytes()),
            None => Bytes::from_static(br#"{"test":true,"message":"This is a test from lanehook."}"#),
        };
        // Within the millisecond a random number, so that two tests are two events to the receiver.
        let serial = Serial(Serial::at(now).0 | (rand::random::<i64>() & 0x1f_ffff));
        let key = EventKey(serial);
        Event {
            key,
            tenant: webhook.tenant,
            caller_id: CallerId::parse(&key.to_string().replacen("evt", "test", 1)).ok(),
            event_type: event_type.unwrap_or_else(|| unreachable!("`webhook.test` is an event type")),
            timestamp: now,
            version: None,
            ordering_key: None,
            correlation_id: None,
            traceparent: None,
            data,
            fan_out: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Secrets, TargetUrl, TenantKey, WebhookId, WebhookKey, WebhookSettings};

    #[test]
    fn a_sample_is_of_a_type_that_the_webhook_asks_for() {
        let settings = WebhookSettings::new(TargetUrl::parse("https://a.example/").unwrap());
        let mut webhook = Webhook {
            key: WebhookKey(Serial(1)),
            tenant: TenantKey(1),
            id: WebhookId::parse("w").unwrap(),
            settings,
            secrets: Secrets::default(),
            disabled: None,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        let now = Timestamp::from_millis(1_800_000_000_000);
        let event = Sample::default().event(&webhook, now);
        assert_eq!(event.event_type.as_str(), "webhook.test");
        assert!(event.public_id().starts_with("test_"));
        webhook.settings.event_types = ["*", "price.*", "price.alert"].map(|p| TypePattern::parse(p).unwrap()).into();
        assert_eq!(Sample::default().event(&webhook, now).event_type.as_str(), "price.alert");
    }
}

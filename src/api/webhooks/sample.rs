//! Events that were not published: to try a webhook with, and to see what it would be sent.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    api::{
        App,
        edge::{access::Caller, problem::Problem},
        events::handlers,
    },
    model::{
        CallerId, Event, EventKey, EventType, NewEvent, Scope, Serial, TenantKey, Timestamp, TypePattern, Webhook,
        WebhookSettings,
    },
    publish,
};

/// Which event to take.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// A stored event's id; then nothing else can be given.
    pub(super) event_id: Option<String>,
    /// Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`.
    #[schema(value_type = Option<String>, example = "price_alert")]
    pub(super) event_type: Option<EventType>,
    /// Any JSON; otherwise the catalogue's example of the type, or a sentence that says that this is a test.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Value>)]
    pub(super) data: Option<Box<RawValue>>,
}

/// A null that was given is data, too.
pub(super) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

impl Sample {
    /// The event, as the tenant's webhooks would get it: with the fields that the tenant adds.
    /// The answers show it, so a stored one is only for those who may read events.
    pub async fn event(
        self,
        app: &App,
        caller: &Caller,
        tenant: TenantKey,
        settings: &WebhookSettings,
    ) -> Result<Arc<Event>, Problem> {
        if let Some(id) = &self.event_id {
            caller.tenant(Scope::EventsRead)?;
            if self.event_type.is_some() || self.data.is_some() {
                return Err(Problem::field("/event_id", "names a whole event; leave `event_type` and `data` out"));
            }
            return handlers::find(app, tenant, id).await.map(Arc::new);
        }
        let limit = app.limits.max_event_bytes;
        if let Some(data) = &self.data {
            publish::check_data(data.get(), limit).map_err(|message| Problem::field("/data", message))?;
        }
        let event_type = self.event_type.unwrap_or_else(|| asked_type(settings));
        let example = || app.catalogue.example(&event_type).map(|example| Bytes::from(example.to_string()));
        let data = match self.data {
            Some(data) => Some(Bytes::copy_from_slice(data.get().as_bytes())),
            None => example(),
        };
        let mut event = sample(tenant, event_type, data, app.clock.now());
        // As if it were published without an id.
        let mut published = NewEvent::new(event.event_type.clone(), event.data.clone());
        app.enricher.enrich(tenant, &app.access.settings(tenant), &mut published, event.timestamp, limit);
        event.data = published.data;
        Ok(Arc::new(event))
    }
}

/// The event that a webhook is probed with.
pub fn sample_event(webhook: &Webhook, now: Timestamp) -> Event {
    sample(webhook.tenant, asked_type(&webhook.settings), None, now)
}

/// The first type that is asked for by its whole name.
fn asked_type(settings: &WebhookSettings) -> EventType {
    let whole = settings.event_types.iter().find_map(|pattern| match pattern {
        TypePattern::Exactly(event_type) => Some(event_type.clone()),
        TypePattern::All | TypePattern::Under(_) => None,
    });
    whole.or_else(|| EventType::parse("webhook.test").ok()).unwrap_or_else(|| unreachable!("`webhook.test` is a type"))
}

fn sample(tenant: TenantKey, event_type: EventType, data: Option<Bytes>, now: Timestamp) -> Event {
    const TEST: &[u8] = br#"{"test":true,"message":"This is a test from lanehook."}"#;
    // Within the millisecond a random number, so that two tests are two events to the receiver.
    let key = EventKey(Serial(Serial::at(now).0 | (rand::random::<i64>() & 0x1f_ffff)));
    Event {
        key,
        tenant,
        caller_id: CallerId::parse(&key.to_string().replacen("evt", "test", 1)).ok(),
        event_type,
        timestamp: now,
        version: None,
        ordering_key: None,
        correlation_id: None,
        traceparent: None,
        data: data.unwrap_or(Bytes::from_static(TEST)),
        fan_out: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TargetUrl;

    #[test]
    fn a_sample_is_of_a_type_that_the_webhook_asks_for() {
        let mut settings = WebhookSettings::new(TargetUrl::parse("https://a.example/").unwrap());
        assert_eq!(asked_type(&settings).as_str(), "webhook.test");
        settings.event_types = ["*", "price.*", "price.alert"].map(|p| TypePattern::parse(p).unwrap()).into();
        assert_eq!(asked_type(&settings).as_str(), "price.alert");
        let now = Timestamp::from_millis(1_800_000_000_000);
        assert!(sample(TenantKey(1), asked_type(&settings), None, now).public_id().starts_with("test_"));
    }
}

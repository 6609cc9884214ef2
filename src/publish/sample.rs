//! Events that were not published: to try a webhook with, and to see what it would be sent.

use bytes::Bytes;

use super::{Publisher, check_data};
use crate::{
    model::{CallerId, Event, EventKey, EventType, FieldError, NewEvent, Serial, TenantKey, Timestamp, TypePattern},
    webhook::{Webhook, WebhookSettings},
};

/// The data of a sample of which nothing is known.
const TEST: &[u8] = br#"{"test":true,"message":"This is a test from lanehook."}"#;

/// The event that a webhook is probed with. `random` tells two of one millisecond apart.
pub fn probe(webhook: &Webhook, now: Timestamp, random: u64) -> Event {
    event(webhook.tenant, asked_type(&webhook.settings), Bytes::from_static(TEST), now, random)
}

impl Publisher {
    /// An event as a webhook with these settings would get it: with the fields that its tenant adds. Its type is the one
    /// that is given, or one that the webhook asks for; its data what is given, or the catalogue's example of the type,
    /// or a sentence that says that this is a test.
    ///
    /// # Errors
    /// Data that no event can have, at `/data`.
    pub fn sample(
        &self,
        tenant: TenantKey,
        settings: &WebhookSettings,
        event_type: Option<EventType>,
        data: Option<&str>,
        random: u64,
    ) -> Result<Event, FieldError> {
        if let Some(data) = data {
            self.check_data(data)?;
        }
        let event_type = event_type.unwrap_or_else(|| asked_type(settings));
        let example =
            || self.0.preparer.known_types.example(&event_type).map(|example| Bytes::from(example.to_string()));
        let data = data.map(|data| Bytes::copy_from_slice(data.as_bytes())).or_else(example);
        let data = data.unwrap_or(Bytes::from_static(TEST));
        Ok(self.sample_of(tenant, NewEvent::new(event_type, data), random))
    }

    /// An event as a tenant's webhooks would get it if this were published, without an id of its own: with the fields that the tenant adds.
    pub fn sample_of(&self, tenant: TenantKey, mut published: NewEvent, random: u64) -> Event {
        let now = self.0.clock.now();
        published.timestamp = Some(now);
        // Without the tenant's fields where they cannot be read: a test says whether the receiver answers.
        self.0.preparer.enrich(tenant, &self.0.access.settings(tenant).unwrap_or_default(), &mut published);
        let NewEvent { event_type, version, ordering_key, correlation_id, source, metadata, data, .. } = published;
        let sample = event(tenant, event_type, data, now, random);
        Event { version, ordering_key, correlation_id, source, metadata, ..sample }
    }

    /// Whether an event can have this data.
    ///
    /// # Errors
    /// What is wrong with it, at `/data`.
    pub fn check_data(&self, data: &str) -> Result<(), FieldError> {
        check_data(data, self.0.max_event_bytes).map_err(|message| FieldError::at("/data", message))
    }
}

/// The first type that is asked for by its whole name, or `webhook.test`.
fn asked_type(settings: &WebhookSettings) -> EventType {
    let whole = settings.event_types.iter().find_map(|pattern| match pattern {
        TypePattern::Exactly(event_type) => Some(event_type.clone()),
        TypePattern::All | TypePattern::Prefix(_) => None,
    });
    whole.or_else(|| EventType::parse("webhook.test").ok()).unwrap_or_else(|| unreachable!("`webhook.test` is a type"))
}

fn event(tenant: TenantKey, event_type: EventType, data: Bytes, now: Timestamp, random: u64) -> Event {
    // Within the millisecond a random number, so that two tests are two events to the receiver.
    let key = EventKey(Serial::made_up(now, random as u32));
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
        source: None,
        metadata: None,
        data,
        fan_out: 1,
        scrubbed_at: None,
        test: true,
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
    }

    #[test]
    fn two_samples_of_one_millisecond_are_two_events() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let sample = |random| {
            let event_type = EventType::parse("price.alert").unwrap();
            event(TenantKey(1), event_type, Bytes::from_static(TEST), now, random).public_id()
        };
        assert!(sample(1).starts_with("test_"));
        assert_ne!(sample(1), sample(2));
        assert_ne!(sample(u64::MAX), sample(0), "all of it stays within the millisecond");
    }
}

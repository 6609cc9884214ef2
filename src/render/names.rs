//! What a webhook's template or script can name of an event, and of the webhook itself.

use std::collections::BTreeMap;

use lanehook_template::{Template, TemplateError};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{card, failure::cannot};
use crate::{
    catalogue::KnownMeanings,
    exact,
    model::{Event, Failure, Timestamp},
    template::{DATA, EVENT_NAMES},
    webhook::{TemplateNames, Webhook},
};

/// What templates can name besides [`EVENT_NAMES`](crate::template::EVENT_NAMES).
const MORE_NAMES: [&str; 3] = ["card", "fields", "webhook"];

/// Whether all that a template takes can be there.
///
/// # Errors
/// The first name that cannot, and what was meant.
pub(super) fn check(template: &Template) -> Result<(), TemplateError> {
    let known = [EVENT_NAMES.as_slice(), &MORE_NAMES].concat();
    template.check_names(&known, DATA)
}

/// The same of a template that writes one body of many events.
///
/// # Errors
/// The first name that cannot, and what was meant.
pub(super) fn check_summary(template: &Template) -> Result<(), TemplateError> {
    template.check_names(&["id", "timestamp", "count", "events", "fields", "webhook"], "events[0].data")
}

/// What a template or a script that writes one body of many events can name.
#[derive(Serialize)]
pub(super) struct SummaryNames<'a, E> {
    id: &'a str,
    timestamp: String,
    count: usize,
    /// What [`of_one`] has made of each.
    events: Vec<E>,
    fields: BTreeMap<String, String>,
    webhook: WebhookNames<'a>,
}

impl<'a, E> SummaryNames<'a, E> {
    /// Of a batch of this id, whose last event was accepted then.
    pub fn of(webhook: &'a Webhook, id: &'a str, timestamp: Timestamp, events: Vec<E>) -> SummaryNames<'a, E> {
        let (fields, webhook) = of_webhook(webhook);
        SummaryNames { id, timestamp: timestamp.to_string(), count: events.len(), events, fields, webhook }
    }
}

/// An event as one of many, as JSON: what a template or a script of it alone is given, without what is the webhook's. Templates
/// have a card, made of what is known of the event's type.
pub(super) fn of_one(event: &Event, known: Option<&KnownMeanings>) -> Result<Vec<u8>, Failure> {
    let data = data_of(event)?;
    let card = known.map(|known| card_of(event, &data, known));
    let names = Names { card, ..Names::of_event(event, &data) };
    serde_json::to_vec(&names).map_err(|error| cannot(error.to_string()))
}

/// The platform's fields, and what is named of the webhook.
fn of_webhook(webhook: &Webhook) -> (BTreeMap<String, String>, WebhookNames<'_>) {
    let settings = &webhook.settings;
    let fields = settings.preset().map(|preset| preset.complete(&settings.fields)).unwrap_or_default();
    (fields, WebhookNames { id: webhook.id.as_str(), name: &settings.name, metadata: &settings.metadata })
}

/// Its fields are the names.
#[derive(Serialize)]
pub(super) struct Names<'a> {
    /// The members of the data, where they are named alone. First, so that the others stay what they are.
    #[serde(flatten)]
    bare: Option<&'a Map<String, Value>>,
    id: String,
    r#type: &'a str,
    timestamp: String,
    version: Option<u32>,
    ordering_key: Option<&'a str>,
    correlation_id: Option<&'a str>,
    source: Option<&'a str>,
    metadata: Option<&'a Map<String, Value>>,
    data: &'a Value,
    /// What people want to know of the event at a glance; see [`card`](mod@super::card). Only templates have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Value>,
    /// What the user filled in for the platform. What is the webhook's is absent where an event is one of many.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookNames<'a>>,
}

#[derive(Serialize)]
struct WebhookNames<'a> {
    id: &'a str,
    name: &'a str,
    metadata: &'a BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    /// For a webhook and an event with this data.
    pub fn of(webhook: &'a Webhook, event: &'a Event, data: &'a Value) -> Names<'a> {
        let (fields, webhook) = of_webhook(webhook);
        Names { fields: Some(fields), webhook: Some(webhook), ..Names::of_event(event, data) }
    }

    fn of_event(event: &'a Event, data: &'a Value) -> Names<'a> {
        Names {
            bare: None,
            id: event.public_id(),
            r#type: event.event_type.as_str(),
            timestamp: event.timestamp.to_string(),
            version: event.version,
            ordering_key: event.ordering_key.as_ref().map(|key| key.as_str()),
            correlation_id: event.correlation_id.as_ref().map(|id| id.as_str()),
            source: event.source.as_ref().map(|source| source.as_str()),
            metadata: event.metadata.as_ref().map(|metadata| metadata.as_map()),
            data,
            card: None,
            fields: None,
            webhook: None,
        }
    }

    /// With the members of the data by their own names, if the webhook's template has them so.
    pub fn named(self, names: TemplateNames) -> Names<'a> {
        Names { bare: self.data.as_object().filter(|_| names == TemplateNames::Bare), ..self }
    }

    /// With a card, for templates.
    pub fn with_card(self, card: Value) -> Names<'a> {
        Names { card: Some(card), ..self }
    }
}

/// What templates are given of an event: its data, read, and a card of it.
pub(super) struct Facts {
    pub data: Value,
    pub card: Value,
}

impl Facts {
    /// # Errors
    /// The event's data cannot be read.
    pub fn of(event: &Event, known: &KnownMeanings) -> Result<Facts, Failure> {
        let data = data_of(event)?;
        let card = card_of(event, &data, known);
        Ok(Facts { data, card })
    }
}

fn card_of(event: &Event, data: &Value, known: &KnownMeanings) -> Value {
    card::card(event.event_type.as_str(), data, &known(&event.event_type, event.version))
}

/// The event's data, read.
pub(super) fn data_of(event: &Event) -> Result<Value, Failure> {
    exact::read(&event.data).map_err(|error| cannot(format!("the event's data cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_templates_are_told_that_there_is_is_there() {
        let (fields, metadata, data) = (BTreeMap::new(), BTreeMap::new(), json!({"symbol": "AAPL", "id": "mine"}));
        let names = Names {
            bare: None,
            id: "evt_1".into(),
            r#type: "a",
            timestamp: "t".into(),
            version: None,
            ordering_key: None,
            correlation_id: None,
            source: None,
            metadata: None,
            data: &data,
            card: Some(json!({})),
            fields: Some(fields),
            webhook: Some(WebhookNames { id: "w", name: "", metadata: &metadata }),
        };
        let there = serde_json::to_value(&names).unwrap();
        let there: BTreeSet<&str> = there.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(there, EVENT_NAMES.into_iter().chain(MORE_NAMES).collect());
        // Named alone, members take nothing away.
        let source = "{{ symbol }} {{ id }} {{ data.id }}";
        let template = crate::template::engine().template(source, lanehook_template::Escape::None).unwrap();
        let context = lanehook_template::Context::new(&names.named(TemplateNames::Bare));
        assert_eq!(template.render(&context, &Default::default()).unwrap(), "AAPL evt_1 mine");
    }
}

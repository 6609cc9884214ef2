//! What a webhook's template or script can name of an event, and of the webhook itself.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::failure::cannot;
use crate::{
    model::{Event, Failure},
    webhook::Webhook,
};

/// Its fields are the names.
#[derive(Serialize)]
pub(super) struct Names<'a> {
    id: String,
    r#type: &'a str,
    timestamp: String,
    version: Option<u32>,
    ordering_key: Option<&'a str>,
    correlation_id: Option<&'a str>,
    data: &'a Value,
    /// What people want to know of the event at a glance; see [`card`](mod@super::card). Only templates have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Value>,
    /// What the user filled in for the platform.
    fields: BTreeMap<String, String>,
    webhook: WebhookNames<'a>,
}

#[derive(Serialize)]
struct WebhookNames<'a> {
    id: &'a str,
    name: &'a str,
    metadata: &'a BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    /// For an event with this data.
    pub fn of(webhook: &'a Webhook, event: &'a Event, data: &'a Value) -> Names<'a> {
        let settings = &webhook.settings;
        Names {
            id: event.public_id(),
            r#type: event.event_type.as_str(),
            timestamp: event.timestamp.to_string(),
            version: event.version,
            ordering_key: event.ordering_key.as_ref().map(|key| key.as_str()),
            correlation_id: event.correlation_id.as_ref().map(|id| id.as_str()),
            data,
            card: None,
            fields: settings.preset().map(|preset| preset.complete(&settings.fields)).unwrap_or_default(),
            webhook: WebhookNames { id: webhook.id.as_str(), name: &settings.name, metadata: &settings.metadata },
        }
    }

    /// With a card, for templates.
    pub fn with_card(self, card: Value) -> Names<'a> {
        Names { card: Some(card), ..self }
    }
}

/// The event's data, read.
pub(super) fn data_of(event: &Event) -> Result<Value, Failure> {
    serde_json::from_slice(&event.data).map_err(|error| cannot(format!("the event's data cannot be read: {error}")))
}

//! What a platform is sent for an event, as the server renders it.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use lanehook::{
    model::{
        DeliveryId, DueBatch, Event, EventKey, EventType, Failure, FailureKind, Message, TargetUrl, TenantKey,
        Timestamp, WebhookId, WebhookKey,
    },
    platform::{PayloadFormat, Platform},
    render::{self, Renderer, Scripted},
    webhook::{Secrets, Webhook, WebhookSettings},
};
use serde_json::Value;

use super::fakes;

const SERIAL: &str = "06f3n1qk2v0g0";

/// A webhook of a platform, as a user would make it.
pub struct Connected {
    pub platform: &'static Platform,
    webhook: Webhook,
    renderer: Renderer,
}

/// A webhook of each platform that has a payload of its own.
pub fn webhooks() -> Vec<Connected> {
    of_every_platform().into_iter().filter(|webhook| webhook.platform.template.is_some()).collect()
}

/// A webhook of each platform.
pub fn of_every_platform() -> Vec<Connected> {
    Platform::all().iter().map(Connected::to).collect()
}

impl Connected {
    fn to(platform: &'static Platform) -> Connected {
        let fields = filled(platform);
        let url = platform.default_url(&fields).unwrap_or_else(|| platform.address.example.clone());
        let mut settings = WebhookSettings::new(TargetUrl::parse(&url).unwrap());
        (settings.platform, settings.fields) = (Some(platform.id.clone()), fields);
        let renderer = Renderer::default();
        render::check(&settings, false).unwrap_or_else(|error| panic!("{}: {error:?}", platform.id));
        let time = Timestamp::from_millis(1_769_860_800_000);
        let webhook = Webhook {
            key: WebhookKey::parse(&format!("wh_{SERIAL}")).unwrap(),
            tenant: TenantKey(1),
            id: WebhookId::parse("mine").unwrap(),
            settings,
            secrets: Secrets::default(),
            disabled: None,
            status_since: None,
            version: 1,
            created_at: time,
            updated_at: time,
        };
        Connected { platform, webhook, renderer }
    }

    /// What goes out for an event; nothing for the end of an alert that would open one.
    pub fn message(&self, event_type: &str, data: &Value) -> Option<Message> {
        match self.rendered(event_type, data).map_err(|failure| (failure.kind, failure.message)) {
            Ok(message) => Some(message),
            Err((FailureKind::Skipped, _)) => None,
            Err((_, reason)) => panic!("{} {event_type}: {reason}", self.platform.id),
        }
    }

    /// The same, or why there is none.
    pub fn rendered(&self, event_type: &str, data: &Value) -> Result<Message, Failure> {
        let event = Event {
            key: EventKey::parse(&format!("evt_{SERIAL}")).unwrap(),
            tenant: self.webhook.tenant,
            caller_id: None,
            event_type: EventType::parse(event_type).unwrap(),
            timestamp: self.webhook.created_at,
            version: None,
            ordering_key: None,
            correlation_id: None,
            traceparent: None,
            source: None,
            metadata: None,
            data: Bytes::from(data.to_string()),
            fan_out: 1,
            scrubbed_at: None,
            test: false,
        };
        let batch = DueBatch::single(DeliveryId::parse(&format!("dlv_{SERIAL}")).unwrap(), Arc::new(event));
        let mut rendered = self.renderer.render(&self.webhook, &batch, &Scripted::new());
        match rendered.message {
            Some((message, _)) => Ok(message),
            None => Err(rendered.rejected.pop().unwrap().1),
        }
    }

    /// The payload of a message; of a form, its fields.
    pub fn payload(&self, message: &Message) -> Value {
        match self.platform.payload_format {
            PayloadFormat::Json => serde_json::from_slice(&message.body).unwrap(),
            PayloadFormat::Form => {
                let fields = url::form_urlencoded::parse(&message.body);
                fields.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect()
            }
        }
    }

    /// The message with another payload.
    pub fn with_payload(&self, message: &Message, payload: &Value) -> Message {
        let body = match self.platform.payload_format {
            PayloadFormat::Json => payload.to_string().into(),
            PayloadFormat::Form => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in payload.as_object().unwrap() {
                    form.append_pair(name, value.as_str().unwrap());
                }
                form.finish().into()
            }
        };
        Message { body, ..message.clone() }
    }

    /// The request that carries a message.
    pub fn request(&self, message: &Message) -> fakes::Request {
        let target = message.target.as_ref().unwrap_or(&self.webhook.settings.url);
        let mut headers = message.headers.clone();
        headers.push(("content-type".into(), message.content_type.clone().into_owned()));
        fakes::Request {
            method: message.method.to_string(),
            target: target.url()[url::Position::BeforePath..].into(),
            headers,
            body: message.body.to_vec(),
        }
    }

    /// Why the platform would refuse a message.
    pub fn refusal(&self, message: &Message) -> Option<String> {
        let answer = fakes::respond(self.platform.id.as_str(), &self.request(message));
        self.platform.success(answer.status, answer.body.as_bytes()).err().map(|refusal| refusal.message)
    }
}

/// What a user could fill in.
pub fn filled(platform: &Platform) -> BTreeMap<String, String> {
    let value = |id: &str| match (platform.id.as_str(), id) {
        ("telegram", "bot_token") => "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678".into(),
        (_, "chat_id") => "-1001234567890".into(),
        (_, "topic_id") => "7".into(),
        ("dingtalk", "keyword") => "lanehook".into(),
        ("ntfy", "access_token") => format!("tk_{}", "a".repeat(29)),
        ("zulip", "bot_email") => "bot@zulip.example".into(),
        ("zulip", "topic") => String::new(),
        (_, "host" | "site" | "source") => String::new(),
        ("rocketchat", "channel") => "#alerts".into(),
        (_, "channel") => "alerts".into(),
        ("pushover", "token" | "user") => "a".repeat(30),
        _ => "a".repeat(32),
    };
    platform.fields.iter().map(|field| (field.id.clone(), value(&field.id))).collect()
}

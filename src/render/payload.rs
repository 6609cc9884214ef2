//! One event's payload, by the webhook's settings.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Scripted, cannot, card, cloudevents, envelope, form, platform, script::Transformed};
use crate::{
    model::{
        CloudEventsMode, DeliveryId, Event, Failure, FailureKind, Message, Payload, TargetUrl, TemplateFormat, Webhook,
        platform::PayloadFormat,
    },
    template::{Context, Escape, Limits, Template, TemplateError, check_json},
};

pub(super) const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Templates and scripts that are kept compiled.
const KEPT: usize = 2_000;

/// What is compiled once.
#[derive(Default)]
pub(super) struct Compiled {
    templates: Kept<Template>,
}

/// By source, and how values are escaped.
struct Kept<T>(Mutex<HashMap<(Arc<str>, bool), T>>);

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    fn get<E>(&self, source: &str, json: bool, compile: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let key = (Arc::from(source), json);
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let compiled = compile()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            // Compiling takes microseconds: which of them go matters less than how fast.
            kept.clear();
        }
        kept.insert(key, compiled.clone());
        Ok(compiled)
    }
}

impl Compiled {
    pub fn template(&self, source: &str, format: TemplateFormat) -> Result<Template, Failure> {
        let escape = if format == TemplateFormat::Text { Escape::None } else { Escape::Json };
        let compiled = self.templates.get(source, escape == Escape::Json, || Template::compile(source, escape));
        compiled.map_err(|error| cannot(format!("the template: {error}")))
    }
}

/// A payload of one event, and what it brings along.
pub(super) struct Made {
    pub body: Bytes,
    pub content_type: Cow<'static, str>,
    pub method: Method,
    pub target: Option<TargetUrl>,
    pub headers: Vec<(String, String)>,
    pub is_standard: bool,
    /// The body as it may be shown, if it holds credentials.
    pub shown: Option<Bytes>,
}

impl Made {
    /// A body that goes by POST, with no further ado.
    pub fn of(body: Bytes, content_type: impl Into<Cow<'static, str>>) -> Made {
        Made {
            body,
            content_type: content_type.into(),
            method: Method::POST,
            target: None,
            headers: Vec::new(),
            is_standard: false,
            shown: None,
        }
    }

    /// As the only one of its message.
    pub fn message(self, delivery: DeliveryId, event: &Event) -> Message {
        Message {
            id: event.public_id(),
            event_type: event.event_type.as_str().to_owned().into(),
            delivery: delivery.to_string(),
            body: self.body,
            content_type: self.content_type,
            method: self.method,
            target: self.target,
            headers: self.headers,
            correlation_id: event.correlation_id.clone(),
            traceparent: event.traceparent.clone(),
            is_standard: self.is_standard,
            shown: self.shown,
        }
    }
}

/// The payload of one event.
///
/// # Errors
/// It cannot be made, or is not to be sent: see the failure's kind.
pub(super) fn render(
    compiled: &Compiled,
    webhook: &Webhook,
    delivery: DeliveryId,
    event: &Event,
    scripted: &Scripted,
) -> Result<Made, Failure> {
    let settings = &webhook.settings;
    let own = settings.payload.as_ref();
    let Some(preset) = settings.preset() else {
        return plain(compiled, own.unwrap_or(&Payload::Standard), webhook, delivery, event, scripted);
    };
    // JSON that is made for the platform is made to fit it; what follows from the event by itself goes as it is.
    let takes_forms = preset.payload_format == PayloadFormat::Form;
    let value = match (own, &preset.template) {
        (Some(Payload::Template { template, format: TemplateFormat::Form, .. }), _) if takes_forms => {
            Some(templated(compiled, template, TemplateFormat::Form, webhook, event)?)
        }
        (None, Some(source)) | (Some(Payload::Template { template: source, format: TemplateFormat::Json, .. }), _) => {
            Some(templated(compiled, source, TemplateFormat::Json, webhook, event)?)
        }
        (Some(Payload::JavaScript { .. }), _) => Some(read(&transformed(webhook, scripted, delivery)?)?),
        _ => None,
    };
    let made = match value {
        Some(value) => platform::fitted(preset, value)?,
        None => plain(compiled, own.unwrap_or(&Payload::Standard), webhook, delivery, event, scripted)?,
    };
    platform::dress(preset, settings, delivery, made)
}

/// The payload as the webhook's own settings say.
fn plain(
    compiled: &Compiled,
    payload: &Payload,
    webhook: &Webhook,
    delivery: DeliveryId,
    event: &Event,
    scripted: &Scripted,
) -> Result<Made, Failure> {
    Ok(match payload {
        Payload::Standard => Made { is_standard: true, ..Made::of(envelope::standard(event), JSON) },
        Payload::Plain => Made::of(envelope::plain(webhook, event), JSON),
        Payload::Data => Made::of(event.data.clone(), JSON),
        Payload::CloudEvents { mode: CloudEventsMode::Structured, source, .. } => {
            Made::of(cloudevents::structured(event, source.as_deref()), cloudevents::JSON)
        }
        Payload::CloudEvents { mode: CloudEventsMode::Binary, source, .. } => {
            let headers = cloudevents::headers(event, source.as_deref());
            Made { headers, ..Made::of(event.data.clone(), JSON) }
        }
        Payload::Form => Made::of(form::of_event(event)?, form::URL_ENCODED),
        Payload::Template { template, format: TemplateFormat::Json, .. } => {
            let text = templated_text(compiled, template, TemplateFormat::Json, webhook, event)?;
            check_json(&text).map_err(|error| of_template(webhook, &error))?;
            Made::of(text.into(), JSON)
        }
        Payload::Template { template, format: TemplateFormat::Form, .. } => {
            let value = templated(compiled, template, TemplateFormat::Form, webhook, event)?;
            Made::of(form::of_object(&object(value)?)?, form::URL_ENCODED)
        }
        Payload::Template { template, format: TemplateFormat::Text, content_type } => {
            let text = templated_text(compiled, template, TemplateFormat::Text, webhook, event)?;
            Made::of(text.into(), content_type.clone().map_or(Cow::Borrowed(TEXT), Cow::Owned))
        }
        Payload::JavaScript { .. } => Made::of(transformed(webhook, scripted, delivery)?, JSON),
    })
}

fn of_template(webhook: &Webhook, error: &TemplateError) -> Failure {
    without_credentials(webhook, format!("the template: {error}"))
}

/// An error shows a part of what was written, or what a script throws.
fn without_credentials(webhook: &Webhook, message: String) -> Failure {
    cannot(webhook.settings.credentials().hidden(&message).unwrap_or(message))
}

pub(super) fn object(value: Value) -> Result<Map<String, Value>, Failure> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(cannot("a form is made of a JSON object, and the payload is none")),
    }
}

fn read(text: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(text).map_err(|error| cannot(format!("the payload is no JSON: {error}")))
}

/// What templates and scripts can name.
#[derive(Serialize)]
struct Names<'a> {
    id: String,
    r#type: &'a str,
    timestamp: String,
    version: Option<u32>,
    ordering_key: Option<&'a str>,
    correlation_id: Option<&'a str>,
    data: &'a Value,
    /// What people want to know of the event at a glance; see [`card`].
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Value>,
    /// What the user filled in for the platform.
    fields: std::collections::BTreeMap<String, String>,
    webhook: WebhookNames<'a>,
}

#[derive(Serialize)]
struct WebhookNames<'a> {
    id: &'a str,
    name: &'a str,
    metadata: &'a std::collections::BTreeMap<String, String>,
}

fn names<'a>(webhook: &'a Webhook, event: &'a Event, data: &'a Value) -> Names<'a> {
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

fn data_of(event: &Event) -> Result<Value, Failure> {
    serde_json::from_slice(&event.data).map_err(|error| cannot(format!("the event's data cannot be read: {error}")))
}

fn templated_text(
    compiled: &Compiled,
    source: &str,
    format: TemplateFormat,
    webhook: &Webhook,
    event: &Event,
) -> Result<String, Failure> {
    let template = compiled.template(source, format)?;
    let data = data_of(event)?;
    let names = Names { card: Some(card(event.event_type.as_str(), &data)), ..names(webhook, event, &data) };
    template.render(&Context::new(&names), &Limits::default()).map_err(|error| of_template(webhook, &error))
}

/// JSON that a template has written.
fn templated(
    compiled: &Compiled,
    source: &str,
    format: TemplateFormat,
    webhook: &Webhook,
    event: &Event,
) -> Result<Value, Failure> {
    let text = templated_text(compiled, source, format, webhook, event)?;
    read(text.as_bytes()).map_err(|failure| match check_json(&text) {
        Err(error) => of_template(webhook, &error),
        Ok(()) => failure,
    })
}

pub(super) fn script_input(webhook: &Webhook, event: &Event) -> Result<String, Failure> {
    let data = data_of(event)?;
    serde_json::to_string(&names(webhook, event, &data)).map_err(|error| cannot(error.to_string()))
}

fn transformed(webhook: &Webhook, scripted: &Scripted, delivery: DeliveryId) -> Result<Bytes, Failure> {
    match scripted.get(&delivery) {
        Some(Ok(Transformed::Payload(payload))) => Ok(payload.clone()),
        Some(Ok(Transformed::Skip)) => {
            let message = "the webhook's script returned null: there is nothing to send".into();
            Err(Failure { kind: FailureKind::Skipped, message, retry_after: None })
        }
        Some(Err(error)) => Err(without_credentials(webhook, format!("the script: {error}"))),
        None => Err(cannot("the script was not run")),
    }
}

//! One event's payload, by the webhook's settings.

use std::borrow::Cow;

use lanehook_template::check_json;

use super::{
    cloudevents,
    content::{Content, JSON, object, read},
    envelope,
    failure::NoPayload,
    form, names, platform,
    scripted::{self, Scripted},
    templates::{self, Templates},
};
use crate::{
    model::{DeliveryId, Event},
    platform::PayloadFormat,
    webhook::{CloudEventsMode, Payload, Summary, TemplateFormat, Webhook},
    work::{Cost, Slice},
};

/// Copying a kilobyte of data into an envelope.
const OF_COPIED_KILOBYTE: Cost = 200;
/// Reading a byte of data, and handing it to a template.
const OF_READ_BYTE: Cost = 20;

const TEXT: &str = "text/plain; charset=utf-8";

/// The payload of one event.
///
/// # Errors
/// It cannot be made, or is not to be sent: see the failure's kind. Or it takes longer than the slice allows.
pub(super) fn render(
    templates: &Templates,
    webhook: &Webhook,
    delivery: DeliveryId,
    event: &Event,
    scripted: &Scripted,
    slice: &mut Slice,
) -> Result<Content, NoPayload> {
    if !slice.affords(cost(webhook, event)) {
        return Err(NoPayload::NotNow);
    }
    let settings = &webhook.settings;
    let own = settings.payload.as_ref();
    let Some(preset) = settings.preset() else {
        return plain(templates, own.unwrap_or(&Payload::Standard), webhook, delivery, event, scripted, slice);
    };
    // JSON that is made for the platform is made to fit it; what follows from the event by itself goes as it is.
    let takes_forms = preset.payload_format == PayloadFormat::Form;
    let mut ended = None;
    let value = match (own, &preset.template) {
        (Some(Payload::Template { template, format: TemplateFormat::Form, .. }), _) if takes_forms => {
            Some(templates.json(template, TemplateFormat::Form, webhook, event, slice)?)
        }
        (None, Some(source)) => {
            let (value, key) = templates.of_platform(preset, source, webhook, event, slice)?;
            ended = key;
            Some(value)
        }
        (Some(Payload::Template { template, format: TemplateFormat::Json, .. }), _) => {
            Some(templates.json(template, TemplateFormat::Json, webhook, event, slice)?)
        }
        (Some(Payload::JavaScript { .. }), _) => Some(read(&scripted::payload(webhook, scripted, delivery)?)?),
        _ => None,
    };
    let content = match value {
        Some(value) => platform::fit_to_limits(preset, value)?,
        None => plain(templates, own.unwrap_or(&Payload::Standard), webhook, delivery, event, scripted, slice)?,
    };
    Ok(platform::with_platform_request(preset, settings, delivery, ended.as_deref(), content)?)
}

/// An event as one of many, for what writes one body of a batch.
pub(super) fn one_of_many(
    templates: &Templates,
    summary: Summary<'_>,
    event: &Event,
    slice: &mut Slice,
) -> Result<Content, NoPayload> {
    if !slice.affords(2 * OF_READ_BYTE * (event.data.len() as Cost + 256)) {
        return Err(NoPayload::NotNow);
    }
    let known = match summary {
        Summary::Template(_) => Some(&templates.known),
        Summary::Script(_) => None,
    };
    Ok(Content::of(names::of_one(event, known)?.into(), JSON))
}

/// What making it takes, besides what its template does.
fn cost(webhook: &Webhook, event: &Event) -> Cost {
    let bytes = event.data.len() as Cost;
    match webhook.settings.payload {
        None | Some(Payload::Standard | Payload::Plain | Payload::Data | Payload::CloudEvents { .. })
            if webhook.settings.platform.is_none() =>
        {
            OF_COPIED_KILOBYTE * (bytes / 1024 + 1)
        }
        _ => OF_READ_BYTE * (bytes + 256),
    }
}

/// The payload as the webhook's own settings say.
fn plain(
    templates: &Templates,
    payload: &Payload,
    webhook: &Webhook,
    delivery: DeliveryId,
    event: &Event,
    scripted: &Scripted,
    slice: &mut Slice,
) -> Result<Content, NoPayload> {
    Ok(match payload {
        Payload::Standard => Content { is_standard: true, ..Content::of(envelope::standard(event), JSON) },
        Payload::Plain => Content::of(envelope::plain(webhook, event), JSON),
        Payload::Data => Content::of(event.data.clone(), JSON),
        Payload::CloudEvents { mode: CloudEventsMode::Structured, source, .. } => {
            Content::of(cloudevents::structured(event, source.as_deref()), cloudevents::JSON)
        }
        Payload::CloudEvents { mode: CloudEventsMode::Binary, source, .. } => {
            let headers = cloudevents::headers(event, source.as_deref());
            Content { headers, ..Content::of(event.data.clone(), JSON) }
        }
        Payload::Form => Content::of(form::of_event(event)?, form::URL_ENCODED),
        Payload::Template { template, format: TemplateFormat::Json, .. } => {
            let text = templates.text(template, TemplateFormat::Json, webhook, event, slice)?;
            check_json(&text).map_err(|error| templates::failed(webhook, &error))?;
            Content::of(text.into(), JSON)
        }
        Payload::Template { template, format: TemplateFormat::Form, .. } => {
            let value = templates.json(template, TemplateFormat::Form, webhook, event, slice)?;
            Content::of(form::of_object(&object(value)?)?, form::URL_ENCODED)
        }
        Payload::Template { template, format: TemplateFormat::Text, content_type, .. } => {
            let text = templates.text(template, TemplateFormat::Text, webhook, event, slice)?;
            Content::of(text.into(), content_type.clone().map_or(Cow::Borrowed(TEXT), Cow::Owned))
        }
        Payload::JavaScript { .. } => Content::of(scripted::payload(webhook, scripted, delivery)?, JSON),
    })
}

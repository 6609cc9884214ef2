//! Whether payloads can be made as a webhook's settings say; asked before they are saved. Scripts are not looked at here:
//! that takes running them.

use super::{names, templates::compile};
use crate::{
    model::{FieldError, field_error::escaped},
    platform::Platform,
    webhook::{Auth, Batch, Payload, Summary, TemplateFormat, WebhookSettings},
};

/// Whether payloads can be made as these settings say. `any_host`: a platform's receiver may be anywhere, as in development.
///
/// # Errors
/// The first setting that cannot be obeyed, and how to mend it.
pub fn check(settings: &WebhookSettings, any_host: bool) -> Result<(), FieldError> {
    if let Some(Payload::Template { template, format, names: how, .. }) = &settings.payload {
        let wrong = |message| FieldError::at("/payload/template", message);
        let compiled = compile(template, *format).map_err(|failure| wrong(failure.message))?;
        if how.is_qualified() {
            let hint = |error| wrong(format!("the template: {error}; or set `names` to `bare`"));
            names::check(&compiled).map_err(hint)?;
        }
    }
    if let Some(id) = &settings.platform {
        let Some(platform) = settings.preset() else {
            let message = format!("there is no platform `{}`; GET /api/v1/platforms lists them", id.as_str());
            return Err(FieldError::at("/platform", message));
        };
        check_platform(platform, settings, any_host)?;
    } else if let Some(name) = settings.fields.keys().next() {
        let message = "fields are what a platform asks to be filled in, and there is none; set `platform`";
        return Err(FieldError::at(format!("/fields/{}", escaped(name)), message));
    }
    check_batch(settings)
}

fn check_platform(platform: &Platform, settings: &WebhookSettings, any_host: bool) -> Result<(), FieldError> {
    let below = |error: FieldError| FieldError::at(format!("/fields{}", error.pointer), error.message);
    platform.check_fields(&settings.fields).map_err(below)?;
    platform.check_url(&settings.url, any_host).map_err(|message| FieldError::at("/url", message))?;
    // One value would hide the other, and which of them is not for us to guess.
    let names: Vec<String> =
        platform.headers(&settings.fields, "").into_iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let auth = match &settings.auth {
        Auth::None => None,
        Auth::Bearer { .. } | Auth::Basic { .. } => Some("authorization"),
        Auth::Header { name, .. } => Some(name.as_str()),
    };
    if auth.is_some_and(|name| names.iter().any(|own| own.eq_ignore_ascii_case(name))) {
        let message = format!("{} is authenticated by its fields; leave `auth` out", platform.name);
        return Err(FieldError::at("/auth", message).beside("/platform"));
    }
    match settings.headers.iter().find(|(name, _)| names.iter().any(|own| own == name)) {
        Some((name, _)) => {
            let message = format!("{} sets this header from its fields; leave it out", platform.name);
            Err(FieldError::at(format!("/headers/{}", escaped(name)), message).beside("/platform"))
        }
        None => Ok(()),
    }
}

fn check_batch(settings: &WebhookSettings) -> Result<(), FieldError> {
    let Some(batch) = &settings.batch else { return Ok(()) };
    if let Some(summary) = batch.summary() {
        return check_summary(settings, batch, summary);
    }
    if let Some(platform) = settings.preset() {
        let message = format!(
            "{} takes one message a request; give a `batch.template` or a `batch.script` that writes one message of many events, \
             or leave `batch` out",
            platform.name
        );
        return Err(FieldError::at("/batch", message).beside("/platform"));
    }
    if settings.payload.as_ref().is_some_and(|payload| !payload.can_be_batched()) {
        let message = "this payload goes one by one; choose one that is JSON, or leave `batch` out";
        return Err(FieldError::at("/batch", message).beside("/payload"));
    }
    Ok(())
}

fn check_summary(settings: &WebhookSettings, batch: &Batch, summary: Summary<'_>) -> Result<(), FieldError> {
    let (kind, place) = match summary {
        Summary::Template(_) => ("template", "/batch/template"),
        Summary::Script(_) => ("script", "/batch/script"),
    };
    if settings.payload.is_some() {
        let message = format!("the batch's {kind} writes the whole body; give `payload` or `batch.{kind}`, not both");
        return Err(FieldError::at("/payload", message).beside(place));
    }
    if batch.template.is_some() && batch.script.is_some() {
        let message = "one body is written by a template or by a script; leave one of them out";
        return Err(FieldError::at("/batch/script", message).beside("/batch/template"));
    }
    let Summary::Template(source) = summary else { return Ok(()) };
    let wrong = |message| FieldError::at("/batch/template", message);
    let compiled = compile(source, TemplateFormat::Json).map_err(|failure| wrong(failure.message))?;
    names::check_summary(&compiled).map_err(|error| wrong(format!("the template: {error}")))
}

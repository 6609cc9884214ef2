//! Which credentials a change would take to where they have not been. Who may change a webhook need not know them: they are
//! shown as `[redacted]`, and a change that leaves them out keeps them. So they must not follow it to another receiver, into
//! another template, or into a view that hides them no more. Pure.

use serde_json::{Map, Value};

use super::{auth::Auth, batch::Summary, payload::Payload, settings::WebhookSettings};
use crate::model::{FieldError, field_error::escaped};

/// The credentials that are kept from before, since the change does not name them, and that it would expose: each with its
/// place in the settings, and what to do. `given` is what the caller sent.
pub(super) fn exposed(
    before: &WebhookSettings,
    after: &WebhookSettings,
    given: &Map<String, Value>,
) -> Vec<FieldError> {
    let mut exposed = Vec::new();
    let mut add = |kept: Vec<String>, why: &str| {
        let message = |pointer| FieldError::at(pointer, format!("{why}; send it again with this change, or {CURE}"));
        exposed.extend(kept.into_iter().map(message));
    };
    let (old, new) = (before.url.origin(), after.url.origin());
    let (fields, others) = kept(after, given);
    let published = published(before, after, given);
    if old != new {
        add([others, fields].concat(), &format!("is for {old} and does not go to {new} unless you know it"));
    } else if written_anew(before, after) {
        add(fields, "could be read by what now writes the payload");
    }
    add(published, "would be shown");
    let was_hidden = before.shown_url() != before.url.as_str();
    if was_hidden && after.url == before.url && after.shown_url() != before.shown_url() && !given.contains_key("url") {
        add(vec!["/url".into()], "would be shown in full without its platform");
    }
    exposed
}

const CURE: &str = "use a key with the scope `secrets`";

/// The places of credentials that the change does not name: the platform's fields, and all others.
fn kept(settings: &WebhookSettings, given: &Map<String, Value>) -> (Vec<String>, Vec<String>) {
    let secret = settings.preset().into_iter().flat_map(|platform| &platform.fields).filter(|field| field.secret);
    let fields = secret.map(|field| field.id.as_str()).filter(|id| settings.fields.contains_key(*id));
    let fields = fields.filter(|id| !is_given(given, "fields", id)).map(|id| pointer("fields", id)).collect();
    let auth = match &settings.auth {
        Auth::None => None,
        Auth::Bearer { .. } => Some("token"),
        Auth::Basic { .. } => Some("password"),
        Auth::Header { .. } => Some("value"),
    };
    let auth = auth.filter(|member| !is_given(given, "auth", member)).map(|member| pointer("auth", member));
    let headers = settings.secret_headers().map(|(name, _)| name);
    let headers = headers.filter(|name| !is_given(given, "headers", name)).map(|name| of_header(settings, name));
    (fields, auth.into_iter().chain(headers).collect())
}

/// The places of headers that were secret, and that the change makes public without naming their values.
fn published(before: &WebhookSettings, after: &WebhookSettings, given: &Map<String, Value>) -> Vec<String> {
    let kept = before.secret_headers().map(|(name, _)| name).filter(|name| !is_given(given, "headers", name));
    let shown = kept.filter(|name| after.headers.has(name) && after.public_headers.has(name));
    shown.map(|name| of_header(after, name)).collect()
}

/// Whether the change names this member of an object. Names of headers have no case.
fn is_given(given: &Map<String, Value>, of: &str, name: &str) -> bool {
    let members = given.get(of).and_then(Value::as_object);
    members.is_some_and(|members| members.keys().any(|given| given.eq_ignore_ascii_case(name)))
}

/// By its name as it is shown.
fn of_header(settings: &WebhookSettings, name: &str) -> String {
    pointer("headers", settings.headers.written(name).unwrap_or(name))
}

fn pointer(of: &str, name: &str) -> String {
    format!("/{of}/{}", escaped(name))
}

/// Whether payloads are now written by another template or script of the caller's: all of them know the platform's fields.
fn written_anew(before: &WebhookSettings, after: &WebhookSettings) -> bool {
    let is_code = matches!(after.payload, Some(Payload::Template { .. } | Payload::JavaScript { .. }));
    let (old, new) = (summary(before), summary(after));
    (is_code && before.payload != after.payload) || (new.is_some() && old != new)
}

fn summary(settings: &WebhookSettings) -> Option<Summary<'_>> {
    settings.batch.as_ref()?.summary()
}

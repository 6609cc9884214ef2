//! What a webhook's settings are where nothing is said about them and its platform stands for something. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{placeholder::no_placeholder, settings::WebhookSettings};
use crate::{model::FieldError, platform::Platform};

/// With what the platform stands for where nothing is said about it.
pub fn with_defaults(settings: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = settings.clone();
    let platform = settings.get("platform").and_then(Value::as_str).and_then(Platform::find);
    for (name, value) in platform.map(defaults).unwrap_or_default() {
        // Null is nothing said, but of a rate: there it says that there is none.
        if settings.get(&name).is_none_or(|said| said.is_null() && name != "rate_limit") {
            settings.insert(name, value);
        }
    }
    settings
}

/// The rate that a platform takes, and the order that it needs: the end of an alert never overtakes its beginning.
fn defaults(platform: &Platform) -> Map<String, Value> {
    let rate = platform.rate_limit.and_then(|rate| serde_json::to_value(rate).ok());
    let ordering = if platform.alerts.is_some() { "key" } else { "none" };
    [("rate_limit".into(), rate.unwrap_or_default()), ("ordering".into(), ordering.into())].into_iter().collect()
}

/// The same of no platform.
fn no_defaults() -> Map<String, Value> {
    [("rate_limit".into(), Value::Null), ("ordering".into(), "none".into())].into_iter().collect()
}

/// The address that the platform has for everybody, or that is made of the fields.
pub fn default_url(settings: &Map<String, Value>) -> Option<String> {
    let platform = Platform::find(settings.get("platform")?.as_str()?)?;
    platform.default_url(&serde_json::from_value(fields(settings)).ok()?)
}

/// The fields that the platform makes the URL of.
pub fn instead_of_url(settings: &Map<String, Value>) -> Option<String> {
    let platform = Platform::find(settings.get("platform")?.as_str()?)?;
    let fields = platform.recipe.default_url.as_ref()?.placeholders().map(|id| format!("`fields.{id}`"));
    Some(fields.collect::<Vec<_>>().join(" and ")).filter(|fields| !fields.is_empty())
}

/// There may be no address because the fields that it is made of are wrong: then they are to blame.
pub fn check_fields(settings: &Map<String, Value>) -> Result<(), FieldError> {
    let platform = settings.get("platform").and_then(Value::as_str).and_then(Platform::find);
    let fields: Result<BTreeMap<String, String>, _> = serde_json::from_value(fields(settings));
    let (Some(platform), Ok(fields)) = (platform, fields) else { return Ok(()) };
    for (name, value) in &fields {
        no_placeholder("fields", name, value)?;
    }
    let below = |error: FieldError| FieldError::at(format!("/fields{}", error.pointer), error.message);
    platform.check_fields(&fields).map_err(below)
}

/// What is filled in for the platform.
fn fields(settings: &Map<String, Value>) -> Value {
    settings.get("fields").filter(|fields| !fields.is_null()).cloned().unwrap_or_else(|| Map::new().into())
}

/// After a patch: what the platform before stood for is what the one there is now stands for, unless the patch says
/// something about it.
pub fn redone(
    mut patched: Map<String, Value>,
    patch: &Map<String, Value>,
    before: &WebhookSettings,
) -> Map<String, Value> {
    let made_of_fields = |platform: &Platform| platform.default_url(&before.fields);
    let was_default = before.preset().and_then(made_of_fields).as_deref() == Some(before.url.as_str());
    if was_default && !patch.contains_key("url") {
        patched.remove("url");
    }
    if patch.contains_key("platform") {
        for (name, value) in before.preset().map(defaults).unwrap_or_else(no_defaults) {
            if !patch.contains_key(&name) && patched.get(&name).unwrap_or(&Value::Null) == &value {
                patched.remove(&name);
            }
        }
        patched = with_defaults(&patched);
    }
    patched
}

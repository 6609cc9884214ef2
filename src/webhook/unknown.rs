//! Names that no setting of a webhook has, in words for whoever wrote them. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::settings::WebhookSettings;
use crate::model::{
    FieldError, TargetUrl,
    field_error::{MOST_ERRORS, escaped, is_unknown},
    words,
};

/// What callers may send beside the settings.
const BESIDE: [&str; 2] = ["secret", "secret_type"];
/// What answers show besides: whoever sends a webhook back as it was shown has them.
pub const ONLY_SHOWN: [&str; 10] = [
    "retry_plan",
    "status_reason",
    "has_secret",
    "public_key",
    "health",
    "counters",
    "created_at",
    "updated_at",
    "version",
    "warnings",
];

/// What settings are called elsewhere, where their names here are not alike, or mean something else: each with what is right here.
const ELSEWHERE: [(&[&str], &str); 7] = [
    (
        &["enabled", "enable", "is_enabled", "active", "is_active", "disabled", "is_disabled", "paused", "is_paused"],
        "whether it gets anything is said by `status`: \"active\", \"paused\" or \"disabled\"",
    ),
    (
        &["insecure", "skip_verify", "insecure_skip_verify", "skip_tls_verify", "ignore_tls", "ignore_ssl"],
        "whether the receiver's certificate is checked is said by `verify_tls`, which is true",
    ),
    (
        &["endpoint", "uri", "target", "callback", "destination", "address", "link"],
        "where requests go is said by `url`",
    ),
    (&["topics", "topic", "subscriptions", "channels"], "which events it gets is said by `event_types`: [\"price.*\"]"),
    (
        &["template", "body", "script", "code", "transform", "transformation"],
        "what is sent is said by `payload`: {\"type\": \"template\", \"template\": …} or {\"type\": \"javascript\", \"code\": …}",
    ),
    (
        &["username", "user", "password", "token", "bearer_token", "api_key", "authorization"],
        "how requests authenticate is said by `auth`: {\"type\": \"bearer\", \"token\": …}",
    ),
    (
        &["attempts", "max_attempts", "max_retries", "retry_count"],
        "how often it is tried is said by `retry`: {\"preset\": \"quick\", \"attempts\": 3}",
    ),
];

/// Says of names that serde does not know what there is, the secret among it, and where an id goes.
pub fn explain(errors: &mut [FieldError]) {
    let unknown = errors.iter_mut().filter(|error| is_unknown(error));
    for error in unknown {
        // Deeper down serde has said all there is to say.
        if let Some(name) = error.pointer.strip_prefix('/').filter(|rest| !rest.contains('/')) {
            error.message = explained(&name.replace("~1", "/").replace("~0", "~"));
        }
    }
}

/// A merge patch that takes away what there cannot be would change nothing without a word.
///
/// # Errors
/// The names that no setting has, with null for their value; other values are seen when they are read.
pub fn nulls_are_known(patch: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
    let known = members();
    let unknown = patch.iter().filter(|(name, value)| value.is_null() && !known.contains(*name));
    let errors = unknown.map(|(name, _)| FieldError::at(format!("/{}", escaped(name)), explained(name)));
    let errors: Vec<FieldError> = errors.take(MOST_ERRORS).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn explained(name: &str) -> String {
    if name == "id" {
        return "the id is not sent here: PUT /api/v1/webhooks/{id} makes a webhook under an id of your own, and changes the one that \
                has it; leave it out"
            .into();
    }
    if ONLY_SHOWN.contains(&name) {
        return format!("`{name}` is told in answers and cannot be set; leave it out");
    }
    let spelled = name.to_ascii_lowercase();
    if let Some((_, right)) = ELSEWHERE.iter().find(|(names, _)| names.contains(&spelled.as_str())) {
        return format!("unknown field `{name}`; {right}");
    }
    let known = members();
    words::unknown_field(name, known.iter().map(String::as_str).chain(BESIDE))
}

/// The names of all settings.
fn members() -> BTreeSet<String> {
    let any = TargetUrl::parse("https://example.com/").ok().map(WebhookSettings::new);
    let written = any.and_then(|settings| serde_json::to_value(settings).ok());
    match written {
        Some(Value::Object(members)) => members.into_iter().map(|(name, _)| name).collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{model::FieldError, webhook::WebhookInput};

    fn wrong(body: serde_json::Value) -> Vec<FieldError> {
        WebhookInput::read(body.to_string().as_bytes()).unwrap().create([7; 32]).unwrap_err()
    }

    #[test]
    fn an_unknown_name_is_told_what_there_is() {
        for (name, said) in [
            ("id", "PUT /api/v1/webhooks/{id} makes a webhook under an id of your own"),
            ("secrets", "did you mean `secret`? expected one of"),
            ("colour", "`secret`, `secret_type`"),
            ("endpoint_url", "did you mean `url`?"),
            ("enabled", "is said by `status`: \"active\", \"paused\" or \"disabled\""),
            ("skip_verify", "is said by `verify_tls`, which is true"),
            ("topics", "is said by `event_types`"),
            ("max_retries", "is said by `retry`"),
            ("created_at", "is told in answers and cannot be set"),
            ("a/b~c", "unknown field `a/b~c`, expected one of"),
        ] {
            for value in [json!("x"), json!(null)] {
                let errors = wrong(json!({"url": "https://a.example/", name: value}));
                let [error] = errors.as_slice() else { panic!("{name}: {errors:?}") };
                assert!(error.message.contains(said), "{error:?}");
            }
        }
    }
}

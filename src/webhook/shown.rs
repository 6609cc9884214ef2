//! A webhook as it may be told to whoever may read it: every setting, no credential.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{auth::Auth, settings::WebhookSettings, state::Webhook};
use crate::model::{
    REDACTED,
    audit::{difference, masked, members},
};

impl WebhookSettings {
    /// What was filled in for its platform.
    pub fn shown_fields(&self) -> BTreeMap<String, String> {
        let mut fields = self.fields.clone();
        let secret = self.preset().into_iter().flat_map(|platform| &platform.fields).filter(|field| field.secret);
        for field in secret {
            if let Some(value) = fields.get_mut(&field.id) {
                REDACTED.clone_into(value);
            }
        }
        fields
    }

    /// Its own headers, with their names as they were written.
    pub fn shown_headers(&self) -> BTreeMap<String, String> {
        let shown = |name: &str, value: &str| match self.public_headers.has(&name.to_ascii_lowercase()) {
            true => value.to_owned(),
            false => REDACTED.to_owned(),
        };
        self.headers.as_written().map(|(name, value)| (name.to_owned(), shown(name, value))).collect()
    }
}

impl Auth {
    /// With everything but its credential.
    pub fn shown(&self) -> Auth {
        match self.clone() {
            Auth::None => Auth::None,
            Auth::Bearer { .. } => Auth::Bearer { token: REDACTED.into() },
            Auth::Basic { username, .. } => Auth::Basic { username, password: REDACTED.into() },
            Auth::Header { name, .. } => Auth::Header { name, value: REDACTED.into() },
        }
    }
}

impl Webhook {
    /// For the audit trail: its id and settings, why it is disabled, and whether it has a secret.
    pub fn shown(&self) -> Map<String, Value> {
        let mut shown = members(&self.settings).unwrap_or_default();
        let as_value = |value: serde_json::Result<Value>| value.unwrap_or_default();
        shown.insert("id".into(), self.id.as_str().into());
        // Without what looks like a credential: who reads the trail need not be permitted to read webhooks.
        shown.insert("url".into(), self.settings.redacted(&self.settings.url).into());
        shown.insert("fields".into(), as_value(serde_json::to_value(self.settings.shown_fields())));
        shown.insert("headers".into(), as_value(serde_json::to_value(self.settings.shown_headers())));
        shown.insert("auth".into(), as_value(serde_json::to_value(self.settings.auth.shown())));
        shown.insert("status_reason".into(), as_value(serde_json::to_value(self.disabled)));
        shown.insert("secret".into(), masked(self.secrets.current.is_some()));
        shown
    }

    /// What of it has become otherwise: before and after. A credential that was replaced is `[redacted]` in both.
    pub fn shown_difference(&self, after: &Webhook) -> (Map<String, Value>, Map<String, Value>) {
        let (old, new) = (&self.settings, &after.settings);
        let replaced = [
            ("url", old.url != new.url),
            ("fields", old.fields != new.fields),
            ("headers", old.headers != new.headers),
            ("auth", old.auth != new.auth),
            ("secret", self.has_other_secrets(after)),
        ];
        let replaced: Vec<&str> = replaced.into_iter().filter_map(|(name, is_so)| is_so.then_some(name)).collect();
        difference(self.shown(), after.shown(), &replaced)
    }

    fn has_other_secrets(&self, other: &Webhook) -> bool {
        let until = |webhook: &Webhook| webhook.secrets.previous.iter().map(|(_, until)| *until).collect::<Vec<_>>();
        !self.secrets.texts().eq(other.secrets.texts()) || until(self) != until(other)
    }
}

#[cfg(test)]
mod tests {
    use lanehook_signature::Secret;
    use serde_json::json;

    use super::*;
    use crate::{
        model::{Serial, TenantKey, Timestamp, WebhookId, WebhookKey, read_json},
        webhook::Secrets,
    };

    fn webhook(settings: Value, secret: &str) -> Webhook {
        Webhook {
            key: WebhookKey(Serial::nth(1)),
            tenant: TenantKey(1),
            id: WebhookId::parse("w").unwrap(),
            settings: read_json(settings.to_string().as_bytes()).unwrap(),
            secrets: Secrets { current: Some(Secret::parse(secret).unwrap()), previous: Vec::new() },
            disabled: None,
            status_since: None,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn no_credential_is_told_and_a_replaced_one_is_told_of() {
        let of = |token: &str| json!({"url": "https://a.example/", "auth": {"type": "bearer", "token": token}, "headers": {"X-Key": token}});
        let (before, after) =
            (webhook(of("hunter2"), "hunter2 is the secret"), webhook(of("hunter3"), "hunter3 is it"));
        let shown = Value::from(before.shown());
        assert!(!shown.to_string().contains("hunter"), "{shown}");
        assert_eq!((&shown["secret"], &shown["id"]), (&json!(REDACTED), &json!("w")));
        let (before, after) = before.shown_difference(&after);
        let expected = json!({
            "auth": {"type": "bearer", "token": REDACTED}, "headers": {"X-Key": REDACTED}, "secret": REDACTED,
        });
        assert_eq!((Value::from(before), Value::from(after)), (expected.clone(), expected));
    }

    #[test]
    fn what_stayed_is_not_told() {
        let before = webhook(json!({"url": "https://a.example/"}), "any secret");
        let mut after = before.clone();
        after.settings.starred = true;
        let (before, after) = before.shown_difference(&after);
        assert_eq!((Value::from(before), Value::from(after)), (json!({"starred": false}), json!({"starred": true})));
    }
}

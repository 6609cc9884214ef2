//! What callers send to make or change a webhook, checked: [`WebhookSettings`] with a secret beside them. Pure.

use std::{collections::BTreeSet, fmt};

use lanehook_signature::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    by_platform::{default_url, redone, with_defaults},
    draft::Draft,
    exposed::exposed,
    patch::{patched, told_what_stays},
    placeholder::no_placeholder,
    reading::{as_json, settings},
    secret::{SecretType, own_secret},
    settings::WebhookSettings,
    signing::Secrets,
    state::Webhook,
    status::{DisableReason, Status},
    unknown,
};
use crate::{
    model::{FieldError, read_json},
    platform::Platform,
};

/// What callers send to make or change a webhook: settings as JSON, and what is said about the secret.
pub struct WebhookInput {
    settings: Map<String, Value>,
    secret: SecretInput,
}

/// Its members are the caller's words, credentials among them, so none of them is printed.
impl fmt::Debug for WebhookInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookInput([redacted])")
    }
}

enum SecretInput {
    /// Nothing, but perhaps which kind to generate.
    Absent(Option<SecretType>),
    Remove,
    Own(Secret),
}

impl WebhookInput {
    /// Reads a JSON object.
    pub fn read(body: &[u8]) -> Result<WebhookInput, FieldError> {
        let mut settings: Map<String, Value> = read_json(body)?;
        let kind = match settings.remove("secret_type") {
            None | Some(Value::Null) => None,
            Some(value) => Some(
                SecretType::deserialize(value)
                    .map_err(|_| FieldError::at("/secret_type", "is \"hmac\" or \"ed25519\""))?,
            ),
        };
        let secret = match (settings.remove("secret"), kind) {
            (None, kind) => SecretInput::Absent(kind),
            (Some(_), Some(_)) => {
                let message = "says which kind of secret to generate; leave it out when you send one";
                return Err(FieldError::at("/secret_type", message));
            }
            (Some(Value::Null), None) => SecretInput::Remove,
            (Some(Value::String(text)), None) => SecretInput::Own(own_secret(&text)?),
            (Some(_), None) => return Err(FieldError::at("/secret", "is a string, or null for none")),
        };
        Ok(WebhookInput { settings, secret })
    }

    /// A new webhook; its secret is made of `random`, unless there is one.
    pub fn create(&self, random: [u8; 32]) -> Result<Draft, Vec<FieldError>> {
        let settings = settings(with_defaults(&self.settings))?;
        let current = match &self.secret {
            SecretInput::Absent(kind) => Some(kind.unwrap_or_default().generate(random)),
            SecretInput::Remove => None,
            SecretInput::Own(secret) => Some(secret.clone()),
        };
        Ok(self.draft_of(settings, Secrets { current, previous: Vec::new() }, None)?)
    }

    /// A webhook to look at, which is not kept: it need not say where requests go.
    pub fn draft(mut self, random: [u8; 32]) -> Result<Draft, Vec<FieldError>> {
        if self.settings.get("url").is_none_or(Value::is_null) && default_url(&self.settings).is_none() {
            let platform = self.settings.get("platform").and_then(Value::as_str).and_then(Platform::find);
            let url = platform.map_or("https://example.com/", |platform| &platform.address.example);
            self.settings.insert("url".into(), url.into());
        }
        self.create(random)
    }

    /// All settings anew; the secret stays unless one is given.
    pub fn replace(&self, before: &Webhook) -> Result<Draft, Vec<FieldError>> {
        let settings = settings(with_defaults(&self.settings)).map_err(|mut errors| {
            let is_left_out = self.settings.get("url").is_none_or(Value::is_null);
            let missing = errors.iter_mut().find(|error| error.pointer == "/url" && is_left_out);
            if let Some(error) = missing {
                error.message += "; PUT replaces all settings, PATCH changes those that are named and keeps the others";
            }
            errors
        })?;
        Ok(self.draft_of(settings, self.secrets(before)?, Some(before))?)
    }

    /// The settings that are named (RFC 7396); the others and the secret stay.
    pub fn patch(&self, before: &Webhook) -> Result<Draft, Vec<FieldError>> {
        self.names_headers_once()?;
        unknown::nulls_are_known(&self.settings)?;
        let current = as_json(&before.settings)?;
        let patched = patched(current, &self.settings);
        let mut settings = settings(redone(patched, &self.settings, &before.settings))?;
        // The merge knows names in lower case only.
        settings.headers.write_like(before.settings.headers.as_written().map(|(name, _)| name));
        if let Some(Value::Object(headers)) = self.settings.get("headers") {
            settings.headers.write_like(headers.keys().map(String::as_str));
        }
        Ok(self.draft_of(settings, self.secrets(before)?, Some(before))?)
    }

    /// What is wrong with a webhook after this patch, and what of it the patch left as it was.
    pub fn told_what_stays(&self, before: &Webhook, errors: Vec<FieldError>) -> Vec<FieldError> {
        told_what_stays(as_json(&before.settings).unwrap_or_default(), &self.settings, errors)
    }

    /// Of two values for one header, which holds is not for us to guess; null is one, too.
    fn names_headers_once(&self) -> Result<(), FieldError> {
        let mut known = BTreeSet::new();
        let headers = self.settings.get("headers").and_then(Value::as_object);
        match headers.into_iter().flatten().find(|(name, _)| !known.insert(name.to_ascii_lowercase())) {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("the header `{name}` is there twice; names are compared without case");
                Err(FieldError::at("/headers", message))
            }
        }
    }

    fn draft_of(
        &self,
        mut settings: WebhookSettings,
        secrets: Secrets,
        before: Option<&Webhook>,
    ) -> Result<Draft, FieldError> {
        self.check_public(&mut settings)?;
        for (name, value) in settings.headers.as_written() {
            no_placeholder("headers", name, value)?;
        }
        for (name, value) in &settings.fields {
            no_placeholder("fields", name, value)?;
        }
        if settings.url.as_str().contains("%E2%80%A6") {
            let message = "this is the URL as it is shown, without what is secret in it (…); send the whole URL, or \
                           change other fields with PATCH";
            return Err(FieldError::at("/url", message));
        }
        // A webhook that is active again has no reason left; its health starts anew.
        let disabled = match settings.status {
            Status::Disabled => Some(before.and_then(|webhook| webhook.disabled).unwrap_or(DisableReason::ByRequest)),
            Status::Active | Status::Paused => None,
        };
        let exposed = before.map(|before| exposed(&before.settings, &settings, &self.settings)).unwrap_or_default();
        Ok(Draft { settings, secrets, disabled, secret_pointer: self.secret_pointer(), exposed })
    }

    /// Public is what is there: a name that is none of a header is a mistake of whoever sent it, and is forgotten with its
    /// header otherwise.
    fn check_public(&self, settings: &mut WebhookSettings) -> Result<(), FieldError> {
        let unknown = settings.public_headers.names().find(|name| !settings.headers.has(name));
        if let Some(name) = unknown.filter(|_| self.settings.contains_key("public_headers")) {
            let message =
                format!("the webhook has no header `{name}` in `headers`; add it there, or leave it out here");
            return Err(FieldError::at("/public_headers", message));
        }
        settings.public_headers.keep_only(&settings.headers);
        Ok(())
    }

    fn secrets(&self, before: &Webhook) -> Result<Secrets, FieldError> {
        match &self.secret {
            SecretInput::Absent(None) => Ok(before.secrets.clone()),
            SecretInput::Absent(Some(_)) => {
                let message = "says which kind of secret to generate, and this webhook has its secret already; \
                               POST …/secret/rotate makes a new one";
                Err(FieldError::at("/secret_type", message))
            }
            SecretInput::Remove => Ok(Secrets::default()),
            SecretInput::Own(secret) => Ok(Secrets { current: Some(secret.clone()), previous: Vec::new() }),
        }
    }

    /// Whom to blame when secret and dialects do not suit each other.
    fn secret_pointer(&self) -> &'static str {
        match self.secret {
            SecretInput::Absent(None) | SecretInput::Remove => "/signing/dialects",
            SecretInput::Absent(Some(_)) => "/secret_type",
            SecretInput::Own(_) => "/secret",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn webhook(body: Value) -> Webhook {
        let draft = WebhookInput::read(body.to_string().as_bytes()).unwrap().create([7; 32]).unwrap();
        Webhook {
            key: crate::model::WebhookKey(crate::model::Serial::nth(1)),
            tenant: crate::model::TenantKey(1),
            id: crate::model::WebhookId::parse("w").unwrap(),
            settings: draft.settings,
            secrets: draft.secrets,
            disabled: draft.disabled,
            status_since: None,
            version: 1,
            created_at: crate::model::Timestamp::default(),
            updated_at: crate::model::Timestamp::default(),
        }
    }

    #[track_caller]
    fn refused(result: Result<Draft, Vec<FieldError>>, part: &str) {
        let problem = format!("{:?}", result.unwrap_err());
        assert!(problem.contains(part), "{problem}");
    }

    fn patch(before: &Webhook, body: Value) -> Result<Draft, Vec<FieldError>> {
        WebhookInput::read(body.to_string().as_bytes())?.patch(before)
    }

    #[test]
    fn a_patch_keeps_what_it_does_not_name() {
        let before = webhook(json!({"url":"https://a.example/","name":"n","timeout":"5s","headers":{"x-a":"1"}}));
        let draft = patch(&before, json!({"timeout":null,"headers":{"x-b":"2"}})).unwrap();
        assert_eq!(draft.settings.name, "n");
        assert_eq!(draft.settings.timeout.to_string(), "10s");
        assert_eq!(draft.settings.headers.iter().count(), 2);
        assert_eq!(draft.secrets.current.unwrap().expose(), before.secrets.current.unwrap().expose());
    }

    #[test]
    fn what_is_wrong_is_told_all_at_once() {
        let body =
            json!({"event_types": [], "timeout": 5, "filter": {"data": {"a": {"$not_in": [1]}}}, "endpoint_url": "x"});
        let errors = WebhookInput::read(body.to_string().as_bytes()).unwrap().create([7; 32]).unwrap_err();
        let mut pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            ["/endpoint_url", "/event_types", "/filter/data/a/$not_in", "/timeout", "/url"],
            "{errors:?}"
        );
        let before = webhook(json!({"url": "https://a.example/"}));
        let replaced = WebhookInput::read(br#"{"name":"n"}"#).unwrap().replace(&before);
        refused(replaced, "PATCH changes those that are named");
    }

    #[test]
    fn headers_stay_as_they_were_written() {
        let before = webhook(json!({"url":"https://a.example/","headers":{"X-Old":"1","X-Both":"2"}}));
        let draft = patch(&before, json!({"headers":{"x-BOTH":"3","X-New":"4"}})).unwrap();
        let written: Vec<_> = draft.settings.headers.as_written().collect();
        assert_eq!(written, [("x-BOTH", "3"), ("X-New", "4"), ("X-Old", "1")]);
    }

    #[test]
    fn a_header_is_public_as_long_as_it_is_there() {
        let before = webhook(json!({
            "url": "https://a.example/", "headers": {"X-Team": "blue", "X-Other": "1"}, "public_headers": ["X-TEAM"],
        }));
        let public = |webhook: &WebhookSettings| webhook.public_headers.names().map(str::to_owned).collect::<Vec<_>>();
        let secret =
            |webhook: &WebhookSettings| webhook.secret_headers().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            (public(&before.settings), secret(&before.settings)),
            (vec!["x-team".into()], vec!["x-other".into()])
        );
        let changed = patch(&before, json!({"headers": {"x-team": "red"}})).unwrap();
        assert_eq!(public(&changed.settings), ["x-team"]);
        let gone = patch(&before, json!({"headers": {"x-team": null}})).unwrap();
        assert_eq!(public(&gone.settings), [""; 0]);
        let none = patch(&before, json!({"public_headers": null})).unwrap();
        assert_eq!(secret(&none.settings), ["x-other", "x-team"]);
        refused(patch(&before, json!({"public_headers": ["X-Taem"]})), "no header `x-taem`");
    }

    #[test]
    fn a_patch_that_makes_no_sense_points_to_the_place() {
        let before = webhook(json!({"url":"https://a.example/"}));
        refused(patch(&before, json!({"url":null})), "\"/url\"");
        refused(patch(&before, json!({"retry":{"schedule":["5"]}})), "\"/retry");
        refused(patch(&before, json!({"colour":1})), "\"/colour\"");
        refused(patch(&before, json!({"rate_limits":null})), "did you mean `rate_limit`?");
        assert!(patch(&before, json!({"rate_limit":null,"secret":null,"name":null})).is_ok());
        refused(patch(&before, json!({"headers":{"X-Api-Key":"[redacted]"}})), "\"/headers/X-Api-Key\"");
        refused(patch(&before, json!({"auth":{"type":"bearer","token":"[redacted]"}})), "\"/auth/token\"");
        refused(patch(&before, json!({"secret_type":"ed25519"})), "rotate");
        refused(patch(&before, json!({"secret":" short"})), "\"/secret\"");
        refused(patch(&before, json!({"secret":7})), "\"/secret\"");
    }

    #[test]
    fn the_secret_is_generated_given_or_none() {
        let secret = |body: Value| webhook(body).secrets.current.map(|secret| secret.expose().to_owned());
        assert!(secret(json!({"url":"https://a.example/"})).unwrap().starts_with("whsec_"));
        assert!(secret(json!({"url":"https://a.example/","secret_type":"ed25519"})).unwrap().starts_with("whsk_"));
        assert_eq!(secret(json!({"url":"https://a.example/","secret":null})), None);
        assert_eq!(secret(json!({"url":"https://a.example/","secret":"my own one"})).unwrap(), "my own one");
        let both = WebhookInput::read(br#"{"url":"https://a.example/","secret":"my own one","secret_type":"hmac"}"#);
        assert!(format!("{:?}", both.unwrap_err()).contains("/secret_type"));
    }

    #[test]
    fn disabling_has_a_reason_and_activating_ends_it() {
        let mut before = webhook(json!({"url":"https://a.example/","status":"disabled"}));
        assert_eq!(before.disabled, Some(DisableReason::ByRequest));
        before.disabled = Some(DisableReason::Gone);
        assert_eq!(patch(&before, json!({"name":"x"})).unwrap().disabled, Some(DisableReason::Gone));
        assert_eq!(patch(&before, json!({"status":"active"})).unwrap().disabled, None);
    }

    #[test]
    fn null_is_nothing_said_unless_it_means_something() {
        let nulls = json!({
            "url": "https://a.example/", "name": null, "description": null, "platform": null, "fields": null, "event_types": null,
            "filter": null, "assets": null, "payload": null, "batch": null, "headers": null, "public_headers": null, "auth": null,
            "signing": null, "max_concurrency": null, "ordering": null, "timeout": null, "retry": null, "disable_after": null,
            "self_heal": null, "status": null, "verify_tls": null, "metadata": null, "note": null, "starred": null, "secret_type": null,
        });
        let (told, untold) = (webhook(nulls), webhook(json!({"url": "https://a.example/"})));
        assert!(told.settings == untold.settings && told.secrets.current.is_some());
        let deep = json!({
            "url": "https://a.example/", "retry": {"preset": "quick", "jitter": null}, "batch": {"max_events": null, "max_wait": "2s"},
            "signing": {"algorithm": null, "dialects": [{"type": "timestamped", "header": "X-S", "separator": null}]},
            "payload": {"type": "cloudevents", "mode": null, "source": null, "handshake": null}, "assets": {"symbols": null},
        });
        webhook(deep);
        webhook(json!({"url": "https://a.example/",
            "payload": {"type": "template", "template": "{}", "format": null, "names": null, "content_type": null}}));
        let pagerduty = json!({"platform": "pagerduty", "fields": {"routing_key": "R0123456789ABCDEFGHIJKLMNOPQRSTU"}});
        let mut nulls = pagerduty.clone();
        nulls.as_object_mut().unwrap().extend([("ordering".into(), Value::Null), ("url".into(), Value::Null)]);
        assert!(webhook(nulls).settings == webhook(pagerduty).settings, "the platform's default");
        let free =
            webhook(json!({"url": "https://a.example/", "platform": "slack", "rate_limit": null, "secret": null}));
        assert!(free.settings.rate_limit.is_none() && free.secrets.current.is_none());
        let create = |body: Value| WebhookInput::read(body.to_string().as_bytes()).unwrap().create([7; 32]);
        for (wrong, part) in [
            (json!({"url": null}), "missing field `url`"),
            (json!({"url": "https://a.example/", "colour": null}), "/colour"),
            (json!({"url": "https://a.example/", "headers": {"X-A": null}}), "/headers/X-A"),
            (json!({"url": "https://a.example/", "auth": {"type": "bearer", "token": null}}), "/auth/token"),
            (json!({"url": "https://a.example/", "event_types": [null]}), "/event_types/0"),
        ] {
            refused(create(wrong), part);
        }
    }

    #[test]
    fn what_changes_nothing_is_no_change() {
        let before =
            webhook(json!({"url": "https://a.example/", "headers": {"X-Team": "blue"}, "secret": "my own one"}));
        let changes = |body: Value| patch(&before, body).unwrap().changes(&before);
        for same in [
            json!({}),
            json!({"timeout": "10s", "name": null, "headers": {"X-Team": "blue"}}),
            json!({"secret": "my own one", "status": "active", "batch": null}),
        ] {
            assert!(!changes(same.clone()), "{same}");
        }
        for other in [
            json!({"headers": {"x-team": "blue"}}),
            json!({"secret": "another one"}),
            json!({"secret": null}),
            json!({"status": "disabled"}),
            json!({"filter": {"data": {"a": 1}}}),
        ] {
            assert!(changes(other.clone()), "{other}");
        }
    }
}

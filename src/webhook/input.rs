//! What callers send to make or change a webhook, checked: [`WebhookSettings`] with a secret beside them.
//!
//! Pure. Settings are always read through their own reader, also after a patch, so every way in refuses the same things
//! with the same pointers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use lanehook_signature::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    exposed::exposed,
    filter::Filter,
    ignored::nothing_ignored,
    patch::patched,
    secret::{SecretType, own_secret},
    settings::WebhookSettings,
    signing::Secrets,
    state::Webhook,
    status::{DisableReason, Status},
};
use crate::{
    model::{FieldError, REDACTED, read_json, read_json_fully},
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
            None => None,
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
            let missing = errors.iter_mut().find(|error| error.pointer == "/url" && !self.settings.contains_key("url"));
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
        let current = as_json(&before.settings)?;
        let was_default = before.settings.preset().is_some_and(|platform| {
            platform.default_url(&before.settings.fields).as_deref() == Some(before.settings.url.as_str())
        });
        let mut patched = patched(current, &self.settings);
        // An address that was made of the fields is made anew of those there are now.
        if was_default && !self.settings.contains_key("url") {
            patched.remove("url");
        }
        // Likewise what was the platform's.
        if self.settings.contains_key("platform") {
            for (name, value) in before.settings.preset().map(defaults).unwrap_or_else(no_defaults) {
                if !self.settings.contains_key(&name) && patched.get(&name).unwrap_or(&Value::Null) == &value {
                    patched.remove(&name);
                }
            }
            patched = with_defaults(&patched);
        }
        let mut settings = settings(patched)?;
        // The merge knows names in lower case only.
        settings.headers.write_like(before.settings.headers.as_written().map(|(name, _)| name));
        if let Some(Value::Object(headers)) = self.settings.get("headers") {
            settings.headers.write_like(headers.keys().map(String::as_str));
        }
        Ok(self.draft_of(settings, self.secrets(before)?, Some(before))?)
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
        for (name, value) in settings.headers.iter() {
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

/// A webhook as it would be.
#[derive(Debug)]
pub struct Draft {
    pub settings: WebhookSettings,
    pub secrets: Secrets,
    pub disabled: Option<DisableReason>,
    /// Whom to blame when secrets and dialects do not suit each other.
    pub secret_pointer: &'static str,
    /// Credentials that are kept from before, and that are only for whoever may read them where the draft would take them.
    pub exposed: Vec<FieldError>,
}

impl Draft {
    /// The same webhook with other secrets; `secret_pointer` is to blame if they do not suit.
    pub fn with_secrets(before: &Webhook, secrets: Secrets, secret_pointer: &'static str) -> Draft {
        let (settings, disabled) = (before.settings.clone(), before.disabled);
        Draft { settings, secrets, disabled, secret_pointer, exposed: Vec::new() }
    }
}

fn as_json(settings: &WebhookSettings) -> Result<Map<String, Value>, FieldError> {
    let text = serde_json::to_vec(settings).map_err(|error| FieldError::at("", error.to_string()))?;
    read_json(&text)
}

fn settings(mut fields: Map<String, Value>) -> Result<WebhookSettings, Vec<FieldError>> {
    // Read by itself, for the place inside of it, and but once: it can be long.
    let filter = fields.remove("filter").filter(|filter| !filter.is_null());
    let below = |error: FieldError| FieldError::at(format!("/filter{}", error.pointer), error.message);
    let filter = filter.map(|filter| Filter::parse(&filter)).transpose().map_err(|error| below(error.into()));
    let mut made_of = Ok(());
    if fields.get("url").is_none_or(Value::is_null) {
        match default_url(&fields) {
            Some(url) => drop(fields.insert("url".into(), url.into())),
            None => made_of = check_fields(&fields),
        }
    }
    let text = serde_json::to_vec(&fields).map_err(|error| FieldError::at("", error.to_string()))?;
    let mut read = read_json_fully::<WebhookSettings>(&text);
    if let Err(errors) = &mut read {
        let url = errors.iter().position(|error| error.pointer.is_empty() && error.message == "missing field `url`");
        match url.map(|place| errors.remove(place)) {
            // Nowhere is no place to look at for whoever left a field out; what it would be made of is to blame if it is wrong.
            Some(_) if made_of.is_ok() => errors.push(FieldError::at(
                "/url",
                match instead_of_url(&fields) {
                    Some(instead) => format!("is missing; give it, or {instead}, of which it is made"),
                    None => "missing field `url`".into(),
                },
            )),
            _ => {}
        }
    }
    match (filter, made_of, read) {
        (Ok(filter), Ok(()), Ok(settings)) => {
            let all_read = as_json(&settings)?;
            nothing_ignored(&fields, &all_read)?;
            Ok(WebhookSettings { filter, ..settings })
        }
        (filter, made_of, read) => {
            let mut errors = read.err().unwrap_or_default();
            errors.extend(made_of.err());
            errors.extend(filter.err());
            Err(errors)
        }
    }
}

/// With what the platform stands for where nothing is said about it.
fn with_defaults(settings: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = settings.clone();
    let platform = settings.get("platform").and_then(Value::as_str).and_then(Platform::find);
    for (name, value) in platform.map(defaults).unwrap_or_default() {
        settings.entry(name).or_insert(value);
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
fn default_url(settings: &Map<String, Value>) -> Option<String> {
    let platform = Platform::find(settings.get("platform")?.as_str()?)?;
    let fields = settings.get("fields").cloned().unwrap_or(Value::Object(Map::new()));
    platform.default_url(&serde_json::from_value(fields).ok()?)
}

/// The fields that the platform makes the URL of.
fn instead_of_url(settings: &Map<String, Value>) -> Option<String> {
    let platform = Platform::find(settings.get("platform")?.as_str()?)?;
    let fields = platform.recipe.default_url.as_ref()?.placeholders().map(|id| format!("`fields.{id}`"));
    Some(fields.collect::<Vec<_>>().join(" and ")).filter(|fields| !fields.is_empty())
}

/// There may be no address because the fields that it is made of are wrong: then they are to blame.
fn check_fields(settings: &Map<String, Value>) -> Result<(), FieldError> {
    let platform = settings.get("platform").and_then(Value::as_str).and_then(Platform::find);
    let fields = settings.get("fields").cloned().unwrap_or(Value::Object(Map::new()));
    let fields: Result<BTreeMap<String, String>, _> = serde_json::from_value(fields);
    let (Some(platform), Ok(fields)) = (platform, fields) else { return Ok(()) };
    for (name, value) in &fields {
        no_placeholder("fields", name, value)?;
    }
    let below = |error: FieldError| FieldError::at(format!("/fields{}", error.pointer), error.message);
    platform.check_fields(&fields).map_err(below)
}

fn no_placeholder(of: &str, name: &str, value: &str) -> Result<(), FieldError> {
    if value != REDACTED {
        return Ok(());
    }
    let message = "this is the placeholder that stands for a credential; send the value itself, or change other fields \
                   with PATCH";
    Err(FieldError::at(format!("/{of}/{name}"), message))
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
        refused(patch(&before, json!({"headers":{"X-Api-Key":"[redacted]"}})), "\"/headers/x-api-key\"");
        refused(patch(&before, json!({"auth":{"type":"bearer","token":"[redacted]"}})), "\"/auth\"");
        refused(patch(&before, json!({"secret_type":"ed25519"})), "rotate");
        refused(patch(&before, json!({"secret":"short"})), "\"/secret\"");
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
}

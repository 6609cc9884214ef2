//! What callers send to make or change a webhook, checked: [`WebhookSettings`] with a secret beside them.
//!
//! Pure but for the dice that make a secret. Settings are always read through the model's own reader, also after a
//! patch, so every way in refuses the same things with the same pointers.

use lanehook_signature::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, ObjectBuilder, Ref, RefOr, Schema, Type,
        schema::{AdditionalProperties, AnyOfBuilder, SchemaType},
    },
};

use super::{App, problem::Problem};
use crate::{
    deliver::Sender,
    model::{
        Auth, DisableReason, FieldError, REDACTED, Secrets, Status, Timestamp, Webhook, WebhookSettings, read_json,
    },
};

/// What kind of secret to generate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretType {
    /// A shared secret, `whsec_…`.
    #[default]
    Hmac,
    /// A signing key, `whsk_…`, whose public half is for receivers.
    Ed25519,
}

impl SecretType {
    /// A new secret of this kind.
    pub fn generate(self) -> Result<Secret, Problem> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(Problem::internal)?;
        Ok(match self {
            SecretType::Hmac => Secret::generate_hmac(random),
            SecretType::Ed25519 => Secret::generate_ed25519(random),
        })
    }
}

/// A caller's own secret.
pub fn own_secret(text: &str) -> Result<Secret, Problem> {
    let wrong = |message: String| Problem::field("/secret", message);
    let printable = text.bytes().all(|c| c == b' ' || c.is_ascii_graphic()) && text.trim() == text;
    if !(8..=512).contains(&text.len()) || !printable {
        let message = "a secret is 8 to 512 printable ASCII characters without surrounding spaces; leave it out to have \
                       one generated, or send null for none";
        return Err(wrong(message.into()));
    }
    if text == REDACTED {
        return Err(wrong("this is the placeholder that stands for a credential; send the secret itself".into()));
    }
    Secret::parse(text).map_err(|error| wrong(error.to_string()))
}

/// Settings as JSON, and what is said about the secret.
#[derive(Debug)]
pub struct Input {
    settings: Map<String, Value>,
    secret: SecretInput,
}

#[derive(Debug)]
enum SecretInput {
    /// Nothing, but perhaps which kind to generate.
    Absent(Option<SecretType>),
    Remove,
    Own(Secret),
}

impl Input {
    /// Reads a JSON object.
    pub fn read(body: &[u8]) -> Result<Input, Problem> {
        let mut settings: Map<String, Value> = read_json(body)?;
        let kind = match settings.remove("secret_type") {
            None => None,
            Some(value) => Some(
                SecretType::deserialize(value)
                    .map_err(|_| Problem::field("/secret_type", "is \"hmac\" or \"ed25519\""))?,
            ),
        };
        let secret = match (settings.remove("secret"), kind) {
            (None, kind) => SecretInput::Absent(kind),
            (Some(_), Some(_)) => {
                let message = "says which kind of secret to generate; leave it out when you send one";
                return Err(Problem::field("/secret_type", message));
            }
            (Some(Value::Null), None) => SecretInput::Remove,
            (Some(Value::String(text)), None) => SecretInput::Own(own_secret(&text)?),
            (Some(_), None) => return Err(Problem::field("/secret", "is a string, or null for none")),
        };
        Ok(Input { settings, secret })
    }

    /// A new webhook.
    pub fn create(&self) -> Result<Draft, Problem> {
        let current = match &self.secret {
            SecretInput::Absent(kind) => Some(kind.unwrap_or_default().generate()?),
            SecretInput::Remove => None,
            SecretInput::Own(secret) => Some(secret.clone()),
        };
        Draft::of(settings(&self.settings)?, Secrets { current, previous: None }, None, self.secret_pointer())
    }

    /// All settings anew; the secret stays unless one is given.
    pub fn replace(&self, before: &Webhook) -> Result<Draft, Problem> {
        Draft::of(settings(&self.settings)?, self.secrets(before)?, Some(before), self.secret_pointer())
    }

    /// The settings that are named (RFC 7396); the others and the secret stay.
    pub fn patch(&self, before: &Webhook) -> Result<Draft, Problem> {
        let Value::Object(current) = serde_json::to_value(&before.settings).map_err(Problem::internal)? else {
            return Err(Problem::internal("settings are a JSON object"));
        };
        let patched = patched(current, &self.settings);
        Draft::of(settings(&patched)?, self.secrets(before)?, Some(before), self.secret_pointer())
    }

    fn secrets(&self, before: &Webhook) -> Result<Secrets, Problem> {
        match &self.secret {
            SecretInput::Absent(None) => Ok(before.secrets.clone()),
            SecretInput::Absent(Some(_)) => {
                let message = "says which kind of secret to generate, and this webhook has its secret already; \
                               POST …/secret/rotate makes a new one";
                Err(Problem::field("/secret_type", message))
            }
            SecretInput::Remove => Ok(Secrets::default()),
            SecretInput::Own(secret) => Ok(Secrets { current: Some(secret.clone()), previous: None }),
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
    secret_pointer: &'static str,
}

impl Draft {
    fn of(
        settings: WebhookSettings,
        secrets: Secrets,
        before: Option<&Webhook>,
        secret_pointer: &'static str,
    ) -> Result<Draft, Problem> {
        for (name, value) in settings.headers.iter() {
            if value == REDACTED {
                let message = "this is the placeholder that stands for a credential; send the value itself, or change \
                               other fields with PATCH";
                return Err(Problem::field(format!("/headers/{name}"), message));
            }
        }
        // A webhook that is active again has no reason left; its health starts anew.
        let disabled = match settings.status {
            Status::Disabled => Some(before.and_then(|webhook| webhook.disabled).unwrap_or(DisableReason::ByRequest)),
            Status::Active | Status::Paused => None,
        };
        Ok(Draft { settings, secrets, disabled, secret_pointer })
    }

    /// The same webhook with other secrets; `secret_pointer` is to blame if they do not suit.
    pub fn with_secrets(before: &Webhook, secrets: Secrets, secret_pointer: &'static str) -> Draft {
        Draft { settings: before.settings.clone(), secrets, disabled: before.disabled, secret_pointer }
    }

    /// Whether the operator and the signing dialects allow it. What has not changed is not judged again.
    pub fn check(self, app: &App, before: Option<&Webhook>, now: Timestamp) -> Result<Draft, Problem> {
        check_request(&app.sender, before.map(|webhook| &webhook.settings), &self.settings)?;
        let suits = self.secrets.suit(&self.settings.signing, now);
        suits.map_err(|message| Problem::field(self.secret_pointer, message))?;
        Ok(self)
    }
}

/// Whether requests can be made. The settings are put together one by one, so that the first with which they cannot is
/// the one to blame.
fn check_request(sender: &Sender, old: Option<&WebhookSettings>, new: &WebhookSettings) -> Result<(), Problem> {
    let request = |settings: &WebhookSettings| WebhookSettings {
        verify_tls: settings.verify_tls,
        signing: settings.signing.clone(),
        auth: settings.auth.clone(),
        headers: settings.headers.clone(),
        ..WebhookSettings::new(settings.url.clone())
    };
    if old.is_some_and(|old| request(old) == request(new)) {
        return Ok(());
    }
    let check = |pointer: &'static str, settings: &WebhookSettings| {
        sender.check(settings).map_err(|message| Problem::field(pointer, message))
    };
    let mut growing = WebhookSettings::new(new.url.clone());
    check("/url", &growing)?;
    growing.verify_tls = new.verify_tls;
    check("/verify_tls", &growing)?;
    growing.signing = new.signing.clone();
    check("/signing/dialects", &growing)?;
    growing.auth = new.auth.clone();
    check("/auth", &growing)?;
    growing.headers = new.headers.clone();
    check("/headers", &growing)
}

fn settings(fields: &Map<String, Value>) -> Result<WebhookSettings, FieldError> {
    let text = serde_json::to_vec(fields).map_err(|error| FieldError::at("", error.to_string()))?;
    read_json(&text).map_err(|mut error| {
        // Nowhere is no place to look at for whoever left a field out.
        if error.pointer.is_empty() && error.message == "missing field `url`" {
            error.pointer = "/url".into();
        }
        error
    })
}

/// The settings after a merge patch (RFC 7396), with one thing more: a patch that chooses another kind of `auth` or
/// `retry` replaces the old one, because parts of two kinds do not go together.
fn patched(mut current: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let other_kind = |field: &str, part: &str| match (current.get(field), patch.get(field)) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            new.contains_key(part) && old.get(part) != new.get(part)
        }
        _ => false,
    };
    let other_auth = other_kind("auth", "type");
    let other_retry = ["preset", "schedule", "initial"].iter().any(|kind| {
        let before = current.get("retry").and_then(|retry| retry.get(kind));
        before.is_none() && other_kind("retry", kind)
    });
    if other_auth {
        current.remove("auth");
    }
    if other_retry {
        current.remove("retry");
    }
    let mut target = Value::Object(current);
    merge(&mut target, &Value::Object(patch.clone()));
    match target {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else { return };
    for (name, change) in changes {
        match change {
            Value::Null => drop(fields.remove(name)),
            _ => merge(fields.entry(name.as_str()).or_insert(Value::Null), change),
        }
    }
}

/// The body of POST and PUT, for the description.
pub struct WebhookInput;

impl PartialSchema for WebhookInput {
    fn schema() -> RefOr<Schema> {
        let mut object = settings_schema();
        object.description = Some("A webhook as it is ordered. Only `url` is required.".into());
        Schema::Object(object).into()
    }
}

impl ToSchema for WebhookInput {
    fn name() -> std::borrow::Cow<'static, str> {
        "WebhookInput".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Auth::name().into_owned(), Auth::schema()));
        schemas.push((SecretType::name().into_owned(), SecretType::schema()));
        WebhookSettings::schemas(schemas);
    }
}

/// The body of PATCH, for the description.
pub struct WebhookPatch;

impl PartialSchema for WebhookPatch {
    fn schema() -> RefOr<Schema> {
        let mut object = settings_schema();
        object.required.clear();
        object.description = Some(
            "A JSON merge patch (RFC 7396): what is left out stays, null sets back to the default. Choosing another kind \
             of `auth` or `retry` replaces the old one."
                .into(),
        );
        object.properties.remove("secret_type");
        for (_, property) in object.properties.iter_mut() {
            let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null)).build();
            let or_null = AnyOfBuilder::new().item(property.clone()).item(null).build();
            *property = Schema::AnyOf(or_null).into();
        }
        Schema::Object(object).into()
    }
}

impl ToSchema for WebhookPatch {
    fn name() -> std::borrow::Cow<'static, str> {
        "WebhookPatch".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WebhookInput::schemas(schemas);
    }
}

fn settings_schema() -> Object {
    let RefOr::T(Schema::Object(mut object)) = WebhookSettings::schema() else { return Object::new() };
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(8))
        .max_length(Some(512))
        .description(Some(
            "The caller's own secret; `whsk_…` is an Ed25519 signing key. Null: requests are not signed. Left out: one \
             is generated for a new webhook, and stays as it is for an old one.",
        ));
    object.properties.insert("secret".into(), Schema::Object(text.build()).into());
    object.properties.insert("secret_type".into(), Ref::from_schema_name("SecretType").into());
    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    fn webhook(body: Value) -> Webhook {
        let draft = Input::read(body.to_string().as_bytes()).unwrap().create().unwrap();
        Webhook {
            key: crate::model::WebhookKey(crate::model::Serial(1)),
            tenant: crate::model::TenantKey(1),
            id: crate::model::WebhookId::parse("w").unwrap(),
            settings: draft.settings,
            secrets: draft.secrets,
            disabled: draft.disabled,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[track_caller]
    fn refused(result: Result<Draft, Problem>, part: &str) {
        let problem = format!("{:?}", result.unwrap_err());
        assert!(problem.contains(part), "{problem}");
    }

    fn patch(before: &Webhook, body: Value) -> Result<Draft, Problem> {
        Input::read(body.to_string().as_bytes())?.patch(before)
    }

    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (target, change, expected) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let mut target = target;
            merge(&mut target, &change);
            assert_eq!(target, expected, "after {change}");
        }
    }

    #[test]
    fn another_kind_of_auth_or_retry_replaces_the_old_one() {
        let before = object(json!({"auth":{"type":"bearer","token":"t"},"retry":{"schedule":["5s"]}}));
        let change = object(json!({"auth":{"type":"basic","username":"u","password":"p"},"retry":{"preset":"quick"}}));
        assert_eq!(patched(before.clone(), &change), change);
        let change = object(json!({"auth":{"token":"new"}}));
        assert_eq!(patched(before, &change)["auth"], json!({"type":"bearer","token":"new"}));
        let growing = object(json!({"retry":{"initial":"1s","max":"1h"}}));
        let change = object(json!({"retry":{"initial":"2s"}}));
        assert_eq!(patched(growing, &change)["retry"], json!({"initial":"2s","max":"1h"}));
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
        let both = Input::read(br#"{"url":"https://a.example/","secret":"my own one","secret_type":"hmac"}"#);
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

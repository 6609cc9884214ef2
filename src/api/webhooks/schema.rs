//! How the bodies of POST, PUT and PATCH on webhooks are described: the settings' own schema with a secret beside them.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, ObjectBuilder, Ref, RefOr, Schema, Type,
        schema::{AdditionalProperties, SchemaType},
    },
};

use crate::webhook::{Auth, SecretType, WebhookInput, WebhookSettings};

impl PartialSchema for WebhookInput {
    fn schema() -> RefOr<Schema> {
        let mut object = settings_schema();
        object.required.clear();
        object.description = Some(
            "A webhook as it is ordered. Only `url` is required, and not where the platform has an address for everybody \
             or makes it of the fields."
                .into(),
        );
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

/// A webhook that is being written, for the description: nothing is required.
pub struct WebhookDraft;

impl PartialSchema for WebhookDraft {
    fn schema() -> RefOr<Schema> {
        let mut object = settings_schema();
        object.required.clear();
        object.description = Some("A webhook that is being written. Nothing is required.".into());
        Schema::Object(object).into()
    }
}

impl ToSchema for WebhookDraft {
    fn name() -> std::borrow::Cow<'static, str> {
        "WebhookDraft".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WebhookInput::schemas(schemas);
    }
}

/// The body of PATCH, for the description.
pub struct WebhookPatch;

impl PartialSchema for WebhookPatch {
    fn schema() -> RefOr<Schema> {
        let mut object = settings_schema();
        object.required.clear();
        object.description = Some(
            "A JSON merge patch (RFC 7396): what is left out stays, null sets back to the default, \
             but for `rate_limit`, which it takes away. Choosing another kind of `auth`, `retry` or `payload` replaces the \
             old one, and so does a filter."
                .into(),
        );
        object.properties.remove("secret_type");
        object.properties.values_mut().for_each(forget_default);
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

/// What is left out of a patch stays, and a client that sent defaults for it would change it.
fn forget_default(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => object.default = None,
        RefOr::Ref(reference) => reference.default = None,
        RefOr::T(_) => {}
    }
}

fn settings_schema() -> Object {
    let RefOr::T(Schema::Object(mut object)) = WebhookSettings::schema() else { return Object::new() };
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(1))
        .max_length(Some(512))
        .pattern(Some("^[!-~]([ -~]*[!-~])?$"))
        .description(Some(
            "The caller's own secret, which is warned of if it is shorter than 24 characters; `whsk_…` is an Ed25519 signing key. Null: requests are not signed. Left out: one \
             is generated for a new webhook, and stays as it is for an old one.",
        ));
    object.properties.insert("secret".into(), Schema::Object(text.build()).into());
    object.properties.insert("secret_type".into(), Ref::from_schema_name("SecretType").into());
    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    object
}

//! What members of one body have to do with each other, which a list of members cannot say: exactly one of these, not both
//! of those, one unless another. Generators of clients pass over it; whoever checks a body by its schema sees what the
//! server would refuse.

use serde_json::{Map, Value, json};

use super::refine::reference;
use crate::platform::Platform;

/// Objects whose readers refuse unknown members and whose derived schemas do not say so.
const CLOSED: [&str; 2] = ["Assets", "Enrichment"];
/// The same of all variants of these.
const CLOSED_VARIANTS: [&str; 3] = ["Auth", "Payload", "SigningDialect"];

/// Adds the conditions to the schemas.
pub fn add(schemas: &mut Map<String, Value>) {
    let variants = CLOSED_VARIANTS.iter().filter_map(|name| schemas.get(*name)?["oneOf"].as_array());
    let variants = variants.flatten().filter_map(|variant| variant["$ref"].as_str()?.rsplit('/').next());
    let closed: Vec<String> = CLOSED.iter().copied().chain(variants).map(str::to_owned).collect();
    for name in closed {
        extend(schemas, &name, json!({"additionalProperties": false}));
    }
    schemas.insert("KnownPlatform".into(), known_platforms());
    for name in ["WebhookInput", "WebhookDraft", "WebhookPatch"] {
        if let Some(properties) = schemas.get_mut(name).and_then(|schema| schema["properties"].as_object_mut()) {
            if let Some(platform) = properties.get_mut("platform") {
                platform["oneOf"] = json!([{"type": "null"}, reference("KnownPlatform")]);
            }
            // In a patch null takes an entry away.
            let value = if name == "WebhookPatch" { json!(["string", "null"]) } else { json!("string") };
            bound_maps(properties, &value);
        }
    }
    extend(schemas, "WebhookInput", url_unless_the_platform_has_one());
    for name in ["WebhookInput", "WebhookDraft"] {
        extend(schemas, name, no_kind_of_a_given_secret());
    }
    extend(schemas, "Rotation", not_both("secret", "secret_type"));
    extend(schemas, "PreviewInput", exactly_one(&["webhook_id", "webhook"]));
    extend(schemas, "Import", exactly_one(&["pack", "openapi", "event_types"]));
    extend(schemas, "Enrichment", a_value_unless_it_is_computed());
    for name in ["Sample", "TestInput"] {
        extend(schemas, name, without("event_id", &["event_type", "type", "data"]));
    }
}

fn extend(schemas: &mut Map<String, Value>, name: &str, more: Value) {
    if let (Some(Value::Object(schema)), Value::Object(more)) = (schemas.get_mut(name), more) {
        schema.extend(more);
    }
}

/// With the first of them there is no other, without it one of the others.
fn exactly_one(names: &[&str]) -> Value {
    match names {
        [] => json!({}),
        [last] => with(&[last]),
        [first, rest @ ..] => {
            let mut condition = without(first, rest);
            condition["else"] = exactly_one(rest);
            condition
        }
    }
}

/// With the one there is none of the others; null is none.
fn without(one: &str, others: &[&str]) -> Value {
    let none: Map<String, Value> = others.iter().map(|name| ((*name).to_owned(), json!({"type": "null"}))).collect();
    json!({"if": with(&[one]), "then": {"properties": none, "unevaluatedProperties": true}})
}

/// Null is a value, too, where nothing computes one.
fn a_value_unless_it_is_computed() -> Value {
    let mut computed = without("expression", &["value"]);
    computed["else"] = with(&["value"]);
    computed["else"]["properties"]["value"] = json!({});
    computed
}

fn not_both(one: &str, other: &str) -> Value {
    json!({"not": with(&[one, other])})
}

/// The same where a null secret says something: that there is none.
fn no_kind_of_a_given_secret() -> Value {
    let mut both = not_both("secret", "secret_type");
    both["not"]["properties"]["secret"] = json!({});
    both
}

/// There are these, none of them null, and whatever else. Checkers of documents want to see a member that is required, and take a condition for
/// all that there is unless it says otherwise.
fn with(names: &[&str]) -> Value {
    let any: Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({"not": {"type": "null"}}))).collect();
    json!({"required": names, "properties": any, "unevaluatedProperties": true})
}

/// `url` can be left out where the platform has an address for everybody, or makes it of the fields.
fn url_unless_the_platform_has_one() -> Value {
    let with_address = Platform::all().iter().filter(|platform| platform.recipe.default_url.is_some());
    let names: Vec<&str> = with_address.map(|platform| platform.id.as_str()).collect();
    let mut on_such_a_platform = with(&["platform"]);
    on_such_a_platform["properties"]["platform"] = json!({"enum": names});
    json!({"if": on_such_a_platform, "else": with(&["url"])})
}

fn known_platforms() -> Value {
    let names: Vec<&str> = Platform::all().iter().map(|platform| platform.id.as_str()).collect();
    json!({
        "type": "string",
        "enum": names,
        "description": "A platform that this version knows. `GET /api/v1/platforms` tells more of each.",
    })
}

/// How many entries what a webhook keeps by name can have, and how long they can be.
fn bound_maps(properties: &mut Map<String, Value>, kind: &Value) {
    let short = |longest: u32| json!({"type": kind, "maxLength": longest});
    let name = json!({"type": "string", "maxLength": 64});
    let header = json!({"type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"});
    let bounds = [
        ("metadata", 50, name.clone(), short(512)),
        ("fields", 50, name, short(2048)),
        ("headers", 32, header, short(2048)),
    ];
    for (name, most, of_name, of_value) in bounds {
        if let Some(Value::Object(member)) = properties.get_mut(name) {
            member.insert("maxProperties".into(), most.into());
            member.insert("propertyNames".into(), of_name);
            member.insert("additionalProperties".into(), of_value);
        }
    }
}

//! Members that can be left out of a request's body can be null there, too: many generated clients send null for what is not set.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::refine::each_object;

/// Says so in every schema that a request's body is made of.
pub fn allow_null(document: &mut Value) {
    let mut sent = BTreeSet::new();
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    for operation in paths.filter_map(Value::as_object).flat_map(Map::values) {
        gather(&operation["requestBody"], document, &mut sent);
    }
    for name in sent {
        let schema = &mut document["components"]["schemas"][name];
        each_object(schema, &mut |object| {
            let required = object.get("required").cloned().unwrap_or_default();
            let is_required = |name: &str| required.as_array().is_some_and(|names| names.contains(&name.into()));
            let Some(Value::Object(members)) = object.get_mut("properties") else { return };
            for (_, member) in members.iter_mut().filter(|(name, _)| !is_required(name)) {
                make_nullable(member);
            }
        });
    }
}

/// The names of all schemas that this part of the document refers to.
fn gather(part: &Value, document: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(object) => {
            let pointer = object.get("$ref").and_then(Value::as_str);
            if let Some(name) = pointer.and_then(|pointer| pointer.strip_prefix("#/components/schemas/"))
                && names.insert(name.to_owned())
            {
                gather(&document["components"]["schemas"][name], document, names);
            }
            object.values().for_each(|member| gather(member, document, names));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, document, names)),
        _ => {}
    }
}

/// Null beside what it is otherwise. Of what can be anything nothing need be said.
fn make_nullable(member: &mut Value) {
    let null = json!({"type": "null"});
    let Some(object) = member.as_object_mut() else { return };
    let has = |name: &str| object.contains_key(name);
    let is_nullable = match object.get("oneOf").or(object.get("anyOf")) {
        Some(choices) => choices.as_array().is_some_and(|choices| choices.contains(&null)),
        None => !["type", "$ref", "enum", "const", "allOf"].into_iter().any(has),
    };
    if is_nullable {
        return;
    }
    // Of a map without a name it is said in words: as one of two choices it gets a worse name in generated clients
    // (`WebhookInputFieldsType0`).
    if object.get("type") == Some(&"object".into()) {
        let described = object.get("description").and_then(Value::as_str).map(|text| format!("{} ", text.trim_end()));
        object.insert(
            "description".into(),
            format!("{}Null is taken, too, for none.", described.unwrap_or_default()).into(),
        );
        return;
    }
    if !["$ref", "enum", "const", "oneOf", "anyOf", "allOf"].into_iter().any(has) {
        let mut kinds = match object.remove("type") {
            Some(Value::Array(kinds)) => kinds,
            kind => kind.into_iter().collect(),
        };
        if !kinds.contains(&"null".into()) {
            kinds.push("null".into());
        }
        object.insert("type".into(), kinds.into());
        return;
    }
    let choices = vec![null, member.take()];
    *member = json!({"oneOf": choices});
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_left_out_of_a_body_can_be_null() {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let mut document = json!({
            "paths": {"/a": {"post": {
                "requestBody": {"content": {"application/json": {"schema": reference("Sent")}}},
                "responses": {"200": {"content": {"application/json": {"schema": reference("Answer")}}}},
            }}},
            "components": {"schemas": {
                "Sent": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string", "maxLength": 5},
                    "any": {"description": "Any JSON."},
                    "map": {"type": "object", "additionalProperties": {"type": "string"}, "description": "d"},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "inner": {"$ref": "#/components/schemas/Inner", "description": "d"},
                    "known": {"oneOf": [{"type": "null"}, reference("Inner")]},
                }},
                "Inner": {"properties": {"n": {"type": ["integer", "null"]}, "m": {"type": "integer"}}},
                "Answer": {"properties": {"n": {"type": "integer"}}},
            }},
        });
        allow_null(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(
            schemas["Sent"]["properties"],
            json!({
                "id": {"type": "string"},
                "name": {"type": ["string", "null"], "maxLength": 5},
                "any": {"description": "Any JSON."},
                "map": {"type": "object", "additionalProperties": {"type": "string"}, "description": "d Null is taken, too, for none."},
                "kind": {"oneOf": [{"type": "null"}, {"type": "string", "enum": ["a", "b"]}]},
                "inner": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Inner", "description": "d"}]},
                "known": {"oneOf": [{"type": "null"}, reference("Inner")]},
            })
        );
        assert_eq!(
            schemas["Inner"]["properties"],
            json!({"n": {"type": ["integer", "null"]}, "m": {"type": ["integer", "null"]}})
        );
        assert_eq!(schemas["Answer"]["properties"]["n"]["type"], "integer");
    }
}

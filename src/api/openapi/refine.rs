//! What the derived schemas do not say by themselves, mended in the whole document by what it is: variants get names, lists
//! refer to what they list, integers end where the program's do, and free objects say that they are free.

use serde_json::{Map, Value, json};

/// Members of a schema that are values, not schemas.
const VALUES: [&str; 5] = ["default", "enum", "const", "example", "examples"];

/// Mends the document.
pub fn refine(document: &mut Value) {
    name_lists(document);
    name_variants(document);
    refer(document);
    each_object(document, &mut |object| {
        join_lines(object);
        bound_integer(object);
        open_object(object);
        raise_description(object);
        tell_defaults(object);
    });
}

/// Does something to each object of the document but those that are values of the API.
pub fn each_object(part: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match part {
        Value::Object(object) => {
            for (name, member) in object.iter_mut() {
                match (name.as_str(), member) {
                    // A member can be called like what is none of a schema.
                    ("properties", Value::Object(members)) => {
                        members.values_mut().for_each(|member| each_object(member, change));
                    }
                    (name, member) if !VALUES.contains(&name) => each_object(member, change),
                    _ => {}
                }
            }
            change(object);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

/// A reference to a schema.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn schemas(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document["components"]["schemas"].as_object_mut()
}

/// `List_Webhook` is `WebhookList`.
fn name_lists(document: &mut Value) {
    let Some(schemas) = schemas(document) else { return };
    let named = std::mem::take(schemas).into_iter().map(|(name, schema)| (list_name(&name).unwrap_or(name), schema));
    *schemas = named.collect();
    each_object(document, &mut |object| {
        if let Some(Value::String(pointer)) = object.get_mut("$ref")
            && let Some((way, name)) = pointer.rsplit_once('/')
            && let Some(name) = list_name(name)
        {
            *pointer = format!("{way}/{name}");
        }
    });
}

fn list_name(name: &str) -> Option<String> {
    name.strip_prefix("List_").map(|of| format!("{of}List"))
}

/// One of several objects that differ by a member of one value: each gets a name and a title, and the member is the
/// discriminator.
fn name_variants(document: &mut Value) {
    let Some(schemas) = schemas(document) else { return };
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        let Some(Value::Array(variants)) = schema.get_mut("oneOf") else { continue };
        let tags: Option<Vec<(String, String)>> = variants.iter().map(tag).collect();
        let Some(tags) = tags else { continue };
        let Some((tag, _)) = tags.first().filter(|(tag, _)| tags.iter().all(|(member, _)| member == tag)) else {
            continue;
        };
        let mut mapping = Map::new();
        for (variant, (member, value)) in variants.iter_mut().zip(&tags) {
            let of_variant = format!("{name}{}", in_camel_case(value));
            let mut object = std::mem::replace(variant, reference(&of_variant));
            // Some generators name types by their titles.
            object["title"] = in_words(&of_variant).into();
            object["properties"][member] = json!({"type": "string", "const": value});
            mapping.insert(value.clone(), variant["$ref"].clone());
            named.insert(of_variant, object);
        }
        schema["discriminator"] = json!({"propertyName": tag, "mapping": mapping});
        // Some checkers ask the discriminator instead of the variants, and it says nothing of what is no object.
        schema["type"] = "object".into();
    }
    schemas.append(&mut named);
}

/// The member by which an object is told from others, and its only value.
fn tag(variant: &Value) -> Option<(String, String)> {
    variant["properties"].as_object()?.iter().find_map(|(name, member)| match member["enum"].as_array()?.as_slice() {
        [Value::String(value)] => Some((name.clone(), value.clone())),
        _ => None,
    })
}

fn in_camel_case(name: &str) -> String {
    let capitals = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    name.split(['_', '-', ':', '.']).map(capitals).collect()
}

fn in_words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        match letter.is_uppercase() && !words.is_empty() {
            true => words.extend([' '].into_iter().chain(letter.to_lowercase())),
            false => words.push(letter),
        }
    }
    words
}

/// What is written out and has a name is named.
fn refer(document: &mut Value) {
    let Some(schemas) = schemas(document) else { return };
    let known: Vec<(String, Value)> = schemas
        .iter()
        .filter(|(_, schema)| schema["properties"].is_object() || schema["allOf"].is_array())
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    each_object(document, &mut |object| {
        if let Some(items) = object.get_mut("items")
            && let Some((name, _)) = known.iter().find(|(_, schema)| schema == items)
        {
            *items = reference(name);
        }
    });
}

/// Lines end where an editor wrapped them; paragraphs are what is meant.
fn join_lines(object: &mut Map<String, Value>) {
    for name in ["description", "summary"] {
        if let Some(Value::String(text)) = object.get_mut(name)
            && text.contains('\n')
        {
            let is_kept = |line: &str| line.is_empty() || line.starts_with(['-', ' ', '|']);
            let mut joined = String::with_capacity(text.len());
            for line in text.lines() {
                if !joined.is_empty() {
                    joined.push(if is_kept(line) || joined.ends_with('\n') { '\n' } else { ' ' });
                }
                joined.push_str(line);
            }
            *text = joined;
        }
    }
}

/// What a number is read into has a greatest value, also where nothing smaller is said.
fn bound_integer(object: &mut Map<String, Value>) {
    let is_integer = |kind: &Value| kind == "integer";
    let integer = match object.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_integer),
        kind => kind.is_some_and(is_integer),
    };
    if !integer || object.contains_key("maximum") {
        return;
    }
    let unsigned = object.get("minimum").and_then(Value::as_f64).is_some_and(|least| least >= 0.0);
    match object.get("format").and_then(Value::as_str) {
        Some("int32") if unsigned => {
            object.insert("format".into(), "int64".into());
            object.insert("maximum".into(), u32::MAX.into());
        }
        // What JavaScript's numbers hold exactly.
        Some("int64") => drop(object.insert("maximum".into(), json!((1u64 << 53) - 1))),
        _ => {}
    }
}

/// An object of which nothing is said can have any members, and says so to generators; any name is a string, which needs
/// no saying.
fn open_object(object: &mut Map<String, Value>) {
    if object.get("propertyNames") == Some(&json!({"type": "string"})) {
        object.remove("propertyNames");
    }
    let is_object = match object.get("type") {
        Some(Value::Array(kinds)) => kinds.contains(&"object".into()),
        kind => kind == Some(&"object".into()),
    };
    let says_what = ["properties", "additionalProperties", "oneOf", "allOf", "anyOf"];
    if is_object && !says_what.iter().any(|name| object.contains_key(*name)) {
        object.insert("additionalProperties".into(), true.into());
    }
}

/// What is said of a member that can be null is said of the member, not of what it is otherwise.
fn raise_description(object: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = object.get_mut("oneOf") else { return };
    let null = json!({"type": "null"});
    if choices.len() != 2 || !choices.contains(&null) {
        return;
    }
    for name in ["description", "example", "examples", "default"] {
        let Some(Value::Array(choices)) = object.get_mut("oneOf") else { return };
        let raised = choices.iter_mut().filter_map(|choice| choice.as_object_mut()?.remove(name)).next();
        if let Some(raised) = raised {
            object.entry(name).or_insert(raised);
        }
    }
}

/// A default is told in words where a member can be left out: of one that is declared, some generators make a member that has
/// to be there, and others send it, so that a platform's own default would not hold.
fn tell_defaults(object: &mut Map<String, Value>) {
    let required = object.get("required").cloned().unwrap_or_default();
    let is_required = |name: &String| required.as_array().is_some_and(|names| names.contains(&name.as_str().into()));
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    for (_, member) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
        let Some(default) = member.as_object_mut().and_then(|member| member.remove("default")) else { continue };
        let described = member["description"].as_str().map(|text| format!("{} ", text.trim_end()));
        member["description"] = format!("{}Default: `{default}`.", described.unwrap_or_default()).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refined(schemas: Value) -> Value {
        let mut document = json!({"components": {"schemas": schemas}});
        refine(&mut document);
        document["components"]["schemas"].take()
    }

    #[test]
    fn variants_have_names_and_a_discriminator() {
        let variant =
            |kind: &str| json!({"type": "object", "properties": {"type": {"type": "string", "enum": [kind]}}});
        let schemas = refined(json!({"Auth": {"oneOf": [variant("none"), variant("two_parts")]}}));
        let auth = &schemas["Auth"];
        assert_eq!(auth["oneOf"], json!([reference("AuthNone"), reference("AuthTwoParts")]));
        assert_eq!((&auth["discriminator"]["propertyName"], &auth["type"]), (&json!("type"), &json!("object")));
        assert_eq!(auth["discriminator"]["mapping"]["two_parts"], "#/components/schemas/AuthTwoParts");
        let named = &schemas["AuthTwoParts"];
        assert_eq!(
            (&named["title"], &named["properties"]["type"]["const"]),
            (&json!("Auth two parts"), &json!("two_parts"))
        );
    }

    #[test]
    fn what_has_a_name_is_named_and_lists_are_called_after_it() {
        let thing = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        let list = json!({"type": "object", "properties": {"data": {"type": "array", "items": thing}}});
        let schemas =
            refined(json!({"Thing": thing, "List_Thing": list, "Other": {"$ref": "#/components/schemas/List_Thing"}}));
        assert_eq!(schemas["ThingList"]["properties"]["data"]["items"], reference("Thing"));
        assert_eq!(schemas["Other"], reference("ThingList"));
    }

    #[test]
    fn numbers_end_where_the_programs_do() {
        let of = |schema: Value| refined(json!({"N": schema}))["N"]["maximum"].clone();
        assert_eq!(of(json!({"type": "integer", "format": "int32", "minimum": 0})), u32::MAX);
        assert_eq!(of(json!({"type": ["integer", "null"], "format": "int64", "minimum": 0})), (1u64 << 53) - 1);
        assert_eq!(of(json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": 5})), 5);
    }

    #[test]
    fn what_is_an_example_stays_as_it_is() {
        let example = json!({"type": "integer", "format": "int32", "minimum": 0, "description": "a\nb"});
        let called_so = json!({"example": {"description": "a\nb"}});
        let schemas = refined(json!({
            "N": {"type": "object", "description": "a\nb\n\nc", "example": example.clone()},
            "M": {"properties": called_so},
        }));
        assert_eq!(schemas["N"]["example"], example);
        assert_eq!(schemas["M"]["properties"]["example"]["description"], "a b");
        assert_eq!(schemas["N"]["description"], "a b\n\nc");
        assert_eq!(schemas["N"]["additionalProperties"], true);
    }

    #[test]
    fn a_default_is_told_and_not_declared() {
        let member = json!({"type": "string", "default": "10s", "description": "How long."});
        let schemas = refined(json!({"N": {"properties": {"m": member.clone(), "n": member}, "required": ["n"]}}));
        assert_eq!(
            schemas["N"]["properties"]["m"],
            json!({"type": "string", "description": "How long. Default: `\"10s\"`."})
        );
        assert_eq!(schemas["N"]["properties"]["n"]["default"], "10s");
    }

    #[test]
    fn a_member_that_can_be_null_keeps_its_description() {
        let member = json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/M", "description": "d"}]});
        let schemas = refined(json!({"M": {}, "N": {"properties": {"m": member}}}));
        let expected = json!({"description": "d", "oneOf": [{"type": "null"}, reference("M")]});
        assert_eq!(schemas["N"]["properties"]["m"], expected);
    }
}

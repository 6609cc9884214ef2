//! Schemas of an OpenAPI document, made to stand alone: component schemas copied into `$defs`, and what only OpenAPI
//! knows (`nullable`, a Boolean `exclusiveMinimum`, `example`, `discriminator`) translated or left out.

use std::collections::BTreeMap;

use lanehook_schema::walk::{escaped, shown, unescaped_first};
use serde_json::{Map, Value, json};

use crate::model::FieldError;

const COMPONENTS: &str = "#/components/schemas/";
const MAX_DEFINITIONS: usize = 500;
const LONGEST_CHAIN: usize = 20;
const LEFT_OUT: [&str; 6] = ["discriminator", "xml", "externalDocs", "example", "nullable", "$id"];

/// A document and its flavour.
pub(super) struct Source<'a> {
    document: &'a Value,
    /// 3.0 has a dialect of its own.
    is_3_0: bool,
}

impl<'a> Source<'a> {
    /// Only OpenAPI 3.
    pub fn of(document: &'a Value) -> Result<Source<'a>, FieldError> {
        let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("3.") {
            return Err(FieldError::at(
                "/openapi",
                "this is not an OpenAPI 3 document; it begins with \"openapi\": \"3.1.0\"",
            ));
        }
        Ok(Source { document, is_3_0: version.starts_with("3.0") })
    }

    /// What a `$ref` leads to, or the value itself.
    pub fn followed(&self, value: &'a Value) -> Result<&'a Value, FieldError> {
        let mut value = value;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
            value = self.target(reference)?;
        }
        Err(FieldError::at("/$ref", "the references lead in a circle"))
    }

    fn target(&self, reference: &str) -> Result<&'a Value, FieldError> {
        let Some(pointer) = reference.strip_prefix('#') else {
            let message =
                format!("`{}` is outside this document, and nothing is fetched; bundle it first", shown(reference));
            return Err(FieldError::at("/$ref", message));
        };
        let missing = || FieldError::at("/$ref", format!("`{}` is not in this document", shown(reference)));
        self.document.pointer(pointer).ok_or_else(missing)
    }
}

/// A schema that stands alone.
pub(super) fn as_schema(source: &Source<'_>, schema: &Value) -> Result<Value, FieldError> {
    let mut copying = Copying { source, names: BTreeMap::new(), open: Vec::new() };
    let mut root = copying.schema(schema)?;
    let mut defs = Map::new();
    while let Some((name, target)) = copying.open.pop() {
        let copied = copying.schema(target)?;
        defs.insert(name, copied);
    }
    if let (Value::Object(map), false) = (&mut root, defs.is_empty()) {
        map.insert("$defs".into(), Value::Object(defs));
    }
    Ok(root)
}

struct Copying<'a, 's> {
    source: &'s Source<'a>,
    /// Reference to name under `$defs`.
    names: BTreeMap<String, String>,
    /// Those that are named and not copied yet.
    open: Vec<(String, &'a Value)>,
}

impl Copying<'_, '_> {
    fn schema(&mut self, schema: &Value) -> Result<Value, FieldError> {
        let Value::Object(map) = schema else { return Ok(schema.clone()) };
        let mut copy = Map::new();
        for (keyword, value) in map {
            let copied = match (keyword.as_str(), value) {
                ("$ref", Value::String(reference)) => Value::String(self.reference(reference)?),
                ("properties" | "patternProperties" | "dependentSchemas", Value::Object(schemas)) => {
                    let mut copied = Map::new();
                    for (name, schema) in schemas {
                        copied.insert(name.clone(), self.schema(schema)?);
                    }
                    Value::Object(copied)
                }
                // Definitions inside a schema are reached by references only, and copied by them.
                ("$defs" | "definitions", _) => continue,
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                    Value::Array(schemas.iter().map(|schema| self.schema(schema)).collect::<Result<_, _>>()?)
                }
                (
                    "items"
                    | "not"
                    | "additionalProperties"
                    | "contains"
                    | "propertyNames"
                    | "if"
                    | "then"
                    | "else"
                    | "unevaluatedProperties"
                    | "unevaluatedItems",
                    schema,
                ) => self.schema(schema)?,
                (name, _) if LEFT_OUT.contains(&name) || name.starts_with("x-") || name == "$schema" => continue,
                (_, value) => value.clone(),
            };
            copy.insert(keyword.clone(), copied);
        }
        if let (Some(example), false) = (map.get("example"), map.contains_key("examples")) {
            copy.insert("examples".into(), json!([example]));
        }
        if self.source.is_3_0 {
            from_3_0(map, &mut copy);
        }
        Ok(Value::Object(copy))
    }

    /// The reference inside the copy. Others than to component schemas are copied under their last name.
    fn reference(&mut self, reference: &str) -> Result<String, FieldError> {
        let base = match reference.strip_prefix(COMPONENTS) {
            Some(path) if !path.contains('/') => unescaped_first(path),
            // A place inside a component (`…/Order/properties/total`) is copied for itself.
            Some(path) => path.replace(['/', '~'], "_"),
            None => reference.trim_start_matches("#/").replace(['/', '~'], "_"),
        };
        let name = match self.names.get(reference) {
            Some(name) => name.clone(),
            None => {
                if self.names.len() >= MAX_DEFINITIONS {
                    return Err(FieldError::at(
                        "/$ref",
                        format!("the schema needs more than {MAX_DEFINITIONS} others"),
                    ));
                }
                let target = self.source.target(reference)?;
                let mut name: String = base.chars().filter(|c| *c != '%' && !c.is_control()).take(100).collect();
                while self.names.values().any(|other| *other == name) {
                    name.push('_');
                }
                self.names.insert(reference.to_owned(), name.clone());
                self.open.push((name.clone(), target));
                name
            }
        };
        Ok(format!("#/$defs/{}", escaped(&name)))
    }
}

/// OpenAPI 3.0 is older than JSON Schema's present way to say these.
fn from_3_0(from: &Map<String, Value>, copy: &mut Map<String, Value>) {
    for (open, closed) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match copy.get(open) {
            Some(Value::Bool(true)) => match copy.remove(closed) {
                Some(bound) => drop(copy.insert(open.into(), bound)),
                None => drop(copy.remove(open)),
            },
            Some(Value::Bool(false)) => drop(copy.remove(open)),
            _ => {}
        }
    }
    if from.get("nullable") != Some(&Value::Bool(true)) {
        return;
    }
    if let Some(Value::Array(values)) = copy.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match copy.get("type") {
        Some(Value::String(name)) => drop(copy.insert("type".into(), json!([name, "null"]))),
        _ => {
            let schema = std::mem::take(copy);
            copy.insert("anyOf".into(), json!([schema, {"type": "null"}]));
        }
    }
}

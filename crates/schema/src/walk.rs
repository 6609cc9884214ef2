//! Where the schemas are in a schema document, and what each applies to. In goes JSON; nothing is kept.
//!
//! Keywords of JSON Schema 2020-12 and draft-07. A `properties` entry named `$ref` is no reference, and what stands in
//! `const`, `enum`, `default` or `examples` is data: whoever looks for schemas has to go through here.

use serde_json::{Map, Value};

/// The dialect of a schema document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// JSON Schema 2020-12, also when the document does not say.
    Draft2020,
    /// Draft-07: what stands beside `$ref` is ignored, and `items` may be a list.
    Draft7,
}

/// Reads `$schema`.
pub fn dialect(document: &Value) -> Result<Dialect, String> {
    let Some(uri) = document.get("$schema") else { return Ok(Dialect::Draft2020) };
    let uri = uri.as_str().unwrap_or_default();
    let name = uri.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('#');
    match name {
        "json-schema.org/draft/2020-12/schema" => Ok(Dialect::Draft2020),
        "json-schema.org/draft-07/schema" => Ok(Dialect::Draft7),
        _ => Err("only JSON Schema 2020-12 (https://json-schema.org/draft/2020-12/schema) and draft-07 \
                  (http://json-schema.org/draft-07/schema#) are understood; leave `$schema` out for 2020-12"
            .into()),
    }
}

/// What an inner schema applies to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The same value.
    Same,
    /// One member or item, which no other schema of this kind applies to: `properties`, `prefixItems`.
    Own,
    /// Any number of members, items or names.
    Any,
    /// Nothing by itself; it is there to be referred to.
    Definition,
}

/// A schema that stands directly inside another.
pub struct Inner<'a> {
    /// JSON pointer from the outer schema.
    pub path: String,
    /// What it applies to.
    pub place: Place,
    /// The schema.
    pub schema: &'a Value,
}

enum Shape {
    One,
    List,
    Map,
    OneOrList,
}

const KEYWORDS: &[(&str, Shape, Place)] = &[
    ("$defs", Shape::Map, Place::Definition),
    ("definitions", Shape::Map, Place::Definition),
    ("allOf", Shape::List, Place::Same),
    ("anyOf", Shape::List, Place::Same),
    ("oneOf", Shape::List, Place::Same),
    ("not", Shape::One, Place::Same),
    ("if", Shape::One, Place::Same),
    ("then", Shape::One, Place::Same),
    ("else", Shape::One, Place::Same),
    ("dependentSchemas", Shape::Map, Place::Same),
    ("dependencies", Shape::Map, Place::Same),
    ("properties", Shape::Map, Place::Own),
    ("prefixItems", Shape::List, Place::Own),
    ("items", Shape::OneOrList, Place::Any),
    ("additionalItems", Shape::One, Place::Any),
    ("unevaluatedItems", Shape::One, Place::Any),
    ("contains", Shape::One, Place::Any),
    ("patternProperties", Shape::Map, Place::Any),
    ("additionalProperties", Shape::One, Place::Any),
    ("unevaluatedProperties", Shape::One, Place::Any),
    ("propertyNames", Shape::One, Place::Any),
    ("contentSchema", Shape::One, Place::Definition),
];

/// The schemas directly inside this one.
pub fn inner(schema: &Map<String, Value>) -> Vec<Inner<'_>> {
    let mut found = Vec::new();
    for (keyword, shape, place) in KEYWORDS {
        let Some(value) = schema.get(*keyword) else { continue };
        let mut push = |path: String, schema| found.push(Inner { path, place: *place, schema });
        match (shape, value) {
            (Shape::One | Shape::OneOrList, Value::Object(_) | Value::Bool(_)) => push(format!("/{keyword}"), value),
            (Shape::List | Shape::OneOrList, Value::Array(list)) => {
                for (index, schema) in list.iter().enumerate() {
                    push(format!("/{keyword}/{index}"), schema);
                }
            }
            (Shape::Map, Value::Object(map)) => {
                // A list in `dependencies` names fields; it is no schema.
                for (name, schema) in map.iter().filter(|(_, schema)| !schema.is_array()) {
                    push(format!("/{keyword}/{}", escaped(name)), schema);
                }
            }
            _ => {}
        }
    }
    found
}

/// A name as a part of a JSON pointer (RFC 6901).
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The first part of a JSON pointer without its leading slash, as a name.
pub fn unescaped_first(pointer: &str) -> String {
    pointer.split('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
}

/// What `#/…` refers to in this document.
pub fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

/// A stranger's text for a sentence: cut short, without control characters.
pub fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut part: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        part.push('…');
    }
    part
}

/// How deep a value is nested: 0 for a number, 1 for an empty list.
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// About how much work a value is: its nodes, and a quarter of the bytes of its texts.
pub fn size(value: &Value) -> u64 {
    let of_text = |text: &str| text.len() as u64 / 4;
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
        Value::Object(map) => 1 + map.iter().map(|(name, value)| of_text(name) + size(value)).sum::<u64>(),
        Value::String(text) => 1 + of_text(text),
        _ => 1,
    }
}

//! Packs: event types that belong together, written as TOML. Those of `catalogue/` are part of the program.
//!
//! A pack has a `name`, a `title`, a `description`, optional shared definitions `defs`, and a list `event_type`. Schemas,
//! examples and `defs` are JSON in a TOML text (`'''…'''`), so that they can be carried to and from any schema tool; TOML
//! tables are read as well. A schema's reference `#/$defs/money` that it does not define itself is taken from `defs`.

use std::{collections::BTreeMap, sync::LazyLock};

use lanehook_schema::walk;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    entry::{EntryStatus, EventTypeEntry},
    input::{EventTypeInput, SchemaVersionInput, below},
};
use crate::model::{EventType, FieldError, words};

/// The longest pack.
const MAX_BYTES: usize = 1024 * 1024;
const MAX_EVENT_TYPES: usize = 500;

const EMBEDDED: [&str; 4] = [
    include_str!("../../catalogue/market.toml"),
    include_str!("../../catalogue/portfolio.toml"),
    include_str!("../../catalogue/benchmark.toml"),
    include_str!("../../catalogue/memory.toml"),
];

/// Event types that belong together.
#[derive(Clone, PartialEq, Debug)]
pub struct Pack {
    /// Its name, and the group of its event types: `market`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What its events are about.
    pub description: String,
    /// In the order of the file; names differ.
    pub event_types: Vec<EventTypeEntry>,
}

/// The packs that come with lanehook.
pub fn packs() -> &'static [Pack] {
    // A test reads every one of them, so none is left out.
    static PACKS: LazyLock<Vec<Pack>> =
        LazyLock::new(|| EMBEDDED.iter().filter_map(|text| Pack::parse(text).ok()).collect());
    &PACKS
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackInput {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    defs: Json,
    #[serde(default)]
    event_type: Vec<PackedEventType>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackedEventType {
    name: EventType,
    title: Option<String>,
    #[serde(default)]
    description: String,
    group: Option<String>,
    #[serde(default)]
    status: EntryStatus,
    /// The only version; or else `versions`.
    version: Option<u32>,
    schema: Option<Json>,
    example: Option<Json>,
    #[serde(default)]
    versions: Vec<PackedVersion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackedVersion {
    version: u32,
    schema: Json,
    example: Option<Json>,
    #[serde(default)]
    deprecated: bool,
}

/// JSON in a text, or a TOML table.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Json(Value);

impl Json {
    fn read(self, pointer: &str) -> Result<Value, FieldError> {
        match self.0 {
            Value::String(text) => serde_json::from_str(&text).map_err(|error| {
                FieldError::at(pointer, format!("{} of this text", words::not_json(&error, text.as_bytes())))
            }),
            table => Ok(table),
        }
    }
}

impl Pack {
    /// Reads a pack; errors carry pointers like `/event_type/3/schema/properties/price/type`.
    pub fn parse(text: &str) -> Result<Pack, Vec<FieldError>> {
        if text.len() > MAX_BYTES {
            let message = format!("a pack is at most {} KiB long; divide it", MAX_BYTES / 1024);
            return Err(vec![FieldError::at("", message)]);
        }
        let input: PackInput =
            toml::from_str(text).map_err(|error| vec![FieldError::at("", words::not_toml(&error))])?;
        if input.event_type.len() > MAX_EVENT_TYPES {
            let message = format!("a pack has at most {MAX_EVENT_TYPES} event types; divide it");
            return Err(vec![FieldError::at("/event_type", message)]);
        }
        let defs = match input.defs.read("/defs").map_err(|error| vec![error])? {
            Value::Object(defs) => defs,
            Value::Null => Map::new(),
            _ => return Err(vec![FieldError::at("/defs", "write definitions as an object: {\"money\": {…}}")]),
        };
        let mut errors = Vec::new();
        let mut event_types: BTreeMap<EventType, usize> = BTreeMap::new();
        let mut entries = Vec::with_capacity(input.event_type.len());
        for (place, packed) in input.event_type.into_iter().enumerate() {
            let pointer = format!("/event_type/{place}");
            if let Some(first) = event_types.insert(packed.name.clone(), place) {
                let message = format!("`{}` is there already, at /event_type/{first}", packed.name);
                errors.push(FieldError::at(format!("{pointer}/name"), message));
            }
            match packed.entry(&input.name, &defs) {
                Ok(entry) => entries.push(entry),
                Err(found) => errors.extend(found.into_iter().map(|error| below(&pointer, error))),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Pack { name: input.name, title: input.title, description: input.description, event_types: entries })
    }
}

impl PackedEventType {
    fn entry(self, pack: &str, defs: &Map<String, Value>) -> Result<EventTypeEntry, Vec<FieldError>> {
        let short_form = self.schema.is_some();
        let mut packed = self.versions;
        match self.schema {
            Some(schema) if packed.is_empty() => packed.push(PackedVersion {
                version: self.version.unwrap_or(1),
                schema,
                example: self.example,
                deprecated: false,
            }),
            Some(_) => return Err(vec![FieldError::at("/schema", "write either `schema` or `versions`")]),
            None => {}
        }
        let mut versions = Vec::with_capacity(packed.len());
        for (place, version) in packed.into_iter().enumerate() {
            let pointer = if short_form { String::new() } else { format!("/versions/{place}") };
            versions.push(version.read(&pointer, defs).map_err(|error| vec![error])?);
        }
        let entry = EventTypeEntry::try_from(EventTypeInput {
            name: self.name,
            title: self.title,
            description: self.description,
            group: self.group.unwrap_or_else(|| pack.to_owned()),
            status: self.status,
            versions,
        });
        entry.map_err(|errors| {
            let strip = |error: FieldError| match error.pointer.strip_prefix("/versions/0") {
                Some(rest) if short_form => FieldError::at(rest, error.message),
                _ => error,
            };
            errors.into_iter().map(strip).collect()
        })
    }
}

impl PackedVersion {
    fn read(self, pointer: &str, defs: &Map<String, Value>) -> Result<SchemaVersionInput, FieldError> {
        let mut schema = self.schema.read(&format!("{pointer}/schema"))?;
        add_definitions(&mut schema, defs);
        let example = self.example.map(|example| example.read(&format!("{pointer}/example"))).transpose()?;
        Ok(SchemaVersionInput { version: self.version, schema, example, deprecated: self.deprecated, created_at: None })
    }
}

/// Copies what the schema refers to and does not define, and what that refers to.
fn add_definitions(schema: &mut Value, defs: &Map<String, Value>) {
    let mut wanted = references(schema);
    while let Some(name) = wanted.pop() {
        let Some(definition) = defs.get(&name) else { continue };
        let Value::Object(map) = &mut *schema else { return };
        let own = map.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(own) = own
            && !own.contains_key(&name)
        {
            own.insert(name, definition.clone());
            wanted.extend(references(definition));
        }
    }
}

/// The names in references like `#/$defs/money`.
fn references(schema: &Value) -> Vec<String> {
    let Value::Object(map) = schema else { return Vec::new() };
    let own = map.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix("#/$defs/"));
    let mut names: Vec<String> = own.map(walk::unescaped_first).into_iter().collect();
    names.extend(walk::inner(map).into_iter().flat_map(|inner| references(inner.schema)));
    names
}

#[cfg(test)]
mod tests;

//! Event types out of an OpenAPI document: its `webhooks` section (3.1), or `x-webhooks` (3.0).
//!
//! A webhook's request body is either the data itself or an envelope around it, `{type, data, …}`; of an envelope the data
//! is taken, and the name from its `type` (or `event`) where that is a constant. Else the name is the webhook's key.
//! Component schemas are copied into each schema's `$defs`; OpenAPI's own keywords are translated or left out.

mod convert;

use std::collections::{BTreeMap, BTreeSet};

use lanehook_schema::walk;
use serde_json::Value;

use self::convert::{Source, as_schema};
use super::{
    entry::{EntryStatus, EventTypeEntry},
    input::{EventTypeInput, MAX_DESCRIPTION, MAX_TITLE, SchemaVersionInput, below},
};
use crate::model::{EventType, FieldError};

const MAX_DEPTH: usize = 100;
const MAX_WEBHOOKS: usize = 500;
/// Of one webhook: an envelope whose `type` is one of several.
const MAX_NAMES: usize = 50;
const METHODS: [&str; 8] = ["post", "put", "patch", "get", "delete", "head", "options", "trace"];

/// Reads the event types of a document. An error names the place in it, and nothing is taken.
pub fn from_openapi(document: &Value) -> Result<Vec<EventTypeEntry>, FieldError> {
    let source = Source::of(document)?;
    if walk::depth(document) > MAX_DEPTH {
        return Err(FieldError::at("", format!("the document is nested deeper than {MAX_DEPTH} levels")));
    }
    let (keyword, webhooks) = ["webhooks", "x-webhooks"]
        .into_iter()
        .find_map(|keyword| Some((keyword, document.get(keyword)?.as_object()?)))
        .ok_or_else(|| FieldError::at("/webhooks", "the document describes no webhooks; add a `webhooks` section"))?;
    if webhooks.len() > MAX_WEBHOOKS {
        let message = format!("at most {MAX_WEBHOOKS} webhooks are possible, these are {}", webhooks.len());
        return Err(FieldError::at(format!("/{keyword}"), message));
    }
    let mut entries: Vec<EventTypeEntry> = Vec::new();
    for (key, item) in webhooks {
        let pointer = format!("/{keyword}/{}", walk::escaped(key));
        for entry in source.webhook(key, item).map_err(|error| below(&pointer, error))? {
            if entries.iter().any(|other| other.name == entry.name) {
                let message = format!("`{}` is described twice; rename one of the webhooks", entry.name);
                return Err(FieldError::at(pointer, message));
            }
            if entries.len() >= MAX_WEBHOOKS {
                return Err(FieldError::at(pointer, format!("at most {MAX_WEBHOOKS} event types are possible")));
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

impl<'a> Source<'a> {
    fn webhook(&self, key: &str, item: &'a Value) -> Result<Vec<EventTypeEntry>, FieldError> {
        let item = self.followed(item)?;
        let Some((method, operation)) = METHODS.iter().find_map(|method| Some((*method, item.get(*method)?))) else {
            return Err(FieldError::at("", "the webhook has no operation; describe its request under `post`"));
        };
        let at_operation = |error| below(&format!("/{method}"), error);
        let body = self.body(operation).map_err(at_operation)?;
        let data = self.data(&body);
        if data.names.len() > MAX_NAMES {
            let message = format!("one webhook describes at most {MAX_NAMES} event types; divide it");
            return Err(FieldError::at(format!("/{method}/requestBody"), message));
        }
        let names = match data.names.is_empty() {
            true => vec![event_type_of(key).map_err(|message| FieldError::at("", message))?],
            false => data
                .names
                .iter()
                .map(|name| event_type_of(name))
                .collect::<Result<_, _>>()
                .map_err(|message| FieldError::at(format!("/{method}/requestBody"), message))?,
        };
        let schema = as_schema(self, data.schema).map_err(at_operation)?;
        let version = version_of(operation).or_else(|| version_of(item));
        let version =
            version.unwrap_or(Ok(1)).map_err(|message| FieldError::at(format!("/{method}/x-version"), message))?;
        names
            .into_iter()
            .map(|name| {
                let input = self.entry(
                    name,
                    operation,
                    &data,
                    SchemaVersionInput {
                        version,
                        schema: schema.clone(),
                        example: data.example.clone(),
                        deprecated: false,
                        created_at: None,
                    },
                );
                made(input).map_err(at_operation)
            })
            .collect()
    }

    fn entry(
        &self,
        name: EventType,
        operation: &Value,
        data: &Data<'_>,
        version: SchemaVersionInput,
    ) -> EventTypeInput {
        let text = |keyword: &str| operation.get(keyword).and_then(Value::as_str).filter(|text| !text.is_empty());
        let of_schema = data.schema.get("description").and_then(Value::as_str);
        let tag = operation.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str);
        let deprecated = operation.get("deprecated") == Some(&Value::Bool(true));
        EventTypeInput {
            name,
            title: text("summary").map(|summary| cut(summary, MAX_TITLE)),
            description: cut(
                text("description").or(of_schema).or(text("summary")).unwrap_or_default(),
                MAX_DESCRIPTION,
            ),
            group: tag
                .map(|tag| sanitized(tag, 64).to_lowercase())
                .filter(|tag| !tag.is_empty())
                .unwrap_or("imported".into()),
            status: if deprecated { EntryStatus::Deprecated } else { EntryStatus::Active },
            versions: vec![version],
        }
    }

    /// The JSON body of an operation.
    fn body(&self, operation: &'a Value) -> Result<Body<'a>, FieldError> {
        let missing = |pointer: &str| {
            FieldError::at(
                pointer,
                "the webhook's body is not described as JSON; add content `application/json` with a schema",
            )
        };
        let body = operation.get("requestBody").ok_or_else(|| missing(""))?;
        let body = self.followed(body).map_err(|error| below("/requestBody", error))?;
        let content = body.get("content").and_then(Value::as_object).ok_or_else(|| missing("/requestBody"))?;
        let is_json = |name: &str| {
            let name = name.split(';').next().unwrap_or_default().trim();
            name == "application/json" || (name.starts_with("application/") && name.ends_with("+json")) || name == "*/*"
        };
        let media =
            content.get("application/json").or_else(|| content.iter().find(|(name, _)| is_json(name)).map(|(_, m)| m));
        let media = media.ok_or_else(|| missing("/requestBody/content"))?;
        let schema = media.get("schema").ok_or_else(|| missing("/requestBody/content"))?;
        Ok(Body { schema, example: self.example(media).or_else(|| self.example(self.followed(schema).ok()?)) })
    }

    /// An example in any of the ways to write one.
    fn example(&self, holder: &'a Value) -> Option<&'a Value> {
        if let Some(example) = holder.get("example") {
            return Some(example);
        }
        match holder.get("examples")? {
            Value::Array(list) => list.first(),
            Value::Object(map) => self.followed(map.values().next()?).ok()?.get("value"),
            _ => None,
        }
    }

    /// What of the body is the event's data.
    fn data(&self, body: &Body<'a>) -> Data<'a> {
        let whole = Data { names: Vec::new(), schema: body.schema, example: body.example.cloned() };
        let fields = self.fields(body.schema);
        let Some((type_field, of_type)) =
            ["type", "event", "event_type"].iter().find_map(|name| Some((*name, *fields.get(*name)?)))
        else {
            return whole;
        };
        let names = self.constants(of_type);
        let Some(data) = fields.get("data").or_else(|| fields.get("payload")).copied() else {
            return Data { names, ..whole };
        };
        let field = if fields.contains_key("data") { "data" } else { "payload" };
        let example = body.example.filter(|example| {
            let named = example.get(type_field).and_then(Value::as_str);
            names.len() < 2 || named.is_some_and(|named| names.iter().all(|name| name == named))
        });
        let example =
            example.and_then(|example| example.get(field)).or_else(|| self.example(self.followed(data).ok()?));
        Data { names, schema: data, example: example.cloned() }
    }

    /// A schema's fields, also those that come through references and `allOf`.
    fn fields(&self, schema: &'a Value) -> Fields<'a> {
        let mut fields = Fields::new();
        let (mut open, mut left) = (vec![schema], 100);
        while let (Some(schema), 1..) = (open.pop(), left) {
            left -= 1;
            let Ok(schema) = self.followed(schema) else { continue };
            let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            for (name, schema) in own {
                fields.entry(name.as_str()).or_insert(schema);
            }
            open.extend(schema.get("allOf").and_then(Value::as_array).into_iter().flatten());
        }
        fields
    }

    /// The texts that a schema names by `const` or `enum`.
    fn constants(&self, schema: &'a Value) -> Vec<String> {
        let Ok(schema) = self.followed(schema) else { return Vec::new() };
        let list = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let texts = schema.get("const").into_iter().chain(list).filter_map(Value::as_str);
        let distinct: BTreeSet<&str> = texts.collect();
        distinct.into_iter().map(str::to_owned).collect()
    }
}

/// Fields by name.
type Fields<'a> = BTreeMap<&'a str, &'a Value>;

struct Body<'a> {
    schema: &'a Value,
    example: Option<&'a Value>,
}

struct Data<'a> {
    /// Empty: the webhook's key names it.
    names: Vec<String>,
    schema: &'a Value,
    example: Option<Value>,
}

/// An example that does not fit is common in such documents; then one is made.
fn made(input: EventTypeInput) -> Result<EventTypeEntry, FieldError> {
    let first = |errors: Vec<FieldError>| {
        let error = errors.into_iter().next().unwrap_or_else(|| FieldError::at("", "this cannot be read"));
        let place = error.pointer.strip_prefix("/versions/0").unwrap_or(&error.pointer);
        FieldError::at("/requestBody", format!("{}: {}", place.trim_start_matches('/'), error.message))
    };
    let mut without_example = input.clone();
    match EventTypeEntry::try_from(input) {
        Err(errors) if errors.iter().all(|error| error.pointer.starts_with("/versions/0/example")) => {
            without_example.versions.iter_mut().for_each(|version| version.example = None);
            EventTypeEntry::try_from(without_example).map_err(first)
        }
        result => result.map_err(first),
    }
}

/// A name that is an event type already, or as much of it as can be.
fn event_type_of(name: &str) -> Result<EventType, String> {
    let parts: Vec<String> =
        name.split(['.', '/', ':']).map(|part| sanitized(part, 128)).filter(|part| !part.is_empty()).collect();
    EventType::parse(&parts.join("."))
        .map_err(|_| format!("`{}` cannot be made an event type; name the webhook like price.alert", walk::shown(name)))
}

/// Letters, digits, `_` and `-`; what is between becomes one `_`.
fn sanitized(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for c in text.chars().take(most) {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' || c == '-' => kept.push(c),
            _ if !kept.is_empty() && !kept.ends_with('_') => kept.push('_'),
            _ => {}
        }
    }
    kept.trim_end_matches('_').to_owned()
}

/// `x-version: 2`, `"2"` or `"v2"`.
fn version_of(holder: &Value) -> Option<Result<u32, String>> {
    let version = holder.get("x-version")?;
    let text = version.as_str().map(|text| text.trim_start_matches(['v', 'V']));
    let number = version.as_u64().or_else(|| text?.parse().ok());
    let number = number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    Some(number.ok_or_else(|| "a version is a number from 1, like 2".to_owned()))
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;

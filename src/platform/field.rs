//! What a user fills in for a platform besides the URL: a chat's id, an API key.

use std::collections::BTreeMap;

use regex::Regex;

use crate::model::{FieldError, field_error::escaped};

const LONGEST_VALUE: usize = 1000;

/// One thing to fill in.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in settings and, as `fields.chat_id`, in the template.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Where it is found and what it looks like.
    pub description: String,
    /// Whether it cannot be left empty.
    pub required: bool,
    /// Whether it is a credential, which is never shown again.
    pub secret: bool,
    /// What it has to look like, from its first to its last character.
    pub pattern: Option<Regex>,
    /// What it is if left empty.
    pub default: Option<String>,
}

impl Field {
    fn check(&self, value: &str) -> Result<(), String> {
        let Field { title, description, .. } = self;
        if value.len() > LONGEST_VALUE {
            return Err(format!("{title} has at most {LONGEST_VALUE} bytes, this one has {}", value.len()));
        }
        if value.chars().any(char::is_control) || value.trim() != value {
            return Err(format!("{title} has a control character, or a space at its beginning or end"));
        }
        // The value itself is not repeated: it may be a credential.
        match &self.pattern {
            Some(pattern) if !pattern.is_match(value) => {
                Err(format!("this does not look like one: {title}: {description}"))
            }
            _ => Ok(()),
        }
    }
}

/// Checks what was filled in: nothing unknown, nothing missing, everything as its pattern says. The error's pointer
/// begins at the fields: `/chat_id`.
pub(super) fn check(fields: &[Field], given: &BTreeMap<String, String>) -> Result<(), FieldError> {
    for (id, value) in given {
        let pointer = || format!("/{}", escaped(id));
        let Some(field) = fields.iter().find(|field| field.id == *id) else {
            return Err(FieldError::at(pointer(), unknown(fields, id)));
        };
        if !value.is_empty() {
            field.check(value).map_err(|message| FieldError::at(pointer(), message))?;
        }
    }
    let complete = complete(fields, given);
    for field in fields.iter().filter(|field| field.required) {
        if complete.get(&field.id).is_none_or(String::is_empty) {
            let message = format!("{} is needed: {}", field.title, field.description);
            return Err(FieldError::at(format!("/{}", field.id), message));
        }
    }
    Ok(())
}

fn unknown(fields: &[Field], id: &str) -> String {
    let known: Vec<&str> = fields.iter().map(|field| field.id.as_str()).collect();
    match known.is_empty() {
        true => format!("there is no field `{}`; this platform has none", id.escape_debug()),
        false => format!("there is no field `{}`; there are {}", id.escape_debug(), known.join(", ")),
    }
}

/// Every field of the platform: as given, else its default, else empty.
pub(super) fn complete(fields: &[Field], given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let value = |field: &Field| match given.get(&field.id) {
        Some(value) if !value.is_empty() => value.clone(),
        _ => field.default.clone().unwrap_or_default(),
    };
    fields.iter().map(|field| (field.id.clone(), value(field))).collect()
}

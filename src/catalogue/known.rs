//! An event type with what is compiled of it, and whether an event is what its type says.

use std::sync::OnceLock;

use lanehook_schema::{Validator, Violation};
use serde_json::Value;

use super::entry::{EntryStatus, EventTypeEntry};
use crate::model::FieldError;

/// An event type and its schemas, each compiled when the first event of its version comes.
#[derive(Debug)]
pub struct KnownType {
    entry: EventTypeEntry,
    /// In the order of the entry's versions. `None`: it does not compile, as the rules were others when it was kept.
    validators: Vec<OnceLock<Option<Validator>>>,
}

impl KnownType {
    /// With nothing compiled yet.
    pub fn new(entry: EventTypeEntry) -> KnownType {
        let validators = entry.versions.iter().map(|_| OnceLock::new()).collect();
        KnownType { entry, validators }
    }

    /// What the catalogue says of it.
    pub fn entry(&self) -> &EventTypeEntry {
        &self.entry
    }

    /// What is wrong with an event of this type that names this version, or none; pointers are into the event.
    pub fn check(&self, version: Option<u32>, data: &Value) -> Vec<FieldError> {
        let EventTypeEntry { name, versions, status, .. } = &self.entry;
        let number = version.or_else(|| self.entry.current().map(|version| version.version));
        let found = versions.iter().zip(&self.validators).find(|(version, _)| Some(version.version) == number);
        let Some((version, compiled)) = found else {
            let known: Vec<String> = versions.iter().map(|version| version.version.to_string()).collect();
            let message = format!("`{name}` has no such version; there are {}", known.join(", "));
            return vec![FieldError::at("/version", message)];
        };
        let mut errors = Vec::new();
        if *status == EntryStatus::Archived {
            errors.push(FieldError::at("/type", format!("`{name}` is archived: it is not to be published any more")));
        }
        let validator = compiled.get_or_init(|| Validator::new(&version.schema).ok());
        if let Some(Err(violations)) = validator.as_ref().map(|validator| validator.validate(data)) {
            let below = |found: Violation| FieldError::at(format!("/data{}", found.pointer), found.message);
            errors.extend(violations.into_iter().map(below));
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(status: &str) -> KnownType {
        let entry = json!({"name": "price.alert", "status": status, "versions": [
            {"version": 1, "schema": {"properties": {"price": {"type": "number"}}}, "example": {}},
            {"version": 3, "schema": {"required": ["symbol"]}, "example": {"symbol": "AMD"}},
        ]});
        KnownType::new(serde_json::from_value(entry).unwrap())
    }

    fn pointers(known: &KnownType, version: Option<u32>, data: Value) -> Vec<String> {
        known.check(version, &data).into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn an_event_is_checked_with_the_version_it_names_or_the_current_one() {
        let active = known("active");
        assert_eq!(pointers(&active, Some(1), json!({"price": "high"})), ["/data/price"]);
        assert_eq!(pointers(&active, None, json!({"price": "high"})), ["/data/symbol"]);
        assert!(pointers(&active, None, json!({"symbol": "AMD"})).is_empty());
        assert_eq!(pointers(&active, Some(2), json!({})), ["/version"]);
        assert!(active.check(Some(2), &json!({}))[0].message.ends_with("there are 1, 3"));
    }

    #[test]
    fn an_archived_type_is_refused_and_its_data_is_looked_at_still() {
        assert_eq!(pointers(&known("archived"), Some(3), json!({})), ["/type", "/data/symbol"]);
        assert!(pointers(&known("deprecated"), Some(3), json!({"symbol": "AMD"})).is_empty());
    }
}

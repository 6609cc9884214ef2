//! Adding fields to events before they are matched: constants and computed ones, as the tenant has declared.
//!
//! Without a declaration an event's data stays the caller's bytes, unread. With one it is read, and written anew only if
//! something was added. What cannot be computed of an event is not added to it; the event is never lost for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    model::{Enrichment, FieldError, NewEvent, TenantKey, TenantSettings},
    template::{Context, Expression, Limits},
};

/// What one expression may use: fields are small.
const LIMITS: Limits = Limits { memory: 1 << 20, output: 64 << 10 };
/// Tenants whose expressions are kept compiled.
const KEPT: usize = 1_000;

/// Adds fields. Holds what is compiled once; cheap to clone.
#[derive(Clone, Default)]
pub struct Enricher(Arc<Mutex<HashMap<TenantKey, Arc<Rules>>>>);

/// A tenant's declaration, compiled.
struct Rules {
    settings: Arc<TenantSettings>,
    /// In the order of the declaration; none for a constant.
    expressions: Vec<Option<Expression>>,
}

/// What expressions can name.
#[derive(Serialize)]
struct Names<'a> {
    id: Option<&'a str>,
    r#type: &'a str,
    timestamp: Option<String>,
    version: Option<u32>,
    ordering_key: Option<&'a str>,
    correlation_id: Option<&'a str>,
    data: &'a Value,
}

/// Whether every expression compiles.
///
/// # Errors
/// The first that does not, with a pointer into the tenant's settings.
pub fn check(settings: &TenantSettings) -> Result<(), FieldError> {
    for (place, field) in settings.enrichment.iter().enumerate() {
        if let Some(Err(error)) = field.expression.as_deref().map(Expression::compile) {
            return Err(FieldError::at(format!("/enrichment/{place}/expression"), error.to_string()));
        }
    }
    Ok(())
}

impl Enricher {
    /// Adds to an event what the tenant has declared; nothing, if its data would be longer than `most` bytes.
    pub fn enrich(&self, tenant: TenantKey, settings: &Arc<TenantSettings>, event: &mut NewEvent, most: usize) {
        if !settings.enrichment.iter().any(|field| field.is_for(&event.event_type)) {
            return;
        }
        let Ok(mut data) = serde_json::from_slice::<Value>(&event.data) else { return };
        let rules = self.rules(tenant, settings);
        let mut changed = false;
        for (field, expression) in settings.enrichment.iter().zip(&rules.expressions) {
            if field.is_for(&event.event_type) {
                changed |= add(field, expression.as_ref(), event, &mut data);
            }
        }
        if !changed {
            return;
        }
        let text = serde_json::to_vec(&data).unwrap_or_default();
        if (1..=most).contains(&text.len()) {
            event.as_sent = Some(std::mem::replace(&mut event.data, Bytes::from(text)));
        }
    }

    fn rules(&self, tenant: TenantKey, settings: &Arc<TenantSettings>) -> Arc<Rules> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = kept.get(&tenant).filter(|rules| Arc::ptr_eq(&rules.settings, settings)) {
            return rules.clone();
        }
        // They were checked when they were saved.
        let compile = |field: &Enrichment| field.expression.as_deref().and_then(|text| Expression::compile(text).ok());
        let expressions = settings.enrichment.iter().map(compile).collect();
        let rules = Arc::new(Rules { settings: settings.clone(), expressions });
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(tenant, rules.clone());
        rules
    }
}

/// Adds a field, unless something is there or in the way. Tells whether it did.
fn add(field: &Enrichment, expression: Option<&Expression>, event: &NewEvent, data: &mut Value) -> bool {
    let value = match (&field.value, expression) {
        (Some(value), _) => value.clone(),
        (None, Some(expression)) => match expression.evaluate(&context(event, data), &LIMITS) {
            Ok(value) => value,
            Err(_) => return false,
        },
        (None, None) => return false,
    };
    let mut place = data;
    let mut path = field.path().peekable();
    while let Some(part) = path.next() {
        let Value::Object(members) = place else { return false };
        if path.peek().is_none() {
            if members.contains_key(part) && !field.overwrite {
                return false;
            }
            members.insert(part.to_owned(), value);
            return true;
        }
        place = members.entry(part).or_insert_with(|| Value::Object(Map::new()));
    }
    false
}

fn context(event: &NewEvent, data: &Value) -> Context {
    Context::new(&Names {
        id: event.caller_id.as_ref().map(|id| id.as_str()),
        r#type: event.event_type.as_str(),
        timestamp: event.timestamp.map(|time| time.to_string()),
        version: event.version,
        ordering_key: event.ordering_key.as_ref().map(|key| key.as_str()),
        correlation_id: event.correlation_id.as_ref().map(|id| id.as_str()),
        data,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::EventType;

    fn enriched(settings: Value, event_type: &str, data: &str) -> (NewEvent, String) {
        let settings: Arc<TenantSettings> = Arc::new(serde_json::from_value(settings).unwrap());
        check(&settings).unwrap();
        let data = Bytes::copy_from_slice(data.as_bytes());
        let mut event = NewEvent::new(EventType::parse(event_type).unwrap(), data);
        Enricher::default().enrich(TenantKey(1), &settings, &mut event, 1_000);
        let text = String::from_utf8(event.data.to_vec()).unwrap();
        (event, text)
    }

    #[test]
    fn constants_and_computed_fields_are_added_in_order() {
        let settings = json!({"enrichment": [
            {"field": "region", "value": "eu"},
            {"field": "order.notional", "expression": "data.price * data.quantity"},
            {"field": "large", "expression": "data.order.notional > 100", "event_types": ["trade.*"]},
        ]});
        let data = r#"{"price":5,"quantity":30,"region":"us"}"#;
        let (event, text) = enriched(settings.clone(), "trade.executed", data);
        let expected = json!({"price":5,"quantity":30,"region":"us","order":{"notional":150},"large":true});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        assert_eq!(event.as_sent.as_deref(), Some(data.as_bytes()), "what was sent is what makes it the same request");
        let (_, text) = enriched(settings, "quote", data);
        assert!(!text.contains("large"), "{text}");
    }

    #[test]
    fn what_cannot_be_added_changes_nothing() {
        let settings = json!({"enrichment": [
            {"field": "total", "expression": "data.price * data.quantity"},
            {"field": "price.currency", "value": "USD"},
            {"field": "price", "value": 7},
        ]});
        let data = r#"{ "price" : 5 }"#;
        let (event, text) = enriched(settings, "quote", data);
        assert_eq!((text.as_str(), event.as_sent), (data, None), "byte for byte");
        let (_, text) = enriched(json!({"enrichment": [{"field": "a", "value": 1}]}), "quote", "[1]");
        assert_eq!(text, "[1]");
        let long = json!({"enrichment": [{"field": "a", "value": "x".repeat(1_000)}]});
        assert_eq!(enriched(long, "quote", "{}").1, "{}", "an event that would be too long stays as it is");
    }

    #[test]
    fn an_expression_that_does_not_compile_is_refused_with_its_place() {
        let settings =
            serde_json::from_value(json!({"enrichment": [{"field": "a", "expression": "data. +"}]})).unwrap();
        assert_eq!(check(&settings).unwrap_err().pointer, "/enrichment/0/expression");
    }
}

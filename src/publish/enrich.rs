//! Adding fields to events before they are matched: constants and computed ones, as the tenant has declared.
//!
//! An event's data stays the caller's bytes, between which fields are set. It is read only for an expression. What cannot
//! be computed of an event is not added to it; the event is never lost for it.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::{reading::check_data, splice};
use crate::{
    exact,
    model::{Enrichment, EventMetadata, NewEvent, TenantKey, TenantSettings, Timestamp},
    template::{self, Compiled},
};
use lanehook_template::{Context, Expression, RenderLimits};

/// What one expression may use: fields are small.
const LIMITS: RenderLimits = RenderLimits { memory: 1 << 20, output: 64 << 10 };
/// Bytes of the expressions that are kept compiled.
const MOST_COMPILED: usize = 4 << 20;

/// Adds fields. Holds what is compiled once; cheap to clone.
#[derive(Clone)]
pub struct Enricher(Arc<Compiled<(), Arc<Rules>>>);

/// A tenant's declaration, compiled.
struct Rules {
    settings: Arc<TenantSettings>,
    /// In the order of the declaration; none for a constant.
    expressions: Vec<Option<Expression>>,
}

/// What expressions can name. What the publisher has not given is not there, so nothing can be computed of it.
#[derive(Serialize)]
struct Names<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    r#type: &'a str,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordering_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a EventMetadata>,
    data: &'a Value,
}

impl Default for Enricher {
    fn default() -> Enricher {
        Enricher(Arc::new(Compiled::of_bytes(MOST_COMPILED)))
    }
}

impl Enricher {
    /// Adds to an event, which happens `now` if it does not say when, what the tenant has declared. Nothing, if its data
    /// would be longer than `most` bytes.
    pub fn enrich(
        &self,
        tenant: TenantKey,
        settings: &Arc<TenantSettings>,
        event: &mut NewEvent,
        now: Timestamp,
        most: usize,
    ) {
        if !settings.enrichment.iter().any(|field| field.is_for(&event.event_type)) {
            return;
        }
        let rules = self.rules(tenant, settings);
        // As it is by now; read when an expression first asks for it.
        let (mut changed, mut read): (Option<String>, Option<Value>) = (None, None);
        for (field, expression) in settings.enrichment.iter().zip(&rules.expressions) {
            if !field.is_for(&event.event_type) {
                continue;
            }
            let Some(text) = changed.as_deref().or_else(|| std::str::from_utf8(&event.data).ok()) else { return };
            let path: Vec<&str> = field.path().collect();
            let value = match (&field.value, expression) {
                (Some(value), _) => Some(Cow::Borrowed(value)),
                (None, Some(expression)) => {
                    if read.is_none() {
                        read = exact::read(text.as_bytes()).ok();
                    }
                    let computed = |data| expression.evaluate(&context(event, now, data), &LIMITS).ok();
                    read.as_ref().and_then(computed).map(Cow::Owned)
                }
                (None, None) => None,
            };
            if let Some(added) = value.and_then(|value| splice::set(text, &path, &value, field.overwrite)) {
                (changed, read) = (Some(added), None);
            }
        }
        // What was added can be as deep as what was there.
        if let Some(text) = changed.filter(|text| check_data(text, most).is_ok()) {
            event.as_sent = Some(std::mem::replace(&mut event.data, Bytes::from(text)));
        }
    }

    fn rules(&self, tenant: TenantKey, settings: &Arc<TenantSettings>) -> Arc<Rules> {
        if let Some(rules) = self.0.get(tenant, &()).filter(|rules| Arc::ptr_eq(&rules.settings, settings)) {
            return rules;
        }
        // They were checked when they were saved.
        let compile =
            |field: &Enrichment| field.expression.as_deref().and_then(|text| template::engine().expression(text).ok());
        let expressions = settings.enrichment.iter().map(compile).collect();
        let rules = Arc::new(Rules { settings: settings.clone(), expressions });
        let sources = settings.enrichment.iter().filter_map(|field| field.expression.as_deref());
        // A declaration of constants takes room as well.
        let bytes = sources.map(template::room_for).sum::<usize>().max(template::room_for(""));
        self.0.keep(tenant, (), rules.clone(), bytes);
        rules
    }
}

fn context(event: &NewEvent, now: Timestamp, data: &Value) -> Context {
    Context::new(&Names {
        id: event.caller_id.as_ref().map(|id| id.as_str()),
        r#type: event.event_type.as_str(),
        timestamp: event.timestamp.unwrap_or(now).to_string(),
        version: event.version,
        ordering_key: event.ordering_key.as_ref().map(|key| key.as_str()),
        correlation_id: event.correlation_id.as_ref().map(|id| id.as_str()),
        source: event.source.as_ref().map(|source| source.as_str()),
        metadata: event.metadata.as_ref(),
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
        let data = Bytes::copy_from_slice(data.as_bytes());
        let mut event = NewEvent::new(EventType::parse(event_type).unwrap(), data);
        Enricher::default().enrich(TenantKey(1), &settings, &mut event, Timestamp::from_millis(0), 1_000);
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
        assert_eq!(text, r#"{"price":5,"quantity":30,"region":"us","order":{"notional":150},"large":true}"#);
        assert_eq!(event.as_sent.as_deref(), Some(data.as_bytes()), "what was sent is what makes it the same request");
        let (_, text) = enriched(settings, "quote", data);
        assert!(!text.contains("large"), "{text}");
    }

    #[test]
    fn expressions_know_what_the_publisher_has_said_and_when_it_is() {
        let settings = json!({"enrichment": [
            {"field": "when", "expression": "timestamp"},
            {"field": "what", "expression": "type ~ '/' ~ data.exact"},
        ]});
        let (_, text) = enriched(settings, "quote", r#"{"exact":1.10,"big":12345678901234567890123}"#);
        let expected =
            r#"{"exact":1.10,"big":12345678901234567890123,"when":"1970-01-01T00:00:00.000Z","what":"quote/1.1"}"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn what_cannot_be_added_changes_nothing() {
        let settings = json!({"enrichment": [
            {"field": "total", "expression": "data.price * data.quantity"},
            {"field": "price.currency", "value": "USD"},
            {"field": "price", "value": 7},
            {"field": "missing", "expression": "data.missing"},
            {"field": "key", "expression": "'id ' ~ id"},
        ]});
        let data = r#"{ "price" : 5 }"#;
        let (event, text) = enriched(settings, "quote", data);
        assert_eq!((text.as_str(), event.as_sent), (data, None), "byte for byte");
        let (_, text) = enriched(json!({"enrichment": [{"field": "a", "value": 1}]}), "quote", "[1]");
        assert_eq!(text, "[1]");
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(99), "]".repeat(99));
        assert_eq!(enriched(json!({"enrichment": [{"field": "b", "expression": "data"}]}), "quote", &deep).1, deep);
        let long = json!({"enrichment": [{"field": "a", "value": "x".repeat(1_000)}]});
        assert_eq!(enriched(long, "quote", "{}").1, "{}", "an event that would be too long stays as it is");
    }
}

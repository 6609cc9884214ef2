//! What is set for a tenant: how strictly its events are checked, which fields are added to them, how much it may ask
//! for, and when it is told of what happens to it.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;
use utoipa::ToSchema;

use super::{EventType, NoticeSettings, Quotas, RetentionSettings, TypePattern, field_error::in_part};

/// The most fields that are added to a tenant's events.
const MOST_FIELDS: usize = 50;
const LONGEST_EXPRESSION: usize = 2_000;
const LARGEST_VALUE: usize = 16 << 10;

/// A tenant's settings.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// Whether events are checked against the catalogue when they are published.
    #[serde(default)]
    pub validation: Validation,
    /// Fields that are added to events before they are matched, in this order: at most 50.
    #[serde(default, deserialize_with = "bounded_fields")]
    #[schema(max_items = 50)]
    pub enrichment: Vec<Enrichment>,
    /// How much it may ask for.
    #[serde(default)]
    pub quotas: Quotas,
    /// When it is told of what happens to it, and where.
    #[serde(default)]
    pub notices: NoticeSettings,
    /// What it keeps for a shorter time than the server does.
    #[serde(default)]
    pub retention: RetentionSettings,
}

/// What happens to an event whose type is not in the catalogue, or whose data does not fit its schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// Nothing: events are not checked.
    #[default]
    Off,
    /// It is kept, and the answer says what is wrong.
    Warn,
    /// It is refused.
    Enforce,
}

/// A field that is added to the data of events: a constant, or computed from the event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "EnrichmentInput")]
pub struct Enrichment {
    /// Its way in the data, parts separated by dots: `region`, `order.notional`. What is there already stays, unless
    /// `overwrite` is set.
    #[schema(max_length = 256, example = "notional")]
    pub field: String,
    /// Only for events of these types; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub event_types: Vec<TypePattern>,
    /// Any JSON, the same for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// An expression in Jinja2's syntax over the event (`id`, `type`, `timestamp`, `data`, …), like
    /// `data.price * data.quantity`. On events for which it cannot be computed, the field is not added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false, required = false, min_length = 1, max_length = 2000, example = "data.price * data.quantity")]
    pub expression: Option<String>,
    /// Replace what is there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overwrite: bool,
}

impl Enrichment {
    /// Whether it is for events of this type.
    pub fn is_for(&self, event_type: &EventType) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|pattern| pattern.matches(event_type))
    }

    /// The parts of its way.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.field.split('.')
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrichmentInput {
    field: String,
    #[serde(default)]
    event_types: Vec<TypePattern>,
    #[serde(default, deserialize_with = "given")]
    value: Option<Value>,
    #[serde(default)]
    expression: Option<String>,
    #[serde(default)]
    overwrite: bool,
}

/// A null that was given is a value, too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<EnrichmentInput> for Enrichment {
    type Error = String;

    fn try_from(input: EnrichmentInput) -> Result<Enrichment, String> {
        let EnrichmentInput { field, event_types, value, expression, overwrite } = input;
        let parts = field.split('.').count();
        if field.len() > 256 || parts > 16 || field.split('.').any(str::is_empty) {
            return Err(in_part("field", "is the way to a field of the data, like `region` or `order.notional`"));
        }
        if event_types.len() > 200 {
            let message = format!("at most 200 event types are possible, these are {}", event_types.len());
            return Err(in_part("event_types", message));
        }
        // A null beside an expression is a value that was left out.
        let value = value.filter(|value| expression.is_none() || !value.is_null());
        match (&value, &expression) {
            (Some(value), None) if value.to_string().len() > LARGEST_VALUE => {
                return Err(in_part("value", format_args!("has more than {LARGEST_VALUE} bytes")));
            }
            (None, Some(expression)) if !(1..=LONGEST_EXPRESSION).contains(&expression.len()) => {
                return Err(in_part("expression", format_args!("is 1 to {LONGEST_EXPRESSION} bytes long")));
            }
            (Some(_), None) | (None, Some(_)) => {}
            _ => return Err("give exactly one of `value` and `expression`".into()),
        }
        Ok(Enrichment { field, event_types, value, expression, overwrite })
    }
}

fn bounded_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Enrichment>, D::Error> {
    let fields = Vec::<Enrichment>::deserialize(deserializer)?;
    match fields.len() {
        0..=MOST_FIELDS => Ok(fields),
        count => Err(D::Error::custom(format!("at most {MOST_FIELDS} fields can be added, these are {count}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read_json;

    #[test]
    fn a_field_is_a_constant_or_computed_and_nothing_else() {
        let read = |json: &str| read_json::<TenantSettings>(json.as_bytes());
        let constant = read(r#"{"enrichment":[{"field":"a.b","value":null}]}"#).unwrap();
        assert_eq!(constant.enrichment[0].value, Some(Value::Null));
        let text = serde_json::to_string(&constant).unwrap();
        assert_eq!(read(&text), Ok(constant), "it reads back as it was written");
        for (json, pointer, part) in [
            (r#"{"enrichment":[{"field":"a"}]}"#, "/enrichment/0", "exactly one of"),
            (r#"{"enrichment":[{"field":"a","value":1,"expression":"2"}]}"#, "/enrichment/0", "exactly one of"),
            (r#"{"enrichment":[{"field":"a..b","value":1}]}"#, "/enrichment/0/field", "order.notional"),
            (r#"{"enrichment":[{"field":"a","expression":""}]}"#, "/enrichment/0/expression", "bytes long"),
            (r#"{"validation":"maybe"}"#, "/validation", "unknown variant"),
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.pointer, pointer, "{error:?}");
            assert!(error.message.contains(part), "{error:?}");
        }
    }
}

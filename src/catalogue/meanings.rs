//! What a schema says of an event's members to people: what each is called, in what it is measured, in which currency it is.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use crate::model::EventType;

/// So many members of an event are looked up.
const MOST_MEMBERS: usize = 100;
const LONGEST_TITLE: usize = 80;
const LONGEST_UNIT: usize = 16;

/// Says what is known of the members of an event of this type and version.
pub type KnownMeanings = Arc<dyn Fn(&EventType, Option<u32>) -> Meanings + Send + Sync>;

/// What is known of an event's members, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meanings {
    /// Of all that is money and does not say something else.
    pub currency: Option<String>,
    members: BTreeMap<String, Meaning>,
}

/// What is known of one member.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meaning {
    /// `title`: what people call it.
    pub title: Option<String>,
    /// `x-unit`: in what it is measured (`ms`, `%`, `kg`).
    pub unit: Option<String>,
    /// `x-currency`: in which currency it is (ISO 4217: `USD`).
    pub currency: Option<String>,
}

impl Meanings {
    /// As a JSON Schema of an object has them in its `properties`; what a property does not say itself, its `$ref` into the same
    /// document may.
    pub fn of(schema: &Value) -> Meanings {
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = properties.into_iter().flatten().take(MOST_MEMBERS).filter_map(|(name, property)| {
            let own = Meaning::of(property.as_object()?);
            let meaning = own.or(referred(schema, property).map(Meaning::of).unwrap_or_default());
            (meaning != Meaning::default()).then(|| (name.clone(), meaning))
        });
        let currency = schema.as_object().and_then(|schema| short(schema, "x-currency", LONGEST_UNIT));
        Meanings { currency, members: known.collect() }
    }

    /// What is known of a member.
    pub fn member(&self, name: &str) -> Option<&Meaning> {
        self.members.get(name)
    }
}

impl Meaning {
    fn of(property: &Map<String, Value>) -> Meaning {
        Meaning {
            title: short(property, "title", LONGEST_TITLE),
            unit: short(property, "x-unit", LONGEST_UNIT),
            currency: short(property, "x-currency", LONGEST_UNIT),
        }
    }

    fn or(self, other: Meaning) -> Meaning {
        Meaning {
            title: self.title.or(other.title),
            unit: self.unit.or(other.unit),
            currency: self.currency.or(other.currency),
        }
    }
}

/// What the property refers to: one step, so that nothing goes round in circles.
fn referred<'s>(schema: &'s Value, property: &Value) -> Option<&'s Map<String, Value>> {
    schema.pointer(property.get("$ref")?.as_str()?.strip_prefix('#')?)?.as_object()
}

fn short(of: &Map<String, Value>, name: &str, longest: usize) -> Option<String> {
    let text = of.get(name)?.as_str()?.trim();
    let fits = !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn titles_units_and_currencies_are_read_where_a_property_has_them() {
        let schema = json!({
            "x-currency": "EUR",
            "$defs": {"latency": {"title": "Latency", "x-unit": "ms"}, "circle": {"$ref": "#/$defs/circle"}},
            "properties": {
                "p95": {"$ref": "#/$defs/latency"},
                "p99": {"$ref": "#/$defs/latency", "title": "Slowest"},
                "cap": {"x-currency": "USD", "title": " Market cap "},
                "plain": {"type": "string"},
                "circle": {"$ref": "#/$defs/circle"},
                "away": {"$ref": "https://elsewhere.example/x"},
                "nowhere": {"$ref": "#/$defs/none"},
                "odd": {"title": "x".repeat(81), "x-unit": 3},
                "always": true,
            },
        });
        let meanings = Meanings::of(&schema);
        let names =
            |meaning: Option<&Meaning>| meaning.map(|one| [&one.title, &one.unit, &one.currency].map(Clone::clone));
        assert_eq!(meanings.currency.as_deref(), Some("EUR"));
        assert_eq!(names(meanings.member("p95")), Some([Some("Latency".into()), Some("ms".into()), None]));
        assert_eq!(names(meanings.member("cap")), Some([Some("Market cap".into()), None, Some("USD".into())]));
        assert_eq!(names(meanings.member("p99")), Some([Some("Slowest".into()), Some("ms".into()), None]));
        assert_eq!(meanings.members.len(), 3, "{meanings:?}");
        for odd in [json!(true), json!({"properties": []}), json!([1])] {
            assert_eq!(Meanings::of(&odd), Meanings::default());
        }
    }
}

//! Whatever the schema, nothing panics, nothing runs for ever, and what is made fits.

use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::{MAX_SCHEMA_DEPTH, compatibility, weigh};

proptest! {
    #[test]
    fn no_schema_makes_the_sampler_panic(schema in any_schema(), seed: u64) {
        if let Ok(made) = sample(&schema, seed) {
            prop_assert!(Validator::new(&schema).unwrap().accepts(&made), "{} is no {}", made, schema);
        }
    }

    #[test]
    fn no_two_schemas_make_the_comparison_panic(old in any_schema(), new in any_schema()) {
        compatibility(&old, &new);
    }

    #[test]
    fn no_data_makes_the_validator_panic(schema in any_schema(), data in any_data()) {
        if let Ok(weights) = weigh(&schema) {
            weights.work(&data);
        }
        if let Ok(validator) = Validator::new(&schema) {
            prop_assert_eq!(validator.accepts(&data), validator.validate(&data).is_ok());
        }
    }

    /// What is not a schema at all is refused, by those that check it, and read as if it said nothing by the others.
    #[test]
    fn no_document_makes_anything_panic(document in any_document(), other in any_document(), seed: u64) {
        let _ = sample(&document, seed);
        compatibility(&document, &other);
    }
}

/// Each kind of nesting as deep as a schema may be, and one level deeper.
#[test]
fn no_nesting_makes_the_sampler_panic() {
    let nests: [fn(Value) -> Value; 6] = [
        |inner| json!({"items": inner, "minItems": 2}),
        |inner| json!({"properties": {"a": inner}, "required": ["a"]}),
        |inner| json!({"allOf": [inner, {"minimum": 1e308}]}),
        |inner| json!({"anyOf": [inner, {"maximum": -1e308}], "minLength": u64::MAX}),
        |inner| json!({"if": inner, "then": {"maxItems": 0}, "else": {"multipleOf": 5e-324}}),
        |inner| json!({"not": inner}),
    ];
    for nest in nests {
        for depth in [8, MAX_SCHEMA_DEPTH / 2 - 1, MAX_SCHEMA_DEPTH / 2, MAX_SCHEMA_DEPTH, 2 * MAX_SCHEMA_DEPTH] {
            let schema = (0..depth).fold(json!({"minimum": f64::MAX}), |inner, _| nest(inner));
            let _ = (sample(&schema, 1), compatibility(&schema, &json!({})), compatibility(&json!({}), &schema));
        }
    }
}

#[test]
fn a_number_beyond_all_that_people_meet_is_made() {
    for schema in [json!({"minimum": 1e308}), json!({"maximum": -1e308}), json!({"exclusiveMinimum": 1.7e308})] {
        for seed in 0..50 {
            let made = sample(&schema, seed).unwrap();
            assert!(made.as_f64().is_some_and(f64::is_finite), "{schema}: {made}");
        }
    }
}

#[test]
fn numbers_at_the_edge_of_a_double_can_be_asked_for() {
    let edges = [1e308, f64::MAX, -1e308, f64::MIN, 5e-324, -5e-324, 1e16, -1e16, 0.0];
    for edge in edges {
        for keyword in ["minimum", "maximum"] {
            for kind in ["number", "integer"] {
                let schema = json!({"type": kind, keyword: edge});
                let possible = kind == "number" || edge.abs() < 1e15;
                for seed in 0..20 {
                    let made = sample(&schema, seed);
                    assert!(made.is_ok() || !possible, "{schema}: {made:?}");
                }
            }
        }
        for other in edges {
            let _ = sample(&json!({"minimum": edge, "maximum": other}), 1);
            let _ = sample(&json!({"type": "number", "minimum": edge, "multipleOf": other.abs()}), 1);
        }
    }
}

#[test]
fn a_thousand_choices_fit_on_the_stack() {
    let choices = vec![json!({"anyOf": [{"title": "a"}, {"title": "b"}]}); 1_000];
    let schema = json!({"allOf": choices});
    // As much as the threads have that make samples for a server.
    let made = std::thread::Builder::new().stack_size(2 << 20).spawn(move || sample(&schema, 1)).unwrap().join();
    assert!(made.is_ok());
}

fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::Bool),
        6 => prop::collection::vec(flat_keyword(), 0..5).prop_map(object),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        (prop::collection::vec(flat_keyword(), 0..3), prop::collection::vec(nesting_keyword(inner), 1..4))
            .prop_map(|(flat, nesting)| object(flat.into_iter().chain(nesting).collect()))
    })
}

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(names)
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn flat_keyword() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        4 => (pick(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]), number()),
        2 => (
            pick(&["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains"]),
            prop::sample::select(vec![json!(0), json!(1), json!(3), json!(1_000), json!(u64::MAX), json!(2.0), json!(1e30)]),
        ),
        3 => prop::sample::subsequence(vec!["null", "boolean", "integer", "number", "string", "array", "object"], 1..3)
            .prop_map(|kinds| ("type", json!(kinds))),
        1 => "[\\[\\](){}|^$*+?.,\\\\a-cdwSb0-9:-]{0,20}".prop_map(|pattern| ("pattern", json!(pattern))),
        1 => pick(&["^[A-Z]{2,}$", "(a|b)+", "\\p{Greek}{3}", "^$", "x{200}"]).prop_map(|text| ("pattern", json!(text))),
        1 => pick(&["date-time", "uuid", "email", "regex", "uri", "colour"]).prop_map(|text| ("format", json!(text))),
        1 => prop::collection::vec(scalar(), 0..4).prop_map(|values| ("enum", json!(values))),
        1 => (pick(&["const", "default"]), scalar()),
        1 => prop::collection::vec(scalar(), 0..3).prop_map(|values| ("examples", json!(values))),
        2 => prop::sample::subsequence(vec!["a", "b", "c"], 0..3).prop_map(|names| ("required", json!(names))),
        1 => prop::sample::subsequence(vec!["a", "b", "c"], 0..3).prop_map(|names| ("dependentRequired", json!({"a": names}))),
        1 => any::<bool>().prop_map(|on| ("uniqueItems", json!(on))),
        1 => pick(&["#", "#/properties/a", "#/items", "#/nowhere"]).prop_map(|place| ("$ref", json!(place))),
    ]
}

fn nesting_keyword(
    inner: impl Strategy<Value = Value> + Clone + 'static,
) -> impl Strategy<Value = (&'static str, Value)> {
    let one = [
        "items",
        "contains",
        "not",
        "if",
        "then",
        "else",
        "additionalProperties",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    ];
    let named = |names: &'static str, inner| prop::collection::btree_map(names, inner, 0..3);
    prop_oneof![
        2 => (prop::sample::select(one.to_vec()), inner.clone()),
        2 => (pick(&["allOf", "anyOf", "oneOf", "prefixItems"]), prop::collection::vec(inner.clone(), 1..4))
            .prop_map(|(keyword, schemas)| (keyword, json!(schemas))),
        2 => named("[a-c]", inner.clone()).prop_map(|schemas| ("properties", json!(schemas))),
        1 => named("[\\^a-c]{1,3}", inner.clone()).prop_map(|schemas| ("patternProperties", json!(schemas))),
        1 => named("[a-c]", inner).prop_map(|schemas| ("dependentSchemas", json!(schemas))),
    ]
}

/// JSON of any shape, with numbers at the edges.
fn any_data() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|fields| json!(fields)),
        ]
    })
}

/// Keywords with values that they cannot have, and ones that they can.
fn any_document() -> impl Strategy<Value = Value> {
    let keywords = pick(&[
        "type",
        "enum",
        "const",
        "allOf",
        "anyOf",
        "not",
        "if",
        "then",
        "items",
        "prefixItems",
        "contains",
        "required",
        "properties",
        "patternProperties",
        "additionalProperties",
        "dependentRequired",
        "minimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxItems",
        "minContains",
        "pattern",
        "format",
        "uniqueItems",
        "$ref",
        "$schema",
        "$defs",
        "examples",
        "default",
    ]);
    let wrong = prop::collection::vec((keywords, any_data()), 1..6).prop_map(object);
    prop_oneof![1 => any_data(), 4 => wrong, 1 => any_schema()]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        number(),
        "\\PC{0,5}".prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        Just(json!(null)),
        Just(json!([1])),
        Just(json!({"a": 1})),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    let edges = [0.0, -0.0, 1.0, 0.01, 1e308, -1e308, f64::MAX, f64::MIN, 5e-324, 1e16, -1e16, 9_007_199_254_740_993.0];
    prop_oneof![
        prop::sample::select(edges.to_vec()).prop_map(|number| json!(number)),
        prop::num::f64::NORMAL.prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<u64>().prop_map(|number| json!(number)),
        (-20i64..20).prop_map(|number| json!(number)),
    ]
}

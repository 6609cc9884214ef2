use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn a_sample_uses_what_the_schema_gives_as_examples() {
    let schema = json!({"type": "object", "required": ["symbol", "side", "at"], "properties": {
        "symbol": {"type": "string", "examples": ["AAPL"]},
        "side": {"enum": ["buy", "sell"]},
        "at": {"type": "string", "format": "date-time"},
    }});
    let samples: Vec<Value> = (0..50).map(|seed| sample(&schema, seed).unwrap()).collect();
    assert!(samples.iter().filter(|sample| sample["symbol"] == "AAPL").count() > 25);
    assert!(
        samples.iter().any(|sample| sample["side"] == "buy") && samples.iter().any(|sample| sample["side"] == "sell")
    );
    assert_eq!(sample(&schema, 7), sample(&schema, 7));
}

#[test]
fn what_is_rarely_used_is_made_too() {
    for schema in [
        json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"enum": [1, 2, 3]}}),
        json!({"type": "array", "contains": {"const": "x"}, "minContains": 2, "items": {"type": "string"}}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false}),
        json!({"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "minProperties": 2, "additionalProperties": false, "patternProperties": {"^[a-z]{8}$": {"type": "null"}}}),
        json!({"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^k[0-9]{6}$"}}),
        json!({"type": "object", "properties": {"a": {}}, "required": ["a"], "dependentRequired": {"a": ["b"]}}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001}),
        json!({"type": "number", "multipleOf": 0.01, "minimum": 0.07, "maximum": 0.07}),
        json!({"type": "number", "minimum": -1e308, "maximum": 1e308}),
        json!({"type": "integer", "minimum": 9007199254740993u64}),
        json!({"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}, "type": "object"}),
        json!({"oneOf": [{"type": "integer"}, {"type": "number", "maximum": 3}]}),
        json!({"type": "string", "not": {"const": "x"}, "minLength": 1, "maxLength": 1}),
        json!({"type": ["string", "null"], "pattern": "(?:a|b){2}", "default": 3}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"type": "integer"}}, "properties": {"x": {"$ref": "#/definitions/a", "type": "string"}}, "required": ["x"]}),
        json!({"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}, "required": ["n"]}),
        json!({"anyOf": [{"type": "object", "required": ["left"], "properties": {"left": {"$ref": "#"}}}, {"type": "integer"}]}),
        json!(true),
    ] {
        let validator = Validator::new(&schema).unwrap();
        for seed in 0..50 {
            let made = sample(&schema, seed).unwrap_or_else(|error| panic!("{schema}: {error}"));
            assert_eq!(validator.validate(&made), Ok(()), "{schema}");
        }
    }
    for format in [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "hostname",
        "uri",
        "uri-reference",
        "iri",
        "uuid",
        "ipv4",
        "ipv6",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "uri-template",
        "idn-email",
        "idn-hostname",
    ] {
        for seed in 0..50 {
            sample(&json!({"type": "string", "format": format}), seed).unwrap();
        }
    }
}

#[test]
fn what_cannot_be_made_is_said_in_words() {
    for (schema, part) in [
        (json!(false), "possible"),
        (json!({"type": "string", "minLength": 3, "maxLength": 2}), "at least 3 and at most 2"),
        (json!({"type": "object", "required": ["inner"], "properties": {"inner": {"$ref": "#"}}}), "without end"),
        (json!({"type": "array", "minItems": 100_000_000}), "too long"),
        (json!({"type": "string", "minLength": 100_000_000}), "too long"),
        (json!({"type": "string", "pattern": "x{2100}"}), "give an example"),
        (json!({"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000}}), "too many"),
        (json!({"type": "nothing"}), "/type"),
    ] {
        let error = sample(&schema, 1).unwrap_err();
        assert!(error.to_string().contains(part), "{schema}: {error}");
    }
}

proptest! {
    #[test]
    fn a_sample_is_valid_under_its_schema(schema in some_schema(), seed: u64) {
        let validator = Validator::new(&schema).unwrap();
        let made = sample(&schema, seed);
        prop_assert!(made.is_ok(), "{} {:?}", schema, made);
        prop_assert_eq!(validator.validate(&made.unwrap()), Ok(()), "{}", schema);
    }
}

/// Schemas that something fits, out of all that is supported.
pub(crate) fn some_schema() -> impl Strategy<Value = Value> {
    let nested = scalar_schema().prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            3 => object_schema(inner.clone()),
            2 => (inner.clone(), 0u64..3, 0u64..3).prop_map(|(items, least, more)| {
                json!({"type": "array", "items": items, "minItems": least, "maxItems": least + more})
            }),
            1 => prop::collection::vec(inner.clone(), 1..3).prop_map(|branches| json!({"anyOf": branches})),
            1 => (object_schema(inner.clone()), inner.clone()).prop_map(|(mut first, second)| {
                first["additionalProperties"] = json!(true);
                json!({"allOf": [first, {"properties": {"of_second": second}}]})
            }),
            1 => (any::<bool>(), inner).prop_map(|(swap, other)| {
                let (a, b) = (json!({"type": "string"}), json!({"type": "array", "items": other}));
                json!({"oneOf": if swap { [b, a] } else { [a, b] }})
            }),
        ]
    });
    (nested, any::<bool>()).prop_map(|(schema, referred)| match referred {
        true => json!({"$defs": {"it": schema}, "type": "object", "properties": {"it": {"$ref": "#/$defs/it"}}, "required": ["it"]}),
        false => schema,
    })
}

fn object_schema(inner: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let fields = prop::collection::btree_map("[a-d]", (inner, any::<bool>()), 0..4);
    (fields, any::<bool>()).prop_map(|(fields, open)| {
        let required: Vec<&String> =
            fields.iter().filter(|(_, (_, required))| *required).map(|(name, _)| name).collect();
        let required = json!(required);
        let properties: Map<String, Value> = fields.into_iter().map(|(name, (schema, _))| (name, schema)).collect();
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": open})
    })
}

fn scalar_schema() -> impl Strategy<Value = Value> {
    let format = prop::sample::select(vec!["date-time", "date", "email", "uri", "uuid", "hostname", "ipv4", "ipv6"]);
    let pattern = prop::sample::select(vec!["^[A-Z]{1,5}$", "^(a|b)+[0-9]*$", "\\d{3}-\\d{2}"]);
    prop_oneof![
        Just(json!({"type": "boolean"})),
        Just(json!({"type": ["string", "null"]})),
        Just(json!({"enum": ["info", "warning", "critical", 3, null]})),
        Just(json!({"const": {"a": [1]}})),
        format.prop_map(|format| json!({"type": "string", "format": format})),
        pattern.prop_map(|pattern| json!({"type": "string", "pattern": pattern})),
        (0u64..30, 0u64..30).prop_map(|(a, more)| json!({"type": "string", "minLength": a, "maxLength": a + more})),
        (-1000i64..1000, 0i64..50).prop_map(|(a, more)| json!({"type": "integer", "minimum": a, "maximum": a + more})),
        (-1000i64..1000, 1i64..50).prop_map(|(a, more)| {
            json!({"type": "number", "exclusiveMinimum": a as f64 / 8.0, "exclusiveMaximum": (a + more) as f64 / 8.0})
        }),
        (0i64..1000, prop::sample::select(vec![0.01, 0.25, 5.0]))
            .prop_map(|(a, step)| { json!({"type": "number", "minimum": a, "maximum": a + 100, "multipleOf": step}) }),
        (0i64..1000).prop_map(|a| json!({"type": "integer", "examples": [a], "maximum": a + 1})),
    ]
}

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Validator, sample, sample::tests::some_schema};

/// What is found, as `pointer: message`.
fn found(old: Value, new: Value) -> Vec<String> {
    Validator::new(&old).unwrap();
    Validator::new(&new).unwrap();
    compatibility(&old, &new)
        .into_iter()
        .map(|breakage| format!("{}: {}", breakage.pointer, breakage.message))
        .collect()
}

#[track_caller]
fn breaks(old: Value, new: Value, pointer: &str, part: &str, impact: Impact) {
    let all = compatibility(&old, &new);
    let hit = |one: &Breakage| one.pointer == pointer && one.message.contains(part) && one.impact == impact;
    assert!(all.iter().any(hit), "{all:?}");
    Validator::new(&old).unwrap();
    Validator::new(&new).unwrap();
}

#[track_caller]
fn is_fine(old: Value, new: Value) {
    assert_eq!(found(old, new), Vec::<String>::new());
}

fn object(properties: Value, required: Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

#[test]
fn a_field_that_is_gone_or_may_be_missing_breaks() {
    let old = object(json!({"a": {"type": "string"}, "b": {}}), json!(["a"]));
    breaks(old.clone(), object(json!({"b": {}}), json!([])), "/a", "is gone", Impact::Breaks);
    breaks(old.clone(), object(json!({"a": {"type": "string"}}), json!(["a"])), "/b", "is gone", Impact::Breaks);
    breaks(old, object(json!({"a": {"type": "string"}, "b": {}}), json!([])), "/a", "can be missing", Impact::Breaks);
}

#[test]
fn a_type_that_widens_breaks_and_one_that_narrows_does_not() {
    let of = |types: Value| object(json!({"a": {"type": types}}), json!(["a"]));
    breaks(of(json!("integer")), of(json!("number")), "/a", "a number; it was always an integer", Impact::Breaks);
    breaks(of(json!("string")), of(json!(["string", "null"])), "/a", "null; it was always a string", Impact::Breaks);
    breaks(of(json!("string")), object(json!({"a": {}}), json!(["a"])), "/a", "always a string", Impact::Breaks);
    is_fine(of(json!("number")), of(json!("integer")));
    is_fine(of(json!(["string", "null"])), of(json!("string")));
}

#[test]
fn values_and_formats_that_are_new_break() {
    breaks(json!({"enum": ["a"]}), json!({"enum": ["a", "b"]}), "", "`\"b\"`", Impact::Breaks);
    breaks(json!({"enum": ["a"]}), json!({"type": "string"}), "", "one of `\"a\"`", Impact::Breaks);
    breaks(json!({"const": "a"}), json!({"const": 1}), "", "`1`", Impact::Breaks);
    is_fine(json!({"enum": ["a", "b", 1]}), json!({"enum": ["a", 1.0]}));
    is_fine(json!({"type": "string", "maxLength": 2}), json!({"enum": ["a", "bb"]}));
    let date = json!({"type": "string", "format": "date"});
    breaks(date.clone(), json!({"type": "string", "format": "date-time"}), "", "now it is `date-time`", Impact::Breaks);
    breaks(date.clone(), json!({"type": "string"}), "", "anything", Impact::Breaks);
    is_fine(json!({"type": "string"}), date);
    breaks(json!({"type": "string", "pattern": "a"}), json!({"type": "string"}), "", "always matched", Impact::Breaks);
}

#[test]
fn a_limit_that_moves_outwards_loosens() {
    let limits = json!({"minimum": 0, "exclusiveMaximum": 10, "multipleOf": 2, "minLength": 1, "maxLength": 5,
        "minItems": 1, "maxItems": 2, "uniqueItems": true, "minProperties": 1, "maxProperties": 2});
    let wider = json!({"minimum": -1, "maximum": 10, "multipleOf": 1, "minLength": 0, "maxLength": 6,
        "minItems": 0, "maxItems": 3, "minProperties": 0, "maxProperties": 3});
    let all = compatibility(&limits, &wider);
    assert_eq!(all.len(), 10, "{all:?}");
    assert!(all.iter().all(|breakage| breakage.impact == Impact::Loosens));
    is_fine(json!({"type": "number", "minimum": 0}), json!({"type": "number", "exclusiveMinimum": 0}));
    is_fine(json!({"type": "number", "multipleOf": 2}), json!({"type": "number", "multipleOf": 4}));
}

#[test]
fn a_new_field_breaks_only_where_there_were_to_be_no_others() {
    let open = object(json!({"a": {}}), json!([]));
    is_fine(open.clone(), object(json!({"a": {}, "b": {"type": "string"}}), json!(["b"])));
    let mut closed = open.clone();
    closed["additionalProperties"] = json!(false);
    let mut longer = object(json!({"a": {}, "b": {}}), json!([]));
    longer["additionalProperties"] = json!(false);
    breaks(closed.clone(), longer, "/b", "the field is new", Impact::Breaks);
    breaks(closed, open, "", "other fields", Impact::Breaks);
    let typed = json!({"type": "object", "additionalProperties": {"type": "string"}});
    breaks(typed.clone(), object(json!({"b": {"type": "integer"}}), json!([])), "/b", "an integer", Impact::Breaks);
    breaks(
        typed,
        json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        "/*",
        "an integer",
        Impact::Breaks,
    );
}

#[test]
fn what_is_nested_referred_to_or_combined_is_found() {
    let old = json!({"$defs": {"line": {"type": "object", "properties": {"price": {"type": "number"}}}},
        "type": "object", "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}}});
    let mut new = old.clone();
    new["$defs"]["line"]["properties"]["price"]["type"] = json!("string");
    breaks(old.clone(), new, "/lines/*/price", "it can now be a string", Impact::Breaks);
    let inlined = json!({"type": "object", "properties": {"lines": {"type": "array", "items":
        {"allOf": [{"type": "object"}, {"properties": {"price": {"type": "number", "minimum": 0}}}]}}}});
    is_fine(old, inlined);
    breaks(
        json!({"prefixItems": [{"type": "string"}]}),
        json!({"items": {"type": "integer"}}),
        "/0",
        "integer",
        Impact::Breaks,
    );
    let draft7 = |kind: &str| json!({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": kind}]});
    breaks(draft7("string"), draft7("integer"), "/0", "integer", Impact::Breaks);
}

#[test]
fn alternatives_are_compared_each_with_each() {
    let nullable = json!({"anyOf": [{"type": "string"}, {"type": "null"}]});
    is_fine(nullable.clone(), json!({"type": ["null", "string"]}));
    is_fine(json!({"type": ["null", "string"]}), nullable.clone());
    breaks(json!({"type": "string"}), nullable.clone(), "", "null", Impact::Breaks);
    breaks(nullable, json!({"type": ["null", "integer"]}), "", "fits none of the alternatives", Impact::Breaks);
    is_fine(json!({"oneOf": [{"const": "a"}, {"const": "b"}, {"type": "integer"}]}), json!({"enum": ["a", "b", 3]}));
}

#[test]
fn rules_that_are_not_taken_apart_must_stay() {
    let rule =
        |limit: u32| json!({"type": "integer", "not": {"$ref": "#/$defs/big"}, "$defs": {"big": {"minimum": limit}}});
    is_fine(
        rule(5),
        json!({"type": "integer", "maximum": 9, "not": {"$ref": "#/$defs/b"}, "$defs": {"b": {"minimum": 5}}}),
    );
    breaks(rule(5), rule(6), "", "`not` was changed", Impact::Breaks);
}

#[test]
fn a_schema_that_refers_to_itself_is_compared_to_its_end() {
    let tree = |kind: &str| json!({"type": "object", "properties": {"name": {"type": kind}, "inner": {"$ref": "#"}}});
    breaks(tree("string"), tree("integer"), "/name", "an integer", Impact::Breaks);
    let mut described = tree("string");
    described["description"] = json!("A tree");
    is_fine(tree("string"), described);
}

#[test]
fn a_schema_built_to_use_up_the_steps_is_given_up_on() {
    let alternatives = |n: u32| -> Vec<Value> { (0..8).map(|i| json!({"minimum": i + n})).collect() };
    let many = |n: u32| json!({"allOf": (0..12).map(|i| json!({"anyOf": alternatives(n + i)})).collect::<Vec<_>>()});
    let all = compatibility(&many(1), &many(0));
    assert!(all.iter().any(|breakage| breakage.message.contains("too intricate")), "{all:?}");
}

proptest! {
    // Of many pairs nothing can be said; those do not count. `PROPTEST_CASES` runs more.
    #![proptest_config(ProptestConfig {
        cases: (ProptestConfig::default().cases / 3).max(1), max_global_rejects: 20_000, ..ProptestConfig::default()
    })]
    #[test]
    fn a_schema_breaks_nothing_for_itself(schema in some_schema()) {
        let mut described = schema.clone();
        if let Some(map) = described.as_object_mut() {
            map.insert("title".into(), json!("the same, but not byte for byte"));
        }
        prop_assert_eq!(compatibility(&schema, &described), vec![]);
    }

    #[test]
    fn where_nothing_is_named_new_data_fits_the_old_schema((old, new) in related_schemas(), seed: u64) {
        let found = compatibility(&old, &new);
        let relaxed = serde_json::from_str(&old.to_string().replace("oneOf", "anyOf")).unwrap();
        let (validator, data) = (Validator::new(&relaxed), sample(&new, seed));
        prop_assume!(found.is_empty() && validator.is_ok() && data.is_ok());
        let data = data.unwrap();
        prop_assert_eq!(validator.unwrap().validate(&data), Ok(()), "{}", data);
    }
}

/// Two schemas that differ in one place, or in none: of unrelated ones nearly all are incompatible.
fn related_schemas() -> impl Strategy<Value = (Value, Value)> {
    (some_schema(), some_schema(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(old, other, place, part, swap)| {
            let mut new = old.clone();
            let places = pointers(&old);
            let parts = pointers(&other);
            let graft = other.pointer(&parts[part.index(parts.len())]).cloned();
            if let (Some(slot), Some(graft)) = (new.pointer_mut(&places[place.index(places.len())]), graft) {
                *slot = graft;
            }
            if swap { (new, old) } else { (old, new) }
        },
    )
}

/// Pointers to all schemas in a document.
fn pointers(schema: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    for inner in schema.as_object().map(crate::walk::inner).unwrap_or_default() {
        all.extend(pointers(inner.schema).into_iter().map(|rest| format!("{}{rest}", inner.path)));
    }
    all
}

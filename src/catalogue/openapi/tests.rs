use lanehook_schema::Validator;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn document(webhooks: Value, schemas: Value) -> Value {
    json!({"openapi": "3.1.0", "webhooks": webhooks, "components": {"schemas": schemas}})
}

fn post(schema: Value) -> Value {
    json!({"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}})
}

#[test]
fn an_envelope_gives_its_type_and_its_data() {
    let webhooks = json!({"orderPaid": {"post": {
        "summary": "Order paid", "description": "The money is there.", "tags": ["Order events"], "x-version": "v2",
        "requestBody": {"content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/OrderPaid"},
            "example": {"type": "order.paid", "data": {"id": "o1", "total": {"amount": 5}}},
        }}},
    }}});
    let schemas = json!({
        "Envelope": {"type": "object", "properties": {"id": {"type": "string"}, "data": {"$ref": "#/components/schemas/Order"}}},
        "OrderPaid": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, {"properties": {"type": {"const": "order.paid"}}}]},
        "Order": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "example": "o1"}, "total": {"$ref": "#/components/schemas/Money"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
        }},
        "Money": {"type": "object", "properties": {"amount": {"type": "integer"}}, "x-internal": true},
        "Unused": {"type": "string"},
    });
    let entries = from_openapi(&document(webhooks, schemas)).unwrap();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((entry.name.as_str(), entry.title.as_deref()), ("order.paid", Some("Order paid")));
    assert_eq!((entry.description.as_str(), entry.group.as_str()), ("The money is there.", "order_events"));
    let version = &entry.versions[0];
    assert_eq!((version.version, &version.example), (2, &json!({"id": "o1", "total": {"amount": 5}})));
    let defs: Vec<&String> = version.schema["$defs"].as_object().unwrap().keys().collect();
    assert_eq!(defs, ["Money", "Order"]);
    let validator = Validator::new(&version.schema).unwrap();
    assert!(validator.validate(&json!({"id": "o1", "parts": [{"id": 2}]})).is_err());
    assert!(!version.schema.to_string().contains("x-internal"));
}

#[test]
fn a_body_without_envelope_is_the_data_and_the_key_the_name() {
    let entries = from_openapi(&document(json!({"New pet!": post(json!({"type": "object", "required": ["tag"], "properties": {"tag": {"type": "string"}}}))}), json!({}))).unwrap();
    assert_eq!(entries[0].name.as_str(), "New_pet");
    assert!(entries[0].versions[0].example["tag"].is_string());
    assert_eq!(entries[0].group, "imported");
}

#[test]
fn several_types_of_one_envelope_are_several_event_types() {
    let schema =
        json!({"type": "object", "properties": {"event": {"enum": ["a.b", "a.c"]}, "data": {"type": "object"}}});
    let entries = from_openapi(&document(json!({"all": post(schema)}), json!({}))).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["a.b", "a.c"]);
}

#[test]
fn openapi_3_0_is_translated() {
    let document = json!({"openapi": "3.0.3", "x-webhooks": {"price": post(json!({
        "type": "object", "required": ["a", "b", "c", "d"], "properties": {
            "a": {"type": "string", "nullable": true, "enum": ["x"]},
            "b": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
            "c": {"allOf": [{"type": "string"}], "nullable": true},
            "d": {"type": "integer", "maximum": 5, "exclusiveMaximum": false},
        },
    }))}});
    let entry = from_openapi(&document).unwrap().remove(0);
    let validator = Validator::new(&entry.versions[0].schema).unwrap();
    assert_eq!(validator.validate(&json!({"a": null, "b": 1, "c": null, "d": 5})), Ok(()));
    assert!(validator.validate(&json!({"a": "x", "b": 0, "c": "c", "d": 1})).is_err());
}

#[test]
fn an_example_that_does_not_fit_is_replaced() {
    let mut webhook = post(json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}));
    webhook["post"]["requestBody"]["content"]["application/json"]["example"] = json!({"n": "one"});
    let entry = from_openapi(&document(json!({"a": webhook}), json!({}))).unwrap().remove(0);
    assert!(entry.versions[0].example["n"].is_i64());
}

#[test]
fn what_cannot_be_taken_is_said_with_its_place() {
    let check = |document: Value, pointer: &str, part: &str| {
        let error = from_openapi(&document).unwrap_err();
        assert!(error.pointer == pointer && error.message.contains(part), "{error:?}");
    };
    check(json!({"swagger": "2.0"}), "/openapi", "OpenAPI 3");
    check(json!({"openapi": "3.1.0", "paths": {}}), "/webhooks", "no webhooks");
    check(document(json!({"a/b": {}}), json!({})), "/webhooks/a~1b", "no operation");
    check(document(json!({"a": {"post": {}}}), json!({})), "/webhooks/a/post", "application/json");
    check(
        document(json!({"a": post(json!({"$ref": "other.yaml#/X"}))}), json!({})),
        "/webhooks/a/post/$ref",
        "nothing is fetched",
    );
    check(
        document(json!({"a": post(json!({"$ref": "#/components/schemas/X"}))}), json!({})),
        "/webhooks/a/post/$ref",
        "not in this document",
    );
    check(
        document(json!({"a": post(json!({"type": "money"}))}), json!({})),
        "/webhooks/a/post/requestBody",
        "schema/type",
    );
    check(document(json!({"é": post(json!({}))}), json!({})), "/webhooks/é", "price.alert");
    check(document(json!({"a b": post(json!({})), "a_b": post(json!({}))}), json!({})), "/webhooks/a_b", "twice");
    check(
        document(
            json!({"a": post(json!({"$ref": "#/components/schemas/X"}))}),
            json!({"X": {"$ref": "#/components/schemas/X"}}),
        ),
        "/webhooks/a/post/requestBody",
        "without end",
    );
}

/// Schemas that something fits.
fn some_schema() -> impl Strategy<Value = Value> {
    let scalars = prop_oneof![
        Just(json!({"type": "boolean"})),
        Just(json!({"enum": ["info", "critical", 3, null]})),
        Just(json!({"type": "string", "format": "date-time"})),
        Just(json!({"type": "string", "pattern": "^[A-Z]{1,5}$"})),
        (-1000i64..1000).prop_map(|least| json!({"type": "number", "minimum": least, "maximum": least + 50})),
    ];
    scalars.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({"type": "array", "items": items, "minItems": 1})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|branches| json!({"anyOf": branches})),
            prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|fields| {
                let required: Vec<&String> = fields.keys().take(2).collect();
                json!({"type": "object", "required": required, "properties": fields, "additionalProperties": false})
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_taken_is_valid(schema in some_schema(), enveloped: bool) {
        let schemas = json!({"Data": schema});
        let data = json!({"$ref": "#/components/schemas/Data"});
        let body = if enveloped { json!({"type": "object", "properties": {"type": {"const": "x.y"}, "data": data}}) } else { data };
        let entries = from_openapi(&document(json!({"key": post(body)}), schemas));
        prop_assert!(entries.is_ok(), "{:?}", entries);
        let entries = entries.unwrap();
        prop_assert_eq!(entries.len(), 1);
        for entry in entries {
            let version = &entry.versions[0];
            prop_assert_eq!(Validator::new(&version.schema).unwrap().validate(&version.example), Ok(()));
            prop_assert_eq!(entry.name.as_str(), if enveloped { "x.y" } else { "key" });
        }
    }
}

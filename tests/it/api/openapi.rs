//! The API's description.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn the_description_is_there_for_everyone_and_complete() {
    let app = TestApp::start().await;
    let answer = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text("/openapi"), "3.1.0");
    assert_eq!(answer.text("/components/securitySchemes/api_key/scheme"), "bearer");
    assert!(answer.at("/webhooks/event/post/requestBody").is_object());
    for (path, item) in answer.at("/paths").as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}");
        }
    }
    let publishing = &answer.at("/paths")["/api/v1/events"]["post"]["responses"];
    for (status, code) in [("429", "too_much_owed"), ("429", "too_much_kept"), ("507", "disk_full")] {
        let response = &publishing[status];
        assert!(response["description"].as_str().unwrap().contains(code), "{status}: {response}");
        assert!(response["content"]["application/problem+json"].is_object(), "{response}");
    }
    check_references(&answer.json, &answer.json);
    check_words(&answer.json);
    if let Some(file) = std::env::var_os("LANEHOOK_TEST_OPENAPI_OUT") {
        std::fs::write(file, &answer.raw).unwrap();
    }
}

#[tokio::test]
async fn every_operation_names_itself_and_answers() {
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    let mut names = BTreeSet::new();
    for (path, item) in document.at("/paths").as_object().unwrap() {
        let parameters = path.matches('{').count();
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            let in_path = operation["parameters"].as_array().into_iter().flatten().filter(|part| part["in"] == "path");
            assert_eq!(in_path.count(), parameters, "{method} {path}");
            // What is described is there: a name that nothing has is not found, which is no unknown route.
            let path = path.replace("{id}", "x").replace("{name}", "x");
            let answer = app.call(&method.to_uppercase(), &path).json(json!({})).await;
            assert!(!answer.raw.contains("unknown_route") && answer.status != 405, "{method} {path}: {}", answer.raw);
        }
    }
    assert!(!names.is_empty());
}

/// Descriptions are for readers of JSON: none speaks of the program's own types, paths or traits.
fn check_words(part: &Value) {
    match part {
        Value::Object(fields) => {
            for text in ["description", "summary"].iter().filter_map(|name| fields.get(*name)?.as_str()) {
                let of_rust: Vec<_> = ["`Debug`", "[`", "::", "Serde", "serde", "utoipa", "Deserialize"]
                    .iter()
                    .filter(|word| text.contains(**word))
                    .collect();
                assert!(of_rust.is_empty(), "{of_rust:?} in: {text}");
            }
            fields.values().for_each(check_words);
        }
        Value::Array(items) => items.iter().for_each(check_words),
        _ => {}
    }
}

/// Every `$ref` leads somewhere.
fn check_references(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|value| check_references(document, value));
        }
        Value::Array(items) => items.iter().for_each(|value| check_references(document, value)),
        _ => {}
    }
}

//! The API's description.

use serde_json::Value;

use crate::app::TestApp;

#[tokio::test]
async fn the_description_is_there_for_everyone_and_complete() {
    let app = TestApp::start().await;
    let answer = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text("/openapi"), "3.1.0");
    assert_eq!(answer.text("/components/securitySchemes/api_key/scheme"), "bearer");
    assert!(answer.at("/webhooks/event/post/requestBody").is_object());
    let mut operations = 0;
    for (path, item) in answer.at("/paths").as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            operations += 1;
        }
    }
    assert_eq!(operations, 37);
    check_references(&answer.json, &answer.json);
    check_words(&answer.json);
    if let Some(file) = std::env::var_os("LANEHOOK_TEST_OPENAPI_OUT") {
        std::fs::write(file, &answer.raw).unwrap();
    }
}

/// Descriptions are for readers of JSON: none speaks of the program's own types, paths or traits.
fn check_words(part: &Value) {
    match part {
        Value::Object(fields) => {
            for text in ["description", "summary"].iter().filter_map(|name| fields.get(*name)?.as_str()) {
                let of_rust: Vec<_> = ["`Debug`", "[`", "::"].iter().filter(|word| text.contains(**word)).collect();
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

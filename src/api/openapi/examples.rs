//! An example for every body. They are in a file beside this one: the tests send each request to a server, keep what it
//! answers, and say when an answer no longer has the members that it has there.

use std::sync::LazyLock;

use serde_json::{Map, Value};

/// By operation: `request`, examples by name; `answer`, what the first of them is answered with.
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// Adds the examples of an operation to its bodies.
pub fn add(operation: &mut Value) {
    let of_operation = &EXAMPLES[operation["operationId"].as_str().unwrap_or_default()];
    let content = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
    if let (Some(requests), Some(content)) = (of_operation["request"].as_object(), content) {
        let examples: Map<String, Value> = requests
            .iter()
            .map(|(name, value)| (name.clone(), serde_json::json!({"summary": name, "value": value})))
            .collect();
        content.values_mut().for_each(|media| media["examples"] = examples.clone().into());
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    // What the first example is answered with is of the first kind of success.
    let answered =
        responses.iter_mut().filter(|(status, _)| status.starts_with('2')).min_by_key(|(status, _)| (*status).clone());
    let media = answered.and_then(|(_, response)| response.pointer_mut("/content/application~1json"));
    if let (Some(media), false) = (media, of_operation["answer"].is_null()) {
        media["example"] = of_operation["answer"].clone();
    }
}

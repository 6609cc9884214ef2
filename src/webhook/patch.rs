//! Changing a webhook's settings by a merge patch. Pure.

use serde_json::{Map, Value};

use crate::merge_patch::merge;

/// The settings after a merge patch (RFC 7396), with one thing more: a patch that chooses another kind of `auth`, `retry`
/// or `payload` replaces the old one, because parts of two kinds do not go together; so does a filter, and another platform
/// begins with no fields. Of a batch's template and script the one that the patch gives takes the place of the other.
pub fn patched(mut current: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let other_kind = |field: &str, part: &str| match (current.get(field), patch.get(field)) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            new.contains_key(part) && old.get(part) != new.get(part)
        }
        _ => false,
    };
    let (other_auth, other_payload) = (other_kind("auth", "type"), other_kind("payload", "type"));
    let other_retry = ["preset", "schedule", "initial"].iter().any(|kind| {
        let before = current.get("retry").and_then(|retry| retry.get(kind));
        before.is_none() && other_kind("retry", kind)
    });
    if other_payload {
        current.remove("payload");
    }
    if patch.get("platform").is_some_and(|platform| current.get("platform") != Some(platform)) {
        current.remove("fields");
    }
    if other_auth {
        current.remove("auth");
    }
    if other_retry {
        current.remove("retry");
    }
    if let Some(Value::Object(batch)) = current.get_mut("batch") {
        let given =
            |name: &str| patch.get("batch").and_then(|batch| batch.get(name)).is_some_and(|code| !code.is_null());
        for (one, other) in [("template", "script"), ("script", "template")] {
            // Whoever gives both hears that they do not go together.
            if given(one) && !given(other) {
                batch.remove(other);
            }
        }
    }
    let mut target = Value::Object(current);
    let mut patch = patch.clone();
    // A null within a filter asks for one in the event: it removes nothing.
    let filter = patch.remove("filter");
    if let Some(Value::Object(headers)) = patch.get_mut("headers") {
        // Names are kept in lower case.
        *headers =
            std::mem::take(headers).into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    }
    merge(&mut target, &Value::Object(patch));
    let Value::Object(mut fields) = target else { return Map::new() };
    match filter {
        Some(Value::Null) => drop(fields.remove("filter")),
        Some(filter) => drop(fields.insert("filter".into(), filter)),
        None => {}
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_filter_is_replaced_and_another_platform_begins_anew() {
        let before = object(json!({
            "filter": {"data": {"a": 1}}, "platform": "slack", "fields": {"x": "1"},
            "payload": {"type": "template", "template": "{}"},
        }));
        let change = object(json!({"filter": {"data": {"b": 2}}, "payload": {"type": "data"}}));
        let after = patched(before.clone(), &change);
        assert_eq!((&after["filter"], &after["payload"]), (&change["filter"], &change["payload"]));
        assert_eq!(after["fields"], json!({"x": "1"}));
        let null = object(json!({"filter": {"data": {"b": null}}}));
        assert_eq!(patched(before.clone(), &null)["filter"], null["filter"]);
        assert!(!patched(before.clone(), &object(json!({"filter": null}))).contains_key("filter"));
        let after = patched(before, &object(json!({"platform": "discord", "fields": {"y": "2"}})));
        assert_eq!(after["fields"], json!({"y": "2"}));
    }

    #[test]
    fn a_batchs_template_and_script_take_each_others_place() {
        let of = |name: &str| object(json!({"batch": {"max_events": 7, name: "x"}}));
        for (one, other) in [("template", "script"), ("script", "template")] {
            let change = object(json!({"batch": {other: "y"}}));
            assert_eq!(patched(of(one), &change)["batch"], json!({"max_events": 7, other: "y"}));
            let change = object(json!({"batch": {other: null}}));
            assert_eq!(patched(of(one), &change)["batch"], json!({"max_events": 7, one: "x"}));
            let both = object(json!({"batch": {one: "y", other: "z"}}));
            assert_eq!(patched(of(one), &both)["batch"], json!({"max_events": 7, one: "y", other: "z"}));
        }
    }

    #[test]
    fn another_kind_of_auth_or_retry_replaces_the_old_one() {
        let before = object(json!({"auth":{"type":"bearer","token":"t"},"retry":{"schedule":["5s"]}}));
        let change = object(json!({"auth":{"type":"basic","username":"u","password":"p"},"retry":{"preset":"quick"}}));
        assert_eq!(patched(before.clone(), &change), change);
        let change = object(json!({"auth":{"token":"new"}}));
        assert_eq!(patched(before, &change)["auth"], json!({"type":"bearer","token":"new"}));
        let growing = object(json!({"retry":{"initial":"1s","max":"1h"}}));
        let change = object(json!({"retry":{"initial":"2s"}}));
        assert_eq!(patched(growing, &change)["retry"], json!({"initial":"2s","max":"1h"}));
    }
}
